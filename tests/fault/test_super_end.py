#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a super that is out of memory while it ends its instance waits for
each process as ever: none is killed in the middle of its last entry, and
nothing is said that is not so.
"""
import errno
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from faults import Faults  # noqa: E402


def stops(d):
    """Its exit status, and what it said."""
    before = len(d.logged())
    return d.stop(), d.logged()[before:]


def main():
    t = Tap()
    folder = tempfile.mkdtemp(prefix="ecluse-fault-")
    faults = Faults(folder, "ecluse-super")
    faults.count("alloc")
    try:
        with Drill(members=20, insurers=1, seed=21, folder=folder,
                   load=False, env=faults.env,
                   # nginx's words, of this preloaded library, are nobody's
                   # to hear: nothing was asked of the loop before
                   conf={"log.level": "debug"}) as d:
            t.ok(faults.calls() > 0, "its calls are counted: %d" %
                 faults.calls())
            for nth in range(1, 4):
                faults.arm("alloc", nth, errno.ENOMEM, for_good=True)
                status, said = stops(d)
                failed = faults.rest()
                t.ok(status == 0 and "did not end" not in said and
                     "signal 9" not in said,
                     "memory is refused from call %d on, %d times" %
                     (nth, failed), said)
                if failed == 0:
                    break
                d.serve()
    finally:
        shutil.rmtree(folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
