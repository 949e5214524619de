#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The keeper's functions that run while questions are answered, in lines that
are neither blank nor comment: below that, no trusted path can be made by
leaving out what questions do not need (docs/decisions/0101).

  tools/reach.py BUILD     BUILD was made with -Db_coverage=true

Twice, a keeper with counters (unconfined: it has to write them) runs in a drill,
its counters are set to nought by gdb when it is ready, and it is ended: once
nobody asks, once one key asks five times: plain, by card, sealed, by NIR, and
the first again. All other programs come from build/.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from tcb import code_lines, functions  # noqa: E402

ASKED = (("member", True), ("card", True), ("member", False), ("nir", True))


def ask(d):
    site = d.people.site("optician")
    people = [p for p in d.people.covered()
              if p["member"] and p["nir"] and d.has(p, "card")]
    for i, (how, plain) in enumerate(ASKED + ASKED[:1]):
        code, answer = d.ask(site, people[i % len(ASKED)], how, plain=plain)
        if code:
            raise SystemExit("not answered: %s" % answer)


def run_keeper(libexec, questions):
    from drill import Drill     # reads where programs are from env
    with Drill() as d:
        pid = d.read_endpoints()["pids"]["keeper"]
        subprocess.run(["gdb", "-p", str(pid), "-batch", "-ex",
                        "call (void)__gcov_reset()"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=True)
        if questions:
            ask(d)
        if d.stop() != 0:
            raise SystemExit("the instance did not end well")


def ran(build, prefix):
    """Source -> {function: its lines}, of those that ran; and begins anew."""
    found = {}
    for data in glob.glob(os.path.join(prefix, "**", "*.gcda"),
                          recursive=True):
        to = os.path.join("/", os.path.relpath(data, prefix))
        shutil.move(data, to)
        out = subprocess.run(["gcov", "--json-format", "--stdout", to],
                             stdout=subprocess.PIPE, cwd=build,
                             stderr=subprocess.DEVNULL).stdout
        os.unlink(to)
        for text in out.decode("utf-8", "replace").splitlines():
            for f in json.loads(text)["files"] if text[:1] == "{" else []:
                name = os.path.relpath(os.path.join(build, f["file"]), TOP)
                for x in f["functions"]:
                    if x["execution_count"]:
                        found.setdefault(name, {})[x["name"]] = (
                            x["start_line"], x["end_line"])
    return found


def count(found):
    """(functions, lines of their bodies, lines outside of bodies in files)"""
    n = bodies = outside = 0
    for name, names in found.items():
        code = code_lines(os.path.join(TOP, name))
        spans = set(names.values())
        n += len(spans)
        bodies += sum(any(a <= l <= b for a, b in spans) for l in code)
        outside += sum(not any(a <= l <= b for a, b in functions(code))
                       for l in code) if name.endswith(".c") else 0
    return n, bodies, outside


def main():
    build = os.path.abspath(sys.argv[1])
    if not shutil.which("gdb"):
        raise SystemExit("gdb is not there: apt-get install gdb")
    top = tempfile.mkdtemp(prefix="ecluse-reach-")
    os.chmod(top, 0o777)
    libexec, prefix = os.path.join(top, "libexec"), os.path.join(top, "ran")
    os.mkdir(libexec)
    for name in ("gate", "front", "keeper", "vault"):
        name = "ecluse-" + name
        shutil.copy(os.path.join(build if name == "ecluse-keeper" else
                                 os.path.join(TOP, "build"), name), libexec)
    os.environ.update(ECLUSE_LIBEXEC=libexec, ECLUSE_ROOT=TOP, TMPDIR=top,
                      ECLUSE_BUILD=os.path.join(TOP, "build"),
                      GCOV_PREFIX=prefix)
    os.umask(0)
    found = []
    for questions in (False, True):
        os.mkdir(prefix)
        run_keeper(libexec, questions)
        found.append(ran(build, prefix))
        shutil.rmtree(prefix)
    shutil.rmtree(top, ignore_errors=True)
    idle, asked = found
    own = {f: {k: v for k, v in names.items() if k not in idle.get(f, {})}
           for f, names in asked.items()}
    for words, what in (("nobody asks, and it ends", idle),
                        ("five questions, and it ends", asked),
                        ("of these, without a question not one of", own)):
        print("%-42s %5d functions, %6d lines of bodies, %5d outside" % (
            (words,) + count(what)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
