#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: feeds that change and close rights, a changed card, and the turn of
the year: answers follow the books, past answers and lists stay right, and a
person is counted once. The mutuelles' own books (people.csv) are the truth.
"""
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Population, Tap, program, run  # noqa: E402

SEED = 11
SAMPLE = 25


def lines_of(people):
    """Person -> the lines of the book about him, in a mutuelle."""
    found = {}
    for p in people:
        found.setdefault((p["amc"], p["ref"]), []).append(p)
    return found


def expected(lines, day, domain):
    """The state that the book gives on a day: its own words, no code of ours.

    The line in force with the lowest order answers; a right that is closed
    early ends that day.
    """
    live = [l for l in lines if l["from"] <= day <= (l["closed"] or l["to"])]
    if not live:
        return "closed"
    live.sort(key=lambda l: int(l["order"]))
    if any(domain + "=" in l["domains"] for l in live):
        return "covered"
    return "not-covered"


def check_day(t, d, site, sample, books, day, domain, what):
    wrong = []
    for who in sample:
        lines = books[who]
        person = next((l for l in lines if d.has(l, "member")), lines[0])
        got = d.ask(site, person, "member", domain=domain, date=day)[1]
        want = expected(lines, day, domain)
        if got.get("state") != want:
            wrong.append((who, day, want, got.get("state"), lines))
    t.ok(not wrong, "%s: %d answers as the books say" % (what, len(sample)),
         wrong[:3])


def main():
    t = Tap()
    rng = random.Random(SEED)
    print("# seed %d" % SEED)
    with Drill(members=1500, insurers=3, seed=SEED,
               now="2026-12-31T22:30:00Z") as d:
        site = d.people.site("pharmacy")
        asker = "site:" + site["site"]
        before = lines_of(d.people.people)
        sample = rng.sample(sorted(before), SAMPLE)
        check_day(t, d, site, sample, before, "2026-12-31", "PHAR",
                  "31 December")
        counted = d.budgets(asker)[0]["site"]["c24"][0]
        t.same(counted, SAMPLE, "each counted once")
        read = d.persons_read(d.scope(asker))
        t.same(read, set(sample), "the list is exactly them")

        # the same books again: nothing changes
        again = d.load_all()
        t.ok(all(r["added"] == r["changed"] == r["dropped"] == 0
                 for r in again), "the same feeds twice change nothing", again)

        # the new year's books
        folder = os.path.join(d.folder, "january")
        run(program("ecluse"), "population", "next", "--from",
            d.people.folder, "--out", folder, "--date", "2027-01-02",
            "--seed", SEED)
        d.clock("2027-01-02T08:00:00Z")
        new = Population(folder)
        for i in new.insurers:
            feed = d.make_feed(i["amc"], os.path.join(
                folder, "feed", i["amc"] + ".csv"), None, "--effective",
                "2027-01-02")[0]
            code, report, err = d.load(feed)
            t.same(code, 0, "January's feed of %s is taken" % i["amc"])
        after = lines_of(new.people)
        both = [w for w in sample if w in after]
        check_day(t, d, site, both, after, "2027-01-02", "PHAR",
                  "2 January")
        gone = [w for w in before if w not in after]
        wrong = []
        for who in gone[:10]:
            got = d.ask(site, before[who][0], "member", domain="PHAR",
                        date="2027-01-02")[1]
            if got.get("state") not in ("closed", "unknown"):
                wrong.append((who, got.get("state")))
        t.ok(gone and not wrong, "%d who left the books have no rights" %
             len(gone[:10]), wrong)
        check_day(t, d, site, [w for w in both if before[w] and all(
            l["to"] <= "2026-12-31" for l in before[w])][:10], before,
            "2026-12-15", "PHAR", "care of 15 December, asked in January")

        # a changed card
        changed = [(w, l) for w in after for l in after[w] if w in before and
                   l["cards"] and before[w][0]["cards"] and
                   not set(l["cards"].split()) &
                   set(before[w][0]["cards"].split()) and
                   w in new.cards and w in d.people.cards and
                   expected(after[w], "2027-01-02", "PHAR") == "covered"]
        t.ok(changed, "somebody's card changed")
        who, line = changed[0]
        other = d.people.site("pharmacy", 1)
        old = d.ask(other, None, card=d.people.cards[who], amc=who[0],
                    domain="PHAR", date="2027-01-02")[1]
        fresh = d.ask(other, None, card=new.cards[who], amc=who[0],
                      domain="PHAR", date="2027-01-02")[1]
        t.ok(old.get("state") in ("unknown", "card"),
             "the old card names nobody any more", old)
        t.same(fresh.get("state"), "covered", "the new one does")
        d.ask(other, line, "member", domain="PHAR", date="2027-01-02")
        t.same(d.budgets("site:" + other["site"])[0]["site"]["c24"][0], 1,
               "and he is counted once, whichever way he is named")
        t.same(d.persons_read(d.scope("site:" + other["site"])), {who},
               "one line in the list")
        scope = d.scope(asker)
        t.ok(set(sample) <= d.persons_read(scope),
             "December's list is still whole in January")
        t.same(len({(p["amc"], p["ref"]) for p in scope["read"]}),
               len(scope["read"]), "one line a person across the years")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
