#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A keeper that was taken over, and writes the backup that root restores.

Goal of the attacker: to be more than a keeper. What he signs names the nginx
that root starts beside the TLS keys, the users of the processes, the module
that the root key is asked of, the file of its PIN; gives ecluse.conf to another
user, or lets everybody write it, and lets everybody read what the vault keeps;
also where the medium is his, and changes while it is read; or has a stranger
sign for the log that goes on; or lets a log go on whose entries he has altered;
or spoils the names behind its leaves. Or to
leave out a vault, so that a backup which is called whole brings back nobody of
its cells. Who has the medium alone, between two backups, wants root to write or
remove files elsewhere, or signs a backup himself.
"""
import base64
import hashlib
import os
import shutil
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import BUILD, Drill, Tap  # noqa: E402
from records import summed  # noqa: E402
from stolen import (  # noqa: E402
    LOG, ORIGIN, Stolen, read, sign_backup, write)

STRANGER = "54321"
RECORD = 888        # bytes: a head, a leaf, an opening
ASKED = 1           # a leaf's kind
OWN = {"nginx": "%s/evil", "users.base": "50000",
       "root.module": "%s/evil.so", "root.pin-file": "%s/pin"}


def path(d, *name):
    return os.path.join(d.folder, *name)


def written(d, name, key, settings, rows=None):
    """A backup as the attacker wants it."""
    base = path(d, name)
    shutil.copytree(path(d, "true"), base)
    conf = os.path.join(base, "instance", "ecluse.conf")
    lines = [l for l in read(conf).decode().splitlines()
             if l.partition("=")[0].strip() not in settings]
    lines += ["%s = %s" % s for s in settings.items()]
    write(conf, ("\n".join(lines) + "\n").encode())
    sign_backup(base, key, rows)
    return base


def restore(d, base, *more, env=None):
    for made in ("made", "made.part"):
        shutil.rmtree(path(d, made), ignore_errors=True)
    return d.ecluse(
        "restore", base, "--to", path(d, "made"), "--months",
        path(d, "months"), "--months-key", os.path.join(
            d.dir, "keeper", "months-1.key"), "--root", os.path.join(
            d.dir, "keeper", "root.key"), "--known-checkpoint",
        path(d, "known"), *more, check=False, env=env)


def started(d):
    """The restored instance in the place of ours; does it come up?"""
    home, d.dir = d.dir, path(d, "made")
    up = d.serve(check=False)
    d.stop()
    d.dir = home
    return up


def programs(t, d, key):
    evil = path(d, "evil")
    write(evil, b"#!/bin/sh\nexec /bin/sh\n")
    os.chmod(evil, 0o755)
    base = written(d, "nginx", key, {"nginx": evil})
    code, out, err = restore(d, base)
    t.ok(code == 3 and "--setting nginx=" in err and evil in err,
         "the backup's program is not what root starts", (code, err))
    code, out, err = restore(d, base, "--setting", "nginx=/usr/sbin/nginx")
    t.ok(code == 0 and started(d), "the operator's is, when he says it",
         err + d.logged()[-800:])
    t.ok(evil.encode() not in read(path(d, "made", "ecluse.conf")),
         "and nothing is left of the other")


def two_faces(t, d, key):
    """A medium that shows another ecluse.conf when the settings are looked at
    than when files are hashed and copied."""
    base = written(d, "faces", key, {"nginx": path(d, "evil")})
    swap = dict(os.environ, SWAP_PATH=os.path.join(
        base, "instance", "ecluse.conf"), SWAP_BY=os.path.join(
            path(d, "true"), "instance", "ecluse.conf"), LD_PRELOAD=os.path.join(
                BUILD, "tests", "tools", "libswap_open.so"))
    codes = []
    for nth in (3, 4, 5, 6):  # to be hashed, count vaults, looked at, copied
        # and the first look at it (cli/restore_look.h) sees the other too
        code, out, err = restore(d, base, env=dict(swap, SWAP_AT="2%d" % nth))
        codes.append(code)
        t.ok(code in (1, 3) and not os.path.exists(path(d, "made")),
             "whatever it shows when it is opened: %d" % nth,
             (code, out, err))
    t.same(codes, [1, 3, 3, 3], "its hash, and what comes to lie here")


def other_acts(t, d):
    """A medium that shows the registry of another instance, when it is asked
    who may sign for a new log, than when it is hashed and copied."""
    registry = ("keeper", "registry", "seg-000000000000")
    with Drill(members=300, insurers=2, seed=9) as stranger:
        stranger.stop()
        keys = [x for n in (1, 2) for x in ("--admin-key", os.path.join(
            stranger.dir, "drill", "admin-%d.pem" % n))]
        swap = dict(os.environ, SWAP_PATH=path(
            d, "true", "instance", *registry), SWAP_BY=os.path.join(
                stranger.dir, *registry), LD_PRELOAD=os.path.join(
                    BUILD, "tests", "tools", "libswap_open.so"))
        for nth in range(1, 7):
            code, out, err = restore(
                d, path(d, "true"), "--new-origin",
                "drill2.ecluse.example/journal", *keys,
                env=dict(swap, SWAP_AT=str(nth)))
            t.ok(code in (1, 3) and not os.path.exists(path(d, "made.part")),
                 "no stranger signs, whatever it shows of the registry: %d" %
                 nth, (code, out, err))


def root_of(leaves):
    """RFC 6962, section 2.1."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\1" + root_of(leaves[:half]) + root_of(
        leaves[half:])).digest()


def other_openings(t, d, key):
    """Names that nobody opens any more, behind leaves that are the true ones:
    a record's own sum is no secret, and the root is of the leaves."""
    base = written(d, "openings", key, {})
    file = os.path.join(base, "instance", "keeper", "journal",
                        "seg-000000000000")
    data = bytearray(read(file))
    at = next(n for n in range(0, len(data), RECORD) if data[n + 41] == ASKED)
    data[at + 300] ^= 1
    data[at:at + RECORD] = summed(data[at:at + RECORD])
    write(file, bytes(data))
    sign_backup(base, key)
    code, out, err = d.ecluse("backup", "verify", base, check=False)
    t.ok(code == 1 and "keeper/journal, record %d" % (at // RECORD) in err,
         "an opening that its leaf does not name", (code, out, err))
    code, out, err = restore(d, base)
    t.ok(code == 1 and not os.path.exists(path(d, "made.part")),
         "nor is it restored", (code, out, err))


def other_history(t, d, key):
    """An entry that is another one than the known checkpoint vouches for, on a
    medium that shows the true entries while they are compared with it."""
    segment = os.path.join("instance", "keeper", "journal",
                           "seg-000000000000")
    base = written(d, "fork", key, {})
    data = bytearray(read(os.path.join(base, segment)))
    at = next(n for n in range(0, len(data), RECORD) if data[n + 41] == ASKED)
    data[at + 49] ^= 1      # a millisecond
    data[at:at + RECORD] = summed(data[at:at + RECORD])
    write(os.path.join(base, segment), bytes(data))
    lines = read(os.path.join(base, "manifest")).decode().split("\n")
    n = next(i for i, l in enumerate(lines) if l.startswith("journal "))
    size = int(lines[n].split(" ")[1])
    root = root_of([bytes(data[i * RECORD + 40:i * RECORD + 232])
                    for i in range(size)])
    lines[n] = "journal %d %s" % (size, root.hex())
    write(os.path.join(base, "instance", "journal", "public", "checkpoint"),
          key.note(("%s\n%d\n%s\n" % (ORIGIN, size, base64.b64encode(
              root).decode())).encode()))
    write(os.path.join(base, "manifest"), "\n".join(lines).encode())
    sign_backup(base, key)
    t.same(d.ecluse("backup", "verify", base, check=False)[0], 0,
           "another history, signed and whole")
    code, out, err = restore(d, base)
    t.ok(code == 1 and "another history" in err, "is seen for what it is",
         (code, err))
    swap = dict(os.environ, SWAP_PATH=os.path.join(base, segment),
                SWAP_BY=path(d, "true", segment), LD_PRELOAD=os.path.join(
                    BUILD, "tests", "tools", "libswap_open.so"))
    for nth in (1, 2, 3, 4):    # hashed, read, compared, copied
        code, out, err = restore(d, base, env=dict(swap, SWAP_AT=str(nth)))
        t.ok(code == 1 and not os.path.exists(path(d, "made")),
             "whatever it shows when entries are read: %d" % nth,
             (code, out, err))


def other_signer(t, d):
    """Nobody's backup: who has the medium alone signed it, and shows the name
    of his own key when it is asked who must have."""
    thief = Stolen.fresh(ORIGIN)
    base = written(d, "nobodys", thief, {})
    vkey = os.path.join("instance", "journal", "public", "vkey")
    write(path(d, "thief"), (thief.vkey() + "\n").encode())
    swap = dict(os.environ, SWAP_PATH=os.path.join(base, vkey),
                SWAP_BY=path(d, "thief"), LD_PRELOAD=os.path.join(
                    BUILD, "tests", "tools", "libswap_open.so"))
    for nth in (1, 2, 3):       # named, hashed, copied
        for made in ("made", "made.part"):
            shutil.rmtree(path(d, made), ignore_errors=True)
        code, out, err = d.ecluse(
            "restore", base, "--to", path(d, "made"), "--months",
            path(d, "months"), "--months-key", os.path.join(
                d.dir, "keeper", "months-1.key"), "--root", os.path.join(
                d.dir, "keeper", "root.key"), "--new-origin",
            "drill2.ecluse.example/journal", "--admin-key", os.path.join(
                d.dir, "drill", "admin-1.pem"), check=False,
            env=dict(swap, SWAP_AT=str(nth)))
        t.ok(code == 1 and not os.path.exists(path(d, "made")),
             "a stranger's backup, whatever key it names: %d" % nth,
             (code, out, err))


def settings(t, d, key):
    for name, value in OWN.items():
        value = value.replace("%s", d.folder)
        base = written(d, "with-" + name, key, {name: value})
        code, out, err = restore(d, base)
        t.ok(code == 3 and "--setting %s=" % name in err and
             not os.path.exists(path(d, "made")), "nor %s" % name,
             (code, err))
    base = path(d, "with-users.base")
    code, out, err = restore(d, base, "--setting", "users.base=61000")
    t.ok(code == 0 and b"\nusers.base = 61000\n" in
         read(path(d, "made", "ecluse.conf")), "this machine's users", err)
    for bad in ("nginx", "nginx=", "nginx=relative", "users.base=0",
                "drill=yes", "users.base=61000\nnginx = /x"):
        t.same(restore(d, base, "--setting", bad)[0], 2,
               "no setting: %r" % bad)
    t.same(restore(d, base, "--setting", "users.base=61000", "--setting",
                   "users.base=62000")[0], 2, "nor one twice")


def owners(t, d, key):
    """Whoever may write ecluse.conf says what root starts next time."""
    rows = {"ecluse.conf": ("0666", STRANGER, STRANGER),
            "tls": ("0777", STRANGER, STRANGER),
            "tls/flow.key": ("0644", STRANGER, STRANGER),
            "keeper": ("0777", STRANGER, STRANGER),
            "keeper/keys.sealed": ("0644", STRANGER, STRANGER),
            "vault": ("0777", STRANGER, STRANGER),
            "vault/0": ("0755", STRANGER, STRANGER),
            "vault/0/store.db": ("0644", STRANGER, STRANGER)}
    code, out, err = restore(d, written(d, "owners", key, {}, rows))
    t.ok(code == 0, "a list that gives files away is restored", err)
    if code != 0:
        return
    open_to = []
    for top, folders, files in os.walk(path(d, "made")):
        for name in folders + files + [""]:
            st = os.lstat(os.path.join(top, name))
            if st.st_uid != os.geteuid() or stat.S_IMODE(st.st_mode) & 0o022:
                open_to.append(os.path.join(top, name))
    t.same(open_to, [], "all of it is ours, and nobody else writes")
    t.same([n for n in rows if n not in ("ecluse.conf", "tls") and
            os.stat(path(d, "made", n)).st_mode & 0o077], [],
           "nor reads what is not public")
    home, d.dir = d.dir, path(d, "made")
    t.ok(d.serve(check=False), "and it starts", d.logged()[-800:])
    t.same(d.ask(d.people.site("optician"), d.people.covered()[1])[0], 0,
           "and answers")
    d.stop()
    d.dir = home


def without(d, base, key, *left_out):
    """That backup without these, and signed by a keeper."""
    shutil.rmtree(path(d, "less"), ignore_errors=True)
    shutil.copytree(base, path(d, "less"))
    files = path(d, "less", "files")
    lines = [l for l in read(files).decode().splitlines()
             if not l.split(" ")[6].startswith(left_out)]
    write(files, ("\n".join(lines) + "\n").encode())
    sign_backup(path(d, "less"), key)
    return path(d, "less")


def medium(t, d):
    """Whoever had the medium between two backups put links there, and lines
    into the list, and waits for the next one, which root makes."""
    night, mine = path(d, "night"), path(d, "mine")
    backup = ("backup", d.dir, "--out", night)
    d.ecluse(*backup)
    os.mkdir(mine)
    write(os.path.join(mine, "passwd"), b"root")
    os.symlink(mine, os.path.join(night, "instance", "x"))
    with open(os.path.join(night, "files"), "ab") as f:
        f.write(b"f 0600 0 0 4 " + b"00" * 32 + b" x/passwd\n")
        f.write(b"f 0600 0 0 4 " + b"00" * 32 + b" run/gone\n")
    write(os.path.join(night, "instance", "run", "gone"), b"gone")
    code, out, err = d.ecluse(*backup, check=False)
    t.ok(code == 0 and os.listdir(mine) == ["passwd"],
         "nothing is removed behind a link of the medium", (code, out, err))
    t.ok(not os.path.exists(os.path.join(night, "instance", "run", "gone")),
         "though what the instance has no more goes")
    os.rename(os.path.join(night, "instance"), path(d, "aside"))
    os.symlink(mine, os.path.join(night, "instance"))
    code, out, err = d.ecluse(*backup, check=False)
    t.ok(code in (3, 5) and os.listdir(mine) == ["passwd"],
         "nor is anything written there", (code, out, err))
    os.unlink(os.path.join(night, "instance"))
    os.rename(path(d, "aside"), os.path.join(night, "instance"))
    t.same(d.ecluse(*backup, check=False)[0], 0, "without it it goes on")


def left_out(t):
    """A backup that is called whole brings back every vault."""
    with Drill(members=120, insurers=2, seed=8,
               conf={"vault.count": "2"}) as d:
        key = Stolen(d, LOG, 1, ORIGIN)
        base = path(d, "true")
        d.ecluse("backup", d.dir, "--out", base, "--months-out",
                 path(d, "months"))
        shutil.copy(os.path.join(d.dir, "journal", "public", "checkpoint"),
                    path(d, "known"))
        t.same(d.ecluse("backup", "verify", base, check=False)[0], 0,
               "two vaults: the backup is whole")
        for name in ("vault/1", "vault/1/store.db", "vault/1/key.pem",
                     "vault/0/trust", "keeper/keys.sealed", "ecluse.conf"):
            less = without(d, base, key, name)
            code, out, err = d.ecluse("backup", "verify", less, check=False)
            t.ok(code == 1 and name in err and "not in it" in err,
                 "without %s it is not, whoever signed" % name, (code, err))
        d.configure({"vault.count": "3"})
        code, out, err = d.ecluse("backup", d.dir, "--out", path(d, "three"),
                                  check=False)
        t.ok(code == 3 and "vault/2/store.db" in err and
             not os.path.exists(path(d, "three", "manifest")),
             "settings of more vaults than run: no backup is made of that",
             (code, err))
        d.configure({"vault.count": "2"})
        for name, wanted in (("manifest", 3), ("files", 0)):
            os.mkdir(path(d, "pipe"))
            os.mkfifo(path(d, "pipe", name))
            t.same(d.ecluse("backup", d.dir, "--out", path(d, "pipe"),
                            check=False)[0], wanted,
                   "a pipe in the place of its %s is not waited for" % name)
            shutil.rmtree(path(d, "pipe"))
        d.stop()
        code, out, err = restore(d, without(d, base, key, "vault/1"))
        t.ok(code == 1 and not os.path.exists(path(d, "made")) and
             not os.path.exists(path(d, "made.part")),
             "nor is it restored", (code, err))
        one = path(d, "one.conf")
        conf = os.path.join(path(d, "less"), "instance", "ecluse.conf")
        write(one, read(conf).replace(b"vault.count = 2", b"vault.count = 1"))
        code, out, err = restore(d, path(d, "less"), env=dict(
            os.environ, SWAP_PATH=conf, SWAP_BY=one, SWAP_AT="4",
            LD_PRELOAD=os.path.join(
                BUILD, "tests", "tools", "libswap_open.so")))
        t.ok(code == 1 and "vault/1/store.db" in err and
             not os.path.exists(path(d, "made")), "nor where the medium shows "
             "settings of one vault when they are counted", (code, err))


def main():
    t = Tap()
    with Drill(members=300, insurers=2, seed=7) as d:
        key = Stolen(d, LOG, 1, ORIGIN)
        d.ask(d.people.site("optician"), d.people.covered()[0])
        d.published(0)
        d.ecluse("backup", d.dir, "--out", path(d, "true"), "--months-out",
                 path(d, "months"))
        shutil.copy(os.path.join(d.dir, "journal", "public", "checkpoint"),
                    path(d, "known"))
        medium(t, d)
        d.stop()
        programs(t, d, key)
        two_faces(t, d, key)
        other_acts(t, d)
        other_openings(t, d, key)
        other_history(t, d, key)
        other_signer(t, d)
        settings(t, d, key)
        owners(t, d, key)
    left_out(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
