#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attackers of the list of who was read.

Goal: an administrator's client that leaves in the middle of a scope neither
stops the keeper nor puts its persons into the next one's list; a robot that
asks about one person again and again, which is free, does not make the list
too long to be written; a handle that the vault says late is not taken; who
holds a key of two professionals and names neither is in the list of both.
"""
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, program  # noqa: E402
from estimates import estimate  # noqa: E402
from test_many_sites import Thief, enrol_key, enrol_site  # noqa: E402

AGAIN = 4000
HIS, HERS = "99700000017", "99700000025"


def registry_size(d):
    with open(os.path.join(d.dir, "registry", "public", "checkpoint"),
              encoding="utf-8") as f:
        return int(f.read().split("\n")[1])


def command(d, site):
    return [program("ecluse"), "journal", "scope", d.dir, "--asker",
            "site:" + site["site"], "--from", "2026-09-01T00:00:00Z",
            "--to", "2027-12-31T00:00:00Z"]


def begun(d, before, bound_s=30):
    """Until the act of a scope is in the registry's checkpoint, and then a
    few turns of the loop more."""
    until = time.monotonic() + bound_s
    while registry_size(d) <= before:
        if time.monotonic() > until:
            raise RuntimeError("the scope's act was not applied")
        time.sleep(0.02)
    for _ in range(5):
        d.budgets("site:" + d.people.site("optician")["site"])


def left_in_the_middle(t, d, sites, people):
    for site, some in zip(sites, (people[:6], people[6:12])):
        for p in some:
            d.ask(site, p)
    vault, found = d.pid("vault"), {}
    keeper = d.pid("keeper")
    os.kill(vault, signal.SIGSTOP)
    try:
        size = registry_size(d)
        first = subprocess.Popen(command(d, sites[0]),
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        begun(d, size)
        first.kill()
        first.wait()
        size = registry_size(d)
        second = threading.Thread(target=lambda: found.update(
            d.scope("site:" + sites[1]["site"])))
        second.start()
        begun(d, size)
        note = os.path.join(d.folder, "scope.act")
        d.ecluse(*command(d, sites[0])[1:], "--write", note)
        code, out, err = d.ecluse("send", d.dir, note, check=False)
        t.ok(code != 0 and "another scope" in err,
             "a third waits for the second", (code, out, err))
    finally:
        os.kill(vault, signal.SIGCONT)
    second.join()
    code, out, err = d.ecluse("send", d.dir, note, check=False)
    t.same(code, 0, "and its act was not used up by waiting")
    t.same(d.pid("keeper"), keeper, "the keeper lives")
    t.same(d.persons_read(found), {(p["amc"], p["ref"])
                                   for p in people[6:12]},
           "the second list has the second asker's persons, nobody else's")


def asked_again_and_again(t, d, site, person):
    got = d.ask_file(site, [d.question(person, "member")] * AGAIN)
    answered = sum(1 for a in got if a["status"] == 200)
    t.same(answered, AGAIN, "asking again is free")
    scope = d.scope("site:" + site["site"])
    t.same(d.persons_read(scope), {(person["amc"], person["ref"])},
           "the list is written, and has one person")
    line = scope["read"][0]
    t.same((len(line["indexes"]), len(line["times"])), (AGAIN, AGAIN),
           "with every entry")


def named_nobody(t, d, people):
    """A key of two: three persons for each, three for nobody; and one whom an
    estimate that was refused was about."""
    enrol_site(d, "SHARED001")
    key = enrol_key(d, "SHARED001", "shared", HIS + "," + HERS)
    thief, asked = Thief(t, d, random.Random(1)), {}
    for n, who in enumerate((HIS, HERS, None)):
        some = people[3 * n:3 * n + 3]
        asked[who] = {(p["amc"], p["ref"]) for p in some}
        for got in thief.send(thief.questions(
                dict(key, rpps=who), some, "member", who is not None)):
            thief.put(*got)
    t.same({who for who, _, _ in thief.told}, set().union(*asked.values()),
           "all are answered")
    said = estimate(d, None, people[9], [{"n": 1, "act": "NONE9",
                                          "price": "1.00"}], "OPTI",
                    key=key["key"])[1]
    t.same(said.get("state"), "act", "an estimate is refused")
    for who in (HIS, HERS):
        found = d.scope("rpps:" + who)
        t.same(d.persons_read(found), asked[who],
               "whom he read is what he was told by name")
        t.same(d.persons_read(found, "cannot_be_excluded"), asked[None],
               "and what nobody was named for cannot be excluded")
    found = d.scope("site:SHARED001")
    t.same((d.persons_read(found), found["cannot_be_excluded"]),
           (set().union(*asked.values()), []), "of the site all were read")


def main():
    t = Tap()
    with Drill(members=1500, insurers=3, seed=21, sites=120,
               conf={"questions.per-person": "10000"}) as d:
        people = d.people.covered("OPTI")
        sites = [d.people.site("optician", n) for n in range(3)]
        left_in_the_middle(t, d, sites[:2], people)
        asked_again_and_again(t, d, sites[2], people[20])
        named_nobody(t, d, [p for p in people[21:] if p["member"]])
        t.same(d.stop(), 0, "the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
