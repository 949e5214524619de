#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: decoys are planted by two, asked about as strangers, seen by the
keeper, also inside a bundle; they outlive restarts, kills, turns of the index, a
backup and its restore; a feed that names one makes nobody of it; a file of them
that was altered does not start. Two withdraw a set: nothing is seen any more.
"""
import csv
import json
import os
import re
import shutil
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, rows  # noqa: E402
from drill_cli import kill  # noqa: E402

COUNT = 6


def decoy(d, *words, check=False):
    return d.ecluse("decoy", *words, check=check)


def listed(d):
    """(sets, hits)"""
    out = decoy(d, "list", d.dir, "--json")[1]
    lines = [json.loads(l) for l in out.splitlines()]
    return ([l for l in lines if "set" in l], [l for l in lines
                                               if "index" in l])


def named(d, line, amc, how="member", **changed):
    q = {"amc": amc, "birth": line["birth"], "rank": line["rank"]}
    q[how] = line[how]
    return dict(q, **changed)


def state(d, site, question, **how):
    return d.ask(site, None, **dict(question, **how))[1].get("state")


def plant(t, d, amc, out):
    code, said, err = decoy(d, "plant", d.dir, "--amc", amc, "--count",
                            COUNT, "--out", out, "--member-like",
                            "7#######")
    t.ok(code == 0, "two administrators plant a set", err)
    lines = rows(out)
    t.same((len(lines), stat.S_IMODE(os.stat(out).st_mode)),
           (COUNT, 0o600), "its lines are in a file of one reader")
    t.ok(all(re.match(r"7\d{7}$", l["member"]) for l in lines),
         "member numbers as told")
    t.ok(all(d.ecluse("check", "nir", l["nir"], check=False)[0] == 0 and
             l["nir"][5:7] == "00" for l in lines),
         "NIR with a right key, in a department that is none")
    code, said, err = decoy(d, "plant", d.dir, "--amc", amc, "--count", "1",
                            "--out", out)
    t.ok(code == 3 and "there is one already" in err,
         "a file that is there stays", (code, err))
    t.same(rows(out), lines, "as it was")
    sets, hits = listed(d)
    t.same(([s["persons"] for s in sets], hits), ([COUNT], []),
           "one set is planted, and nobody asked")
    return lines


def alone(t, d, amc):
    one = os.path.join(d.dir, "drill", "admin-1.pem")
    out = os.path.join(d.folder, "alone.csv")
    code = decoy(d, "plant", d.dir, "--amc", amc, "--count", "1", "--out",
                 out, "--admin-key", one)[0]
    t.same((code, os.path.exists(out)), (3, False),
           "one administrator alone plants nothing")
    t.same(decoy(d, "react", d.dir, "--amc", amc, "close", "--admin-key",
                 one)[0], 3, "nor decides what a hit brings")
    t.same(decoy(d, "plant", d.dir, "--amc", amc, "--count", "101", "--out",
                 out)[0], 2, "101 in a set are too many")
    code, said, err = decoy(d, "plant", d.dir, "--amc", amc, "--count", "1",
                            "--out", out, "--member-like", "1234567#")
    t.ok(code == 1 and "a member number is like" in err,
         "a form that names a member is refused", (code, err))


def hits(t, d, site, lines, amc):
    before = len(listed(d)[1])
    t.same(state(d, site, named(d, lines[0], amc)), "unknown",
           "a decoy by its member number is unknown")
    t.same(state(d, site, named(d, lines[1], amc, "nir")), "unknown",
           "by its NIR")
    t.same(state(d, site, named(d, lines[2], amc, nir=lines[2]["nir"])),
           "unknown", "by both")
    t.same(state(d, site, named(d, lines[0], amc), plain=True), "unknown",
           "and in plain")
    near = [named(d, lines[3], amc, member=lines[3]["member"] + "1"),
            named(d, lines[3], amc, birth="19300101"),
            named(d, lines[3], amc, rank="2"),
            named(d, lines[3], d.people.insurers[1]["amc"])]
    t.same([state(d, site, q) for q in near], ["unknown"] * 4,
           "what is near it is unknown too")
    found = listed(d)[1][before:]
    t.same([(h["site"], h["plane"], h["amc"]) for h in found],
           [(site["site"], "flow", amc)] * 4,
           "the keeper saw the four, and none of those near")
    t.same(decoy(d, "list", d.dir)[0], 1, "list tells by its status")
    text = json.dumps(found) + d.logged()
    t.ok(not any(l[c] in text for l in lines
                 for c in ("member", "nir", "birth")), "no trait is told")
    return len(found)


def in_a_bundle(t, d, site, lines, amc):
    """One line of a list names a decoy: that one is unknown and seen, the
    others hear what they would have heard."""
    people = [p for p in d.people.covered("OPTI") if p["member"]][:3]
    asked = [dict(q, domain="OPTI", date="2026-11-23") for q in
             [d.question(p, "member") for p in people]]
    asked[1:1] = [dict(named(d, lines[3], amc), domain="OPTI",
                       date="2026-11-23")]
    path = os.path.join(d.folder, "list.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(q) + "\n" for q in asked)
    for more in ((), ("--plain",)):
        before = len(listed(d)[1])
        code, said, err = d.ecluse(
            "ask", "--key", d.people.key(site), "--file", path, "--bundle",
            "--json", *more, check=False)
        got = [json.loads(l) for l in said.splitlines()]
        t.same([g.get("state") for g in got],
               ["covered", "unknown", "covered", "covered"],
               "a decoy in a bundle is unknown, the others are answered")
        found = listed(d)[1][before:]
        t.same([(h["site"], h["amc"]) for h in found],
               [(site["site"], amc)], "one hit is seen")
        t.same(found[0]["index"],
               int(got[1]["transaction"].rsplit("/", 1)[1]),
               "it is that line's entry")


def restored(t, d, site, lines, amc):
    """A backup has them, and its restore goes on seeing them."""
    home, folder = d.dir, d.folder
    before = listed(d)
    d.ecluse("backup", d.dir, "--out", os.path.join(folder, "backup"),
             "--months-out", os.path.join(folder, "months"))
    shutil.copy(os.path.join(d.dir, "journal", "public", "checkpoint"),
                os.path.join(folder, "known"))
    d.stop()
    d.dir = os.path.join(folder, "restored")
    d.ecluse("restore", os.path.join(folder, "backup"), "--to", d.dir,
             "--months", os.path.join(folder, "months"), "--months-key",
             os.path.join(home, "keeper", "months-1.key"), "--root",
             os.path.join(home, "keeper", "root.key"), "--known-checkpoint",
             os.path.join(folder, "known"))
    t.ok(d.serve(check=False), "the restored instance starts",
         d.logged()[-800:])
    t.same(listed(d), before, "with its sets and hits")
    t.same((state(d, site, named(d, lines[2], amc)),
            len(listed(d)[1]) - len(before[1])), ("unknown", 1),
           "a decoy is unknown there, and seen")


def withdrawn(t, d, site, lines, amc):
    one = os.path.join(d.dir, "drill", "admin-1.pem")
    sets, before = listed(d)
    name = sets[0]["set"]
    t.same(decoy(d, "withdraw", d.dir, "--set", name[:16], "--admin-key",
                 one)[0], 3, "one administrator withdraws nothing")
    t.same([decoy(d, "withdraw", d.dir, "--set", s)[0]
            for s in (name[:7], name[:8] + "zz", "00000000")], [2, 4, 4],
           "nor what is not named")
    t.same(len(listed(d)[1]) - len(before), 0, "(nobody asked)")
    code, said, err = decoy(d, "withdraw", d.dir, "--set", name[:16])
    t.ok(code == 0, "two withdraw it, by what list shows", err)
    t.same(decoy(d, "withdraw", d.dir, "--set", name)[0], 4, "once")
    for when in ("at once", "after a kill", "after a restart"):
        t.same((state(d, site, named(d, lines[1], amc)),
                len(listed(d)[1]) - len(before)), ("unknown", 0),
               "asking raises nothing any more, %s" % when)
        if when == "at once":
            kill(d, "keeper")
        elif when == "after a kill":
            d.stop()
            d.serve()
    t.same(listed(d)[1], before, "hits of before are told as ever")
    t.ok("withdrawn" in listed(d)[0][0] and "withdrawn" in
         decoy(d, "list", d.dir)[1], "and the set as withdrawn")
    feed = d.make_feed(amc, os.path.join(d.folder, "book.csv"))[0]
    code, said, err = d.load(feed, check=False)
    t.same(code, 0, "a feed may name its persons now")
    out = os.path.join(d.folder, "more.csv")
    code = decoy(d, "plant", d.dir, "--amc", amc, "--count", "2", "--out",
                 out)[0]
    more = rows(out)
    t.same((code, state(d, site, named(d, more[0], amc)),
            len(listed(d)[1]) - len(before)), (0, "unknown", 1),
           "another set is planted, and seen")


def outlive(t, d, site, lines, amc):
    def seen():
        before = len(listed(d)[1])
        got = state(d, site, named(d, lines[4], amc))
        return got, len(listed(d)[1]) - before

    d.stop()
    d.serve()
    t.same(seen(), ("unknown", 1), "after a restart")
    kill(d, "keeper")
    t.same(seen(), ("unknown", 1), "after a kill")
    d.ecluse("keys", "turn", "index", d.dir)
    t.same(seen(), ("unknown", 1), "after a turn of the index")
    kill(d, "keeper")
    t.same(seen(), ("unknown", 1), "and a kill after it")


def feeds(t, d, site, lines, amc):
    source = os.path.join(d.people.folder, "feed", amc + ".csv")
    book = os.path.join(d.folder, "book.csv")
    with open(source, encoding="utf-8") as f:
        reader = csv.DictReader(f, delimiter=";")
        names, people = reader.fieldnames, list(reader)
    with open(book, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, names, delimiter=";", lineterminator="\n")
        w.writeheader()
        w.writerows(people + lines[5:6])
    feed = d.make_feed(amc, book)[0]
    code, said, err = d.load(feed, check=False)
    t.ok(code != 0 and "decoy" in err + json.dumps(said),
         "a feed that names a decoy is undone, and says so", err)
    feed = d.make_feed(amc, book, None, "--keep-going", "--bad",
                       os.path.join(d.folder, "bad.csv"))[0]
    code, said, err = d.load(feed, check=False)
    kept = [k for k in said[0].get("kept_out", []) if k["reason"] == "decoy"]
    t.same([(k["count"], k["lines"]) for k in kept],
           [(1, [len(people) + 2])],
           "one that leaves out faults leaves it out")
    t.same(state(d, site, named(d, lines[5], amc)), "unknown",
           "it has become nobody")


def tested(t, d, amc, out):
    site = d.people.site("pharmacy")
    code, said, err = decoy(d, "test", d.dir, "--amc", amc, "--in", out,
                            "--key", d.people.key(site), "--domain", "PHAR")
    t.same((code, said.split("\n")[0]),
           (0, "asked %d, unknown %d, seen by the keeper %d" %
            ((COUNT,) * 3)), "test finds each unknown and seen")


def altered(t, d):
    path = os.path.join(d.dir, "keeper", "decoys")
    d.stop()
    shutil.copy(path, path + ".kept")
    with open(path, "r+b") as f:
        f.seek(60)
        byte = f.read(1)
        f.seek(60)
        f.write(bytes([byte[0] ^ 1]))
    for what in ("altered", "gone"):
        if what == "gone":
            os.unlink(path)
        t.same(d.serve(check=False), False, what + ": it does not start")
        d.stop()
        t.ok("keeper/decoys" in d.logged().splitlines()[-1] or
             "keeper/decoys" in d.logged(), what + ": and says why")
    os.rename(path + ".kept", path)
    t.same(d.serve(), True, "the right one: it starts")
    t.same(len(listed(d)[0]), 1, "with its set")


def main():
    t = Tap()
    with Drill(members=400, insurers=2, seed=7) as d:
        amc = d.people.insurers[0]["amc"]
        out = os.path.join(d.folder, "decoys.csv")
        site = d.people.site("optician")
        alone(t, d, amc)
        lines = plant(t, d, amc, out)
        hits(t, d, site, lines, amc)
        tested(t, d, amc, out)
        feeds(t, d, d.people.site("optician", 1), lines, amc)
        outlive(t, d, d.people.site("optician", 1), lines, amc)
        altered(t, d)
        last = d.people.site("optician", 1)
        in_a_bundle(t, d, last, lines, amc)
        restored(t, d, last, lines, amc)
        withdrawn(t, d, last, lines, amc)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
