#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: a thief with the disk of a whole instance, or with a backup, but
without the root key (in production it is in a token).

Goal: neither says who anybody is. No NIR, birth date, member number, card or
reference of the mutuelle stands in it, in any common form or hash. And guesses
do not help: he knows every person's traits from another leak, computes the
tags of all of them without the key, as the program does, and finds none among
the rows (one core tries the whole space of NIR in hours, reference measured:
so the key is the protection). Without the root key the instance does not
start elsewhere either.
"""
import hashlib
import hmac
import os
import shutil
import sqlite3
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import sheaf  # noqa: E402
from drill import Drill, Tap  # noqa: E402
from traces import Needles  # noqa: E402

VERSIONS = range(0, 4)


def hkdf(key, info):
    prk = hmac.new(b"", key, hashlib.sha256).digest()
    return hmac.new(prk, info + b"\x01", hashlib.sha256).digest()


def hashed(key, label, *traits):
    """src/ident/ident.c: each part behind its length."""
    data = b"".join(bytes([len(p)]) + p for p in (label,) + traits)
    return hmac.new(key, data, hashlib.sha256).digest() if key else \
        hashlib.sha256(data).digest()


def guesses(insurer, person):
    """What he can compute for a person whom he knows."""
    birth, rank = person["birth"].encode(), person["rank"].encode()
    traits = []
    if person["nir"]:
        nir = person["nir"][:13].replace("2A", "19").replace("2B", "18")
        traits.append((b"nir", nir.encode(), birth, rank))
    if person["member"]:
        traits.append((b"member", person["member"].lstrip("0").encode(),
                       birth, rank))
    keys = [None, b"\0" * 32] + [hkdf(
        b"\0" * 32, b"ecluse/index/v1" + person["amc"].encode() +
        insurer["operator"].encode() + v.to_bytes(4, "big"))
        for v in VERSIONS]
    for t in traits:
        for k in keys:
            yield hashed(k, *t)
        for name in ("md5", "sha1", "sha256"):
            for joined in (b"".join(t[1:]), b"|".join(t[1:]), t[1]):
                yield hashlib.new(name, joined).digest()


def aliases(folder):
    """Every tag that stands in a vault's rows below folder."""
    found = set()
    for top, _, names in os.walk(folder):
        for n in names:
            if not n.startswith("store.db") or n.endswith(("-wal", "-shm")):
                continue
            db = sqlite3.connect(os.path.join(top, n))
            found |= {tag for _, tag, _ in sheaf.aliases(db)}
            db.close()
    return found


def brute_force(t, d, what, folder):
    rows = aliases(folder)
    insurers = {i["amc"]: i for i in d.people.insurers}
    lengths = {len(r) for r in rows}  # tags, and numbers of persons
    known = 0
    for p in d.people.people:
        if any(g[:n] in rows for g in guesses(insurers[p["amc"]], p)
               for n in lengths):
            known += 1
    t.ok(len(rows) > 500 and known == 0, "%s: none of %d rows has the tags "
         "of persons whom the thief knows" % (what, len(rows)),
         "%d of %d persons found" % (known, len(d.people.people)))


def main():
    t = Tap()
    needles = Needles()
    with Drill(members=300, insurers=3, seed=61) as d:
        for p in d.people.people:
            needles.person(p)
        for token in d.people.cards.values():
            needles.card(token)
        site = d.people.site("optician")
        people = [p for p in d.people.covered("OPTI")
                  if all(d.has(p, h) for h in ("card", "member", "nir"))]
        for i, how in enumerate(("card", "member", "nir") * 3):
            t.ok(d.ask(site, people[i], how)[0] == 0, "asked by " + how)
        backup = os.path.join(d.folder, "backup")
        d.ecluse("backup", d.dir, "--out", backup, "--months-out",
                 os.path.join(d.folder, "months"))
        t.same(d.stop(), 0, "the end is clean")
        disk = os.path.join(d.folder, "disk")
        shutil.copytree(d.dir, disk, symlinks=True,
                        ignore=lambda top, names: [
                            n for n in names if n == "root.key" or
                            os.path.basename(top) == "run"])
        for what, folder in (("disk", disk), ("backup", backup)):
            found, n = needles.search([folder])
            t.ok(n > 5 and not found, "%s: nothing of %d values in %d files" %
                 (what, len(needles.kinds), n), found)
        brute_force(t, d, "disk", disk)
        brute_force(t, d, "backup", backup)
        d.dir, today = disk, d.dir
        os.makedirs(os.path.join(disk, "run"), exist_ok=True)
        t.ok(not d.serve(check=False) and "the root key" in d.logged(),
             "without the root key the stolen disk does not start",
             d.logged()[-500:])
        d.stop()
        shutil.copy2(os.path.join(today, "keeper", "root.key"),
                     os.path.join(disk, "keeper", "root.key"))
        t.ok(d.serve(check=False), "which is all that it lacks",
             d.logged()[-500:])
        d.stop()
        d.dir = today
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
