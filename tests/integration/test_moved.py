#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: an instance whose folder is moved while it runs goes on where it is
now: what it writes stands there, what others put at its old place is not
touched, and its end leaves nothing behind.
"""
import os
import select
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

BOUND_S = 30
OTHERS = ("admin.sock", "endpoints.json", "started.conf", "gate-flow.sock",
          "gate-portal.sock", "gate-staff.sock", "nginx-flow.conf")


def until(true):
    end = time.monotonic() + BOUND_S
    while not true() and time.monotonic() < end:
        select.select([], [], [], 0.05)
    return true()


def stand(path):
    """What another instance, started at the old place, has there."""
    os.makedirs(os.path.join(path, "run"))
    for name in OTHERS:
        with open(os.path.join(path, "run", name), "w",
                  encoding="utf-8") as f:
            f.write("another's\n")


def untouched(path):
    def text(name):
        try:
            with open(os.path.join(path, "run", name), encoding="utf-8") as f:
                return f.read()
        except OSError:
            return None
    return [n for n in OTHERS if text(n) != "another's\n"]


def places(d):
    e = d.read_endpoints()
    return {e["admin"]} | {p[k] for p in e["planes"].values()
                           for k in ("ca", "socket")}


def main():
    t = Tap()
    with Drill(members=20, insurers=1, seed=19) as d:
        site, person = d.people.site("optician"), d.people.covered("OPTI")[0]
        old, new = d.dir, os.path.join(d.folder, "elsewhere")
        os.rename(old, new)
        d.dir = new
        stand(old)
        d.server.send_signal(signal.SIGHUP)
        t.ok(until(lambda: all(p.startswith(new + "/") for p in places(d))),
             "SIGHUP: endpoints.json names where it is now", places(d))
        gate = d.pid("gate")
        os.kill(gate, signal.SIGKILL)
        t.ok(until(lambda: d.pid("gate") not in (0, gate)),
             "a process that is started again stands there too",
             d.logged()[-500:])
        t.same(d.ask(site, person)[0], 0, "questions are answered")
        t.same(d.ecluse("status", d.dir, check=False)[0], 0, "and its status")
        t.same(untouched(old), [], "what stands at its old place stays")
        t.same(d.stop(), 0, "it stops")
        t.same(untouched(old), [], "and takes nobody's sockets away")
        t.same([n for n in os.listdir(os.path.join(new, "run"))
                if n.endswith(".sock") or n in OTHERS[:3]], [],
               "but its own")
        t.same(d.serve_says()[0], None, "it starts where it is")
        t.same(d.ask(site, person)[0], 0, "questions are answered")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
