#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what retention is over for goes, and nothing else changes.

Openings of destroyed months leave the journal of a running instance: its room
comes back; tree, budgets, backups, later months are what they were; a kill in
the middle is made good; what is gone without an act is damage.

ECLUSE_LONG=1: ten times the entries.
"""
import json
import os
import shutil
import signal
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Drill, Tap  # noqa: E402
from records import summed  # noqa: E402

TIMES = 10 if os.environ.get("ECLUSE_LONG") else 1
BARE, WHOLE = 40 + 192, 40 + 192 + 656


def segment(d):
    return os.path.join(d.dir, "keeper", "journal", "seg-000000000000")


def purge(d, *more, check=True):
    code, out, err = d.ecluse("purge", d.dir, *more, check=check)
    return out if check else (code, out + err)


def dry(d, *more):
    return json.loads(purge(d, "--dry-run", "--json", *more))


def verify(d, *more):
    code, out, err = d.ecluse("journal", "verify", d.dir, "--entries",
                              "--json", *more, check=False)
    return code, json.loads(out)


def scope(d, asker, month):
    code, out, err = d.ecluse(
        "journal", "scope", d.dir, "--asker", asker, "--from",
        month + "-01T00:00:00Z", "--to", month + "-28T00:00:00Z",
        check=False)
    return code, json.loads(out) if code == 0 else out + err


def bare(d):
    """How many records of the first file have no opening, read from it."""
    n = 0
    with open(segment(d), "rb") as f:
        while f.read(12) == b"EJR1" + (192).to_bytes(4, "big") + bytes(4):
            n += 1
            f.seek(n * BARE)
    return n


def becomes(d, what):
    """The keeper works between questions: ask until it has."""
    for _ in range(400):
        if what():
            return True
        d.ecluse("status", d.dir, check=False)
    return False


def questions(d, persons, **more):
    site = d.people.site("pharmacy")
    return [a.get("state") for a in d.ask_file(
        site, [dict(d.question(p, "member"), **more) for p in persons],
        domain="PHAR")]


def early(t, d):
    t.same(dry(d)["entries"], 0, "nothing to take away before a destruction")
    t.ok("nothing" in purge(d), "and nothing is")
    d.clock("2027-12-02T08:00:00Z")
    code, words = purge(d, check=False)
    t.ok(code == 0 and "nothing" in words, "a month that is due, but lives")
    code, _, err = d.ecluse("act", d.dir, "purge month=2026-11", check=False)
    t.ok(code == 3 and "lives" in err, "not by hand either", err)


def one_alone(t, d):
    one = os.path.join(d.dir, "drill", "admin-1.pem")
    code, words = purge(d, "--admin-key", one, check=False)
    t.ok(code == 3 and "two" in words, "one administrator alone does not",
         words)
    t.same(bare(d), 0, "and nothing went")


def openings(t, d, asker, persons):
    before = questions(d, persons[:3 * TIMES])
    d.ecluse("keys", "destroy", "month", "2026-11", d.dir)
    found = dry(d)
    t.ok(found["month"] == "2026-11" and found["entries"] > 8 and
         found["bytes"] == 656 * found["entries"], "a count of what will go",
         found)
    t.same(bare(d), 0, "a dry run takes nothing away")
    one_alone(t, d)
    size = verify(d)[1]["size"]
    purge(d)
    t.ok(becomes(d, lambda: bare(d) == found["entries"]),
         "two do, on the running instance", (bare(d), found))
    t.same(verify(d)[0], 0, "every entry is what the tree holds")
    code, report = verify(d)
    t.same((report["purged"], report["entries"] >= size),
           (found["entries"], True), "and it is said how many are purged")
    t.same(questions(d, persons[:3 * TIMES]), before, "questions go on")
    t.same(d.ecluse("journal", "proof", d.dir, "2", "-o",
                    os.path.join(d.folder, "proof"))[0], 0,
           "a purged entry has its proof")
    code, words = scope(d, asker, "2026-11")
    t.ok(code != 0 and "destroyed" in words, "its scope says why not", words)
    code, later = scope(d, asker, "2027-12")
    t.ok(code == 0 and later["read"], "a later one lists what it listed")
    t.same(dry(d)["entries"], 0, "and there is nothing more to do")


def goes_on(t, d, asker):
    """A restart, a restart that has lost its snapshot, a kill, a backup."""
    before = d.ecluse("budgets", d.dir, "--asker", asker)[1]
    later = scope(d, asker, "2027-12")[1]["read"]
    d.stop()
    t.ok(d.serve(check=False), "it starts", d.logged()[-800:])
    t.same(d.ecluse("budgets", d.dir, "--asker", asker)[1], before,
           "budgets are what they were")
    d.stop()
    os.unlink(os.path.join(d.dir, "keeper", "budgets"))
    t.ok(d.serve(check=False), "also folded anew", d.logged()[-800:])
    t.same(d.ecluse("budgets", d.dir, "--asker", asker)[1], before,
           "to the same")
    t.same(scope(d, asker, "2027-12")[1]["read"], later, "the same persons")
    known = os.path.join(d.folder, "known")
    d.ecluse("backup", d.dir, "--out", os.path.join(d.folder, "backup"),
             "--months-out", os.path.join(d.folder, "months"))
    t.same(d.ecluse("backup", "verify", os.path.join(d.folder, "backup"),
                    check=False)[0], 0, "a backup of it is whole")
    d.stop()
    shutil.copy(os.path.join(d.folder, "backup", "instance", "journal",
                             "public", "checkpoint"), known)
    apart = [n for n in os.listdir(os.path.join(d.dir, "keeper"))
             if n.startswith("months-")][0]
    to = os.path.join(d.folder, "restored")
    d.ecluse("restore", os.path.join(d.folder, "backup"), "--to", to,
             "--months", os.path.join(d.folder, "months"), "--months-key",
             os.path.join(d.dir, "keeper", apart), "--root",
             os.path.join(d.dir, "keeper", "root.key"), "--known-checkpoint",
             known)
    today, d.dir = d.dir, to
    t.ok(d.serve(check=False), "and starts again", d.logged()[-800:])
    t.same((verify(d)[0], verify(d)[1]["purged"]), (0, bare(d)),
           "with the same entries purged")
    d.stop()
    d.dir = today
    d.serve()


def killed(t, d):
    """The act is taken; the keeper ends before, in or behind its work."""
    d.clock("2028-01-03T08:00:00Z")
    d.ecluse("keys", "destroy", "month", "2026-12", d.dir)
    found = dry(d)["entries"]
    t.ok(found > 0, "another month")
    end = bare(d) + found
    purge(d)
    os.kill(d.pid("keeper"), signal.SIGKILL)
    t.ok(becomes(d, lambda: os.path.exists(segment(d)) and bare(d) == end),
         "a kill behind the act: the next start does it")
    d.stop()
    with open(segment(d) + ".new", "wb") as f:
        f.write(b"half a file")
    t.ok(d.serve(check=False), "half a file beside does no harm")
    t.same(verify(d)[0], 0, "every entry is what the tree holds")


def damaged(t, d):
    """An opening that is gone without an act is told from a purged one."""
    d.stop()
    end = bare(d)
    with open(segment(d), "rb") as f:
        whole = f.read()
    record = whole[end * BARE:end * BARE + WHOLE]
    bad = bytearray(record)
    bad[300] ^= 1
    with open(segment(d), "r+b") as f:
        f.seek(end * BARE)
        f.write(bad)
    code, report = verify(d)
    t.ok(code == 1 and "entry %d" % end in report["wrong"], "a changed one",
         report)
    # bare, as a purge would leave it, with a checksum that fits
    head = bytearray(record[:232])
    head[8:12] = bytes(4)
    with open(segment(d), "wb") as f:
        f.write(whole[:end * BARE] + summed(head) +
                whole[end * BARE + WHOLE:])
    code, report = verify(d)
    t.ok(code == 1 and "no act purged" in report["wrong"],
         "one that somebody took away", report)
    with open(segment(d), "wb") as f:
        f.write(whole)
    t.same(verify(d)[0], 0, "put back: whole")
    d.serve()


def main():
    t = Tap()
    with Drill(members=300, insurers=2, seed=11,
               now="2026-11-20T09:00:00Z") as d:
        persons = [p for p in d.people.covered("PHAR") if p["member"]]
        asker = "site:" + d.people.site("pharmacy")["site"]
        questions(d, persons[:8 * TIMES])
        d.clock("2026-12-10T09:00:00Z")
        questions(d, persons[5 * TIMES:9 * TIMES])
        early(t, d)
        openings(t, d, asker, persons)
        goes_on(t, d, asker)
        killed(t, d)
        damaged(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
