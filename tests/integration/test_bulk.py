#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Enrolment in bulk: a table checked whole, cut into acts, signed in two
places in one go each, sent in order, and sent again after a cut.

ECLUSE_BULK=20000 python3 tests/integration/test_bulk.py enrols so many."""
import base64
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, run  # noqa: E402

HEAD = "site;profession;key;rpps;finess;siret;label;plane\n"
SPKI = bytes.fromhex("302a300506032b6570032100")
MANY = int(os.environ.get("ECLUSE_BULK", "700"))


class Keys:
    """Public keys on Ed25519's curve: multiples of its base point, made by
    adding it again and again. Nobody here needs their private halves."""
    P = 2 ** 255 - 19
    D = -121665 * pow(121666, -1, P) % P
    BASE = (int("216936D3CD6E53FEC0A4E231FDD6DC5C"
                "692CC7609525A7B2C9562D608F25D51A", 16), 4 * pow(5, -1, P) % P)

    def __init__(self):
        self.at = self.BASE

    def next(self):
        (a, b), (c, e), p = self.at, self.BASE, self.P
        k = self.D * a * c * b * e % p
        self.at = ((a * e + b * c) * pow(1 + k, -1, p) % p,
                   (b * e + a * c) * pow(1 - k, -1, p) % p)
        x, y = self.at
        raw = (y | (x & 1) << 255).to_bytes(32, "little")
        return base64.urlsafe_b64encode(SPKI + raw).decode().rstrip("=")


def spki(rng):
    return rng.next()


def luhn(digits):
    total = 0
    for i, c in enumerate(reversed(digits)):
        n = int(c) * (2 if i % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    return digits + str(-total % 10)


def table(d, name, lines, head=HEAD):
    path = os.path.join(d.folder, name + ".csv")
    with open(path, "w", encoding="utf-8") as f:
        f.write(head + "".join(l + "\n" for l in lines))
    return path


def bulk(d, path, folder, *more):
    return d.ecluse("enrol", d.dir, "bulk", path, "--write", folder, *more,
                    check=False)


def keys(d):
    return [os.path.join(d.dir, "drill", "admin-%d.pem" % n) for n in (1, 2)]


def status(d):
    import json
    return json.loads(d.ecluse("status", d.dir, "--json", check=False)[1])


def faults(t, d, rng):
    k = spki(rng)
    good = "S1;optician;%s;;;;" % k
    here = d.people.site("optician")
    bad = [
        ("S1;gp;%s;;;;" % spki(rng), 3, "profession", "another profession"),
        ("S 2;gp;%s;;;;" % spki(rng), 4, "site", "1 to 20"),
        ("S3;gp;nowhere.pem;;;;", 5, "key", "neither"),
        ("S4;gp;%s;;;;" % k, 6, "key", "line above"),
        ("S5;gp;%s;123;;;" % spki(rng), 7, "rpps", "11 digits are expected"),
        ("S6;gp;%s;;12;;" % spki(rng), 8, "finess", "9 characters are expected"),
        ("S7;gp;%s;;;12;" % spki(rng), 9, "siret", "14 digits are expected"),
        ("S8;gp;%s;;;;%s" % (spki(rng), "x" * 90), 10, "label", "longer"),
        ("S9;wizard;%s;;;;" % spki(rng), 11, "profession", "no such"),
        ("S10;;%s;;;;" % spki(rng), 12, "profession", "missing"),
        ("S11;gp;;99700000017;;;", 13, "rpps", "without a key"),
        ('S12;gp;"%s;;;;' % spki(rng), 14, "", "quote"),
        ("S13;gp;%s;;;;;port" % spki(rng), 15, "plane", "no such plane"),
        ("S14;gp;%s;;;;;member" % spki(rng), 16, "plane", "no such plane"),
        ("%s;optician;%s;;;;" % (here["site"], spki(rng)), 17, "site",
         "enrolled already"),
        ("S15;gp;%s;;;;" % d.people.key(here), 18, "key", "is enrolled"),
    ]
    path = table(d, "bad", [good] + [b[0] for b in bad])
    folder = os.path.join(d.folder, "bad")
    code, out, err = bulk(d, path, folder)
    t.ok(code == 1 and not os.path.exists(folder),
         "a table with faults: nothing is written", (code, out))
    for line, number, column, words in bad:
        t.ok(any(("%s:%d: %s" % (path, number, column)) in l and words in l
                 for l in err.splitlines()),
             "line %d, %s: %s" % (number, column or "the line", words), err)
    t.ok(":2:" not in err, "and none where there is none", err)
    code, out, err = bulk(d, table(d, "head", [], "site;key;color\n"), folder)
    t.ok(code == 1 and "columns are" in err, "columns that are not known", err)
    code, out, err = bulk(d, table(d, "twice", [
        "S1;S2;optician;"], "site;site;profession;key\n"), folder)
    t.ok(code == 1 and "columns are" in err, "a column that is there twice",
         (code, out, err))


def many(t, d, rng):
    """Sites of two professions; every tenth has two keys."""
    trades = ("optician", "pharmacy")
    lines, count = [], 0
    for i in range(MANY):
        rpps = luhn("9970%06d" % (i % 1000000))
        for _ in range(2 if i % 10 == 0 else 1):
            lines.append("B%d;%s;%s;%s;;;Rue %d" % (
                i, trades[i % 2], spki(rng), rpps, i))
            count += 1
    path = table(d, "good", lines)
    folder = os.path.join(d.folder, "acts")
    one, two = keys(d)
    began = time.monotonic()
    code, out, err = bulk(d, path, folder, "--admin-key", one)
    t.ok(code == 0 and "%d sites, %d keys" % (MANY, count) in err,
         "checked and cut into acts", (code, out, err))
    acts = sorted(f for f in os.listdir(folder) if f.endswith(".act"))
    t.ok(len(acts) > 1 and "service.pin" in os.listdir(folder),
         "several acts, and the pin", acts)
    code, out, err = bulk(d, path, folder, "--admin-key", one)
    t.ok(code == 3 and sorted(f for f in os.listdir(folder)
                              if f.endswith(".act")) == acts,
         "a folder that is there is not written over", (code, err))
    before = status(d)
    code, out, err = d.ecluse("send", d.dir, folder, check=False)
    t.ok(code == 3 and status(d)["keys"] == before["keys"],
         "one signature is not enough", (code, err))
    code, out, err = d.ecluse("sign", folder, "--key", two, "--yes")
    t.ok("in all, enrols %d sites, %d keys" % (MANY, count) in out and
         "first site B0, last site B%d" % (MANY - 1) in out and
         "%d optician" % (MANY - MANY // 2) in out,
         "the second one sees how many, which, first and last", out)
    t.same(out.count("signed, 2 of 2"), len(acts), "and signs all in one go")
    d.ecluse("act", d.dir, "cap keys-day=%d persons24=5000 persons30=50000" %
             count)    # and one came before: the till's
    code, out, err = d.ecluse("send", d.dir, folder, check=False)
    t.ok(code == 3 and "cap" in err and status(d)["keys"] > before["keys"],
         "the cap stops it half-way", (code, err))
    d.ecluse("act", d.dir, "cap keys-day=%d persons24=5000 persons30=50000" %
             (count + 1))
    code, out, err = d.ecluse("send", d.dir, folder, check=False)
    after = status(d)
    t.ok(code == 0 and "applied before" in out,
         "the same command goes on where it stopped", (code, out, err))
    t.same((after["keys"] - before["keys"], after["sites"] -
            before["sites"]), (count, MANY), "all are enrolled, once")
    t.same(d.ecluse("send", d.dir, folder)[1].count("applied before"),
           len(acts), "sending once more does nothing")
    print("# %d keys in %d acts: %.1f s from the table to the last act" % (
        count, len(acts), time.monotonic() - began))


def restart(t, d):
    before = status(d)["keys"]
    t.same(d.stop(), 0, "a clean end")
    began = time.monotonic()
    d.serve()
    took = time.monotonic() - began
    with open("/proc/%d/status" % d.pid("keeper"), encoding="ascii") as f:
        size = [l for l in f if l.startswith("VmRSS")][0].split()[1]
    t.same(status(d)["keys"], before, "all are there after a restart")
    print("# start with %d keys: %.2f s, keeper %d MB" % (
        before, took, int(size) // 1024))


def files(t, d):
    """Keys in files beside the table; one of them asks."""
    path = os.path.join(d.folder, "till.pem")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", path)
    one, two = keys(d)
    csv = table(d, "till", ["TILL;optician;till.pem"],
                "site;profession;key\n")
    folder = os.path.join(d.folder, "till")
    code, out, err = bulk(d, csv, folder)
    t.same(code, 0, "a key in a file beside the table")
    d.ecluse("send", d.dir, folder)
    shutil.copy(os.path.join(folder, "service.pin"),
                os.path.join(d.folder, "till.pin"))
    person = d.people.covered("OPTI")[0]
    t.same(d.ask({"site": "TILL", "key": path}, person)[1].get("state"),
           "covered", "it asks, and is answered")


def main():
    t = Tap()
    rng = Keys()
    with Drill(members=800, insurers=2, seed=8) as d:
        faults(t, d, rng)
        files(t, d)
        many(t, d, rng)
        restart(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
