#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The feed of one day and the changes to the next answer every question as
the full feed of the next day does."""
import json
import os
import random
import sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from drill import Drill, Population, Tap, program, run, told_level  # noqa: E402

t = Tap()
DAY = "2026-11-30"


def book(folder, amc):
    return os.path.join(folder, "feed", amc + ".csv")


def shuffled(path, out, seed):
    with open(path, encoding="utf-8") as f:
        head, *lines = f.read().splitlines()
    random.Random(seed).shuffle(lines)
    with open(out, "w", encoding="utf-8") as f:
        f.write("\n".join([head] + lines) + "\n")
    return out


def answers(d, people):
    """What a site hears of each, without what differs from day to day."""
    site = d.people.site("optician")
    told = d.ask_file(site, [d.question(p, "member") for p in people],
                      date=DAY)
    return [(a.get("status"), a.get("state"), told_level(a)) for a in told]


for seed in (1, 2, 3):
    with Drill(members=300, insurers=2, seed=seed) as d, \
            Drill(members=300, insurers=2, seed=seed) as other:
        amc = d.people.insurers[0]["amc"]
        after = os.path.join(d.folder, "next")
        run(program("ecluse"), "population", "next", "--from",
            d.people.folder, "--out", after, "--date", DAY, "--seed", seed)
        new = shuffled(book(after, amc), os.path.join(d.folder, "new.csv"),
                       seed)
        # the same book in another order: nothing to send
        same = shuffled(book(d.people.folder, amc),
                        os.path.join(d.folder, "same.csv"), seed)
        idle = os.path.join(d.folder, "idle.feed")
        told = json.loads(d.make_feed(
            amc, same, idle, "--since", book(d.people.folder, amc),
            "--json")[1][1])
        t.ok(told["feed"] is None and told["persons"]["changed"] == 0 and
             not os.path.exists(idle), "the same lines: no feed", told)
        for one in (d, other):
            one.clock(DAY + "T09:00:00Z")
        path, (code, out, err) = d.make_feed(
            amc, new, None, "--since", book(d.people.folder, amc),
            "--effective", DAY, "--json")
        told = json.loads(out)
        t.ok(told["feed"]["kind"] == "changes" and
             min(told["persons"][k] for k in
                 ("changed", "joined", "gone", "same")) > 0,
             "seed %d: changes" % seed, told)
        code, report, err = d.load(path, check=False)
        t.ok(code == 0 and report[0]["lines"] < told["lines"] / 2,
             "are fewer lines, and taken", (code, report, err))
        full = other.make_feed(amc, book(after, amc), None, "--effective",
                               DAY)[0]
        code, report, err = other.load(full, check=False)
        t.same(code, 0, "the full book of that day is taken")
        people = [p for p in d.people.people + Population(after).people
                  if p["amc"] == amc and p["member"]]
        people = random.Random(seed).sample(people, min(120, len(people)))
        mine, theirs = answers(d, people), answers(other, people)
        t.ok(len(set(mine)) > 2, "not all of them the same", set(mine))
        t.ok(len(mine) == len(people) and mine == theirs,
             "and both answer alike",
             [x for x in zip(mine, theirs) if x[0] != x[1]][:5])
sys.exit(t.done())
