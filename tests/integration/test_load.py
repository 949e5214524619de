#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: no load makes a process do what its powers forbid.

Real programs, every sandbox on, and all that comes together when many ask:
feeds commit under questions, the keeper copies itself for a snapshot, one
checkpoint publishes many tiles, another month begins. Then a log of the
keeper's kind grows beyond one file under the keeper's row, and hundreds of
tiles are published at once. Nobody ends, every question is answered.
"""
import datetime
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
sys.path.insert(0, os.path.join(ROOT, "bench"))
from drill import BUILD, Population, Tap, run  # noqa: E402
from report import Instance  # noqa: E402

ASK = os.path.join(BUILD, "bench", "bench-rights")
LOG = os.path.join(BUILD, "tests", "tools", "test_make_log")
SEED = 11
MEMBERS = 5000
CONNECTIONS = 64
QUESTIONS = 1200    # a round
BUNDLES = 16
LINES = 50          # of a bundle
LARGE = 70000       # entries: more than a file holds, 273 tiles
TILE = 256
SECOND_FILE = "seg-000000065536"


class Load:
    """bench-rights, each round about others."""

    def __init__(self, t, d):
        self.t, self.d = t, d
        self.skip = 0

    def start(self, n, mode):
        self.skip += n
        return self.run(n, "--" + mode, "--skip", self.skip - n)

    def run(self, n, *more):
        command = [ASK, "--json", "--pop", self.d.people.folder, "--url",
                   self.d.url, "--figures", os.path.join(ROOT, "data"),
                   "--connections", CONNECTIONS, "--seed", SEED,
                   "--questions", n, *more]
        return subprocess.Popen([str(c) for c in command],
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def end(self, asking, what):
        out, err = asking.communicate(timeout=300)
        self.t.ok(asking.returncode == 0,
                  what + ": every question is answered",
                  (out + err).decode("utf-8", "replace") + self.d.logged())


def make(folder):
    """As bench/report.py: the load signs by the machine's clock."""
    now = datetime.datetime.now(datetime.timezone.utc)
    begin = (now - datetime.timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    os.mkdir(folder)
    pop = os.path.join(folder, "population")
    run(os.path.join(BUILD, "ecluse"), "population", "--members", MEMBERS,
        "--insurers", 4, "--seed", SEED, "--sites", 125, "--cards", "some",
        "--date", now.strftime("%Y-%m-%d"), "--out", pop)
    return Instance(folder=folder, population=Population(pop), begin=begin,
                    since=begin, now="now",
                    conf={"vault.count": 2, "vault.timeout-ms": 10000},
                    instead={"ecluse-keeper": "test_busy_keeper"})


def rounds(t, d):
    load = Load(t, d)
    asking = load.start(QUESTIONS, "sealed")
    code, reports, err = d.load(*[d.make_feed(i["amc"])[0]
                                  for i in d.people.insurers], check=False)
    t.ok(code == 0 and len(reports) == len(d.people.insurers),
         "feeds commit meanwhile", "%s %s" % (reports, err))
    load.end(asking, "sealed, with feeds")
    load.end(load.start(QUESTIONS, "plain"), "plain")
    load.end(load.run(BUNDLES, "--plain", "--bundle", LINES,
                      "--connections", BUNDLES), "bundles")


def another_month(t, d):
    """Budgets turn, a month's key is made, the drill's clock is told."""
    now = datetime.datetime.now(datetime.timezone.utc)
    later = now + datetime.timedelta(days=32)
    d.clock(later.strftime("%Y-%m-%dT%H:%M:%SZ"))
    # of a day in this year, for which the people are made: contracts end with it
    today = now.strftime("%Y-%m-%d")
    person = d.people.covered("PHAR", today)[0]
    code, answer = d.ask(d.people.site("pharmacy"), person, domain="PHAR",
                         date=today)
    t.same(code, 0, "another month: answered")


def many_tiles(t, d, before):
    """As after a crash before the checkpoint: all tiles are published at
    once, thirteen and those that are not full, flushed together."""
    public = os.path.join(d.dir, "journal", "public")
    t.same(d.stop(), 0, "it ends well")
    size = d.checkpoint_size()
    t.ok(size > 12 * TILE, "entries for many tiles", size)
    shutil.rmtree(public)
    shutil.copytree(before, public)
    d.serve()
    try:
        d.published(size)
    except RuntimeError:
        pass
    t.ok(d.checkpoint_size() > size, "published again", d.logged())


def whole(t, d, pids):
    now = d.read_endpoints()["pids"]
    t.same(now, pids, "nobody was started again")
    bad = [line for line in d.logged().splitlines()
           if "system call" in line or "signal" in line or "alarm" in line]
    t.same(bad, [], "nobody was ended")


def instance(t, folder):
    with make(folder) as d:
        before = os.path.join(folder, "public")
        shutil.copytree(os.path.join(d.dir, "journal", "public"), before)
        pids = d.read_endpoints()["pids"]
        rounds(t, d)
        until = time.monotonic() + 60
        snapshot = os.path.join(d.dir, "keeper", "budgets")
        while not os.path.exists(snapshot) and time.monotonic() < until:
            time.sleep(0.02)
        t.ok(os.path.exists(snapshot), "a snapshot is written meanwhile")
        another_month(t, d)
        whole(t, d, pids)
        many_tiles(t, d, before)
        whole(t, d, d.endpoints["pids"])


def large_log(t, folder):
    for name in ("keeper", "journal", "registry"):
        os.makedirs(os.path.join(folder, name))
    code, _, err = run(LOG, "--confined", folder, LARGE, 4000, check=False)
    t.same((code, err), (0, ""), "a log of many files, with the keeper's row")
    t.ok(os.path.exists(os.path.join(folder, "keeper", "journal",
                                     SECOND_FILE)), "a second file begun")
    tiles = sum(len(files) for _, _, files in os.walk(
        os.path.join(folder, "journal", "public", "tile")))
    t.ok(tiles > LARGE // TILE, "all tiles at once", tiles)


def main():
    t = Tap()
    folder = tempfile.mkdtemp(prefix="ecluse-load-")
    try:
        large_log(t, os.path.join(folder, "log"))
        instance(t, os.path.join(folder, "drill"))
    finally:
        shutil.rmtree(folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
