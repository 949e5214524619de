#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what the documents name is there, and their tables are the code's."""
import glob
import os
import re
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Tap  # noqa: E402

DOCUMENTS = [os.path.relpath(f, ROOT) for pattern in (
    "*.md", "docs/*.md", "docs/decisions/*.md")
    for f in sorted(glob.glob(os.path.join(ROOT, pattern)))]
TESTS = r"`(?:tests/)?((?:unit|static|integration|attack|strangers)/[\w./]+)`"
FOLDERS = r"`((?:src|docs|data|fhir|tests|tools|bench)/[\w./-]+)`"


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def prose(path):
    """Without blocks of code."""
    text = re.sub(r"^```.*?^```", "", read(path), flags=re.M | re.S)
    return re.sub(r"^    .*$", "", text, flags=re.M)


def anchors(path):
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-")
            for h in re.findall(r"^#+ (.*)$", read(path), re.M)}


def broken_links():
    for doc in DOCUMENTS:
        for link in re.findall(r"\]\(([^)\s]+)\)", prose(doc)):
            if link.startswith(("http:", "https:")):
                continue
            path, _, anchor = link.partition("#")
            target = os.path.normpath(os.path.join(
                os.path.dirname(doc), path)) if path else doc
            if not os.path.exists(os.path.join(ROOT, target)):
                yield "%s: %s is not there" % (doc, link)
            elif anchor and anchor not in anchors(target):
                yield "%s: %s has no such heading" % (doc, link)


def exists(name):
    where = os.path.join(ROOT, name)
    return any(os.path.exists(where + e)
               for e in ("", ".py", ".c", ".h", ".test.mjs"))


def missing_names():
    for doc in DOCUMENTS:
        text = prose(doc)
        for name in re.findall(TESTS, text):
            if not exists("tests/" + name):
                yield "%s: no test %s" % (doc, name)
        for name in re.findall(FOLDERS, text):
            if not exists(name):
                yield "%s: no %s" % (doc, name)


def rows(path, columns):
    """Rows of tables whose first cell is a word in backticks."""
    found = {}
    for line in read(path).split("\n"):
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if line.startswith("| `") and len(cells) == columns:
            found[cells[0].strip("`")] = cells[1:]
    return found


def limits():
    values = {}
    for name, value in re.findall(r"^#define (LIMIT_\w+) (\d+)",
                                  read("src/base/limits.h"), re.M):
        values[name] = int(value)
    return values


def messages_in_code():
    known = limits()
    table = {}
    for name, code, a, b, least, most in re.findall(
            r"X\((MSG_\w+), (\d+), MSG_(\w+), MSG_(\w+), ([^,]+), ([^)]+)\)",
            read("src/msg/msg.h")):
        def number(text):
            parts = re.sub(r"LIMIT_\w+", lambda m: str(known[m.group()]),
                           text).replace(" ", "")
            total = 0
            for sign, n in re.findall(r"([+-]?)(\d+)", parts):
                total += -int(n) if sign == "-" else int(n)
            return str(total)
        table[name] = [code, a.lower(), b.lower(), number(least),
                       number(most)]
    return table


def order_in_code():
    found = re.findall(r"^\tX\((\w+), (\w+), (\w+), (\d+), (\w+)\)",
                       read("src/msg/order.h"), re.M)
    return {name: [rule.lower()] + [c if c != "0" else "" for c in rest]
            for name, rule, *rest in found}


def acts_in_code():
    source = read("src/registry/apply.c")
    source = source[source.index("} rules[] = {"):]
    return {word: [names, "first entry" if word in ("instance", "service")
                   else signers, "yes" if lone == "true" else "no"]
            for word, names, signers, lone in re.findall(
                r'\{"(\w+)", "([^"]*)", (\d), (true|false),',
                source[:source.index("\n};")])}


def words_without_sentence():
    """Whoever signs offline is told in words: src/cli/explain.c."""
    return sorted(set(acts_in_code()) - set(re.findall(
        r'^\t\{"(\w+)", "[^"]*", N_', read("src/cli/explain.c"), re.M)))


def settings_in_code():
    source = read("src/conf/rows.c")
    return {name: preset.strip('"') for name, preset in re.findall(
        r'\{"([\w.-]+)", ROWS_\w+,\s+AT\([^)]+\),\s+(NULL|"[^"]*"),', source)}


def settings_in_document():
    return {name: {"empty": ""}.get(cells[0], cells[0])
            if name != "origin" else "NULL"
            for name, cells in rows("docs/operations.md", 4).items()}


def packages():
    return {line.split()[0] for line in read(
        "tools/packages.txt").split("\n") if line and line[0] != "#"}


def retention():
    """Rows of data/retention.csv by what they keep."""
    lines = [l for l in read("data/retention.csv").splitlines()
             if l and l[0] != "#"]
    names = lines[0].split(";")
    return {l.split(";")[0]: dict(zip(names, l.split(";")))
            for l in lines[1:]}


def main():
    t = Tap()
    t.ok(len(DOCUMENTS) > 25, "the documents are found", DOCUMENTS)
    bad = list(broken_links())
    t.ok(not bad, "every link leads somewhere", "\n".join(bad))
    bad = list(missing_names())
    t.ok(not bad, "every file and test that is named is there",
         "\n".join(bad))
    t.same({k: v[:5] for k, v in
            rows("docs/protocol-processes.md", 7).items()},
           messages_in_code(), "docs/protocol-processes.md is msg.h's table")
    t.same({k: [c.strip("`") for c in v] for k, v in
            rows("docs/protocol-processes.md", 5).items()},
           order_in_code(), "and msg/order.h's")
    t.same({k: v[:3] for k, v in rows("docs/acts.md", 5).items()},
           acts_in_code(), "docs/acts.md is the registry's table")
    bad = words_without_sentence()
    t.ok(not bad, "every word of an act has its sentence in "
         "src/cli/explain.c", "\n".join(bad))
    t.same(settings_in_document(), settings_in_code(),
           "docs/operations.md has every setting and its default")
    kept = retention()
    t.same(kept["month-keys"]["keep"], re.search(
        r"TURNS_MONTHS (\d+)", read("src/registry/turns.h")).group(1),
        "data/retention.csv keeps months as long as the registry does")
    t.ok(all(r["confirmed"] in ("yes", "no") and r["unit"] == "month" and
             r["source"] for r in kept.values()),
         "each of its rows has a source, and says if it was read", kept)
    text = read("docs/dependencies.md")
    bad = [p for p in sorted(packages()) if "`%s`" % p not in text]
    t.ok(not bad, "docs/dependencies.md has every package", "\n".join(bad))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
