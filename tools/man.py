#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Manual pages of the commands, in mdoc(7), from what the programs say.

  tools/man.py BUILD OUT [STAMP]

A command's --help is its one description: this turns it into
OUT/man1/<program>-<command>.1 (and OUT/fr/man1 from its French), adds what
man/<name>.mdoc has beside it (files, examples, see also), and copies the
pages of man/ that are written by hand (formats, servers).

The form that --help keeps, checked here: lines "Usage: ...", paragraphs, lists
of lines "  WORD  text", options "  --name ARG  text", "Exit status: ..." and
examples whose lines begin with "  $ ".
"""
import glob
import os
import re
import subprocess
import sys
import textwrap

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAMS = ("ecluse", "ecluse-insurer")
DATE = "November 28, 2026"      # in English everywhere, as mdoc(7) wants it
HEADS = {
    "en": {"usage": "Usage: ", "status": "Exit status: "},
    "fr": {"usage": "Usage\u00a0: ", "status": "Code de retour\u00a0: "},
}
ITEM = re.compile(r"^  (\S.*?)(?:  +(\S.*))?$")


def say_help(build, program, words, language):
    env = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE=language)
    return subprocess.run([os.path.join(build, program), *words, "--help"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env=env, stdin=subprocess.DEVNULL).stdout.decode()


def commands(build, program, language, words=()):
    """(words of the command, what it does) of the program's own help; a
    command whose help has no exit status is a list of commands itself."""
    found = []
    for line in say_help(build, program, words, language).split("\n"):
        m = re.match(r"^  ([a-z0-9]+(?: [a-z]+)?)  +(\S.*)$", line)
        if not m:
            continue
        sub = [*words, *m.group(1).split()]
        if HEADS[language]["status"] in say_help(build, program, sub,
                                                 language):
            found.append((sub, m.group(2)))
        else:
            found += commands(build, program, language, sub)
    return found


def escape(text):
    """Text as roff takes it: no request at a line's start, no escapes."""
    text = text.replace("\\", "\\e").replace("`", "\\(oq")
    return "\\&" + text if text[:1] in (".", "'") else text


def blocks(text):
    """The help in blocks parted by empty lines."""
    return [b.split("\n") for b in text.strip("\n").split("\n\n")]


def literal(lines, indent="  "):
    cut = len(indent) if all(l.startswith(indent) for l in lines) else 0
    return [".Bd -literal -offset indent"] + [
        escape(l[cut:]) or "\\&" for l in lines] + [".Ed"]


def items(lines):
    """Lines "  WORD  text" and what goes on under them: [(word, text)]."""
    found = []
    for line in lines:
        m = ITEM.match(line) if not line.startswith("   ") else None
        if m:
            found.append([m.group(1), m.group(2) or ""])
        elif found:
            found[-1][1] = (found[-1][1] + " " + line.strip()).strip()
    return found


def is_list(lines):
    return all(l.startswith("  ") for l in lines) and \
        bool(ITEM.match(lines[0])) and \
        re.match(r"^  [-A-Za-z0-9*]", lines[0]) is not None


def option(word):
    """`--name ARG` as .Fl and .Ar."""
    out = []
    for part in word.split(" "):
        m = re.match(r"^(-{1,2}[A-Za-z][\w-]*)(.*)$", part)
        if m:
            out.append("Fl %s%s" % (m.group(1)[1:].replace("-", "\\-"),
                                    m.group(2) and " Ns " + m.group(2)))
        elif part:
            out.append("Ar " + escape(part))
    return " ".join(out)


def sentences(lines):
    """A paragraph, one sentence a line, as mdoc wants it."""
    text = " ".join(l.strip() for l in lines)
    found = []
    for s in re.split(r"(?<=[.?!])\s+(?=[A-ZÀÉ\"(])", text):
        found += [escape(l) for l in textwrap.wrap(
            s, 72, break_long_words=False, break_on_hyphens=False)]
    return found


def item_list(lines):
    out = [".Bl -tag -width Ds"]
    for word, text in items(lines):
        out.append(".It " + (option(word) if word.startswith("-")
                             else "Cm " + escape(word)))
        out += sentences([text]) if text else []
    return out + [".El"]


def parse(help_text, heads):
    """usage lines, description, options, status, examples."""
    page = {"usage": [], "about": [], "options": [], "status": [],
            "examples": []}
    for lines in blocks(help_text):
        if lines[0].startswith(heads["usage"]):
            page["usage"] = [lines[0][len(heads["usage"]):]] + [
                l[len(heads["usage"]):] for l in lines[1:]]
        elif lines[0].startswith(heads["status"]):
            page["status"] = [lines[0][len(heads["status"]):]] + lines[1:]
        elif lines[0].startswith("  $ "):
            page["examples"] += ([""] if page["examples"] else []) + lines
        elif is_list(lines) and lines[0].startswith("  -"):
            page["options"] += lines
        else:
            page["about"].append(lines)
    return page


def about(paragraphs):
    out = []
    for lines in paragraphs:
        head = 0
        while head < len(lines) and not lines[head].startswith("  "):
            head += 1
        tail = lines[head:]
        if out and head:
            out.append(".Pp")
        if head:
            out += sentences(lines[:head])
        if tail and is_list(tail) and any(m[1] for m in items(tail)):
            out += item_list(tail)
        elif tail:
            out += literal(tail)
    return out


def write_page(name, words, text, heads, more):
    page = parse(text, heads)
    if not page["usage"] or not page["status"]:
        raise SystemExit("%s --help: no \"%s\" or no \"%s\"" % (
            name, heads["usage"].strip(), heads["status"].strip()))
    out = [".\\\" Made by tools/man.py from the program's own --help.",
           ".Dd " + DATE, ".Dt %s 1" % name.upper(), ".Os",
           ".Sh NAME", ".Nm " + name, ".Nd " + escape(words),
           ".Sh SYNOPSIS"] + literal(page["usage"], "") + [
           ".Sh DESCRIPTION"] + (about(page["about"]) or [".Nm"])
    if page["options"]:
        out += [".Sh OPTIONS"] + item_list(page["options"])
    extra = more.split("\n") if more else []
    early = [l for l in section(extra, ("ENVIRONMENT", "FILES"))]
    out += early + [".Sh EXIT STATUS"] + sentences(page["status"])
    if page["examples"]:
        out += [".Sh EXAMPLES"] + literal(page["examples"])
    out += section(extra, ("SEE ALSO", "STANDARDS", "CAVEATS",
                           "SECURITY CONSIDERATIONS"))
    return "\n".join(out) + "\n"


def section(lines, names):
    out, on = [], False
    for line in lines:
        if line.startswith(".Sh "):
            on = line[4:] in names
        if on and line:
            out.append(line)
    return out


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as f:
        return f.read()


def put(folder, name, text):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)


def command_pages(build, out, language):
    """One page a command; gives the names."""
    names, heads = [], HEADS[language]
    base = out if language == "en" else os.path.join(out, language)
    for program in PROGRAMS:
        for words, what in commands(build, program, language):
            name = "-".join([program] + words)
            text = say_help(build, program, words, language)
            if not text:
                raise SystemExit(name + ": no help")
            put(os.path.join(base, "man1"), name + ".1", write_page(
                name, what.rstrip("."), text, heads,
                read(os.path.join(ROOT, "man", name + ".mdoc"))))
            names.append(name)
    return names


ROW = re.compile(r'\{"([a-z][a-z.-]*)", (ROWS_\w+),\s*AT\([^)]+\),\s*'
                 r'("[^"]*"|NULL),.*?((?:"(?:[^"\\]|\\.)*"\s*)+),\s*'
                 r'((?:"(?:[^"\\]|\\.)*"\s*)+)\}', re.S)


def text_of(source):
    """Adjacent C strings as one text."""
    joined = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', source))
    return joined.replace("\\n", " ").replace('\\"', '"')


def settings(source):
    """(name, default, form, sentence) of each row of conf/rows.c."""
    return [(m.group(1), text_of(m.group(3)), text_of(m.group(4)),
             text_of(m.group(5))) for m in ROW.finditer(source)]


def conf_page():
    """ecluse.conf(5): man/ecluse.conf.mdoc around the table of settings."""
    head, tail = read(os.path.join(ROOT, "man/ecluse.conf.mdoc")).split(
        ".\\\" settings\n")
    out = [".Bl -tag -width Ds"]
    for name, default, form, sentence in settings(
            read(os.path.join(ROOT, "src/conf/rows.c"))):
        out += [".It Cm " + name.replace("-", "\\-")]
        out += sentences([sentence])
        out += sentences([form[:1].upper() + form[1:] +
                          ("; default: " + default if default else "") + "."])
    return head + "\n".join(out + [".El"]) + "\n" + tail


def main():
    build, out = os.path.abspath(sys.argv[1]), sys.argv[2]
    command_pages(build, out, "en")
    command_pages(build, out, "fr")
    for path in glob.glob(os.path.join(ROOT, "man", "**", "*.[1-8]"),
                          recursive=True):
        put(os.path.join(out, os.path.dirname(os.path.relpath(
            path, os.path.join(ROOT, "man"))), "man" + path[-1]),
            os.path.basename(path), read(path))
    put(os.path.join(out, "man5"), "ecluse.conf.5", conf_page())
    if len(sys.argv) > 3:
        put(os.path.dirname(sys.argv[3]), os.path.basename(sys.argv[3]), "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
