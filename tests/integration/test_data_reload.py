#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a running instance of two vaults, confined, reads its rules again
without a restart: estimates count by the new ones from the next question on;
a row that is wrong is named by file, line and column, and the rules of before
go on counting, in every vault; what is right afterwards is taken again."""
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import ROOT, Tap  # noqa: E402
from estimates import as_price, drill, estimate, put  # noqa: E402

t = Tap()
VISIT = [{"n": 1, "act": "G", "price": "60.00", "optam": True}]


def bases(share, figure):
    """The base of a consultation becomes figure."""
    path = os.path.join(share, "data", "rules", "bases.csv")
    with open(os.path.join(ROOT, "data", "rules", "bases.csv"),
              encoding="utf-8") as f:
        text = f.read()
    changed = text.replace("\nG;;;30.00;", "\nG;;;%s;" % figure)
    with open(path, "w", encoding="utf-8") as f:
        f.write(changed)
    return text[:text.index("\nG;;;30.00;")].count("\n") + 2


def reload(d):
    code, out, err = d.ecluse("data", "reload", d.dir, "--json", check=False)
    return code, [json.loads(l) for l in out.splitlines() if l], err


def amount(d, person):
    said = estimate(d, d.people.site("gp"), person, VISIT, "MED")[1]
    return as_price(said)["amc"]


def tests(d, share, person):
    pids = [d.pid(n) for n in ("vault", "vault-1")]
    t.same(amount(d, person), "9.00", "the rules as they were")
    bases(share, "40.00")
    t.same(amount(d, person), "9.00", "a file alone changes nothing")
    code, told, err = reload(d)
    t.same((code, sorted(v["vault"] for v in told)), (0, [0, 1]),
           "both vaults read them again")
    t.same(len({v["rows"] for v in told}), 1, "the same rows")
    t.same(amount(d, person), "12.00", "the next question counts by them")
    line = bases(share, "4o.00")
    code, told, err = reload(d)
    t.same((code, ["rows" in v for v in told]), (1, [False, False]),
           "a wrong row is refused by both")
    t.ok("bases.csv:%d: base" % line in err, "file, line, column are told",
         err)
    t.same(amount(d, person), "12.00", "the rules of before go on counting")
    os.unlink(os.path.join(share, "data", "rules", "bases.csv"))
    code, told, err = reload(d)
    t.same((code, "bases.csv" in err), (1, True), "so does a missing file")
    bases(share, "50.00")
    code, told, err = reload(d)
    t.same((code, amount(d, person)), (0, "15.00"), "mended: taken")
    t.same([d.pid(n) for n in ("vault", "vault-1")], pids,
           "no vault was started again")


def main():
    share = tempfile.mkdtemp(prefix="ecluse-share-")
    try:
        os.chmod(share, 0o755)  # a vault is a user of its own
        shutil.copytree(os.path.join(ROOT, "data"),
                        os.path.join(share, "data"))
        opened, people = drill(["BASIC"], members=400, insurers=2, seed=4,
                               conf={"vault.count": "2"},
                               env=dict(os.environ, ECLUSE_SHARE=share))
        with opened as d:
            person = people["BASIC"]
            put(d, d.people.insurers[0]["amc"], "basic")
            tests(d, share, person)
    finally:
        shutil.rmtree(share)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
