#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: one copied card, shown at many sites in a day, with other traits
beside it each time so that it does not look the same.

Goal: beyond the sites that a person visits in a day it is presence no more:
it counts as a reading without a card. And guesses beside a valid card are
never looked at: a right and a wrong one give the same answer.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

SITES_A_DAY = 6


def main():
    t = Tap()
    with Drill(members=1500, insurers=3, seed=21, sites=300) as d:
        person = next(p for p in d.people.covered("PHAR")
                      if d.has(p, "card") and d.has(p, "nir"))
        sites = [s for s in d.people.sites
                 if s["profession"] == "pharmacy"][:10]
        cardless = []
        for n, site in enumerate(sites):
            more = [{}, {"member": person["member"]}, {"nir": person["nir"]},
                    {"member": "12345"}][n % 4]
            if more:
                more = dict(more, birth=person["birth"],
                            rank=person["rank"])
            code, a = d.ask(site, person, "card", domain="PHAR", **more)
            t.same(a.get("state"), "covered", "site %d is answered" % (n + 1))
            used = d.budgets("site:" + site["site"])[0]["site"]
            cardless.append(used["t24"][0])
        t.same(cardless[:SITES_A_DAY], [0] * SITES_A_DAY,
               "at %d sites it is presence" % SITES_A_DAY)
        t.same(cardless[SITES_A_DAY:], [1] * (len(sites) - SITES_A_DAY),
               "from the next one on it counts as a reading without a card: "
               "beyond")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
