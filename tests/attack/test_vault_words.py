#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: a vault that says too much, too often, or nothing.

Goal: fifty answers as long as one may be end the lines that no longer fit,
each with its reason, and no other; a line that met the vault's ceiling hears
of the ceiling, not of a silent vault. One vault that says twice that its
store is copied does not stand for another that hangs, and is stopped: that
backup fails within the bound, and the next is not told to wait for it without
end. What a vault says of another vault's question is nothing: it stays that
one's to answer. Nor does it say another's line of a bundle within its own: it
is stopped, its lines are not disclosed, and the other's is what it was. Nor
does it add to an answer what the keeper adds; and who asks alone, by card or by
traits, sealed or plain, or for many, is told no rights that are not promised;
nor is who asks for an estimate.
"""
import concurrent.futures
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from estimates import estimate  # noqa: E402

PATIENT = {"vault.timeout-ms": "9000"}     # a loaded machine is no answer
LYING = {"ecluse-vault": "test_lying_vault"}
VISIT = [{"n": 1, "act": "G", "price": "30.00"}]


def lie(d, how):
    with open(os.path.join(d.dir, "lie"), "w", encoding="utf-8") as f:
        f.write(how)
    d.stop()
    d.serve()


def bundle(d, site, people):
    path = os.path.join(d.folder, "list.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        for p in people:
            f.write(json.dumps(dict(
                d.question(p, "member"), domain="PHAR",
                date="2026-11-23")) + "\n")
    out = d.ecluse("ask", "--key", d.people.key(site), "--file", path,
                   "--bundle", "--json", check=False)[1]
    return [json.loads(line) for line in out.splitlines()]


def long_answers(t):
    with Drill(members=900, insurers=1, seed=41, conf=PATIENT,
               instead=LYING) as d:
        site, people = d.people.site("pharmacy"), d.people.covered("PHAR")
        lie(d, "long")
        states = [l["state"] for l in bundle(d, site, people[:50])]
        n = states.count("covered")
        t.ok(0 < n < 50 and states.count("insurer-silent") == 50 - n,
             "the longest answers: those that fit are told", states)
        log = d.logged()
        t.same((log.count("too long for its bundle\n"),
                log.count("want of its answer")), (1, 0),
               "the others are named for what they are, once a minute")
        scope = d.scope("site:" + site["site"])
        t.same(len(scope["read"]), n, "nothing of these was disclosed")


def ceiling(t):
    with Drill(members=900, insurers=1, seed=42, conf=PATIENT) as d:
        site, people = d.people.site("pharmacy"), d.people.covered("PHAR")
        d.ecluse("act", d.dir, "ceiling amc=%s cell=1 persons-hour=5" %
                 d.people.insurers[0]["amc"])
        states = [l["state"] for l in bundle(d, site, people[:8])]
        t.same((states.count("covered"), states.count("ceiling")), (5, 3),
               "a bundle beyond the ceiling: five, and three hear of it")
        t.same(d.logged().count("want of its answer"), 0,
               "no vault was silent")
        t.same([l["state"] for l in bundle(d, site, people[:5])],
               ["covered"] * 5, "and no slot is lost")


def backup(d, nth):
    return d.ecluse("backup", d.dir, "--out",
                    os.path.join(d.folder, "backup-%d" % nth),
                    "--months-out", os.path.join(d.folder, "m-%d" % nth),
                    check=False)


def copies(t):
    with Drill(members=400, insurers=2, seed=43, instead=LYING,
               conf={"vault.count": "2"}) as d:
        lie(d, "copied")
        pid, liar = d.pid("vault-1"), d.pid("vault")
        os.kill(pid, signal.SIGSTOP)
        code, out, err = backup(d, 1)
        t.ok(code == 5 and "does not answer" in err,
             "one vault's two words are not another's", (code, out, err))
        d.another("vault", liar)
        t.ok("vault 0 broke the protocol: stopped" in d.logged(),
             "the second word ends it", d.logged())
        os.kill(pid, signal.SIGCONT)
        lie(d, "")
        code, out, err = backup(d, 2)
        t.same(code, 0, "and the next backup begins: " + err)


def asked(d, vault, bound_s=60):
    """What this vault was asked."""
    path, until = os.path.join(d.dir, "vault", str(vault), "asked"), \
        time.monotonic() + bound_s
    while not (os.path.exists(path) and os.path.getsize(path)):
        if time.monotonic() > until:
            raise RuntimeError("nothing was asked: " + d.logged())
        time.sleep(0.02)
    with open(path, encoding="utf-8") as f:
        return f.read()


def tell(d, text):
    """What the other was asked, to the liar who waits for it."""
    path = os.path.join(d.dir, "asked")
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path + ".new", 0o644)
    os.rename(path + ".new", path)


def others(t):
    with Drill(members=400, insurers=2, seed=44, instead=LYING,
               conf=dict(PATIENT, **{"vault.count": "2"})) as d:
        people = d.people.covered("PHAR")
        mine = [p for p in people if d.vault_of(p["amc"]) == "vault-1"]
        person = [p for p in people if d.vault_of(p["amc"]) == "vault"][0]
        site = d.people.site("pharmacy")
        lie(d, "others")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            # the liar has its question before the other one's begins to wait
            lines = pool.submit(bundle, d, site, mine[:2])
            asked(d, 1)
            alone = pool.submit(d.ask, site, person, domain="PHAR")
            tell(d, asked(d, 0))
        t.same([l["state"] for l in lines.result()], ["insurer-silent"] * 2,
               "a vault that answers others does not answer its own")
        code, a = alone.result()
        t.same((code, a.get("state")), (5, "insurer-silent"),
               "no vault answers another vault's question")
        t.same(d.scope("site:" + site["site"])["read"], [],
               "and nobody was read by it")


def between(t):
    with Drill(members=400, insurers=2, seed=45, instead=LYING,
               conf=dict(PATIENT, **{"vault.count": "2"})) as d:
        people = d.people.covered("PHAR")
        mine = [p for p in people if d.vault_of(p["amc"]) == "vault"]
        other = [p for p in people if d.vault_of(p["amc"]) == "vault-1"][0]
        site = d.people.site("pharmacy")
        lie(d, "between")
        states = [l["state"] for l in bundle(
            d, site, [mine[0], other, mine[1]])]
        t.same(states, ["insurer-silent", "covered", "insurer-silent"],
               "what stands between two lines of a vault is another's")
        d.vaults_back()
        t.ok("vault 0 broke the protocol: stopped" in d.logged(),
             "who says more than its line is stopped", d.logged())
        t.same(len(d.scope("site:" + site["site"])["read"]), 1,
               "one of the three was read")


def unpromised(t, d, site, people, how):
    """Whatever way it is asked, nothing is told."""
    lie(d, how)
    cards = [p for p in people if d.has(p, "card")]
    told = [d.ask(site, people[0], domain="PHAR"),
            d.ask(site, people[1], domain="PHAR", plain=True),
            d.ask(site, cards[0], how="card", domain="PHAR"),
            d.ask(site, cards[1], how="card", domain="PHAR", plain=True)]
    t.same([(code, list(a)) for code, a in told], [(5, ["error"])] * 4,
           "rights that are not promised are not told: " + how)
    t.ok(all("it is not believed" in a.get("error", "") for _, a in told),
         "and it is said why", told)
    t.same(bundle(d, site, people[2:4]), [], "nor to a bundle")
    path = os.path.join(d.folder, "list.ndjson")
    out = d.ecluse("ask", "--key", d.people.key(site), "--file", path,
                   "--json", check=False)
    t.same(out[:2], (5, ""), "nor line by line")


def estimates(t, d, people):
    """Rights in an estimate's place: no promise would be looked for."""
    gp = d.people.site("gp")
    t.same([estimate(d, gp, p, VISIT, "MED")[0] for p in people], [0, 0],
           "an estimate is told")
    lie(d, "rights")
    told = [estimate(d, gp, p, VISIT, "MED", plain=i > 0)
            for i, p in enumerate(people)]
    t.same([(code, list(a)) for code, a in told], [(5, ["error"])] * 2,
           "rights in its place are not")
    lie(d, "")


def alone(t):
    with Drill(members=400, insurers=1, seed=46, instead=LYING,
               conf=PATIENT) as d:
        people = d.people.covered("PHAR")
        site = d.people.site("pharmacy")
        t.same(d.ask(site, people[0], domain="PHAR",
                     amc=people[0]["amc"].lstrip("0"))[1].get("state"),
               "covered", "a number without its zeros is the same mutuelle")
        p = people[0]
        out = d.ecluse("ask", "--key", d.people.key(site), "--amc", p["amc"],
                       "--member", p["member"], "--birth", p["birth"],
                       "--rank", p["rank"], "--domain", "PHAR", "--date",
                       "2026-11-23", env=dict(os.environ, LANGUAGE="en"))[1]
        t.same(out.split("\n")[0], "In force, domain covered.",
               "the state is said in our words, not in the vault's")
        unpromised(t, d, site, people, "covers")
        unpromised(t, d, site, people, "more")
        unpromised(t, d, site, people, "hides")
        unpromised(t, d, site, people, "sooner")
        lie(d, "")
        estimates(t, d, people[4:6])
        read = len(d.scope("site:" + site["site"])["read"])
        lie(d, "own")
        code, a = d.ask(site, people[-1], domain="PHAR")
        t.same((code, a.get("state")), (5, "insurer-silent"),
               "what the keeper adds no vault adds")
        d.vaults_back()
        t.ok("vault 0 broke the protocol: stopped" in d.logged(),
             "it is stopped", d.logged())
        t.same(len(d.scope("site:" + site["site"])["read"]), read,
               "and that one was not read")


def main():
    t = Tap()
    alone(t)
    others(t)
    between(t)
    long_answers(t)
    ceiling(t)
    copies(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
