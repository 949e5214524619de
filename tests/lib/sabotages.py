# SPDX-License-Identifier: Apache-2.0
"""The tables of tests/attack/README.md: what is left out, by number, and
which results must then turn red."""
import ast
import collections
import os
import re

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "tests", "attack")
README = os.path.join(FOLDER, "README.md")

Row = collections.namedtuple("Row", "number name what script only words")
Phrase = collections.namedtuple("Phrase", "script words numbers")
# One script that meets one number; of a .mjs the tests `only`, of others with
# `more` in the environment. Each of `words` stands in a result that turns red.
Try = collections.namedtuple("Try", "script only more words")


def read_table(path=README):
    """Rows `| 3 | REPLAY | what | script: name of one test | words |`; behind
    a script of Python may stand NAME=VALUE, more than once."""
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


def read_phrases(path=README):
    """Rows of "Phrase by phrase": `| phrase | script | words | 3, 11 |`."""
    with open(path, encoding="utf-8") as f:
        part = f.read().split("## Phrase by phrase")[1].split("\n## ")[0]
    return [Phrase(script, words, [int(n) for n in re.findall(r"\d+", n)])
            for script, words, n in re.findall(
                r"^\| [^|]* ?\| `([\w.]+)` \| ([^|]*?) ?\| ([\d, ]*)\|$",
                part, re.M)]


def said_in(script):
    """Its text, strings that go on in the next line joined."""
    with open(os.path.join(FOLDER, script), encoding="utf-8") as f:
        return re.sub(r'"\s*\n\s*"', "", f.read())


def results_in(script):
    """The same without what is said to a reader alone, which is no result: of
    a script of Python the texts that it uses."""
    text = said_in(script)
    if not script.endswith(".py"):
        return text
    nodes = list(ast.walk(ast.parse(text)))
    told = {id(n.value) for n in nodes if isinstance(n, ast.Expr)}
    return "\n".join(n.value for n in nodes if isinstance(n, ast.Constant) and
                     isinstance(n.value, str) and id(n) not in told)


def says(script, words):
    """Has it a result with these words, of one text or of two? No words are
    in any, whatever turns it red."""
    text = results_in(script)
    return any(words[:n] in text and words[n:] in text
               for n in range(len(words)))


def test_around(script, words):
    """Node stops a test at its first fault: the one that has these words."""
    names = re.findall(r"\btest\('([^']*)", said_in(script).split(words)[0] +
                       words)
    return names[-1]


def tries_of(number, rows, phrases):
    """What is run without that check: each script once."""
    found = {}

    def add(script, only, words):
        one = found.setdefault(script, Try(script, [], [], []))
        if script.endswith(".mjs"):
            one.only.extend({only} - {""} - set(one.only))
        else:
            one.more.extend(p for p in only.split() if p not in one.more)
        if words not in one.words:
            one.words.append(words)

    for r in rows:
        if r.number == number:
            add(r.script, r.only, r.words)
    for p in phrases:
        if number not in p.numbers:
            continue
        if p.script.endswith(".mjs"):
            name = test_around(p.script, p.words)
            add(p.script, name, name)
        else:
            add(p.script, "", p.words)
    return list(found.values())


def red_in(out):
    """The results that are not ok. Of Node's those where an assertion failed:
    where no instance came up every test is "not ok", and nobody attacked."""
    found = []
    for result in re.split(r"(?m)^(?=\s*(?:not )?ok \d+ - )", out):
        m = re.match(r"\s*not ok \d+ - (.*)(\n\s+---\n)?", result)
        if m and (not m[2] or "\n  code: 'ERR_ASSERTION'\n" in result):
            found.append(m[1])
    return found


def is_red(words, red):
    """Is it in one of these results? %d and %s stand for what was counted."""
    pattern = re.sub(r"%[ds]", ".*", re.escape(words))
    return any(re.search(pattern, r) for r in red)
