#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: worked examples of public sources, priced by `ecluse price` to the
cent, with what the rules know and with what a professional would give.

Each row: name, date, contract, line, (amo, participation, amc, remainder),
what is said of it. Amounts that a source prints, and those that follow from
them, are the same here.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Tap, program, run  # noqa: E402

HEAD = """contract X
insurer 0099100001
from 2000-01-01
responsible yes
"""
LIBRE = HEAD.replace("responsible yes", "responsible no")


def contract(covers, head=HEAD):
    return head + "".join("cover %s\n" % c for c in covers)


TM = contract(["* = TM"])


def br(rate):
    return contract(["* = %d%% BR" % rate])


CASES = [
    ("E01", "2025-03-01", TM, {"act": "G", "price": "30.00"},
     ("21.00", "2.00", "9.00", "2.00"), "all from the rules"),
    ("E02", "2025-03-01", TM, {"act": "G", "price": "35.00", "optam": True},
     ("21.00", "2.00", "9.00", "7.00"), ""),
    ("E03", "2025-03-01", br(150), {"act": "G", "price": "35.00",
                                    "optam": True},
     ("21.00", "2.00", "14.00", "2.00"), "min(35, 45) - 21"),
    ("E06", "2019-06-01", TM, {"act": "G", "price": "25.00"},
     ("17.50", "1.00", "7.50", "1.00"), ""),
    ("E07", "2020-06-01", TM, {"act": "G", "price": "25.00",
                               "pathway": False},
     ("7.50", "1.00", "7.50", "11.00"), "outside the pathway"),
    ("E08", "2016-06-01", br(100), {"act": "G", "price": "23.00"},
     ("16.10", "1.00", "6.90", "1.00"), ""),
    ("E10", "2016-06-01", br(200), {"act": "G", "price": "55.00"},
     ("16.10", "1.00", "29.90", "10.00"), ""),
    ("E11", "2019-06-01", br(200), {"act": "G", "price": "40.00"},
     ("17.50", "1.00", "22.50", "1.00"), ""),
    ("E13", "2025-03-01", br(200), {"act": "CS", "price": "60.00",
                                    "base": "30.00", "optam": True},
     ("21.00", "2.00", "39.00", "2.00"), "base given"),
    ("E14", "2021-06-01", TM, {"act": "CS", "price": "50.00",
                               "optam": False},
     ("16.10", "1.00", "6.90", "28.00"), ""),
    # the source leaves the participation out; asked for, it is there
    ("E15 as the source", "2018-04-03", TM,
     {"act": "G", "price": "27.00", "participation": "0.00"},
     ("17.50", "0.00", "7.50", "2.00"), ""),
    ("E15 as the law", "2018-04-03", TM, {"act": "G", "price": "27.00"},
     ("17.50", "1.00", "7.50", "3.00"), "one euro more is left"),
    ("E16", "2019-05-05", TM, {"act": "G", "price": "25.00",
                               "exemption": "ald", "participation": "0.00"},
     ("25.00", "0.00", "0.00", "0.00"), ""),
    ("E19", "2019-11-13", TM, {"act": "CD", "price": "23.00"},
     ("16.10", "0.00", "6.90", "0.00"), "none on dental surgeons"),
    ("E20", "2023-10-15", TM, {"act": "CD", "price": "23.00"},
     ("13.80", "0.00", "9.20", "0.00"), ""),
    ("E21", "2019-11-13", TM, {"act": "CS", "price": "28.00",
                               "base": "28.00"},
     ("19.60", "1.00", "8.40", "1.00"), ""),
    ("E23", "2024-01-10", contract(["DEPR class A = 100% sante",
                                    "* = TM"]),
     {"act": "PF0", "price": "500.00"},
     ("72.00", "0.00", "428.00", "0.00"), "on an unconfirmed limit"),
    ("E24", "2024-01-10", contract(["DEPR = 300% BR", "* = TM"]),
     {"act": "PFC", "price": "600.00"},
     ("72.00", "0.00", "288.00", "240.00"), ""),
    ("E25", "2021-03-01", contract(["OPTI class A = 100% sante", "* = TM"]),
     {"act": "M01", "price": "30.00"},
     ("5.40", "0.00", "24.60", "0.00"), ""),
    ("E26", "2021-03-01", contract(["OPTI class A = 100% sante", "* = TM"]),
     {"act": "V01", "price": "75.00", "base": "22.50", "quantity": 2},
     ("13.50", "0.00", "61.50", "0.00"), "its lenses; the frame is E25"),
    ("E27", "2021-03-01", contract(["OPTI class B = EUR 300", "* = TM"]),
     {"act": "M03", "price": "150.00"},
     ("0.03", "0.00", "100.00", "49.97"), "ceiling of the frame"),
    ("E29", "2022-03-01", contract(["AUDI class A = 100% sante", "* = TM"]),
     {"act": "PAZ", "price": "950.00", "side": "left"},
     ("240.00", "0.00", "710.00", "0.00"), ""),
    ("E31", "2024-03-01", contract(["AUDI class B = real cost", "* = TM"]),
     {"act": "PAU", "price": "2500.00", "side": "right"},
     ("240.00", "0.00", "1460.00", "800.00"), "1,700 with the mandatory"),
    ("E33", "2024-04-01", TM, {"act": "PH7", "price": "3.29"},
     ("2.14", "1.00", "1.15", "1.00"), "half up"),
    ("E34", "2024-04-01", TM, {"act": "AMK", "price": "16.13",
                               "base": "16.13"},
     ("9.68", "1.00", "6.45", "1.00"), ""),
    ("E35", "2021-06-01", TM, {"act": "ATU", "price": "25.28"},
     ("20.22", "0.00", "5.06", "0.00"), ""),
    ("E37", "2026-03-01", TM, {"act": "FPU", "price": "23.00"},
     ("0.00", "0.00", "23.00", "0.00"), "whole, by law"),
    ("E39", "2026-03-01", TM, {"act": "FJ", "price": "115.00",
                               "quantity": 5},
     ("0.00", "0.00", "115.00", "0.00"), "five days"),
    ("E40", "2020-03-01", TM, {"act": "ADC", "price": "1000.00",
                               "base": "1000.00"},
     ("976.00", "0.00", "24.00", "0.00"), "the share of a heavy act"),
    ("E40 given", "2020-03-01", TM,
     {"act": "ADC", "price": "1000.00", "base": "1000.00", "rate": "100%",
      "participation": "24.00"},
     ("976.00", "0.00", "24.00", "0.00"), ""),
    # beside them
    ("price below the base", "2025-03-01", br(200),
     {"act": "G", "price": "20.00"},
     ("14.00", "2.00", "6.00", "2.00"), "never more than the price"),
    ("quantity", "2024-04-01", TM, {"act": "PH7", "price": "6.58",
                                    "quantity": 2},
     ("4.28", "2.00", "2.30", "2.00"), "two boxes, two franchises"),
    ("below the ticket modérateur", "2025-03-01",
     contract(["* = 80% BR"], LIBRE), {"act": "G", "price": "30.00"},
     ("21.00", "2.00", "3.00", "8.00"), "not responsible: no floor"),
    ("floor", "2025-03-01", contract(["* = 80% BR"]),
     {"act": "G", "price": "30.00"},
     ("21.00", "2.00", "9.00", "2.00"), "responsible: the floor"),
    ("second insurer", "2025-03-01", br(200),
     {"act": "G", "price": "50.00", "other": "15.00"},
     ("21.00", "2.00", "14.00", "2.00"), "what is left"),
    ("not OPTAM", "2025-03-01", contract(["MED optam = 150% BR",
                                          "MED not-optam = 150% BR",
                                          "* = TM"]),
     {"act": "G", "price": "60.00", "optam": False, "base": "30.00"},
     ("21.00", "2.00", "18.00", "23.00"), "50 % less 20 %: 9 above"),
    ("not OPTAM, its own base", "2025-03-01",
     contract(["MED optam = 150% BR", "MED not-optam = 150% BR", "* = TM"]),
     {"act": "G", "price": "60.00", "optam": False},
     ("16.10", "2.00", "13.80", "32.10"), "30 % of 23 above"),
    ("not OPTAM, above the mandatory share", "2025-03-01",
     contract(["MED optam = 80% BR above AMO",
               "MED not-optam = 50% BR above AMO", "* = TM"]),
     {"act": "G", "price": "50.00", "optam": False},
     ("16.10", "2.00", "11.50", "24.40"), "50 % less 20 % is not reached"),
    ("not OPTAM, above it and too much", "2025-03-01",
     contract(["MED optam = 80% BR above AMO",
               "MED not-optam = 80% BR above AMO", "* = TM"]),
     {"act": "G", "price": "50.00", "optam": False},
     ("16.10", "2.00", "13.80", "22.10"), "30 % of 23 above"),
    ("not OPTAM, real cost", "2025-03-01", contract(["MED = real cost",
                                                     "* = TM"]),
     {"act": "G", "price": "60.00", "optam": False},
     ("16.10", "2.00", "29.90", "16.00"), "100 % of 23 above"),
    ("not OPTAM, a sum above the TM", "2025-03-01",
     contract(["MED optam = EUR 30 above TM",
               "MED not-optam = EUR 20 above TM", "* = TM"]),
     {"act": "G", "price": "100.00", "optam": False},
     ("16.10", "2.00", "26.90", "59.00"), "30 less 20 % of 23 is not reached"),
    ("not OPTAM, a sum above the TM and too much", "2025-03-01",
     contract(["MED = EUR 15 above TM", "* = TM"]),
     {"act": "G", "price": "100.00", "optam": False},
     ("16.10", "2.00", "17.30", "68.60"), "15 less 20 % of 23"),
    ("not OPTAM, a sum with the TM in it", "2025-03-01",
     contract(["MED = EUR 30", "* = TM"]),
     {"act": "G", "price": "160.00", "quantity": 2, "optam": False},
     ("32.20", "4.00", "50.80", "81.00"), "30 less 20 % of 23, twice"),
    ("not OPTAM, an adult", "2025-03-01",
     contract(["MED child = 250% BR", "MED adult = 150% BR", "* = TM"]),
     {"act": "G", "price": "100.00", "optam": False},
     ("16.10", "2.00", "13.80", "72.10"), "a child's level is not his"),
    ("not OPTAM, outside the network", "2025-03-01",
     contract(["MED network = real cost", "MED = 120% BR", "* = TM"]),
     {"act": "G", "price": "100.00", "optam": False, "network": False},
     ("16.10", "2.00", "6.90", "79.00"), "nor the network's"),
    ("hearing aid of a child overseas", "2022-03-01",
     contract(["AUDI class A = 100% sante", "* = TM"]),
     {"act": "PAZ", "price": "1140.00", "_age": "child", "_zone": "reunion"},
     ("288.00", "0.00", "852.00", "0.00"), "the zone's limit, and its base"),
    ("hearing aid of a child in a zone without a limit", "2022-03-01",
     contract(["AUDI class A = 100% sante", "* = TM"], LIBRE),
     {"act": "PAZ", "price": "1400.00", "_age": "child", "_zone": "guyane"},
     ("840.00", "0.00", "560.00", "0.00"), "a child's at home"),
    ("a specialist outside OPTAM, a child under 6", "2025-03-01", TM,
     {"act": "CS", "price": "50.00", "optam": False, "_age": "under6"},
     ("16.10", "0.00", "6.90", "27.00"), "the base of all outside OPTAM"),
    ("a child under 6 outside OPTAM, before", "2024-12-21", TM,
     {"act": "G", "price": "40.00", "optam": False, "_age": "under6"},
     ("19.60", "0.00", "8.40", "12.00"), "23.00 and 5.00"),
    ("outside the pathway and exempt", "2025-03-01", br(300),
     {"act": "G", "price": "90.00", "exemption": "ald", "pathway": False},
     ("30.00", "2.00", "0.00", "62.00"), "no ticket modérateur, no more"),
    ("a heavy act outside the pathway", "2025-03-01", br(200),
     {"act": "ADC", "price": "300.00", "base": "200.00", "pathway": False},
     ("176.00", "0.00", "24.00", "100.00"), "nothing above the base"),
    ("what exempt people lose outside it", "2025-03-01", TM,
     {"act": "G", "price": "30.00", "exemption": "ald", "rate": "60%",
      "pathway": False},
     ("18.00", "2.00", "0.00", "14.00"), "their usual share is none"),
    ("what a heavy act loses outside it", "2025-03-01", TM,
     {"act": "ADC", "price": "200.00", "base": "200.00", "amo": "60.00",
      "pathway": False},
     ("60.00", "0.00", "24.00", "116.00"), "the usual share is the charge"),
    ("Alsace-Moselle outside the pathway", "2025-03-01", TM,
     {"act": "G", "price": "30.00", "pathway": False,
      "_regime": "alsace-moselle"},
     ("9.00", "2.00", "3.00", "20.00"), "10 % is usual there"),
    ("a dentist has no pathway", "2025-03-01", TM,
     {"act": "CD", "price": "23.00", "rate": "30%", "pathway": False},
     ("6.90", "0.00", "16.10", "0.00"), ""),
    ("nor has a cover for outside it one of a dentist", "2025-03-01",
     contract(["* = TM", "* off-pathway = nothing"], LIBRE),
     {"act": "CD", "price": "23.00", "pathway": False},
     ("13.80", "0.00", "9.20", "0.00"), ""),
    ("an examination outside OPTAM", "2025-03-01", br(150),
     {"act": "COE", "price": "100.00", "optam": False},
     ("54.00", "0.00", "16.20", "29.80"), "a doctor's as well"),
    # each change of date, the day before and the day after
    ("consultation before", "2024-12-21", TM, {"act": "G", "price": "30.00"},
     ("18.55", "2.00", "7.95", "5.50"), "26.50"),
    ("consultation after", "2024-12-22", TM, {"act": "G", "price": "30.00"},
     ("21.00", "2.00", "9.00", "2.00"), "30.00"),
    ("participation before", "2024-05-14", TM,
     {"act": "G", "price": "26.50"},
     ("18.55", "1.00", "7.95", "1.00"), ""),
    ("participation after", "2024-05-15", TM,
     {"act": "G", "price": "26.50"},
     ("18.55", "2.00", "7.95", "2.00"), ""),
    ("franchise before", "2024-03-30", TM, {"act": "PH7", "price": "3.29"},
     ("2.14", "0.50", "1.15", "0.50"), ""),
    ("franchise after", "2024-03-31", TM, {"act": "PH7", "price": "3.29"},
     ("2.14", "1.00", "1.15", "1.00"), ""),
    ("dental before", "2023-10-14", TM, {"act": "CD", "price": "23.00"},
     ("16.10", "0.00", "6.90", "0.00"), ""),
    ("hospital day before", "2026-02-28", TM, {"act": "FJ",
                                               "price": "20.00"},
     ("0.00", "0.00", "20.00", "0.00"), ""),
    ("transport before", "2024-03-30", TM,
     {"act": "VSL", "price": "20.00", "base": "20.00"},
     ("11.00", "2.00", "9.00", "2.00"), ""),
    ("transport after", "2024-03-31", TM,
     {"act": "VSL", "price": "20.00", "base": "20.00"},
     ("11.00", "4.00", "9.00", "4.00"), ""),
    ("child", "2025-03-01", TM, {"act": "G", "price": "30.00",
                                 "_age": "child"},
     ("21.00", "0.00", "9.00", "0.00"), "no participation"),
    ("Alsace-Moselle", "2025-03-01", TM, {"act": "G", "price": "30.00",
                                          "_regime": "alsace-moselle"},
     ("27.00", "2.00", "3.00", "2.00"), "90 %"),
]


def ask(folder, when, text, line):
    path = os.path.join(folder, "x.contract")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    beneficiary = {k[1:].replace("age", "age_class"): v
                   for k, v in line.items() if k.startswith("_")}
    q = {"id": "1", "date": when, "contract": "X",
         "beneficiary": beneficiary,
         "lines": [{k: v for k, v in line.items() if k[0] != "_"}]}
    code, out, err = run(program("ecluse"), "price", "--contract", path,
                         check=False,
                         input=json.dumps(q).encode())
    return json.loads(out) if out else {"error": err}


def main():
    import tempfile
    t = Tap()
    with tempfile.TemporaryDirectory() as folder:
        for name, when, text, line, want, words in CASES:
            got = ask(folder, when, text, line)
            one = got.get("lines", [{}])[0]
            have = tuple(one.get(k) for k in ("amo", "participation", "amc",
                                              "remainder"))
            t.ok(have == want, "%s%s" % (name, words and ": " + words),
                 "%r, not %r\n%s" % (have, want, json.dumps(
                     got, ensure_ascii=False)))
        got = ask(folder, "2024-01-10", CASES[16][2], CASES[16][3])
        t.ok(any(f.startswith("unconfirmed:PF0") for f in got["flags"]),
             "E23 says that its limit is not confirmed", got["flags"])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
