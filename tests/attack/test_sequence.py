#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever would take entries out of the journal unseen.

Goal: one asker's entries are numbered 1, 2, 3 ... without a gap and without a
number used twice, summed refusals among them, also after kill -9: otherwise
the numbers do not show that nothing was removed (docs/journal.md). And a key
that fills the journal with refusals, one by one or fifty in a bundle, has
twenty entries a minute and a sum.
"""
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

RECORD, HEAD, LEAF = 888, 40, 192
SUMMARY = 2
NOBODY = bytes(16)
SINGLE, BUNDLES = 40, 3


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


def wait_for(condition, what, bound_s=60):
    until = time.monotonic() + bound_s
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError("waited in vain for " + what)
        time.sleep(0.02)


def bundles(d, site, questions):
    path = os.path.join(d.folder, "lines.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(dict(q, domain="PHAR", date="2026-11-23")) +
                     "\n" for q in questions)
    out = d.ecluse("ask", "--key", d.people.key(site), "--file", path,
                   "--bundle", "--json", check=False)[1]
    return [json.loads(l) for l in out.splitlines()]


def main():
    t = Tap()
    with Drill(members=1000, insurers=2, seed=23) as d:
        site = d.people.site("optician")
        person = d.people.covered("OPTI")[0]
        d.clock("2026-11-23T09:03:00Z")     # all in one minute
        wrong = [d.question(person, "member")] * SINGLE
        got = d.ask_file(site, wrong, domain="PHAR")
        got += bundles(d, site, wrong[:1] * 50 * BUNDLES)
        t.same([a["exit"] for a in got], [3] * (SINGLE + 50 * BUNDLES),
               "questions are refused, alone and in bundles")
        d.clock("2026-11-23T09:05:00Z")
        until = time.monotonic() + 60
        while not (summed := any(k == SUMMARY and a != NOBODY
                                 for k, a, _ in leaves(d))) and \
                time.monotonic() < until:
            time.sleep(0.02)
        t.ok(summed, "after 20 refusals alone, one sum")
        scope = d.scope("site:" + site["site"])
        t.same(scope["refused"], SINGLE + 50 * BUNDLES, "which counts them")
        ready = d.logged().count("ready: ")
        os.kill(d.pid("keeper"), signal.SIGKILL)
        wait_for(lambda: d.logged().count("ready: ") > ready, "its return")
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
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
