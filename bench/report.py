#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench: what a rights question costs, from end to end and step by step.

  bench/run.sh [--members N] [--sites N] [--rounds N] [--questions N]
               [--single N] [--bundles N] [--doors N] [--warm N]
               [--patience S] [--seed S] [--book N] [--json] [--keep]

Makes a drill instance with invented people in a temporary folder, loads it,
asks it in interleaved rounds (plain and sealed, each beside an nginx that
answers the same bytes with a constant, then in bundles of 50), stops it,
measures each step on the same store, prints one report and removes everything. docs/measurements.md
tells how to read it.

A population has at most 2,000,000 members. --book N adds N to the first
mutuelle (bench-book); some 900,000 of them are asked about beside the others.
"""
import argparse
import datetime
import json
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "tests", "lib"))

import postgres  # noqa: E402
from drill import BUILD, ROOT, Drill, Population, rows, run, program  # noqa: E402

MODES = ("plain", "sealed")
NAMES = ("nginx", "gate", "keeper", "vault", "load")
LINES = 50	# of a bundle
BUNDLES_AT_ONCE = 32
PACES = (0.25, 0.5, 0.75)	# of the rate that it can do
SITES_PER_1000 = 25	# enough that nobody's budget is reached
OTHERS_MOST = 0.25	# cores that others may use before rates mislead
QUIET_MOST = 0.1	# and before a round begins
SINCE_DAYS = 60	# keys of full age
BOOK_ASKED = 900000	# of a book's members, or so
FIGURES = os.path.join(ROOT, "data")


class Instance(Drill):
    """A drill whose shared budgets are those of a larger country.

    Nearly all members are asked about within minutes, which no day brings:
    with its own figures the platform would slow questions down (250 ms and
    more), and the waiting would be measured. They count as ever.
    """

    def ecluse(self, *args, **more):
        args = [self.figures() if a == FIGURES else a for a in args]
        return super().ecluse(*args, **more)

    def figures(self):
        copy = os.path.join(self.folder, "data")
        if not os.path.isdir(copy):
            shutil.copytree(FIGURES, copy)
            path = os.path.join(copy, "wide.csv")
            with open(path, encoding="utf-8") as f:
                lines = f.read().split("\n")
            with open(path, "w", encoding="utf-8") as f:
                f.write("\n".join(widened(line) for line in lines))
        return copy


class People(Population):
    """A population that is not read: of a million, that takes gigabytes."""

    def __init__(self, folder):
        self.folder = folder
        self.insurers = rows(os.path.join(folder, "insurers.csv"))


def add_book(pop, amc, members):
    """More members for one mutuelle; some stand among people.csv too."""
    every = -(-members // BOOK_ASKED)
    book = subprocess.Popen([os.path.join(BUILD, "bench", "bench-book"),
                             str(members), "1"], stdout=subprocess.PIPE)
    with open(os.path.join(pop, "feed", amc + ".csv"), "ab") as feed, \
            open(os.path.join(pop, "people.csv"), "ab") as people:
        book.stdout.readline()	# its header is the feed's
        for line in book.stdout:
            feed.write(line)
            ref, _ = line.split(b";", 1)
            if int(ref[1:]) % every == 0:
                people.write(b"P%s;single;%s;%s" % (
                    ref[1:], amc.encode(), line))
    if book.wait():
        raise SystemExit("bench-book failed")


def widened(line):
    """A row of wide.csv with floors that nothing here reaches."""
    cells = line.split(";")
    if cells[0] in ("profession", "cell", "platform"):
        cells[2] = cells[4] = "1000000"
    return ";".join(cells)


def say(text):
    print(text, file=sys.stderr, flush=True)


def children(pid):
    path = "/proc/%d/task/%d/children" % (pid, pid)
    try:
        with open(path, encoding="ascii") as f:
            return [int(p) for p in f.read().split()]
    except OSError:
        return []


def busy_cores(seconds):
    """What runs on the machine meanwhile, in cores."""
    def ticks():
        with open("/proc/stat", encoding="ascii") as f:
            v = [int(x) for x in f.readline().split()[1:9]]
        return sum(v) - v[3] - v[4]
    before = ticks()
    time.sleep(seconds)
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds


class Patience:
    """Waits for others to be quiet, as long as there is patience left."""

    def __init__(self, seconds):
        self.left = seconds

    def wait(self):
        while self.left > 0 and busy_cores(0.5) > QUIET_MOST:
            self.left -= 0.5


def memory_mb(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0


# The server beside: nginx alone, a constant answer of the same size.

class Static:
    def __init__(self, folder, tls, workers, shapes):
        self.folder = os.path.join(folder, "static")
        os.mkdir(self.folder)
        self.ports = {}
        servers = "".join(self.server(tls, mode, shapes[mode])
                          for mode in MODES)
        conf = os.path.join(self.folder, "nginx.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write("daemon off;\npid nginx.pid;\nerror_log stderr alert;\n"
                    "worker_processes %d;\n"
                    "events { worker_connections 1024; }\n"
                    "http {\n access_log off;\n server_tokens off;\n"
                    " keepalive_requests 100000;\n"
                    " client_body_temp_path body;\n proxy_temp_path proxy;\n"
                    " fastcgi_temp_path fastcgi;\n uwsgi_temp_path uwsgi;\n"
                    " scgi_temp_path scgi;\n"
                    " large_client_header_buffers 4 8k;\n"
                    " client_body_buffer_size 64k;\n%s}\n"
                    % (workers, servers))
        self.process = subprocess.Popen(
            ["nginx", "-p", self.folder, "-c", conf],
            stdin=subprocess.DEVNULL, start_new_session=True)
        for port in self.ports.values():
            self.wait(port)

    def server(self, tls, mode, shape):
        """Head and body as long as the lock's, in pieces that nginx takes."""
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.ports[mode] = s.getsockname()[1]
        body = "x" * round(shape["body"])
        names = ["$body_%s_%d" % (mode, i) for i in range(4)]
        step = -(-len(body) // len(names))
        sets = "".join("  set %s \"%s\";\n" % (
            name, body[i * step:(i + 1) * step])
            for i, name in enumerate(names))
        pad = "p" * max(1, round(shape["head"]) - 150)
        return (" server {\n  listen 127.0.0.1:%d ssl;\n"
                "  ssl_protocols TLSv1.3;\n  ssl_session_tickets off;\n"
                "  ssl_certificate %s/flow.pem;\n"
                "  ssl_certificate_key %s/flow.key;\n%s"
                "  default_type application/fhir+json;\n"
                "  location / {\n   add_header X-Pad %s;\n"
                "   return 200 \"%s\";\n  }\n }\n" % (
                    self.ports[mode], tls, tls, sets, pad, "".join(names)))

    def wait(self, port):
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if time.monotonic() > until or \
                        self.process.poll() is not None:
                    raise
                time.sleep(0.02)

    def url(self, mode):
        return "https://localhost:%d" % self.ports[mode]

    def close(self):
        self.process.terminate()
        self.process.wait(20)


class Bench:
    def __init__(self, args):
        self.args = args
        self.skip = 0	# questions asked
        self.skip_bundles = 0
        self.patience = Patience(getattr(args, "patience", 0))
        self.rounds = []
        self.new = []	# of new connections
        self.folder = tempfile.mkdtemp(prefix="ecluse-bench-")
        self.static = self.d = self.postgres = None

    def close(self):
        if self.postgres:
            self.postgres.close()
        if self.static:
            self.static.close()
        if self.d:
            self.d.close()
        if not self.args.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def make(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        begin = now - datetime.timedelta(days=SINCE_DAYS)
        begin = begin.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.pop = os.path.join(self.folder, "population")
        started = time.monotonic()
        run(program("ecluse"), "population", "--members", self.args.members,
            "--insurers", 12, "--seed", self.args.seed, "--out", self.pop,
            "--date", now.strftime("%Y-%m-%d"), "--cards",
            "all" if self.args.book else "some",
            "--sites", self.args.sites or
            max(100, self.args.members * SITES_PER_1000 // 1000))
        if self.args.book:
            add_book(self.pop, People(self.pop).insurers[0]["amc"],
                     self.args.book)
        self.people_s = time.monotonic() - started
        self.d = Instance(folder=self.folder,
                          population=People(self.pop), load=False,
                          begin=begin, now=None,
                          conf={"flow.client-certificate": "optional"})
        started = time.monotonic()
        self.d.ecluse("enrol", self.d.dir, "population", self.pop,
                      "--since", begin)
        self.enrol_s = time.monotonic() - started
        started = time.monotonic()
        reports = self.d.load_all()
        self.load_s = time.monotonic() - started
        self.lines = sum(r.get("lines", 0) for r in reports)
        self.d.clock("now")

    def pids(self, static=False):
        found = self.d.read_endpoints()["pids"]
        pairs = [(name, pid) for name, pid in found.items()
                 if name in NAMES]
        pairs += [("nginx", p) for p in children(found["nginx"])]
        if self.static and static:
            pairs += [("static", p) for p in
                      [self.static.process.pid] +
                      children(self.static.process.pid)]
        return pairs

    def ask(self, mode, questions, connections=None, live=False, beside=False,
            lines=1, pace=0):
        """lines: of a bundle; 1: questions by themselves. pace: a second, by
        askers who do not wait for one another; 0: as answers come."""
        self.patience.wait()
        connections = connections or self.args.connections
        command = [os.path.join(BUILD, "bench", "bench-rights"), "--json",
                   "--pop", self.pop, "--url", self.d.url, "--figures",
                   FIGURES, "--seed", self.args.seed, "--" + mode,
                   "--questions", questions, "--connections", connections,
                   "--skip", self.skip_bundles if lines > 1 else self.skip,
                   "--bundle", lines]
        if live:
            command.append("--live")
        if pace:
            command += ["--pace", pace]
        if beside:
            command += ["--beside", self.static.url(mode)]
        for name, pid in self.pids(beside):
            command += ["--pid", "%s=%d" % (name, pid)]
        code, out, err = run(*command, check=False, cwd=self.folder)
        if lines > 1:
            self.skip_bundles += questions
        else:
            self.skip += questions
        lines = [json.loads(line) for line in out.splitlines()]
        if code != 0:
            raise SystemExit("bench-rights: exit %d: %s%s\n%s" % (
                code, out, err, self.d.logged()))
        self.machine = lines[0]
        return lines[1:]

    def doors(self):
        """New connections, each with a vendor's certificate."""
        self.patience.wait()
        drill = os.path.join(self.d.dir, "drill")
        out = run(os.path.join(BUILD, "bench", "bench-rights"), "--json",
                  "--pop", self.pop, "--url", self.d.url, "--figures",
                  FIGURES, "--doors", self.args.doors, "--connections", 16,
                  "--certificate", os.path.join(drill, "vendor.pem"),
                  "--certificate-key", os.path.join(drill, "vendor.key"),
                  *[a for name, pid in self.pids() if name in
                    ("nginx", "load") for a in
                    ("--pid", "%s=%d" % (name, pid))], cwd=self.folder)[1]
        return json.loads(out.splitlines()[1])

    def start_postgres(self):
        if postgres.programs():
            say("a PostgreSQL beside")
            self.postgres = postgres.Postgres(self.folder, self.args.members)

    def measure(self):
        shapes = {mode: self.ask(mode, self.args.warm)[0] for mode in MODES}
        with open(os.path.join(self.d.dir, "run", "nginx-flow.conf"),
                  encoding="utf-8") as f:
            workers = [int(line.split()[1].rstrip(";")) for line in f
                       if line.startswith("worker_processes")][0]
        self.static = Static(self.folder, os.path.join(self.d.dir, "tls"),
                             workers, shapes)
        self.start_postgres()
        for i in range(self.args.rounds):
            for mode in MODES:
                say("round %d of %d, %s" % (i + 1, self.args.rounds, mode))
                n = self.args.questions
                self.rounds += self.ask(mode, n, beside=True)
                if self.postgres:
                    self.patience.wait()
                    self.rounds[-1]["postgres"] = self.postgres.measure(n)
                self.rounds += self.ask(mode, n, live=True)
                self.rounds += self.ask(mode, self.args.single,
                                        connections=1)
                self.rounds[-1]["flushes_s"] = self.machine["flushes_s"]
                self.rounds += self.ask(mode, self.args.bundles,
                                        BUNDLES_AT_ONCE, lines=LINES)
            self.new += [self.doors()]
        self.measure_paces()
        pids = self.d.read_endpoints()["pids"]
        self.memory = {n: memory_mb(pids[n]) for n in ("keeper", "vault",
                                                       "gate")}

    def measure_paces(self):
        """What a question waits for where the load is a part of the most."""
        self.paces = []
        for mode in MODES:
            most = middle(r["rate"] for r in self.rounds
                          if r["mode"] == mode and r["server"] == "lock" and
                          not r["live"] and r["bundle"] == 1 and
                          r["connections"] > 1)
            for part in PACES:
                pace = max(1, int(most * part))
                say("%s, %d a second" % (mode, pace))
                r = self.ask(mode, min(self.args.questions, 4 * pace),
                             pace=pace)[0]
                self.paces.append(dict(r, part=part))

    def stop(self):
        if self.postgres:
            self.postgres.close()
            self.postgres = None
        self.static.close()
        self.static = None
        if "budget reached" in self.d.logged():
            raise SystemExit("a shared budget slowed questions down:\n" +
                             self.d.logged())
        if self.d.stop() != 0:
            raise SystemExit("the instance did not end well:\n" +
                             self.d.logged())

    def store(self):
        path = os.path.join(self.d.dir, "vault", "0", "store.db")
        db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
        names = dict(db.execute("SELECT name, tbl_name FROM sqlite_master"))
        sizes, cells = {}, {}
        for name, pages in db.execute(
                "SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            table = names.get(name, "(catalogue)")
            sizes[table] = sizes.get(table, 0) + pages
        for table in sorted(set(names.values())):
            cells[table] = db.execute(
                "SELECT count(*) FROM " + table).fetchone()[0]
        db.close()
        return [{"table": t, "rows": cells.get(t, 0), "bytes": b}
                for t, b in sorted(sizes.items(), key=lambda x: -x[1])
                if b >= 100 * 1024 or cells.get(t, 0) > 0]

    def journal(self):
        public = os.path.join(self.d.dir, "journal", "public")
        size = self.d.checkpoint_size()
        tiles = sum(os.path.getsize(os.path.join(at, f))
                    for at, _, files in os.walk(public) for f in files)
        return {"entries": size, "public_bytes": tiles / size}

    def steps(self):
        self.patience.wait()
        folder = os.path.join(self.folder, "steps")
        os.mkdir(folder)
        out = run(os.path.join(BUILD, "bench", "bench-steps"), "--json",
                  "--store", os.path.join(self.d.dir, "vault", "0", "store.db"),
                  "--folder", folder)[1]
        return [json.loads(line) for line in out.splitlines()]

    def report(self):
        steps = self.steps()
        return {"machine": self.machine, "members": self.args.members,
                "seed": self.args.seed, "rounds": self.rounds,
                "figures": figures(self.rounds), "steps": steps,
                "store": self.store(), "journal": self.journal(),
                "memory_mb": self.memory, "lines": self.lines,
                "doors": middle(x["rate"] for x in self.new),
                "paces": self.paces,
                "doors_us": middle(sum(x["cpu_us"]["nginx"])
                                   for x in self.new),
                "population_s": self.people_s, "enrol_s": self.enrol_s,
                "load_s": self.load_s}


# From rounds to figures: medians; ratios are taken round by round.

def middle(values):
    values = list(values)
    return statistics.median(values) if values else 0


def figure(rounds):
    cpu = {}
    for name in NAMES + ("static",):
        found = [r["cpu_us"][name] for r in rounds if name in r["cpu_us"]]
        if found:
            cpu[name] = {"us": middle(sum(f) for f in found),
                         "kernel_us": middle(f[1] for f in found)}
    return {"rounds": len(rounds),
            "rate": middle(r["rate"] for r in rounds),
            "rates": [r["rate"] for r in rounds],
            "p50_ms": middle(r["p50_ms"] for r in rounds),
            "p99_ms": middle(r["p99_ms"] for r in rounds),
            "others": middle(r["others"] for r in rounds),
            "stolen": middle(r["stolen"] for r in rounds),
            "make_us": middle(r["make_us"] for r in rounds), "cpu": cpu}


def yardstick(lock):
    """PostgreSQL's rate and the lock's of the same rounds; None where it is
    not installed."""
    pairs = [(r, r["postgres"]) for r in lock if "postgres" in r]
    if not pairs:
        return None
    return {"rate": middle(p["rate"] for _, p in pairs),
            "mean_ms": middle(p["mean_ms"] for _, p in pairs),
            "ratio": middle(a["rate"] / p["rate"] for a, p in pairs)}


def figures(rounds):
    def those(mode, server, live, single, lines=1):
        return [r for r in rounds if r["mode"] == mode and
                r["server"] == server and r["live"] == live and
                r["bundle"] == lines and
                (r["connections"] == 1) == single]
    result = {}
    for mode in MODES:
        lock = those(mode, "lock", False, False)
        static = those(mode, "static", False, False)
        result[mode] = {
            "lock": figure(lock), "static": figure(static),
            "live": figure(those(mode, "lock", True, False)),
            "single": figure(those(mode, "lock", False, True)),
            "bundles": figure(those(mode, "lock", False, False, LINES)),
            "ratio": middle(a["rate"] / b["rate"]
                            for a, b in zip(lock, static)),
            "postgres": yardstick(lock),
            "checks": {k: sum(r[k] for r in rounds if r["mode"] == mode and
                              r["server"] == "lock")
                       for k in ("answered", "refused", "unsigned", "lost",
                                 "checked", "failed")}}
    return result


# The report for people.

def pace_table(paces):
    print("Askers who do not wait for one another (Poisson), times from when "
          "each was due")
    print("%-32s %9s %9s %9s" % ("", "a second", "p50 ms", "p99 ms"))
    for r in paces:
        print("%-32s %9.0f %9.2f %9.2f" % (
            "%s: %d %% of the most" % (r["mode"], round(r["part"] * 100)),
            r["rate"], r["p50_ms"], r["p99_ms"]))


def rate_table(f):
    print("%-32s %9s %9s %9s %8s" % ("", "a second", "p50 ms", "p99 ms",
                                     "ratio"))
    for mode in MODES:
        for key, words in (("static", "nginx, a constant"),
                           ("lock", "the lock"),
                           ("live", "the lock, signed while asking"),
                           ("single", "the lock, one connection"),
                           ("bundles", "the lock, bundles of 50")):
            x = f[mode][key]
            ratio = "%8.2f" % f[mode]["ratio"] if key == "lock" else \
                "%8.2f" % 1 if key == "static" else ""
            print("%-32s %9.0f %9.2f %9.2f %s" % (
                mode + ": " + words, x["rate"], x["p50_ms"], x["p99_ms"],
                ratio))


def postgres_line(f):
    for mode in MODES:
        p = f[mode]["postgres"]
        if p:
            print("%-32s %9.0f %9.2f (mean)   the lock: %.2f of it" % (
                mode + ": PostgreSQL beside", p["rate"], p["mean_ms"],
                p["ratio"]))
    if not f["plain"]["postgres"]:
        print("PostgreSQL is not installed: no yardstick of it")


def cpu_table(f):
    print("Processor time, us a question (of it in the kernel)")
    print("%-32s %s" % ("", " ".join("%12s" % n for n in NAMES)))
    for mode in MODES:
        for key, words in (("lock", "the lock"),
                           ("single", "one connection"),
                           ("bundles", "bundles of 50")):
            cpu = f[mode][key]["cpu"]
            print("%-32s %s" % (mode + ": " + words, " ".join(
                "%6.1f (%3.0f)" % (cpu[n]["us"], cpu[n]["kernel_us"])
                for n in NAMES)))
        static = f[mode]["static"]["cpu"]
        print("%-32s %6.1f (%3.0f) %s load %.1f" % (
            mode + ": nginx, a constant", static["static"]["us"],
            static["static"]["kernel_us"], " " * 38, static["load"]["us"]))
    for mode in MODES:
        print("%s: signing%s one question costs the asker %.0f us" % (
            mode, " and sealing" if mode == "sealed" else "",
            f[mode]["lock"]["make_us"]))


def step_table(steps):
    print("Each step, us of one core (elapsed: with the wait for the disk)")
    for s in steps:
        if "us" in s:
            print("  %-8s %-42s %9.2f%s" % (
                s["who"], s["step"], s["us"],
                " elapsed" if s["elapsed"] else ""))


def size_table(r):
    n = r["members"]
    print("Bytes a member (%d members, %d lines fed)" % (n, r["lines"]))
    total = 0
    for t in r["store"]:
        total += t["bytes"]
        print("  %-22s %8.1f   %8d rows, %6.1f bytes each" % (
            t["table"], t["bytes"] / n, t["rows"],
            t["bytes"] / max(t["rows"], 1)))
    print("  %-22s %8.1f" % ("all", total / n))
    for s in r["steps"]:
        if "size" in s:
            print("  %-22s %8d bytes" % (s["size"], s["bytes"]))
    print("  %-22s %8.1f bytes an entry (%d entries)" % (
        "tiles, checkpoint", r["journal"]["public_bytes"],
        r["journal"]["entries"]))


def print_report(r):
    m, f = r["machine"], r["figures"]
    flush = [s for s in r["steps"] if "flushes_s" in s][0]
    print("bench/rights  %s, %d cores, %s" % (m["cpu"], m["cores"],
                                              m["kernel"]))
    print("seed %d; %d members, %d persons in force, %d by card; %d sites; "
          "medians of %d rounds" % (
              r["seed"], r["members"], m["persons"], m["by_card"],
              m["sites"], f["plain"]["lock"]["rounds"]))
    others, stolen = (max(f[mode]["lock"][k] for mode in MODES)
                      for k in ("others", "stolen"))
    print("other work on the machine, interrupts with it: %.2f cores; taken "
          "by its host: %.2f%s" % (
              others, stolen, "; too much: do not trust these rates"
              if others + stolen > OTHERS_MOST else ""))
    print("disk: %d fdatasync a second, p50 %.0f us, p99 %.0f us\n" % (
        flush["flushes_s"], flush["p50_us"], flush["p99_us"]))
    rate_table(f)
    postgres_line(f)
    print("%-32s %9.0f  (of nginx %.0f us each)" % (
        "new connections, certificate", r["doors"], r["doors_us"]))
    for mode in MODES:
        c = f[mode]["checks"]
        print("%s: %d answered; refused %d, unsigned %d, lost %d; signature "
              "and text of %d checked: %d false" % (
                  mode, c["answered"], c["refused"], c["unsigned"],
                  c["lost"], c["checked"], c["failed"]))
    print()
    pace_table(r["paces"])
    print()
    cpu_table(f)
    print()
    step_table(r["steps"])
    print()
    size_table(r)
    print("Memory: " + ", ".join("%s %.0f MB" % x for x in
                                 r["memory_mb"].items()))
    print("Set up: people %.1f s, enrolled %.1f s, feeds made and loaded "
          "%.1f s" % (r["population_s"], r["enrol_s"], r["load_s"]))


def count(text):
    """At least one: what is asked of each round gives a row of the report."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            "%r is no number of 1 or more" % text)
    return int(text)


def main():
    args = argparse.ArgumentParser(
        prog="bench/run.sh", description="What a rights question costs.")
    args.add_argument("--members", type=count, default=100000)
    args.add_argument("--sites", type=int, default=0, help="and keys, each "
                      "of full age (25 for 1,000 members)")
    args.add_argument("--book", type=int, default=0, help="so many members "
                      "more of one mutuelle, 10,000,000 if need be")
    args.add_argument("--doors", type=count, default=2000,
                      help="new connections of each round")
    args.add_argument("--rounds", type=count, default=3)
    args.add_argument("--connections", type=count, default=64, help="kept "
                      "open, and as many questions at once")
    args.add_argument("--questions", type=count, default=5000,
                      help="of each round and kind")
    args.add_argument("--single", type=count, default=1000,
                      help="of each round over one connection")
    args.add_argument("--bundles", type=count, default=40,
                      help="of each round, 50 questions each")
    args.add_argument("--warm", type=count, default=500,
                      help="before all, not measured")
    args.add_argument("--patience", type=int, default=60, help="seconds to "
                      "wait, in all, for other work on the machine to end")
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--json", action="store_true",
                      help="one object, with every round")
    args.add_argument("--keep", action="store_true",
                      help="leave the temporary folder and say where")
    args = args.parse_args()
    bench = Bench(args)
    try:
        say("making %d people and an instance in %s" % (
            args.members, bench.folder))
        bench.make()
        bench.measure()
        say("stopping, then each step alone")
        bench.stop()
        report = bench.report()
    finally:
        bench.close()
    if args.json:
        print(json.dumps(report, indent=1))
    else:
        print_report(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
