#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: 500 connections that never come to their point.

Some say nothing, some dribble a TLS greeting, some a request's fields, and
more a body than one address may have requests, a byte at a time, from many
addresses. Goal: an honest client's questions are all answered meanwhile; nginx ends by itself
every connection that has not said its fields in time, and each that stopped
in its body; then none is left. The honest one asks about rights: signed, read,
counted, written down, each over a connection of its own. How much later it was
answered is printed, not judged (the bound of the issue: 50 ms).

And more than nginx may hold, each with the first byte of a greeting. Goal: the
operator is told, and not by a line for each, or a stranger fills the disk; a
worker that dies is a line.
"""
import json
import os
import resource
import select
import signal
import socket
import ssl
import statistics
import sys
import time

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Drill, Tap  # noqa: E402
from feedwire import Staff  # noqa: E402

FHIR = "application/fhir+json"
PATH = "/fhir/CoverageEligibilityRequest"
DAY = "2026-11-23"

EACH = 65           # who says nothing, a greeting, fields
BODIES = 305        # more than one address may (flow.connections)
ADDRESSES = 25      # one may hold only so many (docs/limits.md)
QUESTIONS = 60
BOUND_S = 120
FEW = 320           # descriptors of a machine that has not many
CROWD = 800
HEAD = b"POST /fhir/CoverageEligibilityRequest HTTP/1.1\r\nHost: localhost" \
    b"\r\nContent-Type: application/fhir+json\r\n"
GREETING = bytes.fromhex("16030100c8010000c40303") + bytes(190)


class Slow:
    def __init__(self, port, tls, nth, first, rest):
        self.rest, self.ended = rest, False
        try:
            self.begin(port, tls, nth, first)
        except OSError:
            self.ended = True

    def begin(self, port, tls, nth, first):
        raw = socket.create_connection(
            ("127.0.0.1", port), timeout=30,
            source_address=("127.0.1.%d" % (1 + nth % ADDRESSES), 0))
        self.s = tls.wrap_socket(raw, server_hostname="localhost") \
            if tls else raw
        if first:
            self.s.sendall(first)
        self.s.setblocking(False)

    def dribble(self):
        if self.ended or not self.rest:
            return
        try:
            self.s.send(self.rest[:1])
            self.rest = self.rest[1:]
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError,
                BlockingIOError):
            pass
        except OSError:
            self.ended = True

    def look(self):
        """Has nginx ended it? Whatever it says before is read."""
        while not self.ended:
            try:
                if not self.s.recv(4096):
                    self.ended = True
            except (ssl.SSLWantReadError, BlockingIOError):
                return
            except OSError:
                self.ended = True


def crowd(d, tls):
    port = d.plane("flow")["port"]
    body = HEAD + b"Content-Length: 4000\r\n\r\n"
    return ([Slow(port, None, i, b"", b"") for i in range(EACH)] +
            [Slow(port, None, i, GREETING[:1], GREETING[1:])
             for i in range(EACH)] +
            [Slow(port, tls, i, HEAD[:9], HEAD[9:] + b"X: y\r\n" * 900)
             for i in range(EACH)],
            [Slow(port, tls, i, body, b" " * 3000) for i in range(BODIES)])


def rights(person):
    """A question in FHIR about one person, by member number or NIR
    (docs/api.md)."""
    system = "https://ecluse.example/id/"
    insurer = {"identifier": {"system": system + "amc",
                              "value": person["amc"]}}
    born = person["birth"]
    named = {"subscriber": {"identifier": {
        "system": "urn:oid:1.2.250.1.213.1.4.8", "value": person["nir"]}}} \
        if "member" not in person else {"subscriberId": person["member"]}
    return json.dumps({
        "resourceType": "CoverageEligibilityRequest", "status": "active",
        "purpose": ["benefits"], "created": DAY, "servicedDate": DAY,
        "contained": [
            {"resourceType": "Patient", "id": "p", "birthDate": "-".join(
                (born[:4], born[4:6], born[6:]))},
            dict(named, resourceType="Coverage", id="c", status="active",
                 payor=[insurer], dependent=person["rank"],
                 beneficiary={"reference": "#p"})],
        "patient": {"reference": "#p"}, "insurer": insurer,
        "insurance": [{"coverage": {"reference": "#c"}}],
        "item": [{"category": {"coding": [{"system":
            "https://ecluse.example/fhir/CodeSystem/domain",
            "code": "OPTI"}]}}]}).encode()


def honest(wire, person, slow):
    """Milliseconds of each question about this person, each over a connection
    of its own; the slow ones say a byte between two. And answers got."""
    took, read, body = [], 0, rights(person)
    for _ in range(QUESTIONS):
        for s in slow:
            s.dribble()
        begun = time.perf_counter()
        try:
            fields = dict(wire.fields("POST", PATH, body),
                          **{"Content-Type": FHIR})
            status, _, said = wire.raw("POST", PATH, body, fields)
        except OSError:
            status, said = 0, {}
        took.append((time.perf_counter() - begun) * 1000)
        read += status == 200 and bool(said.get("insurance"))
    return took, read


def until_ended(slow, others=()):
    """Looks until nginx has ended them all; the others go on dribbling."""
    until = time.monotonic() + BOUND_S
    while time.monotonic() < until:
        for s in slow:
            s.look()
        left = [s for s in slow if not s.ended]
        if not left:
            break
        for s in others:
            s.dribble()
        select.select([s.s for s in left], [], [], 0.2)
    return sum(s.ended for s in slow)


def held_by(d):
    """Connections that all workers of the flow plane's nginx may hold."""
    with open(os.path.join(d.dir, "run", "nginx-flow.conf"),
              encoding="utf-8") as f:
        text = f.read()
    workers, each = (int(text.split(word)[1].split(";")[0]) for word in (
        "worker_processes ", "worker_connections "))
    return workers * each


def nginx_lines(d, start):
    return [l for l in d.logged()[start:].splitlines() if "] " in l and
            "#" in l.split("] ", 1)[1]]


def until_said(d, start, words):
    until = time.monotonic() + BOUND_S
    while words not in d.logged()[start:] and time.monotonic() < until:
        select.select([], [], [], 0.1)
    return [l for l in d.logged()[start:].splitlines() if words in l]


def overfull(t):
    with Drill(members=20, insurers=1, seed=92) as d:
        d.stop()
        d.serve(before=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (FEW, FEW)))
        port, start = d.plane("flow")["port"], len(d.logged())
        t.ok(held_by(d) < CROWD, "more than nginx may hold", held_by(d))
        crowd = [Slow(port, None, i, GREETING[:1], b"") for i in range(CROWD)]
        t.same(until_ended(crowd), CROWD, "nginx ends them all")
        said = until_said(d, start, "nginx of plane flow holds all")
        t.ok(len(said) == 1 and "alarm:" in said[0], "one line tells it", said)
        t.same(nginx_lines(d, start)[:3], [], "and none of nginx's own")
        nginx = d.pid("nginx")
        with open("/proc/%d/task/%d/children" % (nginx, nginx),
                  encoding="ascii") as f:
            os.kill(int(f.read().split()[0]), signal.SIGSEGV)
        until = time.monotonic() + BOUND_S
        while not nginx_lines(d, start) and time.monotonic() < until:
            select.select([], [], [], 0.1)
        t.ok(any("exited on signal 11" in l for l in nginx_lines(d, start)),
             "of a worker that died there is", nginx_lines(d, start)[:3])
        d.stop()
        said = until_said(d, start, "more were closed in a minute")
        t.ok(0 < len(said) < 3, "how many there were is counted", said)
        print("# " + said[0][:200] if said else "# not counted")


def main():
    t = Tap()
    overfull(t)
    with Drill(members=300, insurers=1, seed=91) as d:
        start = time.time()
        site, person = d.people.site("optician"), d.people.covered()[0]
        wire = Staff(d.url, d.ca, d.people.key(site),
                     lambda: int(1795424400 + time.time() - start))
        tls = ssl.create_default_context(cafile=d.ca)
        before, nginx = d.entries(), d.pid("nginx")
        alone, read = honest(wire, person, [])
        t.same(read, QUESTIONS, "alone every question of rights is answered")
        early, bodies = crowd(d, tls)
        slow = early + bodies
        t.same(sum(not s.ended for s in slow), 3 * EACH + BODIES,
               "500 slow connections stand")
        beside, read = honest(wire, person, slow)
        t.same(read, QUESTIONS, "beside them every question is answered")
        t.same(d.entries_by(before + 2 * QUESTIONS) - before, 2 * QUESTIONS,
               "each of all these answers was written down before")
        print("# an honest client, median: %.1f ms alone, %.1f ms beside "
              "them, %.1f ms later; worst %.1f and %.1f ms" % (
                  statistics.median(alone), statistics.median(beside),
                  statistics.median(beside) - statistics.median(alone),
                  max(alone), max(beside)), flush=True)
        t.same(until_ended(early, bodies), 3 * EACH,
               "nginx ends each that has not said its fields in time")
        t.same(until_ended(bodies), BODIES,
               "and each that stopped in its body")
        t.same(d.ask(site, person, domain="OPTI")[0] in (0, 4), True,
               "a question is answered when all is over")
        t.same(d.pid("nginx"), nginx, "by the same nginx")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
