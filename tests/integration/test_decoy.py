#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: decoys are planted by two, asked about as strangers, seen by the
keeper; they outlive restarts, kills and turns of the index; a feed that names
one makes nobody of it; a file of them that was altered does not start.
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
    t.same(decoy(d, "plant", d.dir, "--amc", amc, "--count", "1", "--out",
                 out)[0] != 0, True, "a file that is there stays")
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
    code = decoy(d, "plant", d.dir, "--amc", amc, "--count", "1", "--out",
                 out, "--member-like", "1234567#")[0]
    t.ok(code != 0, "a form that names a member is refused")


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
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
