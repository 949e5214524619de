#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what a command calls whole is whole on the disk before it has its name:
the power goes at the worst moment, and there is no instance that `restore` or
`init` made in part, and no manifest of a backup some of whose files are gone.
"""
import os
import random
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
import torn  # noqa: E402
from drill import BUILD, Drill, Tap, run, program  # noqa: E402

CRASHES = 20
STDIO = ("tls/", "drill/")     # what init writes by it, no recorder sees


def content(folder):
    found = {}
    for top, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(top, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = f.read()
    return found


def recorded(top, *command):
    """What was there before, and what the command did."""
    log = os.path.join(top, "log")
    torn.make_log(log)
    first = torn.listing(top)
    code, out, err = run(program("ecluse"), *command, check=False, env=dict(
        os.environ, ECLUSE_RECORD=log, ECLUSE_RECORD_OF="ecluse",
        LD_PRELOAD=os.path.join(BUILD, "tests", "tools", "librecord.so")))
    if code != 0:
        raise RuntimeError("%s: %s" % (command[0], err))
    found = torn.records(log)
    os.unlink(log)
    return first, found


def lost(top, first, found, part, whole, unseen):
    """Of the files of whole what a crash may take that comes when the last of
    them is about to get its name: they were made below part."""
    want, gone = {n: data for n, data in content(whole).items()
                  if not n.startswith(unseen)}, set()
    for seed in range(CRASHES):
        disk = torn.Disk(top, None, first)
        for record in found:
            disk.take(record)
        left = disk.crash(random.Random(seed))
        gone |= {n for n, data in want.items() if left.get(
            os.path.relpath(os.path.join(part, n), top)) != data}
    return gone


def named(found, path):
    """Which record gives something this name for the last time."""
    return max(n for n, r in enumerate(found)
               if r[1] == torn.RENAME and r[5] == path)


def flushed(found, nth, folder):
    """Is its folder flushed behind that record?"""
    inode = os.stat(folder).st_ino
    return any(r[1] == torn.SYNCFS or (r[1] == torn.SYNC and r[3] == inode)
               for r in found[nth + 1:])


def judge(t, what, top, first, found, part, whole, last=None, unseen=()):
    name = os.path.join(whole, last) if last else whole
    nth = named(found, name)
    t.same(lost(top, first, found[:nth], part, whole, unseen) - {last}, set(),
           "%s: all of it is on the disk before it counts" % what)
    t.ok(flushed(found, nth, os.path.dirname(name)),
         "%s: and so is its name when the command ends" % what)


def main():
    t = Tap()
    with Drill(members=200, insurers=2, seed=5) as d:
        def path(*name):
            return os.path.join(d.folder, *name)

        d.ask(d.people.site("optician"), d.people.covered()[0])
        d.published(0)
        first, found = recorded(d.folder, "backup", d.dir, "--out",
                                path("b"), "--months-out", path("months"))
        judge(t, "backup", d.folder, first, found, path("b"), path("b"),
              "manifest")
        nth = named(found, path("months"))
        t.ok(flushed(found, nth, d.folder), "backup: the month keys' name")
        shutil.copy(os.path.join(d.dir, "journal", "public", "checkpoint"),
                    path("known"))
        d.stop()
        for new in ((), ("--new-origin", "drill2.ecluse.example/journal",
                         "--admin-key", os.path.join(
                             d.dir, "drill", "admin-1.pem"))):
            made = path("made%d" % len(new))
            first, found = recorded(
                d.folder, "restore", path("b"), "--to", made, "--months",
                path("months"), "--months-key",
                os.path.join(d.dir, "keeper", "months-1.key"), "--root",
                os.path.join(d.dir, "keeper", "root.key"),
                "--known-checkpoint", path("known"), *new)
            judge(t, "restore" + (", a new log" if new else ""), d.folder,
                  first, found, made + ".part", made)
        first, found = recorded(d.folder, "init", path("init"), "--drill")
        judge(t, "init", d.folder, first, found, path("init.part"),
              path("init"), unseen=STDIO)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
