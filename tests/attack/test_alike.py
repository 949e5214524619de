#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever learns from the form of an answer what it does not say.

Goal: an unknown person, one of another cell and one of an insurer that is
not here get the same bytes; refused, a person and a stranger do too (status,
header, body, apart from transaction, time and signatures); and sealed, every
state has one length, and so many lines of a bundle have one, whoever of them is
covered. docs/states.md lists what may differ.
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
ELSEWHERE = "0099999999"
FICTIVE = "2550699999999"   # domain.md: the NIR of anonymous care
LINES = 6   # of a bundle
PATIENT = {"vault.timeout-ms": "3000"}     # a loaded machine is no answer


def without_traces(answer, amc):
    """What of an answer may tell something: transaction, times, signatures
    and the AMC that was asked are left out, and nothing else."""
    body = answer.body.decode()
    body = re.sub(r"(/journal/)\d+", r"\1N", body)
    body = re.sub(r'"created":"[^"]*"', '"created":"T"', body)
    body = body.replace(amc, "AMC")
    shorter = len(answer.body) - len(body.encode())
    fields = []
    for name, value in answer.fields:
        if name == "Signature-Input":
            value = re.sub(r"created=\d+", "created=T", value)
        elif name in ("Signature", "Content-Digest", "Date"):
            value = len(value)
        elif name == "Content-Length":
            value = int(value) - shorter
        fields.append((name, value))
    return answer.first, fields, body


def named(d, person, **changed):
    return dict(d.question(person, "member"), **changed)


def one_line(d, people):
    """Persons of whom the books have one line, with NIR and number."""
    count = {}
    for p in d.people.people:
        count[p["amc"], p["ref"]] = count.get((p["amc"], p["ref"]), 0) + 1
    return [p for p in people if count[p["amc"], p["ref"]] == 1 and
            p["nir"] and p["member"]]


def unknown_tests(t, d, eye, people):
    site = d.people.site("optician")
    first, last = d.people.insurers[0]["amc"], d.people.insurers[-1]["amc"]
    here = [p for p in people if p["amc"] == first]
    gone = next(p for p in people if p["amc"] == last)
    d.ecluse("revoke", d.dir, "amc:" + last)
    cases = {
        "nobody has this number": named(d, here[0], member="000000001"),
        "nobody has this NIR": dict(d.question(here[0], "nir"),
                                    nir="2990199999999"),
        "a fictive NIR": dict(d.question(here[0], "nir"), nir=FICTIVE),
        "another birth date": named(d, here[0], birth="19000101"),
        "a person of another cell": named(
            d, here[0], amc=d.people.insurers[1]["amc"]),
        "an insurer that is not here": named(d, here[0], amc=ELSEWHERE),
        "an insurer that was revoked": named(d, gone),
        "traits of two persons": dict(named(d, here[0]),
                                      nir=here[1]["nir"]),
    }
    forms = {}
    for what, question in cases.items():
        state, answer = eye.ask(site, question)
        t.same((state, answer.status), ("unknown", 200), what)
        forms[what] = without_traces(answer, question["amc"])
    for what, form in forms.items():
        t.same(form, forms["nobody has this number"],
               "the same bytes: " + what)
    t.same(d.scope("site:" + site["site"])["missed"], len(cases),
           "each is a miss in the journal")
    t.same(eye.ask(site, named(d, here[0]))[0], "covered",
           "the very person of these questions is known")


def refused_alike(t, eye, site, cases, state, **how):
    forms = {}
    for what, question in cases.items():
        got, answer = eye.ask(site, question, **how)
        t.same(got, state, "%s: %s" % (state, what))
        forms[what] = without_traces(answer, question["amc"])
    t.same(len({str(f) for f in forms.values()}), 1,
           "%s: the same bytes for all of them" % state)
    bodies = {f[2] for f in forms.values()}
    t.ok(all("journal/" not in b and "created" not in b for b in bodies),
         "%s: nothing was left out of the body to see this" % state, bodies)


def asked_for(d, person):
    """A person, and everybody else who might be told from him."""
    over = one_line(d, [p for p in d.people.people
                        if (p["closed"] or p["to"]) < DAY])
    return {
        "a person": named(d, person),
        "the same by NIR": d.question(person, "nir"),
        "a stranger": named(d, person, member="000000002"),
        "a former member": named(d, over[0]),
        "a person of another cell": named(
            d, person, amc=d.people.insurers[1]["amc"]),
        "an insurer that is not here": named(d, person, amc=ELSEWHERE),
        "a fictive NIR": dict(d.question(person, "nir"), nir=FICTIVE),
    }


def refused_tests(t, d, eye, people):
    site = d.people.site("audio")
    most = d.budgets("site:" + site["site"])[0]["site"]["t24"][1]
    here = [p for p in people if p["amc"] == d.people.insurers[0]["amc"] and
            "AUDI=" in p["domains"]]
    for p in here[:most]:
        eye.ask(site, named(d, p), domain="AUDI")
    used = d.budgets("site:" + site["site"])[0]["site"]["t24"]
    t.same(used[0], most, "a budget is spent")
    cases = asked_for(d, here[most])
    # whether he is one of those already read is not told either
    cases["one already read, named in another way"] = \
        d.question(here[0], "nir")
    refused_alike(t, eye, site, cases, "budget-spent", domain="AUDI")
    # room first (design §2): nobody is looked up, so no time can tell either
    os.kill(d.pid("vault"), signal.SIGSTOP)
    try:
        for what in ("a person", "a stranger", "an insurer that is not here"):
            t.same(eye.ask(site, cases[what], domain="AUDI")[0],
                   "budget-spent", "%s: the vault is not asked" % what)
    finally:
        os.kill(d.pid("vault"), signal.SIGCONT)
    refused_alike(t, eye, site, cases, "domain-not-own", domain="PHAR")
    other = d.people.site("audio", 1)
    refused_alike(t, eye, other, {what: dict(q, site=site["site"])
                                  for what, q in cases.items()}, "site",
                  domain="AUDI")
    t.same(eye.ask(site, named(d, here[0]), domain="AUDI")[0], "covered",
           "whom he read he still reads")


def sealed_tests(t, d, eye, people):
    optician, audio = d.people.site("optician", 1), d.people.site("audio")
    here = [p for p in people if p["amc"] == d.people.insurers[0]["amc"]]
    nothing = [p for p in one_line(d, d.people.people)
               if p["from"] <= DAY <= (p["closed"] or p["to"]) and
               p["amc"] == here[0]["amc"] and "OPTI=" not in p["domains"]]
    cases = asked_for(d, here[0])
    asked = [
        ("covered", optician, cases["a person"], {}),
        ("unknown", optician, cases["a stranger"], {}),
        ("unknown", optician, cases["an insurer that is not here"], {}),
        ("closed", optician, cases["a former member"], {}),
        ("other-route", optician, dict(cases["a person"],
                                       convention="ZZ"), {}),
        ("not-covered", optician, named(d, nothing[0]), {}),
        ("budget-spent", audio, named(d, here[-1]), {"domain": "AUDI"}),
        ("domain-not-own", optician, cases["a person"], {"domain": "PHAR"}),
        ("site", optician, dict(cases["a person"], site=audio["site"]), {}),
        ("rank", optician, dict(cases["a person"], rank="12"), {}),
    ]
    shapes = {}
    for state, site, question, how in asked:
        got, answer = eye.ask(site, question, plain=False, **how)
        t.same((got, len(answer.body)), (state, SEALED_LENGTH),
               "sealed: %s has the length of all" % state)
        shapes.setdefault(answer.status == 200, set()).add(str(
            [(n, v if n == "Content-Type" else len(v))
             for n, v in answer.fields if n != "Retry-After"]))
    t.same({k: len(v) for k, v in shapes.items()}, {True: 1, False: 1},
           "sealed: the fields have one length too")
    t.same(len(set().union(*shapes.values())), 1,
           "sealed: refusals' and answers' alike")


def bundle_tests(t, d, eye, people):
    site = d.people.site("optician", 1)
    here = [p for p in people if p["amc"] == d.people.insurers[0]["amc"]]
    known = [named(d, p) for p in here[:LINES]]
    unknown = [dict(q, member="00000000%d" % (n + 1))
               for n, q in enumerate(known)]
    path = os.path.join(d.folder, "lines.ndjson")
    lengths = {}
    for what, questions in (
            ("all of them covered", known),
            ("nobody known", unknown),
            ("one of them covered", known[:1] + unknown[1:]),
            ("refused, each line", [dict(q, rank="12") for q in known])):
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(json.dumps(dict(q, domain="OPTI", date=DAY)) + "\n"
                         for q in questions)
        said = d.ecluse("ask", "--key", d.people.key(site), "--file", path,
                        "--bundle", "--json", check=False)[1]
        states = [json.loads(line)["state"] for line in said.splitlines()]
        t.same(states, [
            "rank" if q["rank"] == "12" else
            "covered" if q in known else "unknown" for q in questions],
            "a sealed bundle: " + what)
        lengths[what] = len(eye.seen[-1].body)
    t.ok(len(set(lengths.values())) == 1,
         "sealed: %d lines have one length" % LINES, lengths)


def main():
    t = Tap()
    relay = Relay()
    try:
        with Drill(members=2500, insurers=4, seed=6,
                   conf=dict(relay.conf(), **PATIENT)) as d:
            relay.serve(d)
            eye = Eye(d, relay)
            people = one_line(d, d.people.covered("OPTI"))
            unknown_tests(t, d, eye, people)
            refused_tests(t, d, eye, people)
            sealed_tests(t, d, eye, people)
            bundle_tests(t, d, eye, people)
    finally:
        relay.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
