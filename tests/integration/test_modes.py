#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a careless chmod -R lets nobody of this machine in for long: the start
closes what is open to others and says so, settings that others may write are
not believed, and the instance goes on.
"""
import os
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

MOST = {".": 0o755, "keeper": 0o700, "journal": 0o755, "registry": 0o755,
        "vault": 0o711, "vault/0": 0o700, "drill": 0o700, "tls": 0o755,
        "tls/flow.key": 0o600, "tls/ca.key": 0o600,
        "tls/flow.pem": 0o644, "tls/clients-ca.pem": 0o644,
        "journal/public": 0o755}


def modes(d):
    return {n: stat.S_IMODE(os.stat(os.path.join(d.dir, n)).st_mode)
            for n in MOST}


def main():
    t = Tap()
    with Drill(members=20, insurers=1, seed=18) as d:
        site, person = d.people.site("optician"), d.people.covered("OPTI")[0]
        d.stop()
        os.chmod(os.path.join(d.dir, "tls", "flow.key"), 0o700)
        before = modes(d)
        status, said = d.serve_says()
        t.ok(status is None and "open to others" not in said,
             "a sound folder is left alone", said)
        t.same(modes(d), before, "as it was")
        d.stop()
        subprocess.run(["chmod", "-R", "777", d.dir], check=True)
        status, said = d.serve_says()
        t.ok(status == 5 and d.dir + ": others of this machine" in said,
             "others may put their settings in place: not believed", said)
        os.chmod(d.dir, 0o755)
        status, said = d.serve_says()
        t.ok(status == 5 and "ecluse.conf: others of this machine" in said,
             "or write in them: not believed", said)
        os.chmod(os.path.join(d.dir, "ecluse.conf"), 0o644)
        # a vault refuses such files, too, and may be the first: not here
        for top, _, files in os.walk(os.path.join(d.dir, "vault")):
            for name in files:
                os.chmod(os.path.join(top, name), 0o600)
        status, said = d.serve_says()
        t.same(said.count("was open to others"), 13 + 16 + 2 * 3,
               "what is open is closed, and each is named")
        t.same([n for n, m in modes(d).items() if m & 0o077 & ~MOST[n]], [],
               "closed")
        t.ok(status == 5 and "keeper/root.key" in said,
             "the root key may be known: it does not start", said)
        subprocess.run(["chmod", "-R", "go="] + [os.path.join(d.dir, n)
                       for n in ("keeper", "vault")], check=True)
        status, said = d.serve_says()
        t.ok(status is None and "open to others" not in said,
             "the next start goes well", said)
        t.same(d.ask(site, person)[0], 0, "questions are answered")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
