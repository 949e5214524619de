#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: the power cut.

Goal: whatever a disk may hold after a crash at any moment (writes that nobody
flushed dropped, in another order, torn; renames undone), the instance starts;
whoever had an answer is read or cannot be excluded; budgets and registry did
not go back; a feed is there as a whole or not at all; the journal verifies.

  test_torn.py [SEED [IMAGES]]
"""
import json
import os
import random
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
import torn  # noqa: E402
from drill import BUILD, Drill, Tap  # noqa: E402

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 11
IMAGES = int(sys.argv[2]) if len(sys.argv) > 2 else \
    1500 if os.environ.get("ECLUSE_LONG") else 8
SITES = 3
LIBRARY = os.path.join(BUILD, "tests", "tools", "librecord.so")


class Life:
    """What an instance did while it was recorded, and when it said so."""

    def __init__(self, d):
        self.d = d
        self.base = os.path.join(d.folder, "base")
        self.log = os.path.join(d.folder, "record")
        self.late = d.people.insurers[-1]["amc"]
        early = [p for p in d.people.covered("PHAR") if p["amc"] != self.late]
        self.people = random.Random(SEED).sample(early, 40)
        self.fed = [p for p in d.people.covered("PHAR")
                    if p["amc"] == self.late][:4]
        self.sites = [d.people.site("pharmacy", n) for n in range(SITES)]
        self.closed = d.people.site("optician")
        self.received = []      # (position, site, amc, ref)
        self.fed_at = None
        self.closings = []      # (position when it was told, gate)

    def before(self):
        d = self.d
        d.ecluse("enrol", d.dir, "population", d.people.folder, "--since",
                 "2026-09-01T00:00:00Z")
        feeds = [d.make_feed(i["amc"])[0] for i in d.people.insurers
                 if i["amc"] != self.late]
        d.load(*feeds)
        d.clock("2026-11-23T09:00:00Z")
        d.stop()
        torn.copy(d.dir, self.base)
        self.library = os.path.join(d.folder, "librecord.so")
        shutil.copy(LIBRARY, self.library)
        os.chmod(self.library, 0o755)
        os.chmod(d.folder, 0o711)
        torn.make_log(self.log)

    def ask(self, nth):
        site, person = self.sites[nth % SITES], self.people[nth]
        code, answer = self.d.ask(site, person, domain="PHAR")
        if code == 0:
            self.received.append((torn.used(self.log), site["site"],
                                  person["amc"], person["ref"]))

    def close(self, gate):
        self.d.ecluse("close", self.d.dir, gate)
        self.closings.append((torn.used(self.log), gate))

    def record(self):
        d = self.d
        os.environ.update(LD_PRELOAD=self.library, ECLUSE_RECORD=self.log)
        try:
            d.serve()
        finally:
            del os.environ["LD_PRELOAD"], os.environ["ECLUSE_RECORD"]
        for n in range(12):
            self.ask(n)
        self.close("site:" + self.closed["site"])
        for n in range(12, 20):
            self.ask(n)
        d.load(d.make_feed(self.late)[0])
        self.fed_at = torn.used(self.log)
        for n in range(20, 28):
            self.ask(n)
        for gate in ("rpps:" + d.people.site("gp")["rpps"].split()[0],
                     "plane:portal", "amc:" + d.people.insurers[0]["amc"]):
            self.close(gate)
        d.published(d.entries() - 1)
        d.stop()


def check(t, life, folder, at, what):
    """One image: starts, and keeps every word given before position at."""
    d = Drill(folder=folder, population=life.d.people, load=False, start=False)
    try:
        if not t.ok(d.serve(check=False), what + "it starts", d.logged()):
            return
        wanted = {r[1:] for r in life.received if r[0] <= at}
        told = {}
        for s in life.sites:
            scope = d.scope("site:" + s["site"])
            told[s["site"]] = {part: d.persons_read(scope, part) for part in
                               ("read", "cannot_be_excluded")}
        missing = {w for w in wanted if w[1:] not in
                   told[w[0]]["read"] | told[w[0]]["cannot_be_excluded"]}
        t.ok(not missing, what + "%d received, all accounted for" %
             len(wanted), missing)
        back = [s["site"] for s in life.sites
                if d.budgets("site:" + s["site"])[0]["site"]["c30"][0] <
                len({w for w in wanted if w[0] == s["site"]})]
        t.ok(not back, what + "budgets did not go back", back)
        closed = {g for told, g in life.closings if at >= told}
        status = json.loads(d.ecluse("status", d.dir, "--json",
                                     check=False)[1])
        is_closed = {c["gate"] for c in status["closed"]}
        missing = {g for g in closed if not any(
            i == g or i.startswith(g + "@") for i in is_closed)}
        t.ok(not missing, what + "what was closed is closed (%d)" %
             len(closed), missing)
        if closed:
            code, answer = d.ask(life.closed, life.people[0])
            t.ok(code == 3, what + "and answers nobody", answer)
        states = {d.ask(life.sites[0], p, domain="PHAR")[0]
                  for p in life.fed}
        t.ok(states == {0} or (states == {4} and at < life.fed_at),
             what + "the feed is whole or absent", states)
        # the last questions are published within a second
        d.published(json.loads(d.ecluse("status", d.dir, "--json",
                                        check=False)[1])["entries"] - 1)
        code, out, err = d.ecluse("journal", "verify", d.dir, "--entries",
                                  check=False)
        t.ok(code == 0, what + "the journal verifies", out + err)
    finally:
        d.close()


def main():
    t = Tap()
    rng = random.Random(SEED)
    print("# seed %d, %d images" % (SEED, IMAGES))
    with Drill(members=800, insurers=3, sites=60, seed=SEED,
               load=False) as d:
        life = Life(d)
        life.before()
        life.record()
        found = torn.records(life.log)
        t.ok(len(life.received) >= 20 and len(found) > 100,
             "%d records, %d answers" % (len(found), len(life.received)))
        counts = [sum(r[0] <= told for r in found)
                  for told, gate in life.closings]
        counts += [rng.randint(1, len(found)) for n in range(IMAGES)]
        for n, count in enumerate(counts):
            folder = os.path.join(d.folder, "image")
            os.mkdir(folder, 0o711)
            torn.image(d.dir, life.base, found, count,
                       os.path.join(folder, "instance"), rng)
            at = found[count - 1][0]
            check(t, life, folder, at, "image %d, behind record %d of %d: " %
                  (n, count, len(found)))
            shutil.rmtree(folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
