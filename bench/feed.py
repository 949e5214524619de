#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a feed costs, and what questions wait meanwhile.

  bench/feed.py [--members N] [--no-questions] [--json]

Makes a drill instance, a book of N invented members of one mutuelle
(bench-book), the feed, and loads it: a first time, again with two lines in a
hundred changed, and unchanged. Tells wall and processor time of each program,
the most memory each held, bytes on the disk a member, and what questions
about another mutuelle's people waited during each load and without one.
Baseline of the same run: sqlite3 inserting as many sorted tags.
"""
import argparse
import csv
import datetime
import json
import os
import platform
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "tests", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from drill import BUILD, Population, program, run  # noqa: E402
from report import Instance  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as f:
        fields = f.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid):
    """The most that was resident, and what is anonymous of it now, in MB."""
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        rows = dict(l.split(":", 1) for l in f.read().splitlines())
    return int(rows["VmHWM"].split()[0]) // 1024


def busy():
    with open("/proc/stat", encoding="ascii") as f:
        v = [int(x) for x in f.readline().split()[1:]]
    return (sum(v) - v[3] - v[4]) / TICK


def timed(*command, **more):
    """Wall and processor seconds of a command, and its memory in MB."""
    began = time.monotonic()
    p = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE,
                         **more)
    out = p.stdout.read()
    _, status, used = os.wait4(p.pid, 0)
    if status:
        raise RuntimeError("%s: %d" % (command[:3], status))
    return {"wall": time.monotonic() - began,
            "cpu": used.ru_utime + used.ru_stime,
            "mb": used.ru_maxrss // 1024, "out": out}


class Asking(threading.Thread):
    """Rounds of questions over one connection until told to stop."""

    def __init__(self, d, pop, skip, each=200):
        super().__init__()
        self.d, self.pop, self.skip, self.each = d, pop, skip, each
        self.rounds, self.stopping = [], False

    def run(self):
        while not self.stopping:
            code, out, err = run(
                os.path.join(BUILD, "bench", "bench-rights"), "--pop",
                self.pop, "--pin", self.d.pin, "--url", self.d.url,
                "--plain", "--connections", 1, "--questions", self.each,
                "--skip", self.skip, "--json", check=False)
            self.skip += self.each
            if code:
                print("# questions: %s" % (err or out)[:300],
                      file=sys.stderr)
                return
            self.rounds += [r for r in map(json.loads, out.splitlines())
                            if r.get("server") == "lock"]

    def stop(self):
        self.stopping = True
        self.join()
        return self.skip


def spread(rounds):
    if not rounds:
        return None
    p99 = sorted(r["p99_ms"] for r in rounds)
    return {"rounds": len(rounds),
            "p50_ms": sorted(r["p50_ms"] for r in rounds)[
                len(rounds) // 2],
            "p99_ms": p99[len(p99) // 2], "worst_p99_ms": p99[-1]}


def others(pop, amc, folder):
    """The population without one mutuelle's people, for the questions."""
    shutil.copytree(pop.folder, folder, symlinks=True)
    path = os.path.join(folder, "people.csv")
    with open(path, encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f, delimiter=";"))
    at = rows[0].index("amc")
    with open(path, "w", encoding="utf-8", newline="") as f:
        csv.writer(f, delimiter=";", lineterminator="\n").writerows(
            [rows[0]] + [r for r in rows[1:] if r[at] != amc])
    return folder


def load(d, feed, pids, ask):
    began, before = time.monotonic(), {n: cpu(p) for n, p in pids.items()}
    machine = busy()
    asking = ask and Asking(*ask)
    if asking:
        asking.start()
    report = d.load(feed)[1][0]
    wall = time.monotonic() - began
    used = {n: cpu(p) - before[n] for n, p in pids.items()}
    machine = busy() - machine
    if asking:
        ask[2] = asking.stop()
    return {"wall": wall, "cpu": used, "report": report,
            "others": max(0.0, machine - sum(used.values())) / wall,
            "mb": {n: memory(p) for n, p in pids.items()},
            "questions": spread(asking.rounds) if asking else None}


def baseline(folder, rows):
    """sqlite3 alone: as many 16-byte tags, sorted, into a keyed table."""
    path = os.path.join(folder, "baseline.db")
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE a (cell INT, tag BLOB, person INT, "
               "PRIMARY KEY (cell, tag)) WITHOUT ROWID")
    began = time.process_time()
    db.execute("BEGIN")
    db.executemany("INSERT INTO a VALUES (1, ?, ?)", (
        (((i << 64) // rows).to_bytes(8, "big") + b"12345678", i)
        for i in range(rows)))
    db.execute("COMMIT")
    used = time.process_time() - began
    db.close()
    os.unlink(path)
    return used


def flushes(folder):
    path = os.path.join(folder, "flush")
    n, began = 0, time.monotonic()
    with open(path, "wb") as f:
        while time.monotonic() - began < 1:
            f.write(b"x" * 888)
            f.flush()
            os.fdatasync(f.fileno())
            n += 1
    os.unlink(path)
    return n


def tell(name, lines, stage):
    print("%-22s %7.1f s %9.0f lines/s  keeper %5.1f us, vault %5.1f us a "
          "line, others %.2f cores" % (
              name, stage["wall"], lines / stage["wall"],
              stage["cpu"]["keeper"] * 1e6 / lines,
              stage["cpu"]["vault"] * 1e6 / lines, stage["others"]))
    print("%-22s memory keeper %d MB, vault %d MB; %s" % (
        "", stage["mb"]["keeper"], stage["mb"]["vault"],
        "questions p50 %(p50_ms).1f, p99 %(p99_ms).1f, of the "
        "worst round %(worst_p99_ms).1f ms" % stage["questions"]
        if stage["questions"] else "no questions"))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--members", type=int, default=1000000)
    args.add_argument("--asked", type=int, default=60000)
    args.add_argument("--stages", type=int, default=3,
                      help="1: the first load alone, 2: and the changed one")
    args.add_argument("--no-questions", action="store_true")
    args.add_argument("--folder", help="where (default: a temporary one)")
    args.add_argument("--json", action="store_true")
    args = args.parse_args()
    folder = tempfile.mkdtemp(prefix="ecluse-bench-", dir=args.folder)
    try:
        measure(args, folder)
    except BaseException:
        keep_log(folder)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep_log(folder):
    """Shows the end of the instance's log, and keeps it whole."""
    log = os.path.join(folder, "i", "serve.log")
    if not os.path.exists(log):
        return
    kept = folder + ".log"
    shutil.copy(log, kept)
    with open(log, encoding="utf-8", errors="replace") as f:
        sys.stderr.write("".join(f.readlines()[-40:]))
    print("# the whole log: %s" % kept, file=sys.stderr)


def measure(args, folder):
    pop = Population(os.path.join(folder, "population"), args.asked, 2, 1,
                     max(200, args.asked // 40), "none")
    amc = pop.insurers[0]["amc"]
    lines = args.members + (args.members + 9) // 10
    now = datetime.datetime.now(datetime.timezone.utc)
    begin = (now - datetime.timedelta(days=60)).strftime(
        "%Y-%m-%dT%H:%M:%SZ")
    with Instance(population=pop, folder=os.path.join(folder, "i"),
                  begin=begin, since=begin, now=None) as d:
        d.clock("now")
        pids = {n: d.pid(n) for n in ("keeper", "vault")}
        ask = None if args.no_questions else [
            d, others(pop, amc, os.path.join(folder, "asked")), 0]
        print("%s, Linux %s, %d cores, %d fdatasync/s, %d members in one "
              "cell, %d lines" % (platform.processor() or
                                  platform.machine(), platform.release(),
                                  os.cpu_count(), flushes(folder),
                                  args.members, lines))
        if ask:
            quiet = Asking(*ask)
            t = threading.Timer(3, lambda: setattr(quiet, "stopping", True))
            t.start()
            quiet.start()
            quiet.join()
            ask[2] = quiet.skip
            print("%-22s questions p50 %.1f, p99 %.1f, of the worst "
                  "round %.1f ms" % (
                "without a feed", *[spread(quiet.rounds)[k] for k in (
                    "p50_ms", "p99_ms", "worst_p99_ms")]))
        book, feed = (os.path.join(folder, n) for n in ("book", "feed"))
        for edition, name in ((1, "first load"), (2, "2 % changed"),
                              (2, "unchanged"))[:args.stages]:
            if name != "unchanged":
                with open(book, "wb") as f:
                    subprocess.run([os.path.join(BUILD, "bench",
                                                 "bench-book"),
                                    str(args.members), str(edition)],
                                   stdout=f, check=True)
            made = timed(program("ecluse-insurer"), "feed", "--amc", amc,
                         "--key", pop.insurer_file(amc, "feed.pem"),
                         "--handle-key", pop.insurer_file(amc, "handle.key"),
                         "--to", d.pin, "--in", book, "--out", feed,
                         "--effective", now.date().isoformat())
            print("%-22s %7.1f s %9.0f lines/s  %5.1f us of CPU a line, %d "
                  "MB, at the mutuelle" % (
                      "making the feed", made["wall"],
                      lines / made["wall"], made["cpu"] * 1e6 / lines,
                      made["mb"]))
            stage = load(d, feed, pids, ask)
            tell(name, lines, stage)
            if args.json:
                print(json.dumps(dict(stage, name=name, lines=lines)))
        size = sum(os.path.getsize(os.path.join(d.dir, "vault", "0", n))
                   for n in os.listdir(os.path.join(d.dir, "vault", "0"))
                   if n.startswith("store"))
        print("%.0f bytes a member on the disk" % (size / args.members))
    base = baseline(folder, args.members)
    print("baseline: sqlite3 inserting %d sorted tags: %.1f us of CPU each" %
          (args.members, base * 1e6 / args.members))


if __name__ == "__main__":
    sys.exit(main())
