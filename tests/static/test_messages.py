#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: every text of the commands is in po/fr.po, none is left over, what an
act says keeps its names and its optional parts, and the built program speaks
French to whoever asks for it.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
sys.path.insert(0, os.path.join(ROOT, "tools"))
from drill import BUILD, Tap  # noqa: E402
import man  # noqa: E402
import messages  # noqa: E402

FRENCH = os.path.join(ROOT, "po", "fr.po")


# A number before a word that is always many; after "of", it is no count.
COUNTED = re.compile(r"(?<!of )%(?:l*[udi]|zu|<PRI[ud]\d+>|s) (?:[a-zé]+ )?"
                     r"[a-zéèêâ]+[sx]\b")
# ... of which the number is never one, or which is no noun
MANY = ("caractères", "characters", "empreintes", "octets", "jetons", "sans",
        "dans", "depuis", "vers", "plus", "aux jours", " is", " as")


def parts(text):
    """What a sentence of an act fills in, and how much of it is optional."""
    return sorted(re.findall(r"\{[^}]*\}", text)), text.count("[")


def acts_say_the_same():
    return [i for i, (text, _) in messages.entries(FRENCH).items()
            if re.search(r"\{[a-z]", i) and parts(i) != parts(text)]


# An article, or a word that lost its vowel, right before what is filled in: a
# code, which begins as it likes.
ARTICLE = re.compile(r"\b(?:an?|une?) \{|\b(?:[cdjlmnst]|qu)['’]\{", re.I)


def articles():
    return [text for i, (french, _) in messages.entries(FRENCH).items()
            for text in (i, french) if ARTICLE.search(text)]


# French has a space before these, which does not break: U+00A0. A letter may
# stand right before ":" alone, in what programs read ("valid: ").
PLAIN = re.compile(r"(?:^|[ \n])[:;?!]|[^\W\d_][;?!](?=\s|$)")


def french_texts():
    """Every msgstr as it is shown, plurals too."""
    out = subprocess.run(["msgcat", "--no-wrap", FRENCH],
                         stdout=subprocess.PIPE, check=True).stdout.decode()
    for block in out.split("\n\n")[1:]:
        for lines in re.findall(r'^msgstr(?:\[\d\])? ((?:"[^\n]*"\n?)+)', block,
                                re.M):
            yield "".join(re.findall(r'^"(.*)"$', lines, re.M)).replace(
                "\\n", "\n")


def plain_spaces():
    return [text for text in french_texts() if PLAIN.search(text)]


def one_of_many():
    """A number may be one: ngettext() and lang_count() have both forms."""
    for english, (text, _) in messages.entries(FRENCH).items():
        found = COUNTED.findall(text) + \
            COUNTED.findall(re.sub(r"%s", "", english))
        for counted in found:
            if not counted.endswith(MANY):
                yield "%s: %s" % (counted, text)


def said(language):
    env = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE=language)
    done = subprocess.run(
        [os.path.join(BUILD, "ecluse"), "price", "--nothing"], env=env,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


def found_in(source):
    """What the look for unmarked words says of a C text."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.c")
        with open(path, "w", encoding="utf-8") as f:
            f.write(source)
        return list(messages.unmarked(path))


def helps():
    """(program, words) of every command, and the French of each."""
    for program in man.PROGRAMS:
        yield program, []
        for words, _ in man.commands(BUILD, program, "en"):
            yield program, words


def uses_begin(program, text):
    """The columns in which the lines of Usage name the program."""
    return {len(m.group(1)) for m in re.finditer(
        r"^((?:\w+\u00a0:)? *)%s\b" % program, text.split("\n\n")[0], re.M)}


def paragraphs(t):
    """Each --help has as many paragraphs in French, and the same options."""
    bad = []
    for program, words in helps():
        en = man.say_help(BUILD, program, words, "en")
        fr = man.say_help(BUILD, program, words, "fr")
        options = [re.findall(r"^  (--?[a-z][\w-]*)", x, re.M)
                   for x in (en, fr)]
        if en.count("\n\n") != fr.count("\n\n") or en == fr or \
                options[0] != options[1]:
            bad.append("%s %s: not the same" % (program, " ".join(words)))
        if len(uses_begin(program, fr)) > 1:
            bad.append("%s %s: Usage stands askew" % (program,
                                                      " ".join(words)))
    t.ok(not bad, "every --help is in French, option by option",
         "\n".join(bad))


def lost_commands():
    """`ecluse WORD` in a text, where no command has that name."""
    known = {c for program in man.PROGRAMS for words, _ in man.commands(
        BUILD, program, "en") for c in words[:1]}
    for english, (french, _) in messages.entries(FRENCH).items():
        for text in (english, french):
            for word in re.findall(r"\becluse ([a-z]+)\b",
                                   text.replace("\\n", "\n")):
                if word not in known:
                    yield "ecluse %s: %s" % (word, text)


def composed():
    """Sentences that lower folders put together and cli/composed.c has not."""
    texts = [i for i, _ in messages.entries(FRENCH).items()]
    for path in ("src/journal/verify.c", "src/meter/compare.c"):
        source = messages.read(path)
        found = re.findall(r'wrong\(\s*[^"();]+,\s*((?:"[^"]*"\s*)+)', source)
        found += re.findall(r'return (?:[^"\n]*\? )?(?:NULL :\s*)?("[^"]+")',
                            source)
        for parts in found:
            text = "".join(re.findall(r'"([^"]*)"', parts))
            text = re.sub(r"%[.\d]*(?:ll)?[us]", "%s", text)
            if text not in texts:
                yield "%s: %s" % (path, text)
    for path in ("src/cli/verify_vault.c", "src/cli/verify_registry.c",
                 "src/registry/signers.c"):
        for said in re.findall(
                r'(?:snprintf|missing|may_not|return|why = )'
                r'((?:[^;"]|"[^"]*")*);', messages.read(path)):
            for parts in re.findall(r'(?:"[^"]*"\s*)+', said):
                text = "".join(re.findall(r'"([^"]*)"', parts))
                text = re.sub(r"%(?:ll)?u", "%s", text)
                if " " in text and not re.fullmatch(
                        r"(?:vault )?%s[:%s ]*", text) and text not in texts:
                    yield "%s: %s" % (path, text)
    source = messages.read("src/conf/conf.c")
    for name, parts in re.findall(
            r'fault->text\),\s*(CONF_FILE )?((?:"[^"]*"\s*)+)', source):
        text = "".join(re.findall(r'"([^"]*)"', parts))
        text = "%s" * bool(name) + re.sub(r"%u", "%s", text)
        if text not in texts and "sabotage" not in text:
            yield "src/conf/conf.c: " + text
    for form in re.findall(r'(?:NULL|fits_\w+),\s+"([^"]+)",\s+"',
                           messages.read("src/conf/rows.c")):
        if form not in texts:
            yield "src/conf/rows.c: " + form
    for path in ("src/rootkey/rootkey.c", "src/rootkey/pkcs11.c"):
        for said in re.findall(r'fault_of\(((?:[^;"]|"[^"]*")*)\);',
                               messages.read(path)):
            for parts in re.findall(r'(?:"[^"]*"\s*)+', said):
                text = "".join(re.findall(r'"([^"]*)"', parts))
                text = re.sub(r"%lu|0x%lx", "%s", text)
                text = re.sub(r"^(?:%s|[a-z.-]+): ", "", text)
                if text not in texts + ["%s"]:
                    yield "%s: %s" % (path, text)


def main():
    t = Tap()
    done = subprocess.run(
        [os.path.join(ROOT, "tools", "messages.py"), "--check"],
        stdout=subprocess.PIPE)
    t.ok(done.returncode == 0, "every text is in po/fr.po",
         done.stdout.decode())
    done = subprocess.run(
        ["msgfmt", "--check-format", "-o", "/dev/null", FRENCH],
        stderr=subprocess.PIPE)
    t.ok(done.returncode == 0, "with the same numbers and texts to fill in",
         done.stderr.decode())
    other = acts_say_the_same()
    t.ok(not other, "an act's sentence fills in what the English one does",
         other)
    t.ok(len(list(french_texts())) > 1000, "French texts are read")
    bad = plain_spaces()
    t.ok(not bad, "a space before a sign does not break", "\n".join(bad[:9]))
    for text, wrong in (("oui : non", True), ("non\u00a0: oui", False),
                        ("oui; non", True), ("12:30 valid: x", False),
                        ("fin\n: suite", True), ("quoi ?", True)):
        t.same(bool(PLAIN.search(text)), wrong, "found or not: %r" % text)
    t.same(articles(), [], "no article stands before what is filled in")
    english, french = said("en"), said("fr")
    t.ok(english[0] == french[0] != 0, "one exit code in both languages",
         (english[0], french[0]))
    t.ok("See: ecluse" in english[1] and "Voir\u00a0: ecluse" in french[1],
         "the program speaks French when asked to", french[1])
    for text in ('printf("so many\\n");', 'fprintf(f, x ? "yes" : "no", y);',
                 'puts(err_text(e));'):
        t.ok(found_in(text), "found unmarked: " + text)
    for text in ('printf(_("so many\\n"));', 'printf("%s: %d\\n", f("a b"));',
                 'printf("{\\"read\\":%d}", n);'):
        t.same(found_in(text), [], "and not: " + text)
    bad = list(one_of_many())
    t.ok(not bad, "no text says 1 lines, or 1 lignes", "\n".join(bad))
    bad = list(lost_commands())
    t.ok(not bad, "every command that a text names is there", "\n".join(bad))
    lost = list(composed())
    t.ok(not lost, "sentences of verify and compare are in French too",
         "\n".join(lost))
    paragraphs(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
