#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: `ecluse price` pays what docs/price.md, docs/contracts.md and
docs/rules.md say, by a second engine that was written from them: random
contracts (every form, condition, limit), people and requests of several
acts, to the cent; what is shared adds up, more cover never pays less, two
requests of one day are one, and the explanation says the amounts. A seed
that fails fails again: PRICE_SEED; ten times as many with ECLUSE_LONG.
"""
import calendar
import json
import os
import random
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import ROOT, Tap, program, run  # noqa: E402

KEYS = ("amo", "participation", "amc", "remainder")
DATED = ("early-renewal", "waiting-period", "outside-contract")
END = "9999-12-31"
DOCTORS = ("consultation", "technical", "imaging", "supplement", "prevention")
GLASSES = ("optics-frame", "optics-lens")
STAY = ("hospital-day", "emergency")
FREE = ("pharmacy-30", "pharmacy-15", "pharmacy-fee-30", "pharmacy-none",
        "thermal", "thermal-doctor", "private-room", "unreimbursed")


def cents(text):
    if text[0] == "-":
        return -cents(text[1:])
    a, _, b = text.partition(".")
    return int(a) * 100 + int((b + "00")[:2])


def euros(n):
    return "%d.%02d" % (n // 100, n % 100)


def half_up(n, d):
    return (2 * n + d) // (2 * d)


class Rules:
    def __init__(self):
        self.tables = {}
        for name, keys in (("acts", 1), ("bases", 3), ("rates", 2),
                           ("exemptions", 2), ("participations", 2),
                           ("limits", 3), ("renewals", 2),
                           ("responsible", 2)):
            t = self.tables[name] = {}
            with open(os.path.join(ROOT, "data/rules", name + ".csv"),
                      encoding="utf-8") as f:
                lines = [x.rstrip("\n").split(";") for x in f
                         if x.strip() and x[0] != "#"]
            head = lines[0]
            for x in lines[1:]:
                r = dict(zip(head, x))
                t.setdefault(tuple(x[:keys]), []).append(r)

    def on(self, table, day, *key):
        for r in self.tables[table].get(key, []):
            if r["from"] <= day <= (r["to"] or END):
                return r
        return None


R = Rules()


def closest(table, day, act, zone, cases, what):
    for z in ([zone] if zone else []) + [""]:
        for c in cases:
            r = R.on(table, day, act, z, c)
            if r:
                return cents(r[what])
    return None


def months_after(day, n):
    y, m, d = map(int, day.split("-"))
    m0 = y * 12 + m - 1 + n
    y, m = divmod(m0, 12)
    d = min(d, calendar.monthrange(y, m + 1)[1])
    return "%04d-%02d-%02d" % (y, m + 1, d)


class Second:
    """One request at one contract."""

    def __init__(self, contract, ask):
        self.c, self.ask, self.day = contract, ask, ask["date"]
        b = ask.get("beneficiary", {})
        self.age = b.get("age", 40)
        self.local = b.get("regime") == "alsace-moselle"
        self.zone = b.get("zone", "")
        self.since = b.get("since", "1900-01-01")
        self.counters = ask.get("counters", {})
        self.took, self.acts_took = {}, {}
        self.pf_day, self.pf_year = {}, {}
        self.pool = {}
        self.glasses = self.frames = 0

    def price(self):
        out = []
        self.case = self.lens_case()
        for line in self.ask["lines"]:
            out.append(self.line(line))
        return out

    def lens_case(self):
        kinds = []
        for l in self.ask["lines"]:
            a = self.act(l)
            if a["family"] == "optics-lens":
                kinds += [a["lens"]] * l.get("quantity", 1)
        if not kinds:
            return "a"
        if len(kinds) == 1:
            kinds *= 2
        return {"simple simple": "a", "complex simple": "b",
                "complex complex": "c", "simple very": "d",
                "complex very": "e", "very very": "f"}[
                    " ".join(sorted(kinds[:2]))]

    def act(self, l):
        return R.on("acts", self.day, l["act"])

    def klass(self, l, a):
        return l.get("class") or a["class"]

    def mandatory(self, l):
        a, q, day = self.act(l), l.get("quantity", 1), self.day
        family, price = a["family"], cents(l["price"])
        off = l.get("pathway") is False and self.age >= 16 and bool(
            R.on("rates", day, family, "off-pathway"))
        out = l.get("optam") is False
        child = self.age < 18 or (family == "audio" and self.age < 20)
        cases = []
        ex = l.get("exemption")
        if ex:
            cases.append(ex)
        if out and self.age < 6:
            cases.append("not-optam-under6")
        if out:
            cases.append("not-optam")
        elif self.age < 6:
            cases.append("under6")
        if child:
            cases.append("child")
        if self.local:
            cases.append("alsace-moselle")
        if off:
            cases.append("off-pathway")
        cases.append("")
        self.cases = cases
        if "base" in l:
            base = cents(l["base"])
        elif family.startswith("pharmacy") and (l["act"], "", "") not in \
                R.tables["bases"]:
            base = price
        else:
            base = closest("bases", day, l["act"], self.zone, cases, "base")
            base *= q
        heavy_pas = family == "technical" and base >= 12000

        def rate_of(off):
            out = "alsace-moselle-off" if self.local else "off-pathway"
            for c in (["heavy"] if base >= 12000 * q else []) + (
                    [out] if off else []) + (
                        ["alsace-moselle"] if self.local else []) + [
                            "normal"]:
                r = R.on("rates", day, family, c)
                if r:
                    return int(r["rate"].rstrip("%"))
        exempt = None
        if ex:
            exempt = (R.on("exemptions", day, ex, family) or
                      R.on("exemptions", day, ex, "*"))

        def amo_of(off):
            """None: as it would be in the pathway, by the rules alone."""
            m = min(price, base)
            if "rate" in l and off is not None:
                return half_up(m * int(l["rate"].rstrip("%")), 100)
            if exempt:
                return half_up(m * int(exempt["rate"].rstrip("%")), 100)
            if heavy_pas and "rate" not in l:
                pas = R.on("limits", day, "PAS", "", "")
                return max(0, m - cents(pas["limit"]))
            return half_up(m * rate_of(off), 100)
        amo = amo_of(off)
        heavy_pas = heavy_pas and "rate" not in l
        kind = ("participation" if family in DOCTORS + ("biology",)
                else "franchise")
        kept = self.kept(family, q, kind) if not heavy_pas and not (
            exempt and exempt["participation"] == "no") else 0
        p = cents(l["participation"]) if "participation" in l else kept
        if "amo" in l:
            paid_out = cents(l["amo"])
            if abs(paid_out - amo) <= 1 or not p or \
                    abs(paid_out + p - amo) > 1:
                amo = paid_out
            else:
                amo = paid_out + p
        p = p if "participation" in l else min(p, amo)
        tm = max(0, min(price, base) - amo)
        tm_normal = (max(0, min(tm, min(price, base) - amo_of(None)))
                     if off else tm)
        self.pf_day[family] = self.pf_day.get(family, 0) + p
        self.pf_year[kind] = self.pf_year.get(kind, 0) + p
        return dict(a=a, q=q, price=price, base=base, amo=amo, tm=tm,
                    tm_normal=tm_normal, p=p, off=off)

    def kept(self, family, q, kind):
        r = (R.on("participations", self.day, family,
                  "child" if self.age < 18 else "") or
             R.on("participations", self.day, family, ""))
        if not r:
            return 0
        p = cents(r["participation"]) * q
        if r["day_cap"]:
            p = min(p, max(0, cents(r["day_cap"]) -
                           self.pf_day.get(family, 0)))
        if r["year_cap"]:
            used = cents(self.counters.get(kind, {}).get("used", "0"))
            p = min(p, max(0, cents(r["year_cap"]) - used -
                           self.pf_year.get(kind, 0)))
        return p

    def holds(self, cover, l, o, optam):
        net = l.get("network")
        true = {"optam": optam is True, "not-optam": optam is False,
                "network": net is True, "no-network": net is False,
                "off-pathway": o["off"], "child": self.age < 18,
                "adult": self.age >= 18, "case " + self.case: True,
                "class " + self.klass(l, o["a"]): True}
        return all(true.get(w) for w in cover["when"])

    def cover(self, l, o, optam):
        best = None
        for i, c in enumerate(self.c["covers"]):
            t, a = c["target"], o["a"]
            rank = (4 if t == "act:" + l["act"] else
                    3 if t == "family:" + a["family"] else
                    2 if t == a["domain"] else 1 if t == "*" else 0)
            if not rank or not self.holds(c, l, o, optam):
                continue
            key = (rank, any(w.startswith("class") for w in c["when"]),
                   len(c["when"]), -i)
            if best is None or key > best[0]:
                best = (key, c)
        return best and best[1]

    def above(self, c, l, o):
        """What a cover pays, before anything bounds it but its own text."""
        f, q = c["form"], o["q"]
        left = max(0, o["price"] - o["amo"])
        pooled = o["a"]["family"] in GLASSES
        if f == "nothing":
            return 0
        if f == "TM":
            return o["tm"]
        if f == "BR":
            return max(0, min(o["price"], half_up(o["base"] * c["n"], 100)) -
                       o["amo"])
        if f == "BR above":
            return min(left, half_up(o["base"] * c["n"], 100))
        if f in ("EUR", "EUR above"):
            n = (max(0, c["n"] - self.pool.get(id(c), 0)) if pooled else
                 c["n"] * q)
            if f == "EUR above":
                n += o["tm"]
            return max(0, min(left, n))
        if f == "real":
            return left
        lim = closest("limits", self.day, l["act"], self.zone, self.cases,
                      "limit")
        if lim is None:
            return o["tm"]
        return max(0, min(o["price"], lim * q) - o["amo"])

    def responsible(self, l, o, c, amc):
        a, q = o["a"], o["q"]
        if o["off"]:
            amc = min(amc, o["tm_normal"])
        if l.get("optam") is False and a["family"] in DOCTORS:
            inside = self.cover(l, o, True)
            most = 0
            base = o["base"]
            f = inside["form"] if inside else "nothing"
            if f == "BR":
                most = (half_up(base * max(0, inside["n"] - 120), 100) +
                        half_up(base * 20, 100))
            elif f == "BR above":
                most = half_up(base * inside["n"], 100) - o["tm_normal"]
            elif f == "EUR":
                most = inside["n"] * q - o["tm_normal"]
            elif f == "EUR above":
                most = inside["n"] * q
            elif f == "real":
                most = base
            if f != "real":
                most = min(base, max(0, most - half_up(base * 20, 100)))
            amc = min(amc, o["tm"] + most)
        return self.ceilings(l, o, max(amc, self.floor(l, o)))

    def ceilings(self, l, o, amc):
        a, q = o["a"], o["q"]
        k = self.klass(l, a)
        if k == "B" and a["family"] in GLASSES:
            if a["family"] == "optics-frame":
                amc = min(amc, self.figure("optics-frame", "") - self.frames)
            amc = max(0, min(amc, self.figure("optics-most", self.case) -
                             self.glasses))
        if k == "B" and a["family"] == "audio":
            most = self.figure("audio-most", "")
            if most is not None:
                amc = max(0, min(amc, most * q - o["amo"]))
        return amc

    def figure(self, rule, case):
        r = R.on("responsible", self.day, rule, case)
        return r and cents(r["figure"])

    def floor(self, l, o):
        family = o["a"]["family"]
        if not self.c["responsible"]:
            return 0
        if family in STAY:
            return max(0, o["price"] - o["amo"])
        if family in FREE:
            return 0
        return max(0, min(o["tm"], o["tm_normal"]) if o["off"] else o["tm"])

    def names(self, c):
        """Counters of a cover's limits: (acts, most, window, name)."""
        for lim in c["limits"]:
            word = c["target"].split(":")[-1]
            yield lim + (lim[3] if len(lim) > 3 else
                         word + ("-acts" if lim[0] else ""),)

    def used(self, name, what):
        v = self.counters.get(name, {})
        return cents(v.get("used", "0")) if what else v.get("acts", 0)

    def limits(self, l, o, c, amc):
        q = o["q"]
        if c["renewed"]:
            family, name = o["a"]["family"], None
            if o["a"]["domain"] == "OPTI":
                name = "optics"
                who = ("under6" if self.age <= 6 else
                       "under16" if self.age < 16 else "")
            elif family == "audio":
                name, who = "audio-" + l.get("side", "left"), ""
            last = name and self.counters.get(name, {}).get("last")
            if last:
                r = R.on("renewals", self.day, name.split("-")[0], who)
                if r and months_after(last, int(r["months"])) > self.day:
                    amc = min(amc, o["tm"])
        for acts, most, per, name in sorted(
                [(x[0], x[1], x[2], x[-1]) for x in self.names(c)],
                key=lambda x: (x[2] not in ("act", "ear"), not x[0])):
            side = l.get("side", "left")
            if acts:
                left = max(0, most - self.used(name, 0) -
                           self.acts_took.get(name, 0))
                if q > left:
                    amc = half_up(amc * left, q)
            elif per == "act":
                amc = min(amc, most * q)
            elif per == "ear":
                ears = 2 if q > 1 else 1
                took = [self.took.get((name, x), 0)
                        for x in ("left", "right", "both")]
                took = (sum(took) if ears == 2 else half_up(took[2], 2) +
                        took[side == "right"])
                amc = min(amc, max(
                    0, ears * max(0, most - self.used(name, 1)) - took))
            else:
                amc = min(amc, max(0, most - self.used(name, 1) -
                                   self.took.get(name, 0)))
        return amc

    def line(self, l):
        o = self.mandatory(l)
        other = cents(l.get("other", "0"))
        amc = 0
        c = None
        inside = self.c["from"] <= self.day <= (self.c["to"] or END)
        if inside:
            c = self.cover(l, o, l.get("optam"))
        waits = [w for w in self.c["waits"] if w[0] in (
            "*", o["a"]["domain"], "family:" + o["a"]["family"],
            "act:" + l["act"])]
        waiting = any(months_after(self.since, w[1]) > self.day
                      for w in waits)
        if waiting:
            c = None
        if c:
            amc = self.above(c, l, o)
            if self.c["responsible"]:
                amc = self.responsible(l, o, c, amc)
            before = amc
            amc = self.limits(l, o, c, amc)
            if before > amc:
                amc = max(amc, self.floor(l, o))
            if other and self.c["deduct"]:
                amc = max(0, amc - other)
            amc = min(amc, max(0, o["price"] - o["amo"] - other))
        elif not waiting and inside:
            amc = max(0, self.ceilings(l, o, self.floor(l, o)) - (
                other if self.c["deduct"] else 0))
            amc = min(amc, max(0, o["price"] - o["amo"] - other))
        self.note(l, o, c, amc)
        return dict(amo=o["amo"], participation=o["p"], amc=amc,
                    remainder=o["price"] - o["amo"] + o["p"] - amc - other)

    def note(self, l, o, c, amc):
        family = o["a"]["family"]
        if c and c["form"] in ("EUR", "EUR above") and family in GLASSES:
            t = amc - (o["tm"] if c["form"] == "EUR above" else 0)
            self.pool[id(c)] = self.pool.get(id(c), 0) + max(0, t)
        if family in GLASSES and self.klass(l, o["a"]) == "B":
            self.glasses += amc
            if family == "optics-frame":
                self.frames += amc
        if not amc or not c:
            return
        for name in {x[-1] for x in self.names(c) if x[2] != "act"}:
            self.acts_took[name] = self.acts_took.get(name, 0) + o["q"]
            self.took[name] = self.took.get(name, 0) + amc
            k = name, "both" if o["q"] > 1 else l.get("side", "left")
            self.took[k] = self.took.get(k, 0) + amc


def text_of(name, c):
    out = ["contract %s" % name, "insurer 0099100001", "from " + c["from"]]
    if c["to"]:
        out.append("to " + c["to"])
    out.append("responsible " + ("yes" if c["responsible"] else "no"))
    out.append("second " + ("deduct" if c["deduct"] else "complement"))
    for v in c["covers"]:
        f = {"BR": "%d%% BR" % v["n"],
             "BR above": "%d%% BR above AMO" % v["n"],
             "EUR": "EUR " + euros(v["n"]), "real": "real cost",
             "EUR above": "EUR %s above TM" % euros(v["n"]),
             "sante": "100% sante"}.get(v["form"], v["form"])
        s = "cover %s = %s" % (" ".join([v["target"]] + v["when"]), f)
        for lim in v["limits"]:
            s += ", most %s a %s" % (
                "%d acts" % lim[1] if lim[0] else "EUR " + euros(lim[1]),
                lim[2])
            if len(lim) > 3:
                s += ", in " + lim[3]
        if v["renewed"]:
            s += ", renewed"
        out.append(s)
    for t, n in c["waits"]:
        out.append("wait %s %d months" % (t, n))
    return "\n".join(out) + "\n"


# what is asked

THEMES = {
    "doctor": ["G", "GS", "CS", "CNP", "MPC", "MCS", "ADC", "ADE", "COE"],
    "dental": ["PF0", "PF1", "PFC", "PFM", "CD", "TO", "TOR", "IMP", "ICO"],
    "glasses": ["M01", "M03", "M04", "V01", "V03", "VU1", "VU4", "VM4",
                "SV1", "LEN", "M02"],
    "audio": ["PAZ", "PAU", "AUA", "PDZ", "AUP"],
    "soft": ["AMK", "AMI", "B", "PH7", "PH4", "PHN", "PH2", "HN", "PSY",
             "HD7"],
    "stay": ["FJ", "FJP", "GHS", "SHO", "FPU", "PAS", "VSL", "FPR", "CPC"],
}
DOMAINS = {"doctor": ["MED", "RLAX"], "dental": ["DEPR", "DESO"],
           "glasses": ["OPTI"], "audio": ["AUDI"],
           "soft": ["AUXM", "RLAX", "PHAR", "LPPS", "MED"],
           "stay": ["HOSP", "EXTE", "TRAN"]}


def a_cover(g, theme):
    acts = THEMES[theme]
    pick = g.random()
    if pick < .1:
        target = "*"
    elif pick < .6:
        target = g.choice(DOMAINS[theme])
    elif pick < .8:
        target = "family:" + R.tables["acts"][(g.choice(acts),)][0]["family"]
    else:
        target = "act:" + g.choice(acts)
    when = []
    choices = ["child", "adult", "network", "no-network"]
    if theme == "doctor":
        choices += ["optam", "not-optam"] * 2 + ["off-pathway"]
    if theme in ("glasses", "audio", "dental"):
        choices += ["class A", "class B"] * 3 + ["class moderate"]
    if theme == "glasses":
        choices += ["case " + x for x in "abcdef"] * 2
    for w in g.sample(choices, g.choice([0, 0, 1, 1, 2])):
        kin = {"child": "adult", "adult": "child", "network": "no-network",
               "no-network": "network", "optam": "not-optam",
               "not-optam": "optam"}
        if kin.get(w) in when or any(
                w.split()[0] == x.split()[0] for x in when):
            continue
        when.append(w)
    form = g.choice(["TM", "BR", "BR", "BR", "BR above", "EUR", "EUR",
                     "EUR above", "EUR above", "real", "sante", "nothing"])
    n = (g.randrange(50, 401, 5) if form.startswith("BR") else
         g.choice([g.randrange(1, 60) * 100, g.randrange(100, 90000)]))
    lims = []
    for _ in range(g.choice([0, 0, 0, 1, 1, 2])):
        acts = g.random() < .35
        per = g.choice(["day", "year", "2-years", "4-years"] +
                       ([] if acts else ["act", "equipment"] +
                        (["ear"] * 3 if theme == "audio" else [])))
        most = (g.randrange(1, 6) if acts else g.randrange(100, 60000))
        lim = (acts, most, per)
        if per in ("day", "year", "2-years", "4-years") and g.random() < .25:
            lim += (g.choice(["soft", "pot"]),)
        lims.append(lim)
    return dict(target=target, when=when, form=form, n=n, limits=lims,
                renewed=g.random() < .2)


def a_contract(g, theme):
    covers = [a_cover(g, theme) for _ in range(g.randrange(1, 7))]
    if g.random() < .8:
        covers.append(dict(target="*", when=[], form="TM", n=0, limits=[],
                           renewed=False))
    return {"from": g.choice(["2015-01-01"] * 9 + ["2024-06-01"]),
            "to": g.choice([""] * 9 + ["2025-06-30"]),
            "responsible": g.random() < .5, "deduct": g.random() < .4,
            "covers": covers,
            "waits": [(g.choice([covers[0]["target"]] +
                                DOMAINS[theme]), g.randrange(1, 13))
                      for _ in range(g.choice([0] * 8 + [1, 2]))]}


def a_line(g, theme, day):
    while True:
        code = g.choice(THEMES[theme])
        a = R.on("acts", day, code)
        if a:
            break
    l = {"act": code}
    q = g.choice([1, 1, 1, 2, 3])
    if q > 1:
        l["quantity"] = q
    known = closest("bases", day, code, "", [""], "base")
    base = (known if known is not None else
            g.choice([1613, 2500, 12000, 5000])) * q
    if (known is None and not a["family"].startswith("pharmacy")) or \
            g.random() < .1:
        l["base"] = euros(base)
    if a["domain"] in ("OPTI", "AUDI", "DEPR", "HOSP") and \
            theme != "stay":
        price = g.randrange(10, 90000) * (q if g.random() < .3 else 1)
    else:
        price = int(base * g.choice([.7, 1, 1, 1.2, 2, 3.7])) or \
            g.randrange(100, 20000)
    l["price"] = euros(price)
    if theme == "doctor" and g.random() < .7:
        l["optam"] = g.random() < .4
    if g.random() < .4:
        l["network"] = g.random() < .5
    if g.random() < .15:
        l["pathway"] = False
    if g.random() < .1:
        l["exemption"] = g.choice(["ald", "maternity", "at", "c2s",
                                   "prevention", "invalidity"])
    if a["class"] and g.random() < .1:
        l["class"] = g.choice(["A", "B", "moderate"])
    if g.random() < .06:
        l["rate"] = g.choice(["100%", "65%", "30%"])
    elif g.random() < .06:
        l["participation"] = euros(g.randrange(0, 3) * 100)
    if g.random() < .15:
        m = min(price, known * q if known and "base" not in l else base)
        l["amo"] = euros(max(0, half_up(m * g.choice([60, 70, 70, 100]), 100) -
                             g.choice([0, 0, 1, 100, 200, 250])))
    if theme == "audio" and g.random() < .6:
        l["side"] = g.choice(["left", "right"])
    if g.random() < .15:
        l["other"] = euros(g.randrange(0, max(1, price // 2)))
    return l


def a_request(g, theme, c):
    day = g.choice(["2025-03-01", "2024-12-21", "2023-05-04", "2026-04-02",
                    "2021-06-30", "2024-05-14", "2025-07-01"])
    b = {}
    if g.random() < .4:
        b["age"] = g.choice([3, 5, 6, 10, 15, 16, 17, 18, 19, 20, 30])
    if g.random() < .12:
        b["regime"] = "alsace-moselle"
    if g.random() < .12:
        b["zone"] = g.choice(["reunion", "guadeloupe", "mayotte", "guyane",
                              "martinique"])
    if g.random() < .3:
        b["since"] = g.choice(["2024-10-31", "2024-02-29", "2025-02-28",
                               "2020-01-31"])
    counters = {}
    names = set()
    for v in c["covers"]:
        word = v["target"].split(":")[-1]
        for lim in v["limits"]:
            if lim[2] in ("act",):
                continue
            names.add(lim[3] if len(lim) > 3 else
                      word + ("-acts" if lim[0] else ""))
    for n in sorted(names):
        if g.random() < .4:
            counters[n] = {"used": euros(g.randrange(0, 30000)),
                           "acts": g.randrange(0, 4)}
    for n in ("optics", "audio-left", "audio-right"):
        if g.random() < .15:
            counters[n] = {"last": "20%02d-%02d-%02d" % (
                g.randrange(19, 25), g.randrange(1, 13), g.randrange(1, 29))}
    for n in ("participation", "franchise"):
        if g.random() < .1:
            counters[n] = {"used": euros(g.randrange(4000, 5001))}
    q = {"date": day, "beneficiary": b, "counters": counters,
         "lines": [a_line(g, theme, day)
                   for _ in range(g.choice([1, 1, 2, 3, 4, 6]))]}
    return q


def batch(pairs, *options):
    """What the program says of pairs of (contract, request)."""
    with tempfile.TemporaryDirectory() as folder:
        named, lines = {}, []
        for c, q in pairs:
            if id(c) not in named:
                named[id(c)] = "C%d" % len(named)
                with open(os.path.join(folder, named[id(c)] + ".contract"),
                          "w", encoding="utf-8") as f:
                    f.write(text_of(named[id(c)], c))
            lines.append(json.dumps(dict(q, contract=named[id(c)])))
        _, out, err = run(program("ecluse"), "price", "--contracts", folder,
                          *options, check=False,
                          input=("\n".join(lines) + "\n").encode())
    if not out:
        raise RuntimeError(err)
    return out


def engine(pairs):
    out = []
    for i in range(0, len(pairs), 2500):
        out += [json.loads(x) for x in
                batch(pairs[i:i + 2500]).splitlines()]
    return out


def added(q, got):
    """Shares add up to what was charged, and the steps to the shares."""
    for l, x in zip(q["lines"], got["lines"]):
        amo, kept, amc, left = (cents(x[k]) for k in KEYS)
        price, other = cents(l["price"]), cents(l.get("other", "0"))
        if (amo - kept + amc + other + left != price or
                min(amo, kept, amc, amo - kept) < 0 or
                left < min(0, price - amo - other)):
            return "shares of %s" % l
        now = None
        for step in x["steps"]:
            fr, en = (re.findall(r"\d+(?:[.,]\d+)?", step[k])
                      for k in ("fr", "en"))
            if [n.replace(",", ".") for n in fr] != en and \
                    step["rule"] not in DATED:
                return "%s and %s" % (step["fr"], step["en"])
            if step["rule"] in ("cover", "not-covered"):
                now = 0
            if step["rule"] == "remainder":
                if cents(step["after"]) != left or (now or 0) != amc or \
                        x["remainder"] not in step["en"] or \
                        x["amc"] not in step["en"]:
                    return "the last of %s" % x["steps"]
            elif now is not None:
                if cents(step["before"]) != now:
                    return "%s of %s" % (step["rule"], x["steps"])
                now = cents(step["after"])
    for k in ("amc", "remainder"):
        if cents(got[k]) != sum(cents(x[k]) for x in got["lines"]):
            return "the sum of " + k
    return ""


def shown(pairs, answers, language):
    """The table for people has the same amounts."""
    want = [(l["act"], cents(l["price"]), cents(x["amc"]),
             cents(x["remainder"]))
            for (_, q), got in zip(pairs, answers)
            for l, x in zip(q["lines"], got["lines"])]
    have = []
    for x in batch(pairs, "--explain", language).splitlines():
        m = re.match(r"\d+ (\w+)\W.*?(-?\d+[.,]\d\d)\D+?(-?\d+[.,]\d\d)"
                     r"\D+?(-?\d+[.,]\d\d)", x)
        if m:
            have.append((m.group(1),) + tuple(
                cents(n.replace(",", ".")) for n in m.groups()[1:]))
    return have == want


def more(c):
    """The same contract, that pays more of everything it pays."""
    return dict(c, covers=[dict(v, n=v["n"] + v["n"] // 3)
                           for v in c["covers"]])


def apart(c, q, at):
    """Lines from `at` on as a request of their own, behind the others."""
    first = Second(c, dict(q, lines=q["lines"][:at]))
    first.price()
    counters = {k: dict(v) for k, v in q["counters"].items()}
    for name in set(first.took) | set(first.acts_took):
        if isinstance(name, tuple):
            continue
        v = counters.setdefault(name, {})
        v["used"] = euros(cents(v.get("used", "0")) +
                          first.took.get(name, 0))
        v["acts"] = v.get("acts", 0) + first.acts_took.get(name, 0)
    return dict(q, lines=q["lines"][at:], counters=counters)


def told(t, words, bad, many):
    t.ok(not bad, "%d %s" % (many, words), "\n".join(
        "%s%s\n%s" % (text_of("X", c), json.dumps(q), said)
        for c, q, said in bad[:2]))


def main():
    t = Tap()
    seed = int(os.environ.get("PRICE_SEED", "1"))
    count = 6000 if os.environ.get("ECLUSE_LONG") else 600
    g, pairs = random.Random(seed), []
    for _ in range(count):
        theme = g.choice(sorted(THEMES))
        c = a_contract(g, theme)
        pairs += [(c, a_request(g, theme, c)) for _ in range(4)]
    answers = engine(pairs)
    kept = [(p, got) for p, got in zip(pairs, answers) if "error" not in got]
    odd = [(c, q, got) for (c, q), got in zip(pairs, answers)
           if "error" in got and
           not got["error"]["field"].endswith("participation")]
    told(t, "requests priced or refused for a participation", odd,
         len(pairs))
    pairs, answers = [p for p, _ in kept], [got for _, got in kept]
    bad = []
    for (c, q), got in kept:
        want = Second(c, q).price()
        have = [{k: cents(x[k]) for k in KEYS} for x in got["lines"]]
        if have != want:
            bad.append((c, q, "%s, not %s" % (have, want)))
    told(t, "prices of a second engine (seed %d)" % seed, bad, len(kept))
    told(t, "add up, and their steps do", [
        p + (added(p[1], got),) for p, got in kept
        if added(p[1], got)], len(kept))
    for language in ("en", "fr"):
        t.ok(shown(pairs[:500], answers[:500], language),
             "the table in %s has these amounts" % language)
    alone = [(p, got) for p, got in kept if len(p[1]["lines"]) == 1]
    richer = engine([(more(c), q) for (c, q), _ in alone])
    told(t, "are paid no less by a better contract", [
        p + ("%s, then %s" % (got, x),)
        for (p, got), x in zip(alone, richer)
        if cents(x["amc"]) < cents(got["amc"])], len(alone))
    # what was given is told from what was paid out by a cap of the day
    several = [(p, got) for p, got in kept if len(p[1]["lines"]) > 1 and
               not any("amo" in l for l in p[1]["lines"][1:]) and
               not any(R.on("acts", p[1]["date"], l["act"])["domain"] in
                       ("OPTI", "AUDI") for l in p[1]["lines"])]
    rest = engine([(c, apart(c, q, 1)) for (c, q), _ in several])
    told(t, "are one request in two", [
        p + ("%s, then %s" % (got, x),)
        for (p, got), x in zip(several, rest)
        if [l["amc"] for l in x.get("lines", [])] !=
        [l["amc"] for l in got["lines"][1:]]], len(several))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
