#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: keys of the logs that turn, and end, while a backup is made do it no
harm: it is whole and comes back, or says that it is none.

The administrators' socket is watched: the turn of both logs' keys, or of one,
and the destruction of the key before come in right before a chosen request of
`ecluse backup`, so that they always come there.
"""
import json
import os
import shutil
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

POINT, COPY, VOUCH = 84, 85, 86     # src/msg/msg.h
MOST = 1 << 20


class Watched:
    """The administrators' socket, with something done before the nth
    request of a type, or before each (0)."""

    def __init__(self, d, kind, nth, act):
        self.path = os.path.join(d.dir, "run", "admin.sock")
        self.real = self.path + ".real"
        self.kind, self.nth, self.act = kind, nth, act
        self.seen = self.acted = 0
        os.rename(self.path, self.real)
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listening.bind(self.path)
        self.listening.listen(8)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                one, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.client, args=(one,),
                             daemon=True).start()

    def client(self, one):
        with one, socket.socket(socket.AF_UNIX,
                                socket.SOCK_SEQPACKET) as real:
            real.connect(self.real)
            back = threading.Thread(target=self.pour, args=(real, one),
                                    daemon=True)
            back.start()
            self.pour(one, real, self.look)
            real.shutdown(socket.SHUT_WR)
            back.join()

    @staticmethod
    def pour(a, b, look=lambda part: None):
        try:
            while part := a.recv(MOST):
                look(part)
                b.send(part)
        except OSError:
            pass

    def look(self, part):
        if int.from_bytes(part[:2], "big") != self.kind:
            return
        self.seen += 1
        if self.nth in (0, self.seen):
            self.act()
            self.acted += 1

    def close(self):
        self.listening.close()
        os.rename(self.real, self.path)


def path(d, *name):
    return os.path.join(d.folder, *name)


def public(d, *name):
    return os.path.join(d.dir, "journal", "public", *name)


def turn(d, kinds):
    for kind in kinds:
        d.ecluse("keys", "turn", kind, d.dir)


def in_use(d, kind):
    """The generation of a log's key that signs."""
    keys = map(json.loads, d.ecluse(
        "keys", "list", d.dir, "--json", check=False)[1].splitlines())
    return next(k["generation"] for k in keys
                if k["kind"] == kind and k["state"] == "in use")


def end(d, kinds):
    """The turn, and no key of before any more."""
    turn(d, kinds)
    for kind in kinds:
        d.ecluse("keys", "destroy", kind, in_use(d, kind) - 1, d.dir)


def backup(d, name, watched):
    said = d.ecluse("backup", d.dir, "--out", path(d, name), "--months-out",
                    path(d, name + ".months"), check=False)
    watched.close()
    return said[0], said[2]


def restored(t, d, name, what):
    known = path(d, name + ".known")
    shutil.copy(public(d, "checkpoint"), known)
    d.stop()
    code, _, err = d.ecluse(
        "restore", path(d, name), "--to", path(d, name + ".made"),
        "--months", path(d, name + ".months"), "--months-key",
        os.path.join(d.dir, "keeper", "months-1.key"), "--root",
        os.path.join(d.dir, "keeper", "root.key"), "--known-checkpoint",
        known, check=False)
    t.ok(code == 0, "%s: it is restored" % what, err)
    old, d.dir = d.dir, path(d, name + ".made")
    if not t.ok(code == 0 and d.serve(check=False), "%s: it starts" % what,
                d.logged()[-600:]):
        d.stop()
        d.dir = old
        d.serve()


def tried(t, d, nth_try, kind, nth, act, what):
    name = "try-%d" % nth_try
    site = d.people.site("optician")
    person = [p for p in d.people.covered() if p["member"]][nth_try]
    with open(public(d, "vkey"), encoding="utf-8") as f:
        before = f.read().strip()
    watched = Watched(d, kind, nth, act)
    code, err = backup(d, name, watched)
    t.ok(code == 0 and watched.acted == 1, "%s: a backup" % what, err)
    for vkey in ((), ("--vkey", before)):
        code, _, err = d.ecluse("backup", "verify", path(d, name), *vkey,
                                check=False)
        t.ok(code == 0, "%s: it is whole%s" % (
            what, ", by a pin of before" if vkey else ""), err)
    restored(t, d, name, what)
    t.same(d.ask(site, person)[0], 0, "%s: it answers" % what)
    code, out, err = d.ecluse("journal", "verify", d.dir, "--entries",
                              check=False)
    t.ok(code == 0, "%s: its journal verifies" % what, out + err)


def each_time(t, d):
    watched = Watched(d, VOUCH, 0, lambda: end(d, ("log",)))
    code, err = backup(d, "never", watched)
    t.ok(code == 3 and watched.acted == 3 and "destroyed meanwhile" in err,
         "a key ends before each try's manifest: after three it gives up",
         (code, watched.acted, err))
    code, _, err = d.ecluse("backup", "verify", path(d, "never"), check=False)
    t.ok(code == 1 and "not finished" in err, "and what lies there is none",
         err)


def main():
    t = Tap()
    with Drill(members=300, insurers=2, seed=11) as d:
        person = [p for p in d.people.covered() if p["member"]][0]
        last = d.ask(d.people.site("optician"), person)[1]["transaction"]
        d.published(int(last.rsplit("/", 1)[1]))
        both = ("log", "registry")
        for i, (kind, nth, does, kinds, what) in enumerate((
                (COPY, 1, turn, both, "a turn before the vaults are copied"),
                (VOUCH, 1, turn, both, "a turn before the manifest is signed"),
                (POINT, 2, end, both, "an end before the registry's point"),
                (VOUCH, 1, end, both, "an end before the manifest is signed"),
                (VOUCH, 1, end, both[1:], "an end of the registry's alone"))):
            tried(t, d, i + 1, kind, nth, lambda: does(d, kinds), what)
        each_time(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
