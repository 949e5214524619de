#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: keys of the logs that turn while a backup is made do it no harm.

The administrators' socket is watched: a turn of both logs' keys comes in right
before a chosen request of `ecluse backup`, so that it always comes there.
"""
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
    """The administrators' socket, with something done before the first
    request of a type."""

    def __init__(self, d, kind, act):
        self.path = os.path.join(d.dir, "run", "admin.sock")
        self.real = self.path + ".real"
        self.kind, self.act = kind, act
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
        if self.act and int.from_bytes(part[:2], "big") == self.kind:
            act, self.act = self.act, None
            act()

    def close(self):
        self.listening.close()
        os.rename(self.real, self.path)


def path(d, *name):
    return os.path.join(d.folder, *name)


def public(d, *name):
    return os.path.join(d.dir, "journal", "public", *name)


def turn(d):
    for kind in ("log", "registry"):
        d.ecluse("keys", "turn", kind, d.dir)


def backup(t, d, name, kind, what):
    watched = Watched(d, kind, lambda: turn(d))
    code, _, err = d.ecluse("backup", d.dir, "--out", path(d, name),
                            "--months-out", path(d, name + ".months"),
                            check=False)
    t.ok(code == 0 and watched.act is None, "%s: a backup" % what, err)
    watched.close()


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
    d.dir = path(d, name + ".made")
    t.ok(code == 0 and d.serve(check=False), "%s: it starts" % what,
         d.logged()[-600:])


def tried(t, d, person, kind, what):
    name = "at-%d" % kind
    site = d.people.site("optician")
    with open(public(d, "vkey"), encoding="utf-8") as f:
        before = f.read().strip()
    backup(t, d, name, kind, what)
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


def main():
    t = Tap()
    with Drill(members=300, insurers=2, seed=11) as d:
        people = [p for p in d.people.covered() if p["member"]][:2]
        site = d.people.site("optician")
        last = d.ask(site, people[0])[1]["transaction"]
        d.published(int(last.rsplit("/", 1)[1]))
        for kind, what in ((COPY, "a turn before the vaults are copied"),
                           (VOUCH, "a turn before the manifest is signed")):
            tried(t, d, people[1], kind, what)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
