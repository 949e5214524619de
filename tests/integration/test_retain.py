#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: rights that ended long ago leave the vaults, and nothing else does.

A member who left three years ago is nobody any more, one who left last year is
answered for a past date; who comes back has his number back; lists of months
that can be opened name former members; a kill in the middle is made good; a
stolen disk does not hold what went.
"""
import csv
import glob
import json
import os
import shutil
import signal
import sqlite3
import sys
import tempfile

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import sheaf  # noqa: E402
from drill import Drill, Population, Tap, rows  # noqa: E402

LONG_AGO = ("2023-01-01", "2023-12-31")
LAST_YEAR = ("2025-01-01", "2025-12-31")
PAST = "2025-06-15"


def write(path, lines):
    with open(path, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, lines[0].keys(), delimiter=";",
                             lineterminator="\n")
        out.writeheader()
        out.writerows(lines)


def leavers(people):
    """Five who left long ago and one who left last year, of one mutuelle,
    each alone on one line."""
    amc = people.insurers[0]["amc"]
    path = os.path.join(people.folder, "feed", amc + ".csv")
    lines = rows(path)
    refs = [l["ref"] for l in lines]
    alone = [l for l in lines if refs.count(l["ref"]) == 1 and l["member"]
             and "OPTI=" in l["domains"]][:6]
    for n, line in enumerate(alone):
        line["from"], line["to"] = LAST_YEAR if n == 5 else LONG_AGO
        line["closed"] = ""
    write(path, lines)
    return amc, path, [dict(l, amc=amc) for l in alone]


def purge(d, *more, check=True):
    code, out, err = d.ecluse("purge", d.dir, "--rights", *more, check=check)
    return out if check else (code, out + err)


def dry(d, amc, *more):
    for cell in json.loads(purge(d, "--dry-run", "--json", *more))["cells"]:
        if cell["amc"] == amc:
            return [cell[n] for n in ("rights", "persons", "names")]
    return None


def done(d, amc, *more):
    """The keeper works between questions: ask until nothing is left."""
    for _ in range(600):
        code, out = purge(d, "--dry-run", "--json", *more, check=False)
        if code == 0 and dry(d, amc, *more) == [0, 0, 0]:
            return True
    return False


def state(d, person, date):
    return d.ask(d.people.site("optician"), person, date=date)[1].get("state")


def handle(d, person):
    return d.insurer(
        "open", "--reverse", "--handle-key",
        d.people.insurer_file(person["amc"], "handle.key"), "--amc",
        person["amc"], person["ref"])[1].split(";")[-1].strip()


def who(d, person):
    code, out, err = d.ecluse(
        "who", d.dir, "--amc", person["amc"], "--ref", handle(d, person),
        "--from", "2026-09-01T00:00:00Z", "--to", "2027-12-01T00:00:00Z",
        check=False)
    return len(json.loads(out)) if code == 0 else out + err


def stored(d, amc, persons):
    """Tags, numbers and handles of persons, as the vault has them."""
    found = []
    handles = {}
    copy = os.path.join(d.folder, "copy")
    for path in glob.glob(os.path.join(d.dir, "vault*", "**", "store.db"),
                          recursive=True):
        os.makedirs(copy, exist_ok=True)
        for f in glob.glob(path + "*"):
            shutil.copy(f, copy)
        db = sqlite3.connect(os.path.join(copy, "store.db"))
        tags = {}
        for cell, tag, i in sheaf.aliases(db):
            tags.setdefault((cell, i), []).append(tag)
        for cell, i, h in db.execute("SELECT cell, id, handle FROM person"):
            handles[bytes(h)] = tags.get((cell, i), [])
        db.close()
        shutil.rmtree(copy)
    for p in persons:
        raw = unb64(handle(d, p))
        found.append((raw, handles.get(raw)))
    return found


def unb64(text):
    import base64
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def on_disk(d, what):
    for path in glob.glob(os.path.join(d.dir, "vault*", "**", "store.db*"),
                          recursive=True):
        with open(path, "rb") as f:
            if what in f.read():
                return True
    return False


def refused(t, d, amc):
    before = dry(d, amc)
    t.same(before, [5, 5, 0], "five rights and persons would go")
    code, words = purge(d, "--ended", "2026-06-30", check=False)
    t.ok(code == 3 and "a year ago" in words, "not what ended this year",
         words)
    code, words = purge(d, "--dry-run", "--ended", "2026-06-30", check=False)
    t.ok(code == 3 and "a year ago" in words,
         "nor is counted what would be refused", words)
    one = os.path.join(d.dir, "drill", "admin-1.pem")
    code, words = purge(d, "--admin-key", one, check=False)
    t.ok(code == 3 and "two" in words, "not by one administrator", words)
    code, words = purge(d, "--ended", "yesterday", check=False)
    t.same(code, 2, "not by a day that is none")
    t.same(dry(d, amc), before, "and nothing went")


def goes(t, d, amc, gone, last):
    d.stop()
    had = stored(d, amc, gone)
    t.ok(all(tags and len(tags) > 2 for _, tags in had),
         "each has tags in the store")
    d.serve()
    purge(d)
    # in the middle, or behind it: the next start goes on
    os.kill(d.pid("keeper"), signal.SIGKILL)
    t.ok(done(d, amc), "it is done, over a kill", d.logged()[-1500:])
    t.same([state(d, p, "2026-11-25") for p in gone], ["unknown"] * 5,
           "who left long ago is nobody")
    t.same(state(d, last, PAST), "covered",
           "who left last year is answered for a past date")
    t.same([who(d, p) for p in gone[:2]], [1, 1],
           "who read them is still told")
    asker = "site:" + d.people.site("optician")["site"]
    listed = d.persons_read(d.scope(asker))
    t.ok({(amc, p["ref"]) for p in gone[:2]} <= listed,
         "a scope names them by handle")
    return had


def again(t, d, amc):
    """The same day twice, or one before it: nothing to do is said, and an act
    that goes back is refused."""
    before = dry(d, amc)
    for when in ("at once", "after a restart"):
        for more in ((), ("--ended", "2023-06-01")):
            code, words = purge(d, *more, check=False)
            t.ok(code == 0 and words.startswith("nothing: "),
                 "purged again, %s: nothing is done, and said so" % when,
                 (code, words))
        code, out, err = d.ecluse("act", d.dir, "purge ended=2023-06-01",
                                  check=False)
        t.ok(code == 3 and "purged already" in err and "later" in err,
             "%s: an act of a day before is refused" % when, (code, err))
        t.same(dry(d, amc), before, "and nothing went")
        if when == "at once":
            d.stop()
            d.serve()


def not_on_disk(t, d, had):
    """Whoever steals the disk has the tombstones, and no way to them."""
    d.stop()
    for _, tags in had:
        kept = [x for x in tags if on_disk(d, x)]
        t.same((len(kept), len(tags) > len(kept)), (2, True),
               "of the tags two are left: number and handle")
    d.serve()


def returns(t, d, amc, path, back):
    """A number given back is the same person to scope and who."""
    lines = rows(path)
    for line in lines:
        if line["ref"] == back["ref"]:
            line["from"], line["to"] = "2026-11-01", "2027-10-31"
    lines = [l for l in lines if l["to"] != LONG_AGO[1]]
    write(path, lines)
    d.load(d.make_feed(amc, path)[0])
    t.same(state(d, back, "2026-11-25"), "covered", "who comes back is found")
    t.same(who(d, back), 2, "and is the one who was read before")


def forgotten(t, d, amc, gone, had):
    """The last month that may name them is destroyed, and they go."""
    d.clock("2028-03-02T08:00:00Z")
    for month in ("2026-09", "2026-10", "2026-11", "2026-12", "2027-01",
                  "2027-02"):
        d.ecluse("keys", "destroy", "month", month, d.dir, check=False)
    t.same(dry(d, amc, "--ended", "2024-06-01"), [0, 0, 4],
           "number and handle of four would go")
    code, words = purge(d, "--dry-run", "--ended", "2024-01-05", check=False)
    t.ok(code == 0 and "would be refused" in words and "already" in words,
         "of a day that was purged, no act takes them, and it is said", words)
    purge(d, "--ended", "2024-06-01")
    t.ok(done(d, amc, "--ended", "2024-06-01"), "and do", d.logged()[-1500:])
    d.stop()
    t.ok(not any(on_disk(d, x) for raw, tags in had[1:]
                 for x in [raw] + tags), "no byte of them is on the disk")
    t.ok(on_disk(d, had[0][0]), "while who came back is there")
    d.serve()
    t.same(state(d, gone[0], "2027-01-15"), "covered", "and answered")


def main():
    t = Tap()
    folder = tempfile.mkdtemp(prefix="ecluse-retain-")
    try:
        people = Population(os.path.join(folder, "population"), 300, 2, 5)
        amc, path, alone = leavers(people)
        gone, last = alone[:5], alone[5]
        with Drill(population=people, now="2026-11-23T09:00:00Z") as d:
            t.same([state(d, p, "2024-01-02") for p in gone[:2]],
                   ["closed"] * 2, "former members are known")
            d.clock("2027-02-10T09:00:00Z")
            refused(t, d, amc)
            had = goes(t, d, amc, gone, last)
            not_on_disk(t, d, had)
            again(t, d, amc)
            returns(t, d, amc, path, gone[0])
            forgotten(t, d, amc, gone, had)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
