# SPDX-License-Identifier: Apache-2.0
"""A naive model of the platform, for tests that live a year in a minute.

Written from docs/feed-rules.md, docs/budgets.md and the mutuelles' own books,
and from no code of ours: every question about it walks over all that ever
happened. It knows who is insured (Books), who was read by whom (Readings) and
therefore what must be answered, counted and listed.
"""
import bisect
import collections
import datetime

DAY_MS = 86400000
WINDOW = {"24": DAY_MS, "30": 30 * DAY_MS}
KINDS = ("t24", "c24", "t30", "c30", "m24", "m30")


def canonical(amc, how, row_or_q):
    """The alias that a question shows: amc, kind, and the traits as matched."""
    q = row_or_q
    if how == "card":
        return (amc, "card", q["card"])
    if how == "member":
        number = "".join(c for c in q["member"].upper() if c.isalnum())
        number = number.lstrip("0")
    else:
        number = q["nir"].replace(" ", "")[:13]
    return (amc, how, number, q["birth"], q["rank"])


class Books:
    """What the mutuelles said, feed after feed."""

    def __init__(self):
        self.alias = {}         # canonical -> ref
        self.rights = collections.defaultdict(dict)
        self.listed = {}        # amc -> refs of the last full feed

    def aliases_of(self, line, cti_tokens):
        amc, found = line["amc"], []
        if line["member"]:
            found.append(canonical(amc, "member", line))
        if line["nir"]:
            found.append(canonical(amc, "nir", line))
        for cti in line["cards"].split():
            if cti in cti_tokens:
                found.append((amc, "card", cti_tokens[cti]))
        return found

    def full(self, amc, lines, day, cti_tokens):
        """A full feed of one mutuelle, effective on a day."""
        named = collections.defaultdict(set)
        told = collections.defaultdict(set)
        for line in lines:
            who = (amc, line["ref"])
            named[who].update(self.aliases_of(line, cti_tokens))
            key = (line["contract"], line["order"], line["from"])
            told[who].add(key)
            self.rights[who][key] = dict(line)
        claimed = collections.defaultdict(set)
        for who, aliases in named.items():
            for a in aliases:
                claimed[a].add(who)
        for a, who in list(self.alias.items()):
            if a[0] != amc:
                continue
            if who in named:
                if a not in named[who]:
                    del self.alias[a]
            elif a[1] == "card":
                del self.alias[a]
        for a, owners in claimed.items():
            if len(owners) == 1:
                self.alias[a] = next(iter(owners))
            else:               # nobody may be asked for by it
                self.alias[a] = None
        for who in [w for w in self.rights if w[0] == amc]:
            for key, line in list(self.rights[who].items()):
                if key in told[who]:
                    continue
                if line["from"] >= day:
                    del self.rights[who][key]
                elif (line["closed"] or line["to"]) >= day:
                    line["closed"] = day_before(day)
        self.listed[amc] = set(named)

    def state(self, who, day, domain):
        """What must be answered about a person (None: nobody)."""
        if who is None:
            return "unknown"
        live = self.live(who, day)
        if not live:
            return "closed"
        return "covered" if self.level(who, day, domain) is not None \
            else "not-covered"

    def live(self, who, day):
        return [l for l in self.rights[who].values()
                if l["from"] <= day <= (l["closed"] or l["to"])]

    def level(self, who, day, domain):
        """What the right that answers says of a domain; None: nothing."""
        found = []
        for l in self.live(who, day):
            for d in l["domains"].split(","):
                code, _, level = d.partition("=")
                if code == domain:
                    began = datetime.date.fromisoformat(l["from"])
                    found.append((int(l["order"]), -began.toordinal(),
                                  l["contract"], level.replace("+PEC", "")))
        return min(found)[3] if found else None


def day_before(day):
    d = datetime.date.fromisoformat(day) - datetime.timedelta(days=1)
    return d.isoformat()


class Reading:
    def __init__(self, t, key, site, rpps, q, who, card, index, state):
        self.t, self.key, self.site, self.rpps = t, key, site, rpps
        self.q, self.who, self.card = q, who, card
        self.index, self.state = index, state


class Readings:
    """Everything answered so far, and what budgets follow from it."""

    def __init__(self, figures):
        self.figures = figures          # profession -> {kind: n}
        self.all = []                   # in order of time
        self.times = []
        self.by = collections.defaultdict(list)
        self.refusals = []              # (site, t), in order

    def subjects(self, ask):
        found = [("key", ask["key"]), ("site", ask["site"])]
        if ask["rpps"]:
            found.append(("professional", ask["rpps"]))
        return found

    def within(self, subject, t, span):
        for r in reversed(self.by[subject]):
            if r.t <= t - span:
                return
            yield r

    def count(self, subject, kind, t):
        span, found = WINDOW[kind[1:]], set()
        for r in self.within(subject, t, span):
            if kind[0] == "m":
                if r.who is None:
                    found.add(r.q)
            elif r.who is not None and (kind[0] == "c" or not r.card):
                found.add(r.who)
        return found

    def last_found(self, ask, t, span):
        """Whom this very question was answered with at this site."""
        for r in self.within(("site", ask["site"]), t, span):
            if r.q == ask["q"]:
                return r.who
        return None

    def lets_pass(self, ask, t):
        """Is there room, before anybody is looked up?"""
        figures = self.figures[ask["profession"]]
        for subject in self.subjects(ask):
            for kind in KINDS:
                if kind[0] == "t" and ask["card"]:
                    continue
                counted = self.count(subject, kind, t)
                if len(counted) < figures[kind]:
                    continue
                if kind[0] == "m" and ask["q"] in counted:
                    continue
                who = self.last_found(ask, t, WINDOW[kind[1:]])
                of = "t" if kind[0] == "t" else "c"
                if who is None or who not in self.count(
                        subject, of + kind[1:], t):
                    return False
        return True

    def can_count(self, ask, who, t):
        figures = self.figures[ask["profession"]]
        for subject in self.subjects(ask):
            for kind in KINDS:
                what = ask["q"] if kind[0] == "m" else who
                if (kind[0] == "m") != (who is None) or \
                        (kind[0] == "t" and ask["card"]):
                    continue
                counted = self.count(subject, kind, t)
                if what not in counted and len(counted) >= figures[kind]:
                    return False
        return True

    def decide(self, ask, who, t):
        return self.lets_pass(ask, t) and self.can_count(ask, who, t)

    def answered(self, ask, who, t, index, state):
        r = Reading(t, ask["key"], ask["site"], ask["rpps"], ask["q"], who,
                    ask["card"], index, state)
        self.all.append(r)
        self.times.append(t)
        for subject in self.subjects(ask):
            self.by[subject].append(r)

    def between(self, begin, end):
        return self.all[bisect.bisect_left(self.times, begin):
                        bisect.bisect_left(self.times, end)]

    def scope(self, site, begin, end):
        """Person -> indexes, and the misses, of a site in an interval."""
        read, missed = collections.defaultdict(list), 0
        for r in self.between(begin, end):
            if r.site != site:
                continue
            if r.who is None:
                missed += 1
            else:
                read[r.who].append(r.index)
        return dict(read), missed

    def refused(self, site, begin, end):
        return sum(1 for s, t in self.refusals
                   if s == site and begin <= t < end)

    def who(self, person, begin, end):
        """(site, index) of everybody who read a person."""
        return sorted((r.index, r.site) for r in self.between(begin, end)
                      if r.who == person)


BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(text):
    """RFC 9285."""
    out, digits = bytearray(), [BASE45.index(c) for c in text]
    for i in range(0, len(digits), 3):
        some = digits[i:i + 3]
        n = sum(d * 45 ** k for k, d in enumerate(some))
        out += n.to_bytes(len(some) - 1, "big")
    return bytes(out)


def cbor(data, at=0):
    """One item of RFC 8949, as far as a token needs it; (value, end)."""
    major, n = data[at] >> 5, data[at] & 31
    at += 1
    if n >= 24:
        size = 1 << (n - 24)
        n = int.from_bytes(data[at:at + size], "big")
        at += size
    if major in (0, 1):
        return (n if major == 0 else -1 - n), at
    if major in (2, 3):
        return bytes(data[at:at + n]), at + n
    if major == 6:
        return cbor(data, at)
    items = []
    for _ in range(n * (2 if major == 5 else 1)):
        item, at = cbor(data, at)
        items.append(item)
    if major == 4:
        return items, at
    return dict(zip(items[::2], items[1::2])), at


def card_ends_ms(token):
    """When a TP1: token stops being valid (RFC 8392: claim 4)."""
    claims = cbor(cbor(base45(token[len("TP1:"):]))[0][2])[0]
    return claims[4] * 1000
