#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever goes on asking behind a gate that was just closed.

Goal: each gate (plane, profession on it, cell, site, key, professional) shuts
what it names at once and nothing else; the refusal has its own code, tells
the counter what to do in two languages, is signed, counted and journaled, and
is the same bytes for a person and a stranger; a question that waited when its
gate was closed is refused; a closed plane gives no metadata either, and every
other goes on giving it; who leaves the closed professional's number out is
refused too; one administrator closes, two open; closed stays closed over a
restart.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from relay import Relay, Slowed  # noqa: E402
from test_closed_feeds import metadata  # noqa: E402
from test_many_sites import HIS, OTHERS, enrol_key, enrol_site  # noqa: E402

PLANES = ("flow", "portal", "staff")


def one(d):
    return ["--admin-key", os.path.join(d.dir, "drill", "admin-1.pem")]


class Switches:
    def __init__(self, t, d):
        self.t, self.d = t, d
        self.site = d.people.site("optician")
        self.beside = d.people.site("optician", 1)
        self.other = d.people.site("pharmacy")
        people = d.people.covered("OPTI")
        self.person = people[0]
        self.elsewhere = next(p for p in people
                              if p["amc"] != self.person["amc"])

    def state(self, site, person, domain="OPTI", **fields):
        return self.d.ask(site, person, domain=domain, **fields)[1].get(
            "state")

    def key(self):
        return self.d.budgets("site:" + self.site["site"])[0]["asker"]

    def gate(self, gate, code, unharmed):
        """Closes, asks, opens."""
        t, d = self.t, self.d
        t.same(self.state(self.site, self.person), "covered",
               "%s: an answer before" % gate)
        d.ecluse("close", d.dir, gate, "--reason", "test", *one(d))
        got = d.ask(self.site, self.person)
        t.same((got[0], got[1].get("state")), (3, code),
               "%s: refused with its own code" % gate)
        stranger = dict(self.d.question(self.person, "member"),
                        member="4999999999")
        theirs = d.ask(self.site, **stranger)
        same = [{k: v for k, v in g[1].items() if k not in (
            "date", "nonce", "ms")} for g in (got, theirs)]
        t.same(same[0], same[1], "%s: a stranger hears the same" % gate)
        t.ok("payant" in str(got[1]), "%s: it says what to do" % gate, got)
        closed = gate[6:] if gate.startswith("plane:") else None
        t.same([metadata(d, plane) for plane in PLANES],
               [(403, "closed-plane") if plane == closed else (200, None)
                for plane in PLANES],
               "%s: metadata of a closed plane, and of no other, is refused"
               % gate)
        for site, person, domain, what in unharmed:
            t.same(self.state(site, person, domain), "covered",
                   "%s: %s goes on" % (gate, what))
        status = d.ecluse("status", d.dir, check=False)
        t.ok(status[0] == 1 and gate in status[1] and "test" in status[1],
             "%s: the status shows it" % gate, status)
        code, out, err = d.ecluse("open", d.dir, gate, *one(d), check=False)
        t.ok(code == 3 and "two administrators" in err,
             "%s: one administrator does not open it" % gate, (code, err))
        d.ecluse("open", d.dir, gate)
        t.same((self.state(self.site, self.person), metadata(d)),
               ("covered", (200, None)), "%s: open again" % gate)


def each(t, d, s):
    site, amc = s.site["site"], s.person["amc"]
    beside = (s.beside, s.person, "OPTI", "another optician")
    pharmacy = next(p for p in d.people.covered("PHAR"))
    other = (s.other, pharmacy, "PHAR", "a pharmacy")
    cell = (s.site, s.elsewhere, "OPTI", "another cell")
    s.gate("plane:flow", "closed-plane", [])
    s.gate("profession:optician@flow", "closed-profession", [other])
    s.gate("amc:" + amc, "closed-cell", [cell])
    s.gate("site:" + site, "closed-site", [beside, other])
    s.gate("key:" + s.key(), "closed-key", [beside, other])
    if s.site["rpps"] and " " not in s.site["rpps"]:
        s.gate("rpps:" + s.site["rpps"], "closed-professional",
               [beside, other])
    d.ecluse("close", d.dir, "plane:portal", "profession:optician@portal",
             *one(d))
    t.same(s.state(s.site, s.person), "covered",
           "another plane's closing does nothing to this one")
    t.same([metadata(d, plane) for plane in PLANES],
           [(200, None), (403, "closed-plane"), (200, None)],
           "nor to its metadata; its own is refused")
    d.ecluse("open", d.dir, "plane:portal", "profession:optician@portal")


def counted(t, d, s):
    asker = "site:" + s.beside["site"]
    before = d.scope(asker)["refused"]
    d.ecluse("close", d.dir, asker, *one(d))
    for _ in range(3):
        s.state(s.beside, s.person)
    t.same(d.scope(asker)["refused"], before + 3,
           "refusals of a closed gate stand in the journal")
    t.same(d.budgets(asker)[0]["key"]["t24"][0],
           len(d.scope(asker)["read"]), "and read nobody")
    code, out, err = d.ecluse("close", d.dir, asker, *one(d), check=False)
    t.ok(code == 3 and "already" in err, "closed once", err)
    t.same(d.stop(), 0, "a clean end")
    d.serve()
    t.same(s.state(s.beside, s.person), "closed-site",
           "closed over a restart")
    d.ecluse("open", d.dir, asker)
    t.same(s.state(s.beside, s.person), "covered", "and opened again")


def left_out(t, d, s):
    """A key of two professionals, whose numbers may be left out."""
    enrol_site(d, "TWO")
    site = enrol_key(d, "TWO", "two", "%s,%s" % (HIS, OTHERS[0]))
    d.ecluse("close", d.dir, "rpps:" + HIS, *one(d))
    t.same([s.state(site, s.person, rpps=HIS),
            s.state(site, s.person, rpps=OTHERS[0]), s.state(site, s.person)],
           ["closed-professional", "covered", "covered"],
           "one of two closed: the other goes on, named or not")
    d.ecluse("close", d.dir, "rpps:" + OTHERS[0], *one(d))
    t.same(s.state(site, s.person), "closed-professional",
           "both closed, and neither named: refused")
    d.ecluse("open", d.dir, "rpps:" + HIS)
    t.same(s.state(site, s.person), "covered", "one opened again")


def close_meanwhile(d, relay, s, asker, gate):
    """What the question heard, how many refusals were written, and whether it
    waited until the gate was closed: four seconds can be too few on a loaded
    machine."""
    before = d.scope(asker)["refused"]
    asked = Slowed(relay, d.ask, s.site, s.person)
    d.budgets(asker)        # so that it is there
    d.ecluse("close", d.dir, gate, *one(d))
    got, waited = asked.answer()
    refused = d.scope(asker)["refused"] - before
    d.ecluse("open", d.dir, gate)
    return got[1].get("state"), refused, waited


def while_slowed(t, d, relay, s):
    """The question waits for four seconds; what closes meanwhile is closed."""
    d.ecluse("act", d.dir, "wide scope=platform code=* floor24=1 each24=0 "
             "floor30=1 each30=0")
    asker = "site:" + s.site["site"]
    for gate, code in (("amc:" + s.person["amc"], "closed-cell"),
                       ("plane:flow", "closed-plane")):
        for _ in range(5):
            told = close_meanwhile(d, relay, s, asker, gate)
            if told[2]:
                break
        t.same(told, (code, 1, True), "%s: closed while it waited: "
               "refused, and written" % gate)


def main():
    t, relay = Tap(), Relay()
    try:
        with Drill(members=2000, insurers=3, seed=31,
                   conf=relay.conf()) as d:
            relay.serve(d)
            s = Switches(t, d)
            each(t, d, s)
            counted(t, d, s)
            left_out(t, d, s)
            while_slowed(t, d, relay, s)
            t.same(d.stop(), 0, "the end is clean")
    finally:
        relay.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
