# SPDX-License-Identifier: Apache-2.0
"""The table of tests/attack/README.md: what is left out, by number."""
import collections
import os
import re

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
README = os.path.join(ROOT, "tests", "attack", "README.md")

Row = collections.namedtuple("Row", "number name what script only words")


def read_table(path=README):
    """Rows `| 3 | REPLAY | what | script: name of one test | words |`."""
    rows = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            if not re.match(r"\| \d+ \| [A-Z_]+ \|", line):
                continue
            number, name, what, attack, words = [
                c.strip() for c in line.strip().strip("|").split("|")]
            script, _, only = attack.partition(": ")
            rows.append(Row(int(number), name, what, script.strip("`"), only,
                            words))
    return rows
