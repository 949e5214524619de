#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: `ecluse check --strict` agrees with python-stdnum on NIR, SIREN, SIRET.

10,000 values, made with a printed seed: right ones, ones altered as people and
machines alter them, and plain noise. Agreement is on the verdict of each value
and, where both refuse, on why: form, length or key.

  ECLUSE_BUILD  folder of the programs (default: build/)
  ECLUSE_SEED   another seed
"""
import json
import os
import random
import subprocess
import sys

try:
    from stdnum import luhn
    from stdnum.exceptions import (InvalidChecksum, InvalidFormat,
                                   InvalidLength)
    from stdnum.fr import nir, siren, siret
except ImportError:
    print("1..1\nok 1 - stdnum # SKIP python3-stdnum is not installed")
    sys.exit(0)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PROGRAM = os.path.join(os.environ.get("ECLUSE_BUILD") or
                       os.path.join(ROOT, "build"), "ecluse")
SEED = int(os.environ.get("ECLUSE_SEED", "20240205"))
COUNTS = {"nir": 4000, "siren": 3000, "siret": 3000}
BATCH = 500
MODULES = {"nir": nir, "siren": siren, "siret": siret}
SPACES = [" ", ".", "\u00a0", "\u202f", "\u2009"]


def digits(rng, n):
    return "".join(rng.choice("0123456789") for _ in range(n))


def good_nir(rng):
    department = rng.choice(["2A", "2B", "99"] + ["%02d" % rng.randrange(100)
                                                  for _ in range(6)])
    body = digits(rng, 5) + department + digits(rng, 6)
    return body + nir.calc_check_digits(body)


def good_siren(rng):
    body = digits(rng, 8)
    return body + luhn.calc_check_digit(body)


def good_siret(rng):
    if rng.random() < 0.15:
        return "356000000" + digits(rng, 5)     # one in five of them holds
    body = good_siren(rng) + digits(rng, 4)
    return body + luhn.calc_check_digit(body)


GOOD = {"nir": good_nir, "siren": good_siren, "siret": good_siret}


def change(rng, v):
    i = rng.randrange(len(v))
    return v[:i] + rng.choice("0123456789") + v[i + 1:]


def swap(rng, v):
    if len(v) < 2:
        return v
    i = rng.randrange(len(v) - 1)
    return v[:i] + v[i + 1] + v[i] + v[i + 2:]


def drop(rng, v):
    i = rng.randrange(len(v))
    return v[:i] + v[i + 1:]


def insert(rng, v):
    i = rng.randrange(len(v) + 1)
    return v[:i] + rng.choice("0123456789") + v[i:]


def letter(rng, v):
    i = rng.randrange(len(v))
    return v[:i] + rng.choice("ABCOIlabé/-_") + v[i + 1:]


def space(rng, v):
    for _ in range(rng.randrange(1, 6)):
        i = rng.randrange(len(v) + 1)
        v = v[:i] + rng.choice(SPACES) + v[i:]
    return v


def lower(rng, v):
    return v.lower()


def cut(rng, v):
    return v[:rng.randrange(len(v))]


def double(rng, v):
    return v + v[:rng.randrange(len(v)) + 1]


ALTERATIONS = [change, change, change, swap, swap, drop, insert, letter,
               space, space, lower, cut, double]


def make(kind, rng):
    dice = rng.random()
    if dice < 0.05:
        return digits(rng, rng.choice([9, 13, 14, 15, rng.randrange(1, 20)]))
    value = GOOD[kind](rng)
    if dice < 0.35:
        return value
    for _ in range(rng.choice([1, 1, 1, 2])):
        value = rng.choice(ALTERATIONS)(rng, value) or "0"
    return value


def theirs(kind, value):
    try:
        MODULES[kind].validate(value)
        return "valid"
    except InvalidChecksum:
        return "key"
    except InvalidLength:
        return "length"
    except InvalidFormat:
        return "form"


OUR_REASON = {"key": "key", "siren-key": "key", "length": "length",
              "no-key": "length", "character": "form"}


def ours(kind, values):
    """(verdict, reason) of each, from the lines and from the JSON."""
    command = [PROGRAM, "check", "--strict"]
    text = subprocess.run(command + [kind, "--"] + values,
                          stdout=subprocess.PIPE).stdout.decode()
    lines = text.split("\n")[:-1]
    told = json.loads(subprocess.run(command + ["--json", kind, "--"] + values,
                                     stdout=subprocess.PIPE).stdout)
    assert len(lines) == len(told) == len(values), "one line a value"
    for value, line, t in zip(values, lines, told):
        assert line.startswith(value + ": "), "in the order given"
        assert line[len(value) + 2:].split(":")[0] == t["verdict"]
        assert t["verdict"] in ("valid", "error"), "strict knows no warning"
        yield "valid" if t["verdict"] == "valid" else \
            OUR_REASON[t["finding"]]


def same(kind, value, a, b):
    if a == b:
        return True
    # stdnum calls an empty value misformed, and a NIR so short that nothing
    # follows its department
    return a == "length" and b == "form" and \
        len(nir.compact(value)) < (8 if kind == "nir" else 1)


def compare(kind, rng):
    tally, wrong = {}, []
    values = [make(kind, rng) for _ in range(COUNTS[kind])]
    for start in range(0, len(values), BATCH):
        batch = values[start:start + BATCH]
        for value, a in zip(batch, ours(kind, batch)):
            b = theirs(kind, value)
            tally[b] = tally.get(b, 0) + 1
            if not same(kind, value, a, b):
                wrong.append((value, a, b))
    return tally, wrong


def main():
    print("1..%d" % len(COUNTS))
    print("# seed %d" % SEED)
    if not os.access(PROGRAM, os.X_OK):
        for i, kind in enumerate(COUNTS):
            print("ok %d - %s # SKIP %s is not built" % (
                i + 1, kind, PROGRAM))
        return 0
    failed = 0
    rng = random.Random(SEED)
    for i, kind in enumerate(COUNTS):
        tally, wrong = compare(kind, rng)
        # a test of which one answer never occurs would prove little
        fine = not wrong and min(tally.get(r, 0) for r in (
            "valid", "key", "length", "form")) >= 50
        print("# %s: %s" % (kind, ", ".join(
            "%s %d" % t for t in sorted(tally.items()))))
        for value, a, b in wrong[:10]:
            print("# %r: we say %s, stdnum %s" % (value, a, b))
        print("%s %d - %s: %d values, %d verdicts differ" % (
            "ok" if fine else "not ok", i + 1, kind, COUNTS[kind],
            len(wrong)))
        failed += not fine
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
