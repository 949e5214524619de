#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a mutuelle's signed contracts reach the vault and price a person's
acts through the whole way of a question: to the cent what `ecluse price`
says, by the version of the day of care, after a restart too; wrong files are
refused and change nothing; every estimate is counted and journaled, and
promises nothing."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Tap  # noqa: E402
from estimates import (CONTRACTS, as_price, code_of,  # noqa: E402
                       contract_text, drill, estimate, flags, load, price,
                       put, sign)

t = Tap()
VISITS = [[{"n": 1, "act": "G", "price": "30.00"}],
          [{"n": 1, "act": "G", "price": "55.00", "optam": False}],
          [{"n": 1, "act": "G", "price": "45.00", "optam": True},
           {"n": 2, "act": "G", "price": "30.00", "pathway": False}],
          [{"n": 7, "act": "G", "price": "30.00", "exemption": "ald",
            "amo": "30.00", "base": "30.00", "participation": "2.00"}]]


def acts_of(domain):
    path = os.path.join(os.path.dirname(CONTRACTS), "rules", "acts.csv")
    found = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            row = line.split(";")
            if len(row) > 8 and row[2] == domain and not row[8] and \
                    not line.startswith("#"):
                found.append(row[0])
    return found


def same_as_price_tests(d, texts, people):
    gp, optician = d.people.site("gp"), d.people.site("optician")
    opti = acts_of("OPTI")
    glasses = [{"n": i + 1, "act": a, "price": "120.00"}
               for i, a in enumerate(opti[:3])]
    for code, person in people.items():
        cases = [(gp, "MED", v) for v in VISITS] + [(optician, "OPTI",
                                                     glasses)]
        for i, (site, domain, lines) in enumerate(cases):
            want = price(texts[code], lines, d.folder, since=person["from"])
            status, said = estimate(d, site, person, lines, domain,
                                    plain=i % 2 == 0)
            t.same(status, 0, "%s, %s %d: answered" % (code, domain, i))
            got = as_price(said)
            del want["id"]
            want["flags"].sort()
            said_so = [n["text"] for n in said["response"]["processNote"]]
            steps = [l.pop("steps") for l in want["lines"]]
            t.ok(all(s[tongue] in said_so[2 * n + (tongue == "en")]
                     for n, line in enumerate(steps) for s in line
                     for tongue in ("fr", "en")),
                 "%s, %s %d: every step is told" % (code, domain, i))
            t.same(got, want, "%s, %s %d: as ecluse price, to the cent" % (
                code, domain, i))
            t.ok("ceilings-unused" in flags(said),
                 "%s: ceilings are said to be taken as unused" % code)
            t.ok("promise" not in json.dumps(said["response"].get(
                "extension", [])), "%s: nothing is promised" % code)
    notes = said["response"]["processNote"]
    t.same([n["language"]["coding"][0]["code"] for n in notes],
           ["fr", "en"] * 3, "each line is explained in two languages")
    t.ok(all(n["text"] for n in notes), "no explanation is empty")


def wrong_file_tests(d, amc, other):
    text = contract_text("basic", amc)
    good = sign(d, amc, text, "good")[0]
    code, said, err = load(d, good)
    t.same((code, said[0]["state"], said[0]["contract"]),
           (0, "taken", "BASIC"), "a good file is taken")
    t.same(load(d, good)[1][0]["state"], "already-taken",
           "the same file again does no harm")
    newer = sign(d, amc, text.replace("TM", "100% BR"), "newer")[0]
    t.same(load(d, newer)[1][0]["state"], "taken", "a newer one replaces it")
    code, said, err = load(d, good, check=False)
    t.same((code, said), (1, []), "an older one is refused")
    t.ok("a later version" in err, "and says why", err)
    for what, words, file, status in (
            ("signed by another mutuelle", "not signed by",
             sign(d, amc, text, "forged", key_of=other)[0], 1),
            ("of another AMC than who signed", "another AMC",
             sign(d, amc, contract_text("basic", other), "alien")[0], 1),
            ("a text with a fault", "3:", sign(
                d, amc, "contract X\ninsurer %s\nnonsense\n" % amc,
                "bad")[0], 1),
            ("of an AMC that is not here", "not enrolled", sign(
                d, "0099999999", contract_text("basic", "0099999999"),
                "nobody", key_of=amc)[0], 4)):
        code, said, err = load(d, file, check=False)
        t.same((code, said), (status, []), what + ": refused")
        t.ok(words in err, what + ": says so", err)
    with open(newer, "rb") as f:
        whole = f.read()
    for what, at, change, words in (("the text", 200, bit, "not signed"),
                                    ("the head", 30, bit, "not enrolled"),
                                    ("the signature", -10, letter,
                                     "not signed")):
        path = os.path.join(d.folder, "altered")
        with open(path, "wb") as f:
            f.write(whole[:at] + change(whole[at]) + whole[at + 1:])
        code, said, err = load(d, path, check=False)
        t.ok(code != 0 and words in err,
             "%s is altered: refused" % what, (code, err))


def bit(byte):
    return bytes([byte ^ 1])


def letter(byte):
    """Another one of base64: what is none is refused by its form."""
    return b"B" if byte == ord("A") else b"A"


def version_tests(d, amc, person):
    gp = d.people.site("gp")
    lines = [{"n": 1, "act": "G", "price": "60.00", "optam": True}]
    code = person["contract"]
    first = contract_text("comfort", amc, contract=code)
    second = contract_text("comfort", amc, contract=code).replace(
        "150% BR", "200% BR").replace("from 2024-01-01", "from 2026-11-01")
    load(d, sign(d, amc, first, "first")[0])
    load(d, sign(d, amc, second, "second")[0])
    for day, text in (("2026-10-31", first), ("2026-11-01", second),
                      ("2026-11-23", second)):
        want = price(text, lines, d.folder, date=day, since=person["from"])
        said = estimate(d, gp, person, lines, "MED", date=day)[1]
        t.same(as_price(said)["amc"], want["amc"],
               "care on %s: the version of that day" % day)


def state_tests(d, amc, people):
    gp = d.people.site("gp")
    person = people["CONFORT"]
    visit = VISITS[0]
    status, said = estimate(d, gp, dict(person, member="000000001"), visit,
                            "MED")
    t.same((status, said["state"], "item" in said["response"]),
           (4, "unknown", False), "an unknown person: no amounts")
    status, said = estimate(d, gp, people["NOBODYS"], visit, "MED")
    t.same((status, said["state"], said["response"]["outcome"],
            flags(said)), (0, "covered", "partial", ["no-contract"]),
           "a contract that no file has: said, and no amounts")
    for what, lines, code in (
            ("an act that is none", [{"act": "NONE9", "price": "1.00"}],
             "act"),
            ("an act of another domain",
             [visit[0], {"n": 2, "act": acts_of("OPTI")[0],
                         "price": "1.00"}], "act"),
            ("an exemption that is none",
             [dict(visit[0], exemption="nosuch")], "exemption"),
            ("more paid than the price",
             [dict(visit[0], other="31.00")], "figures")):
        status, said = estimate(d, gp, person, lines, "MED")
        t.same((status, said.get("state")), (3, code), what + ": refused")
        place = said["response"]["issue"][0]["expression"][0]
        t.ok(place.startswith("Claim.item[%d]." % (len(lines) - 1)),
             what + ": the place is named", place)
    t.same(estimate(d, gp, person, visit, "OPTI")[1]["state"],
           "domain-not-own", "a domain of another profession is refused")


def journal_tests(d, amc, people):
    site = d.people.site("gp", 1)
    key = "site:" + site["site"]
    before = d.entries()
    person = people["FAMILLE"]
    estimate(d, site, person, VISITS[0], "MED")
    said = estimate(d, site, person, VISITS[1], "MED")[1]
    t.ok(any("The contract says" in n["text"]
             for n in said["response"]["processNote"]),
         "an estimate tells what the contract says", said)
    t.same(d.budgets(key)[0]["site"]["c24"][0], 1,
           "two estimates about one person count him once")
    estimate(d, site, dict(person, member="000000003"), VISITS[0], "MED")
    t.same(d.budgets(key)[0]["site"]["m24"][0], 1, "a miss is a miss")
    t.same(d.entries() - before, 3, "each is an entry of the journal")
    scope = d.scope(key)
    t.same(len(scope["read"]), 1, "one person was read")
    t.same(sorted(scope["read"][0]["fields"]),
           ["amounts", "in-force", "level", "period"],
           "and what may have been told is said")
    t.same(d.persons_read(scope), {(amc, person["ref"])},
           "the mutuelle knows who")


def still_there_tests(d, texts, person, how):
    want = price(texts[person["contract"]], VISITS[1], d.folder,
                 since=person["from"])
    said = estimate(d, d.people.site("gp"), person, VISITS[1], "MED")[1]
    t.same(as_price(said)["amc"], want["amc"], how + ": priced as before")


def main():
    names = sorted(n[:-len(".contract")] for n in os.listdir(CONTRACTS))
    codes = sorted(code_of(contract_text(n, "")) for n in names)
    opened, people = drill(codes + ["NOBODYS", "DATED"], members=600,
                           insurers=2, conf={"vault.count": "2"})
    with opened as d:
        amc, other = [i["amc"] for i in d.people.insurers]
        texts = {}
        for name in names:
            text = contract_text(name, amc)
            texts[code_of(text)] = text
        files = [sign(d, amc, text, code)[0] for code, text in texts.items()]
        code, said, err = load(d, *files)
        t.same((code, len(said)), (0, len(names)), "all contracts are taken")
        dated, nobodys = people.pop("DATED"), people.pop("NOBODYS")
        same_as_price_tests(d, texts, people)
        version_tests(d, amc, dated)
        people["NOBODYS"] = nobodys
        state_tests(d, amc, people)
        journal_tests(d, amc, people)
        wrong_file_tests(d, amc, other)
        put(d, other, "comfort")
        there = next(p for p in d.people.covered("MED")
                     if p["amc"] == other and p["contract"] == "CONFORT" and
                     p["member"] and p["age_class"] == "adult")
        d.stop()
        d.serve()
        still_there_tests(d, texts, people["CONFORT"], "after a restart")
        still_there_tests(d, {"CONFORT": contract_text("comfort", other)},
                          there, "in the other vault")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
