#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the tree keeps its own rules: directions, licence, size, marks."""
import glob
import os
import re
import subprocess
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Tap  # noqa: E402

FILE_LINES = 600
FUNCTION_LINES = 90


def tracked(*patterns):
    # also where the checkout is another user's, whose tests run anyway
    out = subprocess.run(["git", "-c", "safe.directory=*", "ls-files",
                          "--cached", "--others", "--exclude-standard",
                          *patterns], cwd=ROOT, stdout=subprocess.PIPE,
                         check=True).stdout.decode()
    return [f for f in out.split("\n")
            if f and os.path.isfile(os.path.join(ROOT, f))]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8",
              errors="replace") as f:
        return f.read()


def layers(t):
    files = sorted(glob.glob(os.path.join(ROOT, "src", "*", "*.[ch]")))
    done = subprocess.run(
        ["awk", "-f", "tools/layers.awk", "LAYERS"] +
        [os.path.relpath(f, ROOT) for f in files], cwd=ROOT,
        stdout=subprocess.PIPE)
    t.ok(done.returncode == 0 and len(files) > 100,
         "folders include only downward", done.stdout.decode())
    planted = os.path.join("src", "base", "err.h")
    done = subprocess.run(
        ["awk", "-f", "tools/layers.awk", "/dev/stdin", planted], cwd=ROOT,
        input=b"keeper: gate base\ngate: keeper base\n",
        stdout=subprocess.PIPE)
    t.ok(done.returncode == 1, "a planted cycle is found")


def licences(t):
    bad = [f for f in tracked("src", "bench", "tests", "tools")
           if f.endswith((".c", ".h", ".py", ".mjs", ".sh", ".awk"))
           and "SPDX-License-Identifier: Apache-2.0" not in read(f)[:400]
           and not f.startswith("tools/")]
    t.ok(not bad, "every source says its licence", "\n".join(bad))


def sizes(t):
    long = [f for f in tracked("src") if f.endswith(".c") and
            read(f).count("\n") > FILE_LINES]
    t.ok(not long, "no file of src over %d lines" % FILE_LINES,
         "\n".join(long))
    functions = []
    for f in tracked("src"):
        if not f.endswith(".c"):
            continue
        start = None
        for n, line in enumerate(read(f).split("\n"), 1):
            if line == "{":
                start = n
            elif line == "}" and start:
                if n - start > FUNCTION_LINES:
                    functions.append("%s:%d %d lines" % (f, start, n - start))
                start = None
    t.ok(not functions, "no function over %d lines" % FUNCTION_LINES,
         "\n".join(functions))


def marks(t):
    word = re.compile(r"\b(TODO|FIXME|XXX|HACK|not yet implemented)\b")
    bad = [f for f in tracked("src", "bench", "tools", "data", "docs",
                              "README.md", "ARCHITECTURE.md")
           if word.search(read(f))]
    t.ok(not bad, "no marks of unfinished work", "\n".join(bad))
    here = re.compile(r"/(work|farm|root|home)/[a-z]")
    bad = [f for f in tracked() if not f.endswith((".lock",
                                                   "package-lock.json"))
           and f != os.path.relpath(__file__, ROOT)
           and here.search(read(f))]
    t.ok(not bad, "no path of a machine", "\n".join(bad))


def state(t):
    """File-scope variables below the programs (style.md pitfall 2)."""
    out = []
    pattern = re.compile(r"^static (?!const\b|inline\b)[\w \*]+\b\w+"
                         r"(\[[^\]]*\])?( = .*)?;$")
    allowed = {"src/base/log.c", "src/crypto/hash.c", "src/crypto/p256.c",
               "src/crypto/openssl.c", "src/crypto/sign.c",
               "src/crypto/aead.c",
               "src/told/memory.c"}     # jansson's hook has no context
    for f in tracked("src"):
        if not f.endswith(".c") or f in allowed or f.endswith("/main.c"):
            continue
        for n, line in enumerate(read(f).split("\n"), 1):
            if pattern.match(line) and "const" not in line and \
                    "(" not in line:
                out.append("%s:%d %s" % (f, n, line))
    t.ok(not out, "no mutable file-scope variable in a library",
         "\n".join(out))


def banned(t):
    source = '#include <stdio.h>\nint main(void){char b[9];sprintf(b,"x");}\n'
    done = subprocess.run(
        ["gcc", "-D_GNU_SOURCE", "-include", "src/base/banned.h", "-x", "c",
         "-fsyntax-only", "-"], cwd=ROOT, input=source.encode(),
        stderr=subprocess.PIPE)
    t.ok(done.returncode != 0 and b"poisoned" in done.stderr,
         "a banned function does not compile")


def main():
    t = Tap()
    layers(t)
    licences(t)
    sizes(t)
    marks(t)
    state(t)
    banned(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
