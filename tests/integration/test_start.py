#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: whoever starts an instance, and however, it runs whole or says why not.

Standard descriptors closed (a log line went into the registry, and the
instance never started again), signals ignored or blocked, few descriptors;
settings that somebody writes while it runs.
"""
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from drill import Drill, Tap, program  # noqa: E402
import test_front as front  # noqa: E402

OURS = ("super", "keeper", "vault", "gate", "gate-portal", "gate-staff",
        "nginx")


def start(command, before=lambda: None, log=subprocess.DEVNULL):
    """The process, and its word; before: what it does to itself first."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [command[0], "--ready-fd", str(writer)] + command[1:]
        if "serve" not in command else
        command[:2] + ["--ready-fd", str(writer)] + command[2:],
        pass_fds=[writer], preexec_fn=before, stdin=subprocess.DEVNULL,
        stdout=log, stderr=log)
    os.close(writer)
    with os.fdopen(reader) as f:
        return process, f.read()


def close_standard():
    for fd in (0, 1, 2):
        os.close(fd)


def answers(d):
    """Soon: a process that was started again needs its moment."""
    person, site = d.people.covered("OPTI")[0], d.people.site("optician")
    return front.wait_until("an answer",
                            lambda: d.ask(site, person)[0] == 0)


def standard_of(pid):
    return [os.readlink("/proc/%d/fd/%d" % (pid, fd)) for fd in (0, 1, 2)]


def closed_descriptors(t):
    with Drill(members=20, insurers=1, seed=9) as d:
        t.ok(answers(d), "a question is answered")
        d.stop()
        process, word = start([program("ecluse"), "serve", d.dir],
                              close_standard)
        t.same(word, "ready\n", "without standard input, output and error "
               "it is ready")
        if word:
            d.endpoints = d.read_endpoints()
            for name in OURS:
                found = standard_of(d.pid(name))
                if name == "nginx":     # its words are a pipe's to super
                    t.ok(found.pop().startswith("pipe:"), "nginx has a pipe")
                t.same(set(found), {"/dev/null"},
                       "%s prints into no file of the instance" % name)
            # each of them says something
            old = d.pid("vault")
            os.kill(old, signal.SIGKILL)
            d.another("vault", old)
            t.ok(answers(d), "a vault that ends is followed by another")
            process.terminate()
        t.same(process.wait(front.BOUND_S), 0, "it ends well")
        t.ok(d.serve(check=False), "and starts again: no line went into "
             "registry or journal", d.logged()[-500:])
        t.ok(d.server and answers(d), "a question is answered")


def front_instance(t, what, before, word="ready\n", status=0, said=None,
                   then=lambda d: None):
    """super, gate and nginx, with stand-ins for the others."""
    d = front.Instance()
    with open(os.path.join(d.top, "log"), "ab") as log:
        process, got = start(d.command(), before, log)
    d.process = process
    try:
        t.same(got, word, what)
        if got:
            d.learn()
            then(d)
            process.terminate()
        t.same(process.wait(front.BOUND_S), status, "its exit status")
        if said:
            t.ok(said in d.logged(), "it says so", d.logged())
        t.same(front.processes_of(d.top), [], "and nobody stays")
    finally:
        d.remove()


def signals(t):
    def another_gate(d):
        old = d.pids["gate"]
        os.kill(old, signal.SIGKILL)
        front.wait_until("another gate", lambda: d.learn() or
                         d.pids["gate"] not in (0, old))
        t.same(front.ask(d).status, 200, "a gate that ends is seen to end")

    front_instance(t, "where SIGCHLD was ignored it starts", lambda:
                   signal.signal(signal.SIGCHLD, signal.SIG_IGN),
                   then=another_gate)
    front_instance(t, "where every signal was blocked it starts", lambda:
                   signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)),
                   then=another_gate)


def descriptors(t):
    def limit(soft, hard):
        return lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                          (soft, hard))

    def answered(d):
        t.same(front.ask(d).status, 200, "it answers")

    for most in (64, 255):
        front_instance(t, "%d descriptors are not enough" % most,
                       limit(most, most), "", 5,
                       "%d open files are allowed, 256 are needed" % most)
    front_instance(t, "256 are", limit(256, 256), then=answered)
    front_instance(t, "64 that may be 700 are", limit(64, 700),
                   then=answered)


def settings(t):
    """A slip in ecluse.conf meets who starts the instance, and nobody else."""
    with Drill(members=20, insurers=1, seed=9) as d:
        path = os.path.join(d.dir, "ecluse.conf")
        with open(path, "a", encoding="utf-8") as f:
            f.write("flow.prot = 1\n")
        for name in ("gate", "vault", "keeper"):
            old = d.pid(name)
            os.kill(old, signal.SIGKILL)
            d.another(name, old)
            t.ok(answers(d), "beside a slip in ecluse.conf another %s "
                 "answers" % name, d.logged()[-500:])
        t.same(d.ecluse("close", d.dir, "plane:portal",
                        check=False)[0], 0, "a plane can be closed")
        t.same(d.stop(), 0, "it ends well")
        ready = d.serve(check=False)
        d.words.wait()      # all that it said is written
        t.ok(not ready and "flow.prot: no such setting" in d.logged(),
             "and does not start again: the slip is named")


def turn_byte(path):
    with open(path, "r+b") as f:
        f.seek(60)
        byte = f.read(1)
        f.seek(60)
        f.write(bytes([byte[0] ^ 1]))


# (what is wrong, file, how, words of the log)
LOST = [
    ("the keys", "keeper/keys.sealed", os.unlink,
     "keeper/keys.sealed: not there: put it back"),
    ("the keys, cut", "keeper/keys.sealed", lambda p: os.truncate(p, 9),
     "keeper/keys.sealed: damaged, or of another day: put it back"),
    ("the months, damaged", "keeper/months", turn_byte,
     "keeper/months or keeper/months-N.key: damaged"),
    ("the months", "keeper/months", os.unlink,
     "keeper/months: it has not the key of a month"),
    ("the journal's records", "keeper/journal/seg-000000000000", os.unlink,
     "keeper/journal and journal/public/checkpoint do not agree"),
    ("the journal's signed end", "journal/public/checkpoint", os.unlink,
     "keeper/journal and journal/public/checkpoint do not agree"),
    ("the registry's records", "keeper/registry/seg-000000000000", os.unlink,
     "keeper/registry and registry/public/checkpoint do not agree"),
    ("what a vault counted", "vault/0/counts", os.unlink,
     "vault/0: store.db, key.pem, counts and checkpoint do not fit"),
]


def lost_files(t):
    """Whatever is lost or damaged, the log names the file and what to do."""
    with Drill(members=20, insurers=1, seed=9) as d:
        t.ok(answers(d), "a question is answered")
        d.stop()
        kept = d.dir + ".kept"
        subprocess.run(["cp", "-a", d.dir, kept], check=True)
        for what, name, how, words in LOST:
            # as it was, owners too
            shutil.rmtree(d.dir)
            subprocess.run(["cp", "-a", kept, d.dir], check=True)
            how(os.path.join(d.dir, name))
            before = len(d.logged())
            t.ok(not d.serve(check=False) and words in d.logged()[before:],
                 "%s: it does not start, and says so" % what,
                 d.logged()[before:])
        shutil.rmtree(kept)


# How somebody may have a vault's store open: what he said to his SQLite.
HELD = [
    ("who has read once", ["SELECT count(*) FROM sqlite_master"]),
    ("who reads", ["BEGIN", "SELECT count(*) FROM sqlite_master"]),
    ("who writes", ["BEGIN IMMEDIATE"]),
    ("who has it to himself", ["PRAGMA locking_mode = EXCLUSIVE",
                               "BEGIN EXCLUSIVE"]),
]


def held_store(t):
    """Another program has a store open: the start names file and process. While
    a vault runs no other program reads it."""
    with Drill(members=20, insurers=1, seed=9) as d:
        store = os.path.join(d.dir, "vault", "0", "store.db")
        other = sqlite3.connect(store, timeout=0)
        said = ""
        try:
            other.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.OperationalError as e:
            said = str(e)
        other.close()
        t.ok("locked" in said, "beside a vault nobody reads its store", said)
        d.stop()
        for what, sql in HELD:
            other = sqlite3.connect(store, isolation_level=None)
            for line in sql:
                other.execute(line).fetchall()
            before = len(d.logged())
            t.ok(not d.serve(check=False) and
                 "vault/0/store.db: process %d has it open: end that one" %
                 os.getpid() in d.logged()[before:],
                 "%s keeps it from starting, and is named" % what,
                 d.logged()[before:])
            other.close()
        t.ok(d.serve(check=False) and answers(d), "then it starts")


def twice(t):
    """A setting said twice is no instance that runs (exit status 3)."""
    with Drill(members=20, insurers=1, seed=9) as d:
        d.stop()
        with open(os.path.join(d.dir, "ecluse.conf"), "a",
                  encoding="utf-8") as f:
            f.write("workers = 2\n")
        code, _, err = d.ecluse("serve", d.dir, check=False)
        t.ok(code == 5 and "/ecluse.conf: line" in err,
             "5, and the line of ecluse.conf", (code, err))


def main():
    t = Tap()
    settings(t)
    lost_files(t)
    held_store(t)
    twice(t)
    closed_descriptors(t)
    signals(t)
    descriptors(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
