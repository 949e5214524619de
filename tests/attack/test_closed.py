#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: who holds keys of several sites, or one that was just closed.

Goal: a professional's budget holds at all his sites together, also when the
question leaves his number out; a revoked professional does not go on without
his number; a question that was slowed down is refused if its key was revoked
meanwhile.
"""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import FULL_AGE, Drill, Tap, run  # noqa: E402

RPPS = "99700000017"
BUDGET = 40	# T24 of an optician, data/professions.csv


def enrol(d, name, rpps):
    """A site of its own with a key for these professionals."""
    path = os.path.join(d.folder, name + ".pem")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", path)
    d.ecluse("enrol", d.dir, "site", "--id", name, "--profession",
             "optician")
    d.ecluse("enrol", d.dir, "key", "--site", name, "--key", path,
             "--rpps", rpps, "--since", FULL_AGE)
    return {"site": name, "key": path}


def answered(d, site, people):
    got = d.ask_file(site, [d.question(p, "member") for p in people])
    return sum(1 for a in got if a["status"] == 200)


def several_sites(t, d, people):
    sites = [enrol(d, "MANY%d" % n, RPPS) for n in range(3)]
    total = sum(answered(d, s, people[30 * n:30 * n + 30])
                for n, s in enumerate(sites))
    t.same(total, BUDGET, "three sites, his number left out: his budget")
    t.same(d.ask(sites[2], people[90], rpps=RPPS)[1].get("state"),
           "budget-spent", "and no more with it")


def revoked(t, d, people):
    site = enrol(d, "GONE", "99700000025")
    t.same(answered(d, site, people[:1]), 1, "an answer before")
    d.ecluse("revoke", d.dir, "rpps:99700000025")
    t.same(d.ask(site, people[1], rpps="99700000025")[0], 3,
           "revoked and named: refused")
    t.same(answered(d, site, people[2:3]), 0,
           "revoked and left out: refused")


def revoke_meanwhile(d, name, rpps, person):
    """What the question heard, and whether it waited until the key had been
    revoked: four seconds can be too few on a loaded machine."""
    site = enrol(d, name, rpps)
    found = []
    asking = threading.Thread(target=lambda: found.append(
        d.ask(site, person)))
    asking.start()
    for _ in range(8):      # so that it waits
        key = d.budgets("site:" + name)[0]["asker"]
    d.ecluse("revoke", d.dir, "key:" + key)
    waited = asking.is_alive()
    asking.join()
    return found[0], waited


def while_slowed(t, d, people):
    d.ecluse("act", d.dir, "wide scope=platform code=* floor24=1 each24=0 "
             "floor30=1 each30=0")
    for n, rpps in enumerate(("99700000033", "99700000041", "99700000058")):
        got, waited = revoke_meanwhile(d, "SLOW%d" % n, rpps, people[n])
        if waited:
            break
    t.same((got[0], got[1].get("state")), (3, "key-revoked"),
           "revoked while it waited: refused")


def main():
    t = Tap()
    with Drill(members=2000, insurers=3, seed=27) as d:
        people = d.people.covered("OPTI")
        several_sites(t, d, people)
        revoked(t, d, people[100:])
        while_slowed(t, d, people[110:])
        t.same(d.stop(), 0, "the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
