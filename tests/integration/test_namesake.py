#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a book with namesakes of Bastia and Bourges loads, and both persons
are found by what is theirs alone (docs/decisions/0010)."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402


def key(nir13):
    n = int(nir13.replace("2A", "19").replace("2B", "18"))
    return "%s%02d" % (nir13, 97 - n % 97)


def main():
    t = Tap()
    with Drill(members=1500, insurers=3, seed=9) as d:
        amc = d.people.insurers[0]["amc"]
        book = os.path.join(d.people.folder, "feed", amc + ".csv")
        with open(book, encoding="utf-8") as f:
            lines = f.read().split("\n")
        head = lines[0].split(";")
        row = dict(zip(head, lines[1].split(";")))
        more = []
        for n, nir in ((1, "280012B033123"), (2, "2800118033123")):
            more.append(dict(row, ref="NAMESAKE-%d" % n, nir=key(nir),
                             birth="19800115", rank="1", cards="",
                             member="99000000%d" % n))
        with open(os.path.join(d.folder, "book.csv"), "w",
                  encoding="utf-8") as f:
            f.write("\n".join([l for l in lines if l] + [
                ";".join(m[h] for h in head) for m in more]) + "\n")
        feed, (code, out, err) = d.make_feed(
            amc, os.path.join(d.folder, "book.csv"))
        t.ok("1 NIR that two persons share" in out, "the tool tells", out)
        t.same(d.load(feed)[0], 0, "the book is taken")
        site = d.people.site("pharmacy")
        states = [d.ask(site, None, domain="PHAR", amc=amc, rank="1",
                        birth="19800115", member=m["member"])[1].get("state")
                  for m in more]
        t.same(states, ["covered"] * 2, "each found by his member number")
        t.same(d.ask(site, None, domain="PHAR", amc=amc, rank="1",
                     birth="19800115", nir=more[0]["nir"])[1].get("state"),
               "unknown", "and by the shared NIR nobody")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
