# SPDX-License-Identifier: Apache-2.0
"""Traces of persons and keys in what programs leave behind.

  needles = Needles()
  needles.person(row); needles.secret("a site's key", path)
  found = needles.search([folder, ...])     # {"nir: base64": [file, ...]}

A value is looked for as it is, in common groupings, in base64 (at each of the
three alignments), base45 (as a card's token is spelt; at both), hexadecimal,
percent-encoding and UTF-16, and as its MD5,
SHA-1 and SHA-256 (of the value, of each grouping and of its digits alone), raw,
in hexadecimal and in base64, its SHA-512 and BLAKE2b raw and in hexadecimal; a
NIR as the number that it is, too, which is how a table's column or a struct
would keep it. A database is looked through value by value as well: in a row
they stand wall to wall, and a short one that must stand alone does not. What is
found is named by kind, never by value.
"""
import base64
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import urllib.parse

def blake2b_256(data):
    """crypto_generichash of libsodium."""
    return hashlib.blake2b(data, digest_size=32)


HASHES = {"md5": hashlib.md5, "sha1": hashlib.sha1, "sha256": hashlib.sha256,
          "sha512": hashlib.sha512, "blake2b": blake2b_256}
IN_BASE64 = ("md5", "sha1", "sha256")   # a search costs by their number
SHORT = 12      # digits that could stand within others: whole words alone
LEAST = 7       # shorter values are chance
NUMBER = 6      # bytes of 13 digits, as SQLite keeps them in a column
DATABASE = b"SQLite format 3\0"


def groupings_of_nir(body, key):
    """1 85 05 78 006 084 (36) and what keyboards make of it."""
    parts = (body[0], body[1:3], body[3:5], body[5:7], body[7:10], body[10:])
    for sep in (" ", ".", "-", "\u00a0"):
        yield sep.join(parts)
        yield sep.join(parts + (key,))


def groupings_of_date(d):
    y, m, day = d[:4], d[4:6], d[6:]
    for sep in "-/.":
        yield sep.join((y, m, day))
        yield sep.join((day, m, y))
    yield day + m + y


def key_of_nir(body):
    digits = body.replace("2A", "19").replace("2B", "18")
    return "%02d" % (97 - int(digits) % 97)


def base64s(data):
    """What stands in a base64 text at any alignment, without its edges."""
    for lead in range(3):
        text = base64.b64encode(b"\0" * lead + data)
        begin = -(-lead * 8 // 6)
        end = (lead + len(data)) * 8 // 6
        inner = text[begin:end]
        yield inner
        if b"+" in inner or b"/" in inner:
            yield inner.replace(b"+", b"-").replace(b"/", b"_")


BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45s(data):
    """The same of base45 (RFC 9285): what its whole pairs of bytes become."""
    for lead in (0, 1):
        pairs = (data[at:at + 2] for at in range(lead, len(data) - 1, 2))
        numbers = (int.from_bytes(p, "big") for p in pairs)
        yield "".join(BASE45[n % 45] + BASE45[n // 45 % 45] +
                      BASE45[n // 2025] for n in numbers).encode()


class Needles:
    def __init__(self):
        self.kinds = {}         # bytes to what they are
        self.short = set()      # those that must stand alone

    def add(self, what, data):
        if len(data) < LEAST:
            return
        # grep's patterns are lines
        data = max(data.split(b"\n"), key=len)
        if len(data) >= LEAST:
            self.kinds.setdefault(data, what)

    def bytes(self, kind, data):
        self.add(kind + ": as it is", data)
        self.add(kind + ": hexadecimal", data.hex().encode())
        self.add(kind + ": hexadecimal", data.hex().upper().encode())
        for text in base64s(data):
            self.add(kind + ": base64", text)
        for text in base45s(data):
            self.add(kind + ": base45", text)

    def hashes(self, kind, data):
        for name, how in HASHES.items():
            made = how(data).digest()
            self.add(kind + ": " + name, made)
            self.add(kind + ": " + name, made.hex().encode())
            if name not in IN_BASE64:
                continue
            self.add(kind + ": " + name, made.hex().upper().encode())
            for to in (base64.b64encode, base64.urlsafe_b64encode):
                self.add(kind + ": " + name, to(made).rstrip(b"="))

    def text(self, kind, value, *others):
        for v in (value,) + others:
            raw = v.encode()
            if len(raw) < LEAST:
                continue
            if len(raw) < SHORT and v.isalnum():
                self.short.add(raw)
            self.bytes(kind, raw)
            self.add(kind + ": utf-16", v.encode("utf-16-le"))
            self.add(kind + ": utf-16", v.encode("utf-16-be")[1:])
            quoted = urllib.parse.quote(v, safe="")
            self.add(kind + ": percent", quoted.encode())
            self.add(kind + ": percent", "".join(
                "%%%02X" % b for b in raw).encode())
            self.hashes(kind, raw)
        digits = re.sub(r"\D", "", value)
        if digits != value and len(digits) >= LEAST:
            self.hashes(kind, digits.encode())

    def number(self, kind, value):
        """Within a table's row, or a struct of either order."""
        for data in (value.to_bytes(8, "big"), value.to_bytes(8, "little"),
                     value.to_bytes(8, "big")[8 - NUMBER:]):
            if value < 256 ** len(data) and b"\n" not in data:
                self.kinds.setdefault(data, kind + ": number")

    def nir(self, value, kind="nir"):
        body = value[:13]
        key = key_of_nir(body)
        self.text(kind, body, body + key, *groupings_of_nir(body, key))
        if body.isdigit():      # not of Corsica
            self.number(kind, int(body))
            self.number(kind, int(body + key))

    def birth(self, value):
        self.text("birth", value, *groupings_of_date(value))

    def person(self, row):
        if row.get("nir"):
            self.nir(row["nir"])
        # of a year in which nothing else here happens
        if row.get("birth") and row["birth"] < "2020":
            self.birth(row["birth"])
        if row.get("member"):
            self.text("member", row["member"])
        if row.get("ref"):
            self.text("reference", row["ref"])

    def card(self, token):
        """The end: all begin alike."""
        self.text("card token", token, token[-60:])

    def secret(self, kind, path):
        """A private key's file: its text and its bytes."""
        with open(path, "rb") as f:
            data = f.read()
        if b"-----BEGIN" in data:
            lines = [l for l in data.split(b"\n") if b"-----" not in l]
            # of a longer key the first line alone is secret
            self.add(kind + ": pem", lines[0])
            data = base64.b64decode(b"".join(lines))
            at = data.find(b"\x04\x20")     # PKCS#8: the seed, the scalar
            data = data[at + 2:at + 34]
        if len(data) >= 16:
            self.bytes(kind, data)
            self.hashes(kind, data)

    # looking

    def stands_alone(self, path, at, data):
        with open(path, "rb") as f:
            f.seek(max(at - 1, 0))
            around = f.read(len(data) + 2)
        before = around[:1] if at > 0 else b" "
        after = around[len(data) + (1 if at > 0 else 0):][:1] or b" "
        return not (before.isalnum() or after.isalnum())

    def grep(self, patterns, paths):
        """(path, offset, what) of each match."""
        command = ["grep", "--binary-files=text", "-F", "-o", "-b", "-H",
                   "-Z", "-f", patterns, "--"] + paths
        done = subprocess.run(command, env={"LC_ALL": "C"},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode > 1:
            raise RuntimeError(done.stderr.decode()[:300])
        for line in done.stdout.split(b"\n"):
            path, _, rest = line.partition(b"\0")
            at, _, match = rest.partition(b":")
            if match in self.kinds:
                yield path.decode(), int(at), match

    def search(self, folders, skip=()):
        """{what: files}, of all files below folders but those in skip."""
        paths = [p for folder in folders for p in files(folder)
                 if not any(p.startswith(s) for s in skip)]
        found, told = {}, {}    # told: its values, by a database
        with tempfile.NamedTemporaryFile() as f, \
                tempfile.TemporaryDirectory() as own:
            f.write(b"\n".join(self.kinds) + b"\n")
            f.flush()
            for path in filter(is_database, paths):
                to = os.path.join(own, "%d" % len(told))
                values(path, to)
                told[to] = path
            every = paths + list(told)
            for i in range(0, len(every), 200):
                for path, at, match in self.grep(f.name, every[i:i + 200]):
                    if match in self.short and \
                            not self.stands_alone(path, at, match):
                        continue
                    found.setdefault(self.kinds[match], set()).add(
                        told.get(path, path))
        return {k: sorted(v) for k, v in found.items()}, len(paths)


def is_database(path):
    with open(path, "rb") as f:
        return f.read(len(DATABASE)) == DATABASE


def values(path, to):
    """Writes each value of each table, one a line, of a copy of it with what
    its journal has; of one that a test tore those that stand before it. What
    is behind is looked through as bytes alone."""
    copy = to + ".db"
    for end in ("", "-wal", "-journal"):
        if os.path.exists(path + end):
            shutil.copyfile(path + end, copy + end)
    db = sqlite3.connect(copy)
    db.text_factory = bytes
    try:
        with open(to, "wb") as f:
            for name, in db.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"):
                for row in db.execute('SELECT * FROM "%s"' % name.decode()):
                    f.writelines(b"%b\n" % (v if isinstance(v, bytes) else
                                            str(v).encode()) for v in row)
    except sqlite3.DatabaseError:
        pass
    finally:
        db.close()


def files(folder):
    """Regular files below folder; it may be one."""
    if os.path.isfile(folder):
        return [folder]
    return [os.path.join(top, n) for top, _, names in os.walk(folder)
            for n in names if os.path.isfile(os.path.join(top, n)) and
            not os.path.islink(os.path.join(top, n))]
