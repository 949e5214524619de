#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: rules that change: what `ecluse data` says of them, which priced
lines they alter, and which version of a contract a day takes.
"""
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import ROOT, Tap, program, run  # noqa: E402

RULES = os.path.join(ROOT, "data", "rules")

CONTRACT = """contract V
insurer 0099100001
from %s
to %s
responsible yes
cover * = TM
cover MED = %d%% BR
"""
CONSULTATION = "\nconsultation;normal;70%;2"


def request(n, act, price, day="2026-03-02", contract="BASIC", **more):
    return {"id": n, "date": day, "contract": contract,
            "lines": [dict({"act": act, "price": price}, **more)]}


def lines(rows):
    return "".join(json.dumps(r) + "\n" for r in rows).encode()


def ecluse(*args, rows=()):
    return run(program("ecluse"), *args, check=False, input=lines(rows))


def older(folder, name, before, after):
    """The rules, with one row as it was."""
    to = os.path.join(folder, "older")
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(RULES, to)
    path = os.path.join(to, name)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    assert text.count(after) == 1, after
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(after, before))
    return to


def altered(t, folder):
    then = older(folder, "bases.csv", "\nG;;;26.50;2024-12-22",
                 "\nG;;;30.00;2024-12-22")
    rows = [request("1", "G", "30.00"), request("2", "CD", "23.00"),
            request("3", "G", "30.00", day="2024-12-21"),
            request("4", "G", "30.00", base="30.00"),
            request("5", "NONE", "1.00")]
    code, out, err = ecluse("data", "altered", "--against", then, rows=rows)
    got = [json.loads(x) for x in out.splitlines()]
    t.ok([g["id"] for g in got] == ["1", "5"],
         "only the line whose base changed is listed, and the wrong one", out)
    t.ok(got[0]["lines"] == [{
        "n": 1, "act": "G",
        "before": {"amo": "18.55", "participation": "2.00", "amc": "7.95",
                   "remainder": "5.50"},
        "after": {"amo": "21.00", "participation": "2.00", "amc": "9.00",
                  "remainder": "2.00"}}], "with what it was and is", got[0])
    t.ok(got[1]["error"]["field"] == "lines[0].act" and code == 1,
         "a line that cannot be priced is listed with its error", got[1])
    t.ok("1 request altered of 5" in str(err) and "1.05" in str(err),
         "the sum is told at the end", err)
    code, out, err = ecluse("data", "altered", "--against", RULES,
                            rows=rows[:4])
    t.ok(code == 0 and not out, "the same rules alter nothing", out)


def differences(t, folder):
    code, out, _ = ecluse("data", "diff", "2026-02-28", "2026-03-01")
    text = str(out)
    t.ok(code == 0 and "limits.csv FJ: 20.00 becomes 23.00" in text and
         "limits.csv FJP: 15.00 becomes 17.00" in text,
         "data diff: what changed on 1 March 2026", text)
    then = older(folder, "limits.csv", "FJ;;;21.00;2026-03-01",
                 "FJ;;;23.00;2026-03-01")
    code, out, _ = ecluse("data", "diff", "--against", then, "2026-03-01")
    t.ok(code == 0 and "limits.csv FJ: 21.00 becomes 23.00" in str(out) and
         len(out.splitlines()) == 2, "and between two sets", out)


def faults(t, folder):
    for name, before, after, words in (
            ("rates.csv", "hospital-day;normal;0%;2000-01-01;;yes;",
             "hospital-day;normal;0%;2000-01-01;;yes;no share of the "
             "mandatory insurance",
             "source"),
            ("bases.csv", "CD;;;23.00;2011-01-01;;yes;x\nCD;;;24.00;2012-01-01",
             "CD;;;23.00;2011-01-01", "overlaps line"),
            ("rates.csv", "\nnothing;normal;60%", "\nauxiliary;normal;60%",
             "no such family"),
            # a slip of the pen is no default, and 1 is not 100 %
            ("rates.csv", "\nconsultation;normal;1;2", CONSULTATION,
             "a rate, as 70%"),
            ("rates.csv", "\nconsultation;normal;170%;2", CONSULTATION,
             "over 100%"),
            ("rates.csv", "\nconsultation;nromal;70%;2", CONSULTATION,
             "case: normal, off-pathway"),
            ("participations.csv", "\nconsultation;;2.00;8.00;0.00;",
             "\nconsultation;;2.00;8.00;50.00;", "nothing: no cap"),
            ("responsible.csv", "off-optam;most;100.00;", "off-optam;most;100%;",
             "figure: a rate"),
            ("responsible.csv", "off-optam;mots;100%;", "off-optam;most;100%;",
             "off-optam, most and step"),
            ("exemptions.csv", "\nALD;*;", "\nald;*;", "small letters"),
            ("acts.csv", "\ng;consultation;", "\nG;consultation;",
             "capital letters"),
            ("bases.csv", "\nG;;*;26.50;2023", "\nG;;;26.50;2023",
             "letters, digits"),
            ("renewals.csv", "\noptic;;24", "\noptics;;24",
             "equipment: optics")):
        wrong = older(folder, name, before, after)
        code, out, err = ecluse("data", "check", "--rules", wrong)
        t.ok(code == 1 and words in str(out) + str(err),
             "data check finds it: %s" % before.split("\n")[0],
             (out, err))
    code, out, err = ecluse("data", "check")
    t.ok(code == 0, "and nothing in data/rules", (out, err))


def versions(t, folder):
    files = []
    for n, (first, last, rate) in enumerate((
            ("2027-01-01", "2027-12-31", 200),
            ("2025-01-01", "2025-12-31", 100),
            ("2026-01-01", "2026-12-31", 150))):
        path = os.path.join(folder, "%d.contract" % n)
        with open(path, "w", encoding="utf-8") as f:
            f.write(CONTRACT % (first, last, rate))
        files += ["--contract", path]
    rows = [request(day, "G", "60.00", day=day, contract="V", optam=True)
            for day in ("2025-12-31", "2026-01-01", "2026-12-31",
                        "2027-01-01", "2028-01-01")]
    code, out, _ = ecluse("price", "--no-steps", *files, rows=rows)
    got = [json.loads(x) for x in out.splitlines()]
    t.ok(code == 0 and [g["amc"] for g in got[:4]] ==
         ["9.00", "24.00", "24.00", "39.00"],
         "the version in force on the day of care prices", got)
    t.ok(got[4]["amc"] == "0.00" and got[4]["flags"] == ["outside-contract"],
         "after the last one nothing is paid, and it is said", got[4])
    code, out, _ = run(program("ecluse"), "price", check=False,
                       input=b"x" * 70000 + b"\n" + lines(rows[:1]))
    t.ok(code == 1 and "65,536" in json.loads(out.splitlines()[0])[
        "error"]["message"] and len(out.splitlines()) == 2,
         "a line too long has its error in its place", out[:200])
    t.ok("steps" not in got[0]["lines"][0], "--no-steps: amounts alone")


def main():
    t = Tap()
    with tempfile.TemporaryDirectory() as folder:
        altered(t, folder)
        differences(t, folder)
        faults(t, folder)
        versions(t, folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
