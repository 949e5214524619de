#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: a stolen key that guesses: member numbers in a row, birth dates of
a year, to learn which of them are somebody.

Each guess that meets nobody is a miss, and misses have a budget of their own,
by distinct question (design §2). Goal: no more guesses are looked up than that
budget has, a day and a month, in bundles or one by one, also after a kill and
past midnight; behind it whoever was not read yet is refused, person and
stranger alike; a guess repeated costs nothing, and whom the key has read it
goes on reading.
"""
import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from drill_cli import kill  # noqa: E402
from test_robot import alike  # noqa: E402

BEGIN = datetime.datetime(2026, 11, 23, 10)
M24, M30 = 12, 30
ROW = 20            # guesses of a day: more than its budget
PATIENT = {"vault.timeout-ms": "5000"}  # a loaded machine is no silent vault


class Guesser:
    def __init__(self, t, d):
        self.t, self.d = t, d
        self.site = d.people.site("optician")
        self.asker = "site:" + self.site["site"]
        self.amc = d.people.insurers[0]["amc"]
        self.next = 1
        for whose in ("site=" + self.site["site"],
                      "rpps=" + self.site["rpps"].split()[0]):
            d.ecluse("act", d.dir, "budget %s t24=40 c24=60 t30=400 c30=600 "
                     "m24=%d m30=%d" % (whose, M24, M30))

    def row(self, count=ROW):
        """The next numbers, which are nobody's of that birth date."""
        first, self.next = self.next, self.next + count
        return [{"amc": self.amc, "member": "%09d" % n, "birth": "19710203",
                 "rank": "1"} for n in range(first, first + count)]

    def ask(self, questions):
        got = self.d.ask_file(self.site, questions)
        return [a["state"] for a in got], got

    def missed(self):
        return self.d.scope(self.asker)["missed"]

    def on(self, day, hour=10):
        self.d.clock((BEGIN + datetime.timedelta(days=day)).replace(
            hour=hour, minute=1).strftime("%Y-%m-%dT%H:%M:%SZ"))


def first_day(t, g, known, fresh):
    t.same(set(g.ask([g.d.question(p, "member") for p in known])[0]),
           {"covered"}, "persons of an ordinary day")
    row = g.row()
    states, got = g.ask(row)
    t.same(states, ["unknown"] * M24 + ["budget-spent"] * (ROW - M24),
           "numbers in a row: as many misses as a day has")
    t.same(g.missed(), M24, "and no more were looked up")
    t.same(g.ask(row[:M24])[0], ["unknown"] * M24, "again they cost nothing")
    _, theirs = g.ask([g.d.question(fresh[0], "member")])
    t.same((theirs[0]["state"], len(alike(theirs + got[M24:]))),
           ("budget-spent", 1), "who is somebody is refused as nobody is")
    t.same(set(g.ask([g.d.question(p, "member") for p in known])[0]),
           {"covered"}, "who was read stays readable")


def comes_back(t, g):
    kill(g.d, "keeper")
    t.same(set(g.ask(g.row())[0]), {"budget-spent"}, "no miss after a kill")
    g.on(1, hour=0)
    t.same(set(g.ask(g.row())[0]), {"budget-spent"}, "nor past midnight")


def month(t, g):
    for day, room in ((2, M24), (4, M30 - 2 * M24), (6, 0), (20, 0)):
        g.on(day)
        t.same(g.ask(g.row())[0].count("unknown"), room,
               "day %d: %d misses more" % (day, room))
    g.on(31)
    t.same(g.ask(g.row())[0].count("unknown"), M24,
           "the first day's come back after thirty")


def main():
    t = Tap()
    with Drill(members=900, insurers=2, seed=61, conf=PATIENT,
               now=BEGIN.strftime("%Y-%m-%dT%H:%M:%SZ")) as d:
        g = Guesser(t, d)
        people = [p for p in d.people.covered("OPTI") if p["member"]]
        first_day(t, g, people[:5], people[5:])
        comes_back(t, g)
        month(t, g)
        t.same(d.stop(), 0, "the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
