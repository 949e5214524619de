#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: a robot that asks with wrong routes, to learn for nothing who is
insured.

Goal: the refusal of a route is the same bytes for a member, a former one, a
stranger, a decoy's like and a fictive number; sealed it has the length of
every answer; no vault hears of it; it moves no budget and reads nobody,
however often it is asked and whether a budget is spent or not. What tells a
person's route is an answer, counted as one.
"""
import json
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from relay import Eye, Relay, SEALED_LENGTH  # noqa: E402

DAY = "2026-11-23"
WRONG = {
    "route": {"convention": "QQ", "csr": "X"},
    "route-over": {"convention": "VM", "csr": "E01"},
    "route-unsaid": {},
    "route-elsewhere": {"convention": "ZZ"},
}
t = Tap()


def form(answer):
    """All but times and signatures: nothing else may differ."""
    fields = []
    for name, value in answer.fields:
        if name == "Signature-Input":
            value = re.sub(r"created=\d+", "created=T", value)
        elif name in ("Signature", "Date"):
            value = len(value)
        fields.append((name, value))
    return answer.first, fields, answer.body


def fill(d, amc):
    """Two operators have routes of today, one of them elsewhere."""
    ours = next(i["operator"] for i in d.people.insurers if i["amc"] == amc)
    for line in (
            "convention=VM csr=E01 operator=%s from=2026-01-01 "
            "until=2026-10-31" % ours,
            "convention=VM csr=E02 operator=%s from=2026-11-01" % ours,
            "convention=ZZ operator=loin url=https://loin.example "
            "from=2026-01-01"):
        d.ecluse("act", d.dir, "route amc=%s %s" % (amc, line))


def whom(d, amc):
    people = [p for p in d.people.covered("OPTI", DAY) if p["amc"] == amc and
              p["nir"] and p["member"]]
    gone = next(p for p in d.people.people if p["amc"] == amc and
                (p["closed"] or p["to"]) < DAY and p["member"])
    other = next(p for p in d.people.covered("OPTI", DAY)
                 if p["amc"] != amc and p["member"])
    one = d.question(people[0], "member")
    return people, {
        "a member": one,
        "another one, by NIR": d.question(people[1], "nir"),
        "a former one": d.question(gone, "member"),
        "nobody": dict(one, member="000000001"),
        "a member of another mutuelle": dict(
            d.question(other, "member"), amc=amc),
        "a fictive number": dict(d.question(people[0], "nir"),
                                 nir="2550699999999"),
    }


def alike(d, eye, site, people):
    before = d.budgets("site:" + site["site"])
    asked = 0
    for state, route in WRONG.items():
        forms, lengths = {}, set()
        for what, question in people.items():
            got, answer = eye.ask(site, dict(question, **route))
            t.same(got, state, "%s: %s" % (state, what))
            forms[what] = form(answer)
            got, answer = eye.ask(site, dict(question, **route), plain=False)
            lengths.add(len(answer.body))
            asked += 2
        t.same(len({str(f) for f in forms.values()}), 1,
               "%s: the same bytes for all of them" % state)
        t.same(lengths, {SEALED_LENGTH}, "%s: sealed, one length" % state)
    t.same(d.budgets("site:" + site["site"]), before, "no budget moved")
    scope = d.scope("site:" + site["site"])
    t.same((scope["read"], scope["missed"]), ([], 0), "nobody read or missed")
    t.same(scope["refused"], asked, "each is a refusal in the journal")
    return forms["a member"]


def no_vault(d, eye, site, people):
    """A vault that does not answer is not missed."""
    vaults = [d.pid(n) for n in d.read_endpoints()["pids"]
              if n.startswith("vault")]
    for pid in vaults:
        os.kill(pid, signal.SIGSTOP)
    try:
        states = [eye.ask(site, dict(people["a member"], **route))[0]
                  for route in WRONG.values()]
        right = eye.ask(site, dict(people["a member"], convention="VM",
                                   csr="E02"))[0]
    finally:
        for pid in vaults:
            os.kill(pid, signal.SIGCONT)
    t.same(states, list(WRONG), "without any vault: the same refusals")
    t.same(right, "insurer-silent", "while the right route waits for it")


def spent(d, eye, site, people, members, wanted):
    """With a spent budget the route's refusal tells no more than before."""
    d.ecluse("act", d.dir, "budget site=%s t24=2 c24=2 t30=9 c30=9 m24=9 "
             "m30=9" % site["site"])
    fresh = [d.question(p, "member") for p in members[2:8]]
    states = [eye.ask(site, dict(q, convention="VM", csr="E02"))[0]
              for q in fresh]
    t.ok(states[-1] == "budget-spent" and states[0] != "budget-spent",
         "a budget that ends", states)
    forms = {what: form(eye.ask(site, dict(q, convention="ZZ"))[1])
             for what, q in dict(people, counted=fresh[0],
                                 refused=fresh[-1]).items()}
    t.same({str(f) for f in forms.values()}, {str(wanted)},
           "spent: wrong routes get the same bytes as before, all of them")


def lines_of_a_bundle(d, site, people):
    path = os.path.join(d.folder, "lines.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        for question in people.values():
            f.write(json.dumps(dict(question, convention="QQ", domain="OPTI",
                                    date=DAY)) + "\n")
    out = d.ecluse("ask", "--key", d.people.key(site), "--file", path,
                   "--bundle", "--json", check=False)[1]
    lines = [json.loads(l) for l in out.splitlines()]
    t.same([l["state"] for l in lines], ["route"] * len(people),
           "lines of a bundle too")
    t.same(len({json.dumps(l["response"]) for l in lines}), 1,
           "with the same outcome")


def told_is_counted(d, site, members):
    """Whose own route it is, is told by an answer."""
    d.ecluse("act", d.dir, "budget site=%s default=yes" % site["site"])
    before = len(d.persons_read(d.scope("site:" + site["site"])))
    person = next(p for p in members[10:] if p["csr"] and p["csr"] != "E02")
    code, said = d.ask(site, person, date=DAY, convention="VM", csr="E02")
    t.same(said["state"], "other-route", "a person of another route")
    route = [e for e in said["response"]["insurance"][0]["extension"]
             if e["url"].endswith("/right-route")]
    t.ok(route and person["csr"] in json.dumps(route), "hears his own",
         said)
    t.same(len(d.persons_read(d.scope("site:" + site["site"]))), before + 1,
           "and was read")


relay = Relay()
with Drill(members=900, insurers=3, seed=33,
           conf=dict(relay.conf(), **{"vault.timeout-ms": "3000"})) as d:
    relay.serve(d)
    amc = d.people.insurers[0]["amc"]
    fill(d, amc)
    site = d.people.site("optician")
    members, people = whom(d, amc)
    eye = Eye(d, relay)
    wanted = alike(d, eye, site, people)
    no_vault(d, eye, site, people)
    spent(d, eye, site, people, members, wanted)
    lines_of_a_bundle(d, site, people)
    told_is_counted(d, site, members)
    relay.close()
sys.exit(t.done())
