#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attackers: a restored old registry, and one administrator alone.

Goal: an instance whose registry is older than its journal does not start; an
administrator alone closes and revokes, and fails at everything that needs
two; a stranger's signature does nothing.
"""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, run  # noqa: E402


def old_registry(t, d, site, person):
    d.stop()
    keep = os.path.join(d.folder, "old")
    for part in ("keeper/registry", "registry"):
        shutil.copytree(os.path.join(d.dir, part), os.path.join(keep, part))
    d.serve()
    key = d.budgets("site:" + site["site"])[0]["asker"]
    d.ecluse("revoke", d.dir, "key:" + key)
    t.same(d.ask(site, person)[1].get("state"), "key-revoked",
           "a revoked key is refused")
    d.stop()
    new = os.path.join(d.folder, "new")
    for part in ("keeper/registry", "registry"):
        shutil.move(os.path.join(d.dir, part), os.path.join(new, part))
        shutil.copytree(os.path.join(keep, part), os.path.join(d.dir, part))
    t.ok(not d.serve(check=False), "an old registry does not start")
    d.stop()
    t.ok("registry is behind the journal" in d.logged(), "and it says why")
    for part in ("keeper/registry", "registry"):
        shutil.rmtree(os.path.join(d.dir, part))
        shutil.move(os.path.join(new, part), os.path.join(d.dir, part))
    t.ok(d.serve(), "the right one does")
    t.same(d.ask(site, person)[1].get("state"), "key-revoked",
           "and the key is still revoked")


def alone(t, d, site):
    one = ["--admin-key", os.path.join(d.dir, "drill", "admin-1.pem")]
    other = os.path.join(d.folder, "stranger.pem")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", other)
    pub = os.path.join(d.folder, "stranger.pub")
    run("openssl", "pkey", "-in", other, "-pubout", "-out", pub)
    insurer = d.people.insurers[0]["amc"]
    needs_two = {
        "scope": ["journal", "scope", d.dir, "--asker",
                  "site:" + site["site"], "--from", "2026-09-01T00:00:00Z",
                  "--to", "2026-12-31T00:00:00Z"],
        "an administrator": ["enrol", d.dir, "admin", "--key", pub],
        "an insurer": ["enrol", d.dir, "insurer", "--amc", "0099100995",
                       "--operator", "x", "--feed-key",
                       d.people.insurer_file(insurer, "feed.pem"),
                       "--card-key",
                       d.people.insurer_file(insurer, "card.pem")],
        "a whole population": ["enrol", d.dir, "population",
                               d.people.folder],
    }
    for what, command in needs_two.items():
        code, out, err = d.ecluse(*command, *one, check=False)
        t.ok(code == 3 and "two administrators" in err,
             "one administrator alone: %s" % what, (code, out, err))
        code, out, err = d.ecluse(*command, *one, *one, check=False)
        t.ok(code == 3 and "two administrators" in err,
             "the same one twice: %s" % what, (code, out, err))
        code, out, err = d.ecluse(*command, "--admin-key", other,
                                  check=False)
        t.ok(code == 4 and "no living administrator" in err,
             "a stranger: %s" % what, (code, out, err))
    site2 = d.people.site("optician", 1)
    code, out, err = d.ecluse("revoke", d.dir, "site:" + site2["site"], *one,
                              check=False)
    t.same(code, 0, "alone, he revokes a site")


def main():
    t = Tap()
    with Drill(members=1500, insurers=3, seed=5) as d:
        site = d.people.site("optician")
        person = d.people.covered("OPTI")[0]
        t.same(d.ask(site, person)[0], 0, "an answer before")
        alone(t, d, site)
        old_registry(t, d, site, person)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
