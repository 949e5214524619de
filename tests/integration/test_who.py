#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: `ecluse who` names everybody who read a person, and nobody else:
several askers, by card, member number and NIR, in two cells, before and after
a restart, also of a former member; not who was refused or got no answer; and
what cannot be excluded after a crash is said to be so. Held against a count
of this test's own."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

BEGIN, END = "2026-09-01T00:00:00Z", "2027-12-31T00:00:00Z"


def handle(d, person):
    out = d.insurer("open", "--handle-key", d.people.insurer_file(
        person["amc"], "handle.key"), "--amc", person["amc"], "--reverse",
        person["ref"])[1]
    return out.strip().split(";")[1]


def who(d, person, begin=BEGIN, end=END, *more, check=True):
    code, out, err = d.ecluse(
        "who", d.dir, "--amc", person["amc"], "--ref", handle(d, person),
        "--from", begin, "--to", end, *more, check=check)
    return (code, json.loads(out) if code == 0 else [], err)


def pairs(found):
    return sorted((f["site"], f["time"][:10], f["state"]) for f in found)


def drop_from_feed(d, person):
    """The person's mutuelle feeds its list without him."""
    path = os.path.join(d.people.folder, "feed", person["amc"] + ".csv")
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines(True)
    kept = [l for l in lines if person["ref"] not in l.split(";") and
            person["ref"] not in l.strip().split(",")]
    less = os.path.join(d.folder, "less.csv")
    with open(less, "w", encoding="utf-8") as f:
        f.writelines(kept)
    feed = d.make_feed(person["amc"], less,
                       os.path.join(d.folder, "less.feed"))[0]
    d.load(feed)
    return len(lines) - len(kept)


def main():
    t = Tap()
    with Drill(members=1500, insurers=3, seed=31, sites=120) as d:
        a, b, c = (d.people.site("optician", n) for n in range(3))
        named = [p for p in d.people.covered("OPTI")
                 if d.has(p, "card") and d.has(p, "nir")]
        p = named[0]
        q = [x for x in named if x["amc"] != p["amc"]][0]
        other = named[7]
        asked = {}
        for site, person, how in (
                (a, p, "card"), (a, p, "member"), (b, p, "nir"),
                (b, q, "member"), (c, other, "member")):
            code, answer = d.ask(site, person, how)
            t.same(code, 0, "asked by " + how)
            asked.setdefault(person["ref"], []).append(
                (site["site"], "2026-11-23", "read"))
        for person in (p, q, other):
            t.same(pairs(who(d, person)[1]), sorted(asked[person["ref"]]),
                   "who is what was asked")
        one = who(d, p)[1][0]
        t.same((one["profession"], one["plane"], one["fields"]),
               ("optician", "flow", ["in-force", "period", "level",
                                     "prior-authorisation", "route"]),
           "in words")
        t.same(sorted(f["index"] for f in who(d, p)[1]) ==
               [f["index"] for f in who(d, p)[1]], True, "in order")

        # small intervals
        d.clock("2026-11-24T09:00:00Z")
        d.ask(c, p, "member", date="2026-11-24")
        t.same(pairs(who(d, p, "2026-11-24T00:00:00Z",
                         "2026-11-25T00:00:00Z")[1]),
               [(c["site"], "2026-11-24", "read")], "one day alone")
        when = who(d, p, "2026-11-24T00:00:00Z")[1][0]["time"]
        t.same(who(d, p, "2026-11-24T00:00:00Z", when)[1], [],
               "the end is not in it")

        # refused: no domain of an optician
        d.ask(b, q, "member", domain="PHAR")
        t.same(len(who(d, q)[1]), 1, "who was refused is not in it")

        # unanswered
        vault = d.vault_of(q["amc"])
        os.kill(d.pid(vault), signal.SIGSTOP)
        try:
            code, answer = d.ask(c, q, "member")
            t.ok(code != 0, "a stopped vault answers nothing")
        finally:
            os.kill(d.pid(vault), signal.SIGCONT)
        d.ask(a, other, "member")   # it says something again
        t.same(len(who(d, q)[1]), 1, "who got no answer is not in it")

        # a crash
        d.stop(signal.SIGKILL)
        d.serve()
        d.clock("2026-11-24T09:30:00Z")
        found = who(d, p)[1]
        t.same(sorted(f["site"] for f in found),
               sorted([a["site"], a["site"], b["site"], c["site"]]),
               "after a crash nobody is lost")
        t.ok(all(f["state"] in ("read", "cannot-be-excluded")
                 for f in found), "and each has a state", found)

        # a former member
        t.ok(drop_from_feed(d, q) > 0, "the mutuelle lets one go")
        t.same([f["site"] for f in who(d, q)[1]], [b["site"]],
               "who read a former member")

        # strangers
        code, out, err = d.ecluse(
            "who", d.dir, "--amc", p["amc"], "--ref", handle(d, q), "--from",
            BEGIN, "--to", END, check=False)
        t.same(code, 4, "another mutuelle's handle names nobody")
        code, out, err = d.ecluse(
            "who", d.dir, "--amc", "0000000000", "--ref", handle(d, q),
            "--from", BEGIN, "--to", END, check=False)
        t.same(code, 4, "no such mutuelle")
        t.same(d.stop(), 0, "the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
