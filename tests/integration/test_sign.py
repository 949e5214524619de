#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Signing offline: ecluse sign tells in words what is signed, asks on the
terminal (also for the passphrase of a locked key), and cannot be deceived by
what stands in a file. No instance is near."""
import base64
import fcntl
import json
import os
import pty
import shutil
import signal
import sys
import tempfile
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Tap, program, run  # noqa: E402

HEAD = ("ecluse act v1\norigin far.ecluse.example/journal\n"
        "time 2026-11-22T10:02:00.000Z\nnonce %s\n")
PASS = "correct horse"


def on_terminal(args, answers):
    """Runs ecluse with a terminal of its own; (exit status, what it saw)."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(program("ecluse"), ["ecluse"] + args)
    seen = b""
    for wait, answer in answers:
        while wait.encode() not in seen:
            try:
                part = os.read(fd, 4096)
            except OSError:
                part = b""
            if not part:
                break
            seen += part
        os.write(fd, answer.encode() + b"\n")
    while True:
        try:
            part = os.read(fd, 4096)
        except OSError:
            part = b""
        if not part:
            break
        seen += part
    os.close(fd)
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status), seen.decode("utf-8", "replace")


def sign(*args):
    return run(program("ecluse"), "sign", *args, check=False)


class Desk:
    """A folder with keys and requests; nothing else."""

    def __init__(self, folder):
        self.folder = folder
        self.n = 0
        self.keys = []
        for name in ("a", "b"):
            self.keys.append(os.path.join(folder, name + ".pem"))
            run("openssl", "genpkey", "-algorithm", "ed25519", "-out",
                self.keys[-1])
        self.locked = os.path.join(folder, "locked.pem")
        run("openssl", "pkey", "-in", self.keys[1], "-aes256", "-passout",
            "pass:" + PASS, "-out", self.locked)

    def request(self, lines, name=None, text=None, signature=None):
        """A note that somebody unknown here signed."""
        self.n += 1
        path = os.path.join(self.folder, name or "r%d.act" % self.n)
        nonce = base64.urlsafe_b64encode(
            self.n.to_bytes(16, "big")).decode().rstrip("=")
        text = text or HEAD % nonce + lines
        blob = base64.b64encode(bytes(100)).decode()
        with open(path, "wb") as f:
            f.write((text + "\n").encode() + (signature or (
                "\u2014 admin-00000000 %s\n" % blob).encode()))
        return path

    def name(self, key):
        """admin-xxxxxxxx, from what the program itself says."""
        path = self.request("clock confirm=yes\n")
        sign(path, "--key", key, "--yes")
        with open(path, encoding="utf-8") as f:
            return f.read().rsplit("\u2014 ", 1)[1].split()[0]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def words(t, desk):
    path = desk.request("mode control=budget mode=observe\n")
    before = read(path)
    code, out, err = sign(path)
    t.ok(code == 0 and "TURNS OFF control budget" in out and
         "for      far.ecluse.example/journal" in out and
         "written  2026-11-22T10:02:00.000Z, to be sent before "
         "2026-11-29T10:02:00.000Z" in out and
         "signed   1 of 2: admin-00000000" in out,
         "shown without a key: what, for whom, until when, by whom", out)
    t.same(read(path), before, "and nothing was changed")
    path = desk.request("site id=S1 profession=gp\n")
    out = sign(path)[1]
    t.ok("1 of 1" in out and "before 2026-11-23T10:02" in out,
         "one signature enrols on the day alone", out)
    path = desk.request("site id=S1 profession=gp\nkey spki=%s site=S1\n" % (
        "x" * 900))
    t.ok("x" * 900 in sign(path)[1], "a long value is shown whole")


def terminal(t, desk):
    path = desk.request("clock confirm=yes\n")
    before = read(path)
    code, out, err = sign(path, "--key", desk.keys[0])
    t.ok(code != 0 and read(path) == before,
         "without a terminal and --yes nothing is signed", (code, err))
    code, seen = on_terminal(["sign", path, "--key", desk.keys[0]],
                             [("[y/N]", "n")])
    t.ok(code == 3 and read(path) == before, "no is no", seen)
    code, seen = on_terminal(["sign", path, "--key", desk.keys[0]],
                             [("[y/N]", "y")])
    t.ok(code == 0 and "signed, 2 of 2" in seen, "yes is yes", seen)
    path = desk.request("clock confirm=yes\n")
    before = read(path)
    code, seen = on_terminal(["sign", path, "--key", desk.locked],
                             [("Passphrase", "wrong")])
    t.ok(code == 1 and read(path) == before,
         "a locked key and a wrong passphrase", seen)
    code, seen = on_terminal(
        ["sign", path, "--key", desk.locked],
        [("Passphrase", PASS), ("[y/N]", "y")])
    t.ok(code == 0 and "2 of 2" in seen, "the right one signs", seen)
    t.ok(PASS not in seen, "what is typed is not shown", seen)
    code, out, err = sign(path, "--key", desk.locked, "--yes")
    t.same(code, 1, "locked and no terminal: not a key")
    code, out, err = sign(path, "--key", desk.keys[1], "--yes")
    t.ok("you signed it before" in out, "the same key unlocked is the same",
         out)


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


def interrupted(t, desk):
    """^C and TERM at the passphrase: the terminal shows again what is typed."""
    path = desk.request("clock confirm=yes\n")
    before = read(path)
    for what, end in (("^C", lambda pid, fd: os.write(fd, b"\x03")),
                      ("TERM", lambda pid, fd: os.kill(pid,
                                                       signal.SIGTERM))):
        fd, slave = pty.openpty()
        pid = os.fork()
        if pid == 0:
            # who was started in the background ignores it
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for stream in range(3):
                os.dup2(slave, stream)
            os.execv(program("ecluse"), ["ecluse", "sign", path, "--key",
                                         desk.locked])
        seen = b""
        while b"Passphrase" not in seen:
            seen += os.read(fd, 4096)
        hidden = not echoes(slave)
        end(pid, fd)
        status = os.waitpid(pid, 0)[1]
        t.ok(hidden and echoes(slave), what + " gives the terminal back")
        t.ok(os.WIFSIGNALED(status) and read(path) == before,
             "and ends it, with nothing signed", status)
        os.close(slave)
        os.close(fd)


def named(t, desk):
    """Names of files are the choice of whoever sent the folder."""
    folder = os.path.join(desk.folder, "sent")
    os.mkdir(folder)
    names = ("000001.act\n  permits\n    Nothing at all.act", "\x1b[8m.act",
             "\u202etca.act", "\u009b8m.act", "a; touch gone #.act",
             "it's.act", "-k.act")
    for name in names:
        desk.request("clock confirm=yes\n", name="sent/" + name)
    code, out, err = sign(folder)
    t.ok(code == 0 and not set("\x1b\u202e\u009b") & set(out),
         "nothing of a name acts on the terminal", out)
    t.same(out.count("\n  permits\n"), len(names),
           "no name looks like what is permitted")
    code, out, err = sign(folder, "--key", desk.keys[0], "--yes")
    t.ok(code == 0 and not set("\x1b\u202e\u009b") & set(out),
         "nor when it is signed", out + err)
    desk.request("admin key=K name=admin-x\nadmin key=L name=admin-y\n",
                 name="-k.act")
    for name, typed in (("a; touch gone #.act", "'a; touch gone #.act'"),
                        ("it's.act", "'it'\\''s.act'"),
                        ("./-k.act", "./-k.act")):
        path = os.path.join(folder, name)
        desk.request("clock confirm=yes\n", name="sent/" + name)
        code, out, err = run(program("ecluse"), "sign", "--key",
                             desk.keys[0], "--yes", "--", name[2:] if
                             name[0] == "." else name, cwd=folder,
                             check=False)
        t.ok(code == 0 and "ecluse send DIR " + typed + "\n" in out,
             "what is to be typed next is one word: " + typed, out + err)
    path = desk.request("clock confirm=yes\n", name="caf\udce9.act")
    code, out, err = sign(path, "--key", desk.keys[0], "--yes", "--json")
    t.ok(code == 0 and json.loads(out)["signed"].endswith("caf\\xe9.act"),
         "JSON of a name that is not UTF-8", out)


def several(t, desk):
    folder = os.path.join(desk.folder, "many")
    os.mkdir(folder)
    for n in range(1, 6):
        desk.request("".join(
            "site id=S%d-%d profession=%s\n" % (n, i, "gp" if i % 2 else
                                                "nurse")
            for i in range(10)), name="many/%06d.act" % n)
    code, out, err = sign(folder, "--key", desk.keys[0], "--yes")
    t.ok(code == 0 and out.count("signed, 2 of 2") == 5, "a folder at once",
         out)
    t.ok("in all, enrols 50 sites, 0 keys" in out and "25 nurse" in out and
         "first site S1-0, last site S5-9" in out and
         "S3-3" not in out, "summed up in words", out)
    t.ok("S3-3" in sign(folder, "--all")[1], "each with --all")
    desk.request("admin key=K name=admin-x\n" + "".join(
        "site id=T%d profession=gp\n" % i for i in range(50)),
        name="many/000003b.act")
    out = sign(folder)[1]
    t.ok("ADMINISTRATOR" in out, "what hides in a long list is shown", out)


def deceived(t, desk):
    name = desk.name(desk.keys[0])
    blob = base64.b64encode(bytes(68))
    bad = {
        "an escape sequence": {"lines": "site id=S1\x1b[2K profession=gp\n"},
        "a letter that is not ASCII": {"lines": "site id=\u202eS1\n"},
        "a second head": {"text": "hello\n" + HEAD % ("A" * 22) +
                          "clock confirm=yes\n"},
        "a name twice": {"lines": "revoke site=a site=b\n"},
        "a word that nobody knows": {"lines": "grant all=yes\n"},
        "a lone word in company": {"lines": "clock confirm=yes\n"
                                   "site id=a profession=gp\n"},
        "no line at all": {"lines": ""},
    }
    for what, how in bad.items():
        path = desk.request(how.get("lines", ""), text=how.get("text"))
        before = read(path)
        code, out, err = sign(path, "--key", desk.keys[0], "--yes")
        t.ok(code in (1, 3, 4) and read(path) == before and "\x1b" not in
             out + err, what + ": not signed", (code, out, err))
    path = desk.request("clock confirm=yes\n", signature=b"\xe2\x80\x94 " +
                        b"x\xe2\x80\xaey\xc2\x9b " + blob + b"\n")
    out = sign(path)[1]
    t.ok("\u202e" not in out and "\u009b" not in out,
         "the name of a signer is shown by its bytes", out)
    path = desk.request("clock confirm=yes\n")
    sign(path, "--key", desk.keys[0], "--yes")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("clock confirm=yes", "mode control=budget "
                             "mode=observe"))
    code, out, err = sign(path, "--key", desk.keys[0], "--yes")
    t.ok(code == 1 and "not your signature" in err and name in text,
         "an act altered under your own signature", (code, out, err))
    code, out, err = sign(path, "--key", os.devnull, "--yes")
    t.same(code, 1, "a key that is none")


def main():
    t = Tap()
    folder = tempfile.mkdtemp(prefix="ecluse-sign-")
    try:
        desk = Desk(folder)
        words(t, desk)
        terminal(t, desk)
        interrupted(t, desk)
        named(t, desk)
        several(t, desk)
        deceived(t, desk)
    finally:
        shutil.rmtree(folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
