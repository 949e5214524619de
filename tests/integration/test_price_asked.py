#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what strangers write is read as they mean it, in each of the usual
ways; what cannot be read is refused in its place, with its field, and the
lines behind it are priced."""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Tap, program, run  # noqa: E402

CONTRACT = """contract A
insurer 0099100001
from 2000-01-01
responsible yes
cover OPTI class A = 100% sante
cover * = TM
"""
HEARING = """contract B
insurer 0099100001
from 2000-01-01
responsible yes
cover AUDI class B = EUR 900, renewed
cover * = TM
"""

WAITING = """contract W
insurer 0099100001
from 2000-01-01
responsible yes
cover * = TM
wait MED 6 months
"""

LINE = {"act": "G", "price": "30.00"}

# what is changed of the question; amc
SAME = [
    ("rate", ["70%", "70", "0.70", "0.7", 70, 0.7, "70 %", None], "9.00"),
    ("price", ["30.00", "30", 30, 30.0], "9.00"),
    ("quantity", [1, "1", None], "9.00"),
    ("pathway", [True, "true", "yes", "oui", 1, None], "9.00"),
    ("optam", [True, "TRUE", "Yes", None], "9.00"),
    ("optam", [False, "false", "non", 0], "6.90"),
    ("exemption", [None, "", False, "none"], "9.00"),
    ("exemption", ["ald", "ALD", "at", "work-accident", "c2s", "CSS",
                   "maternity"], "0.00"),
    ("class", [None, "A", "b", 1, "I", "II", "moderate", "modéré"], "9.00"),
    ("base", ["30", 30, "30.00", None], "9.00"),
    ("participation", ["2.00", 2, None], "9.00"),
    ("amo", ["21.00", "19.00", 21, None], "9.00"),
]
SIDES = [("900.00", ["right", "R", "r", "OD", "D", "droite", "Right"]),
         ("160.00", ["left", "L", "OG", "G", "gauche", None])]

# question's changes, line's changes, field
WRONG = [
    ({"date": "2025-13-01"}, {}, "date"),
    ({"date": "01/03/2025"}, {}, "date"),
    ({"date": None}, {}, "date"),
    ({"contract": "NONE"}, {}, "contract"),
    ({"colour": "red"}, {}, "colour"),
    ({"lines": []}, {}, "lines"),
    ({"beneficiary": {"age": -1}}, {}, "beneficiary.age"),
    ({"beneficiary": {"age_class": "old"}}, {}, "beneficiary.age_class"),
    ({"beneficiary": {"regime": "other"}}, {}, "beneficiary.regime"),
    ({"counters": {"optic": {"last": "2024-01-01"}}}, {}, "counters.optic"),
    ({"counters": {"optics": {"last": "soon"}}}, {}, "counters.optics.last"),
    ({}, {"act": "NOSUCH"}, "lines[1].act"),
    ({}, {"act": None}, "lines[1].act"),
    ({}, {"act": "M03", "_date": "2019-12-31"}, "lines[1].act"),
    ({}, {"price": "-1.00"}, "lines[1].price"),
    ({}, {"price": "1,00"}, "lines[1].price"),
    ({}, {"price": "1.001"}, "lines[1].price"),
    ({}, {"prise": "1.00"}, "lines[1].prise"),
    ({}, {"quantity": 0}, "lines[1].quantity"),
    ({}, {"quantity": 1.5}, "lines[1].quantity"),
    ({}, {"rate": "170%"}, "lines[1].rate"),
    ({}, {"rate": "most"}, "lines[1].rate"),
    ({}, {"class": "C"}, "lines[1].class"),
    ({}, {"side": "both"}, "lines[1].side"),
    ({}, {"optam": "perhaps"}, "lines[1].optam"),
    ({}, {"pathway": []}, "lines[1].pathway"),
    ({}, {"exemption": "nosuch"}, "lines[1].exemption"),
    ({}, {"amo": "31.00"}, "lines[1].amo"),
    ({}, {"participation": "25.00"}, "lines[1].participation"),
    ({}, {"act": "VSL"}, "lines[1].base"),
]


def question(n, line, **more):
    q = {"id": n, "date": "2025-03-01", "contract": "A", "lines": [line]}
    q.update(more)
    return q


def ask(folder, rows):
    code, out, _ = run(program("ecluse"), "price", "--no-steps",
                       "--contracts", folder, check=False,
                       input="".join(r if isinstance(r, str) else
                                     json.dumps(r) + "\n"
                                     for r in rows).encode())
    return code, [json.loads(x) for x in out.splitlines()]


def same(t, folder):
    for field, ways, amc in SAME:
        code, got = ask(folder, [question(n, dict(LINE, **{field: way}))
                                 for n, way in enumerate(ways)])
        t.ok(code == 0 and [g.get("amc") for g in got] == [amc] * len(ways),
             "%s: %s are read alike" % (field, ", ".join(map(str, ways))),
             got)
    for amc, ways in SIDES:
        line = {"act": "PAU", "price": "1500.00"}
        code, got = ask(folder, [
            question(n, dict(line, side=way), contract="B", counters={
                "audio-left": {"last": "2024-03-01"}})
            for n, way in enumerate(ways)])
        t.ok(code == 0 and [g.get("amc") for g in got] == [amc] * len(ways),
             "side: %s are one ear" % ", ".join(map(str, ways)), got)
    code, got = ask(folder, [question(1, LINE, beneficiary=None,
                                      counters=None),
                             question(2, LINE, beneficiary={
                                 "age_class": "Adult", "regime": None,
                                 "zone": None, "since": None, "age": None})])
    t.ok(code == 0 and [g.get("amc") for g in got] == ["9.00"] * 2,
         "null says no more than nothing does", got)


def wrong(t, folder):
    rows, n = [], 0
    for whole, part, _ in WRONG:
        line = dict(LINE, **{k: v for k, v in part.items() if k[0] != "_"})
        q = question(n, LINE)
        q["lines"] = [LINE, line]
        if "_date" in part:
            q["date"] = part["_date"]
        q.update(whole)
        rows += [q, question("behind %d" % n, LINE)]
        n += 1
    code, got = ask(folder, rows)
    t.ok(code == 1 and len(got) == len(rows), "a line out for each line in",
         (code, len(got)))
    for n, (whole, part, field) in enumerate(WRONG):
        bad, good = got[2 * n], got[2 * n + 1]
        t.ok(bad.get("id") == str(n) and
             bad.get("error", {}).get("field") == field and
             len(bad["error"]["message"]) > 8 and
             good.get("amc") == "9.00" and good["id"] == "behind %d" % n,
             "%s is refused at %s: %s" % (
                 json.dumps(part or whole), field,
                 bad.get("error", {}).get("message")), (bad, good))
    code, got = ask(folder, ["{\n", "[]\n", "\n", question(4, LINE)])
    t.ok(code == 1 and len(got) == 3 and "error" in got[0] and
         "error" in got[1] and got[2]["amc"] == "9.00",
         "half an object and a list are refused in their places", got)


def never(t, folder):
    """A day behind the last one that the calendar has: it was waited for
    without an end."""
    ear = {"act": "PAU", "price": "1300.00", "class": "II"}
    code, got = ask(folder, [
        question(1, ear, contract="B", counters={
            "audio-left": {"last": "9999-12-31"}}),
        question(2, LINE, contract="W",
                 beneficiary={"since": "9999-12-31"})])
    t.ok(code == 0 and [g["flags"] for g in got] ==
         [["early-renewal"], ["waiting-period"]],
         "what can be paid again in the year 10000 is early today", got)


# said in a contract over a file that says the rest; in the words told
CONTRACTS = [
    ("to 2026-01-01\nto 2027-01-01", "said twice"),
    ("label-fr A\nlabel-fr B", "said twice"),
    ("label-fr \xe9".encode("latin-1"), "UTF-8"),
    ("second deduct\nsecond complement", "said twice"),
    ("cover MED = 150% BR, renewed, renewed", "said twice"),
    ("cover MED = 150% BR, most EUR 5 a day, in A, in B", "a limit before"),
    ("cover MED = 150% BR, most EUR 5 a act, in A", "has no counter"),
    ("cover act:* = real cost", "no such act"),
    ("cover MED#1 = real cost", "no such domain"),
]


def texts(t, folder):
    path = os.path.join(folder, "wrong.contract")
    for more, words in CONTRACTS:
        if isinstance(more, str):
            more = more.encode()
        with open(path, "wb") as f:
            f.write(CONTRACT.encode() + more + b"\n")
        code, out, err = run(program("ecluse"), "contract", "check", path,
                             check=False)
        t.ok(code == 1 and words in str(out) + str(err),
             "no statement is passed over: %s" % more, (code, out, err))
    with open(path, "w", encoding="utf-8") as f:
        f.write("# one\n" + CONTRACT + "  label-fr N° # 1\n"
                "cover MED = TM # all\n")
    code, out, err = run(program("ecluse"), "contract", "show", "--french",
                         path, check=False)
    t.ok(code == 0 and "N° # 1" in str(out), "a label may hold a #",
         (code, out, err))


def judged(t, folder):
    """What the engine pays outside OPTAM is what the check lets pass."""
    path = os.path.join(folder, "judged.txt")
    for optam, off, told in (
            ("150% BR", "130% BR", None), ("150% BR", "140% BR", "10 %"),
            ("80% BR above AMO", "60% BR above AMO", None),
            ("80% BR above AMO", "70% BR above AMO", "10 %"),
            ("80% BR above AMO", "130% BR", None),
            ("real cost", "200% BR", None), ("real cost", "210% BR", "10 %"),
            ("EUR 20 above TM", "EUR 20 above TM", "20 %"),
            ("EUR 20 above TM", "EUR 1 above TM", None),
            ("EUR 200", "200% BR", None),
            ("EUR 9878424.79 above TM", "200% BR", None)):
        with open(path, "w", encoding="utf-8") as f:
            f.write(CONTRACT.replace("2000", "2025") +
                    "cover MED optam = %s\n"
                    "cover MED not-optam = %s\n" % (optam, off))
        _, out, err = run(program("ecluse"), "contract", "check", path,
                          check=False)
        said = [x for x in (str(out) + str(err)).replace("\\n", "\n").split(
            "\n") if "consultation" in x and "OPTAM" in x]
        t.ok(len(said) == (1 if told else 0) and
             all(": " + told in x for x in said),
             "OPTAM %s, outside %s: %s too much" % (optam, off, told), said)
    with open(path, "w", encoding="utf-8") as f:
        f.write(CONTRACT.replace("2000", "2025") +
                "cover MED child = 250% BR\ncover MED adult = 150% BR\n")
    _, out, err = run(program("ecluse"), "contract", "check", path,
                      check=False)
    said = [x for x in (str(out) + str(err)).replace("\\n", "\n").split(
        "\n") if "consultation" in x and "OPTAM" in x]
    t.ok(len(said) == 2 and ": 50 %" in said[0] and ": 20 %" in said[1],
         "what children are paid is no level of adults", said)
    with open(path, "w", encoding="utf-8") as f:
        f.write(CONTRACT.replace("2000", "2025") +
                "cover MED off-pathway = 100% BR\n")
    _, out, err = run(program("ecluse"), "contract", "check", path,
                      check=False)
    said = str(out) + str(err)
    t.ok("consultation: what is added outside" in said and
         "prevention: what is added outside" not in said,
         "only what has a pathway may be paid too much outside it", said)


def net(t, folder):
    _, got = ask(folder, [question(1, dict(LINE, amo=a)) for a in
                          ("21.00", "19.00", "20.00")])
    t.ok([(g["lines"][0]["amo"], g["amc"], g["flags"]) for g in got] == [
        ("21.00", "9.00", []), ("21.00", "9.00", ["amo-net"]),
        ("20.00", "10.00", ["amo-differs"])],
         "an amount after the participation is told from another", got)


def main():
    t = Tap()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("a", CONTRACT), ("b", HEARING),
                           ("w", WAITING)):
            with open(os.path.join(folder, name + ".contract"), "w",
                      encoding="utf-8") as f:
                f.write(text)
        same(t, folder)
        wrong(t, folder)
        judged(t, folder)
        net(t, folder)
        never(t, folder)
        texts(t, folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
