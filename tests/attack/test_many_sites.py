#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: a thief with every key of one professional at four sites, or with
the keys of three professionals at one, who asks with all of them at once.

Each key asks over connections of its own, one question at a time and fifty in
a bundle, by card, member number and NIR, his number said or left out. Goal:
all of it together reads no more than the one budget, counted from outside,
with a card or without, also after the keeper was killed; the list of who was
read is what was received; once it is spent person and stranger are refused
alike, at every site.
"""
import concurrent.futures
import json
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import FULL_AGE, Drill, Tap, run  # noqa: E402
from drill_cli import kill  # noqa: E402
from test_robot import alike, stranger  # noqa: E402

HIS, OTHERS = "99700000017", ("99700000025", "99700000033", "99700000041")
EACH = 50           # persons of a list: more than one budget
SEED = 28
PATIENT = {"vault.timeout-ms": "9000"}     # a loaded machine is no answer


def enrol_site(d, name):
    d.ecluse("enrol", d.dir, "site", "--id", name, "--profession",
             "optician")


def enrol_key(d, site, name, rpps, plane="flow"):
    path = os.path.join(d.folder, name + ".pem")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", path)
    d.ecluse("enrol", d.dir, "key", "--site", site, "--key", path, "--rpps",
             rpps, "--plane", plane, "--since", FULL_AGE)
    return {"site": site, "key": path, "rpps": rpps}


class Thief:
    def __init__(self, t, d, rng):
        self.t, self.d, self.rng = t, d, rng
        self.told = []      # (person, with a card, index)
        self.refused = []
        self.other = []     # answers that are neither

    def questions(self, key, people, how, named):
        more = {"key": key["key"], "site": key["site"], "domain": "OPTI",
                "date": "2026-11-23"}
        if named:
            more["rpps"] = key["rpps"]
        return [((p["amc"], p["ref"]), how, dict(
            self.d.question(p, how), **more)) for p in people
                if self.d.has(p, how)]

    def send(self, asked, *more):
        path = tempfile.mktemp(prefix="questions-", dir=self.d.folder)
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(json.dumps(q) + "\n" for _, _, q in asked)
        out = self.d.ecluse("ask", "--file", path, "--json", *more,
                            check=False)[1]
        return [asked[a["line"] - 1][:2] + (a,) for a in
                map(json.loads, out.splitlines())]

    def at_once(self, keys, people, hows, bundles=True):
        """Every key by each of these, over connections of its own."""
        jobs = []
        for n, key in enumerate(keys):
            for how in hows:
                some = self.rng.sample(people, EACH)
                jobs.append((self.questions(key, some, how, n % 2),))
            if bundles:
                some = self.rng.sample(people, EACH)
                jobs.append((self.questions(key, some, hows[0], False),
                             "--key", key["key"], "--bundle"))
        with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
            for got in pool.map(lambda job: self.send(*job), jobs):
                for who, how, a in got:
                    self.put(who, how, a)
        return sum(len(job[0]) for job in jobs)

    def put(self, who, how, a):
        if a["status"] == 200 and a["state"] == "covered":
            self.told.append((who, how == "card", int(
                a["transaction"].rsplit("/", 1)[1])))
        elif a["exit"] == 3:
            self.refused.append(a)
        else:
            self.other.append(a)

    def within(self, what, t24, c24):
        bare = {who for who, card, _ in self.told if not card}
        every = {who for who, _, _ in self.told}
        self.t.ok(len(bare) <= t24 and len(every) <= c24, "%s: %d persons of "
                  "%d, %d without a card of %d" % (what, len(every), c24,
                                                   len(bare), t24))
        return len(bare), len(every)


def spend(t, d, thief, keys, people, what, figures):
    """All the budget has; and what is asked behind it."""
    t24, c24 = figures
    n = thief.at_once(keys, people, ("member", "nir"))
    bare, _ = thief.within(what + ", at once", t24, c24)
    t.same(bare, t24, what + ": and all that it has")
    t.same((len(thief.told) + len(thief.refused), thief.other), (n, []),
           what + ": each of %d is told or refused" % n)
    n += thief.at_once(keys, people, ("card", "member", "nir"))
    n += thief.at_once(keys, people, ("card",), False)
    thief.within(what + ", with cards", t24, c24)
    kill(d, "keeper")
    n += thief.at_once(keys, people, ("nir", "card"))
    _, every = thief.within(what + ", after a kill", t24, c24)
    t.ok(every > t24, what + ": cards read more", every)
    t.same((len(thief.told) + len(thief.refused), thief.other[:1]), (n, []),
           what + ": each of %d is told or refused" % n)


def alike_at_each(t, thief, keys, people, what):
    """Nobody who was not read is told from a stranger, anywhere."""
    read = {who for who, _, _ in thief.told}
    person = next(p for p in people if (p["amc"], p["ref"]) not in read and
                  p["member"])
    for key in keys:
        q = thief.questions(key, [person], "member", True)[0]
        lost = dict(q[2], **stranger(thief.rng, person["amc"]))
        got = [a for _, _, a in thief.send([q, (None, "member", lost)])]
        t.ok(len(got) == 2 and {a["exit"] for a in got} == {3} and
             len(alike(got)) == 1, "%s spent: person and stranger are "
             "refused alike at %s" % (what, key["site"]), got)


def written(t, d, thief, asker, what):
    t.same(d.readings(d.scope(asker)), {i: who for who, _, i in thief.told},
           what + ": who was read is what was received, answer by answer")


def figures_of(d, asker, level):
    key = d.budgets(asker)[0]
    line = key[level] if level in key else key["professionals"][0]
    return line["t24"][1], line["c24"][1]


def professional(t, d, people):
    sites = ["MANY%d" % n for n in range(4)]
    for site in sites:
        enrol_site(d, site)
    keys = [enrol_key(d, site, "key-%d" % n, HIS)
            for n, site in enumerate(sites + sites[:2])]
    thief = Thief(t, d, random.Random(SEED))
    figures = figures_of(d, "rpps:" + HIS, "professional")
    spend(t, d, thief, keys, people, "one professional, six keys, four sites",
          figures)
    alike_at_each(t, thief, keys, people, "his budget is")
    written(t, d, thief, "rpps:" + HIS, "one professional")


def site(t, d, people):
    enrol_site(d, "ONE")
    keys = [enrol_key(d, "ONE", "one-%d" % n, rpps)
            for n, rpps in enumerate(OTHERS)]
    thief = Thief(t, d, random.Random(SEED + 1))
    figures = figures_of(d, "site:ONE", "site")
    spend(t, d, thief, keys, people, "one site, three professionals", figures)
    alike_at_each(t, thief, keys, people, "the site's budget is")
    written(t, d, thief, "site:ONE", "one site")


def main():
    t = Tap()
    with Drill(members=2500, insurers=3, seed=SEED, conf=PATIENT) as d:
        people = [p for p in d.people.covered("OPTI") if p["member"]]
        professional(t, d, people)
        site(t, d, people)
        t.same(d.stop(), 0, "the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
