#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: an instance whose super was killed starts again, on the same ports,
whatever is left of it, and whatever others lock. Workers of nginx outlive a
master that was killed too, and hold its port: they are ended; those of an
instance that runs are not, also when its lock was removed. A keeper that hangs
holds the lock: it is named, and who asks one that stands still is told that it
does not answer.
"""
import fcntl
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from asked import Asked  # noqa: E402
from drill import Drill, Tap  # noqa: E402

PLANES = ("flow", "portal", "staff")
NGINXES = ("nginx", "nginx-portal", "nginx-staff")


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid),
              encoding="ascii") as f:
        return [int(p) for p in f.read().split()]


def lives(pid):
    """Neither gone nor a body that nobody buried."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def kill_super(d, masters):
    """With its masters, of whose end it does not hear: it would end what they
    leave."""
    os.kill(d.server.pid, signal.SIGSTOP)
    for pid in masters:
        os.kill(pid, signal.SIGKILL)
    os.kill(d.server.pid, signal.SIGKILL)
    os.waitid(os.P_PID, d.server.pid, os.WEXITED | os.WNOWAIT)


def workers_left(t, d):
    gone = d.server
    # a shell that somebody left in run/ is nobody's to end
    shell = subprocess.Popen(["cat"], stdin=subprocess.PIPE,
                             cwd=os.path.join(d.dir, "run"))
    masters = [d.pid(name) for name in NGINXES]
    workers = [w for m in masters for w in children(m)]
    ports = {p + ".port": str(d.plane(p)["port"]) for p in PLANES}
    kill_super(d, masters)
    gone.wait()
    t.ok(workers and all(lives(w) for w in workers),
         "workers outlive super and master", workers)
    d.configure(ports)      # as an instance that is not a drill has them
    status, said = d.serve_says()
    t.same(status, None, "it starts again on its ports")
    t.ok("%d processes of nginx were left" % len(workers) in said,
         "it says what it ended", said)
    t.same([w for w in workers if lives(w)], [], "and they are gone")
    t.same(shell.poll(), None, "nobody else was ended")
    shell.stdin.close()
    shell.wait()


def lock_left(t, d):
    """One that runs where a keeper does and has what it has open (its 9th, super/
    children.h) stands for a keeper that a hanging disk keeps."""
    kill_super(d, [])
    gone = d.server         # nobody waited for it: its number is not free
    lock = open(os.path.join(d.dir, "run", "lock"), "r+b")
    fcntl.flock(lock, fcntl.LOCK_EX)    # when keeper and vault are gone
    holder = subprocess.Popen(["sh", "-c", "exec cat 9<>run/lock"], cwd=d.dir,
                              stdin=subprocess.PIPE)
    status, said = d.serve_says()
    t.same(status, 3, "who holds the lock of a dead super stops the start")
    t.ok("process %d of it does not end" % holder.pid in said,
         "and is named", said)
    gone.wait()
    holder.kill()
    holder.wait()
    lock.close()
    t.same(d.serve_says()[0], None,
           "killed, as it says: the next start goes well")


def lock_removed(t, d):
    first, words = d.server, d.words
    pids = d.read_endpoints()["pids"]
    os.unlink(os.path.join(d.dir, "run", "lock"))
    status, said = d.serve_says()
    d.server, d.words = first, words
    t.ok(status == 3 and "its run/lock was removed" in said,
         "a start without the lock of an instance that runs: refused", said)
    t.same(d.read_endpoints()["pids"], pids, "and nothing is taken from it")


def others_lock(t, d):
    """Whoever can open a file or a folder can lock it (flock(2)): so does a user
    of this machine, with all that he is let read."""
    d.stop()
    held = []
    for top, folders, files in os.walk(d.dir):
        for path in [top] + [os.path.join(top, f) for f in files]:
            if os.stat(path).st_mode & 0o004:
                held.append(os.open(path, os.O_RDONLY))
                fcntl.flock(held[-1], fcntl.LOCK_EX)
        folders[:] = [f for f in folders if
                      os.stat(os.path.join(top, f)).st_mode & 0o001]
    status, said = d.serve_says()
    t.ok(len(held) > 3 and status is None,
         "what others may open and lock, %d of it, stops no start" % len(held),
         said)
    for fd in held:
        os.close(fd)


def others_stand(t, d):
    """In a folder of a server that may not answer any more."""
    name = "where other processes stand is not asked"
    try:
        a = Asked()
    except OSError as e:
        t.skip(name, str(e))
        return
    d.stop()
    with a:
        os.stat("/proc/%d/cwd" % a.stands)
        status, said = d.serve_says()
    t.ok(a.by(os.getpid()), "that file system tells who asks it", a.asked)
    t.same(status, None, "a start goes well: %s" % said)
    t.same(a.by(d.server.pid), [], name)


def keeper_stands(t, d, site, person):
    os.kill(d.pid("keeper"), signal.SIGSTOP)
    code, said = d.ask(site, person)
    t.ok(code == 5 and "504" in said.get("error", ""),
         "who asks a question hears that there was no answer in time", said)
    # half a minute: a keeper that starts may take as long
    code, out, err = d.ecluse("status", d.dir, check=False)
    os.kill(d.pid("keeper"), signal.SIGCONT)
    t.ok((code, out) == (5, "") and "the keeper does not answer" in err,
         "who asks a keeper that stands still hears so", err)


def main():
    t = Tap()
    with Drill(members=20, insurers=1, seed=17) as d:
        site, person = d.people.site("optician"), d.people.covered("OPTI")[0]
        workers_left(t, d)
        t.same(d.ask(site, person)[0], 0, "questions are answered")
        lock_left(t, d)
        lock_removed(t, d)
        others_lock(t, d)
        others_stand(t, d)
        keeper_stands(t, d, site, person)
        t.same(d.ask(site, person)[0], 0, "questions are answered")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
