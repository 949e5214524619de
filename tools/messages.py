#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the programs say to a person, and what po/ has of it.

  tools/messages.py          adds new texts to po/*.po, marks those gone
  tools/messages.py --check  exit 1 when a language lacks a text, or a command
                             prints one that no catalogue could have

Texts are found by xgettext where a person reads them: the commands of ecluse
and ecluse-insurer, the registry's and the keeper's words that they show, and
the phrases of base/err.c; a --help, paragraph by paragraph, in the arrays whose
name has "help" in it.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEYWORDS = ["_", "N_", "lang_text", "say:1", "say_usage:2", "words_say:3",
            "admin_done:4", "cmd_say:2", "tell:3", "table_tell:3",
            "ngettext:1,2", "lang_count:2,3"]
SOURCES = ("src/cli/*.c", "src/insurer/*.c", "src/registry/*.c",
           "src/keeper/*.c", "src/feed/*.c", "src/lang/*.c",
           "src/told/*.c")
SAID = ("src/cli/*.c", "src/insurer/*.c", "src/told/*.c")
STRING = r'"(?:[^"\\]|\\.)*"'
HELP = re.compile(r"static const char \w*help\w*\[\] =((?:\s*(?:%s|[A-Z_]+))+);"
                  % STRING)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def value(name):
    """A macro that a --help quotes, as its C string."""
    for path in glob.glob(os.path.join(ROOT, "src", "*", "*.h")):
        m = re.search(r"#define %s (%s)" % (name, STRING), read(path))
        if m:
            return m.group(1)
    raise SystemExit("%s: no such macro in src/" % name)


def helps(source):
    """The --help texts of a C file, each without its last line feed."""
    for m in HELP.finditer(source):
        parts = re.findall(STRING + "|[A-Z_]+", m.group(1))
        text = "".join((p if p[0] == '"' else value(p))[1:-1] for p in parts)
        yield re.sub(r"\\n$", "", text)


def paragraphs(source):
    """What help_print() (src/lang/help.h) looks up, as C source has it."""
    for text in helps(source):
        for one in text.split("\\n\\n"):
            if not one.startswith("Usage: ") and not all(
                    l.startswith("  $ ") for l in one.split("\\n")):
                yield one


def refusals():
    """Why a feed or a line of it is refused and what to do: the last text of
    each row, with C's quotes."""
    rows = re.findall(r"\[FEED_NO_\w+\] = \{(.*?)\},\n",
                      read("src/keeper/feed_say.c"), re.S)
    kept = read("src/feed/kept.c")
    rows += re.findall(r"\{(%s, (?:%s\s*)+)\}" % (STRING, STRING), kept)
    rows += re.findall(r"return (%s);" % STRING, kept)
    last = [re.search(r"(?:%s\s*)+$" % STRING, r).group() for r in rows]
    return ['"%s"' % "".join(s[1:-1] for s in re.findall(STRING, l))
            for l in last]


def client_words():
    """Why a client does not believe an answer, as the last text above."""
    one = r"(?:%s\s*)+" % STRING
    found = []
    for path in ("src/api/answer.c", "src/api/client.c", "src/api/many.c"):
        source = read(path)
        found += re.findall(r"words = (%s)[;,}]" % one, source)
        for call in re.findall(r"\bno\(c, [^;]*;", source):
            found += re.findall(one, call)
    return ['"%s"' % "".join(s[1:-1] for s in re.findall(STRING, f))
            for f in found if f != '""']


# Calls whose texts reach a person, and which argument they are: xgettext takes
# the first text of an argument, and not those behind `?` and `:`.
TOLD = {"say": 1, "say_usage": 2, "words_say": 3, "admin_done": 4,
        "cmd_say": 2, "tell": 3, "table_tell": 3, "lang_text": 1, "finish": 3,
        "end_copies": 3, "end_look": 3, "words_list_span": 2}
GIVEN = r"(?:\breturn|->words =|\bshape\[\] =)\s+((?:%s\s*)+);" % STRING


def argument(out, nth):
    """Of a call's arguments, as arguments() gives them, the nth."""
    depth, parts = 0, [""]
    for c in out:
        depth += {"(": 1, ")": -1}.get(c, 0)
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return parts[nth - 1] if nth <= len(parts) else ""


def told(path):
    """Texts of those calls, and words that the keeper hands on."""
    source = read(path)
    for m in re.finditer(r"\b(%s)\(" % "|".join(TOLD), source):
        nth = TOLD[m.group(1)]
        if m.group(1) == "say" and path.startswith("src/keeper/"):
            nth = 3
        out, texts = arguments(source, m.end() - 1)
        out = argument(out, nth)
        while re.search(r"\w+\([^()]*\)", out):     # marked there, or no text
            out = re.sub(r"\w+\([^()]*\)", "", out)
        if "PRI" not in out:
            for run in re.findall(r"(?:\0\d+\0\s*)+", out):
                yield "".join(texts[int(n)]
                              for n in re.findall(r"\0(\d+)\0", run))
    if path.startswith(("src/keeper/", "src/registry/")):
        for given in re.findall(GIVEN, source):
            text = "".join(t[1:-1] for t in re.findall(STRING, given))
            if " " in text and "%" not in text:
                yield text


def template(path):
    """ecluse.pot of the tree as it is."""
    sources = sorted(os.path.relpath(f, ROOT) for s in SOURCES
                     for f in glob.glob(os.path.join(ROOT, s)))
    with tempfile.TemporaryDirectory() as folder:
        phrases = os.path.join(folder, "err.c")
        found = re.findall(STRING, read("src/base/err.c"))
        found += refusals() + client_words()
        found += ['"%s"' % t for p in sources for t in told(p) if t]
        with open(phrases, "w", encoding="utf-8") as f:
            f.write("".join("N_(%s)\n" % t for t in found
                            if not t.endswith('.h"')))
            f.write("".join('N_("%s")\n' % one for path in sources
                            for one in paragraphs(read(path))))
        done = subprocess.run(
            ["xgettext", "--from-code=UTF-8", "--language=C", "--no-location",
             "--sort-output", "--package-name=ecluse", "--no-wrap", "-o", path] + ["-k"] +
            ["-k" + k for k in KEYWORDS] + sources + [phrases], cwd=ROOT,
            env=dict(os.environ, LC_ALL="C.UTF-8"), stderr=subprocess.PIPE)
        if done.returncode:     # it warns of each … that a text holds
            raise SystemExit(done.stderr.decode())


def entries(path):
    """msgid -> (msgstr, is fuzzy) of a catalogue."""
    out = subprocess.run(["msgcat", "--no-wrap", path],
                         stdout=subprocess.PIPE, check=True).stdout.decode()
    found = {}
    for block in out.split("\n\n"):
        lines = [l for l in block.split("\n") if not l.startswith("#~")]
        text = {"msgid": "", "msgstr": ""}
        at = None
        for line in lines:
            # of a plural, the first form stands for the others
            word = line.split(" ", 1)[0].replace("msgstr[0]", "msgstr")
            if word in ("msgid_plural", "msgstr[1]"):
                at = None
            if word in text:
                at, line = word, line.split(" ", 1)[1]
            if at and line.startswith('"'):
                text[at] += line[1:-1]
        if text["msgid"]:
            found[text["msgid"]] = (text["msgstr"],
                                    any("fuzzy" in l for l in lines
                                        if l.startswith("#,")))
    return found


def has_words(text):
    """Is there more in it than directives of printf and signs?"""
    return re.search(r"[A-Za-z]{2}", re.sub(
        r"%<PRI\w+>|%[-0-9.*]*(?:ll|z|l)?[a-z]|\\.", "", text))


SHOWN = re.compile(r"\b(printf|fprintf|fputs|puts)\(")
# What a literal may hold beside words: the program's name, the mark of a drill,
# kinds of identifiers, a field of a line that programs read.
NAMES = re.compile(r"\\torder|\becluse(?:-insurer)?\b(?: [a-z]+:)?|DRILL|\b(?:key|site):")


def arguments(source, start):
    """From an opening bracket to its closing one, strings as \0n\0."""
    depth, out, texts, at = 0, "", [], start
    while at < len(source):
        m = re.compile(STRING).match(source, at)
        if m:
            out += "\0%d\0" % len(texts)
            texts.append(m.group()[1:-1])
            at = m.end()
            continue
        depth += {"(": 1, ")": -1}.get(source[at], 0)
        out += source[at]
        at += 1
        if depth == 0:
            break
    return out[1:-1], texts


def unmarked(path):
    """Words that a command prints without asking for the reader's language:
    literals in a call that prints, but for those inside another call, JSON,
    and what is kept in French and English (`french ?`)."""
    source = HELP.sub(lambda m: "\n" * m.group().count("\n"), read(path))
    for m in SHOWN.finditer(source):
        out, texts = arguments(source, m.end() - 1)
        if "french" in out:
            continue
        while re.search(r"\w+\([^()]*\)", out):
            out = re.sub(r"\w+\([^()]*\)", "", out)
        for n in re.findall(r"\0(\d+)\0", out):
            text = texts[int(n)]
            if '\\":' not in text and has_words(NAMES.sub("", text)):
                yield "%s:%d: not in the reader's language: %s" % (
                    path, source.count("\n", 0, m.start()) + 1, text[:50])
    if os.path.basename(path) not in ("say.c", "cmd.c"):
        for m in re.finditer(r"\berr_text\(", source):
            yield "%s:%d: err_text() is English: say_why(), cmd_why()" % (
                path, source.count("\n", 0, m.start()) + 1)


def missing(pot, po):
    wanted, have = entries(pot), entries(po)
    return [m for m in wanted if has_words(m) and not have.get(
        m, ("", 0))[0] or has_words(m) and have[m][1]]


def main():
    check = "--check" in sys.argv
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        pot = os.path.join(folder, "ecluse.pot")
        template(pot)
        for po in sorted(glob.glob(os.path.join(ROOT, "po", "*.po"))):
            if not check:
                subprocess.run(["msgmerge", "--quiet", "--update",
                                "--backup=none", "--no-fuzzy-matching",
                                "--no-wrap", "--sort-output", po, pot],
                               check=True)
                subprocess.run(["msgattrib", "--no-obsolete", "--no-wrap",
                                "--sort-output", "-o", po, po], check=True)
            left = missing(pot, po)
            bad += len(left)
            for m in left:
                print("%s lacks: %s" % (os.path.relpath(po, ROOT), m[:90]))
            subprocess.run(["msgfmt", "--check-format", "-o", os.devnull, po],
                           check=True)
    for path in sorted(os.path.relpath(f, ROOT) for p in SAID
                       for f in glob.glob(os.path.join(ROOT, p))):
        for words in unmarked(path):
            bad += 1
            print(words)
    return 1 if check and bad else 0


if __name__ == "__main__":
    sys.exit(main())
