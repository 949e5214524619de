#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""bench/rights measures what it says: a small run gives every figure, and a
server that refuses or forges is seen."""
import argparse
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
sys.path.insert(0, os.path.join(ROOT, "bench"))
from drill import BUILD, Tap, run  # noqa: E402
from report import Bench, rows  # noqa: E402

ASK = os.path.join(BUILD, "bench", "bench-rights")


def small_report(tap):
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "bench", "report.py"), "--json",
         "--members", "3000", "--rounds", "1", "--questions", "200",
         "--warm", "50", "--single", "50", "--bundles", "2",
         "--patience", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    if not tap.same(done.returncode, 0, "a small run ends well"):
        print("# " + done.stderr.decode("utf-8", "replace")[-2000:])
        return
    r = json.loads(done.stdout)
    for mode in ("plain", "sealed"):
        f = r["figures"][mode]
        tap.ok(all(f[k]["rate"] > 0 for k in
                   ("lock", "static", "live", "single", "bundles")) and
               0 < f["ratio"], mode + ": rates and their ratio")
        c = f["checks"]
        tap.same((c["answered"], c["refused"], c["unsigned"], c["lost"],
                  c["failed"]), (452, 0, 0, 0, 0),
                 mode + ": every question is answered and signed")
        tap.ok(c["checked"] > 0, mode + ": signatures are checked")
    tap.same([(x["mode"], x["part"], x["answered"]) for x in r["paces"]],
             [(m, p, min(200, 4 * x["pace"])) for x, (m, p) in
              zip(r["paces"], [(m, p) for m in ("plain", "sealed")
                               for p in (0.25, 0.5, 0.75)])],
             "asked at three paces, plain and sealed")
    steps = {s["step"] for s in r["steps"] if "step" in s}
    tap.ok({"verify the signature, Ed25519", "open the seal (HPKE)",
            "seal the answer", "read JSON and FHIR", "tags (HMAC)",
            "budgets: room, then count", "append of 16 with its flush",
            "resolve a tag", "facts of a person (do)", "promise (Ed25519)"}
           <= steps, "each step is timed")
    tap.ok(all(s["us"] > 0 for s in r["steps"] if "us" in s),
           "no step takes no time")
    tap.ok({"tags", "person", "rights"} <= {t["table"] for t in r["store"]},
           "bytes by table")


def ask(b, *more):
    code, out, err = run(
        ASK, "--json", "--pop", b.pop, "--url", b.d.url, "--figures",
        os.path.join(ROOT, "data"), "--connections", 8, "--verify", 1, *more,
        check=False)
    lines = [json.loads(line) for line in out.splitlines()]
    return code, lines[-1] if len(lines) > 1 else {}, err


def refusals(tap, b):
    """The load generator against an instance that does not answer all."""
    day = ["--questions", 60]
    code, r, err = ask(b, *day)
    tap.same((code, r.get("answered"), r.get("checked")), (0, 60, 60),
             "all answered, all checked")
    code, r, err = ask(b, *day, "--plain", "--live", "--seconds", 9)
    tap.same((code, r.get("live")), (0, True), "signed while asking")
    code, r, err = ask(b, *day, "--pace", 40)
    tap.ok(code == 0 and r["answered"] == 60 and r["pace"] == 40 and
           r["seconds"] > 0.7, "at a pace: none before it is due",
           "exit %d\n%s\n%s" % (code, r, err))
    code, r, err = ask(b, *day, "--pace", 1)
    tap.ok(code == 1 and "outlive their signatures" in err,
           "a pace at which signatures end before they are sent is refused")
    largest = [s for s in rows(os.path.join(b.pop, "sites.csv"))
               if s["alg"] == "Ed25519" and s["profession"] == "hospital"]
    b.d.ecluse("revoke", b.d.dir, "site:" + largest[0]["site"])
    code, r, err = ask(b, *day, "--skip", 60)
    tap.ok(code == 1 and r.get("refused", 0) > 0 and "revoked" in err,
           "a revoked site's refusals are counted and shown",
           "exit %d\n%s\n%s" % (code, r, err))
    code, r, err = ask(b, "--questions", 100000)
    tap.ok(code == 1 and "not enough people" in err,
           "nobody is asked twice: too many questions are refused")


def main():
    tap = Tap()
    small_report(tap)
    bench = Bench(argparse.Namespace(members=600, sites=0, seed=5, book=0,
                                      keep=False))
    try:
        bench.make()
        refusals(tap, bench)
    finally:
        bench.close()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
