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

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
sys.path.insert(0, os.path.join(ROOT, "tools"))
from drill import BUILD, Tap  # noqa: E402
import messages  # noqa: E402

FRENCH = os.path.join(ROOT, "po", "fr.po")


def parts(text):
    """What a sentence of an act fills in, and how much of it is optional."""
    return sorted(re.findall(r"\{[^}]*\}", text)), text.count("[")


def acts_say_the_same():
    return [i for i, (text, _) in messages.entries(FRENCH).items()
            if re.search(r"\{[a-z]", i) and parts(i) != parts(text)]


def said(language):
    env = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE=language)
    done = subprocess.run(
        [os.path.join(BUILD, "ecluse"), "price", "--nothing"], env=env,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


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
    english, french = said("en"), said("fr")
    t.ok(english[0] == french[0] != 0, "one exit code in both languages",
         (english[0], french[0]))
    t.ok("See: ecluse" in english[1] and "Voir : ecluse" in french[1],
         "the program speaks French when asked to", french[1])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
