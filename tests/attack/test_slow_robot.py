#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: a robot with a stolen key that is in no hurry.

One question a minute, about each person by card, member number and NIR, so
that it looks like an ordinary counter. It goes on after the keeper was killed,
after midnight, and after a clock that jumped thirty hours ahead, each of which
would like to forget what was counted; and it comes back day after day. Goal: in
no 24 hours and no 30 days, counted from outside, does it read more persons than
the budget has; and the list of who was read is what it received, answer by
answer. One seed (ECLUSE_LONG: twenty).

  test_slow_robot.py [FIRST LAST]   these seeds
"""
import datetime
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

HOURS = 3600 * 1000
DAY, MONTH = datetime.timedelta(days=1), datetime.timedelta(days=30)
SEEDS = range(int(sys.argv[1]), int(sys.argv[2]) + 1) \
    if len(sys.argv) > 2 else \
    range(51, 71 if os.environ.get("ECLUSE_LONG") else 52)


class Robot:
    def __init__(self, t, d, rng, begin, t30=60, c30=80):
        self.t, self.d, self.rng = t, d, rng
        self.t30, self.c30 = t30, c30
        self.begin = self.now = begin
        self.site = d.people.site("optician")
        self.t24 = rng.randint(4, 7)
        self.c24 = self.t24 + rng.randint(1, 3)
        self.got = []   # (time, person, with a card, index)
        d.ecluse("act", d.dir, "budget site=%s t24=%d c24=%d t30=%d c30=%d "
                 "m24=9 m30=90" % (self.site["site"], self.t24, self.c24,
                                   t30, c30))

    def at(self, now):
        self.now = now
        self.d.clock(now.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def ask(self, person, how):
        """A minute later. Gives the state."""
        self.at(self.now + datetime.timedelta(minutes=1))
        return self.put(person, how)

    def put(self, person, how):
        code, a = self.d.ask(self.site, person, how)
        if code == 0:
            self.got.append((self.now, (person["amc"], person["ref"]),
                             how == "card",
                             int(a["transaction"].rsplit("/", 1)[1])))
        return a.get("state")

    def most(self, window):
        """What any time so long holds, from outside: without a card, all."""
        most = [0, 0]
        for end in {g[0] for g in self.got}:
            some = [g for g in self.got if end - window < g[0] <= end]
            most[0] = max(most[0], len({p for _, p, card, _ in some
                                        if not card}))
            most[1] = max(most[1], len({p for _, p, _, _ in some}))
        return most

    def within(self, what, window=DAY):
        bare, every = self.most(window)
        t, c = (self.t24, self.c24) if window == DAY else (self.t30, self.c30)
        self.t.ok(bare <= t and every <= c,
                  "%s: at most %d persons, %d without a card" % (
                      what, every, bare), "budget %d and %d" % (c, t))


def spend(r, people):
    """All the budget has, by three traits in turn, a minute apart."""
    t24, more = r.t24, r.c24 - r.t24
    states = [r.ask(p, how) for p in people[:t24 - 1]
              for how in r.rng.sample(("card", "member", "nir"), 3)]
    r.t.same(set(states), {"covered"}, "a person is one person by card, "
             "member number and NIR")
    r.ask(people[t24 - 1], "member")
    r.t.same(r.ask(people[t24], "member"), "budget-spent",
             "none beyond T without a card")
    states = [r.ask(p, "card") for p in people[t24:]]
    r.t.same(states, ["covered"] * more + ["budget-spent"] *
             (len(states) - more), "none beyond C with one")
    r.within("at one a minute")


def after_a_kill(r, people):
    d = r.d
    ready = d.logged().count("ready: ")
    os.kill(d.pid("keeper"), signal.SIGKILL)
    until = time.monotonic() + 60
    while d.logged().count("ready: ") == ready and time.monotonic() < until:
        time.sleep(0.02)
    states = [r.ask(p, how) for p in people[:3] for how in ("member", "card")]
    r.t.same(set(states), {"budget-spent"}, "after a restart it is as spent")
    r.within("over a restart")


def past_midnight(r, people):
    r.at(r.begin.replace(hour=23, minute=58))
    states = [r.ask(p, how) for p in people[:3] for how in ("member", "card")]
    r.t.ok(r.now.day == 24 and set(states) == {"budget-spent"},
           "nor does it begin again at midnight", states)
    r.within("over midnight")


def shifted(path, ms):
    """A file that ends with a number of milliseconds, with another."""
    with open(path, encoding="utf-8") as f:
        words = f.read().split()
    words[-1] = str(int(words[-1]) + ms)
    with open(path, "w", encoding="utf-8") as f:
        f.write(" ".join(words) + "\n")


def jump(r, people):
    """The machine's clock goes 30 hours ahead while the keeper is down: to it
    that is a drill's clock 30 hours ahead, and a wall clock that was 30 hours
    nearer to the boot clock when it was believed last."""
    d = r.d
    d.stop()
    shifted(os.path.join(d.dir, "keeper", "clock"), 30 * HOURS)
    shifted(os.path.join(d.dir, "keeper", "gap"), -30 * HOURS)
    d.serve()
    states = [r.put(p, "member") for p in people[:3]]
    r.t.same(set(states), {"clock"}, "a clock that jumped ends no window: "
             "cards alone")
    r.t.same({r.put(p, "card") for p in people[:3]}, {"budget-spent"},
             "and no new person by card either: a clock that jumped")
    r.within("over a jump of 30 hours")


def month(t, seed):
    """A little each day, for 33 days; what was read on the first ones ends
    being counted thirty days later."""
    rng = random.Random(seed)
    begin = datetime.datetime(2026, 11, 23, rng.randint(8, 20), 1)
    with Drill(members=900, insurers=2, seed=seed,
               now=begin.strftime("%Y-%m-%dT%H:00:00Z"),    # of the acts
               conf={"vault.timeout-ms": "3000"}) as d:
        r = Robot(t, d, rng, begin, t30=10, c30=14)
        people = [p for p in d.people.covered("OPTI")
                  if all(d.has(p, h) for h in ("card", "member"))]
        rng.shuffle(people)
        for day, how in ((0, "member"), (2, "member"), (5, "member"),
                         (9, "card"), (17, "card"), (29, "card"),
                         (33, "member")):
            r.at(begin + day * DAY)
            for _ in range(4):
                r.ask(people.pop(), how)
        r.within("day after day", DAY)
        r.within("in any thirty days", MONTH)
        t.same(r.most(MONTH), [10, 14], "and all that a month has")
        t.same(len({p for _, p, _, _ in r.got}), 14 + 4,
               "and again, when its first days are over")


def one(t, seed):
    rng = random.Random(seed)
    begin = datetime.datetime(2026, 11, 23, 23, rng.randint(0, 20))
    with Drill(members=900, insurers=2, seed=seed,
               now=begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
               conf={"vault.timeout-ms": "3000"}) as d:
        r = Robot(t, d, rng, begin)
        people = [p for p in d.people.covered("OPTI")
                  if all(d.has(p, h) for h in ("card", "member", "nir"))]
        rng.shuffle(people)
        spend(r, people[:r.c24 + 2])
        people = people[r.c24 + 2:]
        after_a_kill(r, people)
        past_midnight(r, people[3:])
        jump(r, people[6:])
        t.same(d.readings(d.scope("site:" + r.site["site"])),
               {index: p for _, p, _, index in r.got},
               "scope is what it received, answer by answer")
        t.same(d.stop(), 0, "the end is clean")


def main():
    t = Tap()
    print("# seeds %s" % list(SEEDS))
    for seed in SEEDS:
        one(t, seed)
        month(t, seed)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
