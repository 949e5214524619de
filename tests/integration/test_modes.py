#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: observe counts and lets pass, enforce refuses; budgets change by two
administrators; a new key has a quarter on its first day and all of it on the
fourteenth; a day later there is room again."""
import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, run  # noqa: E402


def states(d, site, people):
    got = d.ask_file(site, [d.question(p, "member") for p in people])
    return [a["state"] for a in got]


def new_key(t, d, people):
    site = d.people.site("optician", 1)
    path = os.path.join(d.folder, "new.pem")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", path)
    d.ecluse("enrol", d.dir, "key", "--site", site["site"], "--key", path)
    fresh = dict(site, key=path)
    got = states(d, fresh, people[:15])
    t.same(got, ["covered"] * 10 + ["budget-spent"] * 5,
           "first day: a quarter of 40")
    d.clock("2026-12-07T09:10:00Z")
    got = states(d, fresh, people[15:57])
    t.same(got.count("covered"), 40, "fourteenth day: all of it")


def main():
    t = Tap()
    with Drill(members=2000, insurers=3, seed=13) as d:
        site = d.people.site("optician")
        people = d.people.covered("OPTI")
        two = states(d, site, people[:41])
        t.same(two.count("covered"), 40, "enforced: 40 without a card")
        t.same(two[40], "budget-spent", "and the next is refused")
        code, out, err = d.ecluse("act", d.dir,
                                  "mode control=budget mode=observe",
                                  "--admin-key",
                                  os.path.join(d.dir, "drill", "admin-1.pem"),
                                  check=False)
        t.same(code, 3, "one administrator does not loosen it")
        d.ecluse("act", d.dir, "mode control=budget mode=observe")
        t.same(states(d, site, people[40:45]), ["covered"] * 5,
               "observed: they pass")
        used = d.budgets("site:" + site["site"])[0]["site"]["t24"]
        t.same(used, [45, 40], "and are counted")
        d.ecluse("act", d.dir, "mode control=budget mode=enforce")
        t.same(states(d, site, people[45:46]), ["budget-spent"],
               "enforced again")
        t.same(states(d, site, people[:1]), ["covered"],
               "asking again about a counted person is free")
        d.ecluse("act", d.dir, "profession code=optician domains=OPTI "
                 "t24=50 c24=100 t30=400 c30=1000 m24=10 m30=60")
        t.same(states(d, site, people[45:52]),
               ["covered"] * 5 + ["budget-spent"] * 2,
               "two administrators raise it to 50")
        d.ecluse("act", d.dir, "profession code=optician domains=OPTI "
                 "t24=40 c24=100 t30=400 c30=1000 m24=10 m30=60")
        d.clock("2026-11-24T09:05:00Z")
        t.same(states(d, site, people[60:61]), ["covered"],
               "a day later there is room")
        new_key(t, d, people)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
