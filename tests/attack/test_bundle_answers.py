#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: nginx taken over, between a laboratory and the lock.

It swaps two lines of a bundle's answer, drops one, says one twice, or sends
the answer of another bundle. Goal: `ecluse ask --bundle` believes none of it
and tells no line at all: exit 5, a reason on standard error. A line is
promised alone, so lines are what it would like to trade.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from relay import Relay, digest_of, past_the_clock, unbelieved  # noqa: E402

PATIENT = {"vault.timeout-ms": "3000"}     # a loaded machine is no answer
LINES = 5


def told(change):
    """The same answer with its lines changed, digest and length made anew."""
    def alter(answer):
        bundle = json.loads(answer.body)
        change(bundle["entry"])
        body = json.dumps(bundle).encode()
        return answer.holding(body).having("Content-Digest", digest_of(body))
    return alter


def swap(entries):
    entries[0], entries[1] = entries[1], entries[0]


def swap_promises(entries):
    a, b = (e["resource"]["extension"] for e in entries[:2])
    a[:], b[:] = b[:], a[:]


ALTERED = {
    "two lines swapped": told(swap),
    "the first line dropped": told(lambda e: e.pop(0)),
    "the last line dropped": told(lambda e: e.pop()),
    "a line said twice": told(lambda e: e.insert(1, e[0])),
    "a line in another's place": told(lambda e: e.__setitem__(1, e[0])),
    "the promises of two lines swapped": told(swap_promises),
    "the same lines, a space between": told(lambda e: e),
    "no line": told(lambda e: e.clear()),
}


def only_answers(alter):
    return lambda request, forward: alter(forward(request))


class Client:
    def __init__(self, d, relay):
        self.d, self.relay = d, relay
        self.key = d.people.key(d.people.site("pharmacy"))
        self.people = d.people.covered("PHAR")

    def ask(self, *more, first=0):
        path = os.path.join(self.d.folder, "list.ndjson")
        with open(path, "w", encoding="utf-8") as f:
            for p in self.people[first:first + LINES]:
                f.write(json.dumps(dict(self.d.question(p, "member"),
                                        domain="PHAR",
                                        date="2026-11-23")) + "\n")
        return self.d.ecluse("ask", "--key", self.key, "--file", path,
                             "--bundle", *more, check=False)

    def under(self, hook, *more, **what):
        met = []

        def meet(request, forward):
            met.append(request)
            return hook(request, forward)
        self.relay.hook = past_the_clock(meet)
        try:
            done = self.ask(*more, **what)
        finally:
            self.relay.hook = lambda request, forward: forward(request)
        if not met:
            raise RuntimeError("nothing came by: %s" % (done,))
        return done


def plain_tests(t, c):
    for more in ((), ("--plain",)):
        code, out, err = c.ask(*more)
        t.same((code, len(out.splitlines())), (0, LINES),
               "passed on as it is, every line is told (%s)" % err.strip())
    for what, alter in ALTERED.items():
        unbelieved(t, c.under(only_answers(alter), "--plain"), what)
    unbelieved(t, c.under(lambda request, forward: forward(request).holding(
        forward(request).body[:-1])), "sealed, and cut")


def traded_tests(t, c):
    """Another bundle's answer, and the same bundle's of a minute ago."""
    for more in ((), ("--plain",)):
        kept = []

        def keep(request, forward):
            kept.append(forward(request))
            return kept[0]
        t.same(c.under(keep, *more)[0], 0, "an answer to keep")
        for first, what in ((LINES, "another bundle's answer"),
                            (0, "the answer to the same lines before")):
            unbelieved(t, c.under(keep, *more, first=first), what)

    def halved(request, forward):
        bundle = json.loads(request.body)
        bundle["entry"].pop()
        body = json.dumps(bundle).encode()
        return forward(request.holding(body).having(
            "Content-Digest", digest_of(body)))
    code, out, err = c.under(halved, "--plain")
    t.ok(code in (3, 5) and "covered" not in out,
         "a bundle cut on the way is refused, never answered",
         (code, out, err))


def main():
    t = Tap()
    relay = Relay()
    try:
        with Drill(members=1500, insurers=3, seed=9,
                   conf=dict(relay.conf(), **PATIENT)) as d:
            c = Client(d, relay.serve(d))
            plain_tests(t, c)
            traded_tests(t, c)
            t.same(c.ask()[0], 0, "and an honest relay is believed again")
    finally:
        relay.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
