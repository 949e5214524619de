#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: tests/attack/README.md says which result stands for which phrase, and
that result is there: each script it names exists, has these words, and no
script of the folder is missing from the page; each number is one."""
import os
import re
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Tap  # noqa: E402
from sabotages import README, read_phrases, read_table, says  # noqa: E402

FOLDER = os.path.join(ROOT, "tests", "attack")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def main():
    t = Tap()
    table = read_phrases()
    text = read(README)
    rows = re.findall(r"^\| (?!-|phrase )", text.split(
        "## Phrase by phrase")[1].split("\n## ")[0], re.M)
    t.ok(len(table) >= 38, "the phrases are read: %d" % len(table))
    t.same(len(rows), len(table), "and no row of them is passed over")
    gone = sorted({s for s, _, _ in table if not os.path.exists(
        os.path.join(FOLDER, s))})
    t.same(gone, [], "each script is there")
    t.same([(s, w) for s, w, _ in table if s not in gone and
            not says(s, w)], [], "and has a result that says these words")
    numbers = {r.number for r in read_table()}
    t.same([n for _, _, ns in table for n in ns if n not in numbers], [],
           "each number is one of what can be left out")
    t.same([f for f in sorted(os.listdir(FOLDER)) if re.match(
        r"test_.*\.py$|.*\.test\.mjs$", f) and "`%s`" % f not in text], [],
           "no script is missing from the page")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
