#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever can make the keeper die at any moment.

Goal: after kill -9 under load, received is within read plus cannot be
excluded, the latter no more persons than were in flight, and exactly those
whose answers were written and had not left; budgets did not go back, and no
site has more persons than its budget, however often the keeper dies while it is
spent; the journal still verifies; questions are answered again.
"""
import concurrent.futures
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from test_liars import bundle, lie  # noqa: E402

CONNECTIONS = 8
# more in a minute, and super gives up, as it should
KILLS = 5
SMALL, SMALL_SITES = 20, 3      # a budget that is spent meanwhile
PATIENT = {"vault.timeout-ms": "9000"}  # a loaded machine is no silent vault
SEEDS = range(7, 15) if os.environ.get("ECLUSE_LONG") else (7,)


def ready_count(d):
    return d.logged().count("ready: ")


def wait_for(condition, what, bound_s=60):
    until = time.monotonic() + bound_s
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError("waited in vain for " + what)
        time.sleep(0.01)


def used(d, sites):
    return {s["site"]: d.budgets("site:" + s["site"])[0]["site"]["c30"][0]
            for s in sites}


def round_of(d, sites, people, rng):
    """Load from all sites at once, a kill in the middle; what was received."""
    asked = {s["site"]: rng.sample(people, 12) for s in sites}
    before = d.entries()
    restarts = ready_count(d)
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        work = {s["site"]: pool.submit(
            d.ask_file, s, [d.question(p, "member") for p in
                            asked[s["site"]]], False, "PHAR")
            for s in sites}
        enough = before + rng.randrange(2, 40)
        wait_for(lambda: d.entries() >= enough or
                 all(w.done() for w in work.values()), "load")
        os.kill(d.pid("keeper"), signal.SIGKILL)
        answers = {site: w.result() for site, w in work.items()}
    wait_for(lambda: ready_count(d) > restarts, "the keeper's return")
    received = set()
    for site, got in answers.items():
        for a in got:
            if a["status"] == 200 and a["state"] not in ("unknown",):
                p = asked[site][a["line"] - 1]
                received.add((site, p["amc"], p["ref"]))
    return received


def persons(d, sites, part):
    found = set()
    for s in sites:
        scope = d.scope("site:" + s["site"])
        found |= {(s["site"],) + who for who in d.persons_read(scope, part)}
    return found


def one(t, seed):
    rng = random.Random(seed)
    with Drill(members=2000, insurers=4, seed=seed,
               population=None, sites=200) as d:
        sites = [d.people.site("pharmacy", n) for n in range(CONNECTIONS)]
        people = [p for p in d.people.covered("PHAR")]
        for s in sites[:SMALL_SITES]:
            d.ecluse("act", d.dir, "budget site=%s t24=%d c24=%d t30=%d "
                     "c30=%d m24=9 m30=90" % ((s["site"],) + (SMALL,) * 4))
        received, doubt_before, spent = set(), set(), used(d, sites)
        for kill in range(KILLS):
            received |= round_of(d, sites, people, rng)
            read = persons(d, sites, "read")
            doubt = persons(d, sites, "cannot_be_excluded")
            t.ok(received <= read | doubt, "kill %d: %d received, all within "
                 "read or cannot be excluded" % (kill, len(received)),
                 received - read - doubt)
            t.ok(len(doubt - doubt_before) <= CONNECTIONS,
                 "kill %d: %d new persons in doubt, at most %d in flight" % (
                     kill, len(doubt - doubt_before), CONNECTIONS))
            now = used(d, sites)
            t.ok(all(now[s] >= spent[s] for s in now) and
                 sum(now.values()) >= len(received),
                 "kill %d: budgets did not go back" % kill)
            most = [len({r for r in received if r[0] == s["site"]})
                    for s in sites[:SMALL_SITES]]
            t.ok(max(most) <= SMALL, "kill %d: %s persons received, none "
                 "beyond a budget of %d" % (kill, most, SMALL))
            doubt_before, spent = doubt, now
            code, out, err = d.ecluse("journal", "verify", d.dir,
                                      "--entries", check=False)
            t.ok(code == 0, "kill %d: the journal verifies" % kill, out + err)
        t.ok(len(received) >= KILLS, "and somebody was read meanwhile: %d"
             % len(received))
        code, a = d.ask(sites[-1], people[0], domain="PHAR")
        t.same(code, 0, "questions are answered again")
        t.same(d.stop(), 0, "and the end is clean")


def written_alone(t, d, site, people):
    """It dies between the entries and the vault's answers: the vault stands
    still, and this keeper asks it nothing before it writes."""
    restarts = ready_count(d)
    vault = d.pid(d.vault_of(people[0]["amc"]))
    d.scope("site:" + site["site"])     # publishes all until here
    size = d.checkpoint_size()
    os.kill(vault, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(bundle, d, site, people)
        d.published(size + len(people) - 1)
        os.kill(d.pid("keeper"), signal.SIGKILL)
        os.kill(vault, signal.SIGCONT)
        states = asked.result()
    wait_for(lambda: ready_count(d) > restarts, "the keeper's return")
    return states


def in_doubt(t):
    with Drill(members=900, insurers=2, sites=30, seed=9, conf=PATIENT,
               instead={"ecluse-keeper": "test_lying_keeper"}) as d:
        site, other = (d.people.site("optician", n) for n in (0, 1))
        amc = d.people.insurers[0]["amc"]
        people = [p for p in d.people.covered("OPTI") if p["amc"] == amc and
                  p["member"]][:3]
        lie(d, "recall")
        t.same([d.ask(site, p)[0] for p in people], [0] * 3, "three are read")
        states = written_alone(t, d, other, people)
        t.ok("covered" not in states, "who were asked about elsewhere, and "
             "no answer left", states)
        scope = d.scope("site:" + other["site"])
        t.same((d.persons_read(scope), d.persons_read(
            scope, "cannot_be_excluded")),
            (set(), {(p["amc"], p["ref"]) for p in people}),
            "entries without an answer: not read, and not excluded")


def main():
    t = Tap()
    print("# seeds %s, %d kills each" % (list(SEEDS), KILLS))
    for seed in SEEDS:
        one(t, seed)
    in_doubt(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
