#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever can make any of the processes die at any moment.

Goal: after kill -9 of keeper, vault, gate, nginx or super, under load, during
a feed and during an act: received is within read plus cannot be excluded;
budgets did not go back; a feed is there as a whole or not at all; an act that
was confirmed holds; the journal verifies; questions are answered again. How
long that took is printed and judged by nobody. (tests/attack/test_kill.py
kills the keeper more often.)

  test_kill_each.py [SEED [ROUNDS]]     fifteen deaths a round
"""
import concurrent.futures
import os
import random
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from deaths import Deaths  # noqa: E402
from drill import Drill, Tap  # noqa: E402

NAMES = ("keeper", "vault", "gate", "nginx", "super")
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 5
# of all the names
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else \
    40 if os.environ.get("ECLUSE_LONG") else 1
SITES = 4


class Victim:
    def __init__(self, t, d, rng):
        self.t, self.d, self.rng = t, d, rng
        self.late = d.people.insurers[-1]["amc"]
        covered = d.people.covered("PHAR")
        self.people = [p for p in covered if p["amc"] != self.late]
        self.fed = [p for p in covered if p["amc"] == self.late][:3]
        self.sites = [d.people.site("pharmacy", n) for n in range(SITES)]
        self.others = [s["site"] for s in d.people.sites
                       if s["profession"] == "optician"]
        self.received, self.times = set(), {name: [] for name in NAMES}
        self.deaths = Deaths(d, self.sites[0], self.people[0])
        self.closed = set()
        self.loaded = False

    def back(self, name, began):
        self.deaths.back(name)
        self.times[name].append(time.monotonic() - began)

    def during(self, name, *work):
        """Work in threads, and a death at a random moment of it."""
        self.deaths.make_room()
        with concurrent.futures.ThreadPoolExecutor(len(work)) as pool:
            doing = [pool.submit(w) for w in work]
            threading.Event().wait(self.rng.uniform(0, 0.6))
            began = time.monotonic()
            self.deaths.die(name)
            done = [w.result() for w in doing]
        self.back(name, began)
        return done

    def load_of(self, site):
        asked = self.rng.sample(self.people, 10)
        lines = [self.d.question(p, "member") for p in asked]

        def work():
            for a in self.d.ask_file(site, lines, False, "PHAR"):
                if a.get("status") == 200 and a.get("state") != "unknown":
                    p = asked[a["line"] - 1]
                    self.received.add((site["site"], p["amc"], p["ref"]))
        return work

    def accounts(self, what):
        told = set()
        for s in self.sites:
            scope = self.d.scope("site:" + s["site"])
            for part in ("read", "cannot_be_excluded"):
                told |= {(s["site"],) + who
                         for who in self.d.persons_read(scope, part)}
        self.t.ok(self.received <= told, what + "%d received, all read or "
                  "in doubt" % len(self.received), self.received - told)
        back = [s["site"] for s in self.sites if
                self.d.budgets("site:" + s["site"])[0]["site"]["c30"][0] <
                len({r for r in self.received if r[0] == s["site"]})]
        self.t.ok(not back, what + "budgets did not go back", back)
        code, out, err = self.d.ecluse("journal", "verify", self.d.dir,
                                       "--entries", check=False)
        self.t.ok(code == 0, what + "the journal verifies", out + err)

    def load(self, name):
        self.during(name, *(self.load_of(s) for s in self.sites))
        self.accounts("%s dies under load: " % name)

    def feed(self, name):
        path = self.d.make_feed(self.late)[0]
        done, = self.during(
            name, lambda: self.d.load(path, check=False)[0])
        self.loaded |= done == 0
        states = {self.d.ask(self.sites[0], p, domain="PHAR")[0]
                  for p in self.fed}
        self.t.ok(states == {0} or (states == {4} and not self.loaded),
                  "%s dies during a feed: it is whole or absent" % name,
                  states)

    def act(self, name):
        site = self.others[0]
        self.others = self.others[1:] + [site]
        word = "open" if site in self.closed else "close"
        row = next(s for s in self.d.people.sites if s["site"] == site)
        done, = self.during(name, lambda: self.d.ecluse(
            word, self.d.dir, "site:" + site, check=False)[0])
        code, answer = self.d.ask(row, self.people[1], domain="OPTI")
        if code == 3:
            self.closed.add(site)
        else:
            self.closed.discard(site)
        self.t.ok((code == 3) == (word == "close") or done != 0,
                  "%s dies during an act: what was confirmed holds" % name,
                  answer)


def main():
    t = Tap()
    rng = random.Random(SEED)
    print("# seed %d, %d deaths" % (SEED, ROUNDS * len(NAMES) * 3))
    with Drill(members=1000, insurers=3, sites=200, seed=SEED,
               load=False) as d:
        d.ecluse("enrol", d.dir, "population", d.people.folder, "--since",
                 "2026-09-01T00:00:00Z")
        v = Victim(t, d, rng)
        d.load(*[d.make_feed(i["amc"])[0] for i in d.people.insurers
                 if i["amc"] != v.late])
        for n in range(ROUNDS):
            # an hour on: each start of a vault counts the hour's persons
            # once more against its ceiling
            d.clock("2026-11-%02dT%02d:00:00Z" % (
                23 + (9 + 2 * n) // 24, (9 + 2 * n) % 24))
            for name in NAMES:
                v.load(name)
                v.feed(name)
                v.act(name)
        v.accounts("at the end: ")
        for name in NAMES:
            print("# %s: back after %.2f s, at worst %.2f s" % (
                name, statistics.median(v.times[name]), max(v.times[name])))
        t.same(d.stop(), 0, "and the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
