#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: docs/limits.md and src/base/limits.h say the same numbers."""
import os
import re
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Tap  # noqa: E402


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def in_header():
    """Name -> number; (LIMIT_X + n) is worked out."""
    limits = {}
    for name, value in re.findall(
            r"^#define (LIMIT_\w+) (\(.*\)|\d+)", read("src/base/limits.h"),
            re.M):
        total = 0
        for part in value.strip("()").split("+"):
            part = part.strip()
            total += limits[part] if part in limits else int(part)
        limits[name] = total
    return limits


def in_document():
    return {name: int(value) for name, value in re.findall(
        r"^\|[^|]*\(`(LIMIT_\w+)`\) \| (\d+)", read("docs/limits.md"), re.M)}


def tests_named():
    return set(re.findall(r"`((?:unit|integration|attack|strangers)/\w+"
                          r"(?:/\w+)?)`", read("docs/limits.md")))


def main():
    t = Tap()
    header, document = in_header(), in_document()
    t.ok(len(header) > 25, "limits.h is read")
    missing = sorted(set(header) - set(document))
    t.ok(not missing, "every limit is in docs/limits.md", "\n".join(missing))
    other = ["%s: %s, limits.h says %s" % (n, v, header.get(n))
             for n, v in sorted(document.items()) if header.get(n) != v]
    t.ok(not other, "with the number of limits.h", "\n".join(other))
    gone = [n for n in tests_named() if not any(
        os.path.exists(os.path.join(ROOT, "tests", n + e))
        for e in (".py", ".c", ".test.mjs"))]
    t.ok(not gone, "the tests it names exist", "\n".join(gone))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
