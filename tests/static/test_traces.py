#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: who looks for traces of persons (tests/lib/traces.py) finds them.

attack/test_quiet.py and attack/test_remains.py are green when nothing is found:
so is a search that can find nothing. Here each value lies somewhere in each form
that the search knows, made by other means than its own, between bytes of chance:
all must be found, by the kind of value; and in chance alone nothing is.
"""
import base64
import binascii
import hashlib
import json
import os
import random
import sqlite3
import struct
import sys
import tempfile

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Tap  # noqa: E402
from traces import Needles  # noqa: E402

NIR, KEY = "1850578006084", "91"
PERSON = {"nir": NIR + KEY, "birth": "19850517", "member": "40718233",
          "ref": "A0611953-3"}
VALUES = {"nir": NIR, "birth": "19850517", "member": "40718233",
          "reference": "A0611953-3"}
NOISE = 3000


def table(kinds, *row):
    """A database's file with one row."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "db")
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE t (a %s, b %s, c %s)" % kinds)
        db.execute("INSERT INTO t VALUES (?, ?, ?)", row)
        db.commit()
        db.close()
        with open(path, "rb") as f:
            return f.read()


def column(value):
    """It in a column of numbers."""
    return table(("INTEGER", "INTEGER", "TEXT"), 7, int(value), "x")


def torn(value):
    """It in a text between others, and a second table that cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "db")
        db = sqlite3.connect(path)
        db.executescript("CREATE TABLE t (a TEXT, b TEXT, c TEXT);"
                         "CREATE TABLE u (a TEXT);")
        db.execute("INSERT INTO t VALUES ('abc', ?, '12345')", (value,))
        db.commit()
        size, = db.execute("PRAGMA page_size").fetchone()
        page, = db.execute("SELECT rootpage FROM sqlite_master "
                           "WHERE name = 'u'").fetchone()
        db.close()
        with open(path, "r+b") as f:
            f.seek((page - 1) * size)
            f.write(b"\xff" * size)
            f.seek(0)
            return f.read()


def whole_files(value):
    """What is found in a database as it is, and not in a piece of it: nothing
    parts a text from its neighbours in the row."""
    texts = ("TEXT",) * 3
    yield "a column of texts between others", table(
        texts, "abc", value, "12345")
    yield "the first of them", table(texts, value, "9876543", "x")
    yield "a column of bytes", table(("BLOB",) * 3, b"q1", value.encode(),
                                     b"2w")
    yield "a database that is torn behind it", torn(value)
    if value.isdigit():
        yield "alone in a column of numbers", column(value)


def card_spelling(data):
    """base45, digit by digit."""
    out = b""
    for at in range(0, len(data), 2):
        n = int(data[at:at + 2].hex(), 16)
        for _ in range(3 if data[at + 1:at + 2] else 2):
            n, digit = divmod(n, 45)
            out += b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"[
                digit:digit + 1]
    return out


def forms(value):
    """(what, bytes): the value as somebody may have left it."""
    v = value.encode()
    yield "in a line", b'{"what":"' + v + b'"}'
    for lead in range(3):
        yield "base64 %d" % lead, base64.b64encode(b"xyz"[:lead] + v + b";q")
    yield "base64 by hand", binascii.b2a_base64(b"id=" + v + b"&n=1")
    yield "base64url", base64.urlsafe_b64encode(b"\xff\xfe" + v + b"\xff")
    yield "base45", card_spelling(b"\xa1\x04" + v + b"\x18")
    yield "base45, one on", card_spelling(b"\xa1" + v + b"\x18\x19")
    yield "hexadecimal", b"0x" + v.hex().encode()
    yield "upper hexadecimal", v.hex().upper().encode()
    yield "every byte in percent", b"".join(b"%%%02X" % b for b in v)
    yield "UTF-16, one order", value.encode("utf-16-le")
    yield "UTF-16, the other", value.encode("utf-16-be")
    for name in ("md5", "sha1", "sha256", "sha512"):
        made = hashlib.new(name, v)
        yield name, made.digest()
        yield name + " in text", made.hexdigest().encode()
        if name != "sha512":
            yield name + " in base64", base64.b64encode(made.digest())
    made = hashlib.blake2b(v, digest_size=32)
    yield "blake2b", made.digest()
    yield "blake2b in text", made.hexdigest().encode()


def of_nir():
    yield "as on a card", b"1 85 05 78 006 084"
    yield "with its key", b"1 85 05 78 006 084 91"
    yield "with points", b"1.85.05.78.006.084"
    yield "SHA-256 with its key", hashlib.sha256(b"185057800608491").digest()
    yield "a column of numbers", column(NIR)
    yield "one with its key", column(NIR + KEY)
    yield "a struct's number", struct.pack("<Q", int(NIR))
    yield "the other order", struct.pack(">Q", int(NIR))


def of_birth():
    for text in ("1985-05-17", "17/05/1985", "17.05.1985", "17051985"):
        yield "as " + text, text.encode()
    yield "SHA-1 of one", hashlib.sha1(b"17/05/1985").hexdigest().encode()


def chance(rng, n=NOISE):
    return bytes(rng.randrange(256) for _ in range(n))


def planted(rng):
    """{file: (kind, what, bytes)}"""
    found = {}
    more = {"nir": of_nir, "birth": of_birth}
    for kind, value in VALUES.items():
        for what, data in list(forms(value)) + list(
                more.get(kind, lambda: ())()):
            found["%03d" % len(found)] = (
                kind, what, chance(rng) + b" " + data + b" " + chance(rng))
        for what, data in whole_files(value):
            found["%03d" % len(found)] = (kind, what, data)
    return found


def main():
    t = Tap()
    rng = random.Random(17)
    needles = Needles()
    needles.person(PERSON)
    files = planted(rng)
    with tempfile.TemporaryDirectory(prefix="ecluse-traces-") as folder:
        for name, (_, _, data) in files.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)
        with open(os.path.join(folder, "chance"), "wb") as f:
            f.write(chance(rng, 300 * NOISE))
        found, looked = needles.search([folder])
    t.same(looked, len(files) + 1, "every file is looked into")
    kinds = {}
    for what, paths in found.items():
        for path in paths:
            kinds.setdefault(os.path.basename(path), set()).add(
                what.split(":")[0])
    missed = [v[:2] for name, v in files.items()
              if v[0] not in kinds.get(name, ())]
    t.ok(not missed, "each of %d traces is found, as what it is" % len(files),
         json.dumps(missed, indent=1))
    t.same(kinds.get("chance"), None, "and chance is none")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
