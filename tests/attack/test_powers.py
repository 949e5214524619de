#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: get out of a process that was taken over.

`build/tests/tools/test_confined` puts on exactly what a process has
(src/confine/powers.c) and tries to open, make and remove others' files, to
connect, bind, run a program, fork, trace, read a sibling's memory, signal it,
make code, use a forgotten descriptor, raise a limit, give the instance's lock
back, silence a socket that the next one listens at, take more memory or more
descriptors than the work asks for. Each first succeeds with nothing put on.
And each goes to every other's files in the instance, and may neither read them
nor make one beside them, whoever's user it has. super, which may do more, tries
each call that it never makes.
Then the real processes of a drill are looked at: each has put on a list of its
own behind super's, and its memory is nobody's who has its user. Commands
that wait for a line give up what no command needs. A kernel
that lacks Landlock or seccomp runs none of the processes.
"""
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import BUILD, Drill, Tap  # noqa: E402

CONFINED = os.path.join(BUILD, "tests", "tools", "test_confined")
DIES = -signal.SIGSYS
ACTIONS = ("open make remove connect bind exec fork namespace ptrace memory "
           "kill code left raise unlock hush grow many").split()
MOST_FDS = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
if MOST_FDS < 5000:     # this machine allows nobody so many
    ACTIONS.remove("many")
# Where a process has the call for work of its own, the kernel says no instead.
# `done`: its own work, harmless.
ELSE = {
    "gate": {"left": "EBADF", "grow": "ENOMEM", "many": "EMFILE"},
    "keeper": {"open": "EACCES", "make": "EACCES", "remove": "EACCES",
               "left": "EBADF", "fork": "done", "grow": "done",
               "hush": "EBADF", "many": "EMFILE"},
    "vault": {"open": "EACCES", "make": "EACCES", "remove": "EACCES",
              "left": "EBADF", "grow": "done", "many": "EMFILE"},
    "nginx": {"open": "EACCES", "make": "EACCES", "remove": "EACCES",
              "left": "EBADF", "fork": "done", "kill": "EPERM",
              "reuse": "EACCES", "hush": "done", "grow": "done",
              "many": "done"},
}

# what docs/powers.md says that super never does, call by call
NEVER = """
ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp
mount umount2 move_mount fsopen fsmount fspick fsconfig open_tree mount_setattr
pivot_root chroot
unshare setns open_by_handle_at
init_module finit_module delete_module kexec_load kexec_file_load
bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register
add_key request_key keyctl
settimeofday clock_settime clock_adjtime adjtimex
reboot swapon swapoff sethostname setdomainname acct quotactl syslog
iopl ioperm modify_ldt
""".split()

# what docs/powers.md says, of the processes that run
LIMITS = {"gate": (("Max open files", 4176), ("Max address space", 4 << 30)),
          "keeper": (("Max open files", 256),),
          "vault": (("Max open files", 256),)}

# a machine may put some on everybody, this test as well
with open("/proc/self/status", encoding="utf-8") as f:
    OWN_LISTS = int((re.findall(r"^Seccomp_filters:\s*(\d+)", f.read(), re.M) or
                     ["0"])[0])


# An instance's files, and whose of those that are confined: R reads, W makes
# others beside it, too.
WHOSE = {
    "keeper/root.key": {"keeper": "W"},
    "keeper/journal/seg-000000000000": {"keeper": "W"},
    "journal/public/checkpoint": {"keeper": "W", "nginx": "R"},
    "registry/public/checkpoint": {"keeper": "W"},
    "vault/0/store.db": {"vault": "W"},
    "vault/1/store.db": {},
    "vault/1.copy": {},
    "tls/flow.key": {"nginx": "R"},
    "drill/admin-1.pem": {},
    "ecluse.conf": {},
    "run/endpoints.json": {},
    "run/started.conf": {},
    "run/nginx-flow/client_body/1": {"nginx": "W"},
    "run/nginx-portal/client_body/1": {},
    "run/nginx-flow.conf": {"nginx": "R"},
    "run/nginx-portal.conf": {},
    "run/oo/503.json": {"nginx": "R"},
}


class Place:
    """An instance's folders and files, a stranger's file, a port."""

    def __init__(self, folder):
        self.dir = os.path.join(folder, "instance")
        for name in WHOSE:
            path = os.path.join(self.dir, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "w").close()
        self.file = os.path.join(folder, "other")
        self.again()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def again(self):
        with open(self.file, "w", encoding="utf-8") as f:
            f.write("somebody else's\n")

    def run(self, who, action, other=None):
        """Exit status, and the last word. other: somebody else's file."""
        self.again()
        left = os.open(self.file, os.O_RDONLY)
        folder = os.open(self.dir, os.O_RDONLY)
        public = os.open(os.path.join(self.dir, "journal/public"), os.O_RDONLY)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def set_up():   # out of the way first, then to their places
                for fd, to in ((left, 40), (folder, 41),
                               (listener.fileno(), 42), (public, 43)):
                    os.dup2(fd, to)
                for fd, to in ((43, 3), (42, 4), (41, 5), (41, 9)):
                    os.dup2(fd, to)
                os.close(43)
                resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_FDS,) * 2)
            done = subprocess.run(
                [CONFINED, who, action, self.dir, other or self.file,
                 str(self.port)],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                preexec_fn=set_up, close_fds=False)
        for fd in (left, folder, public):
            os.close(fd)
        words = done.stdout.decode().split() or [""]
        return done.returncode, words[-1], done.stderr.decode()


def attempts(t, place):
    for action in ACTIONS + ["reuse"]:
        status, word, err = place.run("free", action)
        t.ok(status == 0 and word == "done",
             "with nothing put on: %s" % action, "%s %s %s" %
             (status, word, err))
    for who, other in ELSE.items():
        for action in ACTIONS + ["reuse"] * ("reuse" in other):
            status, word, err = place.run(who, action)
            wanted = other.get(action)
            if wanted:
                t.ok(status == 0 and word == wanted, "%s: %s: %s" % (
                    who, action, wanted), "%s %s %s" % (status, word, err))
            else:
                t.ok(status == DIES, "%s: %s: dies" % (who, action),
                     "%s %s %s" % (status, word, err))
    for action in ["namespace", "ptrace", "memory", "type"] + NEVER:
        status, word, err = place.run("super", action)
        t.ok(status == DIES, "super: %s: dies" % action,
             "%s %s %s" % (status, word, err))
    ended = [c for c in ["type"] + NEVER if place.run("free", c)[0] != 0]
    t.same(ended, [], "with nothing put on none of these ends anybody")


def each_others_files(t, place):
    """Each process goes to every file of the instance; its user may."""
    wrong = []

    def told(who, action, name):
        path = os.path.join(place.dir, name)
        status, word, _ = place.run(who, action, path)
        if os.path.exists(path + ".made"):
            os.unlink(path + ".made")
        return "dies" if status == DIES else word

    for who in ["free"] + list(ELSE):
        no = {"free": "done", "gate": "dies"}.get(who, "EACCES")
        for name, whose in WHOSE.items():
            own = whose.get(who, "")
            wanted = ["done" if own else no, "done" if own == "W" else no]
            got = [told(who, action, name) for action in ("open", "make")]
            if got != wanted:
                wrong.append("%s, %s: %s" % (who, name, got))
    t.same(wrong, [], "a file of the instance is read and made by whose it is: "
           "%d processes, %d files" % (len(ELSE), len(WHOSE)))


def status_of(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        return dict(re.findall(r"^(\w+):\s*(.*)$", f.read(), re.M))


def wait_until(condition, bound_s=60):
    until = time.monotonic() + bound_s
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)


def workers(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid),
              encoding="utf-8") as f:
        return [int(p) for p in f.read().split()]


# What a process may have open beside standard input to error, sockets and what
# it waits with; below the instance's folder.
OPEN = {
    "gate": r"$.", "keeper": r"(keeper|journal|registry)/|run/lock$",
    "vault": r"vault/0/|run/lock$",
    "nginx": r"journal/public$|run/nginx-\w+/",
    "super": r"$|keeper$|run$|journal/public$|run/lock$",
}
ANYWHERE = re.compile(r"socket:|anon_inode:\[(eventpoll|signalfd|eventfd)\]$")


def descriptors(t, d, everybody):
    """Nobody has more open than the work asks for: what was open where the
    instance was started (a pipe, a stranger's file) is nobody's here."""
    folder = os.path.realpath(d.dir) + "/"
    # what nginx says comes to super through pipes (super/heard.h)
    words = {os.readlink("/proc/%d/fd/2" % pid) for name, pid in
             everybody.items() if name.startswith("nginx")}
    for name, pid in everybody.items():
        more = []
        for fd in os.listdir("/proc/%d/fd" % pid):
            try:
                to = os.readlink("/proc/%d/fd/%s" % (pid, fd))
            except FileNotFoundError:
                continue
            own = OPEN[re.match(r"[a-z]+", name).group()]
            if int(fd) > 2 and not ANYWHERE.match(to) and not (
                    name == "super" and to in words) and not (
                    (to + "/").startswith(folder) and
                    re.match(own, to[len(folder):])):
                more.append("%s: %s" % (fd, to))
        t.ok(not more, "%s: no descriptor of others" % name, "\n".join(more))


def look(t, d):
    """Every process of a running drill, and nginx's workers."""
    pids = d.read_endpoints()["pids"]
    everybody = dict(pids)
    with open(os.path.join(d.dir, "ecluse.conf"), encoding="utf-8") as f:
        count = int(re.search(r"^workers = (\d+)$", f.read(), re.M).group(1))
    for name, pid in pids.items():  # nginx is still being loaded
        if name.startswith("nginx"):
            wait_until(lambda pid=pid: len(workers(pid)) >= count)
            t.same(len(workers(pid)), count, "%s: its workers" % name)
    for name, pid in pids.items():
        if name.startswith("nginx"):
            for i, worker in enumerate(workers(pid)):
                everybody["%s worker %d" % (name, i)] = worker
    descriptors(t, d, everybody)
    for name, pid in everybody.items():
        s = status_of(pid)
        with open("/proc/%d/limits" % pid, encoding="utf-8") as f:
            limits = f.read()
        core = re.search(r"Max core file size +(\d+) +(\d+)", limits)
        # super's own is on everybody below it: that one is no proof
        lists = OWN_LISTS + (1 if name == "super" else 2)
        wrong = [k for k, v in (("NoNewPrivs", "1"), ("Seccomp", "2"),
                                ("Seccomp_filters", str(lists)))
                 if s.get(k, v) != v]
        if core.groups() != ("0", "0"):
            wrong.append("core")
        for what, most in LIMITS.get(name.split("-")[0], ()):
            hard = re.search(what + r" +\S+ +(\S+)", limits).group(1)
            if hard == "unlimited" or int(hard) > most:
                wrong.append("%s: %s" % (what, hard))
        if name != "super" and int(s["CapEff"], 16) != 0:
            wrong.append("CapEff")
        t.ok(not wrong, "%s: confined" % name, "%s %s" % (wrong, s))


def reader(pid, path):
    """The exit status of who has a process's user and group and of root's
    powers what the process has itself, and reads a file of it in /proc: one
    that is not dumpable shows it to nobody."""
    s = status_of(pid)
    command = ["cat", path % pid]
    if os.geteuid() == 0:
        held = int(s["CapPrm"], 16)
        command[:0] = [
            "setpriv", "--reuid", s["Uid"].split()[1], "--regid",
            s["Gid"].split()[1], "--clear-groups", "--bounding-set",
            ",".join(["-all"] + ["+cap_%d" % n for n in range(64)
                                 if held >> n & 1])]
    return subprocess.run(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode


def secret(t, d):
    """Nobody with its user reads a process, be it his own child's."""
    pids = d.read_endpoints()["pids"]
    for name, pid in pids.items():
        if not name.startswith("nginx"):    # it says so: docs/powers.md
            t.ok(reader(pid, "/proc/%d/status") == 0 and
                 reader(pid, "/proc/%d/environ") != 0,
                 "%s: its memory is not its user's" % name)
    t.same(reader(os.getpid(), "/proc/%d/environ"), 0,
           "as that of others is")


def commands(t, d):
    """What a command has, and what one that was taken over can do; each waits
    for a line that somebody else writes."""
    amc = d.people.insurers[0]["amc"]
    ecluse, insurer = (os.path.join(BUILD, n) for n in (
        "ecluse", "ecluse-insurer"))
    key = os.path.join(d.folder, "read-by-somebody.key")
    shutil.copyfile(d.people.insurer_file(amc, "handle.key"), key)
    os.chmod(key, 0o644)
    os.chmod(d.folder, 0o711)
    waits = {"ecluse": [ecluse, "check", "nir", "-"],
             "ecluse-insurer": [insurer, "open", "--handle-key", key,
                                "--amc", amc, "-"]}
    for name, command in waits.items():
        for action in (None, "socket", "exec", "ptrace", "memory"):
            # root's own is read by root: somebody else's, to look at it
            run = SOMEBODY * (action is None and os.geteuid() == 0) + command
            with subprocess.Popen(run, stdin=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as p:
                wait_until(lambda p=p: asleep(p.pid), WAITS_S)
                if action is None:
                    given_up(t, name, p.pid)
                elif may_probe():
                    done = subprocess.run(
                        [PROBE, str(p.pid), str(p.pid), action, "/bin/true"],
                        stdout=subprocess.PIPE)
                    t.same(done.stdout, b"dies\n", "%s: %s: dies" % (
                        name, action))
                p.kill()
    if not may_probe():
        t.skip("a command that was taken over", "for root on x86-64 alone")


PROBE = os.path.join(BUILD, "tests", "tools", "test_probe")
WAITS_S = 10    # who gives nothing up is looked at all the same
SOMEBODY = ["setpriv", "--reuid", "60999", "--regid", "60999", "--clear-groups"]


def may_probe():
    return os.path.exists(PROBE) and os.geteuid() == 0


def asleep(pid):
    """Has it given up, and does it wait now?"""
    s = status_of(pid)
    return int(s.get("Seccomp_filters", 1 + OWN_LISTS)) > OWN_LISTS and \
        s["State"].startswith("S")


def given_up(t, name, pid):
    s = status_of(pid)
    with open("/proc/%d/limits" % pid, encoding="utf-8") as f:
        core = re.search(r"Max core file size +(\d+) +(\d+)", f.read())
    t.same((s["NoNewPrivs"], s["Seccomp"], core and core.groups()),
           ("1", "2", ("0", "0")), "%s: no core, no privileges, a list of "
           "calls" % name)
    t.ok(reader(pid, "/proc/%d/environ") != 0,
         "%s: its memory is not its user's" % name)


def alarm(t, d):
    """super names who was ended so; the others go on."""
    old = d.pid("vault")
    os.kill(old, signal.SIGSYS)
    d.another("vault", old)
    wait_until(lambda: "alarm: vault made a system call" in d.logged())
    t.ok("alarm: vault made a system call" in d.logged(),
         "super says who was ended by SIGSYS", d.logged())


def worker(t, d):
    """A worker of nginx that is ended is told by nginx, and replaced. (It lets
    SIGSYS go by when a person sends it: the kernel's cannot be.)"""
    master = d.pid("nginx")
    old = workers(master)
    os.kill(old[0], signal.SIGKILL)
    wait_until(lambda: len(workers(master)) == len(old) and
               old[0] not in workers(master) and
               "exited on signal 9" in d.logged())
    t.ok("exited on signal 9" in d.logged() and d.pid("nginx") == master and
         len(workers(master)) == len(old),
         "nginx says which worker was ended, and how", d.logged())


def old_kernel(t, d):
    """Without Landlock or seccomp nothing runs, unless a drill says so."""
    command = [CONFINED, "without", None,
               os.path.join(BUILD, "ecluse"), "serve", d.dir]
    for lacks in ("landlock", "seccomp"):
        command[2] = lacks
        done = subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        out = done.stdout.decode()
        t.ok(done.returncode != 0 and "unconfined = yes" in out,
             "a kernel without %s: refused, and what to do" % lacks, out)
    d.configure({"unconfined": "yes"})
    for lacks in ("landlock", "seccomp"):
        command[2] = lacks
        with subprocess.Popen(command, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as p:
            said = ""
            for line in p.stdout:
                said += line.decode()
                if "ready in" in said:
                    p.send_signal(signal.SIGTERM)
                    break
            said += p.stdout.read().decode()
        t.ok("ready in" in said and said.count("alarm: unconfined") >= 5,
             "without %s: a drill may, loudly" % lacks, said)


def main():
    t = Tap()
    folder = tempfile.mkdtemp(prefix="ecluse-powers-")
    try:
        place = Place(folder)
        attempts(t, place)
        each_others_files(t, place)
    finally:
        shutil.rmtree(folder)
    with Drill(members=200, insurers=1, start=False, load=False) as d:
        with tempfile.TemporaryFile() as left:
            os.set_inheritable(left.fileno(), True)
            d.serve(also=[left.fileno()])
        look(t, d)
        secret(t, d)
        commands(t, d)
        alarm(t, d)
        worker(t, d)
        d.stop()
        old_kernel(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
