#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: who enrols many new keys and reads a new key's few with each.

Goal: all new keys together read no more persons without a card than their
cap, also after a restart and a crash; a card goes on, old keys go on, so that
nobody is shut out by it; the number of new keys a day has its own cap; one new
key alone begins with a quarter of its budget and grows for two weeks; a site's
own figures hold for its keys too.
"""
import datetime
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, run  # noqa: E402

CAP = 25


def enrol(d, n):
    """A new site with a key of today; by one administrator, if he may."""
    path = os.path.join(d.folder, "new%d.pem" % n)
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", path)
    d.ecluse("enrol", d.dir, "site", "--id", "NEW%d" % n, "--profession",
             "optician")
    code, out, err = d.ecluse("enrol", d.dir, "key", "--site", "NEW%d" % n,
                              "--key", path, check=False)
    return {"site": "NEW%d" % n, "key": path}, code, err


def answered(d, site, people, how="member"):
    got = d.ask_file(site, [d.question(p, how) for p in people])
    return [p for p, a in zip(people, got) if a["status"] == 200]


def together(t, d, people):
    d.ecluse("act", d.dir, "cap keys-day=6 persons24=%d persons30=90" % CAP)
    sites = [enrol(d, n)[0] for n in range(6)]
    read = [answered(d, s, people[20 * n:20 * n + 20])
            for n, s in enumerate(sites)]
    t.same(sum(len(r) for r in read), CAP,
           "six new keys read as much as their cap, together")
    t.ok(read[0] and not read[5], "and none alone is at its own budget",
         [len(r) for r in read])
    last = sites[5]
    t.same(answered(d, sites[0], read[0]), read[0],
           "whom a key has read can be asked about again")
    with_card = [p for p in people[200:260] if d.has(p, "card")][:5]
    t.same(answered(d, last, with_card, "card"), with_card,
           "a card goes on")
    t.same(len(answered(d, d.people.site("optician"), people[300:310])), 10,
           "keys of full age go on")
    status = d.ecluse("status", d.dir, check=False)[1]
    t.ok("%d of %d persons in 24 hours" % (CAP, CAP) in status,
         "the status tells it", status)
    for what, how in (("a clean end", signal.SIGTERM),
                      ("a crash", signal.SIGKILL)):
        d.stop(how)
        d.serve()
        got = d.ask_file(last, [d.question(p, "member")
                                for p in people[110:115]])
        t.same([a["state"] for a in got], ["budget-spent"] * 5,
               "%s gives no room" % what)
    site, code, err = enrol(d, 6)
    t.ok(code == 3 and "cap" in err, "a seventh key today is over the cap",
         (code, err))
    d.ecluse("act", d.dir, "cap keys-day=7 persons24=%d persons30=90" %
             (CAP + 3))
    t.same(len(answered(d, last, people[110:120])), 3,
           "two administrators raise it")


def own(t, d, people):
    site = d.people.site("optician", 1)
    asker = "site:" + site["site"]
    d.ecluse("act", d.dir, "budget site=%s t24=7 c24=9 t30=70 c30=90 m24=5 "
             "m30=9" % site["site"])
    t.same(len(answered(d, site, people[400:420])), 7,
           "a site's own figures hold")
    line = d.budgets(asker)[0]
    t.same((line["own_figures"], line["site"]["t24"], line["key"]["t24"]),
           (True, [7, 7], [7, 7]), "at the site and its keys")
    d.ecluse("act", d.dir, "budget site=%s t24=60 c24=90 t30=700 c30=900 "
             "m24=5 m30=9" % site["site"])
    d.stop()
    d.serve()
    t.same(d.budgets(asker)[0]["key"]["t24"], [7, 60],
           "raised, and after a restart")
    d.ecluse("act", d.dir, "budget site=%s default=yes" % site["site"])
    line = d.budgets(asker)[0]
    t.same((line["own_figures"], line["site"]["t24"], line["key"]["t24"]),
           (False, [7, 40], [7, 40]), "and given back")


def alone(t, d, people):
    """A key of today, day by day: no window holds two of these."""
    d.ecluse("act", d.dir, "cap keys-day=9 persons24=900 persons30=900")
    begin = datetime.datetime(2026, 11, 23, 9)
    site = enrol(d, 7)[0]
    for n, (day, room) in enumerate(((0, 10), (1, 13), (6, 24), (13, 40))):
        d.clock((begin + datetime.timedelta(days=day, hours=n + 1)).strftime(
            "%Y-%m-%dT%H:%M:%SZ"))
        read = answered(d, site, people[50 * n:50 * n + 50])
        t.same(len(read), room, "a key of day %d reads %d, and no more" % (
            day, room))


def main():
    t = Tap()
    with Drill(members=3000, insurers=3, seed=41) as d:
        people = d.people.covered("OPTI")
        together(t, d, people)
        own(t, d, people)
        alone(t, d, people[500:])
        t.same(d.stop(), 0, "the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
