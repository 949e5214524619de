#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: an instance whose root key stands in a PKCS#11 token.

SoftHSM2 is the token, OpenSC's tool looks into it: a stranger made its key
or says what ours can do. Without the token, its PIN or its key nothing opens,
and no line holds the PIN.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Drill, Tap, program, run  # noqa: E402

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "27182818"
KEEPER = 60800     # users.base


def tool(*args, check=True):
    return run("pkcs11-tool", "--module", MODULE, "--token-label", "lock",
               "--login", "--pin", PIN, *args, check=check)


class Instance:
    """Just enough of a drill: init with a token, serve, stop."""

    def __init__(self, folder):
        self.folder = folder
        self.dir = os.path.join(folder, "instance")
        self.pin = os.path.join(folder, "pin")
        write(self.pin, PIN + "\n", 0o600)

    def init(self, *more, pin=None, token="lock"):
        return run(program("ecluse"), "init", self.dir, "--drill", "--data",
                   os.path.join(ROOT, "data"), "--pkcs11", MODULE, "--token",
                   token, "--token-key", "root", "--pin-file",
                   pin or self.pin, *more, check=False)


def write(path, text, mode):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def give(folder):
    """PIN and token to the keeper's user, who has to reach them; what is in
    the instance is super's to give."""
    if os.geteuid() != 0:
        return
    os.chmod(folder, 0o711)
    for name in os.listdir(folder):
        if name not in ("instance", "restored"):
            for top, _, files in os.walk(os.path.join(folder, name)):
                for one in [top] + [os.path.join(top, f) for f in files]:
                    os.chown(one, KEEPER, KEEPER)
            os.chown(os.path.join(folder, name), KEEPER, KEEPER)


def starts(t, d, good, words, what):
    """Does it start, and what does the log say?"""
    give(d.folder)
    if os.path.exists(d.log):
        os.unlink(d.log)
    up = d.serve(check=False)
    d.stop()
    log = d.logged()
    t.ok(up == good and (not words or words in log), what, log)
    t.ok(PIN not in log, "%s: the log does not hold the PIN" % what, "")


def refused_inits(t, i):
    code, out, err = i.init(pin="/nowhere/pin")
    t.ok(code == 1 and "/nowhere/pin: not there" in err, "init: no PIN file",
         err)
    os.chmod(i.pin, 0o644)
    code, out, err = i.init()
    t.ok(code == 1 and "chmod 600" in err, "init: a PIN for all to read", err)
    os.chmod(i.pin, 0o600)
    code, out, err = i.init(token="other")
    t.ok(code == 1 and "root.token" in err, "init: no such token", err)
    wrong = os.path.join(i.folder, "wrong")
    write(wrong, "31415926\n", 0o600)
    code, out, err = i.init(pin=wrong)
    t.ok(code == 1 and "root.pin-file" in err and "31415926" not in err,
         "init: a wrong PIN", err)
    t.ok(not os.path.exists(i.dir), "nothing was made")
    return wrong


def our_key(t, i):
    code, out, err = i.init()
    t.ok(code == 0, "init makes the key in the token", err)
    t.ok(not os.path.exists(os.path.join(i.dir, "keeper", "root.key")),
         "no root key on the disk")
    out = tool("--list-objects", "--type", "secrkey")[1]
    t.ok("label:      root" in out and "never extractable" in out and
         "sensitive" in out, "a stranger sees: never extractable", out)
    out = tool("--read-object", "--type", "secrkey", "--label", "root",
               check=False)
    t.ok(out[0] != 0, "and cannot read it", out[1] + out[2])


def restarts(t, d, wrong):
    starts(t, d, True, "", "the instance starts")
    starts(t, d, True, "", "and again")
    d.configure({"root.pin-file": wrong})
    starts(t, d, False, "root.pin-file: the token does not take this PIN",
           "a wrong PIN")
    d.configure({"root.pin-file": os.path.join(d.folder, "pin"),
                 "root.token": "other"})
    starts(t, d, False, "root.token: none of the", "no such token")
    d.configure({"root.token": "lock", "root.key": "none"})
    starts(t, d, False, "root.key: no secret key", "no such key")
    tool("--keygen", "--key-type", "GENERIC:32", "--label", "another",
         "--sensitive")
    d.configure({"root.key": "another"})
    starts(t, d, False, "the token's root.key does not open it",
           "another key of the token")
    tool("--keygen", "--key-type", "GENERIC:32", "--label", "loose",
         "--extractable")
    d.configure({"root.key": "loose"})
    starts(t, d, False, "can leave its token", "an extractable key")
    d.configure({"root.key": "root", "root.module": "/nowhere.so"})
    starts(t, d, False, "root.module: ", "no such module")
    d.configure({"root.module": ""})
    starts(t, d, False, "root.key: not there", "no token and no file")
    d.configure({"root.module": MODULE})
    starts(t, d, True, "", "all as it was: it starts")
    d.configure({"origin": "other.example/journal"})
    starts(t, d, False, "does not open it", "another origin's key")


def restored(t, d):
    """A new log on the same token: the key is asked with the old origin."""
    old, admins = d.dir, [os.path.join(d.dir, "drill", "admin-%d.pem" % n)
                          for n in (1, 2)]
    d.configure({"origin": "drill.ecluse.example/journal"})
    give(d.folder)
    d.serve()
    d.ecluse("backup", d.dir, "--out", os.path.join(d.folder, "backup"),
             "--months-out", os.path.join(d.folder, "months"))
    d.stop()
    d.dir = os.path.join(d.folder, "restored")
    restore = ("restore", os.path.join(d.folder, "backup"), "--to", d.dir,
               "--months", os.path.join(d.folder, "months"), "--new-origin",
               "drill2.ecluse.example/journal", "--admin-key", admins[0],
               "--admin-key", admins[1])
    said = ("--setting", "root.module=" + MODULE, "--setting",
            "root.pin-file=" + os.path.join(d.folder, "pin"))
    for few, name in (((), "root.module"), (said[:2], "root.pin-file")):
        code, out, err = d.ecluse(*restore, *few, check=False)
        t.ok(code == 3 and "--setting %s=" % name in err,
             "a backup's word alone loads no module, reads no PIN",
             (code, err))
    code, out, err = d.ecluse(*restore, *said, check=False)
    t.ok(code == 0, "a restore with the token, without month keys", err)
    starts(t, d, True, "", "it starts under its new name")
    shutil.rmtree(d.dir)
    d.dir = old


def labels():
    out = tool("--list-objects", "--type", "secrkey")[1]
    return {line.split()[-1] for line in out.splitlines() if "label:" in line}


def destroyed(t, d):
    """A month's key apart is one of the token, and goes with its month."""
    t.ok({"root-months-%d" % n for n in (1, 2, 3)} <= labels(),
         "keys apart, two of them ahead", labels())
    give(d.folder)
    d.serve()
    month = [json.loads(k) for k in d.ecluse(
        "keys", "list", d.dir, "--json", check=False)[1].splitlines()]
    month = [k["month"] for k in month if k["kind"] == "month"][0]
    d.clock("%d%s-02T08:00:00Z" % (int(month[:4]) + 1, month[4:]))
    d.ecluse("keys", "destroy", "month", month, d.dir)
    d.stop()
    t.ok("goes with the next start" in d.logged(), "the log says when",
         d.logged()[-600:])
    t.ok("root-months-1" in labels(), "until then it is there")
    starts(t, d, True, "", "it starts in the next epoch")
    have = labels()
    t.ok("root-months-1" not in have and
         {"root-months-%d" % n for n in (2, 3, 4)} <= have,
         "the key apart of before is destroyed in the token", have)


def strangers_mac(folder):
    """What OpenSC makes of the message that docs/operations.md tells: a root
    key as a file. The tool takes the token's only key."""
    message = os.path.join(folder, "message")
    out = os.path.join(folder, "mac")
    with open(message, "wb") as f:
        f.write(b"ecluse root wrap v1\0drill.ecluse.example/journal")
    tool("--sign", "--mechanism", "SHA256-HMAC", "--input-file", message,
         "--output-file", out)
    os.chmod(out, 0o600)
    return out


def main():
    t = Tap()
    folder = tempfile.mkdtemp(prefix="ecluse-token-")
    tokens = os.path.join(folder, "tokens")
    os.mkdir(tokens)
    conf = os.path.join(folder, "softhsm2.conf")
    write(conf, "directories.tokendir = %s\nlog.level = ERROR\n" % tokens,
          0o600)
    os.environ["SOFTHSM2_CONF"] = conf
    try:
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label",
                        "lock", "--so-pin", "10203040", "--pin", PIN],
                       stdout=subprocess.DEVNULL, check=True)
        i = Instance(folder)
        wrong = refused_inits(t, i)
        our_key(t, i)
        mac = strangers_mac(folder)
        with Drill(folder=folder, load=False, start=False,
                   population=object()) as d:
            restarts(t, d, wrong)
            restored(t, d)
            destroyed(t, d)
            # what the token alone can open
            os.unlink(os.path.join(d.dir, "keeper", "months"))
            os.rename(mac, os.path.join(d.dir, "keeper", "root.key"))
            d.configure({"root.module": "",
                         "origin": "drill.ecluse.example/journal"})
            starts(t, d, True, "",
                   "the stranger's MAC of the written message opens it")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
