#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: one administrator alone, with whatever she can find lying about.

Goal: each word of the registry's table that wants two signatures is refused,
in words, with one signature, alone or in one act with a word that wants one, with the same one twice, with one key under two
names, with an old signature of an administrator who was revoked; and an act
that two did sign is refused when it is for another instance, altered, too
old or too early, or when its signatures stand under another text. Bulk in
small pieces is bulk. The registry does not grow by any of it.
"""
import base64
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import ROOT, Drill, Tap, run  # noqa: E402

ORIGIN = "drill.ecluse.example/journal"
TWO = "two administrators"
# What one may do alone: closings, and what is enrolled piece by piece. All else
# is tried, whatever the table says of it.
ALONE = {"site", "professional", "key", "revoke", "close"}
# what the keeper would answer from what it alone has: its keys, who had a
# full feed, its sets; to one signature it says none of it
ASKS = ("destroy kind=index generation=1", "turn kind=answer key=AAAA",
        "decoy amc=0099100001 persons=1 set=" + 64 * "0")


class Admin:
    def __init__(self, d, path):
        self.d, self.path = d, path
        der = subprocess.run(
            ["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"],
            stdout=subprocess.PIPE, check=True).stdout
        self.raw = der[-32:]
        self.name = "admin-" + hashlib.sha256(der).hexdigest()[:8]

    def line(self, text, name=None):
        """A signature line of a note (C2SP signed-note, Ed25519)."""
        name = name or self.name
        file = os.path.join(self.d.folder, "to-sign")
        with open(file, "wb") as f:
            f.write(text.encode())
        signature = subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path,
             "-in", file], stdout=subprocess.PIPE, check=True).stdout
        key_id = hashlib.sha256(
            name.encode() + b"\n\x01" + self.raw).digest()[:4]
        return "\u2014 %s %s\n" % (name, base64.b64encode(
            key_id + signature).decode())


class Desk:
    def __init__(self, t, d):
        self.t, self.d, self.n = t, d, 0
        self.a, self.b = [Admin(d, os.path.join(
            d.dir, "drill", "admin-%d.pem" % n)) for n in (1, 2)]
        self.now = self.status()["time"]

    def status(self):
        return json.loads(self.d.ecluse("status", self.d.dir, "--json",
                                        check=False)[1])

    def registry(self):
        """Every byte of its log."""
        found = hashlib.sha256()
        folder = os.path.join(self.d.dir, "keeper", "registry")
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as f:
                found.update(f.read())
        return self.status()["registry"], found.hexdigest()

    def text(self, lines, origin=ORIGIN, hours=0):
        self.n += 1
        nonce = base64.urlsafe_b64encode(
            self.n.to_bytes(16, "big")).decode().rstrip("=")
        when = datetime.datetime.strptime(
            self.now, "%Y-%m-%dT%H:%M:%S.%fZ") + datetime.timedelta(
            hours=hours)
        return "ecluse act v1\norigin %s\ntime %s\nnonce %s\n%s\n" % (
            origin, when.strftime("%Y-%m-%dT%H:%M:%S.000Z"), nonce, lines)

    def send(self, text, *signatures):
        path = os.path.join(self.d.folder, "request.act")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text + "\n" + "".join(signatures))
        return self.d.ecluse("send", self.d.dir, path, check=False)

    def refused(self, what, words, text, *signatures):
        before = self.registry()
        code, out, err = self.send(text, *signatures)
        return self.t.ok(
            code in (1, 3, 4) and words in err and
            self.registry() == before, what, (code, out, err))


def rules():
    """The one table in the source: (word, first name, signatures, alone). A
    word that others add is tried too. Whether values are right is asked after
    the signatures, so any will do."""
    with open(os.path.join(ROOT, "src", "registry", "apply.c"),
              encoding="utf-8") as f:
        text = re.sub(r"\s+", " ", f.read())
    return [(w, names.split()[0], int(n), alone == "true")
            for w, names, n, alone in re.findall(
                r'\{"([a-z]+)", "([^"]*)", (\d), (true|false),', text)]


def words_that_need_two():
    return ["%s %s=x" % r[:2] for r in rules() if r[0] not in ALONE]


def behind_another(desk):
    """A word that needs two, in one act with one that needs one."""
    site = "site id=X9 profession=gp"
    for word, name, _, alone in rules():
        if word in ALONE:
            continue
        words = "stands alone" if alone else TWO
        for lines in (site + "\n%s %s=x" % (word, name),
                      "%s %s=x\n" % (word, name) + site):
            text = desk.text(lines)
            desk.refused("%s %s an enrolment: one signature" % (
                word, "behind" if lines.startswith("site") else "before"),
                words, text, desk.a.line(text))


def each_word(t, desk, lines, gone):
    a, b = desk.a, desk.b
    for line in lines:
        word = line.split()[0]
        text = desk.text(line)
        desk.refused("%s: one signature" % word, TWO, text, a.line(text))
        desk.refused("%s: the same twice" % word, TWO, text, a.line(text),
                     a.line(text))
        desk.refused("%s: one key, two names" % word, TWO, text,
                     a.line(text), a.line(text, "admin-00000000"))
        desk.refused("%s: one key under the other's name" % word, TWO, text,
                     a.line(text), a.line(text, b.name))
        desk.refused("%s: with one who was revoked since" % word, TWO,
                     gone[line][0], a.line(gone[line][0]), gone[line][1])


def two_did_sign(t, desk):
    a, b = desk.a, desk.b
    mode = "mode control=budget mode=observe"

    def both(text):
        return a.line(text), b.line(text)

    for what, words, text in (
            ("for another instance", "not for this instance",
             desk.text(mode, origin="other.example/journal")),
            ("eight days old", "7 days", desk.text(mode, hours=-24 * 8)),
            ("of tomorrow", "future", desk.text(mode, hours=24))):
        desk.refused("signed by two, " + what, words, text, *both(text))
    text = desk.text("mode control=budget mode=enforce")
    desk.refused("altered after two signed", "wrong",
                 text.replace("enforce", "observe"), *both(text))
    other = desk.text(mode)
    desk.refused("their signatures under another act", "wrong", other,
                 *both(text))
    desk.refused("her own signature, and theirs of another act", "wrong",
                 other, a.line(other), b.line(text))
    code = desk.send(text, *both(text))[0]
    t.same(code, 0, "what two signed is applied")
    before = desk.registry()
    out = desk.send(text, *both(text))
    t.ok("before" in out[1] and desk.registry() == before, "once", out)


def bulk(t, d, desk):
    """Five keys at once; one at a time until the day is full."""
    a = desk.a
    paths = []
    for n in range(10):
        paths.append(os.path.join(d.folder, "k%d.pem" % n))
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", paths[-1])
    spki = [base64.urlsafe_b64encode(subprocess.run(
        ["openssl", "pkey", "-in", p, "-pubout", "-outform", "DER"],
        stdout=subprocess.PIPE, check=True).stdout).decode().rstrip("=")
        for p in paths]
    site = d.people.site("optician")["site"]
    lines = ["key spki=%s site=%s" % (s, site) for s in spki]
    text = desk.text("\n".join(lines[:5]))
    desk.refused("five keys in one act", TWO, text, a.line(text))
    text = desk.text("site id=X1 profession=gp\nsite id=X2 profession=gp")
    desk.refused("two sites in one act", TWO, text, a.line(text))
    for n in range(8):
        text = desk.text(lines[n])
        t.same(desk.send(text, a.line(text))[0], 0,
               "one by one: key %d of a day" % (n + 1))
    text = desk.text(lines[8])
    desk.refused("the ninth", "all that one may in a day", text,
                 a.line(text))
    text = desk.text(lines[8], hours=-20)
    desk.refused("the ninth, dated back", "all that one may in a day", text,
                 a.line(text))
    text = desk.text(lines[8], hours=-30)
    desk.refused("the ninth, of yesterday", "on the day", text,
                 a.line(text))


def main():
    t = Tap()
    lines = words_that_need_two()
    t.ok(len(lines) >= 22 and len(rules()) >= 27,
         "the words that need two are found", lines)
    t.same({r[0] for r in rules() if r[2] < 2}, ALONE,
           "and these one may sign alone")
    lines += ASKS
    with Drill(members=800, insurers=2, seed=6) as d:
        desk = Desk(t, d)
        third = os.path.join(d.folder, "third.pem")
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", third)
        d.ecluse("enrol", d.dir, "admin", "--key", third)
        c = Admin(d, third)
        gone = {}
        for line in lines:
            text = desk.text(line)
            gone[line] = (text, c.line(text))
        d.ecluse("revoke", d.dir, "admin:" + c.name, "--admin-key",
                 desk.a.path)
        each_word(t, desk, lines, gone)
        behind_another(desk)
        two_did_sign(t, desk)
        bulk(t, d, desk)
        t.same(d.stop(), 0, "the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
