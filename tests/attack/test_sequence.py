#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever would take entries out of the journal unseen.

Goal: one asker's entries are numbered 1, 2, 3 ... without a gap and without a
number used twice, summed refusals among them, also after kill -9: otherwise
the numbers do not show that nothing was removed (docs/journal.md). And a key
that fills the journal with refusals, one by one or fifty in a bundle, for each
reason that there is, has twenty entries a minute and a sum; with estimates
that no rule prices, whose entry stands before anybody knows, twenty times two
and these.
"""
import datetime
import http.client
import json
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from estimates import estimate_all  # noqa: E402
from feedwire import Staff  # noqa: E402
from test_forged_card import flipped  # noqa: E402
from test_slow_clients import FHIR, PATH, rights  # noqa: E402

RECORD, HEAD, LEAF = 888, 40, 192
SUMMARY = 2
NOBODY = bytes(16)
SINGLE, BUNDLES = 40, 3
FLOOD, ALONE = 45, 20
LATER = datetime.datetime(2026, 11, 23, 11, tzinfo=datetime.timezone.utc)
UNPRICED = [{"n": 1, "act": "NONE9", "price": "42.00"}]


def leaves(d):
    """(kind, asker, sequence) of every entry."""
    folder = os.path.join(d.dir, "keeper", "journal")
    found = []
    for name in sorted(os.listdir(folder)):
        if not name.startswith("seg-"):
            continue
        with open(os.path.join(folder, name), "rb") as f:
            data = f.read()
        for at in range(0, len(data) - RECORD + 1, RECORD):
            leaf = data[at + HEAD:at + HEAD + LEAF]
            if leaf[0] == 0:
                break
            found.append((leaf[1], leaf[10:26],
                          int.from_bytes(leaf[26:34], "big")))
    return found


def comes(condition, bound_s=60):
    until = time.monotonic() + bound_s
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def bundles(d, site, questions, domain="PHAR"):
    path = os.path.join(d.folder, "lines.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(dict(q, domain=domain, date="2026-11-23")) +
                     "\n" for q in questions)
    out = d.ecluse("ask", "--key", d.people.key(site), "--file", path,
                   "--bundle", "--json", check=False)[1]
    return [json.loads(l) for l in out.splitlines()]


class Floods:
    """Refusals of every kind, each by another key in a minute of its own, and
    over one connection: a program for each is a minute on a loaded machine."""

    def __init__(self, t, d):
        self.t, self.d, self.minute = t, d, LATER
        self.people = [p for p in d.people.covered("OPTI") if p["member"]]
        self.nth = 0

    def site(self, profession="optician"):
        self.nth += 1
        return self.d.people.site(profession, self.nth)

    def tick(self):
        self.minute += datetime.timedelta(minutes=1)
        self.d.clock(self.minute.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def flood(self, what, ask, alone=ALONE):
        """ask gives the codes of refusals: all of them, and not one else."""
        self.tick()
        before = len(leaves(self.d))
        codes = ask()
        self.t.ok(len(codes) == FLOOD and 0 not in codes and 4 not in codes,
                  "%s: refused %d times" % (what, FLOOD), codes)
        self.tick()
        def new():      # strangers' sums are others'
            return [k for k, a, _ in leaves(self.d)[before:]
                    if k != SUMMARY or a != NOBODY]
        summed = comes(lambda: SUMMARY in new())
        found = new()
        sums = found.count(SUMMARY)
        self.t.same((len(found) - sums, sums), (alone, 1),
                    "%s: %d entries and a sum" % (what, alone))
        if not summed:      # nor would the next one come
            raise RuntimeError("no sum")

    def asked(self, what, by, **changed):
        q = dict(self.d.question(self.people[0], "member"), **changed)
        self.flood(what, lambda: [
            a["exit"] for a in self.d.ask_file(by, [q] * FLOOD)])

    def spent(self):
        """Other persons, beyond a budget of one."""
        site = self.site()
        self.d.ecluse("act", self.d.dir, "budget site=%s t24=1 c24=1 t30=1 "
                      "c30=1 m24=1 m30=1" % site["site"])
        self.d.ask(site, self.people[0])
        self.flood("budget", lambda: [a["exit"] for a in self.d.ask_file(
            site, [self.d.question(p, "member")
                   for p in self.people[1:FLOOD + 1]])])
        said = re.findall(r"budget spent, and it goes on: (\d+) refused .*"
                          r"site (\d+), key (\d+)\), other keys: 0",
                          self.d.logged())
        self.t.same([(int(n), *{b["site_id"] for b in self.d.budgets(
            "site:#%s,key:#%s" % (by, key))}) for n, by, key in said],
            [(FLOOD - ALONE, site["site"])],
            "and the operator hears whose budget it is")

    def closed(self):
        site = self.site()
        self.d.ecluse("close", self.d.dir, "site:" + site["site"])
        self.asked("a closed site", site)

    def forged(self):
        site, person = self.site(), next(
            p for p in self.people if self.d.has(p, "card"))
        q = self.d.question(person, "card")
        q["card"] = flipped(q["card"], -1)
        self.flood("a forged card", lambda: [
            a["exit"] for a in self.d.ask_file(site, [q] * FLOOD)])

    def replayed(self):
        """One question is answered, and its bytes come again."""
        site, d, body = self.site(), self.d, rights(self.people[0])
        wire = Staff(d.url, d.ca, d.people.key(site),
                     lambda: int(self.minute.timestamp()))

        def ask():
            fields = dict(wire.fields("POST", PATH, body),
                          **{"Content-Type": FHIR, "Host": wire.authority})
            c = http.client.HTTPSConnection(wire.host, wire.port,
                                            context=wire.tls, timeout=60)
            codes = []
            for _ in range(FLOOD + 1):
                c.request("POST", PATH, body, fields)
                answer = c.getresponse()
                answer.read()
                codes.append(answer.status)
            self.t.same((codes[0], set(codes[1:])), (200, {401}),
                        "answered once")
            return codes[1:]
        self.flood("replayed", ask, 1)

    def unpriced(self):
        site, d = self.site("gp"), self.d
        person = [p for p in d.people.covered("MED") if p["member"]][0]
        self.flood("estimates that no rule prices", lambda: [
            json.loads(l)["exit"] for l in estimate_all(
                d, site, person, UNPRICED, "MED", times=FLOOD)[
                    1].splitlines()], 2 * ALONE + ALONE)

    def all(self):
        other, mine = self.d.people.site("optician")["site"], self.site()
        q = self.d.question(self.people[0], "member")
        self.flood("another's site", lambda: [
            a["exit"] for a in self.d.ask_file(
                mine, [q] * FLOOD, also=("--site", other))])
        self.asked("a domain that is not its own", self.site(), domain="PHAR")
        self.asked("no question", self.site(), rank="12")
        self.forged()
        self.spent()
        self.closed()
        self.replayed()
        self.unpriced()


def by_number(t, d):
    site = d.people.site("optician")
    person = d.people.covered("OPTI")[0]
    d.clock("2026-11-23T09:03:00Z")     # all in one minute
    wrong = [d.question(person, "member")] * SINGLE
    got = d.ask_file(site, wrong, domain="PHAR")
    got += bundles(d, site, wrong[:1] * 50 * BUNDLES)
    t.same([a["exit"] for a in got], [3] * (SINGLE + 50 * BUNDLES),
           "questions are refused, alone and in bundles")
    d.clock("2026-11-23T09:05:00Z")
    t.ok(comes(lambda: any(k == SUMMARY and a != NOBODY
                           for k, a, _ in leaves(d))),
         "after 20 refusals alone, one sum")
    scope = d.scope("site:" + site["site"])
    t.same(scope["refused"], SINGLE + 50 * BUNDLES, "which counts them")
    ready = d.logged().count("ready: ")
    os.kill(d.pid("keeper"), signal.SIGKILL)
    t.ok(comes(lambda: d.logged().count("ready: ") > ready),
         "a keeper that was killed returns")
    t.same(d.ask(site, person)[0], 0, "questions are answered again")
    t.same(d.stop(), 0, "the end is clean")
    by_asker = {}
    for _, asker, sequence in leaves(d):
        if asker != NOBODY:
            by_asker.setdefault(asker, []).append(sequence)
    t.same([sorted(s) for s in by_asker.values()],
           [list(range(1, len(s) + 1)) for s in by_asker.values()],
           "each asker's numbers are 1, 2, 3 ...: none twice")
    t.same(max(len(s) for s in by_asker.values()), 22,
           "20 refusals alone, one sum, one answer")


def main():
    t = Tap()
    with Drill(members=1000, insurers=2, seed=23) as d:
        by_number(t, d)
    with Drill(members=1000, insurers=2, seed=23, sites=240) as d:
        Floods(t, d).all()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
