#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: keys turn while people ask: no question misses, no budget is spent
twice, who comes back is who he was; months are destroyed and stay destroyed,
whatever copy is put back; a kill at any point leaves one that works.
"""
import csv
import json
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, rows  # noqa: E402
from drill_cli import kill  # noqa: E402

JANUARY = "2027-01-04T09:00:00Z"


def keys(d):
    out = d.ecluse("keys", "list", d.dir, "--json", check=False)[1]
    return [json.loads(l) for l in out.splitlines()]


def states(d, kind):
    return [k["state"] for k in keys(d) if k["kind"] == kind]


def act(d, *words):
    return d.ecluse("keys", *words, d.dir, check=False)[0]


def path_of(d, amc):
    return os.path.join(d.people.folder, "feed", amc + ".csv")


def refeed(d, amc, leave_out=(), without_ref=()):
    """A full feed of a mutuelle's file, but for these references."""
    source = path_of(d, amc)
    with open(source, encoding="utf-8") as f:
        reader = csv.DictReader(f, delimiter=";")
        names, lines = reader.fieldnames, list(reader)
    out = os.path.join(d.folder, "again.csv")
    with open(out, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, names, delimiter=";", lineterminator="\n")
        w.writeheader()
        w.writerows(l for l in lines if l["ref"] not in leave_out)
    feed = d.make_feed(amc, out)[0]
    report = d.load(feed)[1][0]
    os.unlink(feed)
    return report


def answered(d, site, persons, how="member", date="2026-12-15"):
    return [a.get("state") for a in d.ask_file(
        site, [d.question(p, how) for p in persons], date=date)]


def indexes(t, d):
    site = d.people.site("optician")
    amc = d.people.insurers[0]["amc"]
    other = d.people.insurers[1]["amc"]
    people = [p for p in d.people.covered(day="2026-12-15")
              if p["member"] and p["nir"]]
    ours = [p for p in people if p["amc"] == amc][:6]
    theirs = [p for p in people if p["amc"] == other][:3]
    leaver = [p for p in people if p["amc"] == amc][7]
    first = answered(d, site, ours + theirs)
    t.ok(all(s == "covered" for s in first), "before: covered", str(first))
    left = answered(d, site, [leaver])
    t.same(left, ["covered"], "so is the one who will leave")
    before = d.scope("site:" + site["site"])

    refeed(d, amc, leave_out=(leaver["ref"],))
    t.same(act(d, "turn", "index"), 0, "the index turns")
    t.same(states(d, "index"), ["finds", "in use"], "two versions live")
    t.same(answered(d, site, ours + theirs), first, "between turn and feed")
    report = refeed(d, amc, leave_out=(leaver["ref"],))
    t.same((report["persons_new"], report["added"]), (0, 0),
           "a full feed after it finds everybody")
    t.same(answered(d, site, ours + theirs), first,
           "one mutuelle turned, the other not yet")
    t.same(answered(d, site, ours, "nir"), first[:6], "by NIR as well")
    kill(d, "keeper")
    t.same(answered(d, site, ours + theirs), first, "after a kill")
    report = refeed(d, amc)
    t.same(report["persons_new"], 0,
           "who comes back after the turn has his number")
    t.same(answered(d, site, [leaver]), left, "and is answered again")
    after = d.scope("site:" + site["site"])
    t.same(sorted(d.persons_read(after)), sorted(d.persons_read(before)),
           "scope over both versions: each person once")
    t.same(act(d, "destroy", "index", "1"), 3,
           "the old version stays while its months live")


def main():
    t = Tap()
    with Drill(members=600, insurers=2, seed=5,
               now="2026-12-20T09:00:00Z") as d:
        indexes(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
