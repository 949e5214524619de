#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever brings it about that the service is restored from an old
backup, and holds a stolen key: what the key had read is forgotten, and its
budget with it.

Goal: behind a restore that opens a new log nobody is read without a card: by
member number or NIR, alone, in a bundle or as an estimate, by that key or by
one that never asked, whom it had read and whom it had not; person and stranger
are refused alike, each refusal stands in the journal, a restart changes
nothing. A card is answered; and one administrator alone does not end it.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from estimates import estimate  # noqa: E402
from test_robot import alike  # noqa: E402

NEW = "drill2.ecluse.example/journal"
VISIT = [{"n": 1, "act": "G", "price": "42.00", "optam": True}]


def path(d, *name):
    return os.path.join(d.folder, *name)


def admin(d, n):
    return ["--admin-key", os.path.join(d.dir, "drill", "admin-%d.pem" % n)]


def backup(d):
    d.ecluse("backup", d.dir, "--out", path(d, "night"), "--months-out",
             path(d, "night.months"))


def restored(d):
    """That backup in the place of the instance, under a new log's name."""
    d.stop()
    keeper = os.path.join(d.dir, "keeper")
    d.ecluse("restore", path(d, "night"), "--to", path(d, "new"), "--months",
             path(d, "night.months"), "--months-key",
             os.path.join(keeper, "months-1.key"), "--root",
             os.path.join(keeper, "root.key"), "--new-origin", NEW,
             *admin(d, 1), *admin(d, 2))
    d.dir = path(d, "new")
    d.serve()


def bundle(d, site, questions):
    file = path(d, "lines.ndjson")
    with open(file, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(dict(q, domain="OPTI", date="2026-11-23")) +
                     "\n" for q in questions)
    out = d.ecluse("ask", "--key", d.people.key(site), "--file", file,
                   "--bundle", "--json", check=False)[1]
    return [json.loads(l) for l in out.splitlines()]


def without_card(d, site, people):
    """Every way to ask about each of them."""
    asked = [d.question(p, how) for p in people for how in ("member", "nir")
             if d.has(p, how)]
    lost = [dict(q, **{k: "000000009" if k == "member" else "1850578006084"
                       for k in ("member", "nir") if k in q})
            for q in asked[:2]]
    got = d.ask_file(site, asked + lost) + bundle(d, site, asked + lost)
    said = [estimate(d, site, p, VISIT, "OPTI")[1] for p in people[:2]]
    return got + said, 2 * (len(asked) + len(lost)) + len(said)


def nobody(t, d, site, people, what):
    """None of them is read; gives how many refusals that made."""
    got, n = without_card(d, site, people)
    t.same((len(got), {a.get("state") for a in got}), (n, {"card-only"}),
           "%s: nobody is read without a card" % what)
    t.same(len(alike(a for a in got if "response" in a)), 1,
           "%s: person and stranger are refused alike" % what)
    return n


def main():
    t = Tap()
    with Drill(members=900, insurers=2, seed=62) as d:
        site, other = (d.people.site("optician", n) for n in range(2))
        asker = "site:" + site["site"]
        people = [p for p in d.people.covered("OPTI") if p["member"] and
                  d.has(p, "card")]
        most = d.budgets(asker)[0]["site"]["t24"][1]
        read, fresh = people[:most], people[most:]
        backup(d)
        got = d.ask_file(site, [d.question(p, "member") for p in read])
        t.same({a["state"] for a in got}, {"covered"}, "a key reads its day")
        t.same(d.ask(site, fresh[0])[1].get("state"), "budget-spent",
               "and no more")
        restored(d)
        t.same(d.scope(asker)["read"], [], "restored: all that is forgotten")
        n = nobody(t, d, site, read[:1] + fresh[:3], "the stolen key")
        nobody(t, d, other, fresh[:3], "one that never asked")
        t.same(d.scope(asker)["read"], [], "and nobody stands in the journal")
        t.ok(d.scope(asker)["refused"] >= min(n, 20),
             "but the refusals do", d.scope(asker))
        t.same([d.ask(site, p, "card")[1].get("state") for p in fresh[4:7]],
               ["covered"] * 3, "a card is answered")
        d.stop()
        d.serve()
        nobody(t, d, site, fresh[:2], "after a restart")
        code, _, err = d.ecluse("act", d.dir, "continue confirm=yes",
                                *admin(d, 1), check=False)
        t.ok(code == 3 and "two administrators" in err,
             "one administrator does not end it", (code, err))
        nobody(t, d, site, fresh[:1], "signed by one")
        t.same(d.persons_read(d.scope(asker)),
               {(p["amc"], p["ref"]) for p in fresh[4:7]},
               "read is who showed a card")
        t.same(d.stop(), 0, "the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
