#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/api.md, held against the wire: its field lines, its JSON, where its
tables say that things stand, its codes with their status, and the arithmetic of
a bundle's promises. A relay between `ecluse` and a drill instance sees it all.
"""
import base64
import hashlib
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import ROOT, Tap  # noqa: E402
from estimates import contract_text, code_of, drill, estimate, put, sign  # noqa: E402
from feedwire import TYPE, Staff, chunks  # noqa: E402
from relay import Relay  # noqa: E402

with open(os.path.join(ROOT, "docs", "api.md"), encoding="utf-8") as f:
    TEXT = f.read()
EXT = "https://ecluse.example/fhir/StructureDefinition/"
# What stands beside a place in a table: what may stand there, or how it is coded.
VALUES = ("covered", "not", "closed", "unknown", "false", "complete", "partial",
          "t24", "c24", "figures", "valueString", "category.coding")
CONTRACT = "application/ecluse-contract"


def section(name):
    found = re.search(r"(?ms)^## %s\n(.*?)(?=^## |\Z)" % re.escape(name), TEXT)
    assert found, name
    return found.group(1)


def rows(text):
    """Cells of the tables in it, without head and rule."""
    lines = [l for l in text.splitlines() if l.startswith("|")]
    return [[c.strip() for c in l.strip("|").split("|")] for l in lines
            if not set(l) <= set("|- ")]


def quoted(text):
    """JSON objects on indented lines."""
    return re.findall(r"(?m)^    (\{.*\})$", text)


# --- field lines ---

def shape(line):
    """A field of the document as a pattern: what is in <>, `...` and each
    number stands for what comes."""
    parts = re.split(r"<[^>]*>|\.\.\.|\b\d+(?=[;]|$)", line)
    return re.compile("[A-Za-z0-9+/=_-]+".join(map(re.escape, parts)) + "$")


def same_fields(t, name, message, what):
    lines = re.findall(r"(?m)^(Content-Digest|Signature-Input|Signature): (.*)$",
                       section(name))
    t.same(len(lines), 3, what + ": three fields are shown")
    for field, line in lines:
        if field == "Signature-Input":      # both kinds of key are told
            line = re.sub(r'alg="[^"]*"', 'alg="..."', line)
        got = message.field(field)
        t.ok(shape(line).match(got or ""), "%s: %s" % (what, field),
             (line, got))


# --- where things stand ---

def stands(o, path):
    """Is there something at a.b[0].c, each [] meaning any?"""
    for part in path.split("."):
        name, nth = re.match(r"(\w+)(?:\[(\d*)\])?$", part).groups()
        o = [x[name] for x in o if isinstance(x, dict) and name in x]
        if nth is not None:
            o = [y for x in o for y in (
                x if nth == "" else x[int(nth):int(nth) + 1])]
    return o


def in_extension(o, path, url):
    return [e for x in stands(o, path) for e in x
            if e.get("url") == EXT + url]


def places(t, table, answers, what):
    """Each place of a table is there in one answer at least."""
    seen = 0
    for name, where, *_ in rows(table):
        for path, url in re.findall(r"`([\w.\[\]]+)`(?: `…/([\w-]+)`)?",
                                    where):
            if path in VALUES:
                continue
            got = in_extension(answers, path, url) if url else \
                stands(answers, path)
            seen += 1
            t.ok(got, "%s: %s at %s %s" % (what, name, path, url))
    t.ok(seen > 4, what + ": the table has places", seen)


# --- JSON ---

def same_names(t, shown, got, what):
    """The names that the document shows, and no other but what it leaves
    open."""
    t.same(sorted(got), sorted(set(shown)), what)


def filled(text):
    return json.loads(re.sub(r"\{…[^}]*?,", "{", text).replace(
        "{…}", "{}").replace('"since":"…"', '"since":""'))


# --- promises ---

def unb64(s):
    return base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))


def part(jws, n):
    return json.loads(unb64(jws.split(".")[n]))


def payload(jws):
    return part(jws, 1)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root_of(leaf, place, count, path):
    """RFC 9162 section 2.1.3.2, by what the document says of leaf, node."""
    fn, sn, r = place, count - 1, leaf
    for p in path:
        if fn & 1 or fn == sn:
            r = sha(b"\1", p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha(b"\1", r, p)
        fn, sn = fn >> 1, sn >> 1
    return r


def line_leads(line, jws):
    place, claims, salt, path = line.split(".")
    path = unb64(path)
    leaf = sha(b"\0", b"ecluse/promise-line/v1", unb64(salt), unb64(claims))
    said = payload(jws)
    return root_of(leaf, int(place), said["n"], [
        path[i:i + 32] for i in range(0, len(path), 32)]) == unb64(
            said["root"])


# --- the tests ---

class Wire:
    """Every exchange that goes by."""

    def __init__(self, relay):
        self.seen = []
        relay.hook = self.look

    def look(self, request, forward):
        answer = forward(request)
        self.seen.append((request, answer))
        return answer

    def last(self, path):
        return [x for x in self.seen if " %s " % path in x[0].first][-1]

    def answers(self, path):
        found = [json.loads(a.body) for r, a in self.seen
                 if " %s " % path in r.first and a.status == 200 and
                 a.field("Content-Type") == "application/fhir+json"]
        return found


def rights(t, d, wire):
    site, people = d.people.site("optician"), d.people.covered("OPTI")
    path = "/fhir/CoverageEligibilityRequest"
    t.same(d.ask(site, people[0], plain=True)[0], 0, "a question is answered")
    same_fields(t, "Signing a question", wire.last(path)[0], "a question")
    same_fields(t, "Checking an answer", wire.last(path)[1], "an answer")
    d.ask(site, people[1])
    t.same(wire.last(path)[0].field("Content-Type"), re.search(
        "`Content-Type: ([^`]*)`", section("Sealing")).group(1),
        "a sealed question's type")
    d.ask(site, None, plain=True, amc=people[0]["amc"], member="1",
          birth="19700101")
    others = wire.answers(path)
    table = re.sub(r"(?m)^\|.*(insurer-order|right-route).*\n", "",
                   section("The answer"))
    places(t, table, others, "an answer")
    jws = in_extension(others, "extension", "promise")[0]["valueString"]
    names = re.findall(r"`([a-z]{2,4})`", section("The promise"))
    same_names(t, names, {**payload(jws), "kid": part(jws, 0)["kid"]},
               "a promise says what is told")
    code, told = d.ask(site, people[0], plain=True, rank="0")
    outcome = json.loads(wire.last(path)[1].body)
    t.ok(code == 3 and all(stands([outcome], "issue[0]." + p) for p in (
        "code", "details.coding[0].code", "details.text", "diagnostics",
        "expression")), "an outcome has what is told of it", outcome)


def bundles(t, d, wire):
    site, people = d.people.site("optician"), d.people.covered("OPTI")
    file = os.path.join(d.folder, "list.ndjson")
    with open(file, "w", encoding="utf-8") as f:
        for p in people[:5]:
            f.write(json.dumps(dict(d.question(p, "member"), domain="OPTI",
                                    date="2026-11-23")) + "\n")
    code, out, _ = d.ecluse("ask", "--file", file, "--bundle", "--plain",
                            "--json", "--key", d.people.key(site))
    request, answer = wire.last("/fhir")
    shown = json.loads(quoted(section("A bundle"))[0].replace(
        "{ a question }", "{}"))
    sent = json.loads(request.body)
    t.ok(sent["type"] == "batch" and all(
        e["request"] == shown["request"] and set(e) == set(shown)
        for e in sent["entry"]), "a bundle's entries", sent["entry"][0])
    said = json.loads(answer.body)
    jws = in_extension([said], "meta.extension", "promises")[0]["valueString"]
    names = json.loads(re.sub(r'("\w+")', r"\1:0", re.search(
        r"`(\{\"iss\".*?\})`", section("A bundle")).group(1)))
    same_names(t, names, payload(jws), "what the JWS of a bundle says")
    t.same(json.loads(unb64(jws.split(".")[0]))["typ"], re.search(
        "`typ` `([^`]*)`", section("A bundle")).group(1), "and its typ")
    lines = [in_extension([e["resource"]], "extension", "promise-line")[0]
             ["valueString"] for e in said["entry"]]
    t.ok(len(lines) == 5 and all(line_leads(l, jws) for l in lines),
         "each line leads to the root as it is told")
    t.ok(not line_leads(lines[0].replace("0.", "1.", 1), jws),
         "and another place does not")
    t.ok(code == 0 and all("promises" in json.loads(l)
                           for l in out.splitlines()),
         "ecluse ask --file F --bundle --json has the JWS beside each")


def estimates(t, d, wire, person):
    gp = d.people.site("gp")
    status, _ = estimate(d, gp, person, [
        {"n": 1, "act": "G", "price": "30.00"}], "MED", plain=True)
    t.same(status, 0, "an estimate is answered")
    answer = section("An estimate").split("The answer:")[1]
    table = re.sub(r"(?m)^\| transaction.*\n", "", answer)
    places(t, table, wire.answers("/fhir/Claim"), "an estimate")


def codes(name):
    """Code -> status of a section's table."""
    return {c: int(row[1]) for row in rows(section(name))
            if len(row) == 3 and row[1].isdigit()
            for c in re.findall("`([^`]*)`", row[0])}


def refused(t, table, got, code):
    status, told = got
    error = (told or {}).get("error", {})
    t.ok((status, error.get("code")) == (table[code], code) and
         {"message_fr", "message_en"} <= set(error),
         "%s: %d" % (code, table[code]), got)


def staff_of(d, amc):
    begun, at = time.time(), 1795424400         # 2026-11-23T09:00:00Z
    return Staff(d.plane("staff")["url"], d.ca,
                 d.people.insurer_file(amc, "feed.pem"),
                 lambda: int(at + time.time() - begun))


def post(s, path, body, kind=TYPE):
    fields = dict(s.fields("POST", path, body), **{"Content-Type": kind})
    status, _, told = s.raw("POST", path, body, fields)
    return status, told


def feeds(t, d):
    one, two = [i["amc"] for i in d.people.insurers][:2]
    s, table = staff_of(d, one), codes("Feeds")
    shown, where = [filled(x) for x in quoted(section("Feeds"))]
    feed = chunks(d.make_feed(one, None,
                              os.path.join(d.folder, "a.feed"))[0])
    t.ok(len(feed) > 1, "a feed of several chunks", len(feed))
    same_names(t, where, s.state(one)[1], "where a feed is")
    status, told = s.post(one, feed[0])
    same_names(t, shown, told, "a chunk that was taken")
    t.same((status, told["state"], told["next"]), (200, "open", 1),
           "it waits for the next")
    opened = s.state(one)[1]["open"]
    same_names(t, list(shown) + ["since"], opened, "a feed that is open")
    refused(t, table, s.post(one, feed[-1] if len(feed) > 2 else feed[0][:-1]),
            "feed-order" if len(feed) > 2 else "feed-shape")
    refused(t, table, post(s, "/feed/" + one, b"x", CONTRACT), "media-type")
    status, told = post(s, "/feed/" + one, b"x", "text/plain")
    t.ok(status == 415 and TYPE in told["issue"][0]["diagnostics"],
         "a type that the gate refuses: an outcome, which names a feed's", told)
    refused(t, table, s.post(one, b"x"), "feed-shape")
    refused(t, table, staff_of(d, two).post(two, feed[0]), "feed-amc")
    for chunk in feed[1:]:
        status, told = s.post(one, chunk)
    t.same((status, told["state"]), (200, "committed"), "it is committed")
    last = s.state(one)[1]["last"]
    t.same(sorted(last), sorted(where["last"]), "the last feed")
    t.same(s.post(one, feed[0])[1]["state"], "already-committed",
           "and is not taken again")


def contracts(t, d):
    amc = d.people.insurers[0]["amc"]
    s, table, path = staff_of(d, amc), codes("Contracts"), "/contracts/" + amc
    file = sign(d, amc, contract_text("basic", amc), "wire")[0]
    with open(file, "rb") as f:
        body = f.read()
    shown = filled(quoted(section("Contracts"))[0])
    status, told = post(s, path, body, CONTRACT)
    same_names(t, shown, told, "a contract that was taken")
    t.same((status, told["state"]), (200, "taken"), "it was")
    t.same(post(s, path, body, CONTRACT)[1]["state"], "already-taken",
           "sent again")
    refused(t, table, post(s, path, b"x", CONTRACT), "contract-shape")
    refused(t, table, post(s, path, body[:-1], CONTRACT), "contract-shape")


def main():
    t = Tap()
    relay = Relay()
    code = code_of(contract_text("comfort", "0099100001"))
    try:
        opened, people = drill([code], members=6000, insurers=2, seed=61,
                               conf=relay.conf())
        with opened as d:
            wire = Wire(relay.serve(d))
            rights(t, d, wire)
            bundles(t, d, wire)
            put(d, d.people.insurers[0]["amc"], "comfort")
            estimates(t, d, wire, people[code])
            feeds(t, d)
            contracts(t, d)
    finally:
        relay.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
