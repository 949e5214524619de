#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: a thief who has a mutuelle's files and a live key.

Goal: to tell a decoy from any other unknown person, before or after asking:
by status, header, body, length plain or sealed, by the public leaf, by the
budget, by time (counted with ECLUSE_LONG=1, shown otherwise). And, where the
mutuelle wants it so, to go on asking after a hit.
"""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, rows  # noqa: E402
from drill_cli import kill  # noqa: E402
from relay import Relay, questions  # noqa: E402
from test_alike import Eye, without_traces  # noqa: E402

LONG = os.environ.get("ECLUSE_LONG") == "1"
TRIES = 10000 if LONG else 200
BATCH = 500         # questions over one connection
HEAD, LEAF, RECORD = 40, 192, 888
PATIENT = {"vault.timeout-ms": "3000"}


def plant(d, amc, count, name="decoys.csv"):
    out = os.path.join(d.folder, name)
    d.ecluse("decoy", "plant", d.dir, "--amc", amc, "--count", count, "--out",
             out)
    return rows(out)


def hits(d):
    out = d.ecluse("decoy", "list", d.dir, "--json", check=False)[1]
    return [l for l in map(json.loads, out.splitlines()) if "index" in l]


def named(line, amc, how="member"):
    return {"amc": amc, how: line[how], "birth": line["birth"], "rank": "1"}


def stranger(line, amc, nth, how="member"):
    """Nobody: what a decoy is, but for the last digits."""
    text = line[how]
    if how == "nir":
        body = text[:10] + "%03d" % ((int(text[10:13]) + nth) % 1000)
        text = body + "%02d" % (97 - int(body) % 97)
    else:
        text = "%08d" % ((int(text) + nth) % 10 ** 8)
    return dict(named(line, amc, how), **{how: text})


def record(d, index):
    """(leaf, its part that is no name, hash or count; the side)"""
    path = os.path.join(d.dir, "keeper", "journal", "seg-000000000000")
    with open(path, "rb") as f:
        f.seek(index * RECORD)
        data = f.read(RECORD)
    leaf = data[HEAD:HEAD + LEAF]
    return leaf[0:2] + leaf[66:74] + leaf[90:130] + leaf[162:], data


def alike(t, d, eye, site, lines, amc):
    for how in ("member", "nir"):
        cases = [("a stranger", stranger(lines[0], amc, 1, how)),
                 ("another stranger", stranger(lines[0], amc, 2, how)),
                 ("a decoy", named(lines[0], amc, how)),
                 ("another decoy", named(lines[1], amc, how))]
        forms, left = [], []
        for what, q in cases:
            state, answer = eye.ask(site, q)
            t.same((state, answer.status), ("unknown", 200),
                   "%s by %s is unknown" % (what, how))
            forms.append(without_traces(answer, amc))
        t.same(len({str(f) for f in forms}), 1,
               "by %s: one status, header and body" % how)
        sealed = [eye.ask(site, q, plain=False)[1] for _, q in cases]
        t.same(len({(a.status, len(a.body), str([(n, len(v))
                     for n, v in a.fields])) for a in sealed}), 1,
               "by %s: sealed, one length of body and fields" % how)
    near = stranger(lines[2], amc, 0)
    near["member"] += "1"
    before = len(hits(d))
    eye.ask(site, near)
    t.same(len(hits(d)), before, "a digit more raises nothing")


def counted(t, d, site, lines, amc):
    """A miss, and nothing else, whoever it was."""
    used = lambda: {k: v[0] for k, v in d.budgets(  # noqa: E731
        "site:" + site["site"])[0]["site"].items()}
    first = used()
    d.ask(site, None, **stranger(lines[3], amc, 1), domain="PHAR")
    second = used()
    d.ask(site, None, **named(lines[3], amc), domain="PHAR")
    third = used()
    step = {k: second[k] - first[k] for k in first}
    t.same({k: third[k] - second[k] for k in first}, step,
           "a decoy costs what a stranger costs")
    t.ok(step["m24"] == 1, "which is a miss", step)


def public(t, d, site, lines, amc):
    """What a leaf says of a decoy and of a stranger."""
    for q in (stranger(lines[4], amc, 1), named(lines[4], amc)):
        d.ask(site, None, **q, domain="PHAR")
    found = hits(d)
    t.ok(found, "a hit is told")
    if not found:
        return
    index = found[-1]["index"]
    t.same(record(d, index)[0], record(d, index - 1)[0],
           "their leaves say the same")
    scope = d.scope("site:" + site["site"])
    t.same((scope["read"], scope["cannot_be_excluded"]), ([], []),
           "scope has read nobody")
    text = d.ecluse("journal", "verify", d.dir, check=False)
    t.same(text[0], 0, "the journal verifies")


def auc(a, b):
    """Chance that one of b took longer than one of a."""
    both = sorted([(x, 0) for x in a] + [(x, 1) for x in b])
    ranks = sum(i + 1 for i, (_, which) in enumerate(both) if which)
    n, m = len(b), len(a)
    return (ranks - n * (n + 1) / 2) / (n * m)


def timed(t, d, site, lines, amc):
    """One connection, decoys and strangers in turn, asked again and again:
    a person already asked about costs no budget (design §2)."""
    pair = (stranger(lines[5], amc, 1), named(lines[5], amc))
    order = [(i // 2 + i) % 2 for i in range(TRIES)]
    times = ([], [])
    for at in range(0, TRIES, BATCH):
        part = order[at:at + BATCH]
        took = Clock(d).ask_all(site, [pair[which] for which in part])
        for which, seconds in zip(part, took, strict=True):
            times[which].append(seconds)
    got = auc(*times)
    print("# %d tries, AUC %.3f" % (TRIES, got), flush=True)
    if LONG:
        t.ok(abs(got - 0.5) <= 0.05, "time tells nothing", got)
    else:
        t.skip("time tells nothing", "counted with ECLUSE_LONG=1")


class Clock:
    """Times of answers through the relay: from request to answer."""

    relay = None

    def __init__(self, d):
        self.d, self.took = d, []

        def look(request, forward):
            begun = time.perf_counter()
            answer = forward(request)
            if answer.status == 200:    # not the one that tells the time
                self.took.append(time.perf_counter() - begun)
            return answer
        Clock.relay.hook = questions(look)

    def ask_all(self, site, asked):
        self.d.ask_file(site, asked, domain="PHAR")
        return self.took


def closing(t, d, lines, amc):
    site = d.people.site("optician", 1)
    other = d.people.site("gp")
    d.ecluse("decoy", "react", d.dir, "--amc", amc, "close")
    t.same(d.ask(site, None, **named(lines[0], amc))[1].get("state"),
           "unknown", "a hit that closes is answered as ever")
    until = time.monotonic() + 30
    while "closed: it asked about a decoy" not in d.logged() and \
            time.monotonic() < until:
        hits(d)
    person = [p for p in d.people.covered() if p["member"]][3]
    t.same(d.ask(site, person)[1].get("state"), "closed-key",
           "the next question of that key is refused")
    kill(d, "keeper")
    t.same(d.ask(site, person)[1].get("state"), "closed-key",
           "after a kill as well")
    t.ok(d.ask(other, person, domain="CSTE")[1].get("state") not in
         ("closed-key", None), "another key goes on")
    status = json.loads(d.ecluse("status", d.dir, "--json", check=False)[1])
    gates = [(c["gate"][:4], c["reason"]) for c in status["closed"]]
    t.same(gates, [("key:", "decoy")], "status says what is closed, and why")
    gate = status["closed"][0]["gate"]
    one = os.path.join(d.dir, "drill", "admin-1.pem")
    t.same(d.ecluse("open", d.dir, gate, "--admin-key", one,
                    check=False)[0], 3, "one alone does not open it")
    d.ecluse("open", d.dir, gate)
    t.same(d.ask(site, person)[1].get("state"), "covered",
           "two open it again")


def main():
    t = Tap()
    relay = Relay()
    Clock.relay = relay
    try:
        with Drill(members=2500, insurers=4, seed=6,
                   conf=dict(relay.conf(), **PATIENT)) as d:
            relay.serve(d)
            eye = Eye(d, relay)
            amc = d.people.insurers[0]["amc"]
            lines = plant(d, amc, 6)
            alike(t, d, eye, d.people.site("optician"), lines, amc)
            pharmacy = d.people.site("pharmacy")
            counted(t, d, pharmacy, lines, amc)
            public(t, d, pharmacy, lines, amc)
            timed(t, d, pharmacy, lines, amc)
            relay.hook = lambda request, forward: forward(request)
            closing(t, d, lines, amc)
            t.ok("member" not in d.logged() and not any(
                l["member"] in d.logged() or l["nir"] in d.logged()
                for l in lines), "no trait stands in the log")
    finally:
        relay.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
