#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever uses estimates to learn who exists, or to read more
persons than a budget lets him.

Goal: an estimate about a stranger, a former member or a person of another
cell has the length, the fields and (unknown) the bytes of any other; acts
that no rule prices are refused alike; no answer holds a person; amounts that
only a child's figures contradict tell nobody's age but those who are listed as
read; estimates and rights questions spend one budget, and beyond it person and
stranger are refused alike.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Tap  # noqa: E402
from estimates import drill, estimate, flags, put  # noqa: E402
from relay import Relay  # noqa: E402
from test_alike import without_traces  # noqa: E402

VISIT = [{"n": 1, "act": "G", "price": "42.00", "optam": True}]
TWO = VISIT + [{"n": 2, "act": "G", "price": "30.00", "pathway": False}]

# An adult outside the pathway is paid 9.00, and 4.00 is that less 5.00 kept
# back; a child is paid 21.00, of which 4.00 leave no 5.00 to be kept back.
NO_CHILDS = [{"n": 1, "act": "G", "price": "30.00", "amo": "4.00",
              "participation": "5.00", "pathway": False}]


def shape(answer):
    return (answer.first, len(answer.body),
            [(n, v if n == "Content-Type" else len(v))
             for n, v in answer.fields])


def said_in(answer, amc):
    """Status and body, without transaction, times, AMC, and the spaces that
    fill the room they leave."""
    first, _, body = without_traces(answer, amc)
    return first, body.rstrip(" ")


def age_tests(t, d, amc):
    """Who is told apart by his age was told about, and is listed."""
    site, found = d.people.site("gp"), {}
    for age in ("adult", "child"):
        found[age] = next(
            p for p in d.people.covered("MED") if p["amc"] == amc and
            p["contract"] == "CONFORT" and p["member"] and
            p["age_class"] == age)
    said = {age: estimate(d, site, p, NO_CHILDS, "MED")[1]
            for age, p in found.items()}
    t.same({age: s.get("state") for age, s in said.items()},
           {"adult": "covered", "child": "covered"},
           "amounts that no child can have are refused to nobody")
    t.ok("item" in said["adult"]["response"], "an adult's are priced")
    told = said["child"]["response"]
    t.same((told.get("outcome"), "item" in told, "insurance" in told and
            flags(said["child"])), ("partial", False, ["figures"]),
           "a child's are not, and it says why")
    read = d.persons_read(d.scope("site:" + site["site"]))
    t.same([age for age, p in found.items() if (amc, p["ref"]) not in read],
           [], "both are listed as read")


def budget_tests(t, d, person):
    site = d.people.site("gp", 1)
    key = "site:" + site["site"]
    most = d.budgets(key)[0]["site"]["t24"][1]
    people = [p for p in d.people.covered("MED") if p["member"] and
              p["ref"] != person["ref"]][:most + 1]
    d.ask_file(site, [d.question(p, "member") for p in people[:most - 1]],
               domain="MED")
    t.same(d.budgets(key)[0]["site"]["t24"][0], most - 1,
           "rights questions spent all but one")
    t.same(estimate(d, site, person, VISIT, "MED")[1]["state"], "covered",
           "an estimate is the last")
    for what, p in (("a person", people[most]),
                    ("a stranger", dict(person, member="000000009"))):
        t.same(estimate(d, site, p, VISIT, "MED")[1]["state"],
               "budget-spent", "the next is refused: " + what)
    t.same(estimate(d, site, person, TWO, "MED")[1]["state"], "covered",
           "whom he read he may ask about again")
    t.same(len(d.scope(key)["read"]), most, "and the journal has them all")


def main():
    t, relay, seen = Tap(), Relay(), []

    def look(request, forward):
        answer = forward(request)
        seen.append(answer)
        return answer
    relay.hook = look
    opened, people = drill(
        ["CONFORT", "NOBODYS"], members=900, insurers=2, seed=3,
        conf=dict(relay.conf(), **{"vault.timeout-ms": "3000"}))
    try:
        with opened as d:
            relay.serve(d)
            amc, other = [i["amc"] for i in d.people.insurers]
            put(d, amc, "comfort")
            site = d.people.site("gp")
            person = people["CONFORT"]
            over = next(p for p in d.people.people if p["member"] and
                        p["amc"] == amc and
                        (p["closed"] or p["to"]) < "2026-11-23")
            cases = {
                "a person": (person, "covered"),
                "one without a contract here":
                    (people["NOBODYS"], "covered"),
                "a stranger": (dict(person, member="000000001"), "unknown"),
                "a person of another cell": (dict(person, amc=other),
                                             "unknown"),
                "an insurer that is not here":
                    (dict(person, amc="0099999999"), "unknown"),
                "a former member": (over, None)}
            for lines in (VISIT, TWO):
                shapes, bodies = {}, set()
                for plain in (False, True):
                    for what, (p, state) in cases.items():
                        said = estimate(d, site, p, lines, "MED",
                                        plain=plain)[1]
                        if state:
                            t.same(said.get("state"), state, what)
                        answer = seen[-1]
                        shapes.setdefault(plain, set()).add(
                            str(shape(answer)))
                        if plain and state == "unknown":
                            bodies.add(said_in(answer, p["amc"]))
                        t.ok(not any(
                            word.encode() in answer.body for word in
                            (p["birth"], p["member"], p["nir"] or "-" * 9,
                             p["ref"])), "no trait comes back: " + what)
                t.same({k: len(v) for k, v in shapes.items()},
                       {False: 1, True: 1},
                       "%d acts: one length and one form" % len(lines))
                t.same(len(bodies), 1, "unknown: the same bytes")
            bad = set()
            for what, (p, _) in cases.items():
                said = estimate(d, site, p, [dict(VISIT[0], act="NONE9")],
                                "MED", plain=True)[1]
                t.same(said.get("state"), "act", "no such act: " + what)
                bad.add(said_in(seen[-1], p["amc"]))
            t.same(len(bad), 1, "refused alike, whoever is meant")
            age_tests(t, d, amc)
            budget_tests(t, d, people["CONFORT"])
    finally:
        relay.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
