#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: the power cut.

Goal: whatever a disk may hold after a crash at any moment (writes that nobody
flushed dropped, in another order, torn; renames undone), the instance starts;
whoever had an answer is read or cannot be excluded; budgets and registry did
not go back; a feed is there as a whole or not at all; a key that was turned or
destroyed stays so; the journal verifies. The life that is cut has a stop and a
start in it.

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
PATIENT = {"vault.timeout-ms": "5000"}  # a loaded machine is no fault
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
        self.turns = []         # (position, kind, generation, destroyed)
        self.pins = {}          # what clients know before

    def before(self):
        d = self.d
        d.ecluse("enrol", d.dir, "population", d.people.folder, "--since",
                 "2026-09-01T00:00:00Z")
        feeds = [d.make_feed(i["amc"])[0] for i in d.people.insurers
                 if i["amc"] != self.late]
        d.load(*feeds)
        d.clock("2026-11-23T09:00:00Z")
        d.stop()
        self.pins = {p: content(p) for p in pins(d)}
        torn.copy(d.dir, self.base)
        self.first = torn.listing(d.dir)
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

    def turn(self, kind):
        """The next key of a kind, and the end of the one before."""
        old = generations(self.d, kind)[-1]
        for words, told in ((("turn", kind), (old + 1, False)),
                            (("destroy", kind, str(old)), (old, True))):
            self.d.ecluse("keys", *words, self.d.dir)
            self.turns.append((torn.used(self.log), kind) + told)

    def start(self):
        os.environ.update(LD_PRELOAD=self.library, ECLUSE_RECORD=self.log)
        try:
            self.d.serve()
        finally:
            del os.environ["LD_PRELOAD"], os.environ["ECLUSE_RECORD"]

    def record(self):
        d = self.d
        self.start()
        for n in range(12):
            self.ask(n)
        self.close("site:" + self.closed["site"])
        self.turn("log")
        for n in range(12, 20):
            self.ask(n)
        d.stop()
        self.start()
        d.load(d.make_feed(self.late)[0])
        self.fed_at = torn.used(self.log)
        for n in range(20, 28):
            self.ask(n)
        self.turn("promise")
        self.turn("log")
        for n in range(28, 34):
            self.ask(n)
        for gate in ("rpps:" + d.people.site("gp")["rpps"].split()[0],
                     "plane:portal", "amc:" + d.people.insurers[0]["amc"]):
            self.close(gate)
        d.published(d.entries() - 1)
        d.stop()


def content(path):
    with open(path, "rb") as f:
        return f.read()


def pins(d):
    folder = os.path.join(d.people.folder, "keys")
    return [os.path.join(folder, f) for f in os.listdir(folder)
            if f.endswith(".pin")]


def generations(d, kind):
    """Those that are not destroyed."""
    out = d.ecluse("keys", "list", d.dir, "--json", check=False)[1]
    return sorted(k["generation"] for k in map(json.loads, out.splitlines())
                  if k["kind"] == kind and k["state"] != "destroyed")


def turned(t, life, d, at, what):
    """Later turns may be there as well."""
    wrong = []
    there = {kind: generations(d, kind) for kind in ("log", "promise")}
    for told, kind, generation, destroyed in life.turns:
        if at >= told and (generation in there[kind] if destroyed else
                           there[kind][-1] < generation):
            wrong.append((kind, generation, destroyed, there[kind]))
    t.ok(not wrong, what + "keys are as was told", wrong)


def check(t, life, folder, at, what):
    """One image: starts, and keeps every word given before position at."""
    for path, was in life.pins.items():
        with open(path, "wb") as f:
            f.write(was)
    d = Drill(folder=folder, population=life.d.people, load=False, start=False)
    # modes are not recorded, and nginx serves these to clients whose pins are
    # of before a turn: an answer's promise is held against what they lead to
    for top, _, files in os.walk(os.path.join(d.dir, "journal", "public")):
        os.chmod(top, 0o755)
        for f in files:
            os.chmod(os.path.join(top, f), 0o644)
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
        turned(t, life, d, at, what)
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
    with Drill(members=800, insurers=3, sites=60, seed=SEED, load=False,
               conf=PATIENT) as d:
        life = Life(d)
        life.before()
        life.record()
        found = torn.records(life.log)
        t.ok(len(life.received) >= 20 and len(found) > 100,
             "%d records, %d answers" % (len(found), len(life.received)))
        counts = [sum(r[0] <= told for r in found)
                  for told, *_ in life.closings + life.turns]
        counts += [rng.randint(1, len(found)) for n in range(IMAGES)]
        for n, count in enumerate(counts):
            folder = os.path.join(d.folder, "image")
            os.mkdir(folder, 0o711)
            torn.image(d.dir, life.base, life.first, found, count,
                       os.path.join(folder, "instance"), rng)
            at = found[count - 1][0]
            check(t, life, folder, at, "image %d, behind record %d of %d: " %
                  (n, count, len(found)))
            shutil.rmtree(folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
