#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/examples/ask.sh: a client made of openssl and curl alone.

It gets its answer, says when it is refused, and believes nothing that was
changed on the way.
"""
import datetime
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import ROOT, Drill, Tap  # noqa: E402

SYSTEM = "https://ecluse.example/"


def coded(system, code):
    return {"coding": [{"system": SYSTEM + system, "code": code}]}


def question(person, domain="OPTI"):
    amc = {"identifier": {"system": SYSTEM + "id/amc",
                          "value": person["amc"]}}
    birth = person["birth"]
    return {
        "resourceType": "CoverageEligibilityRequest", "status": "active",
        "purpose": ["benefits"], "created": "2026-11-23",
        "servicedDate": "2026-11-23", "patient": {"reference": "#p"},
        "insurer": amc,
        "item": [{"category": coded("fhir/CodeSystem/domain", domain)}],
        "insurance": [{"coverage": {"reference": "#c"}}],
        "contained": [
            {"resourceType": "Patient", "id": "p", "birthDate": "-".join(
                (birth[:4], birth[4:6], birth[6:]))},
            {"resourceType": "Coverage", "id": "c", "status": "active",
             "subscriberId": person["member"], "dependent": person["rank"],
             "beneficiary": {"reference": "#p"}, "payor": [amc]}]}


def ask(d, site, body, pin=None, path=None):
    where = os.path.join(d.folder, "question.json")
    with open(where, "w", encoding="utf-8") as f:
        json.dump(body, f)
    env = dict(os.environ)
    if path:
        env["PATH"] = path + ":" + env["PATH"]
    done = subprocess.run(
        ["bash", os.path.join(ROOT, "docs", "examples", "ask.sh"),
         d.people.key(site), pin or d.pin, where], env=env,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def meddler(d):
    """A folder with a curl that adds one byte to what comes back."""
    folder = os.path.join(d.folder, "meddler")
    os.makedirs(folder)
    path = os.path.join(folder, "curl")
    with open(path, "w", encoding="utf-8") as f:
        f.write("""#!/bin/bash
%s "$@" || exit
while [ $# -gt 0 ]; do [ "$1" = -o ] && printf ' ' >>"$2"; shift; done
""" % shutil.which("curl"))
    os.chmod(path, 0o755)
    return folder


def main():
    t = Tap()
    # the script signs with this machine's time
    begin = (datetime.datetime.now(datetime.timezone.utc) -
             datetime.timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with Drill(members=800, insurers=2, seed=6, begin=begin, since=begin,
               now=None) as d:
        d.clock("now")
        site = [s for s in d.people.sites if s["profession"] == "optician"
                and s["alg"].lower() == "ed25519"][0]
        people = [p for p in d.people.covered("OPTI") if p["member"] and
                  not p["birth"].endswith("00")]
        code, out, err = ask(d, site, question(people[0]))
        t.ok(code == 0 and '"covered"' in out, "an answer", (code, out, err))
        code, out, err = ask(d, site, question(people[0], "PHAR"))
        t.ok(code == 3 and "domain-not-own" in out, "a refusal, believed too",
             (code, out, err))
        code, out, err = ask(d, site, question(people[1]), path=meddler(d))
        t.ok(code == 5 and "digest" in err and not out,
             "an answer with one byte more", (code, out, err))
        bad = os.path.join(d.folder, "bad.pin")
        with open(d.pin, encoding="utf-8") as f, \
                open(bad, "w", encoding="utf-8") as g:
            g.write(f.read().replace("\nanswer ", "\nanswer A", 1))
        code, out, err = ask(d, site, question(people[1]), pin=bad)
        t.ok(code == 5 and "not signed by the pinned log" in err and not out,
             "a pin with another answer key", (code, out, err))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
