#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: no confined program is ended by SIGSYS for a call of its own.

What a program and its libraries take from the C library is compared with the
program's row (src/confine/powers.c): each function that makes a system call
must have it there, or stand below with the reason why it is not called once
the row is on. A function that is in no list here is refused too: say what it
calls. (A call that nobody writes down is met under load, when it is too late.)
"""
import os
import re
import shutil
import subprocess
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import BUILD, Tap, program  # noqa: E402

CONFINED = os.path.join(BUILD, "tests", "tools", "test_confined")

# Functions of the C library (glibc 2.36) whose calls have other names. a|b:
# one of them; a!: whatever its arguments.
CALLS = {
    "abort": "tgkill", "arc4random_buf": "getrandom",
    "posix_madvise": "madvise", "accept": "accept|accept4",
    "clock": "clock_gettime",
    "closedir": "close", "dirfd": "", "dup": "dup|fcntl",
    "epoll_create": "epoll_create|epoll_create1", "eventfd": "eventfd2",
    "exit": "exit_group", "_exit": "exit_group", "fclose": "close",
    "fdopen": "fcntl", "fexecve": "execveat", "fflush": "write",
    "_Fork": "clone set_robust_list",
    "fopen": "openat", "fork": "clone set_robust_list",
    "fread": "read", "fseek": "lseek", "ftell": "lseek",
    "fgets": "read", "fputc": "write", "fputs": "write", "fwrite": "write",
    "puts": "write",
    "fprintf": "write", "vfprintf": "write", "perror": "write",
    "fstat": "newfstatat", "fstatat": "newfstatat!",
    "getentropy": "getrandom", "gethostbyname": "socket",
    "getaddrinfo": "socket", "getnameinfo": "socket", "getpagesize": "",
    "getgrnam": "openat", "getpwnam": "openat", "glob": "openat",
    "gethostname": "uname", "getrlimit": "prlimit64",
    "initgroups": "setgroups", "localtime": "openat",
    "localtime_r": "openat", "mktime": "openat", "lstat": "newfstatat!",
    "mallopt": "brk", "mallinfo2": "brk", "sbrk": "brk", "mkostemp": "openat", "open": "openat", "opendir": "openat",
    "pipe": "pipe|pipe2", "posix_fadvise": "fadvise64", "pread": "pread64",
    "pthread_create": "clone3", "pthread_cond_wait": "futex",
    "pthread_exit": "exit", "pthread_join": "futex",
    "pthread_mutex_lock": "futex", "pthread_sigmask": "rt_sigprocmask",
    "pwrite": "pwrite64", "pwritev": "pwritev", "raise": "tgkill",
    "readdir": "getdents64", "realpath": "readlink|readlinkat",
    "recv": "recvfrom", "sem_wait": "futex", "send": "sendto",
    "setrlimit": "prlimit64!", "sigaction": "rt_sigaction",
    "signal": "rt_sigaction", "signalfd": "signalfd4",
    "sigprocmask": "rt_sigprocmask", "sigsuspend": "rt_sigsuspend",
    "sleep": "clock_nanosleep", "stat": "newfstatat!",
    "sysconf": "prlimit64", "tcgetattr": "ioctl!", "tcsetattr": "ioctl!",
    "usleep": "clock_nanosleep", "utime": "utime|utimensat",
    "utimes": "utimes|utimensat", "vsyslog": "socket", "syslog": "socket",
    "openlog": "", "closelog": "close", "waitpid": "wait4",
    "dlopen": "openat mmap!", "dlclose": "munmap",
    "getcontext": "rt_sigprocmask", "setcontext": "rt_sigprocmask",
}

# Functions that make no system call, but for memory and futexes, which every
# row has.
PURE = re.compile(r"""
    mem\w+|str(?!_)[a-z]+|strerrordesc_np|xpg_strerror_r|[cm]alloc
    |realloc(array)?|free|posix_memalign|qsort|s?random|v?(s|sn|as)printf|isoc99_sscanf
    |explicit_bzero|clearerr|feof|ferror|sig(add|del|empty|fill)(set)?
    |inet_pton|fileno|setbuf|(secure_)?getenv|getauxval|environ|gmtime_r
    |gai_strerror|freeaddrinfo|globfree|dl(sym|error|addr)|makecontext
    |libc_start_main|cxa_(finalize|atexit)|errno_location|stack_chk_fail
    |assert_fail|fdelt|tls_get_addr|ctype_\w+|std(in|out|err)|(long|set)jmp
    |pthread_(attr_|mutexattr_|key_|rwlock_|once|self|getspecific|setspecific
        |cond_(init|destroy|signal)|mutex_(init|destroy|trylock|unlock))\w*
    |sem_(init|destroy|post)|a?(sin|cos|tan)h?|atan2|exp|log|pow|fmod|sqrt
    |trunc|tolower
    """, re.X)

BEFORE = "while the process sets itself up"
TOKEN = "the token's module and its process: before the row is on"
NETWORK = "a library's parts for networks: nothing here calls them"
TERMINAL = "asks a terminal for a passphrase: nothing here has one"
ENTROPY = "waits for the system's entropy: getrandom does"
LOCKED = "locks memory if asked to: nobody asks"
SEAL = "how the row is put on"

# Program: {function: why it need not be in the row}.
OURS = {
    "ecluse-gate": {"close_range": BEFORE, "prctl": BEFORE, "umask": BEFORE,
                    "setrlimit": BEFORE, "open": BEFORE, "syscall": SEAL},
    "ecluse-keeper": {"close_range": BEFORE, "prctl": BEFORE,
                      "setrlimit": BEFORE, "syscall": SEAL, "dlopen": TOKEN,
                      "pipe": TOKEN, "dup2": TOKEN, "eventfd": BEFORE,
                      "pthread_create": BEFORE},
    "ecluse-vault": {"close_range": BEFORE, "prctl": BEFORE,
                     "setrlimit": BEFORE, "syscall": SEAL,
                     "eventfd": BEFORE, "pthread_create": BEFORE},
    "ecluse-front": {"close_range": BEFORE, "setrlimit": BEFORE,
                     "syscall": SEAL},
}
CRYPTO = dict(
    dict.fromkeys(("accept", "bind", "connect", "getaddrinfo", "ioctl",
                   "gethostbyname", "getnameinfo", "getsockname", "listen",
                   "shutdown", "socket", "syslog"), NETWORK),
    dlopen="engines and providers: the start warms what is used",
    select=ENTROPY, shmat=ENTROPY, shmdt=ENTROPY, shmget=ENTROPY,
    syscall="getrandom, and the engine of AF_ALG, which is not loaded",
    tcgetattr=TERMINAL, tcsetattr=TERMINAL, mlock=LOCKED)
LIBRARIES = {
    "libseccomp": {"ioctl": SEAL, "prctl": SEAL, "syscall": SEAL},
    "libcrypto": CRYPTO,
    "libsodium": {"mlock": LOCKED, "munlock": LOCKED},
    "libsqlite3": {
        "dlopen": "extensions: they are off",
        "pthread_create": "a sort's helpers: PRAGMA threads is 0",
        "utime": "locks by files beside: our VFS has others"},
}
NGINX = {
    "bind": "ports and local sockets come from super",
    "chdir": "working_directory is not set", "chown": "it is not root",
    "initgroups": "it is not root", "setgid": "it is not root",
    "setuid": "it is not root", "setpriority": "worker_priority is not set",
    "execve": "another binary in its place", "setsid": "daemon off",
    "dlopen": "modules: none", "pthread_create": "aio threads: none",
    "sched_setaffinity": "worker_cpu_affinity is not set",
    "setrlimit": "worker_rlimit_* are not set",
    "syscall": "aio and BPF: not set", "utimes": "dates of DAV: not set",
}


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE,
                          check=True).stdout.decode()


def imports(path):
    """Names that a program or a library takes from the C library."""
    found = set()
    for line in output("nm", "-D", "--undefined-only", path).splitlines():
        name, _, version = line.split()[-1].partition("@")
        if version.startswith("GLIBC_"):
            found.add(name)
    return sorted(found)


def libraries(path):
    """Beside the C library: {name: path}."""
    found = re.findall(r"(lib[\w+.-]+?)\.so\S* => (\S+)", output("ldd", path))
    return {n: p for n, p in found if n not in ("libc", "libm", "libpthread",
                                                "libdl")}


def plain(name, names):
    """open64, __fprintf_chk, __realpath_chk: by the name in the manual."""
    name = re.sub(r"^__(\w+)_chk$", r"\1", name)
    if name.endswith("64") and name not in names:
        name = name[:-2]
    return name.lstrip("_") if name not in CALLS else name


def needed(name, names):
    """The calls that a function makes: a list, or None: not known."""
    if name in CALLS:
        return CALLS[name].split()
    if name in names:
        return [name]
    return [] if PURE.fullmatch(name) else None


def has(row, call):
    """row: {call: has a condition}."""
    return any(one.rstrip("!") in row and not (
        one.endswith("!") and row[one.rstrip("!")]) for one in call.split("|"))


def lacks(path, row, names, excused):
    """What is taken and not in the row, and the excuses that were of use."""
    bad, used = [], set()
    for name in sorted({plain(n, names) for n in imports(path)}):
        calls = needed(name, names)
        if calls is not None and all(has(row, c) for c in calls):
            continue
        if name in excused:
            used.add(name)
            continue
        bad.append("%s: %s" % (name, "not known: what does it call?"
                               if calls is None else " ".join(calls)))
    return bad, used


def row_of(who):
    """A call stands in a row as often as it has conditions."""
    row = {}
    for line in output(CONFINED, "calls", who).splitlines():
        name, _, condition = line.partition(" ")
        row[name] = row.get(name, True) and bool(condition)
    return row


class Check:
    def __init__(self, t):
        self.t = t
        self.names = set(output(CONFINED, "calls").split())
        self.excused = {}    # by program or library: those of use

    def one(self, who, name, path, excused):
        bad, used = lacks(path, row_of(who), self.names, excused)
        self.t.ok(not bad, "%s: what %s calls is in its row" % (who, name),
                  "\n".join(bad))
        self.excused.setdefault(name, set(excused)).difference_update(used)

    def all_of(self, who, name, path, excused):
        self.one(who, name, path, excused)
        for lib, where in libraries(path).items():
            self.one(who, lib, where, LIBRARIES.get(lib, {}))

    def idle(self):
        for name, left in self.excused.items():
            self.t.ok(not left, "%s: every exception is of use" % name,
                      "\n".join(sorted(left)))


def numbers(t):
    """syscall(2) hides what is called: only where the row is put on."""
    done = subprocess.run(
        ["grep", "-rlE", r"\bsyscall\(", os.path.join(ROOT, "src")],
        stdout=subprocess.PIPE, check=False).stdout.decode().splitlines()
    where = {os.path.relpath(p, os.path.join(ROOT, "src")) for p in done}
    t.same(where, {"confine/confine.c", "confine/landlock.c"},
           "no call by its number but in src/confine")


def main():
    t = Tap()
    c = Check(t)
    t.ok({"read", "syncfs", "openat"} <= c.names, "the kernel's calls by name")
    for name, excused in OURS.items():
        who = {"ecluse-front": "nginx"}.get(name, name[len("ecluse-"):])
        c.all_of(who, name, program(name), excused)
    c.all_of("nginx", "nginx", shutil.which("nginx"), NGINX)
    c.idle()
    numbers(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
