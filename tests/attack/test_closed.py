#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: who holds keys of several sites, or one that was just closed.

Goal: a professional's budget holds at all his sites together, also when the
question leaves his number out; one with narrower figures of his own does not
read more by being left out, nor does one who is revoked or closed go on so; a
question that was slowed down is refused if its key was revoked meanwhile.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import FULL_AGE, Drill, Tap, run  # noqa: E402
from estimates import estimate  # noqa: E402
from relay import Relay, Slowed  # noqa: E402
from test_sequence import bundles  # noqa: E402

RPPS = "99700000017"
BUDGET = 40	# T24 of an optician, data/professions.csv


def enrol(d, name, rpps):
    """A site of its own with a key for these professionals."""
    path = os.path.join(d.folder, name + ".pem")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", path)
    d.ecluse("enrol", d.dir, "site", "--id", name, "--profession",
             "optician")
    d.ecluse("enrol", d.dir, "key", "--site", name, "--key", path,
             "--rpps", rpps, "--since", FULL_AGE)
    return {"site": name, "key": path}


def answered(d, site, people):
    got = d.ask_file(site, [d.question(p, "member") for p in people])
    return sum(1 for a in got if a["status"] == 200)


def several_sites(t, d, people):
    sites = [enrol(d, "MANY%d" % n, RPPS) for n in range(3)]
    total = sum(answered(d, s, people[30 * n:30 * n + 30])
                for n, s in enumerate(sites))
    t.same(total, BUDGET, "three sites, his number left out: his budget")
    t.same(d.ask(sites[2], people[90], rpps=RPPS)[1].get("state"),
           "budget-spent", "and no more with it")


def revoked(t, d, people):
    site = enrol(d, "GONE", "99700000025")
    t.same(answered(d, site, people[:1]), 1, "an answer before")
    d.ecluse("revoke", d.dir, "rpps:99700000025")
    got = d.ask(site, people[1], rpps="99700000025")
    t.same((got[0], got[1].get("state")), (3, "site"),
           "revoked and named: refused")
    got = d.ask(site, people[2])
    t.same((got[0], got[1].get("state")), (3, "site"),
           "revoked and left out: refused")


NARROW = 3
VISIT = [{"n": 1, "act": "G", "price": "42.00"}]


def narrowed(t, d, people):
    """A key of two, each of whom was given three persons a day."""
    pair = ("99700000066", "99700000074")
    site = enrol(d, "NARROW", ",".join(pair))
    for rpps in pair:
        d.ecluse("act", d.dir, "budget rpps=%s t24=%d c24=%d t30=%d c30=%d "
                 "m24=3 m30=3" % ((rpps,) + 4 * (NARROW,)))
    questions = [d.question(p, "member") for p in people]
    alone = d.ask_file(site, questions[:8])
    bundled = bundles(d, site, questions[8:16], domain="OPTI")
    cards = d.ask_file(site, [d.question(p, "card") for p in people[16:20]])
    priced = estimate(d, site, people[20], VISIT, "OPTI")[1]
    told = [a["state"] for a in alone + bundled + cards + [priced]]
    t.same(told, ["professional-unnamed"] * 21,
           "nobody named where one has narrower figures: refused")
    t.same(d.scope("site:NARROW")["read"], [], "and nobody read")
    named = [d.ask(site, p, rpps=pair[n % 2])[0]
             for n, p in enumerate(people[:4 * NARROW])]
    t.same(named, [0] * (2 * NARROW) + [3] * (2 * NARROW),
           "named, each reads his own figures and no more")


def closed_and_left_out(t, d, people):
    """A key of two: one is revoked, and the other one's gate is closed."""
    site = enrol(d, "LEFT", "99700000082,99700000090")
    d.ecluse("revoke", d.dir, "rpps:99700000082")
    t.same(d.ask(site, people[0])[0], 0, "one of two revoked: the other asks")
    d.ecluse("close", d.dir, "rpps:99700000090")
    t.same(d.ask(site, people[1])[1].get("state"), "closed-professional",
           "who is closed does not go on as nobody")


def revoke_meanwhile(d, relay, name, rpps, person, what):
    """What the question heard, and whether it waited until its key or its
    professional had been revoked: four seconds can be too few on a loaded
    machine."""
    site = enrol(d, name, rpps)
    key = d.budgets("site:" + name)[0]["asker"]
    asked = Slowed(relay, d.ask, site, person)
    d.budgets("site:" + name)       # so that it is there
    d.ecluse("revoke", d.dir, {"key": "key:" + key, "rpps": "rpps:" + rpps}[
        what])
    return asked.answer()


def while_slowed(t, d, relay, people, what, state, tries):
    for n, rpps in enumerate(tries):
        got, waited = revoke_meanwhile(
            d, relay, "SLOW-%s%d" % (what, n), rpps, people[n], what)
        if waited:
            break
    t.same((got[0], got[1].get("state"), waited), (3, state, True),
           "revoked while it waited (%s): refused" % what)


def main():
    t, relay = Tap(), Relay()
    try:
        with Drill(members=2000, insurers=3, seed=27,
                   conf=relay.conf()) as d:
            relay.serve(d)
            people = d.people.covered("OPTI")
            several_sites(t, d, people)
            revoked(t, d, people[100:])
            narrowed(t, d, [p for p in people[120:] if
                            d.has(p, "member") and d.has(p, "card")])
            closed_and_left_out(t, d, people[190:])
            d.ecluse("act", d.dir, "wide scope=platform code=* floor24=1 "
                     "each24=0 floor30=1 each30=0")
            while_slowed(t, d, relay, people[110:], "key", "key-revoked",
                         ("99700000033", "99700000041", "99700000058"))
            while_slowed(t, d, relay, people[114:], "rpps", "site",
                         ("99700000108", "99700000116", "99700000124"))
            t.same(d.stop(), 0, "the end is clean")
    finally:
        relay.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
