#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: `ecluse check --strict` agrees with python-stdnum on identifiers.

19,000 values, made with a printed seed: right ones, ones altered as people and
machines alter them, and plain noise. Agreement is on the verdict of each value
and, where both refuse, on why: form, length or key. Then real numbers: each
is taken, and with another last digit it is not.

NIR, SIREN and SIRET have a module of their own there. What judges the others,
in which nothing of ours is read or run:

  RPPS    the Luhn digit of ISO/IEC 7812-1 (stdnum.luhn) over 11 digits, or
          over the 11 behind the 8 of an IDNPS (urn:oid:1.2.250.1.71.4.2.1)
  FINESS  stdnum.fr.siren, whose numbers have the same form: 9 digits, Luhn.
          Corsica's 2A and 2B are no digits to it and are read as 21 and 22;
          the real numbers below hold so, and with no other digit for either
          letter. Other letters: the schema of the FINESS+ export allows
          them; no program judges their digit, and ours must say so
  AMC     a number of at most 10 digits that is not 0 (Python's int), and that
          is the text which it makes on 10 digits, or has a note. No check
          digit: none may be refused for one. Numbers of today are a SIREN
          behind a 0, which stdnum.fr.siren holds for the real one below

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
    from stdnum.util import isdigits
except ImportError:
    print("1..1\nok 1 - stdnum # SKIP python3-stdnum is not installed")
    sys.exit(0)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PROGRAM = os.path.join(os.environ.get("ECLUSE_BUILD") or
                       os.path.join(ROOT, "build"), "ecluse")
SEED = int(os.environ.get("ECLUSE_SEED", "20240205"))
COUNTS = {"nir": 4000, "siren": 3000, "siret": 3000, "rpps": 3000,
          "finess": 3000, "amc": 3000}
BATCH = 500
CORSICA = {"2A": "21", "2B": "22"}
OFTEN = 50      # a test of which one answer never occurs would prove little

# Given by others than us, and published: documents of the national directory
# and test accounts of Pro Santé Connect; orders, acts of prefectures, lines of
# FINESS extracts of 2016 and 2026 and tables of emergency wards; Apreva.
REAL = {
    "rpps": "99700366240 99700245220 10000001916 10005531586",
    "finess": """
        010000024 010000032 010002293 010002301 010002327 010002335 010002343
        010002350 010005239 010008407 010780054 010780062 010780195 010780203
        020000063 020000253 020000261 020000394 020000535 020004404 020004495
        020010047 240000117 240000489 540002698 590799730 600000194 600100713
        750100125 750712184 830200523 970100012 970100103 970100186 970100400
        970102018 970102059 970112611 970113015 970210118 970210126 970216057
        970300026 970302022 970302287 970400024 970400149 970405767 970408589
        970409645 970463600 980501498 980501506 980502181 980502199 980600019
        980600027
        2A0000154 2A0000170 2A0000204 2A0000386 2A0002606
        2B0000020 2B0004246 2B0005342""",
    "amc": "0775627391",
}
# Published as well, and wrong: examples of the directory's guide, and a
# hospital's number that an order gives.
WRONG = {"rpps": "10102727017 10003461033", "finess": "458174839 020004300"}
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


def good_rpps(rng):
    body = rng.choice(["10", "10", "99"]) + digits(rng, 8)
    return rng.choice(["", "", "", "8"]) + body + luhn.calc_check_digit(body)


def good_finess(rng):
    if rng.random() < 0.4:
        place, body = rng.choice(sorted(CORSICA)), digits(rng, 6)
        return place + body + luhn.calc_check_digit(CORSICA[place] + body)
    if rng.random() < 0.1:
        return rng.choice(["0B0", "1B0", "2C0"]) + digits(rng, 6)
    return good_siren(rng)


def good_amc(rng):
    dice = rng.random()
    if dice < 0.08:
        return "0" * rng.randrange(1, 13)
    if dice < 0.3:
        return digits(rng, rng.randrange(1, 10))
    return rng.choice(["0" + good_siren(rng), digits(rng, 10)])


GOOD = {"nir": good_nir, "siren": good_siren, "siret": good_siret,
        "rpps": good_rpps, "finess": good_finess, "amc": good_amc}


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
    return "0" if value == "-" else value       # which is standard input


def judge_rpps(value):
    number, note = nir.compact(value), "valid"
    if len(number) == 12 and number[0] == "8":
        number, note = number[1:], "idnps"
    if number and not isdigits(number):
        raise InvalidFormat()
    if len(number) != 11:
        raise InvalidLength()
    luhn.validate(number)
    return note


def judge_finess(value):
    number = nir.compact(value)
    if not set(number) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        raise InvalidFormat()
    if len(number) != 9:
        raise InvalidLength()
    number = CORSICA.get(number[:2], number[:2]) + number[2:]
    if not isdigits(number):
        return "lettered"
    siren.validate(number)
    return "valid"


def judge_amc(value):
    number = nir.compact(value)
    if number and not isdigits(number):
        raise InvalidFormat()
    if not 1 <= len(number) <= 10:
        raise InvalidLength()
    if int(number) == 0:
        return "zero"
    return "valid" if "%010d" % int(number) == number else "padded"


JUDGES = {
    "nir": lambda value: nir.validate(value) and "valid",
    "siren": lambda value: siren.validate(value) and "valid",
    "siret": lambda value: siret.validate(value) and "valid",
    "rpps": judge_rpps, "finess": judge_finess, "amc": judge_amc,
}
ANSWERS = dict(dict.fromkeys(COUNTS, ("valid", "key", "length", "form")),
               rpps=("valid", "idnps", "key", "length", "form"),
               finess=("valid", "lettered", "key", "length", "form"),
               amc=("valid", "padded", "zero", "length", "form"))


def theirs(kind, value):
    try:
        return JUDGES[kind](value)
    except InvalidChecksum:
        return "key"
    except InvalidLength:
        return "length"
    except InvalidFormat:
        return "form"


OUR_REASON = {"key": "key", "siren-key": "key", "length": "length",
              "no-key": "length", "character": "form", "zero": "zero",
              "lettered": "lettered"}
OUR_NOTE = {"idnps": "idnps", "padded": "padded"}   # others: no judge has them


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
        yield OUR_NOTE.get(t["finding"], "valid") \
            if t["verdict"] == "valid" else OUR_REASON[t["finding"]]


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


def told(number, name, wrong, more=()):
    for value, a, b in wrong[:10]:
        print("# %r: we say %s, stdnum %s" % (value, a, b))
    fine = not wrong and all(more)
    print("%s %d - %s" % ("ok" if fine else "not ok", number, name))
    return not fine


def real(kind):
    """Numbers that others gave are taken, and with another last digit not."""
    values = REAL[kind].split()
    altered = [v[:-1] + str((int(v[-1]) + n) % 10)
               for v in values for n in range(1, 10)]
    expected = [(v, "valid") for v in values] + [
        (v, "valid" if kind == "amc" else "key") for v in altered] + [
        (v, "key") for v in WRONG.get(kind, "").split()]
    values = [v for v, _ in expected]
    return [(v, a, b) for (v, b), a in zip(expected, ours(kind, values))
            if (a, theirs(kind, v)) != (b, b)]


def letters():
    """Digits for Corsica's letters with which all its real numbers hold."""
    return {place: [n for n in "0123456789" if all(
        siren.is_valid(place[0] + n + v[2:]) for v in REAL["finess"].split()
        if v.startswith(place))] for place in CORSICA}


def main():
    total = len(COUNTS) + len(REAL) + 2
    print("1..%d" % total)
    print("# seed %d" % SEED)
    if not os.access(PROGRAM, os.X_OK):
        for i in range(total):
            print("ok %d - check # SKIP %s is not built" % (i + 1, PROGRAM))
        return 0
    failed = 0
    rng = random.Random(SEED)
    for i, kind in enumerate(COUNTS):
        tally, wrong = compare(kind, rng)
        print("# %s: %s" % (kind, ", ".join(
            "%s %d" % t for t in sorted(tally.items()))))
        failed += told(i + 1, "%s: %d values, %d verdicts differ" % (
            kind, COUNTS[kind], len(wrong)), wrong,
            [tally.get(r, 0) >= OFTEN for r in ANSWERS[kind]])
    for i, kind in enumerate(REAL, len(COUNTS) + 1):
        failed += told(i, "%s: real numbers (%d), and others beside them" % (
            kind, len(REAL[kind].split())), real(kind))
    found = letters()
    failed += told(total - 1, "Corsica's letters are these digits: %s" % found,
                   [], [found[p] == [CORSICA[p][1]] for p in CORSICA])
    failed += told(total, "the real AMC number is a 0 and a SIREN", [],
                   [v[0] == "0" and siren.is_valid(v[1:])
                    for v in REAL["amc"].split()])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
