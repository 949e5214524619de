#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: testssl.sh finds nothing of medium or worse at the nginx of any plane.

It costs a minute or two of processor time a plane, most of it in the shell:
with ECLUSE_LONG=1. What of it is left aside stands in ASIDE, with the reason;
a row there that it no longer finds is a failure, so the list cannot grow old.
Beside that, the words of a few results are wanted, so that a testssl.sh that
reached nobody does not pass.

  ONLY=plane      one of flow, portal, staff
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Drill, Tap  # noqa: E402

PLANES = ("flow", "portal", "staff")
# each plane: versions, ciphers, certificate, headers; one, for they are of
# one template: what is known of old servers
CHECKS = ("--protocols", "--standard", "--server-defaults", "--headers")
ONCE = ("--vulnerable", "--pfs")
MEDIUM = ("MEDIUM", "HIGH", "CRITICAL", "FATAL", "WARN")    # WARN: not tried
ASIDE = {
    "engine_problem": "Debian's openssl has no GOST: nobody offers it",
    "cert_revocation": "a drill's certificate is of its own authority, which "
                       "signs nothing else; a key is turned, not revoked",
}
WANTED = {
    "TLS1_3": "offered", "TLS1": "not offered", "SSLv3": "not offered",
    "cipherlist_NULL": "not offered", "cipherlist_STRONG": "offered",
    "cert_chain_of_trust": "passed", "cert_trust": "Ok via SAN",
}
BOUND_S = 3000


def findings(d, plane, checks):
    """[{id, severity, finding}] and what it printed."""
    with tempfile.TemporaryDirectory(prefix="ecluse-testssl-") as folder:
        path = os.path.join(folder, "found.json")   # must not be there yet
        done = subprocess.run(
            ["testssl", "--quiet", "--color", "0", "--warnings", "batch",
             "--nodns", "none", "--ip", "127.0.0.1", "--add-ca", d.ca,
             "--jsonfile", path, *checks,
             "localhost:%d" % d.plane(plane)["port"]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=BOUND_S, cwd=folder)
        out = done.stdout.decode("utf-8", "replace")
        if not os.path.exists(path):
            return [], out
        with open(path, encoding="utf-8") as f:
            return json.load(f), out


def one(t, d, plane, checks):
    found, out = findings(d, plane, checks)
    said = {f["id"]: f["finding"] for f in found}
    wrong = {k: said.get(k) for k, v in WANTED.items()
             if not str(said.get(k)).startswith(v)}
    t.ok(found and not wrong, "%s: it was reached, and judged: %d results" % (
        plane, len(found)), "%s\n%s" % (wrong, out[-2000:]))
    bad = [(f["id"], f["severity"], f["finding"]) for f in found
           if f["severity"] in MEDIUM]
    left = [b for b in bad if b[0] not in ASIDE]
    t.ok(found and not left, "%s: nothing of medium or worse" % plane,
         "\n".join(map(str, left)))
    t.same(sorted({b[0] for b in bad} & set(ASIDE)), sorted(ASIDE),
           "%s: each that is left aside is still found" % plane)


def main():
    t = Tap()
    if os.environ.get("ECLUSE_LONG") != "1" and not os.environ.get("ONLY"):
        t.skip("testssl.sh at three planes", "minutes: make check-long")
        return t.done()
    if not shutil.which("testssl"):
        t.ok(False, "testssl.sh is installed (tools/packages.txt)")
        return t.done()
    only = os.environ.get("ONLY")
    with Drill(members=50, insurers=1, seed=3) as d:
        for plane in [only] if only else PLANES:
            one(t, d, plane, CHECKS + ONCE * (plane == PLANES[0]))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
