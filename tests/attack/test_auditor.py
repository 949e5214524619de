#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: an auditor who was given one mutuelle's entries, or one asker's,
and wants the others'.

Goal: no key of a release opens an entry that is not its own, neither of
another mutuelle or asker nor the next of the same; nothing that stands in it
opens or names one as whatever key of the tree of keys (docs/journal.md), nor
in another month; an asker's key names no leaf of another; an altered file is
refused, and so is one in which an entry stands twice in another's place, or a
signature under two entries, or that ends before its end; one administrator alone
gets none; after the month is destroyed there is no new one and no `who`, while a
file made before still opens (which is said in docs/journal.md)."""
import base64
import hashlib
import hmac
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from cryptography.exceptions import InvalidTag  # noqa: E402
from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402
from drill import Drill, Tap  # noqa: E402
from stolen import LOG, ORIGIN, Stolen  # noqa: E402

BEGIN, END = "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"
ASKED = 1
CELLS = 3           # 0, and one a mutuelle


def raw(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def records(d):
    """(leaf, side) of every entry, as whoever copied the disk has them."""
    folder = os.path.join(d.dir, "keeper", "journal")
    found = []
    for name in sorted(n for n in os.listdir(folder)
                       if n.startswith("seg-")):
        with open(os.path.join(folder, name), "rb") as f:
            data = f.read()
        for at in range(0, len(data) - 887, 888):
            if data[at:at + 4] != b"EJR1":
                break
            found.append((data[at + 40:at + 232], data[at + 232:at + 888]))
    return found


def opens(key, leaf, side):
    try:
        AESGCM(key).decrypt(leaf[34:46], side, None)
        return True
    except InvalidTag:
        return False


def drawn(key, label, value):
    """HKDF-Expand, one block."""
    return hmac.digest(key, label + value + b"\x01", "sha256")


def values(line):
    """Whatever could be a key in a line of a release."""
    if isinstance(line, str):
        return {raw(line)} if len(line) == 43 and line.isascii() else set()
    if isinstance(line, dict):
        line = list(line.values())
    return set().union(*map(values, line)) if isinstance(line, list) \
        else set()


def reached(path, entries):
    """What somebody opens, and what he names, with all that stands in the
    file: each value as the key of an entry, cell, month and asker."""
    with open(path, encoding="utf-8") as f:
        found = values([json.loads(l) for l in f])
    opened, named = set(), set()
    for value in found:
        cells = {value} | {drawn(value, b"ecluse/cell/v1", c.to_bytes(
            4, "big")) for c in range(CELLS)}
        names = {hmac.digest(key, b"pseudonym", "sha256")[:16]
                 for key in {value} | {drawn(value, b"ecluse/asker/v1", who)
                                       for who in found}}
        for i, (leaf, side) in enumerate(entries):
            if leaf[1] != ASKED:
                continue
            keys = cells | {drawn(c, b"ecluse/entry/v1", i.to_bytes(
                8, "big")) for c in cells}
            if any(opens(key, leaf, side) for key in keys):
                opened.add(i)
            if leaf[10:26] in names:
                named.add(i)
    return opened, named


def release(d, name, *what, check=True):
    path = os.path.join(d.folder, name)
    code, out, err = d.ecluse(
        "journal", "release", d.dir, *what, "--from", BEGIN, "--to", END,
        "--out", path, check=check)
    return path, code, err


def read(path):
    with open(path, encoding="utf-8") as f:
        lines = [json.loads(l) for l in f][:-1]
    askers = [l for l in lines[1:] if "asker" in l]
    return askers, lines[1 + len(askers):]


def open_file(d, path, *more):
    code, out, err = d.ecluse(
        "journal", "open", path, "--public",
        os.path.join(d.dir, "journal", "public"), *more, check=False)
    return code, [json.loads(l) for l in out.splitlines()], err


def keys_fit_their_own(t, all_entries, path, mine, by_key):
    askers, entries = read(path)
    t.same((sorted(e["index"] for e in entries), len(askers)),
           (sorted(mine), by_key), "the release has these entries and no other")
    fit = {(e["index"], i) for e in entries
           for i, (leaf, side) in enumerate(all_entries)
           if leaf[1] == ASKED and opens(raw(e["key"]), leaf, side)}
    t.same(fit, {(i, i) for i in mine},
           "each key opens its own entry, and nothing else opens")
    t.same(reached(path, all_entries),
           (set(mine), set(mine) if by_key else set()),
           "nothing in it, as whatever key, opens or names another")
    for a in askers:
        t.ok(not any(opens(raw(a["key"]), leaf, side)
                     for leaf, side in all_entries if leaf[1] == ASKED),
             "the asker's key opens none")


def altered(t, d, path):
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    first, second = json.loads(lines[1]), json.loads(lines[2])
    leaf = bytearray(raw(first["leaf"]))
    leaf[9] ^= 1                        # the time, which no key covers
    other = base64.urlsafe_b64encode(bytes(leaf)).decode().rstrip("=")
    wrong = {
        "another time in a leaf": dict(first, leaf=other),
        "another entry's key": dict(first, key=second["key"]),
        "another entry's opening": dict(first, opening=second["opening"]),
        "another place": dict(first, index=second["index"]),
    }
    for what, line in wrong.items():
        bad = os.path.join(d.folder, "bad")
        with open(bad, "w", encoding="utf-8") as f:
            f.write("\n".join([lines[0], json.dumps(line)] + lines[2:]) +
                    "\n")
        code, out, err = open_file(d, bad)
        t.ok(code == 1 and "line 2" in err, "refused: " + what, (code, err))
    with open(bad, "w", encoding="utf-8") as f:
        f.write("\n".join(lines[:-2] + lines[-1:]) + "\n")
    t.same(open_file(d, bad)[0], 1, "refused: a line less")
    head = dict(json.loads(lines[0]), cell=99)
    with open(bad, "w", encoding="utf-8") as f:
        f.write("\n".join([json.dumps(head)] + lines[1:]) + "\n")
    t.same(open_file(d, bad)[0], 1, "refused: another cell in the head")


def left_out(t, d, path, by_key):
    """Who carries the file: as many lines as the head says, or a head that
    says fewer."""
    bad = os.path.join(d.folder, "carried")

    def put(lines, more=()):
        with open(bad, "w", encoding="utf-8") as f:
            f.write("\n".join(lines + [end] + list(more)) + "\n")
        return open_file(d, bad)

    for name in (path, by_key):
        with open(name, encoding="utf-8") as f:
            *lines, end = f.read().splitlines()
        head = json.loads(lines[0])
        begin = len(lines) - head["count"]
        for what, other in (
                ("one twice in the place of the next",
                 lines[:begin + 2] + lines[begin + 1:begin + 2] +
                 lines[begin + 3:]),
                ("the last again in the place of the first",
                 lines[:begin] + lines[begin + 1:] + lines[-1:]),
                ("two in another order",
                 lines[:begin] + lines[begin + 1:begin - 1:-1] +
                 lines[begin + 2:])):
            t.same(len(other), len(lines), "as many lines: " + what)
            code, found, err = put(other)
            t.ok(code == 1 and "behind the entry before it" in err,
                 "refused: " + what, (code, err))
        late = dict(head, **{"from": "2026-11-30T00:00:00Z"})
        code, found, err = put([json.dumps(late)] + lines[1:])
        t.ok(code == 1 and "interval" in err and not found,
             "refused: entries of another day", (code, err))
    fewer = dict(head, count=head["count"] - 1)
    code, found, err = put([json.dumps(fewer)] + lines[1:begin + 1] +
                           lines[begin + 2:])
    t.ok("1 number" in err and [f["sequence"] for f in found][:2] == [1, 3],
         "told: one of a key that is not in its file", (code, err))
    tail(t, d, by_key, bad)
    code, found, err = open_file(d, by_key)
    t.ok(code == 0 and "missing" not in err and
         [f["sequence"] for f in found] == list(range(1, head["count"] + 1)),
         "and none of a whole one", err)
    another(t, d, path, by_key, bad)


def another(t, d, path, by_key, bad):
    """A true release in the place of the one that was asked for, or one that he
    signed himself for an auditor who has no key."""
    for name, words in ((path, "release of cell 1, "),
                        (by_key, "release of key:")):
        code, found, err = open_file(d, name)
        t.ok(code == 0 and words in err and "from 2026-11-01T00:00:00.000Z to "
             "2026-12-01T00:00:00.000Z: %d entries" % len(found) in err,
             "which release it is, is told", err)
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()[:1]
    text = json.dumps(dict(json.loads(lines[0]), count=0)) + "\n"
    note = "ecluse list end v1\norigin %s\ncount 0\nsha256 %s\n" % (
        ORIGIN, hashlib.sha256(text.encode()).hexdigest())
    with open(bad, "w", encoding="utf-8") as f:
        f.write(text + json.dumps({"end": Stolen.fresh(ORIGIN).note(
            note.encode()).decode()}) + "\n")
    code, out, err = d.ecluse("journal", "open", bad, check=False)
    t.ok(code == 1 and "whose signature" in err,
         "without a key nobody says whose end it is", (code, out, err))
    for odd in ({"cell": "1"}, {"cell": 0}, {"from": "x"}, {"count": None}):
        with open(bad, "w", encoding="utf-8") as f:
            f.write(json.dumps(dict(json.loads(lines[0]), **odd)) + "\n")
        code, out, err = open_file(d, bad)
        t.ok(code == 1 and "not a file of" in err,
             "no head: %s" % odd, (code, err))


def tail(t, d, path, bad):
    """The last entry left out, with a head that says one less: nothing between
    two entries is missing."""
    with open(path, encoding="utf-8") as f:
        *lines, end = f.read().splitlines()
    head = json.loads(lines[0])
    shorter = [json.dumps(dict(head, count=head["count"] - 1))] + lines[1:-1]
    text = json.loads(end)["end"].split("\n\n")[0] + "\n"
    hashed = hashlib.sha256(("\n".join(shorter) + "\n").encode())
    own = text.replace("count %d" % head["count"],
                       "count %d" % (head["count"] - 1))
    own = own[:own.index("sha256 ")] + "sha256 %s\n" % hashed.hexdigest()
    forged = json.dumps(
        {"end": Stolen.fresh(ORIGIN).note(own.encode()).decode()})
    for what, written, words in (
            ("with the end of the whole", shorter + [end], "left out"),
            ("with no end", shorter, "is missing"),
            ("with an end of his own", shorter + [forged], "left out"),
            ("and a whole one without its end", lines, "is missing"),
            ("and one that goes on behind it", lines + [end] + lines[-1:],
             "behind the end")):
        with open(bad, "w", encoding="utf-8") as f:
            f.write("\n".join(written) + "\n")
        code, _, err = open_file(d, bad)
        t.ok(code == 1 and words in err, "the last left out, " + what,
             (code, err))


def signatures(t, d, path):
    """Who holds the instance writes entries as he likes; the professional's
    signature is what he cannot write."""
    code, found, err = open_file(d, path)
    t.ok(code == 0 and all(f["signed"] for f in found),
         "each question bears its professional's own signature", err)
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    mine = json.loads(lines[1])
    other = next(l for l in map(json.loads, lines[2:])
                 if l["spki"] != mine["spki"])
    for what, line in (("another's key", dict(mine, spki=other["spki"])),
                       ("no key", {k: v for k, v in mine.items()
                                   if k != "spki"})):
        bad = os.path.join(d.folder, "unsigned")
        with open(bad, "w", encoding="utf-8") as f:
            f.write("\n".join([lines[0], json.dumps(line)] + lines[2:]) +
                    "\n")
        code, found, err = open_file(d, bad)
        t.ok(code == 1 and [f["signed"] for f in found].count(False) == 1 and
             "1 of 6 bear no signature" in err, "seen: " + what, err)
    code, found, err = open_file(d, path, "--authority", "flow=other:1")
    t.ok(code == 1 and not any(f["signed"] for f in found),
         "and a question that was signed for another name", err)


def twice(t, d, path):
    """One signature of a professional under two entries, in a release that the
    keeper signed."""
    with open(path, encoding="utf-8") as f:
        *lines, end = f.read().splitlines()
    last = json.loads(lines[-1])
    leaf = bytearray(raw(last["leaf"]))
    leaf[26:34] = (int.from_bytes(leaf[26:34], "big") + 1).to_bytes(8, "big")
    more = dict(last, index=last["index"] + 1, leaf=base64.urlsafe_b64encode(
        bytes(leaf)).decode().rstrip("="))
    head = json.loads(lines[0])
    count = head["count"] + 1
    text = "\n".join([json.dumps(dict(head, count=count))] + lines[1:] +
                     [json.dumps(more)]) + "\n"
    key = Stolen(d, LOG, 1, ORIGIN)
    note = "ecluse list end v1\norigin %s\ncount %d\nsha256 %s\n" % (
        ORIGIN, count, hashlib.sha256(text.encode()).hexdigest())
    bad = os.path.join(d.folder, "twice")
    with open(bad, "w", encoding="utf-8") as f:
        f.write(text + json.dumps({"end": key.note(
            note.encode()).decode()}) + "\n")
    code, out, err = d.ecluse(
        "journal", "open", bad, "--vkey", key.vkey(), check=False)
    told = [json.loads(l).get("again") for l in out.splitlines()]
    t.ok(code == 1 and "1 of %d bear a question" % count in err and
         told == [None] * (count - 1) + [last["index"]],
         "one signature under two entries is told", (code, err))


def unread(t, d, path):
    """Public files that cannot be read, are older or are wrong: the first say
    nothing of an entry."""
    public = os.path.join(d.folder, "unread")
    partial = os.path.join(public, "tile", "0", "000.p")

    def put(name, content):
        with open(os.path.join(public, name), "wb") as f:
            f.write(content)

    def older():
        with open(os.path.join(partial, os.listdir(partial)[0]), "rb") as f:
            first = f.read(32)
        put("checkpoint", Stolen(d, LOG, 1, ORIGIN).note((
            "%s\n1\n%s\n" % (ORIGIN, base64.b64encode(
                first).decode())).encode()))

    def other_signer():
        with open(os.path.join(public, "checkpoint"), "rb") as f:
            tree = f.read().split(b"\n\n")[0] + b"\n"
        put("checkpoint", Stolen.fresh(ORIGIN).note(tree))

    def altered_tile():
        for name in os.listdir(partial):
            put(os.path.join("tile", "0", "000.p", name), bytes(
                32 * int(name)))

    def in_its_place():
        shutil.rmtree(partial)
        put(os.path.join("tile", "0", "000.p"), b"a file")

    for what, change, status, words in (
            ("a tile that is gone", lambda: shutil.rmtree(partial), 5,
             "missing or cannot be read"),
            ("one that cannot be opened", in_its_place, 5,
             "missing or cannot be read"),
            ("no checkpoint", lambda: os.unlink(os.path.join(
                public, "checkpoint")), 5, "missing or cannot be read"),
            ("files of before the entry", older, 1, "fetch newer ones"),
            ("a checkpoint of another key", other_signer, 1,
             "checkpoint of the public files is not signed"),
            ("another tile", altered_tile, 1, "not in the log"),
            ("a key that is none", lambda: put("vkey", b"none\n"), 1,
             "vkey is not a log's key"),
            ("no key", lambda: os.unlink(os.path.join(public, "vkey")), 5,
             "cannot be read")):
        shutil.rmtree(public, ignore_errors=True)
        shutil.copytree(os.path.join(d.dir, "journal", "public"), public)
        change()
        code, out, err = d.ecluse(
            "journal", "open", path, "--public", public, check=False)
        t.ok(code == status and words in err and not out, "public files, " +
             what, (code, out, err))


def turned(t, d, path):
    """The log's key turned twice since; the key between signed the release."""
    keys = [Stolen(d, LOG, 1, ORIGIN)] + [
        Stolen.fresh(ORIGIN) for _ in range(3)]
    public = os.path.join(d.folder, "turned")
    shutil.copytree(os.path.join(d.dir, "journal", "public"), public)
    os.mkdir(os.path.join(public, "after"))
    for old, new in zip(keys, keys[1:3]):
        with open(os.path.join(public, "after", old.id.hex()), "wb") as f:
            f.write(old.note(("ecluse log key v1\norigin %s\nnext %s\n" % (
                ORIGIN, new.vkey())).encode()))
    here = os.path.join(public, "checkpoint")
    with open(here, encoding="utf-8") as f:
        tree = f.read().split("\n\n")[0] + "\n"
    with open(here, "wb") as f:
        f.write(keys[2].note(tree.encode()))
    with open(path, encoding="utf-8") as f:
        *lines, end = f.read().splitlines()
    for nth, by in enumerate(keys):
        head = json.loads(lines[0])
        head["checkpoint"] = by.note((head["checkpoint"].split(
            "\n\n")[0] + "\n").encode()).decode()
        text = "\n".join([json.dumps(head)] + lines[1:]) + "\n"
        note = json.loads(end)["end"].split("sha256 ")[0] + (
            "sha256 %s\n" % hashlib.sha256(text.encode()).hexdigest())
        other = os.path.join(d.folder, "signed")
        with open(other, "w", encoding="utf-8") as f:
            f.write(text + json.dumps(
                {"end": by.note(note.encode()).decode()}) + "\n")
        code, out, err = d.ecluse(
            "journal", "open", other, "--public", public, "--vkey",
            keys[0].vkey(), check=False)
        t.ok((code, "turned since" in err) == ((0, nth < 2) if nth < 3 else
                                               (1, False)),
             ("a release of the log's key number %d" % (nth + 1)) if nth < 3
             else "and of a key that nobody named", (code, err))


def main():
    t = Tap()
    with Drill(members=1500, insurers=2, seed=41, sites=120) as d:
        x, y = (d.people.site("optician", n) for n in range(2))
        people = d.people.covered("OPTI")
        amcs = [i["amc"] for i in d.people.insurers]
        of = [[p for p in people if p["amc"] == amc] for amc in amcs]
        for n in range(3):
            d.ask(x, of[0][n], "member")
            d.ask(y, of[0][n + 1], "member")
            d.ask(x, of[1][n], "member")
            d.ask(y, of[1][n + 1], "member")
        entries = records(d)
        asked = [i for i, (leaf, side) in enumerate(entries)
                 if leaf[1] == ASKED]
        t.same(len(asked), 12, "twelve questions stand in the journal")

        path = release(d, "a", "--amc", amcs[0])[0]
        t.same(os.stat(path).st_mode & 0o077, 0, "its owner alone reads it")
        keys_fit_their_own(t, entries, path,
                           [i for n, i in enumerate(asked) if n % 4 < 2], 0)
        code, found, err = open_file(d, path)
        t.same((code, {(f["cell"], f["in_log"]) for f in found}, len(found)),
               (0, {(1, True)}, 6), "it opens, and is in the log")
        t.same({f["site"] for f in found}, {x["site"], y["site"]},
               "and says who asked")
        altered(t, d, path)
        signatures(t, d, path)
        twice(t, d, path)
        unread(t, d, path)
        turned(t, d, path)

        key = json.loads(d.ecluse("budgets", d.dir, "--asker", "site:" +
                                  x["site"], "--json")[1].splitlines()[0])
        by_key = release(d, "x", "--asker", "key:" + key["asker"])[0]
        keys_fit_their_own(t, entries, by_key,
                           [i for n, i in enumerate(asked) if n % 2 == 0], 1)
        t.same(open_file(d, by_key)[0], 0, "it opens as well")
        left_out(t, d, path, by_key)

        code, err = release(d, "no", "--asker", "site:" + x["site"],
                            check=False)[1:]
        t.ok(code != 0 and "key:ID" in err, "a site is no asker here", err)
        code, err = release(d, "no", "--amc", amcs[0], "--admin-key",
                            os.path.join(d.dir, "drill", "admin-1.pem"),
                            check=False)[1:]
        t.ok(code == 3 and "two administrators" in err,
             "one administrator alone gets none", (code, err))

        ref = d.insurer("open", "--handle-key", d.people.insurer_file(
            amcs[0], "handle.key"), "--amc", amcs[0], "--reverse",
            of[0][0]["ref"])[1].strip().split(";")[1]
        who = ["who", d.dir, "--amc", amcs[0], "--ref", ref, "--from", BEGIN,
               "--to", END]
        t.same(len(json.loads(d.ecluse(*who)[1])), 1, "who reads the month")
        d.clock("2027-11-02T09:00:00Z")
        d.ecluse("act", d.dir, "clock confirm=yes", check=False)
        d.ask(x, of[0][0], "member", date="2027-11-02")
        later = {i: e for i, e in enumerate(records(d)) if e[0][1] == ASKED}
        t.same(len(later), 13, "another month, another question")
        for name in (path, by_key):
            t.ok(not {max(later)} & set().union(*reached(name, records(d))),
                 "of that month the release opens and names nothing")
        d.ecluse("keys", "destroy", "month", "2026-11", d.dir)
        code, err = release(d, "late", "--amc", amcs[0], check=False)[1:]
        t.ok(code == 3 and "destroyed" in err, "no release of a destroyed "
             "month", (code, err))
        code, out, err = d.ecluse(*who, check=False)
        t.ok(code == 3 and "destroyed" in err, "nor a who", (code, err))
        t.same(json.loads(d.ecluse(*who, "--living-months")[1]), [],
               "which lists nothing of it when it may go on")
        t.same(open_file(d, path)[0], 0, "a file from before still opens")
        t.same(d.stop(), 0, "the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
