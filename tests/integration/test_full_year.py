#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a year of an instance's life, against an independent model.

Twelve months of questions on the drill clock, a full feed of every mutuelle
each month (members join, leave, come back, change card and contract), the
turn of every key in January, restarts and a kill, the first month's key
destroyed by two people in month 13. At every step answers, budgets, promises,
`scope` and `who` are what tests/lib/model.py says: 0 missing, 0 extra.

One seed; ECLUSE_LONG=1: five.
"""
import base64
import collections
import datetime
import hashlib
import json
import os
import random
import signal
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PublicKey)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
import model  # noqa: E402
from drill import Drill, Population, Tap, program, rows, run  # noqa: E402

SEEDS = (31, 32, 33, 34, 35) if os.environ.get("ECLUSE_LONG") else (31,)
MONTHS = 13             # December 2026 to December 2027
ROUNDS = 3              # a month
DOMAIN = {"optician": "OPTI", "pharmacy": "PHAR", "gp": "MED",
          "audio": "AUDI"}
UTC = datetime.timezone.utc


def ms_of(stamp):
    when = datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    return int(when.timestamp() * 1000)


def stamp_of(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class Promises:
    """Checks a promise with the service's published keys."""

    def __init__(self, d):
        self.d, self.keys = d, {}

    def learn(self):
        """Every promise key that the pin names, by its key id."""
        with open(self.d.pin, encoding="utf-8") as f:
            for line in f:
                word, _, value = line.strip().partition(" ")
                if word != "promise":
                    continue
                raw = unb64(value.split(" ")[0])
                spki = bytes.fromhex("302a300506032b6570032100") + raw
                kid = b64(hashlib.sha256(spki).digest())
                self.keys[kid] = Ed25519PublicKey.from_public_bytes(raw)

    def verify(self, jws):
        head, payload, signature = jws.split(".")
        kid = json.loads(unb64(head))["kid"]
        if kid not in self.keys:
            self.learn()
        if kid not in self.keys:
            raise ValueError("signed by an unknown key")
        try:
            self.keys[kid].verify(unb64(signature),
                                  (head + "." + payload).encode())
        except InvalidSignature as e:
            raise ValueError("signature") from e
        return json.loads(unb64(payload))


def b64(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def month_of(n):
    """The nth month of the year, from December 2026."""
    return datetime.date(2026 + (11 + n) // 12, (11 + n) % 12 + 1, 1)


class Life:
    """The instance, the books as they stand, and the model beside them."""

    def __init__(self, t, d, seed):
        self.t, self.d = t, d
        self.rng = random.Random(seed)
        self.seed = seed
        self.books = model.Books()
        figures = {}
        with open(os.path.join(os.path.dirname(__file__), "..", "..", "data",
                               "professions.csv"), encoding="utf-8") as f:
            lines = [l.rstrip("\n") for l in f if not l.startswith("#")]
        head = lines[0].split(";")
        for line in lines[1:]:
            row = dict(zip(head, line.split(";")))
            figures[row["code"]] = {k: int(row[k]) for k in model.KINDS}
        self.readings = model.Readings(figures)
        self.sites = [s for s in d.people.sites
                      if s["profession"] in DOMAIN]
        self.book = d.people
        self.gone = {}          # who -> lines, of those who left
        self.back = {}          # who -> lines, of those who came back
        self.tally = collections.Counter()
        self.promises = Promises(d)
        self.opened = {}        # (amc, handle) -> the mutuelle's reference
        self.feed(d.people, "2026-11-23", load=False)

    # feeds

    def tokens(self, book):
        return {c["cti"]: c["token"] for c in
                rows(os.path.join(book.folder, "cards.csv"))}

    def feed(self, book, day, load=True):
        lines = collections.defaultdict(list)
        for p in book.people:
            lines[p["amc"]].append(p)
        for who, again in self.back.items():
            lines[who[0]] += again
        tokens = self.tokens(book)
        for i in book.insurers:
            amc = i["amc"]
            if load:
                path = os.path.join(book.folder, "feed", amc + ".csv")
                self.append(path, [l for w, some in self.back.items()
                                   if w[0] == amc for l in some])
                out = self.d.make_feed(amc, path, None, "--effective", day)[0]
                code, report, err = self.d.load(out)
                self.t.same(code, 0, "%s: the feed of %s is taken" %
                            (day, amc))
                os.unlink(out)
            self.books.full(amc, lines[amc], day, tokens)
        self.book = book

    @staticmethod
    def append(path, lines):
        """Rows at the end of a mutuelle's file, in its own columns."""
        if not lines:
            return
        with open(path, encoding="utf-8") as f:
            head = f.readline().strip("\ufeff\r\n").split(";")
        with open(path, "a", encoding="utf-8", newline="") as f:
            for line in lines:
                f.write(";".join(line[c] for c in head) + "\n")

    def next_book(self, n):
        day = month_of(n).replace(day=2).isoformat()
        folder = os.path.join(self.d.folder, "book-%02d" % n)
        run(program("ecluse"), "population", "next", "--from",
            self.book.folder, "--out", folder, "--date", day, "--seed",
            self.seed + n)
        book = Population(folder)
        now = {(p["amc"], p["ref"]) for p in book.people}
        for who, lines in self.lines_of(self.book).items():
            if who not in now and who not in self.back:
                self.gone[who] = lines
        self.bring_back(n, {w for w in self.books.alias.values() if w}, now)
        return book, day

    def bring_back(self, n, known, now):
        """One who left comes back, with his old line for this year."""
        year = str(month_of(n).year)
        for who in sorted(self.gone):
            if n < 3 or who in now or any(
                    self.taken(l, who) for l in self.gone[who]):
                continue
            lines = [dict(l, cards="", closed="", to=year + "-12-31",
                          **{"from": year + "-01-01"})
                     for l in self.gone.pop(who)]
            self.back[who] = lines
            self.tally["returned"] += 1
            return

    def taken(self, line, who):
        """Has somebody else an alias of this line now?"""
        return any(self.books.alias.get(a, who) != who
                   for a in self.books.aliases_of(line, {}))

    @staticmethod
    def lines_of(book):
        found = collections.defaultdict(list)
        for p in book.people:
            found[(p["amc"], p["ref"])].append(p)
        return found

    # questions

    def questions(self, site, count, day):
        """What a site asks in a round: (question, ask for the model)."""
        found, rng = [], self.rng
        aliases = sorted(a for a, w in self.books.alias.items() if w)
        recent = [r.q for r in self.readings.all[-200:]]
        for _ in range(count):
            roll = rng.random()
            if roll < 0.08:
                q = (rng.choice(self.book.insurers)["amc"], "member",
                     str(rng.randrange(10**8, 10**9)), "19610203", "1")
            elif roll < 0.25 and recent:
                q = rng.choice(recent)
            else:
                q = rng.choice(aliases)
            if self.books.alias.get(q, 0) is None:
                continue
            found.append(q)
        return [(self.wire(q, site, day), self.ask(q, site)) for q in found]

    def wire(self, q, site, day):
        rpps = site["rpps"].split()
        w = {"amc": q[0], "domain": DOMAIN[site["profession"]], "date": day}
        if len(rpps) > 1:
            w["rpps"] = rpps[0]
        if q[1] == "card":
            w["card"] = q[2]
        else:
            w.update({q[1]: q[2], "birth": q[3], "rank": q[4]})
        return w

    def ask(self, q, site):
        return {"q": q, "site": site["site"], "key": site["key"],
                "profession": site["profession"], "card": q[1] == "card",
                "rpps": site["rpps"].split()[0]}

    def round(self, when, day):
        """Every site asks; each answer is what the model says."""
        wrong = []
        self.d.clock(stamp_of(when))
        for site in self.sites:
            busy = self.rng.random() < 0.15
            asked = self.questions(
                site, 60 if busy else self.rng.randrange(1, 9), day)
            got = self.d.ask_file(site, [w for w, _ in asked])
            if len(got) != len(asked):
                wrong.append((site["site"], "answers", len(got), len(asked)))
            for (w, ask), a in zip(asked, got):
                self.check(ask, w, a, when, wrong)
        self.t.ok(not wrong, "%s: every answer is the model's" % when,
                  wrong[:5])

    def check(self, ask, wire, a, when, wrong):
        t = int(when.timestamp() * 1000)
        if a["status"] == 200:
            t = ms_of(a["response"]["created"])
        who = self.books.alias.get(ask["q"])
        if ask["card"] and model.card_ends_ms(ask["q"][2]) <= t:
            self.tally["old card"] += 1
            self.readings.refusals.append((ask["site"], t))
            if (a["exit"], a["state"]) != (3, "card"):
                wrong.append(("the card is too old", ask, a))
            return
        if not self.readings.decide(ask, who, t):
            self.tally["refused"] += 1
            self.readings.refusals.append((ask["site"], t))
            if a["exit"] != 3:
                wrong.append(("should be refused", ask, a.get("state")))
            return
        state = self.books.state(who, wire["date"], wire["domain"])
        if a.get("state") != state:
            wrong.append(("should be " + state, ask, a))
            return
        self.tally[state] += 1
        index = int(a["transaction"].rsplit("/", 1)[1])
        self.readings.answered(ask, who, t, index, state)
        if state == "covered":
            self.promise(ask, who, wire, a, wrong)

    def promise(self, ask, who, wire, a, wrong):
        """The promise of a covered answer holds, and says what it must."""
        jws = next(e["valueString"] for e in a["response"]["extension"]
                   if e["url"].endswith("/promise"))
        try:
            said = self.promises.verify(jws)
        except ValueError as e:
            wrong.append(("promise", str(e)))
            return
        want = {"txn": a["transaction"], "amc": who[0], "site": ask["site"],
                "dom": wire["domain"], "dat": wire["date"],
                "lvl": self.books.level(who, wire["date"], wire["domain"])}
        if {k: said[k] for k in want} != want:
            wrong.append(("promise", want, said))

    # what must hold at every step

    def budgets(self, when):
        wrong = []
        now = int(when.timestamp() * 1000) + 60000
        for site in self.sites:
            got = self.d.budgets("site:" + site["site"])[0]
            ask = {"site": site["site"], "key": site["key"],
                   "rpps": site["rpps"].split()[0]}
            for level, who in self.readings.subjects(ask):
                if level == "professional" and len(
                        site["rpps"].split()) > 1:
                    continue
                want = {k: len(self.readings.count((level, who), k, now))
                        for k in model.KINDS}
                line = got[level] if level in got else \
                    got["professionals"][0]
                have = {k: line[k][0] for k in model.KINDS}
                if want != have:
                    wrong.append((site["site"], level, want, have))
        self.t.ok(not wrong, "%s: budgets as counted" % when, wrong[:3])

    def named(self, lines):
        """[((amc, reference), line)], each handle opened once in a life."""
        fresh = collections.defaultdict(list)
        for p in lines:
            if (p["amc"], p["ref"]) not in self.opened:
                fresh[p["amc"]].append(p["ref"])
        for amc, handles in fresh.items():
            refs = self.d.open_refs(amc, handles)
            self.opened.update(zip([(amc, h) for h in handles], refs))
        return [((p["amc"], self.opened[(p["amc"], p["ref"])]), p)
                for p in lines]

    def scopes(self, begin, end):
        """Three sites' lists in an interval: exactly these persons, with
        exactly these entries."""
        wrong = []
        for site in self.rng.sample(self.sites, 3):
            got = self.d.scope("site:" + site["site"], begin, end)
            read, missed = self.readings.scope(
                site["site"], ms_of(begin), ms_of(end))
            refused = self.readings.refused(
                site["site"], ms_of(begin), ms_of(end))
            have = {who: p["indexes"] for who, p in
                    self.named(got["read"])}
            if have != read or got["missed"] != missed or \
                    got["cannot_be_excluded"] or got["refused"] != refused:
                wrong.append((site["site"],
                              sorted(set(read) - set(have)),
                              sorted(set(have) - set(read)),
                              missed, got["missed"], refused,
                              got["refused"]))
        self.t.ok(not wrong, "scope %s to %s: 0 missing, 0 extra" %
                  (begin[:10], end[:10]), wrong[:3])

    def handle(self, who):
        """What `ecluse who` is asked by; the mutuelle makes it."""
        amc, ref = who
        return self.d.insurer(
            "open", "--handle-key", self.d.people.insurer_file(
                amc, "handle.key"), "--amc", amc, "--reverse",
            ref)[1].strip().split(";")[1]

    def whos(self, begin, end):
        """Who read three persons in an interval, one who left and one who
        came back among them: exactly these sites, with these entries."""
        found = {r.who for r in self.readings.between(ms_of(begin),
                                                      ms_of(end)) if r.who}
        some = self.rng.sample(sorted(found), 1)
        for group in (self.gone, self.back):
            known = sorted(found & set(group)) or sorted(found)
            some.append(self.rng.choice(known))
        wrong = []
        for who in some:
            out = self.d.ecluse(
                "who", self.d.dir, "--amc", who[0], "--ref",
                self.handle(who), "--from", begin, "--to", end)[1]
            got = json.loads(out)
            have = sorted((f["index"], f["site"]) for f in got)
            want = self.readings.who(who, ms_of(begin), ms_of(end))
            if have != want or {f["state"] for f in got} != {"read"}:
                wrong.append((who, have, want))
        self.t.ok(not wrong, "who %s to %s: 0 missing, 0 extra" %
                  (begin[:10], end[:10]), wrong[:2])

    def turn(self, *kinds):
        for kind in kinds:
            code, _, err = self.d.ecluse("keys", "turn", kind, self.d.dir,
                                         check=False)
            self.t.same((code, err), (0, ""), "the %s key turns" % kind)

    def everybody(self):
        """Who was read in the whole of what is left, site by site."""
        first = stamp_of(datetime.datetime.combine(
            month_of(1), datetime.time(0), UTC))
        wrong = []
        for site in self.sites:
            got = self.d.scope("site:" + site["site"], first,
                               "2028-12-31T00:00:00Z")
            read, missed = self.readings.scope(
                site["site"], ms_of(first), 1 << 60)
            have = {who: p["indexes"] for who, p in
                    self.named(got["read"])}
            if have != read or got["missed"] != missed or \
                    len(have) != len(got["read"]):
                wrong.append((site["site"], len(read), len(have),
                              len(got["read"])))
        self.t.ok(not wrong, "the whole year, every site: 0 missing, 0 "
                  "extra, one line a person across the turn", wrong)
        self.whos(first, "2028-12-31T00:00:00Z")

    def too_early(self):
        first = month_of(0).strftime("%Y-%m")
        code, _, err = self.d.ecluse("keys", "destroy", "month", first,
                                     self.d.dir, check=False)
        self.t.ok(code == 3, "a month is not destroyed early", (code, err))

    def destroy_first_month(self):
        """In month 13, by two people; before it, by nobody."""
        first = month_of(0).strftime("%Y-%m")
        order = ["keys", "destroy", "month", first, self.d.dir]
        self.d.clock(stamp_of(datetime.datetime.combine(
            month_of(MONTHS), datetime.time(6), UTC)))
        key = os.path.join(self.d.dir, "drill", "admin-1.pem")
        if os.path.exists(key):
            code, _, err = self.d.ecluse(*order, "--admin-key", key,
                                         check=False)
            self.t.ok(code == 3, "nor by one administrator", (code, err))
        code, _, err = self.d.ecluse(*order, check=False)
        self.t.same((code, err), (0, ""), "then two destroy it")
        code, _, err = self.d.ecluse(
            "journal", "scope", self.d.dir, "--asker",
            "site:" + self.sites[0]["site"], "--from",
            first + "-01T00:00:00Z", "--to", "2028-01-01T00:00:00Z",
            check=False)
        self.t.ok(code != 0 and "destroyed" in err,
                  "who was read in it cannot be said any more", (code, err))
        self.everybody()
        code, out, err = self.d.ecluse("journal", "verify", self.d.dir,
                                       "--entries", check=False)
        self.t.ok(code == 0, "and the tree verifies", out + err)
        self.d.stop()
        self.d.serve()
        self.everybody()


def live(t, seed):
    with Drill(members=400, insurers=3, seed=seed, sites=28,
               begin="2026-09-01T00:00:00Z",
               now="2026-12-01T07:00:00Z") as d:
        life = Life(t, d, seed)
        for n in range(MONTHS):
            first = month_of(n)
            book, day = life.next_book(n)
            d.clock(day + "T05:00:00Z")
            if n == 1:
                life.turn("index", "answer", "promise", "sealing")
            life.feed(book, day)
            for k in range(ROUNDS):
                when = datetime.datetime.combine(
                    first.replace(day=3 + 8 * k + life.rng.randrange(7)),
                    datetime.time(8 + life.rng.randrange(9),
                                  life.rng.randrange(60)), UTC)
                life.round(when, when.date().isoformat())
                if k == 1 and n % 3 == 0:
                    d.stop(signal.SIGKILL if n == 3 else signal.SIGTERM)
                    d.serve()
            life.budgets(when)
            if n == 11:
                life.too_early()
            begin = stamp_of(datetime.datetime.combine(
                month_of(max(0, n - life.rng.randrange(5))),
                datetime.time(0), UTC))
            end = stamp_of(when + datetime.timedelta(minutes=1))
            life.scopes(begin, end)
            life.whos(begin, end)
        life.destroy_first_month()
        print("# seed %d: %s" % (seed, dict(life.tally)))


def main():
    t = Tap()
    print("# seeds %s" % (SEEDS,))
    for seed in SEEDS:
        live(t, seed)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
