#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever can make a process die while a key turns or goes.

Goal: after kill -9 of keeper, vault or super during a turn of the index, log
or promise key, the destruction of a month, or a purge: it is done or it is
not, done if it was confirmed, and can be done again; who was read is still
told, or never again once the month is confirmed to be destroyed; the journal
verifies; questions are answered.
"""
import concurrent.futures
import json
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from deaths import Deaths  # noqa: E402
from drill import Drill, Tap  # noqa: E402

SEED = 9
LONG = bool(os.environ.get("ECLUSE_LONG"))
NAMES = ("keeper", "vault", "super") if LONG else ("keeper",)
ROUNDS = 6 if LONG else 1
KINDS = ("index", "log", "promise")


class Victim:
    def __init__(self, t, d, rng):
        self.t, self.d, self.rng = t, d, rng
        self.site = d.people.site("pharmacy")
        self.people = d.people.covered("PHAR")
        self.deaths = Deaths(d, self.site, self.people[0])
        self.persons = set()
        # moments are chosen by how fast this machine is
        began = time.monotonic()
        self.keys()
        self.pace = time.monotonic() - began

    def keys(self):
        out = self.d.ecluse("keys", "list", self.d.dir, "--json",
                            check=False)[1]
        return [json.loads(line) for line in out.splitlines()]

    def versions(self, kind):
        return len([k for k in self.keys() if k["kind"] == kind])

    def during(self, name, *command):
        """A command, and a death at a moment of it; its exit status."""
        self.deaths.make_room()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            doing = pool.submit(self.d.ecluse, *command, check=False)
            threading.Event().wait(self.rng.uniform(0, 2 * self.pace))
            self.deaths.die(name)
            code = doing.result()[0]
        self.deaths.back(name)
        return code

    def verifies(self, what):
        code, out, err = self.d.ecluse("journal", "verify", self.d.dir,
                                       "--entries", check=False)
        self.t.ok(code == 0, what + "the journal verifies", out + err)

    def told(self):
        scope = self.d.scope("site:" + self.site["site"])
        return self.d.persons_read(scope) | self.d.persons_read(
            scope, "cannot_be_excluded")

    def turn(self, name, kind):
        what = "%s dies while the %s key turns: " % (name, kind)
        person = self.rng.choice(self.people)
        if self.d.ask(self.site, person, domain="PHAR")[0] == 0:
            self.persons.add((person["amc"], person["ref"]))
        before = self.versions(kind)
        code = self.during(name, "keys", "turn", kind, self.d.dir)
        after = self.versions(kind)
        self.t.ok(after == before + 1 or (after == before and code != 0),
                  what + "done or not, done if confirmed",
                  "%d, %d, exit %d" % (before, after, code))
        if after == before:
            code = self.d.ecluse("keys", "turn", kind, self.d.dir,
                                 check=False)[0]
            self.t.same((code, self.versions(kind)), (0, before + 1),
                        what + "asked again it is done")
        self.t.ok(self.persons <= self.told(),
                  what + "who was read is told")
        self.verifies(what)

    def month(self, name):
        what = "%s dies while a month is destroyed: " % name
        scope = ("journal", "scope", self.d.dir, "--asker", "site:" +
                 self.site["site"], "--from", "2026-11-01T00:00:00Z", "--to",
                 "2026-11-28T00:00:00Z")
        destroy = ("keys", "destroy", "month", "2026-11", self.d.dir)
        self.d.clock("2027-12-02T08:00:00Z")
        code = self.during(name, *destroy)
        told, out, err = self.d.ecluse(*scope, check=False)
        self.t.ok(told != 0 if code == 0 else
                  told == 0 or "destroyed" in out + err,
                  what + "it is or is not", out + err)
        self.verifies(what)
        self.d.ecluse(*destroy, check=False)
        self.t.ok(self.d.ecluse(*scope, check=False)[0] != 0,
                  what + "and then it is")

    def purge(self, name):
        what = "%s dies during a purge: " % name
        self.during(name, "purge", self.d.dir)
        self.verifies(what)
        self.t.same(self.d.ecluse("purge", self.d.dir, check=False)[0], 0,
                    what + "it is done again")
        self.verifies(what + "then ")


def main():
    t = Tap()
    print("# seed %d, %d deaths" % (
        SEED, ROUNDS * len(NAMES) * (len(KINDS) + 2)))
    for nth in range(ROUNDS):
        for name in NAMES:
            rng = random.Random(SEED + nth * len(NAMES) + NAMES.index(name))
            with Drill(members=300, insurers=2, sites=60, seed=SEED,
                       now="2026-11-20T09:00:00Z") as d:
                v = Victim(t, d, rng)
                for kind in KINDS:
                    v.turn(name, kind)
                v.month(name)
                v.purge(name)
                t.same(d.stop(), 0, "and the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
