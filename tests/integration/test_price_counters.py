#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what was used before counts: ceilings of a year, numbers of acts,
renewals by age and ear, caps of participations, waiting periods, a second
insurer; as `ecluse price` is asked by a stranger, JSON in and out.
"""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Tap, program, run  # noqa: E402

CONTRACT = """contract %s
insurer 0099100001
from 2020-01-01
responsible %s
second %s
cover * = TM
cover DEPR = 300%% BR, most EUR 800 a year
cover AUXM = 200%% BR, most EUR 60 a 2-years, in soft
cover family:private-room = EUR 50, most 30 acts a year
cover OPTI class A = 100%% sante, renewed
cover OPTI class B = EUR 300, renewed
cover AUDI class B = EUR 900, renewed
wait family:orthodontics 6 months
"""

LIMITS = """contract L
insurer 0099100001
from 2020-01-01
responsible no
cover * = TM
cover DEPR = 300% BR, most EUR 200 a act, most EUR 500 a year
cover AUDI = real cost, most EUR 700 a ear
cover OPTI = EUR 200 above TM
cover family:private-room = real cost, most 2 acts a year
cover AUXM = EUR 10 above TM, renewed
cover TRAN = real cost, most 1 acts a year, most EUR 50 a act
"""

EARS = """contract E
insurer 0099100001
from 2020-01-01
responsible no
cover AUDI = real cost, most 1 acts a ear
"""


def crown(other="0.00"):
    return {"act": "PFC", "price": "600.00", "base": "120.00", "other": other}


def aid(side, **more):
    return dict({"act": "PAU", "price": "1500.00", "side": side}, **more)

CASES = [
    # contract, what is known of before, beneficiary, line, amc, flags
    ("a ceiling of the year, nothing used", "R", {}, {},
     {"act": "PFC", "price": "600.00", "base": "120.00"}, "288.00", []),
    ("700 of 800 used: the rest", "R", {"DEPR": {"used": "700.00"}}, {},
     {"act": "PFC", "price": "600.00", "base": "120.00"}, "100.00",
     ["limit-reached"]),
    ("all used: a responsible contract goes on with the TM", "R",
     {"DEPR": {"used": "800.00"}}, {},
     {"act": "PFC", "price": "600.00", "base": "120.00"}, "48.00",
     ["limit-reached"]),
    ("another pays nothing more", "F", {"DEPR": {"used": "800.00"}}, {},
     {"act": "PFC", "price": "600.00", "base": "120.00"}, "0.00",
     ["limit-reached"]),
    ("two lines share the rest", "F", {"DEPR": {"used": "400.00"}}, {},
     [{"act": "PFC", "price": "600.00", "base": "120.00"},
      {"act": "PFC", "price": "600.00", "base": "120.00"}], "400.00",
     ["limit-reached"]),
    ("a counter by its own name", "F", {"soft": {"used": "55.00"}}, {},
     {"act": "AMK", "price": "40.00", "base": "20.00"}, "5.00",
     ["limit-reached"]),
    ("29 of 30 acts used: one of two", "R",
     {"private-room-acts": {"acts": 29}}, {},
     {"act": "SHO", "price": "140.00", "quantity": 2}, "50.00",
     ["limit-reached"]),
    ("glasses after 23 months: the TM alone", "R",
     {"optics": {"last": "2023-04-02"}}, {},
     {"act": "M03", "price": "90.00"}, "0.02", ["early-renewal"]),
    ("glasses after 24", "R", {"optics": {"last": "2023-03-01"}}, {},
     {"act": "M03", "price": "90.00"}, "89.97", []),
    ("a child under 16 after a year", "R",
     {"optics": {"last": "2024-03-01"}}, {"age_class": "under16"},
     {"act": "M04", "price": "90.00"}, "89.97", []),
    ("and after 11 months", "R", {"optics": {"last": "2024-04-02"}},
     {"age_class": "under16"}, {"act": "M04", "price": "90.00"}, "0.02",
     ["early-renewal"]),
    ("a child under 6 after six months", "R",
     {"optics": {"last": "2024-09-01"}}, {"age_class": "under6"},
     {"act": "M04", "price": "90.00"}, "89.97", []),
    ("an ear after three years", "R", {"audio-left": {"last": "2022-03-01"}},
     {}, {"act": "PAU", "price": "1500.00", "side": "left"}, "160.00",
     ["early-renewal"]),
    ("the other ear", "R", {"audio-left": {"last": "2022-03-01"}}, {},
     {"act": "PAU", "price": "1500.00", "side": "right"}, "900.00", []),
    ("in the waiting period", "R", {}, {"since": "2024-11-01"},
     {"act": "TOR", "price": "600.00"}, "0.00", ["waiting-period"]),
    ("after it", "R", {}, {"since": "2024-09-01"},
     {"act": "TOR", "price": "600.00"}, "387.00", []),
    ("a second insurer up to what is left", "R", {}, {},
     {"act": "PFC", "price": "600.00", "base": "120.00", "other": "300.00"},
     "228.00", []),
    ("or less what the first has paid", "F", {}, {},
     {"act": "PFC", "price": "600.00", "base": "120.00", "other": "280.00"},
     "8.00", []),
    ("what another insurer paid takes nothing of a ceiling", "R",
     {"DEPR": {"used": "500.00"}}, {}, [crown("500.00"), crown()], "300.00",
     ["limit-reached"]),
    ("two ceilings of one cover count a line once", "L", {}, {},
     [crown(), crown(), crown()], "500.00", ["limit-reached"]),
    ("each ear has its own ceiling", "L", {}, {},
     [aid("left"), aid("right")], "1400.00", ["limit-reached"]),
    ("both on one line too", "L", {}, {},
     [aid("left", price="3000.00", quantity=2)], "1400.00",
     ["limit-reached"]),
    ("and two of one ear share it", "L", {}, {},
     [aid("right"), aid("right")], "700.00", ["limit-reached"]),
    ("a sum above the TM is left whole by the TM of a line before", "L", {},
     {}, [{"act": "M01", "price": "30.00"},
          {"act": "VU1", "price": "300.00", "quantity": 2}], "203.64", []),
    ("nor does an act of it that the mutuelle pays nothing for", "L", {}, {},
     [{"act": "SHO", "price": "100.00", "other": "100.00"},
      {"act": "SHO", "price": "200.00", "quantity": 2}], "200.00", []),
    ("both ears have used what the counter says", "L",
     {"AUDI": {"used": "500.00"}}, {},
     [aid("left", price="3000.00", quantity=2)], "400.00",
     ["limit-reached"]),
    ("a line for both ears has used half for each", "L", {}, {},
     [aid("left", price="1280.00", quantity=2), aid("right")], "1100.00",
     ["limit-reached"]),
    ("of either", "L", {}, {},
     [aid("left", price="1280.00", quantity=2), aid("left")], "1100.00",
     ["limit-reached"]),
    ("and has what both still may", "L", {}, {},
     [aid("right"), aid("left", price="3000.00", quantity=2)], "1400.00",
     ["limit-reached"]),
    ("nobody has three ears", "L", {}, {},
     [aid("left", price="4500.00", quantity=3)], "1400.00",
     ["limit-reached"]),
    ("an act of each ear may be one line", "E", {}, {},
     [aid("left", price="3000.00", quantity=2)], "2520.00", []),
    ("one act of two is paid, and no more than one may cost", "L", {}, {},
     {"act": "VSL", "price": "200.00", "base": "100.00", "quantity": 2},
     "50.00", ["limit-reached"]),
    ("what is no equipment is not renewed too early", "L",
     {"optics": {"last": "2024-12-01"}}, {},
     {"act": "AMK", "price": "40.00", "base": "20.00"}, "18.00", []),
    ("under six", "F", {}, {"age": 5}, {"act": "G", "price": "35.00"},
     "10.50", []),
    ("six years old is not", "F", {}, {"age": 6},
     {"act": "G", "price": "35.00"}, "9.00", []),
    ("but for the renewal of glasses", "R",
     {"optics": {"last": "2024-09-01"}}, {"age": 6},
     {"act": "M04", "price": "90.00"}, "89.97", []),
    ("a part of a line is rounded half up", "L", {}, {},
     {"act": "SHO", "price": "100.00", "quantity": 3}, "66.67",
     ["limit-reached"]),
]


def ask(folder, name, counters, beneficiary, lines):
    q = {"id": "1", "date": "2025-03-01", "contract": name,
         "beneficiary": beneficiary, "counters": counters,
         "lines": lines if isinstance(lines, list) else [lines]}
    _, out, err = run(program("ecluse"), "price", "--contracts", folder,
                      check=False, input=json.dumps(q).encode())
    return json.loads(out) if out else {"error": err}


def main():
    t = Tap()
    with tempfile.TemporaryDirectory() as folder:
        for name, responsible, second in (("R", "yes", "complement"),
                                          ("F", "no", "deduct")):
            with open(os.path.join(folder, name + ".contract"), "w",
                      encoding="utf-8") as f:
                f.write(CONTRACT % (name, responsible, second))
        for name, text in (("L", LIMITS), ("E", EARS)):
            with open(os.path.join(folder, name + ".contract"), "w",
                      encoding="utf-8") as f:
                f.write(text)
        for words, name, counters, who, lines, amc, flags in CASES:
            got = ask(folder, name, counters, who, lines)
            seen = [f for f in got.get("flags", [])
                    if not f.startswith("unconfirmed:")]
            t.ok((got.get("amc"), seen) == (amc, flags), words,
                 json.dumps(got, ensure_ascii=False))
        for used, left in (("0.00", "2.00"), ("49.00", "1.00"),
                           ("50.00", "0.00")):
            got = ask(folder, "R", {"participation": {"used": used}}, {},
                      {"act": "G", "price": "30.00"})
            t.ok(got.get("remainder") == left, "participations stop at 50 "
                 "a year: %s used" % used, got)
        got = ask(folder, "R", {"DEPR-acts": {"used": "1.00"}}, {},
                  {"act": "G", "price": "30.00"})
        t.ok(got.get("error", {}).get("field") == "counters.DEPR-acts",
             "a counter that nothing reads is refused", got)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
