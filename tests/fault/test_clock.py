#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a wall clock that jumps under the keeper ends nobody's window: cards
only, until two administrators confirm it. And the days that calendars get
wrong are days like others: a window is 24 hours long over the end and the
start of summer time, a leap day, the year's end and 2038.
"""
import concurrent.futures
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Tap  # noqa: E402
from scene import Scene  # noqa: E402

HOUR = 3600 * 1000
# when the day turns, and 12 hours before and after it
TURNS = (
    ("the year's end", "2026-12-31T12:00", "2027-01-01T11:59",
     "2027-01-01T12:01"),
    ("the start of summer time", "2027-03-27T13:00", "2027-03-28T12:59",
     "2027-03-28T13:01"),
    ("the end of summer time", "2027-10-30T13:00", "2027-10-31T12:59",
     "2027-10-31T13:01"),
    ("the leap day", "2028-02-28T12:00", "2028-02-29T11:59",
     "2028-02-29T12:01"),
    ("the day after it", "2028-04-29T12:00", "2028-04-30T11:59",
     "2028-04-30T12:01"),
    ("32 bits of seconds", "2038-01-18T15:14", "2038-01-19T15:13",
     "2038-01-19T15:15"),
)


def state(d, site, person, how="member", date="2026-11-23"):
    return d.ask(site, person, how, date=date)[1].get("state")


def jumps(t, s):
    d, site = s.d, s.site
    people = [p for p in d.people.covered("OPTI") if d.has(p, "card")]
    states = [state(d, site, p) for p in people[:40]]
    t.same(states.count("covered"), 40, "the budget of a day")
    t.same(state(d, site, people[40]), "budget-spent", "and no more")
    for what, ms in (("an hour forward", HOUR), ("an hour back", -HOUR),
                     ("a day and an hour forward", 25 * HOUR),
                     ("twelve years forward", 12 * 8766 * HOUR)):
        before = d.logged().count("the clock jumped")
        s.faults.clock(ms)
        t.same(state(d, site, people[0]), "clock", "%s: not without a card, "
               "not even who was counted" % what)
        t.same(state(d, site, people[0], "card"), "covered", "with one, yes")
        t.same(d.logged().count("the clock jumped"), before + 1, "an alarm")
        if ms == 25 * HOUR:
            s.restart_keeper(people[0])
            t.same(state(d, site, people[0]), "clock",
                   "a restart does not help")
        s.faults.clock(0)
        t.same(state(d, site, people[0]), "clock",
               "it jumps home: still in doubt")
        one = os.path.join(d.dir, "drill", "admin-1.pem")
        t.same(d.ecluse("act", d.dir, "clock confirm=yes", "--admin-key", one,
                        check=False)[0], 3, "one does not confirm it")
        d.ecluse("act", d.dir, "clock confirm=yes")
        t.same([state(d, site, p) for p in (people[0], people[40])],
               ["covered", "budget-spent"], "two do, and no window ended")
    s.faults.clock(25 * HOUR)
    t.same(state(d, site, people[40]), "clock", "a day and an hour forward")
    d.ecluse("act", d.dir, "clock confirm=yes")
    t.same(state(d, site, people[40]), "covered",
           "two say that it is so: the day is over")


def starts(t, s, home):
    """It jumps while nobody runs, or while the keeper starts. home: what was
    confirmed last."""
    away = home + 25 * HOUR
    d, site = s.d, s.site
    people = [p for p in d.people.covered("OPTI") if d.has(p, "card")]

    def doubted(what):
        t.same([state(d, site, people[0]), state(d, site, people[0], "card")],
               ["clock", "covered"], "%s: cards only" % what)

    def confirmed(what):
        d.ecluse("act", d.dir, "clock confirm=yes")
        t.same(state(d, site, people[0]), "covered", "%s: two end it" % what)

    d.stop()
    s.faults.clock(away)
    d.serve()
    doubted("jumped while nobody ran")
    d.stop()
    s.faults.clock(home)
    d.serve()
    doubted("came home while nobody ran")
    s.restart_keeper(people[0])
    doubted("and after another restart")
    confirmed("doubt over restarts")
    s.restart_keeper(people[0])
    t.same(state(d, site, people[0]), "covered", "and it stays ended")
    s.faults.clock(away)
    doubted("a question before the first turn that sees it")
    confirmed("jumped before the first question")
    s.faults.clock(home)
    confirmed("and back")
    # its journal is folded, its first checkpoint not yet written
    d.stop()
    s.faults.hold("rename", 1, "checkpoint")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        ready = pool.submit(d.serve)
        while not s.faults.held() and not ready.done():
            time.sleep(0.02)
        t.ok(not ready.done(), "the keeper stands still in its start")
        s.faults.clock(away)
        s.faults.rest()
        ready.result()
    doubted("jumped between fold and first question")
    s.faults.clock(home)
    confirmed("jumped in a start")
    path = os.path.join(d.dir, "keeper", "gap")
    d.stop()
    os.truncate(path, 20)
    d.serve()
    doubted("half of keeper/gap")
    t.ok("keeper/gap: damaged" in d.logged(), "and the file is named")
    s.restart_keeper(people[0])
    doubted("the next start too")
    confirmed("half of keeper/gap")
    d.stop()
    os.unlink(path)
    d.serve()
    t.same(state(d, site, people[0]), "covered", "no keeper/gap: no doubt")


def windows(t, s):
    d, site = s.d, s.site
    people = d.people.covered("OPTI")
    for what, begin, before, after in TURNS:
        day = begin[:10]
        d.clock(begin + ":00Z")
        got = [state(d, site, p, date=day) for p in people[:41]]
        spent = got.count("budget-spent")
        d.clock(before + ":00Z")
        held = state(d, site, people[41], date=day)
        d.clock(after + ":30Z")
        free = state(d, site, people[41], date=day)
        t.ok(spent == 1 and held == "budget-spent" and
             free not in ("budget-spent", "clock", None),
             "%s: 24 hours, to the minute" % what, (got, held, free))


def boots(t, s, home):
    """A clock that is wrong while the machine boots is not seen; that it was
    is, once it is right."""
    d, site = s.d, s.site
    person = [p for p in d.people.covered("OPTI") if d.has(p, "card")][0]
    year, day = 366 * 24 * HOUR, TURNS[-1][2][:10]

    def stands(start):
        code, out = d.ecluse("status", d.dir, "--json", check=False)[:2]
        said = json.loads(out)
        alarm = re.search(r"alarm: the last entry or act is of (\S+), the "
                          r"clock says", d.logged()[start:])
        t.same((code, alarm and alarm.group(1)),
               (1, said["time"]) if said["time_stands"] else (0, None),
               "status and log say the same of it")
        return said["time_stands"], said["clock_doubtful"]

    def boot(clock):
        """The gap of another boot says nothing."""
        path = os.path.join(d.dir, "keeper", "gap")
        d.stop()
        with open(path, encoding="ascii") as f:
            line = f.read()
        with open(path, "w", encoding="ascii") as f:
            f.write(line[:24] + "0" * 12 + line[36:])
        s.faults.clock(clock)
        start = len(d.logged())
        d.serve()
        return stands(start)

    t.same(boot(home + year), (False, False), "a boot a year ahead: not seen")
    t.ok(state(d, site, person, date=day) not in ("clock", None),
         "who asks then is answered")
    start = len(d.logged())
    s.faults.clock(home)
    t.same(state(d, site, person, date=day), "clock", "put right: in doubt")
    d.ecluse("act", d.dir, "clock confirm=yes")
    t.same(stands(start), (True, False),
           "two confirm it: time stands still, and that is said")
    out = d.ecluse("status", d.dir, check=False)[1]
    t.ok("STANDS STILL" in out and "by this machine" in out, "in words", out)
    t.same(boot(home), (True, False), "no restart helps, nor a boot")
    t.same(boot(home + year + HOUR), (False, False),
           "when that time is there it goes on")


def main():
    t = Tap()
    with Scene("ecluse-keeper", members=400) as s:
        s.d.env["TZ"] = "Europe/Paris"
        s.d.stop()
        s.d.serve()
        jumps(t, s)
        starts(t, s, 25 * HOUR)
        windows(t, s)
        boots(t, s, 25 * HOUR)
        s.journal()
        t.ok(not s.problems, "the journal verifies", s.problems)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
