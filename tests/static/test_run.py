#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what tests/run.py calls passed has passed. It is what a landing hangs
on, so it is given programs that fail in each way that a program can: a result,
a status, a death, an end before the plan, an early end without one, no word, no
end. And what failed is named again at the end of all that is printed. Who has
another umask, a long TMPDIR, no sbin and a language of his own counts the same.
"""
import contextlib
import io
import os
import sys
import tempfile

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
sys.path.insert(0, os.path.join(ROOT, "tests"))
import run  # noqa: E402
from drill import Tap  # noqa: E402

# what it says, as printf's words; then what its shell does: counts
PROGRAMS = {
    "all is well": ("ok 1 - a\\n1..1\\n", "", (1, 0, 0)),
    "the plan first": ("1..2\\nok 1 - a\\nok 2 - b\\n", "", (2, 0, 0)),
    "a result that is not ok": ("ok 1 - a\\nnot ok 2 - b\\n1..2\\n",
                                "exit 1", (1, 1, 0)),
    "and a status that hides it": ("not ok 1 - a\\n1..1\\n", "", (0, 1, 0)),
    "a result that was left out": ("ok 1 - a # SKIP why\\n1..1\\n", "",
                                   (0, 0, 1)),
    "a status alone": ("ok 1 - a\\n1..1\\n", "exit 3", (1, 1, 0)),
    "a death": ("ok 1 - a\\n1..1\\n", "kill -9 $$", (1, 1, 0)),
    "an end before the plan's": ("1..3\\nok 1 - a\\n", "", (1, 1, 0)),
    "an early end, without a plan": ("ok 1 - a\\n", "", (1, 1, 0)),
    "not a word": ("", "", (0, 1, 0)),
    "a plan of nothing": ("1..0\\n", "", (0, 1, 0)),
    "a part's results, which are not its own": (
        "    ok 1 - a\\n    ok 2 - b\\nok 1 - c\\n1..1\\n", "", (1, 0, 0)),
    "no end": ("ok 1 - a\\n1..1\\n", "read -r _ <&9", (1, 1, 0)),
}


def counted(words, then):
    """Quietly: what it says of one that fails is no result of ours."""
    with contextlib.redirect_stdout(io.StringIO()):
        return run.run("static/one", [
            "sh", "-c", "printf '%s'; %s" % (words, then)], "build", False)[:3]


SAME = '[ "$(umask)" = 0022 ] && [ ${#TMPDIR} -lt 40 ] && ' \
    '[ -z "$LANGUAGE" ] && command -v nginx >/dev/null || exit 1'


def odd(t):
    """In surroundings that are not ours."""
    before, mask = dict(os.environ), os.umask(0o077)
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = os.path.join(folder, "long" * 20)
        os.mkdir(tempfile.tempdir)
        os.environ.update(PATH="/usr/bin:/bin", LANGUAGE="fr")
        t.same(counted("ok 1 - a\\n1..1\\n", SAME), (1, 0, 0),
               "each test has the surroundings of all others")
        tempfile.tempdir = None
    os.umask(mask)
    os.environ.clear()
    os.environ.update(before)


def ended(t):
    """The end of what the whole prints, of two tests that fail."""
    tests = [("static/one", ["sh", "-c", "echo ok 1; echo 1..1"], "build"),
             ("static/two", ["sh", "-c", "echo ok 1 - a; echo not ok 2 - b;"
                             "echo '# of two'; echo ok 3 - c; echo 1..3"],
              "build"),
             ("attack/three", ["sh", "-c", "echo a last word; exit 1"],
              "build")]
    collect, argv, said = run.collect, sys.argv, io.StringIO()
    run.collect, sys.argv = lambda: tests, ["run.py"]
    try:
        with contextlib.redirect_stdout(said):
            status = run.main()
    finally:
        run.collect, sys.argv = collect, argv
    t.same(status, 1, "a run with failures ends with 1")
    t.same(said.getvalue().split("failed: ", 1)[-1].splitlines(), [
        "static/two", "    not ok 2 - b", "    # of two",
        "failed: attack/three", "    a last word",
        "    no plan, or fewer results than planned",
        "3 passed, 2 failed, 0 skipped"],
        "and the last thing it prints is what failed, and the counts")


def main():
    t = Tap()
    bound = run.BOUND_S
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        os.mkfifo(os.path.join(folder, "never"))
        for what, (words, then, wanted) in PROGRAMS.items():
            # short where there is no end, and then what it said may come
            # too late: no result hangs on how fast others are
            endless = "<&9" in then
            run.BOUND_S = 2 if endless else bound
            then = then.replace("<&9", "<>'%s'" % os.path.join(folder,
                                                              "never"))
            t.same(counted(words, then)[endless:], wanted[endless:], what)
        run.BOUND_S = bound
        tempfile.tempdir = None
    with contextlib.redirect_stdout(io.StringIO()):
        total = run.run_all([("static/one", ["sh", "-c", "echo ok 1; echo 1..1"],
                              "build"),
                             ("attack/two", ["false"], "build")], False)
    t.same(total[0], [1, 1, 0], "and all of them together, alone or not")
    odd(t)
    ended(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
