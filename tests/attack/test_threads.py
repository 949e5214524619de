#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: get out of one thread of a keeper that was taken over.

A process's files, privileges and priority are each thread's own on Linux, and
the keeper has four: the loop, the ones that write checkpoints and flush the
journal, and the one that verifies signatures. `build/tests/tools/test_probe`
makes a chosen thread of a running keeper open, connect, run, trace
(docs/powers.md). First in a drill that is not confined, where each call is let
through; then in one that is: what is not in the list ends the keeper, files
are refused as each thread gave them up. And who comes first: a keeper before
all others, its snapshot behind them.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import BUILD, Drill, Tap  # noqa: E402

PROBE = os.path.join(BUILD, "tests", "tools", "test_probe")
THREADS = ("loop", "publisher", "flusher", "verifier")  # in the order of their start
# what each call gives where it is let through; the keeper's user is nobody
CALLS = {"socket": "done", "local": "done", "connect": "EBADF",
         "bind": "EBADF", "thread": "EINVAL", "namespace": "EINVAL",
         "ptrace": "EPERM", "memory": "done", "kill": "done", "code": "done",
         "raise": "done", "others": "ESRCH", "exec": "done"}
# of the instance, or somebody else's; what each thread is told
FILES = [
    ("open", "keeper/keys.sealed", "done EACCES EACCES EACCES"),
    ("make", "keeper/probe", "done EACCES EACCES EACCES"),
    ("remove", "keeper/probe", "done EACCES EACCES EACCES"),
    ("open", "registry/public/checkpoint", "done EACCES EACCES EACCES"),
    ("open", "journal/public/checkpoint", "done done EACCES EACCES"),
    ("make", "journal/public/probe", "done done EACCES EACCES"),
    ("remove", "journal/public/probe", "done done EACCES EACCES"),
    ("open", "other", "EACCES EACCES EACCES EACCES"),
    ("make", "other", "EACCES EACCES EACCES EACCES"),
    ("remove", "other", "EACCES EACCES EACCES EACCES"),
]
KEEPER_NICE, SNAPSHOT_NICE = -4, 10     # super/children.c, keeper/turn.c
SNAPSHOT_ENTRIES = 1000                 # of test_busy_keeper
STARTS = 5      # within a minute: then super waits
SYS_NICE = 1 << 23
NO_POWERS = dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapAmb"), 0)


def wait_until(condition, bound_s=60):
    until = time.monotonic() + bound_s
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


def tasks(pid):
    """The kernel tells them in the order of their start."""
    return [int(tid) for tid in os.listdir("/proc/%d/task" % pid)]


def thread(d, name):
    pid = d.pid("keeper")
    return pid, tasks(pid)[THREADS.index(name)]


def nices(pid):
    found = []
    for tid in tasks(pid):
        with open("/proc/%d/task/%d/stat" % (pid, tid),
                  encoding="utf-8") as f:
            found.append(int(f.read().rsplit(")", 1)[1].split()[16]))
    return found


def status_of(pid, tid):
    with open("/proc/%d/task/%d/status" % (pid, tid), encoding="utf-8") as f:
        return dict(re.findall(r"^(\w+):\s*(.*)$", f.read(), re.M))


class Place:
    """What a file's short name stands for, in a state that can be tried."""

    def __init__(self, d, folder):
        self.d = d
        self.folder = folder
        os.chmod(folder, 0o777)

    def path(self, action, name):
        """The path that the keeper is given; it stands in its instance."""
        where = os.path.join(self.folder, name) if name == "other" else \
            os.path.join(self.d.dir, name)
        exists = os.path.exists(where)
        if action == "make" and exists:
            os.unlink(where)
        elif action != "make" and not exists:
            open(where, "w").close()
        return where if name == "other" else name


def probe(d, name, action, path):
    pid, tid = thread(d, name)
    done = subprocess.run([PROBE, str(pid), str(tid), action, path],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return (done.stdout + done.stderr).decode().strip()


class Starts:
    """The next keeper behind one that ended."""

    def __init__(self, d):
        self.d, self.n = d, 0

    def heard(self):
        return self.d.logged().count("super info: ready again")

    def next(self, before):
        self.n += 1
        if self.n % STARTS == 0:
            self.d.stop()
            self.d.serve()
        elif not wait_until(lambda: self.heard() > before):
            raise RuntimeError("not ready again: " + self.d.logged()[-2000:])


def files(t, d, place, confined):
    for i, name in enumerate(THREADS):
        for action, path, answers in FILES:
            wanted = answers.split()[i] if confined else "done"
            t.same(probe(d, name, action, place.path(action, path)), wanted,
                   "%s: %s %s: %s" % (name, action, path, wanted))


def calls(t, d, confined):
    starts = Starts(d)
    for name in THREADS:
        for action, free in CALLS.items():
            before, alarms = starts.heard(), d.logged().count(ALARM)
            got = probe(d, name, action, "/bin/true")
            wanted = "dies" if confined else free
            t.same(got, wanted, "%s: %s: %s" % (name, action, wanted))
            if got == "dies":
                starts.next(before)
                t.ok(d.logged().count(ALARM) > alarms,
                     "%s: %s: super says so" % (name, action), d.logged())
            elif action == "exec":
                starts.next(before)


ALARM = "alarm: keeper made a system call"


def look(t, d):
    """Of root's powers none has any, nor can it get another."""
    pid = d.pid("keeper")
    t.same(len(tasks(pid)), len(THREADS), "these are all its threads")
    for name in THREADS:
        s = status_of(*thread(d, name))
        t.same({k: int(s[k], 16) for k in NO_POWERS}, NO_POWERS,
               name + ": no capability")
        t.same((s["NoNewPrivs"], s["Seccomp"]), ("1", "2"),
               name + ": no new privileges, the list of calls")


def first(t, d, what):
    """The keeper goes first, and nobody can go before it."""
    pids = d.read_endpoints()["pids"]
    own = os.getpriority(os.PRIO_PROCESS, 0)
    t.same(nices(pids["keeper"]), [KEEPER_NICE] * len(THREADS),
           what + ": all threads of the keeper go first")
    others = {name: nices(pid) for name, pid in pids.items()
              if name != "keeper"}
    t.ok(all(set(n) == {own} for n in others.values()),
         what + ": the others as they were", others)
    for name in THREADS:
        t.same(probe(d, name, "first", ""), "EACCES",
               "%s, %s: further to the front: EACCES" % (what, name))


def snapshot(t, d):
    """The copy that writes it stands back before it opens a file."""
    site = d.people.site("optician")
    question = d.question(d.people.covered("OPTI")[0], "card")
    with subprocess.Popen([PROBE, "copies", str(d.pid("keeper"))],
                          stdout=subprocess.PIPE) as watch:
        t.same(watch.stdout.readline(), b"watching\n", "watched")
        d.ask_file(site, [question] * SNAPSHOT_ENTRIES)
        wait_until(lambda: watch.poll() is not None)
        watch.kill()
        said = watch.stdout.read().decode()
    t.same(said, "nice %d\n" % SNAPSHOT_NICE,
           "a snapshot is written behind all others")
    kept = os.path.join(d.dir, "keeper", "budgets")
    t.ok(wait_until(lambda: os.path.exists(kept)), "and it is written",
         d.logged())


def may_go_first():
    s = status_of(os.getpid(), os.getpid())
    return int(s["CapEff"], 16) & SYS_NICE


def main():
    t = Tap()
    if not os.path.exists(PROBE) or os.geteuid() != 0:
        t.skip("a thread of a keeper tries", "for root on an x86-64 alone")
        return t.done()
    with tempfile.TemporaryDirectory(prefix="ecluse-threads-") as folder:
        with Drill(members=200, insurers=1,
                   instead={"ecluse-keeper": "test_busy_keeper"}) as d:
            place = Place(d, folder)
            look(t, d)
            if may_go_first():
                first(t, d, "started")
                snapshot(t, d)
            else:
                t.skip("who comes first", "this machine lets nobody")
            files(t, d, place, True)
            calls(t, d, True)
            look(t, d)
            if may_go_first():
                first(t, d, "started again")
            d.stop()
            d.configure({"unconfined": "yes"})
            d.serve()
            files(t, d, place, False)
            calls(t, d, False)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
