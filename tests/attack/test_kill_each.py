#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever can make any of the processes die at any moment.

Goal: after kill -9 of keeper, vault, gate, nginx or super, always under load,
during a feed and during an act, too: every answer that was received is an
entry of the journal about that very person, read or not to be excluded, and
nobody is there who was not asked about; budgets did not go back; a feed is
there as a whole or not at all; an act that was confirmed holds; the journal
verifies; questions are answered again. How long that took is printed and
judged by nobody. (tests/attack/test_kill.py kills the keeper more often.)

  test_kill_each.py [SEED [ROUNDS]]     fifteen deaths a round
"""
import concurrent.futures
import datetime
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
# of all the names: 210 deaths, or 15
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else \
    14 if os.environ.get("ECLUSE_LONG") else 1
SITES = 4
TIRELESS = {"questions.per-person": "10000"}  # many deaths, one load
POOL = 100          # persons of a site, well within its budget
PERSONS, AGAIN = 10, 15     # of a list of questions; again is free
SOON_S = 2.0        # how fast service should be back
BEGIN = datetime.datetime(2026, 11, 23, 9)


class Victim:
    def __init__(self, t, d, rng):
        self.t, self.d, self.rng = t, d, rng
        self.late = d.people.insurers[-1]["amc"]
        covered = d.people.covered("PHAR")
        people = [p for p in covered if p["amc"] != self.late]
        self.fed = [p for p in covered if p["amc"] == self.late][:3]
        self.person = people[0]
        self.sites = [d.people.site("pharmacy", n) for n in range(SITES)]
        self.pools = {s["site"]: rng.sample(people, POOL) for s in self.sites}
        self.others = [s["site"] for s in d.people.sites
                       if s["profession"] == "optician"]
        # site -> {index of an answer: person}, of this hour and of all
        self.received = {s["site"]: {} for s in self.sites}
        self.ever = {s["site"]: {} for s in self.sites}
        self.asked = {s["site"]: set() for s in self.sites}
        self.asked[self.sites[0]["site"]] |= {
            (p["amc"], p["ref"]) for p in self.fed + people[:1]}
        self.spent = dict.fromkeys(self.received, 0)
        self.times = {name: [] for name in NAMES}
        self.deaths = Deaths(d, self.sites[0], self.person)
        self.closed = set()
        self.loaded = False
        self.under_load = self.died = 0
        self.now = BEGIN
        # moments are chosen by how fast this machine is
        began = time.monotonic()
        d.budgets("site:" + self.sites[0]["site"])
        self.pace = time.monotonic() - began

    def hour(self):
        """Each start of a vault counts the hour's persons once more against
        its ceiling."""
        self.now += datetime.timedelta(hours=1)
        self.d.clock(self.stamp())
        for site, got in self.received.items():
            self.ever[site].update(got)
            got.clear()

    def stamp(self):
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def questions(self, site):
        site_id = site["site"]
        some = self.rng.sample(self.pools[site_id], PERSONS)
        asked = some * AGAIN
        self.asked[site_id] |= {(p["amc"], p["ref"]) for p in some}
        lines = [self.d.question(p, "member") for p in asked]

        def work():
            for a in self.d.ask_file(site, lines, False, "PHAR"):
                if a.get("status") == 200 and a.get("state") != "unknown":
                    p = asked[a["line"] - 1]
                    index = int(a["transaction"].rsplit("/", 1)[1])
                    self.received[site_id][index] = (p["amc"], p["ref"])
        return work

    def during(self, name, work=None):
        """Questions from all sites, this work beside them, and a death at a
        random moment of both; gives what the work gives."""
        self.deaths.make_room()
        asking = [self.questions(s) for s in self.sites]
        enough = self.d.entries() + self.rng.randrange(
            1, SITES * PERSONS * AGAIN * 3 // 4)
        later = self.rng.uniform(0, 2 * self.pace)
        with concurrent.futures.ThreadPoolExecutor(SITES + 1) as pool:
            asking = [pool.submit(a) for a in asking]
            while self.d.entries() < enough and \
                    not all(a.done() for a in asking):
                threading.Event().wait(0.002)
            if work:
                work = pool.submit(work)
                threading.Event().wait(later)
            self.died += 1
            self.under_load += not all(a.done() for a in asking)
            began = time.monotonic()
            self.deaths.die(name)
            self.deaths.back(name)
            self.times[name].append(time.monotonic() - began)
            for a in asking:
                a.result()
            return work and work.result()

    def accounts(self, what, received, begin):
        missing, others, back, count = [], [], [], 0
        for site, got in received.items():
            told = self.d.readings(self.d.scope("site:" + site, begin))
            missing += [(i, who, told.get(i)) for i, who in got.items()
                        if told.get(i, self.doubted(i, who, told)) != who]
            others += set(told.values()) - self.asked[site]
            count += len(got)
            now = self.d.budgets("site:" + site)[0]["site"]["c30"][0]
            least = max(self.spent[site], len(set(told.values())))
            if now < least:
                back.append((site, now, least))
            self.spent[site] = now
        self.t.ok(not missing, what + "%d answers received, each is an entry "
                  "about that person" % count, missing)
        self.t.ok(not others, what + "nobody else is told", others)
        self.t.ok(not back, what + "budgets did not go back", back)
        code, out, err = self.d.ecluse("journal", "verify", self.d.dir,
                                       "--entries", check=False)
        self.t.ok(code == 0, what + "the journal verifies", out + err)

    def doubted(self, index, who, told):
        """A person who is told as read has no line for an entry that cannot
        be excluded: then a start has to have said so."""
        return who if who in told.values() and self.d.doubted(index) else \
            None

    def load(self, name):
        self.during(name)

    def feed(self, name):
        path = self.d.make_feed(self.late)[0]
        done = self.during(
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
        done = self.during(name, lambda: self.d.ecluse(
            word, self.d.dir, "site:" + site, check=False)[0])
        code, answer = self.d.ask(row, self.person, domain="OPTI")
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
               load=False, conf=TIRELESS) as d:
        d.ecluse("enrol", d.dir, "population", d.people.folder, "--since",
                 "2026-09-01T00:00:00Z")
        v = Victim(t, d, rng)
        d.load(*[d.make_feed(i["amc"])[0] for i in d.people.insurers
                 if i["amc"] != v.late])
        d.clock(v.stamp())
        for _ in range(ROUNDS):
            for name in NAMES:
                v.hour()
                v.load(name)
                v.feed(name)
                v.act(name)
                v.accounts(name + " died three times under load: ",
                           v.received, v.stamp())
        v.hour()
        v.accounts("at the end: ", v.ever, BEGIN.strftime(
            "%Y-%m-%dT%H:%M:%SZ"))
        t.ok(all(v.ever.values()), "of each site somebody was read meanwhile",
             {site: len(got) for site, got in v.ever.items()})
        tell(v)
        t.same(d.stop(), 0, "and the end is clean")
    return t.done()


def tell(v):
    print("# %d deaths, %d of them while questions were under way" % (
        v.died, v.under_load))
    for name in NAMES:
        late = [s for s in v.times[name] if s > SOON_S]
        print("# %s: back after %.2f s, at worst %.2f s; %d of %d after more "
              "than %.0f s" % (name, statistics.median(v.times[name]),
                               max(v.times[name]), len(late),
                               len(v.times[name]), SOON_S))


if __name__ == "__main__":
    sys.exit(main())
