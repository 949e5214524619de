#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: planes and vaults beside each other, each on its own.

Every plane answers, keys speak on theirs alone. A gate, an nginx or a vault
that is killed or hangs does nothing to the others: a client that goes on
asking there gets not one failed or unsigned answer. Started by root, each
process is its own user and can open nothing of another's.
"""
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, program  # noqa: E402

PLANES = ("flow", "portal", "staff")


class Client(threading.Thread):
    """Goes on asking about one person who is known (that is free) until it is
    told to stop; the client checks every answer's signature."""

    def __init__(self, d, site, person, key=None):
        super().__init__()
        self.args = (site, person)
        self.d, self.key, self.over, self.bad, self.n = d, key, False, [], 0
        self.came = threading.Condition()

    def run(self):
        while not self.over or self.n < 3:
            answer = self.d.ask(*self.args, key=self.key)
            if answer[0] != 0:
                self.bad.append(answer)
            with self.came:
                self.n += 1
                self.came.notify()

    def more(self, n):
        """Until so many more answers came."""
        with self.came:
            n += self.n
            if not self.came.wait_for(lambda: self.n >= n, 60):
                raise RuntimeError("no more answers")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *what):
        self.over = True
        self.join()


def pins_of(d, key, plane):
    """The pin beside key, as if it were of another plane."""
    with open(d.pin, encoding="utf-8") as f:
        lines = f.read().split("\n")
    lines[2] = "url " + d.plane(plane)["url"]
    if plane != "flow":
        lines.insert(3, "plane " + plane)
    path = key[:-4] + "." + plane + ".pin"
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines))
    return path


def get(d, plane, path):
    c = ssl.create_default_context(cafile=d.plane(plane)["ca"])
    with urllib.request.urlopen(d.plane(plane)["url"] + path,
                                context=c, timeout=60) as f:
        return f.status, f.read()


def served(t, d, site, person, key):
    t.same(sorted(d.endpoints["planes"]), sorted(PLANES),
           "endpoints.json has every plane")
    for plane in PLANES:
        t.same([get(d, plane, p)[0] for p in (
            "/fhir/metadata", "/journal/checkpoint")], [200, 200],
            "%s: metadata and the journal's checkpoint" % plane)
    t.same(d.ask(site, person, key=key)[1].get("state"), "covered",
           "portal: a sealed question is answered")
    t.same(d.ask(site, person, key=key, plain=True)[1].get("state"), "plain",
           "portal: a plain one is refused")
    flow = d.people.key(site)
    for name, whose, plane in (("a portal key on the flow plane", key,
                                "flow"),
                               ("a flow key on the portal", flow, "portal"),
                               ("a flow key on the staff plane", flow,
                                "staff")):
        pin = pins_of(d, whose, plane)
        code, out, err = d.ecluse(
            "ask", "--key", whose, "--pin", pin, "--domain", "OPTI", "--date",
            "2026-11-23", "--json", *[x for n, v in d.question(
                person, "member").items() for x in ("--" + n, v)],
            check=False)
        # the staff plane's gate itself has no such address, and signs nothing
        t.ok((code == 5 and "bears no signature" in err)
             if plane == "staff" else (code == 3 and "key-unknown" in out),
             name + " is not known there", (code, out, err))


def closed(t, d, site, person, key):
    d.ecluse("close", d.dir, "plane:portal", "--reason", "test")
    t.same(d.ask(site, person, key=key)[1].get("state"), "closed-plane",
           "a closed portal refuses, signed")
    t.same(d.ask(site, person)[0], 0, "and the flow plane answers")
    d.ecluse("open", d.dir, "plane:portal")
    t.same(d.ask(site, person, key=key)[0], 0, "opened, it answers again")


def figures(t, d, site, people, key):
    """A profession's figures and its shared budget are each plane's own."""
    d.ecluse("act", d.dir, "profession code=optician plane=portal "
             "domains=OPTI t24=28 c24=32 t30=36 c30=40 m24=9 m30=9")
    got = {b["plane"]: b["site"]["t24"][1]
           for b in d.budgets("site:" + site["site"])}
    t.same((got["portal"], got["flow"]), (28, 40),
           "an optician's figures on the portal are its own")
    d.ecluse("act", d.dir, "wide scope=profession code=optician floor24=1 "
             "each24=0 floor30=1000 each30=0")
    for person in people:
        t.same(d.ask(site, person, key=key)[0], 0, "answered")
    t.ok("profession, 24 hours" in d.logged(),
         "opticians of the portal share a budget too: it alarms")


def until(what, condition, bound_s=60):
    """Looked at again and again, most often with work in between."""
    end = time.monotonic() + bound_s
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError("never: " + what)


def alone(t, d, names, site, person, key):
    """Each is killed, then stopped; flow and the others know nothing of it."""
    with Client(d, site, person) as c:
        for name in names:
            before = d.read_endpoints()["pids"]
            os.kill(before[name], signal.SIGKILL)
            d.another(name, before[name])
            after = d.read_endpoints()["pids"]
            t.same([n for n in before if before[n] != after[n]], [name],
                   "%s killed: another one, and only that" % name)
            os.kill(after[name], signal.SIGSTOP)
            c.more(3)
            os.kill(after[name], signal.SIGCONT)
        until("the portal answers", lambda: d.ask(
            site, person, key=key)[0] == 0)
    t.ok(not c.bad, "meanwhile %d answers on the flow plane, none failed" %
         c.n, c.bad[:2])
    with Client(d, site, person, key) as c:
        for name in ("gate", "nginx"):
            pid = d.pid(name)
            os.kill(pid, signal.SIGKILL)
            d.another(name, pid)
        until("the flow plane answers", lambda: d.ask(site, person)[0] == 0)
    t.ok(not c.bad, "flow's gate and nginx killed: %d answers on the portal, "
         "none failed" % c.n, c.bad[:2])


def vaults(t, d, site, here, there):
    """there's cell is in another vault than here's."""
    name = d.vault_of(there["amc"])
    t.ok(name != d.vault_of(here["amc"]), "two cells, two vaults")
    t.same(d.ask(site, there)[0], 0, "the other cell answers")
    pid = d.pid(name)
    with Client(d, site, here) as c:
        os.kill(pid, signal.SIGSTOP)
        got = [d.ask(site, there)[1].get("state") for _ in range(3)]
        told = d.ecluse("status", d.dir, "--json", check=False)
        os.kill(pid, signal.SIGCONT)
        until("it answers again", lambda: d.ask(site, there)[0] == 0)
        after = d.ecluse("status", d.dir, "--json", check=False)
        os.kill(pid, signal.SIGKILL)
        d.another(name, pid)
        until("another answers", lambda: d.ask(site, there)[0] == 0)
    t.same(got, ["insurer-silent"] * 3, "a vault that hangs fails its cell")
    t.same([(code, json.loads(out)["vaults_silent"])
            for code, out, _ in (told, after)],
           [(1, [int(name.partition("-")[2] or 0)]), (0, [])],
           "status says which, as long as it lasts")
    t.same(d.logged().count("is silent: its cells"), 1,
           "and is known to: later questions do not wait")
    t.ok(not c.bad, "meanwhile %d answers of the other cell, none failed" %
         c.n, c.bad[:2])


def wait_a_little(process):
    """Has it ended?"""
    try:
        process.wait(timeout=0.05)
    except subprocess.TimeoutExpired:
        return False
    return True


def feed_under_way(t, d, amc):
    """The vault hangs, so that the feed does; then it dies."""
    feed = d.make_feed(amc)[0]
    # of the same mutuelle: another's, on another vault, is taken meanwhile
    beside = d.make_feed(amc, None, os.path.join(d.folder, "beside"))[0]
    name = d.vault_of(amc)
    pid = d.pid(name)
    os.kill(pid, signal.SIGSTOP)
    loads = [subprocess.Popen([program("ecluse"), "load", d.dir, f],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
             for f in (feed, beside)]
    # whichever came second ends at once; the other waits for the vault
    until("one is refused", lambda: wait_a_little(loads[0]) or
          wait_a_little(loads[1]))
    load, second = sorted(loads, key=lambda p: p.poll() is not None)
    t.ok("another feed of this mutuelle" in
         second.communicate()[0].decode() and load.poll() is None,
         "of two feeds of one mutuelle one is refused, the other waits")
    os.kill(pid, signal.SIGKILL)
    words = load.communicate(timeout=60)[0].decode()
    t.ok(load.returncode != 0 and "load the feed again" in words,
         "a feed whose vault dies says so", words)
    d.another(name, pid)
    until("it loads again", lambda: d.load(feed, check=False)[0] == 0)
    t.ok(True, "and loads again")


def waits(t, d, name):
    """Killed until super lets it wait, for up to a minute."""
    first = d.ecluse("status", d.dir, "--json", check=False)
    pid = d.pid(name)
    while pid:      # 0, asked for anew, would be all of ours
        os.kill(pid, signal.SIGKILL)
        until("super has seen it", lambda: d.ecluse(
            "status", d.dir, check=False) and d.pid(name) != pid)
        pid = d.pid(name)
    code, out, _ = d.ecluse("status", d.dir, "--json", check=False)
    t.same([(c, json.loads(o)["waiting"]) for c, o in (first[:2],
                                                      (code, out))],
           [(0, []), (1, [name])],
           "who waits for its next start is in the status")
    code, out, _ = d.ecluse("status", d.dir, check=False)
    t.ok(code == 1 and "WAITS           %s:" % name in out, "in words too",
         out)


def keeper_killed(t, d, site, person, key):
    before = d.read_endpoints()["pids"]
    os.kill(before["keeper"], signal.SIGKILL)
    d.another("keeper", before["keeper"])
    until("answers on both planes", lambda: d.ask(site, person)[0] == 0 and
          d.ask(site, person, key=key)[0] == 0)
    until("its word", lambda: "ready again" in d.logged())
    after = d.read_endpoints()["pids"]
    t.same([n for n in after if before[n] == after[n]],
           [n for n in after if n == "super" or n.startswith("nginx")],
           "keeper killed: gates and vaults anew, every nginx stays")


def tries(d, uid, path, write=False):
    """Can that user open it? The folder is where it stands."""
    pid = os.fork()
    if pid == 0:
        try:
            os.chdir(d.dir)
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            if os.path.isdir(path):
                os.listdir(path)
            else:
                os.close(os.open(path, os.O_RDWR if write else os.O_RDONLY))
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def users(t, d):
    base, pids = 60800, d.read_endpoints()["pids"]
    wanted = {"keeper": 0, "gate": 1, "gate-portal": 2, "gate-staff": 4,
              "nginx": 9, "nginx-portal": 10, "nginx-staff": 12, "vault": 16,
              "vault-1": 17}
    found = {}
    for name in wanted:
        with open("/proc/%d/status" % pids[name], encoding="utf-8") as f:
            text = f.read()
        ids = set(re.search(r"Uid:(.*)", text).group(1).split() +
                  re.search(r"Gid:(.*)", text).group(1).split())
        groups = re.search(r"Groups:(.*)", text).group(1).split()
        found[name] = (ids, groups)
    t.same(found, {n: ({str(base + k)}, []) for n, k in wanted.items()},
           "each process has a user of its own and no other group")
    own = {"keeper": ["keeper/root.key", "keeper/months"],
           "vault": ["vault/0/store.db"], "vault-1": ["vault/1/store.db"],
           "nginx": ["tls/flow.key"], "nginx-portal": ["tls/portal.key"],
           "nginx-staff": ["tls/staff.key"]}
    secret = [p for paths in own.values() for p in paths] + [
        "keeper", "vault/0", "vault/1", "tls/ca.key", "drill/admin-1.pem"]
    bad = []
    for name, k in wanted.items():
        for path in secret:
            mine = path in own.get(name, []) or (path, name) in (
                ("keeper", "keeper"), ("vault/0", "vault"),
                ("vault/1", "vault-1"))
            if tries(d, base + k, path) != mine:
                bad.append((name, path, "read"))
        for path in ("ecluse.conf", "run/endpoints.json", "tls/flow.pem"):
            if tries(d, base + k, path, write=True):
                bad.append((name, path, "written"))
    t.ok(not bad, "it opens its own and nothing of another's (%d tries)" %
         (len(wanted) * (len(secret) + 3)), bad)
    t.same(d.ecluse("journal", "verify", d.dir, check=False)[0], 0,
           "root's own commands read the folder")


def other_starts(t, d):
    d.stop()
    d.configure({"vault.count": "1"})
    t.ok(not d.serve(check=False) and
         "set vault.count back to 2" in d.logged(),
         "another count of vaults: it does not start, and says why",
         d.logged()[-500:])
    d.stop()
    d.configure({"vault.count": "2", "portal.enabled": "no",
                 "staff.enabled": "no"})
    d.serve()
    t.same((sorted(d.endpoints["planes"]), sorted(
        n for n in d.endpoints["pids"] if "-p" in n or "-s" in n)),
        (["flow"], []), "planes that are not enabled: no nginx, no gate")
    d.stop()
    if os.geteuid() != 0:
        t.skip("started by another user: an error that says so", "not root")
        return
    os.chmod(d.folder, 0o755)
    done = subprocess.run(
        ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
         program("ecluse-super"), d.dir], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60)
    t.ok(done.returncode != 0 and b"started by root" in done.stdout,
         "started by another user: an error that says so", done.stdout)
    d.serve()
    t.ok(True, "and root starts it as before")


def main():
    t = Tap()
    with Drill(members=400, insurers=2, conf={"vault.count": "2"}) as d:
        site = d.people.site("optician")
        people = d.people.covered("OPTI")
        here = people[0]
        there = next(p for p in people if p["amc"] != here["amc"])
        key = d.enrol_key(site, "portal", "portal-key")
        t.same(d.ask(site, here)[0], 0, "an answer on the flow plane")
        served(t, d, site, here, key)
        closed(t, d, site, here, key)
        figures(t, d, site, people[1:3], key)
        if os.geteuid() == 0:
            users(t, d)
        else:
            t.skip("users", "not root")
        alone(t, d, ("gate-portal", "nginx-portal", "gate-staff",
                     "nginx-staff"), site, here, key)
        vaults(t, d, site, here, there)
        feed_under_way(t, d, there["amc"])
        keeper_killed(t, d, site, here, key)
        other_starts(t, d)
        waits(t, d, "nginx")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
