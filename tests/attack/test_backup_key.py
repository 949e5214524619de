#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A thief with a log's old key, at a restore.

Goal of the attacker: that an instance comes back which is behind, or is his, by
what the old key signs. A backup of before the turn knows what the new key
signed since, by the way that the old key showed; a backup of after it knows
what the old one signed before. A way to a thief's key, a longer checkpoint and
a manifest that the old key signs today are refused.
"""
import base64
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from stolen import (  # noqa: E402
    LOG, ORIGIN, Stolen, read, sign_backup, write)

NEW = "drill2.ecluse.example/journal"


def path(d, *name):
    return os.path.join(d.folder, *name)


def public(d, *name):
    return os.path.join(d.dir, "journal", "public", *name)


def backup(d, name):
    d.ecluse("backup", d.dir, "--out", path(d, name), "--months-out",
             path(d, "months"))


def verify(d, name, vkey):
    code, out, err = d.ecluse("backup", "verify", path(d, name), "--vkey",
                              vkey, check=False)
    return code, out + err


def restore(d, name, known, *more):
    """Exit status and words; what was made goes again."""
    code, out, err = d.ecluse(
        "restore", path(d, name), "--to", path(d, "made"), "--months",
        path(d, "months"), "--months-key", os.path.join(
            d.dir, "keeper", "months-1.key"), "--root", os.path.join(
            d.dir, "keeper", "root.key"), "--known-checkpoint", known,
        *more, check=False)
    for made in ("made", "made.part"):
        shutil.rmtree(path(d, made), ignore_errors=True)
    return code, out + err


def known(d, name, after=False):
    """The present checkpoint, in a folder of its own."""
    os.mkdir(path(d, name))
    shutil.copy(public(d, "checkpoint"), path(d, name))
    if after:
        shutil.copytree(public(d, "after"), path(d, name, "after"))
    return path(d, name, "checkpoint")


def turned(d):
    """The log's key turns and the old one ends; by the next checkpoint."""
    d.ecluse("keys", "turn", "log", d.dir)
    d.ecluse("keys", "destroy", "log", "1", d.dir)
    end = time.monotonic() + 30
    old = base64.b64encode(Stolen(d, LOG, 2, ORIGIN).id)[:5]
    while old not in read(public(d, "checkpoint")) or \
            read(public(d, "checkpoint")).count(b"\xe2\x80\x94") != 1:
        if time.monotonic() > end:
            raise RuntimeError("no checkpoint by the new key alone")
        time.sleep(0.02)


def later(t, d, alone, with_way):
    """A backup of before the turn, a checkpoint of behind it."""
    code, words = restore(d, "first", alone)
    t.ok(code == 1 and "after/" in words,
         "of a key that nothing leads to: not believed", words)
    code, words = restore(d, "first", with_way)
    t.ok(code == 3 and "--new-origin" in words,
         "by the way that the old key showed: the backup is behind", words)
    code, words = restore(
        d, "first", with_way, "--new-origin", NEW, "--admin-key",
        os.path.join(d.dir, "drill", "admin-1.pem"))
    t.same(code, 0, "and a new log quotes it")


def earlier(t, d, old, before):
    """A backup of behind the turn, a checkpoint of before it."""
    code, words = restore(d, "second", before)
    t.ok(code == 0, "what the old key signed before is known", words)
    origin, size, root = read(before).decode().split("\n")[:3]
    for what, n in (("a longer log", 10**6), ("another history", int(size))):
        text = "%s\n%d\n%s\n" % (
            origin, n, root if n > int(size) else "A" * 43 + "=")
        write(path(d, "forged"), old.note(text.encode()))
        code, words = restore(d, "second", path(d, "forged"))
        t.ok(code == 1 and ("has turned since" in words or
                            "another history" in words),
             "the old key's word of %s, today: not taken" % what, words)


def forged_way(t, d, old, thief, with_way):
    """A second successor, and a log of his that is no longer than ours."""
    folder = path(d, "thief")
    shutil.copytree(os.path.dirname(with_way), folder)
    note = os.path.join(folder, "after", old.id.hex())
    text = ("ecluse log key v1\norigin %s\nnext %s\n" % (
        ORIGIN, thief.vkey())).encode()
    head = b"\n".join(read(with_way).split(b"\n")[:3]) + b"\n"
    write(os.path.join(folder, "checkpoint"), thief.note(head))
    write(note, thief.note(text))
    code, words = restore(d, "first", os.path.join(folder, "checkpoint"))
    t.ok(code == 1 and "does not lead" in words,
         "a way that the old key did not sign leads nowhere", words)
    other = Stolen.fresh(ORIGIN)
    other.id = old.id           # its id alone is ours
    write(note, other.note(text))
    code, words = restore(d, "first", os.path.join(folder, "checkpoint"))
    t.ok(code == 1 and "does not lead" in words, "nor under its id", words)


def signed_again(d, name, key, vkey=None):
    """The thief's manifest over the backup, which he may change."""
    base = path(d, name)
    shutil.copytree(path(d, "second"), base)
    if vkey:
        write(os.path.join(base, "instance", "journal", "public", "vkey"),
              vkey.encode() + b"\n")
    sign_backup(base, key)


def forged_backup(t, d, old, new, before):
    pin = old.vkey()
    signed_again(d, "true", new)
    t.same(verify(d, "true", pin)[0], 0, "(signed again by its own key: whole)")
    signed_again(d, "old", old)
    code, words = verify(d, "old", pin)
    t.ok(code == 1 and "not signed" in words,
         "a manifest of the old key, by a pin of the old key", words)
    signed_again(d, "oldest", old, pin)
    for code, words in (verify(d, "oldest", pin),
                        restore(d, "oldest", before)):
        t.ok(code == 1 and "has turned" in words,
             "and one that names the old key as the log's", words)


def main():
    t = Tap()
    with Drill(members=300, insurers=2, seed=7) as d:
        site = d.people.site("optician")
        people = [p for p in d.people.covered() if p["member"]][:3]
        old = Stolen(d, LOG, 1, ORIGIN)
        thief = Stolen.fresh(ORIGIN)
        d.ask(site, people[0])
        d.published(0)
        backup(d, "first")
        before = known(d, "before")
        turned(d)
        new = Stolen(d, LOG, 2, ORIGIN)
        last = d.ask(site, people[1])[1]["transaction"]
        d.published(int(last.rsplit("/", 1)[1]))
        alone, with_way = known(d, "alone"), known(d, "way", after=True)
        backup(d, "second")
        t.same([verify(d, "first", old.vkey())[0],
                verify(d, "second", old.vkey())[0],
                verify(d, "second", new.vkey())[0]], [0, 0, 0],
               "a pin of before the turn follows, as does one of after it")
        t.same([verify(d, "first", new.vkey())[0],
                verify(d, "second", thief.vkey())[0]], [1, 1],
               "nothing leads back, nor from another key")
        later(t, d, alone, with_way)
        earlier(t, d, old, before)
        forged_way(t, d, old, thief, with_way)
        forged_backup(t, d, old, new, before)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
