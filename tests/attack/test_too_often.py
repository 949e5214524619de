#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: a stolen key that asks about one person again and again.

Goal: nobody new is read by it, but each time is an entry of the journal; so a
key has a day's worth of questions, alone, in bundles or as estimates, and no
entry more, whoever is meant. Other keys are not touched.
"""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from estimates import estimate  # noqa: E402
from test_sequence import bundles  # noqa: E402

DAY_S, FLOOR = 86400, 1000
BEYOND = 60
VISIT = [{"n": 1, "act": "G", "price": "42.00", "optam": True}]


def states(answers):
    """State -> how many."""
    found = {}
    for a in answers:
        found[a["state"]] = found.get(a["state"], 0) + 1
    return found


def main():
    t = Tap()
    with Drill(members=600, insurers=2, seed=31,
               conf={"questions.per-person": "1",
                     "vault.timeout-ms": "5000"}) as d:
        site = d.people.site("pharmacy")
        most = d.budgets("site:" + site["site"])[0]["site"]["c24"][1]
        worth = FLOOR + most
        person = next(p for p in d.people.covered("PHAR") if p["member"])
        q = d.question(person, "member")
        began = time.monotonic()
        before = d.entries()
        got = states(d.ask_file(site, [q] * (worth - 50), domain="PHAR"))
        bundled = states(bundles(d, site, [q] * (50 + BEYOND)))
        alone = states(d.ask_file(site, [q] * BEYOND, domain="PHAR"))
        # what comes back while it asks
        more = (time.monotonic() - began) * worth / DAY_S + 1
        answered = sum(n.get("covered", 0) for n in (got, bundled, alone))
        refused = sum(n.get("too-often", 0) for n in (bundled, alone))
        t.ok(worth <= answered <= worth + more,
             "a day's worth is answered, and not one more: %d" % worth,
             (got, bundled, alone, more))
        t.same(answered + refused, worth + 2 * BEYOND,
               "what is beyond is refused as too often, in bundles too")
        t.ok(d.entries_by(before + answered) <= before + answered + 2,
             "with a sum a minute and no entry of its own")
        stranger = dict(q, member="000000009")
        t.same(states(d.ask_file(site, [stranger, q], domain="PHAR")),
               {"too-often": 2}, "person and stranger alike")
        t.same(estimate(d, site, person, VISIT, "PHAR")[1]["state"],
               "too-often", "and an estimate")
        said = d.logged().count("asks too often")
        t.ok(said == 1 or time.monotonic() - began > 60,
             "the operator hears of it once a minute", said)
        site_n, key_n = re.search(r"asks too often for a day \(site (\d+), "
                                  r"key (\d+)\)", d.logged()).groups()
        named = [d.budgets(n) for n in ("site:#" + site_n, "key:#" + key_n)]
        t.same([[b["site_id"] for b in n] for n in named],
               [[site["site"]]] * 2, "and what the log's numbers mean")
        other = d.people.site("pharmacy", 1)
        t.same(d.ask(other, person, domain="PHAR")[0], 0,
               "another key asks as before")
        scope = d.scope("site:" + site["site"])
        t.same(len(scope["read"]), 1, "one person was read")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
