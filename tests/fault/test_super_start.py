#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a super that is told of renewed certificates while it starts goes on,
one that is told to stop has not failed, and one whose word goes to its standard
error keeps that open.

`ecluse keys rotate tls` knows super by its socket, which is there before super
hears signals.
"""
import os
import select
import shutil
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from faults import Faults  # noqa: E402

BOUND_S = 60


def until(true):
    end = time.monotonic() + BOUND_S
    while not true() and time.monotonic() < end:
        select.select([], [], [], 0.02)
    return true()


def begins(d, faults, kind, match=""):
    """A start that comes to stand still; what says how it went."""
    found = []
    faults.hold(kind, 1, match)
    start = threading.Thread(target=lambda: found.append(d.serve_says()))
    start.start()

    def went():
        start.join()
        return found[0]
    return until(faults.held), went


def hangs_up(t, d, faults):
    d.stop()
    pid, went = begins(d, faults, "rename", "started.conf")
    t.ok(pid, "it stands still while it starts")
    t.ok(os.path.exists(os.path.join(d.dir, "run", "admin.sock")),
         "and can be found")
    os.kill(pid, signal.SIGHUP)
    faults.rest()
    t.same(went()[0], None, "told to read certificates it starts all the "
           "same")


def stopped_early(t, d):
    """Its keeper cannot hear a signal yet, and ends by it."""
    d.stop()
    keeper = Faults(d.folder, "ecluse-keeper")
    d.env = keeper.env
    pid, went = begins(d, keeper, "alloc")
    t.ok(pid, "its keeper stands still while it starts")
    d.server.send_signal(signal.SIGTERM)
    status, said = went()
    keeper.rest()
    t.same(status, 0, "stopped as asked, that is no failure")


def own_error(t, d):
    d.stop()
    at = len(d.logged())
    d.serve(check=False, options=["--ready-fd", "2"])
    t.ok(until(lambda: "\nready\n" in d.logged()[at:]), "it runs")
    gate, at = d.pid("gate"), len(d.logged())
    os.kill(gate, signal.SIGKILL)
    d.another("gate", gate)
    t.ok("gate was ended by signal 9" in d.logged()[at:],
         "and says what happens behind its word", d.logged()[at:])


def main():
    t = Tap()
    folder = tempfile.mkdtemp(prefix="ecluse-fault-")
    faults = Faults(folder, "ecluse-super")
    try:
        with Drill(members=20, insurers=1, seed=22, folder=folder,
                   load=False, env=faults.env) as d:
            hangs_up(t, d, faults)
            own_error(t, d)
            t.same(d.stop(), 0, "it stops")
            stopped_early(t, d)
    finally:
        shutil.rmtree(folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
