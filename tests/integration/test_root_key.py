#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: an instance goes from one root key to another, in a file or in a token
and between them; a kill at any moment leaves one that opens, by the old key or
by the new one and never by both; a backup of before opens with the key of
before; nothing of the old key stays in the instance's folder.
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))
sys.path.insert(0, HERE)
from drill import BUILD, Drill, Tap, program  # noqa: E402
from test_token import MODULE, PIN, give, tool, write  # noqa: E402

SEED = 20261128


def read(path):
    with open(path, "rb") as f:
        return f.read()


def put(path, data):
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, 0o600)


class Keeper:
    """The files of keeper/ that a rotation touches."""
    names = ("root.key", "keys.sealed", "keys.sealed.next", "months",
             "months.next", "months-1.key")

    def __init__(self, d):
        self.d = d

    def path(self, name):
        return os.path.join(self.d.dir, "keeper", name)

    def get(self):
        return {n: read(self.path(n)) for n in self.names
                if os.path.exists(self.path(n))}

    def set(self, files):
        for n in self.names:
            if n in files:
                put(self.path(n), files[n])
            elif os.path.exists(self.path(n)):
                os.unlink(self.path(n))


def rotate(d, *args, **more):
    code, out, err = d.ecluse("keys", "rotate", "root", d.dir, *args,
                              check=False, **more)
    return code, out + err


def answers(d, person):
    """Does it start, and answer?"""
    if not d.serve(check=False):
        d.stop()
        return False
    good = d.ask(d.people.site("optician"), person)[1].get("state")
    d.stop()
    return good == "covered"


def in_files(t, d, person):
    k = Keeper(d)
    t.same(rotate(d, "--file")[0], 3, "not while it runs")
    where, months = (os.path.join(d.folder, n) for n in ("backup", "months"))
    d.ecluse("backup", d.dir, "--out", where, "--months-out", months)
    d.stop()
    before = k.get()
    kept = os.path.join(d.folder, "old.root")
    code, words = rotate(d, "--file", "--keep", kept)
    t.same(code, 0, "to another file")
    after = k.get()
    t.same(sorted(after), sorted(before), "the same files")
    t.same(sorted(n for n in after if after[n] != before[n]),
           ["keys.sealed", "root.key"], "two of them are others")
    t.same(read(kept), before["root.key"], "the old key was kept, where asked")
    t.same(rotate(d, "--file", "--keep", kept)[0], 3, "and not overwritten")
    held = [f for top, _, files in os.walk(d.dir) for f in files
            if before["root.key"] in read(os.path.join(top, f))]
    t.same(held, [], "no file of the instance holds it")
    t.ok(answers(d, person), "it starts and answers")
    t.same([restored(d, where, months, root) for root in
            (kept, k.path("root.key"))], [True, False],
           "a backup of before opens with the key of before alone")
    return before, k.get()


def restored(d, where, months, root):
    to = os.path.join(d.folder, "restored")
    code = d.ecluse("restore", where, "--to", to, "--months", months,
                    "--root", root, "--known-checkpoint", os.path.join(
                        where, "instance", "journal", "public",
                        "checkpoint"), check=False)[0]
    shutil.rmtree(to, ignore_errors=True)
    return code == 0


def cut_off(t, d, person, before, after):
    """Every state that a kill can leave, made by hand."""
    k = Keeper(d)
    mixed = dict(before, **{"keys.sealed.next": after["keys.sealed"]})
    k.set(mixed)
    t.ok(answers(d, person), "cut off before the middle: the old key")
    t.ok("keys.sealed.next" not in k.get(), "and the other file is gone")
    k.set(dict(mixed, **{"root.key": after["root.key"]}))
    t.ok(answers(d, person), "cut off behind it: the new key")
    t.same(k.get(), after, "and the rotation is ended")
    k.set(dict(after, **{"root.key": before["root.key"]}))
    t.ok(not answers(d, person), "the old key opens nothing then")
    k.set(dict(mixed, **{"root.key": bytes(32)}))
    t.ok(not answers(d, person), "a stranger's key neither of the two")
    t.ok("keys.sealed.next" in k.get(), "and touches nothing")
    k.set(after)


def killed(t, d, person):
    """Real kills, at moments of a seed."""
    draw = random.Random(SEED)
    print("# seed %d" % SEED)
    ended = 0
    for _ in range(15):
        p = subprocess.Popen(
            [program("ecluse"), "keys", "rotate", "root", d.dir, "--file"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            p.wait(draw.uniform(0, 0.03))
        except subprocess.TimeoutExpired:
            p.send_signal(signal.SIGKILL)
        ended += p.wait() == 0
    t.ok(answers(d, person), "after 15 kills, %d too late" % ended)
    t.same(rotate(d, "--file")[0], 0, "and it rotates")


def to_token(d, label, pin, **more):
    return rotate(d, "--pkcs11", MODULE, "--token", "lock", "--token-key",
                  label, "--pin-file", pin, **more)


def swapped(t, d, pin):
    """Whoever can rename in a drill's folder puts settings of his own there
    when root writes the new ones: what he wrote never becomes root's."""
    if os.geteuid() != 0:
        t.skip("settings in their place", "as one user all files are his")
        return
    conf = os.path.join(d.dir, "ecluse.conf")
    before, his = read(conf), os.path.join(d.folder, "his.conf")
    put(his, before + b"# his\n")
    os.chown(his, 1234, 1234)
    code, words = to_token(d, "swapped", pin, env=dict(
        os.environ, SWAP_PATH=conf, SWAP_BY=his, SWAP_AT="2",
        LD_PRELOAD=os.path.join(BUILD, "tests", "tools", "libswap_open.so")))
    t.ok(code == 3 and "root acts" in words and read(conf) == before,
         "settings put in their place are not taken over", (code, words))
    give(os.path.dirname(pin))
    for label in ("swapped", "swapped-months-1"):
        tool("--delete-object", "--type", "secrkey", "--label", label)
    give(os.path.dirname(pin))


def between(t, d, person, folder, pin):
    k = Keeper(d)
    t.same(rotate(d, "--pkcs11", MODULE, "--file")[0], 2, "one of the two")
    t.same(to_token(d, "root", os.path.join(folder, "none"))[0], 4,
           "a PIN file that is not there")
    t.ok(answers(d, person), "and nothing has changed")
    code, words = to_token(d, "root", pin)
    give(folder)
    t.ok(code == 0 and PIN not in words, "from a file to a token", words)
    t.ok("root.key" not in k.get(), "no root key on the disk")
    t.ok(answers(d, person), "it starts and answers")
    code, words = to_token(d, "root", pin)
    t.ok(code == 3 and "in force" in words, "the same key is none", words)
    swapped(t, d, pin)
    t.ok(answers(d, person), "with the key before it starts")
    t.same(to_token(d, "second", pin)[0], 0, "to another key of the token")
    t.same(rotate(d, "--file", "--keep", os.path.join(d.folder, "x"))[0], 3,
           "a token's key is not put into a file")
    give(folder)
    tool("--delete-object", "--type", "secrkey", "--label", "root")
    give(folder)
    t.ok(answers(d, person), "without the first one it starts")
    half_way(t, d, person, folder)


def half_way(t, d, person, folder):
    """From the token to a file, cut off before the settings and behind."""
    k = Keeper(d)
    before = k.get()
    conf = os.path.join(d.dir, "ecluse.conf")
    settings, tokens = read(conf), os.path.join(folder, "tokens")
    shutil.copytree(tokens, tokens + ".before")
    t.same(rotate(d, "--file")[0], 0, "and back into a file")
    out = tool("--list-objects", "--type", "secrkey")[1]
    t.ok("months" not in out, "the token keeps no key of months", out)
    t.ok(answers(d, person), "it starts and answers")
    after = k.get()
    mixed = dict(before, **{
        "root.key": after["root.key"],
        "months-1.key": after["months-1.key"],
        "keys.sealed.next": after["keys.sealed"],
        "months.next": after["months"]})
    now = read(conf)
    shutil.rmtree(tokens)
    shutil.move(tokens + ".before", tokens)
    give(folder)
    for text, what in ((settings, "before the settings: the token"),
                       (now, "behind them: the file")):
        k.set(mixed)
        put(conf, text)
        os.chmod(conf, 0o644)
        t.ok(answers(d, person), "cut off " + what)
        t.ok(not [n for n in k.get() if n.endswith(".next")],
             "and nothing is left beside")


def main():
    t = Tap()
    folder = tempfile.mkdtemp(prefix="ecluse-root-")
    tokens, pin = (os.path.join(folder, n) for n in ("tokens", "pin"))
    os.mkdir(tokens)
    write(pin, PIN + "\n", 0o600)
    conf = os.path.join(folder, "softhsm2.conf")
    write(conf, "directories.tokendir = %s\nlog.level = ERROR\n" % tokens,
          0o600)
    os.environ["SOFTHSM2_CONF"] = conf
    try:
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label",
                        "lock", "--so-pin", "10203040", "--pin", PIN],
                       stdout=subprocess.DEVNULL, check=True)
        with Drill(members=100, insurers=1, seed=11) as d:
            person = [p for p in d.people.covered() if p["member"]][0]
            before, after = in_files(t, d, person)
            cut_off(t, d, person, before, after)
            killed(t, d, person)
            between(t, d, person, folder, pin)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
