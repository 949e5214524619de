#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: nginx taken over, with its TLS key and every byte that passes.

It alters answers, swaps them between clients, says an old one again, or
speaks by itself. Goal: `ecluse ask` believes none of it: exit 5, a reason on
standard error, nothing on standard output.
"""
import base64
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402
from relay import (  # noqa: E402
    Message, Relay, digest_of, past_the_clock, questions, unbelieved)

BOUND_S = 60
PATIENT = {"vault.timeout-ms": "3000"}     # a loaded machine is no answer
SEALED, PLAIN = "application/ecluse-sealed", "application/fhir+json"


def openssl(*args, data=b""):
    return subprocess.run(["openssl"] + list(args), input=data, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


# --- the client, and what must come of it ---

class Client:
    def __init__(self, d, relay):
        self.d, self.relay = d, relay
        self.site = d.people.site("optician")
        self.people = d.people.covered("OPTI")

    def ask(self, *more, person=0, domain="OPTI"):
        d, p = self.d, self.people[person]
        return d.ecluse("ask", "--key", d.people.key(self.site), "--domain",
                        domain, "--date", "2026-11-23", "--amc", p["amc"],
                        "--member", p["member"], "--birth", p["birth"],
                        "--rank", p["rank"], *more, check=False)

    def under(self, hook, *more, first=False, **what):
        """One question while the relay does this to it. first: to the one
        before, which tells the client what time it is."""
        met = []

        def meet(request, forward):
            met.append(request)
            return hook(request, forward)
        self.relay.hook = (questions if first else past_the_clock)(meet)
        try:
            done = self.ask(*more, **what)
        finally:
            self.relay.hook = lambda request, forward: forward(request)
        if not met:
            raise RuntimeError("nothing came by: %s" % (done,))
        return done


# --- alterations of an answer, each on its own ---

def flip(body, at):
    changed = bytearray(body)
    changed[at] ^= 1
    return bytes(changed)


def redigested(a, body):
    return a.holding(body).having("Content-Digest", digest_of(body))


def in_input(pattern, to):
    return lambda a: a.having("Signature-Input", re.sub(
        pattern, to, a.field("Signature-Input")))


def flip_signature(a):
    value = a.field("Signature")
    at = 20
    return a.having("Signature", value[:at] + (
        "A" if value[at] != "A" else "B") + value[at + 1:])


def twice(name, value):
    def alter(a):
        a = a.copy()
        a.fields.append((name, value))
        return a
    return alter


ALTERED = {
    "one bit of the body": lambda a: a.holding(flip(a.body, 40)),
    "one bit, and the digest made anew":
        lambda a: redigested(a, flip(a.body, 40)),
    "the body's last byte": lambda a: a.holding(flip(a.body, -1)),
    "a space behind the body": lambda a: a.holding(a.body + b" "),
    "the body cut": lambda a: a.holding(a.body[:-1]),
    "no body": lambda a: a.holding(b""),
    "the connection cut in the body": lambda a: a.bytes()[:-10],
    "a body of 70,000 bytes": lambda a: a.holding(a.body.ljust(70000)),
    "another digest": lambda a: a.having("Content-Digest", digest_of(b"x")),
    "200 as 201": lambda a: a.saying(201),
    "200 as 403": lambda a: a.saying(403),
    "200 as 503": lambda a: a.saying(503),
    "another content type": lambda a: a.having(
        "Content-Type", PLAIN if a.field("Content-Type") == SEALED
        else SEALED),
    "a content type with a parameter": lambda a: a.having(
        "Content-Type", a.field("Content-Type") + "; x=y"),
    "no content type": lambda a: a.without("Content-Type"),
    "no signature": lambda a: a.without("Signature"),
    "no signature input": lambda a: a.without("Signature-Input"),
    "no digest": lambda a: a.without("Content-Digest"),
    "nothing signed": lambda a: a.without(
        "Signature", "Signature-Input", "Content-Digest"),
    "one bit of the signature": flip_signature,
    "bound to no question": in_input(' "signature";req;key="ecluse"', ""),
    "the status not covered": in_input('"@status" ', ""),
    "the digest not covered": in_input('"content-digest" ', ""),
    "a later time": in_input(r"created=(\d+)", "created=1999999999"),
    "another key id": in_input(r'keyid="[^"]*"', 'keyid="%s"' % ("A" * 43)),
    "another tag": in_input("ecluse-answer-v1", "ecluse-v1"),
    "another label": in_input("^ecluse=", "sig1="),
    "a second signature": twice("Signature", "ecluse=:AAAA:"),
    "a second status line": lambda a: b"HTTP/1.1 103 Early Hints\r\n"
        b"Signature: ecluse=:AAAA:\r\n\r\n" + a.bytes(),
    "sent elsewhere": lambda a: Message(
        "HTTP/1.1 307 Temporary Redirect",
        [("Location", "https://localhost:1/"), ("Content-Length", "0")]),
}


def first_tests(t, c):
    """The refusal that tells the time is no way in either."""
    for what in ("one bit of the body", "no signature", "a later time",
                 "bound to no question", "one bit of the signature"):
        unbelieved(t, c.under(lambda request, forward: ALTERED[what](
            forward(request)), first=True), "the time told with " + what)


def altered_tests(t, c):
    for more in ((), ("--plain",), ("--json",), ("--plain", "--json")):
        done = c.ask(*more)
        t.ok(done[0] == 0 and done[1], "passed on as it is, it is believed "
             "(%s)" % " ".join(more), done)
    for more in ((), ("--plain", "--json")):
        for what, alter in ALTERED.items():
            unbelieved(t, c.under(
                lambda request, forward: alter(forward(request)), *more),
                "%s (%s)" % (what, "plain" if more else "sealed"))


def refusal_tests(t, c):
    """A signed refusal, and what may not be made of it."""
    done = c.ask("--plain", domain="PHAR")
    t.same(done[0], 3, "a true refusal is told as one")
    for what, alter in (
            ("403 as 200", lambda a: a.saying(200)),
            ("403 as 429", lambda a: a.saying(429)),
            ("other words", lambda a: redigested(
                a, a.body.replace(b"domain-not-own", b"budget-spent")))):
        unbelieved(t, c.under(
            lambda request, forward: alter(forward(request)), "--plain",
            domain="PHAR"), "a refusal with " + what)


# --- answers in another's place ---

def swap_tests(t, c):
    """Two clients ask at once; each gets what was meant for the other."""
    for more in ((), ("--plain",)):
        both = threading.Barrier(2, timeout=BOUND_S)
        meant = {}

        def swapped(request, forward):
            me = request.field("Signature")
            meant[me] = forward(request)
            both.wait()
            return next(a for who, a in meant.items() if who != me)
        c.relay.hook = past_the_clock(swapped)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = list(pool.map(
                lambda person: c.ask(*more, person=person), (0, 1)))
        c.relay.hook = lambda request, forward: forward(request)
        for done in results:
            unbelieved(t, done, "another client's answer (%s)" % (
                "plain" if more else "sealed"))


def again_tests(t, c):
    for more in ((), ("--plain",)):
        kept = []

        def keep(request, forward):
            kept.append(forward(request))
            return kept[-1]
        t.same(c.under(keep, *more)[0], 0, "an answer to keep")
        unbelieved(t, c.under(lambda request, forward: kept[0], *more),
                   "yesterday's answer to the same words")
        unbelieved(t, c.under(lambda request, forward:
                              forward(request) and kept[0], *more),
                   "the same, though the question was passed on")


def other_question_tests(t, c):
    """Two questions of one client on one connection."""
    d = c.d
    path = os.path.join(d.folder, "two.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        for p in c.people[:2]:
            f.write(json.dumps(dict(d.question(p, "member"), domain="OPTI",
                                    date="2026-11-23")) + "\n")
    for more in ((), ("--plain",)):
        kept = []

        def first_for_all(request, forward):
            kept.append(forward(request))
            return kept[0]
        c.relay.hook = past_the_clock(first_for_all)
        code, out, err = d.ecluse("ask", "--key", d.people.key(c.site),
                                  "--file", path, "--json", *more,
                                  check=False)
        c.relay.hook = lambda request, forward: forward(request)
        lines = [json.loads(l) for l in out.splitlines()]
        t.ok(code == 5 and [l["line"] for l in lines] == [1] and
             err.strip(), "the first answer, given to the second question",
             (code, out, err))


# --- answers of its own ---

def base_of(status, digest, kind, bound, params):
    lines = ['"@status": %d' % status, '"content-digest": ' + digest,
             '"content-type": ' + kind]
    if bound:
        lines.append('"signature";req;key="ecluse": ' + bound)
    return "\n".join(lines + ['"@signature-params": ' + params]).encode()


class Forger:
    """Signs answers as the keeper would, with a key of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.key = os.path.join(folder, "forger.pem")
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.key)
        spki = openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")
        self.own_id = base64.urlsafe_b64encode(
            hashlib.sha256(spki).digest()).decode().rstrip("=")

    def sign(self, base):
        path = os.path.join(self.folder, "base")
        with open(path, "wb") as f:
            f.write(base)
        return base64.b64encode(openssl(
            "pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in",
            path)).decode()

    def answer(self, request, body, key_id, kind=PLAIN, status=200):
        bound = request.field("Signature")[len("ecluse="):]
        digest = digest_of(body)
        params = '("@status" "content-digest" "content-type" "signature";' \
            'req;key="ecluse");created=1795424400;keyid="%s";alg="ed25519"' \
            ';tag="ecluse-answer-v1"' % key_id
        signature = self.sign(base_of(status, digest, kind, bound, params))
        return Message("HTTP/1.1 %d OK" % status, [
            ("Content-Type", kind), ("Content-Digest", digest),
            ("Signature-Input", "ecluse=" + params),
            ("Signature", "ecluse=:%s:" % signature)]).holding(body)


def own_tests(t, c):
    forger = Forger(c.d.folder)
    body = json.dumps(json.loads(c.ask("--json")[1])["response"]).encode()
    seen = []
    t.same(c.under(lambda request, forward:
                   seen.append(forward(request)) or seen[0])[0], 0,
           "the keeper's key id is seen by whoever looks")
    keeper_id = re.search(r'keyid="([^"]*)"', seen[0].field(
        "Signature-Input")).group(1)
    for more in (("--plain",), ()):
        for what, key_id in (("its own", forger.own_id),
                             ("the keeper's", keeper_id)):
            unbelieved(t, c.under(
                lambda request, forward: forger.answer(request, body, key_id),
                *more), "an answer signed by itself, under %s key id" % what)
        unbelieved(t, c.under(lambda request, forward: Message(
            "HTTP/1.1 200 OK", [("Content-Type", PLAIN)]).holding(body),
            *more), "an answer that nobody signed")
        unbelieved(t, c.under(lambda request, forward: Message(
            "HTTP/1.1 429 Wait", [("Content-Type", PLAIN)]).holding(
                b'{"resourceType":"OperationOutcome"}'), *more),
            "a refusal that nobody signed")
        unbelieved(t, c.under(lambda request, forward: None, *more),
                   "no answer at all")


def minted_tests(t, c):
    """What the keeper can be made to sign by asking it something else."""
    def unsigned(request, forward):
        return forward(request.without("Signature", "Signature-Input"))

    def metadata(request, forward):
        return forward(Message("GET /fhir/metadata HTTP/1.1", [
            ("Host", request.field("Host")),
            ("Signature-Input", request.field("Signature-Input")),
            ("Signature", request.field("Signature"))]))

    unbelieved(t, c.under(unsigned, "--plain"),
               "the keeper's refusal of an unsigned question")
    unbelieved(t, c.under(metadata, "--plain"),
               "the keeper's capability statement, under this signature")

    def spoilt(request, forward):
        return forward(request.holding(request.body[:-1] + b" "))

    code, out, err = c.under(spoilt, "--plain", "--json")
    told = json.loads(out) if out else {}
    t.ok(code in (3, 5) and told.get("status", 401) == 401,
         "a question altered on the way is refused, never answered",
         (code, out, err))


def certificate_tests(t, c):
    folder = c.d.folder
    cert, key = (os.path.join(folder, n) for n in ("m.pem", "m.key"))
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
            "-days", "30", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost")
    other = Relay().serve(c.d, cert, key)
    try:
        unbelieved(t, c.ask("--url", "https://localhost:%d" % other.port),
                   "a certificate of another authority")
        t.same(other.requests, 0, "and it is told nothing")
    finally:
        other.close()


def main():
    t = Tap()
    relay = Relay()
    try:
        with Drill(members=1500, insurers=3, seed=9,
                   conf=dict(relay.conf(), **PATIENT)) as d:
            c = Client(d, relay.serve(d))
            first_tests(t, c)
            altered_tests(t, c)
            refusal_tests(t, c)
            swap_tests(t, c)
            again_tests(t, c)
            other_question_tests(t, c)
            own_tests(t, c)
            minted_tests(t, c)
            certificate_tests(t, c)
            t.same(c.ask()[0], 0, "and an honest relay is believed again")
    finally:
        relay.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
