#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long the service is away when the keeper is killed with weeks behind it.

  bench/start.py [--readings N] [--tail N] [--sites N] [--kills N] [--seed N]
    [--folder DIR]

Makes a drill instance, counts N readings of 40 days (bench-start, through the
keeper's own guard), writes its snapshot, appends real entries behind it, tells
what opening costs in parts (processor time), then kills the running keeper and waits for an
answer, several times: the median and the worst. Counting takes minutes: with
--folder what was made stays there, and is taken as it is the next time.
"""
import argparse
import os
import platform
import signal
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "tests", "lib"))
from drill import BUILD, Drill, run  # noqa: E402


def bench(d, *args):
    print(run(os.path.join(BUILD, "bench", "bench-start"), d.dir,
              *args)[1], end="", flush=True)


def away(d, site, person):
    """Seconds from the keeper's death until a question is answered."""
    old = d.pid("keeper")
    began = time.monotonic()
    os.kill(old, signal.SIGKILL)
    while True:
        code, answer = d.ask(site, person, domain="PHAR")
        if code == 0:
            return time.monotonic() - began
        if time.monotonic() - began > 600:
            raise RuntimeError("no answer: %s %s" % (answer, d.logged()))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--readings", type=int, default=12000000)
    p.add_argument("--tail", type=int, default=20000)
    p.add_argument("--sites", type=int, default=4000)
    p.add_argument("--kills", type=int, default=5)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--folder")
    a = p.parse_args()
    print("# %s, %d processors, seed %d, load %s" % (
        platform.platform(), os.cpu_count(), a.seed,
        " ".join("%.1f" % x for x in os.getloadavg())), flush=True)
    made = a.folder and os.path.exists(a.folder)
    if a.folder and not made:
        os.mkdir(a.folder, 0o711)
    with Drill(members=2000, insurers=10, sites=a.sites, seed=a.seed,
               folder=a.folder) as d:
        site = d.people.site("pharmacy")
        person = d.people.covered("PHAR")[0]
        d.stop()
        if not made:
            bench(d, "past", a.readings, a.seed)
            bench(d, "open")
            bench(d, "open")
        # a stop's snapshot takes in the last one
        bench(d, "tail", a.tail, a.seed + 1)
        size = os.path.getsize(os.path.join(d.dir, "keeper", "budgets"))
        print("# snapshot: %.1f MB" % (size / 1e6))
        bench(d, "open")
        d.serve()
        times = [away(d, site, person) for _ in range(a.kills)]
        print("# service back after %s s: median %.2f, worst %.2f" % (
            " ".join("%.2f" % t for t in times), statistics.median(times),
            max(times)))


if __name__ == "__main__":
    main()
