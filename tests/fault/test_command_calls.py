#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: whichever call fails in a command, out of memory or a file that cannot
be read, it tells what it tells else, or says that something failed and ends so:
no half of a list, and nothing of what is wrong that it is right. And where a
disk takes no more of the file that it writes, at whichever byte, it says so and
leaves nothing of it.

`make check` tries some of the calls of each command, by a fixed seed; with
ECLUSE_LONG=1 all that the program makes itself and many of its libraries'.
"""
import errno
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, program  # noqa: E402
from faults import Faults  # noqa: E402
from scene import CHOSEN, chosen  # noqa: E402

LONG = os.environ.get("ECLUSE_LONG") == "1"
SEED = 4
DAY = "2026-11-23"
SPAN = ("--from", "2026-09-01T00:00:00Z", "--to", "2027-12-31T00:00:00Z")
BOUND_S = 60
OFTEN = {"questions.per-person": "10000"}   # the same four, again and again
# kind: its error, how many are tried, of how many last ones (0: of all).
# Nearly all allocations are the libraries', before the command begins.
KINDS = {"own": (errno.ENOMEM, 400 if LONG else 6, 0),
         "alloc": (errno.ENOMEM, 300 if LONG else 6, 300),
         "read": (errno.EIO, 100 if LONG else 2, 0),
         "open": (errno.EMFILE, 100 if LONG else 2, 0),
         "send": (errno.ENOBUFS, 20 if LONG else 1, 0)}
# what differs from run to run: signatures, numbers, times
OTHER = re.compile(r"[A-Za-z0-9_\-.+/=]{60,}|\d+")


class Commands:
    def __init__(self, t, d):
        self.t, self.d, self.rng = t, d, random.Random(SEED)
        self.faults = {}

    def run(self, command):
        name = os.path.basename(command[0])
        if name not in self.faults:
            self.faults[name] = Faults(self.d.folder, name)
        faults = self.faults[name]
        done = subprocess.run(command, env=faults.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=BOUND_S)
        return (done.returncode, OTHER.sub("_", done.stdout.decode()),
                done.stderr.decode())

    def wrong(self, honest, got):
        """What is wrong with an end; None: nothing."""
        code, told, said = got
        if code == honest[0] and told == honest[1]:
            return None
        if code in (0, honest[0]):
            return "told otherwise"
        if code == -signal.SIGABRT and CHOSEN in said:
            return None
        if code < 0:
            return "ended by %d" % -code
        return None if said.strip() else "not a word"

    def one(self, name, command):
        """Each kind of call of it fails, here and there."""
        honest = self.run(command)
        self.t.ok(honest[0] in (0, 1) and (honest[1] or honest[2]),
                  "%s: as it is" % name, honest)
        faults = self.faults[os.path.basename(command[0])]
        found, tried = [], 0
        for kind, (error, some, last) in KINDS.items():
            faults.count(kind)
            self.run(command)
            n = faults.calls()
            skip = max(0, n - last) if last else 0
            for nth in chosen(n - skip, some, self.rng):
                faults.arm(kind, skip + nth, error)
                wrong = self.wrong(honest, self.run(command))
                tried += faults.rest() > 0
                if wrong:
                    found.append("%s %d of %d: %s" % (kind, skip + nth, n,
                                                      wrong))
        self.t.ok(tried > 5 and not found, "%s: %d calls fail, and it says so "
                  "or tells all" % (name, tried), "\n".join(found))
        self.t.same(self.run(command)[:2], honest[:2],
                    "%s: and is as it was" % name)


def of_keeper(c):
    """What a keeper tells an administrator."""
    d, ecluse = c.d, program("ecluse")
    site = "site:" + d.people.site("optician")["site"]
    for name, more in (
            ("status", ["status", d.dir, "--json"]),
            ("keys list", ["keys", "list", d.dir, "--json"]),
            ("budgets", ["budgets", d.dir, "--asker", site]),
            ("decoy list", ["decoy", "list", d.dir, "--json"]),
            ("route", ["route", "list", d.dir, "--json"])):
        c.one(name, [ecluse] + more)


def asked(d):
    """Four of one mutuelle."""
    amc = d.people.insurers[0]["amc"]
    return [p for p in d.people.covered("OPTI") if p["amc"] == amc and
            p["member"]][:4]


def of_client(c):
    """Questions, and what comes of them."""
    d = c.d
    site, people = d.people.site("optician"), asked(d)
    path = os.path.join(d.folder, "asked.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        for p in people:
            f.write(json.dumps(dict(d.question(p, "member"), domain="OPTI",
                                    date=DAY)) + "\n")
    ask = [program("ecluse"), "ask", "--key", d.people.key(site)]
    one = ask + ["--domain", "OPTI", "--date", DAY] + [
        w for k, v in d.question(people[0], "member").items()
        for w in ("--" + k, v)]
    c.one("ask", one)
    c.one("ask --json", one + ["--json"])
    c.one("ask, a list", ask + ["--file", path, "--json"])
    c.one("ask, a bundle", ask + ["--file", path, "--bundle", "--json"])


def of_auditor(c):
    """Who was read: by a release, by a scope in the mutuelle's own words."""
    d, ecluse = c.d, program("ecluse")
    insurer = d.people.insurers[0]
    release, scope = (os.path.join(d.folder, n) for n in ("release", "scope"))
    d.ecluse("journal", "release", d.dir, "--amc", insurer["amc"], *SPAN,
             "-o", release)
    d.ecluse("journal", "scope", d.dir, "--asker", "site:" + d.people.site(
        "optician")["site"], *SPAN, "-o", scope)
    with open(os.path.join(d.dir, "journal", "public", "vkey"),
              encoding="utf-8") as f:
        vkey = f.read().strip()
    c.one("journal open", [ecluse, "journal", "open", release, "--vkey", vkey])
    c.one("ecluse-insurer open", [
        program("ecluse-insurer"), "open", "--handle-key",
        d.people.insurer_file(insurer["amc"], "handle.key"), "--amc",
        insurer["amc"], scope])


def largest(folder):
    """Of the files below: None without one."""
    return max((os.path.getsize(os.path.join(top, n))
                for top, _, names in os.walk(folder) for n in names),
               default=None)


def written(t, d, name, command, *more):
    """What it writes goes to the folder's file x; more stands behind that. The
    limit on a file's size stands for a disk that takes no more."""
    folder = os.path.join(d.folder, "written")

    def run(most):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        done = subprocess.run(
            command + [os.path.join(folder, "x"), *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=BOUND_S,
            preexec_fn=None if most is None else limit)
        return done.returncode, done.stderr.decode(), largest(folder)

    code, said, size = run(None)
    t.ok(code == 0 and size, "%s: %s bytes are written" % (name, size), said)
    wrong = []
    for most in sorted({0, 1, size // 3, size - 1}):
        code, said, left = run(most)
        if code <= 0 or not said.strip() or left is not None:
            wrong.append("%d: ends with %d, %s left: %s" % (most, code, left,
                                                            said))
    t.ok(not wrong, "%s: a disk that takes fewer is told, and nothing is left"
         % name, "\n".join(wrong))


def of_writers(t, d):
    ecluse, insurer = program("ecluse"), program("ecluse-insurer")
    amc = d.people.insurers[0]["amc"]
    d.published(d.entries() - 1)
    for name, command, *more in (
            ("init", [ecluse, "init"], "--drill"),
            ("journal release", [ecluse, "journal", "release", d.dir, "--amc",
                                 amc, *SPAN, "-o"]),
            ("journal proof", [ecluse, "journal", "proof", d.dir, "2", "-o"]),
            ("decoy plant", [ecluse, "decoy", "plant", d.dir, "--amc", amc,
                             "--count", "3", "--out"]),
            ("act --write", [ecluse, "act", d.dir, "--write"],
             "mode control=budget mode=observe"),
            ("ecluse-insurer keygen", [insurer, "keygen", "--amc", amc,
                                       "--out"]),
            ("ecluse-insurer feed", [
                insurer, "feed", "--amc", amc, "--key",
                d.people.insurer_file(amc, "feed.pem"), "--handle-key",
                d.people.insurer_file(amc, "handle.key"), "--to", d.pin,
                "--in", os.path.join(d.people.folder, "feed", amc + ".csv"),
                "--out"])):
        written(t, d, name, command, *more)


def of_log(c):
    """The journal as it is, and with a bit changed: never said to be right."""
    d = c.d
    verify = [program("ecluse"), "journal", "verify", d.dir, "--entries",
              "--json"]
    c.one("journal verify", verify)
    path = os.path.join(d.dir, "keeper", "journal", "seg-000000000000")
    for what in ("an altered entry", "and back"):
        with open(path, "r+b") as f:
            f.seek(300)
            byte = f.read(1)[0] ^ 1
            f.seek(300)
            f.write(bytes([byte]))
        if what == "an altered entry":
            c.one("journal verify, " + what, verify)


def main():
    t = Tap()
    with Drill(members=200, insurers=2, seed=SEED, conf=OFTEN) as d:
        site = d.people.site("optician")
        d.ask_file(site, [d.question(p, "member") for p in asked(d)])
        d.ecluse("decoy", "plant", d.dir, "--amc", d.people.insurers[0]["amc"],
                 "--count", "3", "--out", os.path.join(d.folder, "decoys.csv"))
        amc = d.people.insurers[1]["amc"]   # of nobody who is asked about
        d.ecluse("route", "add", d.dir, "--amc", amc, "--operator", "other",
                 "--from", "2026-01-01")
        c = Commands(t, d)
        of_keeper(c)
        of_client(c)
        of_auditor(c)
        of_writers(t, d)
        d.stop()
        of_log(c)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
