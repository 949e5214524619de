# SPDX-License-Identifier: Apache-2.0
"""A drill instance for tests and for the story: real programs, real sockets.

  with Drill(members=2000, insurers=4, seed=1) as d:
      d.ask(d.optician, member=...)

Everything lives in a temporary folder that goes with the object, unless a
folder is given. Nothing here waits by sleeping: programs say when they are
ready.
"""
import csv
import fcntl
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import termios
import time

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("ECLUSE_BUILD") or os.path.join(ROOT, "build")
FULL_AGE = "2026-09-01T00:00:00Z"
FEED_DAY = "2026-11-23"
# a loaded machine is no silent vault; a test that waits for one says how long
PATIENT = {"vault.timeout-ms": "3000"}


def program(name):
    return os.path.join(BUILD, name)


def run(*command, check=True, **more):
    """Runs a command; gives (exit status, output, errors)."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **more)
    out = done.stdout.decode("utf-8", "replace")
    err = done.stderr.decode("utf-8", "replace")
    if check and done.returncode != 0:
        raise RuntimeError("%s: exit %d: %s%s" % (
            " ".join(str(c) for c in command[:4]), done.returncode, out, err))
    return done.returncode, out, err


def rows(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter=";"))


class Population:
    """An invented population on disk (docs/population.md)."""

    def __init__(self, folder, members=2000, insurers=4, seed=1, sites=None,
                 cards="all"):
        self.folder = folder
        if not os.path.isdir(folder):
            more = ["--sites", sites] if sites else []
            run(program("ecluse"), "population", "--members", members,
                "--insurers", insurers, "--seed", seed, "--cards", cards,
                "--out", folder, *more)
        self.people = rows(os.path.join(folder, "people.csv"))
        sites_file = os.path.join(folder, "sites.csv")
        self.sites = rows(sites_file) if os.path.exists(sites_file) else []
        self.insurers = rows(os.path.join(folder, "insurers.csv"))
        self.cards = {(r["amc"], r["ref"]): r["token"] for r in
                      rows(os.path.join(folder, "cards.csv"))}

    def site(self, profession, nth=0):
        return [s for s in self.sites if s["profession"] == profession][nth]

    def key(self, site):
        return os.path.join(self.folder, site["key"])

    def insurer_file(self, amc, name):
        return os.path.join(self.folder, "insurers", amc, name)

    def covered(self, domain="OPTI", day="2026-11-23"):
        """Persons in force on a day whose contract covers domain: one row
        each, though a child may stand on both parents' contracts."""
        found = {}
        for p in self.people:
            if p["from"] <= day <= (p["closed"] or p["to"]) and \
                    domain + "=" in p["domains"]:
                found.setdefault((p["amc"], p["ref"]), p)
        return list(found.values())


class Drill:
    def __init__(self, members=2000, insurers=4, seed=1, sites=None,
                 folder=None, population=None, load=True, start=True,
                 cards="all", conf=None, begin="2026-09-01T00:00:00Z",
                 now="2026-11-23T09:00:00Z", since=FULL_AGE, libexec=None,
                 instead=None, env=None, patient=True, feed_day=FEED_DAY):
        self.own = folder is None
        self.env = env          # the server's, if not ours
        self.feed_day = feed_day    # of feeds that name none; None: today
        self.ask_s = None       # after which a question is given up
        self.unanswered = []    # words of ask_file's questions without answer
        self.instead = instead or {}    # program: another in its place
        self.folder = folder or tempfile.mkdtemp(prefix="ecluse-drill-")
        self.dir = os.path.join(self.folder, "instance")
        self.server = self.words = None
        self.ports = []         # sockets
        # other programs in the place of ours; with counters they write files
        counted = os.environ.get("ECLUSE_LIBEXEC")
        self.libexec = libexec or counted
        if counted:
            conf = dict(conf or {}, unconfined="yes")
        self.log = os.path.join(self.folder, "serve.log")
        try:
            self.people = population or Population(
                os.path.join(self.folder, "population"), members, insurers,
                seed, sites, cards)
            fresh = not os.path.isdir(self.dir)
            if fresh:
                self.ecluse("init", self.dir, "--drill", "--data",
                            os.path.join(ROOT, "data"), "--start", begin)
                self.configure(dict(PATIENT if patient else {},
                                    **(conf or {})))
                self.keep_ports()
            if start:
                self.serve()
            if fresh and load:
                self.ecluse("enrol", self.dir, "population",
                            self.people.folder, "--since", since)
                self.load_all()
                if now:
                    self.clock(now)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()

    def close(self):
        self.stop()
        to = os.environ.get("ECLUSE_REMAINS")
        if to:      # a test that looks through it is around this one
            import remains
            remains.look(self, to)
        for s in self.ports:
            s.close()
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def ecluse(self, *args, check=True, **more):
        return run(program("ecluse"), *args, check=check, **more)

    def insurer(self, *args, check=True, **more):
        return run(program("ecluse-insurer"), *args, check=check, **more)

    def configure(self, settings):
        """Sets names in ecluse.conf."""
        path = os.path.join(self.dir, "ecluse.conf")
        with open(path, encoding="utf-8") as f:
            lines = f.read().split("\n")
        for name, value in settings.items():
            for i, line in enumerate(lines):
                if line.split("=")[0].strip() == name:
                    lines[i] = "%s = %s" % (name, value)
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines))

    # the server

    def keep_ports(self):
        """Ports that are this instance's while it is down, too: a socket of
        ours that never listens is bound to each, so that nobody is given it
        who asks for any, and a server that names it is (SO_REUSEADDR)."""
        for plane in ("flow", "portal", "staff"):
            s = socket.socket()
            self.ports.append(s)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", 0))
            path = os.path.join(self.dir, "run", plane + ".port")
            with open(path, "w", encoding="ascii") as f:
                f.write("%d\n" % s.getsockname()[1])

    def replace_programs(self):
        """A folder with all of them, some of which are others."""
        self.libexec = os.path.join(self.folder, "libexec")
        if os.path.isdir(self.libexec):
            return
        os.mkdir(self.libexec)
        os.chmod(self.folder, 0o711)    # for users without names
        for name in ("gate", "front", "keeper", "vault"):
            name = "ecluse-" + name
            to = os.path.join(self.libexec, name)
            shutil.copy(self.other(name), to)
            if name in self.instead:
                shutil.copy(program(name), to + ".true")

    def other(self, name):
        """The program that stands in for this one, or this one."""
        if name in self.instead:
            return os.path.join(BUILD, "tests", "tools", self.instead[name])
        return program(name)

    def serve_says(self):
        """Starts it; its exit status (None: it runs), and what it said."""
        before = len(self.logged())
        if not self.serve(check=False):
            self.server.wait()
            self.words.wait()
        return self.server.poll(), self.logged()[before:]

    def serve(self, check=True, options=(), also=(), before=None):
        """Starts the instance and waits for its word. also: descriptors
        that it finds open. before: what it does to itself first."""
        read, write = os.pipe()
        # through a pipe: limits on files put on a process spare its words
        with open(self.log, "ab") as log:
            words = subprocess.Popen(["cat"], stdin=subprocess.PIPE,
                                     stdout=log, start_new_session=True)
        if self.instead and not self.libexec:
            self.replace_programs()
        command = [program("ecluse"), "serve"]
        env = self.env
        if self.libexec:
            command = [program("ecluse-super"), "--libexec", self.libexec]
            # where data/ is: beside the programs there is none
            env = dict(env or os.environ, ECLUSE_SHARE=ROOT)
        self.server = subprocess.Popen(
            command + ["--ready-fd", str(write), *options, self.dir],
            stdin=subprocess.DEVNULL, stdout=words.stdin, stderr=words.stdin,
            pass_fds=[write, *also], start_new_session=True, env=env,
            preexec_fn=before)
        words.stdin.close()
        self.words = words
        os.close(write)
        ready = select.select([read], [], [], 60)[0] and os.read(read, 16)
        os.close(read)
        if not ready and check:
            raise RuntimeError("not ready: " + self.logged())
        if ready:
            self.endpoints = self.read_endpoints()
        return bool(ready)

    def stop(self, how=signal.SIGTERM):
        """Ends the server; gives its exit status."""
        if not self.server:
            return None
        if self.server.poll() is None:
            if how == signal.SIGKILL:
                os.killpg(self.server.pid, signal.SIGKILL)
            else:
                self.server.send_signal(how)
        try:
            status = self.server.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.server.pid, signal.SIGKILL)
            status = self.server.wait()
        self.server = None
        self.words.wait()
        return status

    def read_endpoints(self):
        with open(os.path.join(self.dir, "run", "endpoints.json"),
                  encoding="utf-8") as f:
            return json.load(f)

    @property
    def url(self):
        return self.plane("flow")["url"]

    def plane(self, name):
        """Where a plane is reached: url, address, port, ca, socket."""
        return self.endpoints["planes"][name]

    @property
    def ca(self):
        return os.path.join(self.dir, "tls", "ca.pem")

    @property
    def pin(self):
        return os.path.join(self.people.folder, "keys", "service.pin")

    def pid(self, name):
        """Of gate, gate-portal, nginx-staff, keeper, vault, vault-1...; 0
        while it waits for its next start."""
        return self.read_endpoints()["pids"][name]

    def another(self, name, old, bound_s=30):
        """Until a child that ended was started again; gives its pid."""
        until = time.monotonic() + bound_s
        while True:
            pid = self.pid(name)
            if pid not in (0, old):
                return pid
            if time.monotonic() > until:
                raise RuntimeError("no other %s: %s" % (name, self.logged()))
            time.sleep(0.02)

    def vaults_back(self, bound_s=30):
        """Until every vault answers: behind one that was stopped comes
        another, which reads its store first."""
        until = time.monotonic() + bound_s
        while True:
            out = self.ecluse("status", self.dir, "--json", check=False)[1]
            if out and not json.loads(out)["vaults_silent"]:
                return
            if time.monotonic() > until:
                raise RuntimeError("a vault is silent: " + self.logged())
            time.sleep(0.02)

    def vault_of(self, amc):
        """The name of the vault that has this mutuelle's cell."""
        with open(os.path.join(self.dir, "ecluse.conf"),
                  encoding="utf-8") as f:
            count = [int(l.split("=")[1]) for l in f
                     if l.startswith("vault.count")][0]
        cell = [i["amc"] for i in self.people.insurers].index(amc) + 1
        nth = cell % count
        return "vault-%d" % nth if nth else "vault"

    def enrol_key(self, site, plane, name):
        """A new key of a site for a plane; gives its path."""
        path = os.path.join(self.folder, name + ".pem")
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-out", path)
        self.ecluse("enrol", self.dir, "key", "--site", site["site"], "--key",
                    path, "--plane", plane)
        return path

    def heard(self):
        """Until what was said so far is in the log: whoever writes it there
        has read all of it, and waits for more."""
        until = time.monotonic() + 10
        while self.words and self.words.poll() is None and \
                time.monotonic() < until:
            try:
                pipe = os.open("/proc/%d/fd/0" % self.words.pid,
                               os.O_RDONLY | os.O_NONBLOCK)
                try:
                    unread = fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))
                finally:
                    os.close(pipe)
                with open("/proc/%d/stat" % self.words.pid,
                          encoding="ascii") as f:
                    state = f.read().rpartition(") ")[2][0]
            except OSError:     # it has ended
                return
            if unread == bytes(4) and state == "S":
                return
            time.sleep(0.001)

    def logged(self):
        self.heard()
        try:
            with open(self.log, encoding="utf-8", errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def clock(self, when):
        self.ecluse("clock", self.dir, "--set", when)

    # feeds

    def make_feed(self, amc, csv_path=None, out=None, *more, check=True):
        """Of the day of the questions unless it names one: of today it would
        be later than those that name one, and find rights that are over."""
        if "--effective" not in more and self.feed_day:
            more += ("--effective", self.feed_day)
        out = out or os.path.join(self.folder, amc + ".feed")
        return out, self.insurer(
            "feed", "--amc", amc, "--key",
            self.people.insurer_file(amc, "feed.pem"), "--handle-key",
            self.people.insurer_file(amc, "handle.key"), "--to", self.pin,
            "--in", csv_path or os.path.join(self.people.folder, "feed",
                                             amc + ".csv"),
            "--out", out, *more, check=check)

    def load(self, *feeds, check=True):
        code, out, err = self.ecluse("load", self.dir, "--json", *feeds,
                                     check=check)
        return code, [json.loads(l) for l in out.splitlines() if l], err

    def load_all(self):
        feeds = [self.make_feed(i["amc"])[0] for i in self.people.insurers]
        reports = self.load(*feeds)[1]
        for f in feeds:
            os.unlink(f)
        return reports

    # questions

    def ask(self, site, /, person=None, how="member", domain="OPTI",
            date="2026-11-23", plain=False, key=None, **fields):
        """One question by a site; gives (exit status, JSON)."""
        args = ["ask", "--key", key or self.people.key(site), "--domain",
                domain,
                "--date", date, "--json"]
        if plain:
            args.append("--plain")
        if person:
            fields = dict(self.question(person, how), **fields)
        for name, value in fields.items():
            args += ["--" + name, value]
        code, out, err = self.ecluse(*args, check=False, timeout=self.ask_s)
        return code, json.loads(out) if out.strip() else {"error": err}

    def has(self, person, how):
        """Can this person be named so? Some have no card, or no NIR."""
        if how == "card":
            return (person["amc"], person["ref"]) in self.people.cards
        return bool(person[how])

    def question(self, person, how):
        """What names a person: card, member or nir."""
        q = {"amc": person["amc"]}
        if how == "card":
            q["card"] = self.people.cards[(person["amc"], person["ref"])]
        else:
            q[how] = person[how]
            q["birth"] = person["birth"]
            q["rank"] = person["rank"]
        return q

    def ask_file(self, site, questions, plain=False, domain="OPTI",
                 date="2026-11-23", also=()):
        """Many questions over one connection; gives their JSON answers. Of
        those that had none, what was said instead is in self.unanswered."""
        path = tempfile.mktemp(prefix="questions-", dir=self.folder)
        with open(path, "w", encoding="utf-8") as f:
            for q in questions:
                f.write(json.dumps(dict({"domain": domain, "date": date},
                                        **q)) + "\n")
        more = ["--plain"] if plain else []
        code, out, err = self.ecluse(
            "ask", "--key", self.people.key(site), "--file", path, "--json",
            *more, *also, check=False, timeout=self.ask_s)
        os.unlink(path)
        answers = [json.loads(l) for l in out.splitlines() if l]
        if len(answers) != len(questions):
            self.unanswered += err.splitlines() or ["exit %d" % code]
        return answers

    # what is written

    def scope(self, asker, begin="2026-09-01T00:00:00Z",
              end="2027-12-31T00:00:00Z", *more):
        out = self.ecluse("journal", "scope", self.dir, "--asker", asker,
                          "--from", begin, "--to", end, *more)[1]
        return json.loads(out)

    def budgets(self, asker):
        out = self.ecluse("budgets", self.dir, "--asker", asker, "--json")[1]
        return [json.loads(l) for l in out.splitlines() if l]

    def entries(self):
        """Entries whose answers were handed over so far."""
        with open(os.path.join(self.dir, "keeper", "released"), "rb") as f:
            return int.from_bytes(f.read(8), "big")

    def entries_by(self, count, bound_s=30):
        """The same, once there are so many: an answer is there a moment
        before it is marked as handed over."""
        until = time.monotonic() + bound_s
        while self.entries() < count and time.monotonic() < until:
            time.sleep(0.02)
        return self.entries()

    def checkpoint_size(self, log="journal"):
        with open(os.path.join(self.dir, log, "public", "checkpoint"),
                  encoding="utf-8") as f:
            return int(f.read().split("\n")[1])

    def published(self, index, bound_s=30, log="journal"):
        """Until the checkpoint, which comes once a second, has an entry."""
        until = time.monotonic() + bound_s
        while self.checkpoint_size(log) <= index:
            if time.monotonic() > until:
                raise RuntimeError("entry %d is not published" % index)
            time.sleep(0.02)

    def open_refs(self, amc, refs):
        """Handles back to the mutuelle's references."""
        if not refs:
            return []
        out = self.insurer("open", "--handle-key",
                           self.people.insurer_file(amc, "handle.key"),
                           "--amc", amc, "-",
                           input=("\n".join(refs) + "\n").encode())[1]
        return [l.split(";", 1)[1] for l in out.splitlines() if l]

    def persons_read(self, scope, part="read"):
        """{(amc, reference)} of a scope, through the mutuelles' own keys."""
        by_amc = {}
        for p in scope[part]:
            by_amc.setdefault(p["amc"], []).append(p["ref"])
        return {(amc, ref) for amc, refs in by_amc.items()
                for ref in self.open_refs(amc, refs)}

    def doubted(self, index):
        """Did a start say that this entry cannot be excluded? A person who is
        told as read has no line for it."""
        return any(int(first) <= index <= int(last) for first, last in
                   re.findall(r"entries (\d+) to (\d+) cannot be excluded",
                              self.logged()))

    def readings(self, scope, parts=("read", "cannot_be_excluded")):
        """{index of an entry: (amc, reference)} of a scope."""
        by_amc = {}
        for part in parts:
            for p in scope[part]:
                by_amc.setdefault(p["amc"], []).append(p)
        return {i: (amc, ref) for amc, lines in by_amc.items()
                for p, ref in zip(lines, self.open_refs(
                    amc, [p["ref"] for p in lines]), strict=True)
                for i in p["indexes"]}


def told_level(answer):
    """The level in an answer as `ecluse ask --json` prints it, or None."""
    try:
        item = answer["response"]["insurance"][0]["item"][0]
        return item["benefit"][0]["allowedString"]
    except (KeyError, IndexError, TypeError):
        return None


class Tap:
    """Counts and prints results; a failed one does not stop the rest."""

    def __init__(self):
        self.n = self.failed = 0

    def ok(self, good, what, more=""):
        self.n += 1
        if not good:
            self.failed += 1
        print("%s %d - %s" % ("ok" if good else "not ok", self.n, what),
              flush=True)
        if not good and more:
            for line in str(more)[:4000].splitlines():
                print("# " + line, flush=True)
        return good

    def same(self, got, wanted, what):
        return self.ok(got == wanted, what,
                       "got %r\nwanted %r" % (got, wanted))

    def skip(self, what, why):
        self.n += 1
        print("ok %d - %s # SKIP %s" % (self.n, what, why), flush=True)

    def done(self):
        print("1..%d" % self.n, flush=True)
        return 1 if self.failed else 0
