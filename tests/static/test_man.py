#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: every program and every format has a manual page that lints clean and
says what is there: commands and their options are the programs' own words
(tools/man.py), settings are those of conf/rows.c, references lead somewhere.
"""
import glob
import os
import re
import subprocess
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
sys.path.insert(0, os.path.join(ROOT, "tools"))
from drill import BUILD, Tap  # noqa: E402
import man  # noqa: E402

# Formats that others write or read, each with a page in section 5.
FORMATS = ("ecluse.conf", "ecluse-act", "ecluse-backup", "ecluse-book", "ecluse-card", "ecluse-contract",
           "ecluse-feed", "ecluse-journal", "ecluse-pin",
           "ecluse-population", "ecluse-rules", "ecluse-scope",
           "ecluse-service")
SERVERS = ("ecluse-super", "ecluse-front", "ecluse-gate", "ecluse-keeper", "ecluse-vault")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def lint(t, pages):
    said = []
    for page in pages:
        done = subprocess.run(["mandoc", "-Tlint", page],
                              stdout=subprocess.PIPE)
        said += [l for l in done.stdout.decode().splitlines()
                 # only this tree's pages are here to be found
                 if "referenced manual not found" not in l and not
                 # an accent is an escape to it: eight bytes, and a bracket
                 ("/fr/" in page and re.search(
                     "longer than 80 bytes|trailing delimiter", l))]
    t.ok(not said, "%d pages: mandoc -Tlint says nothing" % len(pages),
         "\n".join(said))


def references(t, pages):
    here = {os.path.basename(p) for p in pages}
    bad = []
    for page in pages:
        for name, section in re.findall(r"^\.Xr (\S+) (\d)", read(page),
                                        re.M):
            if name.startswith("ecluse") and \
                    "%s.%s" % (name, section) not in here:
                bad.append("%s: %s(%s)" % (os.path.basename(page), name,
                                           section))
    t.ok(not bad, "every page that a page names is there", "\n".join(bad))


def commands(t, folder):
    names = set()
    for program in man.PROGRAMS:
        for words, _ in man.commands(BUILD, program, "en"):
            names.add("-".join([program] + words))
            text = man.say_help(BUILD, program, words, "en")
            page = read(os.path.join(folder, "man1", "-".join(
                [program] + words) + ".1"))
            for option in set(re.findall(r"^  (--[a-z][a-z-]*)", text,
                                         re.M)):
                if ".It Fl " + option[1:].replace("-", "\\-") not in page:
                    t.ok(False, "%s: %s is in its page" % (words, option))
    t.ok(len(names) >= 19, "%d commands have their pages" % len(names))
    table = re.findall(r'^\t\{"([a-z]+)", N_', read(os.path.join(
        ROOT, "src/cli/main.c")), re.M)
    bad = [c for c in table if not any(
        n == "ecluse-" + c or n.startswith("ecluse-%s-" % c) for n in names)]
    t.ok(len(table) > 20 and not bad, "every command of main.c has one", bad)
    there = {os.path.basename(p) for p in
             glob.glob(os.path.join(folder, "fr", "man1", "*"))}
    t.same(sorted(there), sorted({n + ".1" for n in names} | {
        "%s.1" % p for p in man.PROGRAMS}), "each of them in French too")
    wanted = {"%s.1" % p for p in man.PROGRAMS} | \
        {"%s.5" % f for f in FORMATS} | {"%s.8" % s for s in SERVERS}
    have = {os.path.basename(p) for p in
            glob.glob(os.path.join(folder, "man?", "*"))}
    t.ok(wanted <= have, "programs, formats and servers have theirs",
         sorted(wanted - have))


def settings(t, folder):
    names = set(re.findall(r'"([a-z]+(?:[.-][a-z]+)*)"',
                           read(os.path.join(ROOT, "src/conf/rows.c"))))
    names = {n for n in names if "." in n} | {"origin", "drill", "workers"}
    page = read(os.path.join(folder, "man5", "ecluse.conf.5"))
    bad = [n for n in names if not re.search(
        r"^\.It (Cm|Ic) %s\b" % re.escape(n).replace(r"\-", r"(\\-|-)"),
        page, re.M)]
    t.ok(not bad, "ecluse.conf(5) has all %d settings" % len(names),
         sorted(bad))


def main():
    t = Tap()
    folder = os.path.join(BUILD, "man")
    pages = sorted(glob.glob(os.path.join(folder, "man?", "*")) +
                   glob.glob(os.path.join(folder, "fr", "man?", "*")))
    lint(t, pages)
    references(t, pages)
    commands(t, folder)
    settings(t, folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
