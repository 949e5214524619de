#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A thief with a log's old key, and one administrator.

Goal: after a log's key turned, whoever pinned the old one goes on, by what the
old key said about the next; what the old key signs by itself is refused, by
`journal verify` and by a client, at once for whoever followed. One
administrator alone turns no log. A kill between turn, checkpoint and end
leaves an instance that goes on and verifies. The registry's log the same: a
close that its old key signs after its end is not taken.
"""
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from drill_cli import kill  # noqa: E402
from stolen import LOG, ORIGIN, REGISTRY, Stolen, read, write  # noqa: E402


def turn(d, kind, *more):
    return d.ecluse("keys", "turn", kind, d.dir, *more, check=False)[0]


def destroy(d, kind, generation):
    return d.ecluse(
        "keys", "destroy", kind, generation, d.dir, check=False)[0]


def public(d, *name, log="journal"):
    return os.path.join(d.dir, log, "public", *name)


def signers(d, log="journal"):
    return read(public(d, "checkpoint", log=log)).decode().count("\u2014 ")


def until(what, bound_s=30):
    """Checkpoints come once a second."""
    end = time.monotonic() + bound_s
    while not what():
        if time.monotonic() > end:
            raise RuntimeError("it did not come")
        time.sleep(0.02)


def verify(d, vkey, *more):
    code, out, err = d.ecluse(
        "journal", "verify", d.dir, "--vkey", vkey, *more, check=False)
    return code, out + err


def alone(t, d):
    one = ("--admin-key", os.path.join(d.dir, "drill", "admin-1.pem"))
    for kind in ("log", "registry"):
        t.same(turn(d, kind, *one), 3, "one administrator: %s" % kind)
    t.same(signers(d), 1, "and one key signs as before")


def overlap(t, d, old, old_registry):
    for kind in ("log", "registry"):
        t.same(turn(d, kind), 0, "two: %s" % kind)
    until(lambda: signers(d) == 2 and signers(d, "registry") == 2)
    new = read(public(d, "vkey")).decode().strip()
    t.ok(new != old.vkey(), "another key is in the file")
    code, words = verify(d, old.vkey())
    t.ok(code == 0 and new in words, "the old pin holds, and is told the new",
         words)
    t.same(verify(d, new)[0], 0, "the new one holds")
    t.same(verify(d, old_registry.vkey(), "--registry")[0], 0,
           "the registry's old pin holds")
    kill(d, "keeper")
    t.same(verify(d, old.vkey())[0], 0, "after a kill as well")
    t.same(destroy(d, "log", "2"), 3, "the one in use is not destroyed")
    return new


def daily(t, d, old, new, people):
    """Every answer verifies, and a client follows all the same, once a day."""
    site = d.people.site("optician")
    pin = read(d.pin)
    t.same(d.ask(site, people[1])[1].get("state"), "covered", "an answer")
    t.same(read(d.pin), pin, "within the day its pin stays")
    yesterday = time.time() - 2 * 86400
    os.utime(d.pin, (yesterday, yesterday))
    t.same(d.ask(site, people[1])[1].get("state"), "covered", "a day later")
    t.ok(new.encode() in read(d.pin) and old.vkey().encode() not in
         read(d.pin), "it has followed, though every answer verified")
    t.ok(os.stat(d.pin).st_mtime > yesterday + 86400, "and has looked today")
    write(d.pin, pin)


def restored(t, d, new):
    """A backup of an instance whose logs have two keys each."""
    home, where = d.dir, os.path.join(d.folder, "backup")
    months = os.path.join(d.folder, "months")
    d.ecluse("backup", d.dir, "--out", where, "--months-out", months)
    d.stop()
    d.dir = os.path.join(d.folder, "restored")
    d.ecluse("restore", where, "--to", d.dir, "--months", months,
             "--months-key", os.path.join(home, "keeper", "months-1.key"),
             "--root", os.path.join(home, "keeper", "root.key"),
             "--known-checkpoint",
             os.path.join(where, "instance", "journal", "public",
                          "checkpoint"))
    t.same(verify(d, new)[0], 0, "a restore verifies before its start")
    shutil.rmtree(d.dir)
    d.dir = home
    d.serve()


def ended(t, d, old, old_registry, new):
    for kind in ("log", "registry"):
        t.same(destroy(d, kind, "1"), 0, "the old key ends: %s" % kind)
    until(lambda: signers(d) == 1 and signers(d, "registry") == 1)
    kill(d, "keeper")
    t.same(verify(d, old.vkey(), "--entries")[0], 0,
           "a monitor that slept through it all follows")
    t.same(verify(d, old_registry.vkey(), "--registry", "--entries")[0], 0,
           "the registry's as well")
    t.same(verify(d, new)[0], 0, "the new pin holds")
    proof = os.path.join(d.folder, "proof")
    t.same(d.ecluse("journal", "proof", d.dir, "0", "-o", proof, "--vkey",
                    old.vkey(), check=False)[0], 0,
           "an old entry is proven under the new key")


def at_once(t, d, old):
    """The keeper dies before the next second's checkpoint."""
    for kind in ("log", "registry"):
        t.same((turn(d, kind), destroy(d, kind, "2")), (0, 0),
               "turned, and the old key ended at once: %s" % kind)
        kill(d, "keeper")       # raises where none comes back
    t.same(verify(d, old.vkey())[0], 0, "and the old pin leads on")


def forged_checkpoint(t, d, old, new):
    path = public(d, "checkpoint")
    good = read(path)
    d.stop()
    origin, size, root = good.decode().split("\n")[:3]
    for what, lines in (
            ("the same tree", (origin, size, root)),
            ("a longer one", (origin, str(int(size) + 1), root))):
        write(path, old.note(("\n".join(lines) + "\n").encode()))
        for name, vkey in (("old", old.vkey()), ("new", new)):
            code, words = verify(d, vkey)
            t.ok(code == 1 and "not signed by" in words,
                 "the old key's checkpoint of %s: refused by the %s pin" %
                 (what, name), words)
    t.ok(not d.serve(check=False) and "journal: does not verify" in d.logged(),
         "nor does the keeper start with it", d.logged()[-800:])
    d.stop()
    write(path, good)
    t.ok(d.serve(), "with its own it does")


def forged_way(t, d, old, thief):
    """A second successor, named by the stolen key."""
    path = public(d, "after", old.id.hex())
    good = read(path)
    write(path, old.note(b"ecluse log key v1\norigin %s\nnext %s\n" % (
        ORIGIN.encode(), thief.vkey().encode())))
    code, words = verify(d, old.vkey())
    t.ok(code == 1, "a way to a thief's key: the checkpoint is not his",
         words)
    write(path, good[:-10] + b"AAAAAAA==\n")
    t.same(verify(d, old.vkey())[0], 1, "a damaged way: refused")
    write(path, good)
    t.same(verify(d, old.vkey())[0], 0, "the true one leads on")


def clients(t, d, old, pins):
    """pins: of before the turn, and of a client that followed in between."""
    site = d.people.site("optician")
    person = [p for p in d.people.covered() if p["member"]][3]
    note = public(d, "service")

    def ask():
        return d.ask(site, person)

    t.same(turn(d, "answer"), 0, "the answer key turns")
    true = read(note)
    forged = old.note(true.split(b"\n\n")[0].replace(
        b"answer ", b"answer A", 1) + b"\n")
    fresh = old.note(true.split(b"\n\n")[0] + b"\n")
    for pin, who in zip(pins, ("slept", "followed")):
        write(d.pin, pin)
        for bad in (forged, fresh):
            write(note, bad)
            t.same(ask()[0], 5, "%s: no note of the old key" % who)
        t.same(read(d.pin), pin, "%s: the pin is as it was" % who)
        write(note, true)
        t.same(ask()[1].get("state"), "covered", "%s: goes on" % who)
        t.ok(old.vkey().encode() not in read(d.pin) and
             true in read(d.pin), "%s: and pins the new key" % who)


def old_close(t, d, old_registry):
    """A decoy's close, signed by the registry's destroyed key."""
    site = d.people.site("optician")
    key = d.budgets("site:" + site["site"])[0]["asker"]
    text = ("ecluse act v1\norigin %s\ntime %s\nnonce %s\n"
            "close key=%s reason=decoy\n" % (
                ORIGIN, "2026-11-23T10:00:00.000Z", "A" * 22, key))
    path = os.path.join(d.folder, "close.act")
    write(path, old_registry.note(text.encode()))
    code, out, err = d.ecluse("send", d.dir, path, check=False)
    t.ok(code != 0 and "no living administrator" in out + err,
         "the old key closes nothing", out + err)


def main():
    t = Tap()
    with Drill(members=300, insurers=2, seed=7) as d:
        site = d.people.site("optician")
        people = [p for p in d.people.covered() if p["member"]][:3]
        old = Stolen(d, LOG, 1, ORIGIN)
        old_registry = Stolen(d, REGISTRY, 1, ORIGIN + "-registry")
        t.same(old.vkey(), read(public(d, "vkey")).decode().strip(),
               "the thief has the log's key")
        t.same(d.ask(site, people[0])[1].get("state"), "covered", "a question")
        alone(t, d)
        before = read(d.pin)
        new = overlap(t, d, old, old_registry)
        daily(t, d, old, new, people)
        t.same(turn(d, "answer"), 0, "the answer key turns")
        t.same(d.ask(site, people[1])[1].get("state"), "covered", "goes on")
        between = read(d.pin)
        t.ok(new.encode() in between, "and its pin has the log's new key")
        restored(t, d, new)
        ended(t, d, old, old_registry, new)
        forged_checkpoint(t, d, old, new)
        other = Stolen.fresh(ORIGIN)
        forged_way(t, d, old, other)
        clients(t, d, old, (before, between))
        old_close(t, d, old_registry)
        shutil.rmtree(public(d, "after"))
        kill(d, "keeper")
        t.same(verify(d, old.vkey())[0], 0, "lost notes are written again")
        at_once(t, d, old)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
