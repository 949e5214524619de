#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever has taken over one plane's nginx, and speaks to its gate.

(What it does to answers: test_answers.py.) It forges, alters and repeats
questions, breaks FastCGI in every way, passes descriptors, stops in the middle
of hundreds of requests and opens more connections than a gate takes. Goal:
nobody is read by any of it; a connection that breaks the protocol ends, and no
process does; no descriptor stays; the other plane is served meanwhile, and
this one again when it is over.
"""
import array
import os
import resource
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from feedwire import Staff  # noqa: E402
from test_slow_clients import FHIR, PATH, rights  # noqa: E402

BEGIN, PARAMS, STDIN, STDOUT = 1, 4, 5, 6
RESPONDER, KEEP = 1, 1
HALVES = 300        # requests that stop in their middle
FLOOD = 4300        # connections: more than a gate takes (gate/gate.c)
DESCRIPTORS = 200   # at once; the kernel takes 253
START_S = 1795424460        # 2026-11-23T09:01:00Z, the drill's clock
BOUND_S = 60


def record(kind, content, version=1, number=1):
    return struct.pack(">BBHHBB", version, kind, number, len(content), 0,
                       0) + content


def begin(role=RESPONDER):
    return record(BEGIN, struct.pack(">HB5x", role, KEEP))


def pairs(params):
    out = b""
    for name, value in params:
        for part in (name, value):
            out += struct.pack(">I", len(part) | 1 << 31)
        out += name.encode() + value.encode()
    return out


class Front:
    """The attacker, in the place of nginx."""

    def __init__(self, d, site, authority):
        started = time.time()
        self.wire = Staff("https://" + authority, d.ca, d.people.key(site),
                          lambda: int(START_S + time.time() - started))
        self.path = d.plane("flow")["socket"]

    def connect(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(BOUND_S)
        s.connect(self.path)
        return s

    def params(self, body, signed=None, **changed):
        f = self.wire.fields("POST", PATH, signed or body)
        return list(dict({
            "REQUEST_METHOD": "POST", "REQUEST_URI": PATH,
            "HTTP_HOST": self.wire.authority, "CONTENT_TYPE": FHIR,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_DIGEST": f["Content-Digest"],
            "HTTP_SIGNATURE_INPUT": f["Signature-Input"],
            "HTTP_SIGNATURE": f["Signature"]}, **changed).items())

    def whole(self, body, params):
        return begin() + record(PARAMS, pairs(params)) + record(
            PARAMS, b"") + b"".join(
                record(STDIN, body[at:at + 60000])
                for at in range(0, len(body), 60000)) + record(STDIN, b"")

    def say(self, data, descriptors=()):
        """What the gate answers: a status, or None: it ended this."""
        with self.connect() as s:
            try:
                if descriptors:
                    s.sendmsg([data], [(
                        socket.SOL_SOCKET, socket.SCM_RIGHTS,
                        array.array("i", descriptors))])
                else:
                    s.sendall(data)
                got = s.recv(65536)
            except (BrokenPipeError, ConnectionResetError):
                return None
        at = got.find(b"Status: ")
        return int(got[at + 8:at + 11]) if at >= 0 else None


def forged(t, f, mine, theirs):
    """mine: of the one person whom the stolen key asks about."""
    question = f.params(mine)
    t.same(f.say(f.whole(mine, question)), 200, "a true question: answered")
    t.same(f.say(f.whole(mine, question)), 401, "the same again")
    for what, bytes_ in (
            ("unsigned", f.whole(theirs, f.params(theirs)[:5])),
            ("another body", f.whole(theirs, f.params(theirs, mine))),
            ("another host", f.whole(mine, f.params(
                mine, HTTP_HOST="elsewhere.example"))),
            ("another path", f.whole(mine, f.params(
                mine, REQUEST_URI="/fhir/Claim"))),
            ("another digest", f.whole(theirs, f.params(
                theirs, mine, HTTP_CONTENT_DIGEST=f.wire.fields(
                    "POST", PATH, theirs)["Content-Digest"]))),
            ("a path with a query", f.whole(mine, f.params(
                mine, REQUEST_URI=PATH + "?x")))):
        got = f.say(bytes_)
        t.ok(got in (401, 404), what + ": refused", got)


def broken(t, f, body):
    good = f.params(body)
    whole, plain = f.whole(body, good), record(PARAMS, pairs(good))
    end = record(PARAMS, b"")
    for what, data in (
            ("another version", record(BEGIN, bytes(8), version=2)),
            ("another number", record(BEGIN, bytes(8), number=2)),
            ("another role", begin(2) + whole[16:]),
            ("parameters first", plain),
            ("a body first", record(STDIN, body)),
            ("a body between parameters", begin() + plain + record(
                STDIN, body)),
            ("begun twice", begin() + begin()),
            ("an answer", begin() + record(STDOUT, body)),
            ("an unknown record", begin() + record(99, b"")),
            ("two requests at once", whole + whole),
            ("parameters beyond their end", begin() + record(
                PARAMS, b"\x7f\x7fx") + end + record(STDIN, b"")),
            ("a name without end", begin() + record(
                PARAMS, b"\xff\xff\xff\xff" * 2) + end + record(STDIN, b"")),
            ("too many parameters", begin() + record(
                PARAMS, bytes(40000)) * 2 + end),
            ("a parameter twice", f.whole(body, good + good[-1:])),
            ("a body that is too long", f.whole(bytes(300000), good)),
            ("another length", f.whole(body, f.params(
                body, CONTENT_LENGTH=str(len(body) + 1)))),
            ("noise", bytes(range(256)) * 40)):
        got = f.say(data)
        # of two requests the first is a true one
        t.ok(got is None or 400 <= got < 500 or
             (got == 200 and what == "two requests at once"),
             what + ": ended or refused", got)


def open_in(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def settled(pid, most):
    until = time.monotonic() + BOUND_S
    while open_in(pid) > most and time.monotonic() < until:
        time.sleep(0.02)
    return open_in(pid)


def descriptors(t, d, f, body):
    gate = d.pid("gate")
    before = open_in(gate)
    ours = [os.open("/dev/null", os.O_RDONLY)] * DESCRIPTORS
    held = [f.connect() for _ in range(5)]
    for s in held:
        s.sendmsg([begin()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                               array.array("i", ours))])
    t.same(f.say(f.whole(body, f.params(body)), ours), 200,
           "a true question with descriptors: answered")
    t.ok(settled(gate, before + len(held)) <= before + len(held),
         "no descriptor that was passed is open in the gate",
         open_in(gate) - before)
    for s in held:
        s.close()
    os.close(ours[0])


def halves(t, d, f, body, flow, portal):
    whole = f.whole(body, f.params(body))
    held = []
    for n in range(HALVES):
        s = f.connect()
        s.sendall(whole[:1 + n * (len(whole) - 2) // HALVES])
        held.append(s)
    t.same((flow(), portal()), (0, 0), "beside %d requests that stop in "
           "their middle both planes answer" % HALVES)
    for s in held:
        s.close()


def flood(t, d, f, flow, portal):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < FLOOD + 100:
        t.skip("more connections than a gate takes", "this machine allows "
               "nobody so many")
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (FLOOD + 100, hard))
    gate = d.pid("gate")
    before = open_in(gate)
    held = [f.connect() for _ in range(FLOOD)]
    t.same(portal(), 0, "beside %d connections the other plane answers" %
           FLOOD)
    for s in held:
        s.close()
    t.ok(settled(gate, before) <= before, "they end", open_in(gate))
    t.same(flow(), 0, "and this plane answers again")


def main():
    t = Tap()
    with Drill(members=300, insurers=1, seed=53,
               conf={"vault.timeout-ms": "3000"}) as d:
        site, honest = d.people.site("optician"), d.people.site("optician", 1)
        people = [p for p in d.people.covered() if p["member"]]
        key = d.enrol_key(honest, "portal", "portal-key")
        d.clock("2026-11-23T09:01:00Z")     # behind that act
        f = Front(d, site, d.url.split("//")[1].rstrip("/"))
        pids = d.read_endpoints()["pids"]
        asked = [0]

        def flow():
            asked[0] += 1
            return d.ask(honest, people[2])[0]

        def portal():
            asked[0] += 1
            return d.ask(honest, people[2], key=key)[0]

        mine, theirs = rights(people[0]), rights(people[1])
        forged(t, f, mine, theirs)
        t.same(flow(), 0, "another client is answered")
        broken(t, f, mine)
        t.same(flow(), 0, "and behind each broken request")
        descriptors(t, d, f, mine)
        halves(t, d, f, mine, flow, portal)
        flood(t, d, f, flow, portal)
        t.same(d.read_endpoints()["pids"], pids, "the same processes run")
        read = d.readings(d.scope("site:" + site["site"]))
        t.same(set(read.values()), {(people[0]["amc"], people[0]["ref"])},
               "nobody was read but whom the key asked about")
        read = d.readings(d.scope("site:" + honest["site"]))
        t.same(len(read), asked[0], "and nobody else's entries are more")
        t.same(d.stop(), 0, "the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
