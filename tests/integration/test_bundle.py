#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A laboratory's morning list: `ecluse ask --bundle` sends it fifty at a time,
plain and sealed, and every line hears what it would have heard alone."""
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

DAY = "2026-11-23"
PATIENT = {"vault.timeout-ms": "3000"}     # a loaded machine is no answer


class Lists:
    def __init__(self, d):
        self.d, self.n = d, 0
        self.site = d.people.site("pharmacy")
        self.people = d.people.covered("PHAR")

    def question(self, person, **more):
        return dict(self.d.question(person, "member"), domain="PHAR",
                    date=DAY, **more)

    def write(self, questions):
        self.n += 1
        path = os.path.join(self.d.folder, "list-%d.ndjson" % self.n)
        with open(path, "w", encoding="utf-8") as f:
            for q in questions:
                f.write((q if isinstance(q, str) else json.dumps(q)) + "\n")
        return path

    def ask(self, questions, *more, key=True):
        key = ["--key", self.d.people.key(self.site)] if key else []
        return self.d.ecluse("ask", *key, "--file", self.write(questions),
                             *more, check=False)

    def lines(self, questions, *more):
        code, out, err = self.ask(questions, "--json", *more)
        return code, [json.loads(l) for l in out.splitlines()], err


def without(line):
    """What must be alike, asked alone or in a bundle."""
    r = line["response"]
    return (line["line"], line["exit"], line["status"], line["state"],
            r.get("insurance", [{}])[0].get("item"), r.get("disposition"))


def same_tests(t, c):
    made_up = dict(c.question(c.people[3]), member="999999999")
    asked = [c.question(p) for p in c.people[:4]] + [made_up] + \
        [dict(c.question(c.people[5]), domain="OPTI")]
    alone = c.lines(asked)
    for more in ((), ("--plain",)):
        code, lines, err = c.lines(asked, "--bundle", *more)
        t.same([without(l) for l in lines], [without(l) for l in alone[1]],
               "line by line as asked alone (%s)" % " ".join(more))
        t.same(code, alone[0], "and the gravest decides: %d" % code)
        promised = [l for l in lines if "promises" in l]
        t.same([l["line"] for l in promised],
               [l["line"] for l in lines if l["state"] == "covered"],
               "covered lines carry the promises' signature")
        t.ok(all("promise-line" in json.dumps(l["response"])
                 for l in promised), "and their own proof")
    t.same(len({l["transaction"] for l in lines if "transaction" in l}), 5,
           "each is a transaction of its own")


def long_tests(t, c):
    before = c.d.entries()
    people = c.people[:120]
    code, out, err = c.ask([c.question(p) for p in people], "--bundle")
    rows = [l.split("\t") for l in out.splitlines()]
    t.same([r[0] for r in rows], [str(i + 1) for i in range(120)],
           "120 questions, told in their order")
    t.same((code, {r[1] for r in rows}), (0, {"covered"}),
           "all are answered")
    t.same(c.d.entries_by(before + 120) - before, 120, "120 entries")
    asked = [c.question(p, convention="C" * 8) for p in people[:3]]
    code, out, err = c.ask(asked, "--bundle")
    t.same(len(out.splitlines()), 3, "a list shorter than a bundle")
    # what a bundle cannot hold goes in the next one
    wide = [dict(c.question(p), csr="9" * 20, convention="C" * 8,
                 card="TP1:" + "A" * 3000) for p in people[:60]]
    code, lines, err = c.lines(wide, "--bundle")
    t.same(([l["line"] for l in lines], {l["status"] for l in lines}),
           (list(range(1, 61)), {422}),
           "long lines fill bundles by size")


def mixed_tests(t, c):
    """Keys that take turns, and lines that are none."""
    other = c.d.people.site("pharmacy", 1)
    keys = [os.path.relpath(c.d.people.key(s), c.d.folder)
            for s in (c.site, other)]
    asked = [dict(c.question(p), key=keys[i // 2 % 2])
             for i, p in enumerate(c.people[:6])]
    code, out, err = c.ask(asked, "--bundle", key=False)
    t.same((code, len(out.splitlines())), (0, 6),
           "a bundle ends where the key changes")
    asked = [c.question(c.people[0]), "not json", {"amc": "1"},
             c.question(c.people[1])]
    code, out, err = c.ask(asked, "--bundle")
    t.same((code, [l.split("\t")[0] for l in out.splitlines()]),
           (2, ["1", "4"]), "a line that is none harms no other")
    t.ok("line 2" in err and "line 3" in err, "and is named", err)
    code, out, err = c.d.ecluse(
        "ask", "--bundle", "--key", c.d.people.key(c.site), check=False)
    t.same((code, out), (2, ""), "--bundle without --file is wrong usage")


def slowed_tests(t, c):
    """Twice the platform's figure: a question is held for four seconds. The
    gate waits twelve, so that a bundle that waited for each line, or for a
    fourth of them, would have no answer."""
    d = c.d
    d.ecluse("act", d.dir, "wide scope=platform code=* floor24=1 each24=0 "
             "floor30=1 each30=0")
    asked = [c.question(p) for p in c.people[130:180]]
    begun = time.monotonic()
    code, lines, err = c.lines(asked, "--bundle")
    took = time.monotonic() - begun
    t.same((code, [l["status"] for l in lines]), (0, [200] * 50),
           "a bundle of fifty waits once, not fifty times")
    t.ok(took >= 4, "but it waits", took)
    cards = [dict(d.question(p, "card"), domain="PHAR", date=DAY)
             for p in c.people[180:] if d.has(p, "card")][:3]
    found = []
    asking = threading.Thread(target=lambda: found.append(
        c.lines(asked[:2] + cards, "--bundle")))
    asking.start()
    d.ecluse("close", d.dir, "plane:flow")
    asking.join()
    t.same({l["state"] for l in found[0][1]}, {"closed-plane"},
           "closed before it was counted: every line is refused")
    d.ecluse("open", d.dir, "plane:flow")


def refused_tests(t, c):
    """A bundle that is refused whole is told line by line too."""
    c.d.ecluse("close", c.d.dir, "site:" + c.site["site"])
    code, lines, err = c.lines(
        [c.question(p) for p in c.people[:3]], "--bundle")
    t.same((code, [(l["line"], l["status"], l["state"]) for l in lines]),
           (3, [(i, 403, "closed-site") for i in (1, 2, 3)]),
           "a closed site: every line hears it")


def beside_a_key(t, c):
    """--key asks every line: who a line says asks is not read, as --help
    says."""
    other = c.d.people.site("optician")
    asked = [c.question(p) for p in c.people[:2]]
    named = [dict(q, key="none.pem", site=other["site"], rpps="99700000099")
             for q in asked]
    for more in ((), ("--bundle",)):
        want, got = c.lines(asked, *more), c.lines(named, *more)
        t.same((got[0], [without(l) for l in got[1]]),
               (want[0], [without(l) for l in want[1]]),
               "--key asks, whoever a line names %s" % "".join(more))
    code, lines, _ = c.lines(asked[:1], "--site", other["site"])
    t.same((code, lines[0]["state"]), (3, "site"),
           "and --site is read")
    said = c.d.ecluse("ask", "--help")[1]
    t.ok("With --key\n" in said and "are not read" in said, "said in --help")


def main():
    t = Tap()
    with Drill(members=3000, insurers=3, seed=5, conf=PATIENT) as d:
        c = Lists(d)
        same_tests(t, c)
        beside_a_key(t, c)
        long_tests(t, c)
        mixed_tests(t, c)
        slowed_tests(t, c)
        refused_tests(t, c)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
