#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Questions while a feed comes in: each answer is what the book of before
says, or the book of after, and never the first once the second was seen. A
line that undoes a feed is named, though its chunk was taken before."""
import os
import sys
import threading
import time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from drill import Drill, Tap, told_level  # noqa: E402
from feedwire import Staff, chunks  # noqa: E402

t = Tap()
NEW = "EUR777"
ASKED = 25


def level_of(domains):
    """Of OPTI, in the words of a book."""
    for item in domains.split(","):
        code, level = item.split("=")
        if code == "OPTI":
            return level.split("+")[0]
    return None


with Drill(members=3000, insurers=1, seed=21) as d:
    amc = d.people.insurers[0]["amc"]
    site = d.people.site("optician")
    with open(os.path.join(d.people.folder, "feed", amc + ".csv"),
              encoding="utf-8") as f:
        head, *lines = f.read().splitlines()
    at = head.split(";").index
    rows = [l.split(";") for l in lines]

    def make(name, rows):
        book = os.path.join(d.folder, name + ".csv")
        with open(book, "w", encoding="utf-8") as out:
            out.write("\n".join([head] + [";".join(r) for r in rows]) + "\n")
        return d.make_feed(amc, book, os.path.join(d.folder,
                                                   name + ".feed"))[0]

    def changed(row):
        items = ["OPTI=" + NEW if i.startswith("OPTI=") else i
                 for i in row[at("domains")].split(",")]
        return row[:at("domains")] + [",".join(items)] + \
            row[at("domains") + 1:]

    refs = [r[at("ref")] for r in rows]
    people = [p for p in d.people.covered("OPTI")
              if refs.count(p["ref"]) == 1 and p["member"]][:ASKED]
    old = [level_of(rows[refs.index(p["ref"])][at("domains")])
           for p in people]
    new = [NEW] * len(people)
    began = time.time()
    staff = Staff(d.plane("staff")["url"], d.ca,
                  d.people.insurer_file(amc, "feed.pem"),
                  lambda: int(1795424400 + time.time() - began))

    def ask():
        told = d.ask_file(site, [d.question(p, "member") for p in people])
        return [told_level(a) for a in told]

    t.same(len(people), ASKED, "persons to ask about")
    t.same(ask(), old, "the book of before answers")
    parts = chunks(make("new", [changed(r) for r in rows]))
    t.ok(len(parts) >= 5, "a feed of some chunks", len(parts))
    wrong = []
    for part in parts[:-1]:
        status, told = staff.post(amc, part)
        answers = ask()
        if status != 200 or answers != old:
            wrong.append((status, told, answers))
    t.ok(not wrong, "and answers until the last chunk", wrong[:1])

    # the end, while questions go on
    told = []
    last = threading.Thread(
        target=lambda: told.append(staff.post(amc, parts[-1])))
    rounds = [ask()]
    last.start()
    while last.is_alive():
        rounds.append(ask())
    last.join()
    rounds.append(ask())
    t.ok(told and told[0][0] == 200 and told[0][1]["state"] == "committed" and
         told[0][1]["changed"] > ASKED, "the feed is committed", told)
    strange = [r for r in rounds
               if any(x not in pair for x, pair in zip(r, zip(old, new))) or
               len(r) != ASKED]
    t.ok(not strange, "meanwhile each answer is of one of the two books",
         strange[:1])
    seen = [i for i, r in enumerate(rounds) if NEW in r]
    t.ok(rounds[0] == old and rounds[-1] == new and
         all(r == new for r in rounds[seen[0] + 1:]),
         "and of the first no more once the second answered", rounds)

    # a fault near the end of the first chunk, whose lines are all handed
    # over, and the chunk taken, before the vault comes to it
    near = int(0.85 * len(rows) * len(parts[0]) / sum(map(len, parts)))
    first = next(n for n, r in enumerate(rows) if r[at("member")])
    other = next(n for n, r in enumerate(rows) if n > near and
                 r[at("ref")] != rows[first][at("ref")])
    spoilt = [list(r) for r in rows]
    for column in ("member", "birth", "rank"):
        spoilt[other][at(column)] = rows[first][at(column)]
    bad = make("bad", spoilt)
    parts = chunks(bad)
    t.same(staff.post(amc, parts[0])[0], 200, "its chunk is taken")
    until = time.monotonic() + 60
    while staff.state(amc)[1]["open"] and time.monotonic() < until:
        time.sleep(0.02)
    status, told = staff.post(amc, parts[1])
    error = (told or {}).get("error", {})
    t.same((status, error.get("code"), error.get("line"),
            error.get("reason")),
           (422, "feed-line", other + 2, "two-persons"),
           "who brings the next one is told the line that undid the feed")
    code, _, err = d.load(bad, check=False)
    t.ok(code == 1 and "line %d: two-persons" % (other + 2) in err,
         "over the administrators' socket too", (code, err))
    t.same(ask(), new, "nothing of it is answered from")
    code, reports, err = d.load(make("again", rows), check=False)
    t.same((code, reports and reports[0]["state"]), (0, "committed"),
           "and the next feed is taken at once")
    t.same(ask(), old, "and answers")
sys.exit(t.done())
