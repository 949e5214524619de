#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the directory of routes is filled by two, dated, read by everybody who
needs it; a question with a wrong route is told which is right and reads
nobody; one mutuelle under two operators is two cells, each with its own feed,
counts, lists and closing; contracts and mutuelles of one person are told in
order of payment."""
import base64
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, run  # noqa: E402

DAY = "2026-11-23"
EXT = "https://ecluse.example/fhir/StructureDefinition/"
t = Tap()


def route(d, what, *more, check=True):
    code, out, err = d.ecluse("route", what, d.dir, *more, check=check)
    return code, [json.loads(l) for l in out.splitlines()
                  if l.startswith("{")], out + err


def code_of(said):
    return said.get("state")


def right(outcome):
    """What an OperationOutcome or an answer says is right."""
    holder = (outcome.get("issue") or outcome.get("insurance"))[0]
    found = []
    for e in holder.get("extension", []):
        if e["url"] == EXT + "right-route":
            parts = {}
            for p in e["extension"]:
                parts[p["url"]] = next(v for k, v in p.items()
                                       if k.startswith("value"))
            found.append(parts)
    return found


def book(d, amc, name, keep, **change):
    """Lines of a mutuelle's book that keep takes, with fields changed."""
    with open(os.path.join(d.people.folder, "feed", amc + ".csv"),
              encoding="utf-8") as f:
        head, *lines = f.read().splitlines()
    names = head.split(";")
    out = [head]
    for line in lines:
        row = dict(zip(names, line.split(";")))
        if keep(row):
            row.update(change)
            out.append(";".join(row[n] for n in names))
    path = os.path.join(d.folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n")
    return path


def operator_of(d, amc):
    return next(i["operator"] for i in d.people.insurers if i["amc"] == amc)


def directory(d, amc):
    ours = operator_of(d, amc)
    code, _, said = route(d, "check", "--amc", amc, check=False)
    t.same((code, said), (4, "unknown\n"), "an AMC that it does not have")
    code, _, said = d.ecluse("act", d.dir, "--admin-key", os.path.join(
        d.dir, "drill", "admin-1.pem"),
        "route amc=%s operator=x from=2026-01-01" % amc, check=False)
    t.ok(code == 3 and "two administrators" in said, "one alone adds none",
         said)
    route(d, "add", "--amc", amc, "--convention", "VM", "--csr", "E01",
          "--operator", ours, "--from", "2026-01-01", "--until",
          "2026-09-30")
    route(d, "add", "--amc", amc, "--convention", "BF", "--operator", ours,
          "--from", "2026-10-01")
    d.ecluse("act", d.dir, "route amc=%s convention=ZZ operator=loin "
             "url=https://loin.example/fhir from=2026-01-01" % amc)
    code, rows, said = route(d, "list", "--json")
    t.same([(r["convention"], r["csr"]) for r in rows],
           [("BF", ""), ("ZZ", "")], "list: what holds today")
    code, rows, said = route(d, "list", "--json", "--on", "2026-09-30")
    t.same([(r["convention"], r["csr"]) for r in rows],
           [("VM", "E01"), ("ZZ", "")], "list: what held on a day")
    code, rows, said = route(d, "check", "--json", "--amc", amc,
                             "--convention", "VM", "--csr", "E01",
                             check=False)
    t.same((code, rows[0]["verdict"], [r["convention"] for r in rows[1:]]),
           (1, "route-over", ["ZZ", "BF"]), "check: over, and the right ones")
    code, rows, said = route(d, "check", "--json", "--amc", amc,
                             "--convention", "BF", "--csr", "any")
    t.same((code, rows[0]["verdict"]), (0, "good"), "check: right")
    code, rows, said = route(d, "check", "--json", "--amc", amc,
                             "--convention", "ZZ", check=False)
    t.same((code, rows[0]["verdict"], rows[1]["url"]),
           (1, "route-elsewhere", "https://loin.example/fhir"),
           "check: of an operator that is not here")


def wrong_routes(d, amc):
    site = d.people.site("optician")
    one = next(p for p in d.people.covered("OPTI", DAY) if p["amc"] == amc)
    before = d.budgets("site:" + site["site"])

    def ask(**more):
        code, said = d.ask(site, one, **more)
        return code, code_of(said), said.get("response")
    code, state, outcome = ask(convention="VM", csr="E01")
    t.same((code, state), (3, "route-over"), "yesterday's route is refused")
    t.same([r.get("convention") for r in right(outcome)], ["ZZ", "BF"],
           "and told which are right")
    t.same(right(outcome)[1], {"convention": "BF", "operator": operator_of(d, amc),
                               "start": "2026-10-01"}, "with operator and day")
    t.ok("BF/*" in outcome["issue"][0]["details"]["text"] and
         "BF/*" in outcome["issue"][0]["diagnostics"], "in words too", outcome)
    named = d.question(one, "member")
    code, out, err = d.ecluse(
        "ask", "--key", d.people.key(site), "--domain", "OPTI", "--date", DAY,
        "--convention", "VM", "--csr", "E01", *(
            x for k, v in named.items() for x in ("--" + k, v)), check=False)
    t.ok(code == 3 and "right route  operator loin, convention ZZ" in out + err,
         "and a person is told who answers", (code, out, err))
    t.same(ask(convention="QQ")[1], "route", "one that never was")
    code, state, outcome = ask(convention="ZZ")
    t.same((state, right(outcome)[0].get("address")),
           ("route-elsewhere", "https://loin.example/fhir"),
           "another operator's, with its address")
    code, state, outcome = ask(convention="BF", date="2026-09-29")
    t.same((state, [r["convention"] for r in right(outcome)]),
           ("route-over", ["ZZ", "VM"]), "judged on the day of care")
    t.same(ask()[1], "route-unsaid", "no route, and two operators answer")
    t.same(ask(plain=True, convention="VM", csr="E01")[1], "route-over",
           "the same, plain")
    t.same(d.budgets("site:" + site["site"]), before,
           "none of this counts a person or a miss")
    t.same(d.scope("site:" + site["site"])["read"], [], "nobody was read")
    code, state, answer = ask(convention="BF", csr="any")
    t.same((code, state in ("covered", "other-route")), (0, True),
           "the right one is answered")


def table(d, amc):
    """A thousand routes in one table."""
    path = os.path.join(d.folder, "routes.csv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("amc;operator;from;convention;csr;until\n")
        for i in range(3000):
            f.write("%010d;aval;2026-01-01;C%d;;\n" % (77000000 + i // 300,
                                                      i % 300))
    code, _, said = d.ecluse("route", "bulk", d.dir, path)
    t.ok("applied" in said or code == 0, "three thousand lines in one go",
         said)
    t.same(len(route(d, "list", "--json")[1]), 3002, "they are all there")
    with open(path, "w", encoding="utf-8") as f:
        f.write("amc;operator;from;csr\n12;aval;2026-01-01;\n"
                "0099100009;aval;2026-13-01;x x\n")
    code, _, said = d.ecluse("route", "bulk", d.dir, path, check=False)
    t.ok(code == 1 and "routes.csv:2: amc: not 10 digits" in said and
         "routes.csv:3: from: not a day" in said and
         "routes.csv:3: csr: a space" in said, "faults by line and column",
         said)
    with open(path, "w", encoding="utf-8") as f:
        f.write("amc;operator;from;convention;until\n"
                "0077000000;aval;2026-02-01;C7;\n"
                "0077000099;aval;2026-02-02;;2026-01-01\n")
    code, _, said = d.ecluse("route", "bulk", d.dir, path, check=False)
    entry = route(d, "show", "--amc", "0077000000", "--json")[1][7]["entry"]
    t.ok(code == 1 and "routes.csv:2: from: a route of this" in said and
         "the instance's entry %d\n" % entry in said and
         "routes.csv:3: until: before from" in said,
         "what the keeper would refuse is said at once", said)
    said = run(os.path.join(os.environ["ECLUSE_BUILD"], "ecluse"), "route",
               "bulk", d.dir, path, check=False,
               env=dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="fr"))[2]
    t.ok("avant from (la veille" in said, "in French", said)
    folder = os.path.join(d.folder, "requests")
    with open(path, "w", encoding="utf-8") as f:
        f.write("amc;operator;from\n0099100009;aval;2026-01-01\n")
    d.ecluse("route", "bulk", d.dir, path, "--write", folder)
    d.ecluse("send", d.dir, os.path.join(folder, "000001.act"))
    t.same(route(d, "check", "--amc", "0099100009", "--json",
                 check=False)[1][0]["verdict"], "route-elsewhere",
           "by a request on paper")


def second_cell(d, amc):
    """Keys and cell of the same mutuelle at another operator."""
    folder = os.path.join(d.folder, "second")
    d.insurer("keygen", "--out", folder, "--amc", amc)
    for name in ("feed", "card"):
        run("openssl", "pkey", "-in", os.path.join(folder, name + ".pem"),
            "-pubout", "-out", os.path.join(folder, name + ".pub"))
    d.ecluse("enrol", d.dir, "insurer", "--amc", amc, "--operator", "amont",
             "--feed-key", os.path.join(folder, "feed.pub"),
             "--card-key", os.path.join(folder, "card.pub"))
    return folder


def feed_second(d, amc, folder, path):
    out = os.path.join(d.folder, "second.feed")
    d.insurer("feed", "--amc", amc, "--key", os.path.join(folder, "feed.pem"),
              "--handle-key", d.people.insurer_file(amc, "handle.key"),
              "--to", d.pin, "--in", path, "--out", out)
    return out


def two_operators(d, amc):
    """Half of a mutuelle's members move to another operator."""
    site = d.people.site("optician")
    people = [p for p in d.people.covered("OPTI", DAY) if p["amc"] == amc]
    refs = sorted({p["ref"] for p in people})
    moved = set(refs[::2])
    folder = second_cell(d, amc)
    stay = book(d, amc, "stay.csv", lambda r: r["ref"] not in moved,
                convention="VM")
    go = book(d, amc, "go.csv", lambda r: r["ref"] in moved, convention="BF")
    for convention, operator in (("VM", operator_of(d, amc)),
                                 ("BF", "amont")):
        route(d, "add", "--amc", amc, "--convention", convention,
              "--operator", operator, "--from", "2026-01-01")
    reports = d.load(d.make_feed(amc, stay)[0])[1]
    t.same(reports[-1]["state"], "committed", "a feed by the first one's key")
    feed = feed_second(d, amc, folder, go)
    code, told, err = d.insurer(
        "send", "--url", d.plane("staff")["url"], "--ca", d.ca, "--amc", amc,
        "--key", os.path.join(folder, "feed.pem"), "--to", d.pin, "--json",
        feed)
    told = json.loads(told)
    t.same((told["state"], told["persons_new"] > 0, told["dropped"]),
           ("committed", True, 0),
           "one by the second's, over the network, into its own cell")
    here = next(p for p in people if p["ref"] not in moved)
    there = next(p for p in people if p["ref"] in moved)

    def ask(person, convention, how="member", **more):
        code, said = d.ask(site, person, how, convention=convention, **more)
        return code_of(said)
    t.same([ask(here, "VM"), ask(there, "BF")], ["covered"] * 2,
           "each is found where his route leads")
    t.same(ask(here, "BF"), "unknown", "and is a stranger to the other")
    # his rights there end the day before the feed's, which is today
    t.ok(ask(there, "VM") in ("closed", "other-route"),
         "or one who has left it")
    code, said = d.ask(site, here)
    t.same((code_of(said), sorted(r["operator"] for r in
                                  right(said["response"]))),
           ("route-unsaid", sorted(["amont",
                                    operator_of(d, amc)])),
           "without a route: which operator?")
    code, said = d.ask(site, here, "card")
    t.same(code_of(said), "covered", "a card tells by its key")
    counted = [p for p in d.scope("site:" + site["site"])["read"]
               if p["amc"] == amc]
    t.same({(p["operator"], ref) for p in counted for ref in
            d.open_refs(amc, [p["ref"]])},
           {(operator_of(d, amc), here["ref"]),
            (operator_of(d, amc), there["ref"]),
            ("amont", there["ref"])},
           "counted in each operator's cell, under the same reference")
    for name in (amc, amc + "@nobody"):
        code, _, said = d.ecluse("close", d.dir, "amc:" + name, check=False)
        t.ok(code == 4 and "AMC@OPERATOR" in said, "close %s: which?" % name,
             said)
    d.ecluse("close", d.dir, "amc:%s@amont" % amc)
    t.same([ask(here, "VM"), ask(there, "BF")], ["covered", "closed-cell"],
           "one operator is closed, the other answers")
    d.ecluse("open", d.dir, "amc:%s@amont" % amc)
    ref = next(p["ref"] for p in counted if p["operator"] == "amont")
    whose = {}
    for operator in ("amont", operator_of(d, amc)):
        out = d.ecluse("who", d.dir, "--amc", "%s@%s" % (amc, operator),
                       "--ref", ref, "--from", "2026-09-01T00:00:00Z", "--to",
                       "2027-01-01T00:00:00Z", check=False)[1]
        whose[operator] = len(json.loads(out))
    t.same(whose, {"amont": 1, operator_of(d, amc): 1},
           "who read her, by operator")
    code, _, said = d.ecluse("who", d.dir, "--amc", amc, "--ref", ref,
                             "--from", "2026-09-01T00:00:00Z", "--to",
                             "2027-01-01T00:00:00Z", check=False)
    t.ok(code != 0 and "AMC@OPERATOR" in said, "who, of which operator?",
         said)
    d.stop()
    d.serve()
    t.same([ask(here, "VM"), ask(there, "BF")], ["covered"] * 2,
           "and so after a restart")


def moved_on(d, amc):
    """The clock goes on, and the route ends by itself."""
    site = d.people.site("optician")
    one = next(p for p in d.people.covered("OPTI", DAY) if p["amc"] == amc)
    route(d, "add", "--amc", amc, "--convention", "VM", "--operator",
          operator_of(d, amc), "--from", "2026-01-01", "--until",
          DAY)
    route(d, "add", "--amc", amc, "--convention", "BF", "--operator",
          operator_of(d, amc), "--from", "2026-11-24")
    t.same(d.ask(site, one, convention="BF")[1]["state"], "route-over",
           "tomorrow's route, today")
    d.clock("2026-11-24T08:00:00Z")
    t.same(route(d, "check", "--amc", amc, "--convention", "VM", "--json",
                 check=False)[1][0]["verdict"], "route-over",
           "today's route, tomorrow")
    t.ok(d.ask(site, one, convention="BF", date="2026-11-24")[1]["state"] in
         ("covered", "other-route", "closed"), "tomorrow's, tomorrow")
    route(d, "add", "--amc", amc, "--convention", "BF", "--operator",
          operator_of(d, amc), "--from", "2026-11-24",
          "--until", "2026-11-23")
    code, rows, _ = route(d, "show", "--amc", amc, "--json")
    t.same([("replaced_by" in r, r["until"] if "until" in r else None)
            for r in rows],
           [(False, DAY), (True, None), (False, DAY)],
           "what was taken back is still shown, with what replaced it")
    entries = [r["entry"] for r in rows]
    t.same(rows[1]["replaced_by"], entries[2], "by the entry that says so")


def orders(answer):
    """[(order or None, level)] of an answer's insurances, as they stand."""
    found = []
    for i in answer["insurance"]:
        order = [e["valuePositiveInt"] for e in i["extension"]
                 if e["url"] == EXT + "insurer-order"]
        found.append((order[0] if order else None, i["item"][0]["benefit"][0]
                      ["allowedString"]))
    return found


def add_line(path, ref, **change):
    """One more line for a person of a book."""
    with open(path, encoding="utf-8") as f:
        head, *lines = f.read().splitlines()
    names = head.split(";")
    row = next(r for r in (dict(zip(names, l.split(";"))) for l in lines)
               if r["ref"] == ref)
    row.update(change)
    with open(path, "a", encoding="utf-8") as f:
        f.write(";".join(row[n] for n in names) + "\n")


def in_order(d, one, two):
    """Somebody with two contracts at his mutuelle, and one at another."""
    site = d.people.site("optician")
    lines = {}
    for p in d.people.people:
        lines.setdefault((p["amc"], p["ref"]), []).append(p)
    person = next(p for p in d.people.covered("OPTI", DAY) if p["amc"] == one
                  and len(lines[one, p["ref"]]) == 1 and p["member"] and
                  p["nir"] and p["order"] == "1")
    other = next(p for p in d.people.covered("OPTI", DAY) if p["amc"] == two
                 and len(lines[two, p["ref"]]) == 1 and p["member"])
    first = book(d, one, "first.csv", lambda r: True)
    add_line(first, person["ref"], contract="SURCO", order="2",
             member="SURCO0001", domains="OPTI=EUR450")
    add_line(first, person["ref"], contract="AUTRE", order="3",
             member="SURCO0002", domains="OPTI=EUR10")
    # somebody new there: what was known of a day before is not unsaid
    second = book(d, two, "second.csv", lambda r: True)
    with open(second, "a", encoding="utf-8") as f:
        with open(os.path.join(d.people.folder, "feed", two + ".csv"),
                  encoding="utf-8") as g:
            names = g.readline().strip().split(";")
        row = dict(other, ref="NEW-1", member="NEW0001", cards="", order="2",
                   nir=person["nir"], birth=person["birth"],
                   rank=person["rank"])
        f.write(";".join(row[n] for n in names) + "\n")
    for amc, path in ((one, first), (two, second)):
        t.same(d.load(d.make_feed(amc, path)[0])[0], 0,
               "a book that says the order is taken")
    code, said = d.ask(site, person)
    level = orders(said["response"])[0][1]
    t.same(orders(said["response"]), [(1, level), (2, "EUR450")],
           "two contracts of one mutuelle stand in order of payment")
    code, plain = d.ask(site, person, plain=True)
    t.same(orders(plain["response"]), orders(said["response"]),
           "plain and sealed alike")
    claims = next(e["valueString"] for e in said["response"]["extension"]
                  if e["url"].endswith("/promise")).split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
    t.same(claims["lvl"], level, "the promise is the first one's")
    words = d.ecluse("ask", "--key", d.people.key(site), "--amc", one,
                     "--member", person["member"], "--birth",
                     person["birth"], "--rank", person["rank"], "--domain",
                     "OPTI", "--date", DAY)[1]
    t.ok("and then     EUR450, order 2" in words, "in words", words)
    path = os.path.join(d.folder, "two.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        for amc in (two, one):
            f.write(json.dumps({"amc": amc, "nir": person["nir"], "birth":
                                person["birth"], "rank": person["rank"],
                                "domain": "OPTI", "date": DAY}) + "\n")
    out = d.ecluse("ask", "--key", d.people.key(site), "--file", path,
                   "--bundle", "--json")[1]
    told = [orders(json.loads(l)["response"])[0][0]
            for l in out.splitlines()]
    t.same(told, [2, 1], "two mutuelles in one bundle: who is billed first")
    out = d.ecluse("ask", "--key", d.people.key(site), "--file", path,
                   "--bundle")[1].splitlines()
    t.ok(out[0].endswith("order 2") and "order" not in out[1],
         "and in words", out)


with Drill(members=900, insurers=5, seed=31) as d:
    amcs = [i["amc"] for i in d.people.insurers]
    directory(d, amcs[0])
    wrong_routes(d, amcs[0])
    table(d, amcs[0])
    two_operators(d, amcs[1])
    moved_on(d, amcs[2])
    in_order(d, amcs[3], amcs[4])
sys.exit(t.done())
