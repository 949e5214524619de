#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a disk without room is told, nothing is answered that could not be
written, nothing of what is there is harmed, and service is back by itself once
there is room. Then a log that nobody takes any more, and one that is full:
the service goes on without it.

The instance stands on a small file system of its own, which only root can
make; else the calls that need room fail (ENOSPC).
"""
import errno
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, program  # noqa: E402
from scene import Scene  # noqa: E402

SIZE = 96 << 20


def mount(folder):
    return os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=%d,mode=0755" % SIZE, "tmpfs",
         folder], stderr=subprocess.DEVNULL).returncode == 0


def fill(path):
    """All that is left, to the last byte."""
    with open(path, "wb", buffering=0) as f:
        part = 1 << 20
        while part:
            try:
                f.write(bytes(part))
            except OSError as e:
                if e.errno != errno.ENOSPC:
                    raise
                part //= 4


def until(what, bound_s=90):
    end = time.monotonic() + bound_s
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def one(d, site, person):
    return d.ask(site, person)[1].get("status")


def disk(t, folder):
    top = os.path.join(folder, "drill")
    os.mkdir(top)
    with Drill(members=300, insurers=2, seed=6, folder=top) as d:
        site = d.people.site("optician")
        people = d.people.covered("OPTI")
        t.same(one(d, site, people[0]), 200, "an answer while there is room")
        answered = {people[0]["amc"] + people[0]["ref"]: people[0]}
        fill(os.path.join(folder, "filler"))
        for p in people[1:8]:
            if one(d, site, p) == 200:
                answered[p["amc"] + p["ref"]] = p
        t.ok(until(lambda: "look at the disk" in d.logged() or
                   "checkpoints cannot be written" in d.logged()),
             "the operator is told", d.logged()[-2000:])
        t.ok(until(lambda: "no room on the disk" in d.logged()),
             "and by each start that fails, why", d.logged()[-2000:])
        os.unlink(os.path.join(folder, "filler"))
        t.ok(until(lambda: one(d, site, people[0]) == 200),
             "room was made: service is back by itself", d.logged()[-3000:])
        feed = d.make_feed(people[0]["amc"])[0]
        t.same(d.load(feed, check=False)[0], 0, "a feed is taken again")
        last = d.ask(site, people[0])[1]["transaction"]
        d.published(int(last.rsplit("/", 1)[1]))
        code, out, err = d.ecluse("journal", "verify", d.dir, "--entries",
                                  check=False)
        t.ok(code == 0, "the journal verifies, and the vault's counts",
             out + err)
        read = d.persons_read(d.scope("site:" + site["site"]))
        t.ok({(p["amc"], p["ref"]) for p in answered.values()} <= read,
             "whoever was answered is in the list")
        t.same(d.stop(), 0, "and it stops in order")


def injected(t):
    """Without a file system of our own: each program's writes fail."""
    for name in ("ecluse-keeper", "ecluse-vault"):
        with Scene(name) as s:
            s.faults.arm("write", 1, errno.ENOSPC, for_good=True)
            got = [one(s.d, s.site, p) for p in s.gone]
            t.ok(200 not in got, "%s: no room, no answer" % name, got)
            t.ok("look at the disk" in s.d.logged(), "the operator is told")
            s.faults.rest()
            s.running()
            s.journal()
            t.ok(not s.problems, "back, and the journal verifies", s.problems)


def logs(t):
    with Drill(members=150, insurers=1, seed=6) as d:
        site = d.people.site("optician")
        people = d.people.covered("OPTI")
        os.kill(d.pid("keeper"), signal.SIGSTOP)
        if os.environ.get("ECLUSE_LONG"):       # half a minute
            t.same(d.ecluse("status", d.dir, check=False)[0], 5,
                   "a keeper that reads nothing: the command gives up")
        os.kill(d.pid("keeper"), signal.SIGCONT)
        d.words.kill()
        d.words.wait()
        d.ecluse("close", d.dir, "profession:dentist@portal")   # says a line
        t.same(one(d, site, people[0]), 200, "nobody reads the log any more: "
               "it goes on")
        old = d.pid("keeper")
        t.same(d.stop(), 0, "and stops in order")
        full = open("/dev/full", "wb", buffering=0)
        d.server = subprocess.Popen(
            [program("ecluse"), "serve", d.dir], stdin=subprocess.DEVNULL,
            stdout=full, stderr=full, start_new_session=True)
        t.ok(until(lambda: ready(d, old)), "it starts with a log that is full")
        t.same(one(d, site, people[1]), 200, "and answers")
        full.close()


def ready(d, old):
    try:
        return d.read_endpoints()["pids"]["keeper"] not in (0, old)
    except (OSError, ValueError):
        return False


def main():
    t = Tap()
    folder = tempfile.mkdtemp(prefix="ecluse-full-")
    os.chmod(folder, 0o755)
    mounted = mount(folder)
    try:
        if mounted:
            disk(t, folder)
        else:
            t.skip("a disk of our own", "it cannot be mounted")
    finally:
        if mounted:
            subprocess.run(["umount", "-l", folder], check=False)
        os.rmdir(folder)
    injected(t)
    logs(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
