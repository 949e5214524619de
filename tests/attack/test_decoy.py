#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: a thief who has a mutuelle's files and a live key.

Goal: to tell a decoy from any other unknown person, before or after asking:
by status, header, body, length plain or sealed, by the public leaf, by the
budget; and by time a decoy, a stranger, a person of another cell and one of an
insurer that is not here, by member number and by NIR, plain and sealed
(counted with ECLUSE_LONG=1 or TRIES=n, shown otherwise; WAY=sealed-nir: that
alone). And, where the mutuelle wants it so, to go on asking after a hit.
"""
import datetime
import http.client
import itertools
import json
import os
import random
import signal
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, rows  # noqa: E402
from drill_cli import kill  # noqa: E402
from feedwire import Staff  # noqa: E402
from relay import SEALED_LENGTH, Relay  # noqa: E402
from sealing import TYPE, Sealer  # noqa: E402
from test_alike import ELSEWHERE, Eye, without_traces  # noqa: E402
from test_slow_clients import FHIR, PATH, rights  # noqa: E402

FEW = 60            # tries of a pair: too few to count
TRIES = int(os.environ.get("TRIES") or
            (10000 if os.environ.get("ECLUSE_LONG") == "1" else FEW))
WAYS = [w for w in ("plain-member", "plain-nir", "sealed-member",
                    "sealed-nir") if os.environ.get("WAY", w) == w]
KIND = 80           # persons of a kind
DEVIATIONS = 4.5    # of a share that is even, by chance
BATCH = 500         # questions over one connection
SEED = 6
BEGIN = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.timezone.utc)
HEAD, LEAF, RECORD = 40, 192, 888
SUMMARY = 2         # a sum of refusals: one may stand anywhere
PATIENT = {"vault.timeout-ms": "9000",      # a loaded machine is no answer
           "questions.per-person": "10000"}


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
    before = index - 1
    while record(d, before)[0][1] == SUMMARY:
        before -= 1
    t.same(record(d, index)[0], record(d, before)[0],
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


def fastest(times):
    """Each kind's share of the fastest twentieth of all: what a loaded machine
    adds to the others is not in it."""
    every = sorted((took, kind) for kind in times for took in times[kind])
    first = [kind for _, kind in every[:len(every) // 20]]
    return {kind: first.count(kind) / len(first) for kind in times}


def room(d, site):
    """Nothing but a miss's budget stands between them and the vault."""
    d.ecluse("act", d.dir, "budget site=%s t24=9 c24=9 t30=9 c30=9 m24=900 "
             "m30=900" % site["site"])
    # wider: who has narrower ones is to be named
    d.ecluse("act", d.dir, "budget rpps=%s t24=9000 c24=9000 t30=9000 "
             "c30=9000 m24=9000 m30=9000" % site["rpps"].split()[0])


def nobodies(d, amc, how, lines):
    """By kind: persons of whom nothing may be told apart."""
    # who has two insurers is known here; NIR with or without their key
    here = {p["nir"][:13] for p in d.people.people if p["amc"] == amc}
    others = [d.question(p, how) for p in d.people.covered("OPTI")
              if p["amc"] != amc and p["member"] and p["nir"] and
              p["nir"][:13] not in here][:KIND]
    return {
        "a stranger": [stranger(line, amc, 1 + 7919 * (n + 1), how)
                       for n, line in enumerate(lines)],
        "a decoy": [named(line, amc, how) for line in lines],
        "a person of another cell": [dict(q, amc=amc) for q in others],
        "an insurer that is not here": [dict(q, amc=ELSEWHERE)
                                        for q in others],
    }


def timed(t, d, amc, authority):
    """One connection, all kinds in turn, in an order that is drawn: each
    person again and again, which costs no budget (design §2)."""
    site, rng = d.people.site("optician", 2), random.Random(SEED)
    room(d, site)
    lines = plant(d, amc, KIND, "timed.csv")
    d.clock(BEGIN.strftime("%Y-%m-%dT%H:%M:%SZ"))
    client = Client(d, site, authority)
    missed = 0
    for way in WAYS:
        seal, how = way.split("-")
        kinds = nobodies(d, amc, how, lines)
        times = {kind: [] for kind in kinds}
        for n in range(TRIES // 2):
            for kind in rng.sample(sorted(kinds), len(kinds)):
                times[kind].append(client.ask(
                    kinds[kind][n % KIND], seal == "sealed"))
        missed += len(kinds) * (TRIES // 2)
        t.same(d.scope("site:" + site["site"])["missed"], missed,
               "%s: all of them are misses" % way)
        judged(t, way, times)
    waits(t, d, site, lines[0])


def waits(t, d, site, line):
    """However fast an answer is: what can only miss is looked up by a vault
    too, and is no miss while there is none."""
    question = stranger(line, ELSEWHERE, 1)
    vaults = [pid for name, pid in d.read_endpoints()["pids"].items()
              if name.startswith("vault")]

    def ask():
        """The state, and the misses that it cost."""
        used = [d.budgets("site:" + site["site"])[0]["site"]["m24"][0]]
        state = d.ask(site, None, **question)[1].get("state")
        used.append(d.budgets("site:" + site["site"])[0]["site"]["m24"][0])
        return state, used[1] - used[0]
    for pid in vaults:
        os.kill(pid, signal.SIGSTOP)
    try:
        t.same(ask(), ("insurer-silent", 0), "an insurer that is not here: a "
               "vault is waited for")
    finally:
        for pid in vaults:
            os.kill(pid, signal.SIGCONT)
    d.vaults_back()
    t.same(ask(), ("unknown", 1), "and with one it is a miss")


def judged(t, way, times):
    print("# %s: %d tries of each pair; ms by kind: %s" % (
        way, TRIES, ", ".join(
            "%s %.2f" % (kind, 1000 * statistics.median(times[kind]))
            for kind in times)), flush=True)
    for a, b in itertools.combinations(times, 2):
        got = auc(times[a], times[b])
        what = "%s: %s and %s: AUC %.3f, of the first time %.3f" % (
            way, a, b, got, auc(times[a][:KIND], times[b][:KIND]))
        if TRIES > FEW:
            t.ok(abs(got - 0.5) <= 0.05, "time tells nothing: " + what)
        else:
            print("# " + what, flush=True)
    share, even = fastest(times), 1 / len(times)
    bound = DEVIATIONS * (even * (1 - even) / (len(times) * TRIES / 40)) ** .5
    what = "%s: of the fastest twentieth, %.2f each: %s" % (
        way, even, ", ".join("%s %.3f" % pair for pair in share.items()))
    if TRIES > FEW:
        t.ok(max(abs(n - even) for n in share.values()) <= bound,
             "time tells nothing: " + what, bound)
    else:
        print("# " + what, flush=True)
        t.skip("time tells nothing: " + way, "counted with ECLUSE_LONG=1")


class Client:
    """One connection of a thief who measures: only from the request's last
    byte to the answer's."""

    def __init__(self, d, site, authority):
        started = time.time()
        self.wire = Staff("https://" + authority, d.ca, d.people.key(site),
                          lambda: int(BEGIN.timestamp() + time.time() -
                                      started))
        self.port = d.plane("flow")["port"]     # past the relay
        self.sealer = Sealer(d.pin, self.wire.keyid, authority, PATH)
        self.asked = 0

    def ask(self, question, sealed):
        body, kept = rights(question), None
        if sealed:
            body, kept = self.sealer.seal(body)
        fields = dict(self.wire.fields("POST", PATH, body),
                      **{"Content-Type": TYPE if sealed else FHIR,
                         "Host": self.wire.authority})
        if self.asked % BATCH == 0:
            self.c = http.client.HTTPSConnection(
                self.wire.host, self.port, context=self.wire.tls,
                timeout=60)
            self.c.connect()
        self.asked += 1
        begun = time.perf_counter()
        self.c.request("POST", PATH, body, fields)
        answer = self.c.getresponse()
        text = answer.read()
        took = time.perf_counter() - begun
        if answer.status != 200:
            raise RuntimeError("status %d" % answer.status)
        if sealed and (len(text) != SEALED_LENGTH or not json.loads(
                self.sealer.open(kept, text))):
            raise RuntimeError("no sealed answer")
        return took


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
    try:
        with Drill(members=2500, insurers=4, seed=SEED, sites=120,
                   conf=dict(relay.conf(), **PATIENT)) as d:
            relay.serve(d)
            eye = Eye(d, relay)
            amc = d.people.insurers[0]["amc"]
            lines = plant(d, amc, 6)
            alike(t, d, eye, d.people.site("optician"), lines, amc)
            pharmacy = d.people.site("pharmacy")
            counted(t, d, pharmacy, lines, amc)
            public(t, d, pharmacy, lines, amc)
            relay.hook = lambda request, forward: forward(request)
            timed(t, d, amc, relay.conf()["flow.authority"])
            closing(t, d, lines, amc)
            t.ok("member" not in d.logged() and not any(
                l["member"] in d.logged() or l["nir"] in d.logged()
                for l in lines), "no trait stands in the log")
    finally:
        relay.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
