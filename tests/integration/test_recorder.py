#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the disks of attack/test_torn.py are no better than a crash leaves
them. What was written before a flush began is there behind its end; what
another thread wrote while it went on, as the keeper does, may be lost: a file's
bytes, a folder's names, and both behind a flush of the whole file system.
"""
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
import torn  # noqa: E402
from drill import BUILD, Tap  # noqa: E402

PROGRAM = os.path.join(BUILD, "tests", "tools", "test_record_flush")
PIECE = 4096
CRASHES = 100


def disks(folder, first, found, nth):
    """What crashes behind flush number nth leave: sets of pieces and names."""
    ends = [n for n, r in enumerate(found) if r[1] in (torn.SYNC, torn.SYNCFS)]
    left = []
    for seed in range(CRASHES):
        disk = torn.Disk(folder, None, first)
        for record in found[:ends[nth] + 1]:
            disk.take(record)
        inode = next(i for i, f in disk.files.items() if f[0] or f[1])
        names = disk.crash(random.Random(seed))
        content = bytes(disk.files[inode][0])
        left.append({c for c in "abcd" if c.encode() * PIECE in content} |
                    set(names))
    return left


def judge(t, left, what, there, perhaps):
    for name in there:
        t.ok(all(name in d for d in left), "%s: %s is there" % (what, name))
    for name in perhaps:
        n = sum(name in d for d in left)
        t.ok(0 < n < CRASHES, "%s: %s may be lost" % (what, name),
             "there in %d of %d" % (n, CRASHES))


def main():
    t = Tap()
    with tempfile.TemporaryDirectory() as top:
        folder, log = os.path.join(top, "folder"), os.path.join(top, "log")
        os.mkdir(folder)
        first = torn.listing(folder)
        torn.make_log(log)
        subprocess.run(["ecluse-keeper", folder], executable=PROGRAM,
                       check=True, env=dict(os.environ, ECLUSE_RECORD=log))
        found = torn.records(log)
        kinds = [r[1] for r in found]
        t.same((kinds.count(torn.SYNC), kinds.count(torn.SYNCFS),
                kinds.count(torn.WRITE), kinds.count(torn.CREATE)),
               (2, 1, 4, 5), "all of it was recorded")
        judge(t, disks(folder, first, found, 0), "a file's flush", "a", "b")
        judge(t, disks(folder, first, found, 1), "a folder's",
              ["a", "file", "before"], ["b", "during"])
        judge(t, disks(folder, first, found, 2), "one of everything",
              ["a", "b", "c", "file", "before", "during", "all-before"],
              ["d", "all-during"])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
