#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: get out of one thread of a keeper or a vault that was taken over.

A process's files, privileges and priority are each thread's own on Linux. The
keeper has four: the loop, the ones that write checkpoints and flush the
journal, and the one that verifies signatures; a vault has two, the loop and the
one that flushes its counts. `build/tests/tools/test_probe` makes a chosen
thread of a running process open, connect, run, trace (docs/powers.md). In a
drill that is confined, what is not in the list ends the process, files are
refused as each thread gave them up; in one that is not, each call is let
through. And who comes first: a keeper before all others, its snapshot behind
them.
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
# in the order of their start
THREADS = {"keeper": ("loop", "publisher", "flusher", "verifier"),
           "vault": ("loop", "flusher")}
# what each call gives where it is let through; the keeper's user is nobody
CALLS = {"socket": "done", "local": "done", "connect": "EBADF",
         "bind": "EBADF", "thread": "EINVAL", "namespace": "EINVAL",
         "ptrace": "EPERM", "memory": "done", "kill": "done", "code": "done",
         "raise": "done", "others": "ESRCH", "exec": "done"}
# of the instance, or somebody else's; what each thread is told
FILES = {"keeper": [
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
], "vault": [
    ("open", "vault/0/store.db", "done EACCES"),
    ("make", "vault/0/probe", "done EACCES"),
    ("remove", "vault/0/probe", "done EACCES"),
    ("open", "registry/public/checkpoint", "EACCES EACCES"),
    ("open", "other", "EACCES EACCES"),
    ("make", "other", "EACCES EACCES"),
    ("remove", "other", "EACCES EACCES"),
]}
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


def thread(d, who, name):
    pid = d.pid(who)
    return pid, tasks(pid)[THREADS[who].index(name)]


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
        """The path that the process is given; it stands in its instance."""
        where = os.path.join(self.folder, name) if name == "other" else \
            os.path.join(self.d.dir, name)
        exists = os.path.exists(where)
        if action == "make" and exists:
            os.unlink(where)
        elif action != "make" and not exists:
            open(where, "w").close()
        return where if name == "other" else name


def probe(d, who, name, action, path):
    pid, tid = thread(d, who, name)
    done = subprocess.run([PROBE, str(pid), str(tid), action, path],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return (done.stdout + done.stderr).decode().strip()


class Starts:
    """The next keeper or vault behind one that ended."""

    def __init__(self, d, who):
        self.d, self.who = d, who
        self.filters = self.filters_of(d.pid(who))
        self.n = 0

    @staticmethod
    def filters_of(pid):
        """Lists of calls; super's own is there from the beginning."""
        return status_of(pid, pid)["Seccomp_filters"]

    def heard(self):
        return self.d.logged().count("super info: ready again")

    def is_there(self, before, heard):
        """The log says so of a keeper; a vault has all threads and lists."""
        if self.who == "keeper":
            return self.heard() > heard
        try:
            pid = self.d.pid(self.who)
            return pid != before and self.filters_of(pid) == self.filters \
                and len(tasks(pid)) == len(THREADS[self.who])
        except (OSError, KeyError):
            return False    # not yet, or not any more

    def next(self, before, heard):
        self.n += 1
        if self.n % STARTS == 0:
            self.d.stop()
            self.d.serve()
        elif not wait_until(lambda: self.is_there(before, heard)):
            raise RuntimeError("not ready again: " + self.d.logged()[-2000:])


def files(t, d, who, place, confined):
    for i, name in enumerate(THREADS[who]):
        for action, path, answers in FILES[who]:
            wanted = answers.split()[i] if confined else "done"
            t.same(probe(d, who, name, action, place.path(action, path)),
                   wanted, "%s, %s: %s %s: %s" % (
                       who, name, action, path, wanted))


def calls(t, d, who, confined):
    starts = Starts(d, who)
    alarm = ALARM % who
    for name in THREADS[who]:
        for action, free in CALLS.items():
            what = "%s, %s: %s" % (who, name, action)
            before, heard = d.pid(who), starts.heard()
            alarms = d.logged().count(alarm)
            got = probe(d, who, name, action, "/bin/true")
            wanted = "dies" if confined else free
            t.same(got, wanted, "%s: %s" % (what, wanted))
            if got == "dies":
                starts.next(before, heard)
                t.ok(d.logged().count(alarm) > alarms,
                     what + ": super says so", d.logged())
            elif action == "exec":
                starts.next(before, heard)


ALARM = "alarm: %s made a system call"


def look(t, d, who):
    """Of root's powers none has any, nor can it get another."""
    pid = d.pid(who)
    t.same(len(tasks(pid)), len(THREADS[who]),
           "these are all threads of the " + who)
    for name in THREADS[who]:
        s = status_of(*thread(d, who, name))
        what = "%s, %s" % (who, name)
        t.same({k: int(s[k], 16) for k in NO_POWERS}, NO_POWERS,
               what + ": no capability")
        t.same((s["NoNewPrivs"], s["Seccomp"]), ("1", "2"),
               what + ": no new privileges, the list of calls")


def first(t, d, what):
    """The keeper goes first, and nobody can go before it."""
    pids = d.read_endpoints()["pids"]
    own = os.getpriority(os.PRIO_PROCESS, 0)
    t.same(nices(pids["keeper"]), [KEEPER_NICE] * len(THREADS["keeper"]),
           what + ": all threads of the keeper go first")
    others = {name: nices(pid) for name, pid in pids.items()
              if name != "keeper"}
    t.ok(all(set(n) == {own} for n in others.values()),
         what + ": the others as they were", others)
    for name in THREADS["keeper"]:
        t.same(probe(d, "keeper", name, "first", ""), "EACCES",
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
            for who in THREADS:
                look(t, d, who)
            if may_go_first():
                first(t, d, "started")
                snapshot(t, d)
            else:
                t.skip("who comes first", "this machine lets nobody")
            for who in THREADS:
                files(t, d, who, place, True)
                calls(t, d, who, True)
                look(t, d, who)
            if may_go_first():
                first(t, d, "started again")
            d.stop()
            d.configure({"unconfined": "yes"})
            d.serve()
            for who in THREADS:
                files(t, d, who, place, False)
                calls(t, d, who, False)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
