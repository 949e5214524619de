#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a process that cannot be started again (a program that is being
replaced, a machine with no process left) does not end the instance: what goes
on goes on, the alarm says what is so, and service comes back by itself.
"""
import os
import select
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, program  # noqa: E402

BOUND_S = 120       # the longest wait before a start is a minute
PROGRAMS = ("ecluse-gate", "ecluse-front", "ecluse-keeper", "ecluse-vault")


def until_said(d, start, *words):
    """Which of the words was said, if one was."""
    end = time.monotonic() + BOUND_S
    while True:
        said = d.logged()[start:]
        found = [w for w in words if w in said]
        if found or d.server.poll() is not None or time.monotonic() > end:
            return found[0] if found else None
        select.select([], [], [], 0.1)


def without(t, d, libexec, name, kills):
    """One program is away while that process is killed; from where on its
    log is looked at."""
    start = len(d.logged())
    os.unlink(os.path.join(libexec, name))
    os.kill(d.pid(kills), signal.SIGKILL)
    t.ok(until_said(d, start, "its next start is in"),
         "%s away, %s killed: a start is waited for" % (name, kills),
         d.logged()[start:])
    t.same(d.server.poll(), None, "the instance goes on")
    os.symlink(program(name), os.path.join(libexec, name))
    return start


def main():
    t = Tap()
    libexec = tempfile.mkdtemp(prefix="ecluse-programs-")
    os.chmod(libexec, 0o755)
    for name in PROGRAMS:
        os.symlink(program(name), os.path.join(libexec, name))
    try:
        with Drill(members=20, insurers=1, seed=23, libexec=libexec) as d:
            site = d.people.site("optician")
            person = d.people.covered("OPTI")[0]
            start = without(t, d, libexec, "ecluse-vault", "keeper")
            t.ok("vault cannot be started" in d.logged()[start:],
                 "it says which one", d.logged()[start:])
            t.ok(until_said(d, start, "ready again"), "it comes back",
                 d.logged()[start:])
            t.same(d.ask(site, person)[0], 0, "questions are answered")
            start = without(t, d, libexec, "ecluse-gate", "gate")
            said = d.logged()[start:]
            t.ok("alarm: gate cannot be started" in said and
                 "again and again" not in said,
                 "of one that never ended again nothing else is said", said)
            t.same(d.stop(), 0, "it stops as asked")
    finally:
        shutil.rmtree(libexec)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
