#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever can lay something into an instance that root starts.

Goal: what root empties, widens and gives away is never another's: no link in
the place of run/lock, run/ or a vault's folder is followed; a folder that
others can write to, or rename on its way, is not started at all; settings are
judged by the descriptor by which they are read, by a start and by a command
that loads what they name. And nothing that a process
leaves in its own folder keeps the instance from starting.
"""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import BUILD, Drill, Tap  # noqa: E402


def state(path):
    st = os.lstat(path)
    held = open(path, "rb").read() if os.path.isfile(path) else b""
    return st.st_mode, st.st_uid, held


def starts(d):
    """Does it; when it has ended, all that it said is in the log."""
    up = d.serve(check=False)
    d.stop()
    return up


def refused(t, d, victim, what):
    before = state(victim)
    t.ok(not starts(d) and state(victim) == before, what,
         (before, state(victim)))


def links(t, d, victim, folder):
    lock = os.path.join(d.dir, "run", "lock")
    os.unlink(lock)
    os.symlink(victim, lock)
    refused(t, d, victim, "run/lock, a link: not emptied")
    os.unlink(lock)
    os.link(victim, lock)
    refused(t, d, victim, "run/lock, another name of a file: not emptied")
    os.unlink(lock)
    for name in ("run", "vault"):
        path = os.path.join(d.dir, name)
        os.rename(path, path + ".kept")
        os.symlink(folder, path)
        refused(t, d, folder, "%s, a link: its mode is not changed" % name)
        os.unlink(path)
        os.rename(path + ".kept", path)


def given(t, d, victim):
    """Root's own file under another name, and a link, in a vault's folder."""
    top = os.path.join(d.dir, "vault", "0")
    os.link(victim, os.path.join(top, "name"))
    os.symlink(victim, os.path.join(top, "link"))
    before = state(victim)
    t.ok(starts(d) and state(victim) == before,
         "another's file in a vault's folder is not given away")


def deep(t, d):
    """Who was taken over leaves folders in folders where it may write."""
    base = [int(l.split("=")[1]) for l in open(
        os.path.join(d.dir, "ecluse.conf"), encoding="utf-8")
        if l.startswith("users.base")][0]
    for user, name in ((9, "run/nginx-flow"), (16, "vault/0"),
                       (0, "keeper")):
        top = os.path.join(d.dir, name)
        subprocess.run(
            ["setpriv", "--reuid", str(base + user), "--regid",
             str(base + user), "--clear-groups", "mkdir", "-p",
             os.path.join("deep", *(["in"] * 40))], cwd=top, check=True)
        t.ok(starts(d), "%s: folders in folders keep nothing from starting"
             % name, d.logged()[-300:])
        shutil.rmtree(os.path.join(top, "deep"))


def says(d):
    """What it says of a start that comes to nothing; None: it started. As no
    drill it does not start in any case, so the words are what counts."""
    open(d.log, "w", encoding="utf-8").close()
    return None if starts(d) else d.logged()


def swapped(t, d):
    """Whoever can rename in the folder of a drill puts settings of his own
    there while they are read, and root's own back before they are judged."""
    settings = os.path.join(d.dir, "ecluse.conf")
    his = os.path.join(d.folder, "his.conf")
    shutil.copy(settings, his)
    with open(his, encoding="utf-8") as f:
        text = f.read()
    with open(his, "w", encoding="utf-8") as f:
        f.write(text.replace("\nworkers = 2\n", "\nworkers = 7\n"))
    os.chown(his, 1234, 1234)
    began = os.path.join(d.dir, "run", "started.conf")
    for nth in (1, 2):
        port = os.path.join(d.dir, "run", "flow.port")
        if os.path.exists(port):    # one is picked, and all is asked again
            os.unlink(port)
        d.env = dict(os.environ, SWAP_PATH=settings, SWAP_BY=his,
                     SWAP_AT=str(nth), LD_PRELOAD=os.path.join(
                         BUILD, "tests", "tools", "libswap_open.so"))
        up = d.serve(check=False)
        with open(began if up else os.devnull, encoding="utf-8") as f:
            with_his = "\nworkers = 7\n" in f.read()
        d.stop()
        t.ok(not with_his and up == (nth == 2),
             "settings in their place at reading %d: not started with" % nth,
             (up, with_his, d.logged()[-300:]))
    d.env = None
    os.rename(settings, his)
    os.mkfifo(settings)
    told = says(d)
    t.ok(told and "ecluse.conf: cannot be read: wrong form" in told,
         "a pipe in their place is not waited for", told)
    os.rename(his, settings)


def ways(t, d):
    words = "%s: root starts"
    settings = os.path.join(d.dir, "ecluse.conf")
    os.chown(settings, 1234, 1234)
    told = says(d)
    t.ok(told and words % settings in told,
         "settings of somebody are not believed when they say drill = yes",
         told)
    os.chown(settings, 0, 0)
    d.configure({"drill": "no"})
    told = says(d)
    t.ok(told and "root starts" not in told,
         "a folder of root's own is gone into", told)
    os.chmod(d.dir, 0o775)
    told = says(d)
    t.ok(told and words % d.dir in told,
         "a folder that a group writes to is not started", told)
    os.chmod(d.dir, 0o755)
    os.chown(settings, 1234, 1234)
    told = says(d)
    t.ok(told and words % settings in told, "nor somebody's own settings",
         told)
    os.chown(settings, 0, 0)
    os.chmod(d.folder, 0o777)
    told = says(d)
    t.ok(told and words % d.folder in told,
         "nor one that everybody can rename", told)
    os.chmod(d.folder, 0o755)
    os.chown(d.folder, 1234, 1234)
    told = says(d)
    t.ok(told and words % d.folder in told,
         "nor one on somebody's own way", told)
    os.chown(d.folder, 0, 0)


def rotates(d):
    """Another root key: the status, the words, and is all as before?"""
    paths = [os.path.join(d.dir, n) for n in
             ("ecluse.conf", "keeper/keys.sealed", "keeper/root.key")]
    before = [state(p) for p in paths]
    code, out, err = d.ecluse("keys", "rotate", "root", d.dir, "--file",
                              check=False)
    return code, out + err, [state(p) for p in paths] == before


def loaded(t, d):
    """The settings of somebody name the module that root loads."""
    settings = os.path.join(d.dir, "ecluse.conf")
    d.configure({"root.module": "/his.so", "root.token": "his",
                 "root.key": "his", "root.pin-file": "/his.pin"})
    d.configure({"drill": "yes"})
    os.chown(settings, 1234, 1234)
    code, told, same = rotates(d)
    t.ok(code == 3 and same and "%s: root acts" % settings in told,
         "no other root key by settings of somebody", (code, told))
    os.chown(settings, 0, 0)
    for name, mode, closed in ((settings, 0o666, 0o644),
                               (d.dir, 0o777, 0o755)):
        os.chmod(name, mode)
        code, told, same = rotates(d)
        t.ok(code == 3 and same and "%s: others" % name in told,
             "nor by what others may write: %s" % os.path.basename(name),
             (code, told))
        os.chmod(name, closed)
    d.configure({"root.module": "", "root.token": "", "root.key": "",
                 "root.pin-file": ""})
    os.rename(settings, settings + ".kept")
    os.mkfifo(settings)
    code, told, same = rotates(d)
    t.ok(code == 1 and same and "wrong form" in told,
         "a pipe in their place is not waited for", (code, told))
    os.rename(settings + ".kept", settings)
    os.chown(d.folder, 1234, 1234)
    d.configure({"drill": "no"})
    code, told, same = rotates(d)
    t.ok(code == 3 and same and "%s: root acts" % d.folder in told,
         "nor on somebody's own way", (code, told))
    d.configure({"drill": "yes"})
    code, told, same = rotates(d)
    t.ok(code == 0 and not same, "but for a drill", (code, told))
    os.chown(d.folder, 0, 0)


def main():
    t = Tap()
    if os.geteuid() != 0:
        t.skip("links and ways of an instance", "root alone gives away")
        return t.done()
    with Drill(members=200, insurers=1, seed=45) as d:
        t.same(d.stop(), 0, "stopped")
        victim = os.path.join(d.folder, "victim")
        with open(victim, "w", encoding="utf-8") as f:
            f.write("kept")
        folder = os.path.join(d.folder, "victims")
        os.mkdir(folder, 0o700)
        links(t, d, victim, folder)
        given(t, d, victim)
        deep(t, d)
        swapped(t, d)
        ways(t, d)
        loaded(t, d)
        shutil.rmtree(folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
