#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what goes wrong around a command loses nothing, and is said.

Standard output that is closed or full; a list that is refused where another
stood; two backups at once, into each other, into the instance itself, into
somebody else's folder, of files that are none.
"""
import fcntl
import json
import os
import shutil
import subprocess
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Drill, Tap, program, run  # noqa: E402

ALL_TIME = ("--from", "2026-01-01T00:00:00Z", "--to", "2027-01-01T00:00:00Z")


def path(d, *name):
    return os.path.join(d.folder, *name)


def read(name):
    with open(name, "rb") as f:
        return f.read()


def write(name, text):
    with open(name, "wb") as f:
        f.write(text)


def shell(redirection, *command):
    """The command as a shell starts it with this redirection."""
    return run("sh", "-c", '"$@" ' + redirection, "sh", *command,
               check=False)


def scope(d, *more, redirection=None):
    site = d.people.sites[0]["site"]
    command = (program("ecluse"), "journal", "scope", d.dir, "--asker",
               "site:" + site, *ALL_TIME, *more)
    return shell(redirection, *command) if redirection else \
        run(*command, check=False)


def numbers(pid, name):
    """Descriptors by which a process has this file open."""
    at = "/proc/%d/fd" % pid
    return [n for n in os.listdir(at) if os.path.realpath(
        os.path.join(at, n)) == os.path.realpath(name)]


def streams(t, d):
    """Full, closed, and closed while a file of ours could take the place."""
    for name, command in {
            "a list": ("journal", "scope", d.dir, "--asker",
                       "site:" + d.people.sites[0]["site"], *ALL_TIME),
            "a status": ("status", d.dir), "a help": ("--help",),
            "a budget": ("budgets", d.dir, "--asker", "site:" +
                         d.people.sites[0]["site"], "--json")}.items():
        for how in (">/dev/full", ">&-"):
            code, out, err = shell(how, program("ecluse"), *command)
            t.ok(code == 5 and "standard output" in err,
                 "%s %s fails, and says why" % (name, how), (code, err))
    code, out, err = shell(">/dev/full", program("ecluse-insurer"), "--help")
    t.ok(code == 5 and "standard output" in err, "the mutuelle's too", err)
    fifo = path(d, "fifo")
    os.mkfifo(fifo)
    for how in (">&-", "2>&-", "<&- >&- 2>&-"):
        reader = subprocess.Popen(
            ["sh", "-c", 'exec "$@" ' + how, "sh", program("ecluse"),
             "journal", "open", fifo], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        with open(fifo, "wb"):      # opened by both: it waits for a line
            given = []
            while not given and reader.poll() is None:
                given = numbers(reader.pid, fifo)
        reader.wait()
        t.ok(given and not {"0", "1", "2"} & set(given),
             "%s: no file of ours gets a standard stream's number" % how,
             given)
    code, out, err = shell("2>&- | head -c 1", program("ecluse"), "status",
                           d.dir)
    t.same((code, len(out)), (0, 1), "a reader that goes early")


def lists(t, d):
    to = path(d, "list.json")
    write(to, b"yesterday's\n")
    os.chmod(to, 0o644)
    code, out, err = d.ecluse("journal", "scope", d.dir, "--asker", "nobody",
                              *ALL_TIME, "-o", to, check=False)
    t.ok(code == 1 and "wrong form" in err, "a list that is refused", err)
    t.same(read(to), b"yesterday's\n", "leaves the one before")
    code, out, err = scope(d, "-o", to)
    t.ok(code == 0 and "checkpoint" in json.loads(read(to)),
         "a new one takes its place", err)
    t.same(os.stat(to).st_mode & 0o777, 0o600, "for its owner alone")
    t.same([n for n in os.listdir(d.folder) if "list.json" in n],
           ["list.json"], "with nothing beside it")
    before = d.ecluse("status", d.dir, "--json")[1]
    code, out, err = scope(d, "-o", path(d, "no", "list.json"))
    t.ok(code == 5 and "cannot be written" in err, "no such folder", err)
    t.same(json.loads(d.ecluse("status", d.dir, "--json")[1])["registry"],
           json.loads(before)["registry"], "then nothing is asked either")
    code, out, err = scope(d, "-o", "/dev/fd/3", redirection="3>&1")
    t.ok(code == 0 and "checkpoint" in json.loads(out),
         "what is below /dev is written to, not replaced", err)
    os.mkfifo(path(d, "pipe"))
    code, out, err = scope(d, "-o", path(d, "pipe"))
    t.ok(code == 5 and "cannot be written" in err,
         "a pipe elsewhere is not replaced, nor waited for", err)


def backup(d, to, *more):
    return d.ecluse("backup", d.dir, "--out", to, *more, check=False)


def places(t, d):
    """Folders where no backup may go."""
    inside = os.path.join(d.dir, "backup")
    link = path(d, "link")
    os.symlink(d.dir, link)
    for to in (inside, os.path.join(link, "backup"), d.dir,
               os.path.join(d.dir, "vault", "0", "backup")):
        code, out, err = backup(d, to)
        t.ok(code == 3 and "in the instance" in err,
             "not into the instance itself", err)
    t.ok(not os.path.exists(inside), "and nothing is left there")
    theirs = path(d, "theirs")
    os.mkdir(theirs)
    write(os.path.join(theirs, "manifest"), b"of a ship\n")
    code, out, err = backup(d, theirs)
    t.ok(code == 3 and "manifest" in err, "not over another manifest", err)
    t.same(read(os.path.join(theirs, "manifest")), b"of a ship\n",
           "which stays")
    ours = path(d, "ours")
    t.same(backup(d, ours)[0], 0, "a backup")
    # of an instance of another name, into the same folder
    other = path(d, "other")
    d.ecluse("init", other, "--drill", "--origin", "other.example/journal",
             "--data", os.path.join(ROOT, "data"))
    here, d.dir = d.dir, other
    d.stop()
    d.serve()
    before = read(os.path.join(ours, "manifest"))
    code, out, err = backup(d, ours)
    t.ok(code == 3 and "another log" in err, "not over another log's", err)
    t.same(read(os.path.join(ours, "manifest")), before, "which stays")
    d.stop()
    d.dir = here
    d.serve()


def at_once(t, d):
    to = path(d, "once")
    folder = os.open(os.path.join(d.dir, "keeper", "journal"), os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)  # as another backup has it
    code, out, err = backup(d, to)
    t.ok(code == 3 and "another backup" in err, "one at a time", err)
    t.ok(not os.path.exists(to), "the second makes nothing")
    os.close(folder)
    store = os.path.join(d.dir, "vault", "7", "store.db")
    write(store, b"")       # of a vault that makes no copy
    code, out, err = backup(d, to)
    t.ok(code != 0 and "copy" in err,
         "a store without its copy makes no backup", (code, err))
    t.ok(not os.path.exists(os.path.join(to, "manifest")), "nor looks so")
    os.unlink(store)
    t.same(backup(d, to)[0], 0, "the next one is whole")


def files(t, d):
    """In the instance: a link, a name that no list holds."""
    to = path(d, "files")
    conf = os.path.join(d.dir, "ecluse.conf")
    shutil.move(conf, path(d, "real.conf"))
    os.symlink(path(d, "real.conf"), conf)
    code, out, err = backup(d, to)
    t.ok(code == 3 and "ecluse.conf: a link" in err,
         "settings behind a link are not left out in silence", err)
    os.unlink(conf)
    shutil.move(path(d, "real.conf"), conf)
    for name in ("ecluse.conf~", "notes (old)", "caf\u00e9"):
        write(os.path.join(d.dir, name), b"x")
        code, out, err = backup(d, to)
        t.ok(code == 3 and name + ": names in a backup" in err,
             "%s: named, with what to do" % name, err)
        os.unlink(os.path.join(d.dir, name))
    t.same(backup(d, to)[0], 0, "without them it is made")


def registry(d):
    return json.loads(d.ecluse("status", d.dir, "--json",
                               check=False)[1])["registry"]


def values(t, d):
    """What comes out of a mail or a ticket into an option stays one value."""
    before = registry(d)
    key = path(d, "evil.pem")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key)
    more = " profession=gp\nsite id=ZZ2"
    at = ("--from", ALL_TIME[1], "--to", ALL_TIME[3])
    amc = d.people.insurers[0]["amc"]
    for what in (
            ("enrol", d.dir, "site", "--id", "ZZ1" + more, "--profession",
             "gp"),
            ("enrol", d.dir, "site", "--id", "ZZ1", "--profession",
             "gp siret=1"),
            ("enrol", d.dir, "professional", "--rpps", "99900000018" + more),
            ("close", d.dir, "--reason", "phished accounts", "plane:portal"),
            ("close", d.dir, "--reason", "hame\u00e7onn\u00e9",
             "plane:portal"),
            ("close", d.dir, "profession:gp plane=flow"),
            ("revoke", d.dir, "site:ZZ1" + more),
            ("who", d.dir, "--amc", amc, "--ref", "x living=yes", *at),
            ("who", d.dir, "--amc", amc, "--ref", "x" + more, *at),
            ("journal", "scope", d.dir, "--asker", "site:1" + more, *at),
            ("journal", "release", d.dir, "--amc", amc + more, "--out",
             path(d, "release"), *at),
            ("keys", "turn", "answer", d.dir, "--from", ALL_TIME[3] + more),
            ("decoy", "react", d.dir, "--amc", amc + more, "close"),
            ("route", "add", d.dir, "--amc", amc, "--operator", "a b",
             "--from", "2026-12-01")):
        code, out, err = d.ecluse(*what, check=False)
        t.ok(code in (1, 2) and "line 1:" not in err and registry(d) ==
             before, "%s: nothing is signed or sent" % " ".join(what[:2] if
             what[1] != d.dir else what[:1]), (code, out, err))
    # a folder that is no instance, where another is the usual one
    code, out, err = d.ecluse(
        "close", path(d, "no-such"), "plane:portal", check=False,
        env=dict(os.environ, ECLUSE_DIR=d.dir))
    t.ok(code == 2 and "neither a gate nor an instance" in err and
         registry(d) == before, "not the usual one in its place", err)
    code, out, err = d.ecluse("keys", "turn", "answer", d.dir, "--from",
                              "2926-12-01T00:00:00Z", check=False)
    t.ok(code == 3 and "a year ahead" in err and registry(d) == before,
         "no turn that would keep every other away for 900 years", err)


def pins(t, d):
    """Beside the key, whatever dots its folder has."""
    folder = path(d, "shop.d", "..hidden")
    os.makedirs(folder)
    for n, (where, pin) in enumerate((
            (os.path.join(folder, "till"), os.path.join(folder, "till.pin")),
            (os.path.join(folder, "a.b.pem"),
             os.path.join(folder, "a.b.pin")))):
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", where)
        code, out, err = d.ecluse(
            "enrol", d.dir, "key", "--site", d.people.sites[n]["site"],
            "--key", where, check=False)
        t.ok(code == 0 and os.path.exists(pin), "the pin of " +
             os.path.basename(where), (code, err, os.listdir(folder)))
    here = path(d, "here")
    os.mkdir(here)
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out",
        os.path.join(here, "till"))
    code, out, err = d.ecluse(
        "enrol", d.dir, "key", "--site", d.people.sites[0]["site"], "--key",
        "./till", check=False, cwd=here)
    t.same((code, sorted(os.listdir(here))), (0, ["till", "till.pin"]),
           "of ./till")


# a limit on files ends a program where it stands, or is a full disk to it
KILLED, FULL = "ulimit -f 1;", "trap '' XFSZ; ulimit -f 1;"


def limited(how, *command):
    return run("sh", "-c", how + ' exec "$@"', "sh", *command, check=False)


def made(t, d):
    """init and restore that do not come to their end."""
    to = path(d, "new", "instance")
    os.mkdir(path(d, "new"))
    init = (program("ecluse"), "init", to + "/", "--drill", "--data",
            os.path.join(ROOT, "data"))
    code, out, err = limited(FULL, *init)
    t.ok(code == 5 and "not made" in err and os.listdir(path(d, "new")) == [],
         "an init for which the disk is full leaves nothing", (code, err))
    code, out, err = limited(KILLED, *init)
    t.ok(code < 0 and os.listdir(path(d, "new")) == ["instance.part"],
         "one that is killed leaves no instance", (code, err))
    code, out, err = run(*init, check=False)
    t.ok(code == 3 and "instance.part" in err and "remove it" in err,
         "and the next says what to do", err)
    shutil.rmtree(to + ".part", ignore_errors=True)
    t.same(run(*init, check=False)[0], 0, "then it is made")
    code, out, err = run(*init, check=False)
    t.ok(code == 3 and "never overwritten" in err, "once", err)
    backup(d, path(d, "whole"), "--months-out", path(d, "whole.months"))
    known = path(d, "known")
    shutil.copyfile(os.path.join(d.dir, "journal", "public", "checkpoint"),
                    known)
    restore = (program("ecluse"), "restore", path(d, "whole"), "--to",
               path(d, "again") + "/", "--months", path(d, "whole.months"),
               "--months-key", os.path.join(d.dir, "keeper", "months-1.key"),
               "--root", os.path.join(d.dir, "keeper", "root.key"),
               "--known-checkpoint", known)
    for how in (KILLED, FULL):
        code, out, err = limited(how, *restore)
        t.ok(code not in (0, 3) and not os.path.exists(path(d, "again")),
             "a restore that is cut off makes no instance", (code, err))
        t.ok("again.part" in err or how == KILLED, "and names what is left",
             err)
        code, out, err = run(*restore, check=False)
        t.ok(code == 3 and "again.part" in err and "remove it" in err,
             "as does the next", err)
        shutil.rmtree(path(d, "again.part"), ignore_errors=True)
    code, out, err = run(*restore, check=False)
    t.ok(code == 0 and os.path.exists(path(d, "again", "ecluse.conf")),
         "without it it is made", err)
    d.stop()
    for name, where in (("--dir", ("serve", "--dir", d.dir)),
                        ("ECLUSE_DIR", ("serve",))):
        env = dict(os.environ, ECLUSE_DIR=d.dir) if len(where) == 1 else None
        ready, word = os.pipe()
        server = subprocess.Popen(
            [program("ecluse"), *where, "--ready-fd", str(word)], env=env,
            pass_fds=[word], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/")
        os.close(word)
        t.ok(os.read(ready, 16).startswith(b"ready"), "serve takes " + name)
        os.close(ready)
        server.terminate()
        server.wait()
    d.serve()
    living = os.path.join(d.dir, "keeper", "generations")
    before = read(living)
    code, out, err = d.ecluse("serve", d.dir, "--accept-lost-rights",
                              check=False)
    t.ok(code == 3 and "runs" in err, "an instance that runs", (code, err))
    t.same(read(living), before, "keeps what it knows of its feeds")


def main():
    t = Tap()
    with Drill(members=100, insurers=1, seed=5) as d:
        streams(t, d)
        lists(t, d)
        places(t, d)
        at_once(t, d)
        files(t, d)
        values(t, d)
        pins(t, d)
        made(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
