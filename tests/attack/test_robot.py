#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: a robot with a stolen optician's key.

It asks each person by card, by member number and by NIR, and strangers in
between, as fast as it can over 20 connections. Goal: distinct persons
answered, counted from outside, never exceed the budget, with a card or
without; once that is spent, person and stranger are refused alike; scope is
exactly the answered set, one line a person, one index an answer. Two seeds
(ECLUSE_LONG: twenty).

  test_robot.py [FIRST LAST]    these seeds
"""
import concurrent.futures
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

CONNECTIONS = 20
PERSONS = 160
LOST = 40           # questions without an answer: more are no weather
PATIENT = {"vault.timeout-ms": "5000"}  # a loaded machine is no silent vault
SEEDS = range(int(sys.argv[1]), int(sys.argv[2]) + 1) \
    if len(sys.argv) > 2 else \
    range(1, 21 if os.environ.get("ECLUSE_LONG") else 3)


def stranger(rng, amc):
    """A question that meets nobody: well formed, attributable to nobody."""
    return {"amc": amc, "member": "%09d" % rng.randrange(10**9),
            "birth": "19%02d0%d1%d" % (rng.randrange(40, 99),
                                       rng.randrange(1, 9),
                                       rng.randrange(0, 9)), "rank": "1"}


def plan(d, rng):
    """(question, person or None) in the robot's order."""
    people = d.people.covered("OPTI")
    rng.shuffle(people)
    asked = []
    for p in people[:PERSONS]:
        hows = ["card", "member", "nir"]
        rng.shuffle(hows)
        for how in hows:
            if d.has(p, how):
                asked.append((d.question(p, how), (p["amc"], p["ref"])))
        if rng.random() < 0.2:
            asked.append((stranger(rng, p["amc"]), None))
    rng.shuffle(asked)
    return asked


def attack(d, site, asked):
    """Runs all questions over 20 connections; (question, person, answer)."""
    shares = [asked[i::CONNECTIONS] for i in range(CONNECTIONS)]
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        answers = list(pool.map(
            lambda share: d.ask_file(site, [q for q, _ in share]), shares))
    return [share[a["line"] - 1] + (a,) for share, got in zip(shares, answers)
            for a in got]


def tirelessly(d, site, asked):
    """The same; what had no answer is asked again, as a robot would. On a
    loaded machine nginx ends a connection whose client does not get on within
    5 s. Gives also how many were lost so: the service may have read those."""
    results, lost = attack(d, site, asked), 0
    while len(results) < len(asked) and lost < LOST:
        had = {id(q) for q, _, _ in results}
        rest = [pair for pair in asked if id(pair[0]) not in had]
        lost += len(rest)
        results += attack(d, site, rest)
    return results, lost


def holds(t, words, inside, outside, lost):
    """What the service counted is what was seen from outside, or more by
    answers that were lost on the way: none, where none was."""
    t.ok(outside <= inside <= outside + lost, words, "%d inside, %d outside, "
         "%d lost" % (inside, outside, lost))


def index(answer):
    return int(answer["transaction"].rsplit("/", 1)[1])


def alike(refusals):
    """Refusals without what tells nothing: how many different ones?"""
    return {str(a["response"]) for a in refusals}


def one(t, seed):
    rng = random.Random(seed)
    with Drill(members=1500, insurers=4, seed=seed, conf=PATIENT) as d:
        site = d.people.site("optician")
        figures = d.budgets("site:" + site["site"])[0]["site"]
        asked = plan(d, rng)
        results, lost = tirelessly(d, site, asked)
        for line in d.unanswered:
            print("# without an answer: " + line)
        t.ok(len(results) == len(asked) and lost < LOST, "seed %d: every "
             "question has an answer, %d of them asked again" % (seed, lost),
             "%d of %d" % (len(results), len(asked)))
        others = [a for _, _, a in results if a["exit"] not in (0, 3, 4)]
        t.same(others, [], "seed %d: no answer but told, refused and unknown"
               % seed)
        told = [(q, who, a) for q, who, a in results if who and
                a["status"] == 200 and a["state"] != "unknown"]
        answered = {who for _, who, _ in told}
        t.ok(len(answered) <= figures["c24"][1],
             "seed %d: %d distinct persons, at most C = %d" % (
                 seed, len(answered), figures["c24"][1]))
        bare = {who for q, who, _ in told if "card" not in q}
        t.ok(len(bare) <= figures["t24"][1],
             "seed %d: %d of them without a card, at most T = %d" % (
                 seed, len(bare), figures["t24"][1]))
        t.ok(len(answered) > figures["t24"][1],
             "seed %d: the robot got something (the budget is the bound)" %
             seed)
        refused = [(who, a) for _, who, a in results if a["exit"] == 3]
        persons = alike(a for who, a in refused if who)
        strangers = alike(a for who, a in refused if not who)
        t.ok(len(persons) == 1 and strangers <= persons,
             "seed %d: person and stranger are refused alike" % seed,
             "%s\n%s" % (persons, strangers))
        used = d.budgets("site:" + site["site"])[0]["site"]
        scope = d.scope("site:" + site["site"])
        read = d.persons_read(scope)
        t.same(used["c24"][0], len(read), "seed %d: counted is who was read" %
               seed)
        t.ok(answered <= read and len(read - answered) <= lost,
             "seed %d: scope is the answered set, 0 missing, %d extra" % (
                 seed, len(read - answered)))
        told_by, wrote = {index(a): who for _, who, a in told}, d.readings(
            scope)
        t.ok(told_by.items() <= wrote.items() and
             len(wrote) - len(told_by) <= lost,
             "seed %d: each of %d answers by its index, and %d lost" % (
                 seed, len(told), len(wrote) - len(told_by)))
        t.same(len(scope["read"]), len(read),
               "seed %d: one line a person" % seed)
        t.same(scope["cannot_be_excluded"], [], "seed %d: nothing in doubt" %
               seed)
        holds(t, "seed %d: every refusal is in the journal" % seed,
              scope["refused"], len(refused), lost)
        missed = [a for _, who, a in results
                  if a["status"] == 200 and a["state"] == "unknown"]
        holds(t, "seed %d: every miss too" % seed, scope["missed"],
              len(missed), lost)


def main():
    t = Tap()
    print("# seeds %s" % list(SEEDS))
    for seed in SEEDS:
        one(t, seed)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
