#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The trusted path in lines that are neither blank nor comment.

  tools/tcb.py KEEPER     the linked program, with debug lines

By folder: all lines of the keeper and of what it links of ours (LAYERS), then
those that are in the program: of each .c file the functions that the linker
kept (their debug lines have addresses), with the file's own declarations if it
kept any of them, and the header of that file.

The lines in the program are told apart by file, tools/tcb.txt says how:
question (what permits, counts, writes or answers one), feed, admin (acts,
keys, lists, backups, starting). The same file says how many each may be: more
is status 1, and what makes them more says why beside the new number.
"""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIMIT = 6000
SOURCE = re.compile(r"^\S*/(src/[a-z]+/[a-z0-9_]+\.c):(\d+)", re.M)
PARTS = ("question", "feed", "admin")


def code_lines(path):
    """The numbers of the lines that are neither blank nor comment, and what
    is left of them without comments."""
    found, inside = {}, False
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            left = ""
            while line:
                if inside:
                    end = line.find("*/")
                    inside = end < 0
                    line = "" if inside else line[end + 2:]
                else:
                    start = line.find("/*")
                    left += line if start < 0 else line[:start]
                    inside = start >= 0
                    line = line[start + 2:] if inside else ""
            if left.strip():
                found[n] = left.rstrip()
    return found


def functions(code):
    """[(first line, last line)]: a body begins with { and ends with } in the
    first column (CONTRIBUTING.md, form); tables end with };"""
    found, begin, before = [], None, 0
    for n, text in code.items():
        if text == "{":
            begin = before + 1
        elif text == "}" and begin:
            found.append((begin, n))
            before, begin = n, None
        elif text.endswith(";") and not text[0].isspace() or \
                text.startswith(("#", "};")):
            before = n if begin is None else before
    return found


def linked_lines(program):
    """Source -> lines that have an address in the program."""
    out = subprocess.run(["objdump", "-dl", "--no-show-raw-insn", program],
                         stdout=subprocess.PIPE, check=True).stdout
    found = {}
    for source, n in set(SOURCE.findall(out.decode("utf-8", "replace"))):
        found.setdefault(source, set()).add(int(n))
    return found


def kept(path, lines):
    """Lines of a .c file that are in the program."""
    code = code_lines(path)
    bodies = functions(code)
    inside = sum(1 for n in code for a, b in bodies if a <= n <= b)
    linked = [(a, b) for a, b in bodies if any(a <= n <= b for n in lines)]
    if not linked:
        return 0
    return len(code) - inside + sum(
        1 for n in code for a, b in linked if a <= n <= b)


def parts():
    """File or folder -> its part; part -> how many lines it may be."""
    found, most = {}, {}
    with open(os.environ.get("TCB_TXT") or os.path.join(
            TOP, "tools", "tcb.txt"), encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                part, *names = line.split()
                if part == "most":
                    most[names[0]] = int(names[1])
                else:
                    found.update({n: part for n in names})
    return found, most


def folders():
    with open(os.path.join(TOP, "LAYERS"), encoding="utf-8") as f:
        line = [l for l in f if l.startswith("keeper:")][0]
    return line.replace(":", "").split()


def main():
    linked = linked_lines(sys.argv[1])
    part_of, most = parts()
    total = {"source": 0, "question": 0, "feed": 0, "admin": 0}
    print("%-10s %8s %8s %9s %6s %6s" % (
        ("folder", "source", "linked") + PARTS))
    for folder in folders():
        here = dict.fromkeys(total, 0)
        for name in sorted(os.listdir(os.path.join(TOP, "src", folder))):
            path = os.path.join("src", folder, name)
            stem, dot = os.path.splitext(path)
            if dot not in (".c", ".h"):
                continue
            full = os.path.join(TOP, path)
            here["source"] += len(code_lines(full))
            c = os.path.join(TOP, stem + ".c")
            there = os.path.exists(c) and kept(c, linked.get(stem + ".c", ()))
            if dot == ".h":
                there = len(code_lines(full)) if there or \
                    not os.path.exists(c) else 0
            part = part_of.get(stem[4:], part_of.get(folder))
            if there and not part:
                print("tools/tcb.txt does not say what %s is" % stem[4:])
                return 1
            if there:
                here[part] += there
        print("%-10s %8d %8d %9d %6d %6d" % (
            folder, here["source"], sum(here[p] for p in PARTS),
            *(here[p] for p in PARTS)))
        for k in total:
            total[k] += here[k]
    print("%-10s %8d %8d %9d %6d %6d" % (
        "all", total["source"], sum(total[p] for p in PARTS),
        *(total[p] for p in PARTS)))
    print("limit      %8d: the path of a question is %d lines %s it "
          "(decision 0101)" % (
              LIMIT, abs(total["question"] - LIMIT),
              "over" if total["question"] > LIMIT else "under"))
    more = [p for p in PARTS if total[p] > most[p]]
    for p in more:
        print("%s: %d lines, and tools/tcb.txt allows %d" % (
            p, total[p], most[p]))
    return 1 if more else 0


if __name__ == "__main__":
    sys.exit(main())
