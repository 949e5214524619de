#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: every reader of bytes that a header of src/ declares is named in
docs/fuzzing.md, beside the target that calls it or the reason why none does;
every target has a row there, inputs that are kept, and a place in the build."""
import glob
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


def in_headers():
    """Functions *_unpack, *_parse, *_read, *_split and *_decode that take a
    span or a reader."""
    found = set()
    for path in glob.glob(os.path.join(ROOT, "src", "*", "*.h")):
        text = re.sub(r"/\*.*?\*/", "", read(path), flags=re.S)
        for name, takes in re.findall(
                r"\b(\w+_(?:unpack|parse|read|split|decode))\(([^;{]*)\);",
                text):
            if re.search(r"struct (span|reader)\b", takes):
                found.add(name)
    return found


def in_document():
    """Reader -> target, or None where a reason stands instead."""
    rows = {}
    part = read("docs/fuzzing.md").split("## Readers", 1)[1]
    for names, by in re.findall(
            r"^\| (`\w+`(?:, `\w+`)*) \| (.+?) \|$",
            part.split("\n## ", 1)[0], re.M):
        target = re.fullmatch(r"`(\w+)`", by)
        for name in re.findall(r"`(\w+)`", names):
            rows[name] = target.group(1) if target else None
    return rows


def targets():
    return set(re.findall(r"^  '(\w+)': \[", read("tests/meson.build").split(
        "fuzz_targets = {", 1)[1].split("}", 1)[0], re.M))


def calls(target, reader):
    """By name, or by the halves of the macro of messages.c."""
    text = read("tests/fuzz/%s.c" % target)
    stem = re.sub(r"_unpack$", "", reader)
    return bool(re.search(r"\b%s\(" % reader, text) or
                re.search(r"X\(%s, struct" % stem, text))


def main():
    t = Tap()
    header, document, known = in_headers(), in_document(), targets()
    t.ok(len(header) > 40 and len(known) > 15, "headers and targets are read")
    missing = sorted(header - set(document))
    t.ok(not missing, "every reader is in docs/fuzzing.md",
         "\n".join(missing))
    gone = sorted(set(document) - header)
    t.ok(not gone, "the readers it names exist", "\n".join(gone))
    other = sorted("%s: %s" % (r, by) for r, by in document.items()
                   if by and (by not in known or not calls(by, r)))
    t.ok(not other, "its target calls it", "\n".join(other))
    bare = sorted(n for n in known if "\n| `%s` |" % n not in
                  read("docs/fuzzing.md") or not glob.glob(os.path.join(
                      ROOT, "tests", "fuzz", "corpus", n, "*")))
    t.ok(not bare, "every target has a row and inputs", "\n".join(bare))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
