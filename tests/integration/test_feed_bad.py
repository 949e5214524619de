#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""--keep-going: bad lines stay at the mutuelle, and whoever they mean stays
insured; what the vault alone sees is named in the report."""
import json
import os
import stat
import sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from drill import Drill, Tap  # noqa: E402

t = Tap()

with Drill(members=1500, insurers=1, seed=3) as d:
    amc = d.people.insurers[0]["amc"]
    with open(os.path.join(d.people.folder, "feed", amc + ".csv"),
              encoding="utf-8") as f:
        head, *lines = f.read().splitlines()
    at = head.split(";").index
    person = d.people.covered("OPTI")[0]

    def write(name, rows):
        path = os.path.join(d.folder, name + ".csv")
        with open(path, "w", encoding="utf-8") as out:
            out.write("\n".join([head] + rows) + "\n")
        return path

    def make(name, rows, *more):
        bad = os.path.join(d.folder, name + ".bad")
        feed = os.path.join(d.folder, name + ".feed")
        return (feed, bad) + d.make_feed(
            amc, write(name, rows), feed, "--keep-going", "--bad", bad,
            "--json", *more, check=False)[1]

    rows = [l.split(";") for l in lines]
    mine = [n for n, r in enumerate(rows) if r[at("ref")] == person["ref"]]
    for n in mine:
        rows[n][at("birth")] = "19990231X"
    spoilt = [";".join(r) for r in rows]
    feed, bad, code, out, err = make("one", spoilt)
    told = json.loads(out)
    t.same((code, told["left_out"], told["faulty"]),
           (0, len(mine), len(mine)), "a feed without the bad lines")
    t.ok(told["by_reason"] and told["by_reason"][0]["column"] == "birth" and
         told["by_reason"][0]["lines"][0] == mine[0] + 2,
         "the report says reason, count and line", told["by_reason"])
    with open(bad, encoding="utf-8") as f:
        kept = f.read().splitlines()
    t.ok(kept[1].startswith("%d;birth:" % (mine[0] + 2)) and
         kept[1].endswith(spoilt[mine[0]]), "the lines as they came", kept[:2])
    t.same(stat.S_IMODE(os.stat(bad).st_mode), 0o600, "for their owner alone")
    t.ok("19990231X" not in out + err, "no value in the report")
    code, reports, err = d.load(feed, check=False)
    t.ok(code == 0 and reports[0]["dropped"] == 0, "nobody is dropped",
         (code, reports, err))
    answer = d.ask(d.people.site("optician"), person)
    t.same(answer[0], 0, "whose line is bad stays insured")

    feed, bad, code, out, err = make("many", spoilt, "--most-bad", "0")
    t.ok(code == 1 and json.loads(out)["feed"] is None and
         not os.path.exists(feed), "beyond --most-bad there is no feed",
         (code, out))

    # what the vault alone can see: one member number for two people
    rows = [l.split(";") for l in lines]
    first = next(n for n, r in enumerate(rows) if r[at("member")])
    other = next(n for n, r in enumerate(rows) if n > first + 40 and
                 r[at("ref")] != rows[first][at("ref")])
    for column in ("member", "birth", "rank"):
        rows[other][at(column)] = rows[first][at(column)]
    feed, bad, code, out, err = make("vault", [";".join(r) for r in rows])
    t.same(code, 0, "a fault that the tool cannot see makes a feed")
    t.ok(not os.path.exists(bad), "and no file of bad lines")
    code, reports, err = d.load(feed, check=False)
    kept = reports and reports[0]["kept_out"]
    t.ok(code == 0 and kept and kept[0]["count"] >= 1 and
         other + 2 in kept[0]["lines"] and reports[0]["dropped"] == 0,
         "the vault leaves the line out and names it", (code, kept, err))
    feed = make("words", [";".join(r) for r in rows])[0]
    code, out, err = d.ecluse("load", d.dir, feed, check=False)
    count = kept[0]["count"]
    word = "line" if count == 1 else "lines"
    t.ok(code == 0 and "left out: %d %s: " % (count, word) in out and
         str(other + 2) in out.split("\n  " + word)[-1],
         "ecluse load says so in words", (code, out, err))
    french = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="fr")
    feed = make("mots", [";".join(r) for r in rows])[0]
    code, out, err = d.ecluse("load", d.dir, feed, check=False, env=french)
    t.ok(code == 0 and "corriger l'une d'elles" in out,
         "in French", (code, out, err))
    old = d.make_feed(amc, None, os.path.join(d.folder, "old.feed"),
                      "--effective", "2026-01-01")[0]
    code, out, err = d.ecluse("load", d.dir, old, check=False, env=french)
    t.ok(code == 1 and err.replace("\u00a0", " ").endswith(
        "old.feed : older : un flux plus récent de cette mutuelle a été "
        "pris : en faire un neuf\n"),
        "and why another is refused, without a line", (code, out, err))
sys.exit(t.done())
