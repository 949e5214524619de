#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what nginx, gate and super do before any question is read.

Real nginx, gate and super on a free port; a stand-in keeper answers with what
it saw (tests/tools/echo_keeper.c). Routes, limits one step beyond each, error
form, signature headers, a keeper that is killed or breaks the protocol, a
clean end. Programs: $ECLUSE_BUILD, or build/.
"""
import concurrent.futures
import errno
import json
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("ECLUSE_BUILD", os.path.join(ROOT, "build"))
ASKED = "/fhir/CoverageEligibilityRequest"
BOUND_S = 60    # nothing here takes as long; a hang shows as a failure

# A sanitizer's leak check traces the process, which hardened ones forbid.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + \
    ":detect_leaks=0"


# --- TAP ---

class Tap:
    number = failed = 0

    @classmethod
    def result(cls, ok, name, why=""):
        cls.number += 1
        cls.failed += not ok
        print("%s %d - %s" % ("ok" if ok else "not ok", cls.number, name),
              flush=True)
        if not ok and why:
            for line in str(why).splitlines():
                print("# " + line, flush=True)

    @classmethod
    def skip(cls, name, why):
        cls.number += 1
        print("ok %d - %s # skip %s" % (cls.number, name, why), flush=True)


def check(name):
    """Runs the function at once as one test named so."""
    def run(function):
        try:
            function()
            Tap.result(True, name)
        except Exception as e:      # every failure is this test's
            Tap.result(False, name, "%s: %s" % (type(e).__name__, e))
        return function
    return run


def same(got, wanted):
    if got != wanted:
        raise AssertionError("%r is not %r" % (got, wanted))


def wait_until(what, condition):
    """A condition, looked at again and again; the bound is a failure."""
    end = time.monotonic() + BOUND_S
    while time.monotonic() < end:
        got = condition()
        if got:
            return got
        time.sleep(0.02)
    raise AssertionError("never: " + what)


# --- an instance ---

class Instance:
    def __init__(self, settings="", user=None):
        self.top = tempfile.mkdtemp(prefix="ecluse-front-")
        self.dir = os.path.join(self.top, "D")
        self.lib = os.path.join(self.top, "lib")
        self.user = user
        self.process = None
        os.makedirs(os.path.join(self.dir, "tls"))
        os.makedirs(os.path.join(self.dir, "keeper"))
        os.makedirs(os.path.join(self.dir, "journal", "public"))
        os.makedirs(self.lib)
        for name, target in (
                ("ecluse-keeper", "tests/tools/test_echo_keeper"),
                ("ecluse-vault", "tests/tools/test_echo_vault"),
                ("ecluse-front", "ecluse-front"),
                ("ecluse-gate", "ecluse-gate")):
            os.symlink(os.path.join(BUILD, target),
                       os.path.join(self.lib, name))
        self.write("ecluse.conf",
                   "origin = drill.ecluse.example/journal\n"
                   "portal.enabled = no\nstaff.enabled = no\n" + settings)
        self.certificates()
        self.journal()
        if user:
            os.chmod(self.top, 0o755)
            subprocess.run(["chown", "-R", user, self.dir], check=True)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def certificates(self):
        def openssl(*args):
            subprocess.run(["openssl"] + list(args), check=True,
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes"]
        openssl("req", "-x509", *new, "-keyout", self.path("tls/flow.key"),
                "-out", self.path("tls/flow.pem"), "-days", "30", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        shutil.copy(self.path("tls/flow.pem"), self.path("tls/ca.pem"))
        openssl("req", "-x509", *new, "-keyout", self.path("tls/vendors.key"),
                "-out", self.path("tls/clients-ca.pem"), "-days", "30",
                "-subj", "/CN=vendors")
        openssl("req", *new, "-keyout", self.path("tls/vendor.key"), "-out",
                self.path("tls/vendor.csr"), "-subj", "/CN=vendor")
        openssl("x509", "-req", "-in", self.path("tls/vendor.csr"), "-CA",
                self.path("tls/clients-ca.pem"), "-CAkey",
                self.path("tls/vendors.key"), "-CAcreateserial", "-days",
                "30", "-out", self.path("tls/vendor.pem"))

    def journal(self):
        """As the journal writes them; the entries must stay unreachable."""
        self.write("journal/public/checkpoint", "origin\n3\nroot\n")
        self.write("journal/public/tile/0/000.p/3", bytes(96))
        self.write("journal/public/tile/entries/000.p/3", b"secret")
        self.write("journal/private", b"secret")
        os.chmod(self.path("journal"), 0o700)

    def command(self, *options):
        line = [os.path.join(BUILD, "ecluse-super"), "--libexec", self.lib]
        if self.user:
            line = ["setpriv", "--reuid", self.user, "--regid", "nogroup",
                    "--clear-groups"] + line
        return line + list(options) + [self.dir]

    def start(self, first=None):
        """first: called in super before it is one."""
        reader, writer = os.pipe()
        self.log = open(os.path.join(self.top, "log"), "ab")
        self.process = subprocess.Popen(
            self.command("--ready-fd", str(writer)), pass_fds=[writer],
            stdout=subprocess.PIPE, stderr=self.log, preexec_fn=first)
        os.close(writer)
        with os.fdopen(reader) as f:
            self.ready = f.read()
        if self.ready == "ready\n":
            self.learn()
        return self

    def learn(self):
        self.ends = json.loads(self.read("run/endpoints.json"))
        self.port = self.ends["planes"]["flow"]["port"]
        self.pids = self.ends["pids"]

    def logged(self):
        with open(os.path.join(self.top, "log"), "rb") as f:
            return f.read().decode("utf-8", "replace")

    def stop(self, number=signal.SIGTERM):
        """Exit status and standard output."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=BOUND_S)
        self.log.close()
        return self.process.returncode, out.decode()

    def remove(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        shutil.rmtree(self.top, ignore_errors=True)


def processes_of(top):
    """Pids whose command line or folder is this instance's."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                line = f.read().decode("utf-8", "replace")
            where = os.readlink("/proc/%s/cwd" % pid)
        except OSError:
            continue
        if top in line or (top in where and "ecluse-" in line) or \
                (line.startswith("nginx") and top in where):
            found.append(int(pid))
    return found


# --- a client that sends exactly what it is told ---

def context(instance, vendor=False):
    c = ssl.create_default_context(cafile=instance.path("tls/ca.pem"))
    if vendor:
        c.load_cert_chain(instance.path("tls/vendor.pem"),
                          instance.path("tls/vendor.key"))
    return c


def connect(instance, vendor=False):
    raw = socket.create_connection(("127.0.0.1", instance.port),
                                   timeout=BOUND_S)
    return context(instance, vendor).wrap_socket(
        raw, server_hostname="localhost")


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def field(self, name):
        values = [v for n, v in self.fields if n == name]
        return values[0] if len(values) == 1 else values or None

    def json(self):
        return json.loads(self.body)


def read_answer(s):
    """One answer; None if the server hangs up without one."""
    data = b""
    while b"\r\n\r\n" not in data:
        try:
            part = s.recv(65536)
        except (ConnectionResetError, ssl.SSLError):
            part = b""
        if not part:
            return None
        data += part
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    fields = [(n.lower(), v.strip()) for n, v in
              (line.split(":", 1) for line in lines[1:])]
    answer = Answer(int(lines[0].split()[1]), fields, body)
    length = int(answer.field("content-length"))
    while len(answer.body) < length:
        part = s.recv(65536)
        if not part:
            raise AssertionError("the answer is cut")
        answer.body += part
    return answer


def head_of(method, target, fields):
    lines = ["%s %s HTTP/1.1" % (method, target)]
    lines += ["%s: %s" % f for f in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def fields_of(instance, body, more=(), drop=()):
    fields = [("Host", "localhost:%d" % instance.port),
              ("Content-Type", "application/fhir+json"),
              ("Content-Length", str(len(body))),
              ("Content-Digest", "sha-256=:Ym9keQ==:"),
              ("Signature-Input", "ecluse=()"),
              ("Signature", "ecluse=:c2ln:")]
    named = {n.lower() for n, _ in more} | {n.lower() for n in drop}
    return [f for f in fields if f[0].lower() not in named] + list(more)


def ask(instance, body=b"{}", target=ASKED, method="POST", more=(), drop=(),
        vendor=False):
    with connect(instance, vendor) as s:
        s.sendall(head_of(method, target,
                          fields_of(instance, body, more, drop)) + body)
        return read_answer(s)


def get(instance, target, more=()):
    return ask(instance, b"", target, "GET", more, drop=(
        "Content-Type", "Content-Length", "Content-Digest",
        "Signature-Input", "Signature"))


def send(instance, data):
    with connect(instance) as s:
        s.sendall(data)
        return read_answer(s)


def is_refused(answer, status, code=None, word=None):
    """The one form of all refusals that are not the keeper's."""
    if answer is None:
        raise AssertionError("hung up without an answer")
    same(answer.status, status)
    same(answer.field("content-type"), "application/fhir+json")
    same(answer.field("cache-control"), "no-store")
    same(answer.field("signature"), None)
    outcome = answer.json()
    same(outcome["resourceType"], "OperationOutcome")
    same(len(outcome["issue"]), 1)
    issue = outcome["issue"][0]
    same(issue["severity"], "error")
    if not issue["details"]["text"] or not issue["diagnostics"]:
        raise AssertionError("no words: %r" % issue)
    if code:
        same(issue["details"]["coding"][0]["code"], code)
    if word and word not in issue["diagnostics"]:
        raise AssertionError("%r not in %r" % (word, issue["diagnostics"]))
    later = answer.field("retry-after")
    same(later is not None, status in (429, 503, 504))


def main_tests(d):
    port = d.port

    @check("ready: endpoints.json says where")
    def _():
        same(d.ready, "ready\n")
        same(d.ends["planes"]["flow"]["url"], "https://localhost:%d" % port)
        same(d.ends["planes"]["flow"]["ca"], d.path("tls/ca.pem"))
        same(d.ends["admin"], d.path("run/admin.sock"))
        same(d.ends["origin"], "drill.ecluse.example/journal")
        same(d.ends["drill"], False)
        same(sorted(d.pids),
             ["gate", "keeper", "nginx", "super", "vault"])
        same(os.stat(d.path("run/admin.sock")).st_mode & 0o777, 0o600)

    @check("a second start of the same instance is refused")
    def _():
        done = subprocess.run(d.command(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=BOUND_S)
        same(done.returncode, 3)
        if b"runs already" not in done.stderr:
            raise AssertionError(done.stderr)
        same(get(d, "/fhir/metadata").status, 200)

    if os.geteuid() == 0 and not d.user:
        @check("started by root: each process is a user of its own")
        def _():
            def uids(pid):
                with open("/proc/%d/status" % pid) as f:
                    text = f.read()
                return set(re.search(r"Uid:(.*)", text).group(1).split())
            same(uids(d.pids["keeper"]), {"60800"})
            same(uids(d.pids["gate"]), {"60801"})
            same(uids(d.pids["nginx"]), {"60809"})
            same(uids(d.pids["vault"]), {"60816"})
            workers = subprocess.run(
                ["pgrep", "-P", str(d.pids["nginx"])],
                stdout=subprocess.PIPE).stdout.split()
            same(len(workers), 2)
            for pid in workers:
                same(uids(int(pid)), {"60809"})

    # --- what passes, and what does not

    @check("a question reaches the keeper with its fields and bytes")
    def _():
        a = ask(d, b"{\"a\":1}")
        same(a.status, 200)
        seen = a.json()
        same(seen["plane"], 1)
        same(seen["method"], 2)
        same(seen["bytes"], 7)
        same(seen["path"], ASKED)
        same(seen["authority"], "localhost:%d" % port)
        same(seen["type"], "application/fhir+json")
        same(seen["digest"], "sha-256=:Ym9keQ==:")
        same(seen["signature"], "ecluse=:c2ln:")

    @check("an answer carries the keeper's fields and nothing else")
    def _():
        a = ask(d)
        same(sorted(n for n, _ in a.fields if n != "connection"),
             ["cache-control", "content-digest", "content-length",
              "content-type", "date", "server", "signature",
              "signature-input"])
        same(a.field("signature"), "ecluse=:ZWNobw==:")
        same(a.field("signature-input"), "ecluse=(\"@status\");tag=\"x\"")
        same(a.field("content-digest"), "sha-256=:ZWNobw==:")
        same(a.field("server"), "nginx")

    @check("the keeper's refusals pass with Retry-After and signature")
    def _():
        a = ask(d, b"spent")
        same(a.status, 429)
        same(a.field("retry-after"), "3600")
        same(a.field("signature"), "ecluse=:ZWNobw==:")

    @check("other fields of the client never reach the gate")
    def _():
        a = ask(d, more=[("Proxy", "x"), ("Cookie", "y"),
                         ("Signature_Input", "z"), ("X-Accel-Redirect", "/"),
                         ("Client-Verify", "SUCCESS")])
        same(a.status, 200)

    @check("of a field sent twice the first passes, or both joined")
    def _():
        a = ask(d, more=[("Signature", "first"), ("Signature", "second")])
        if a.json()["signature"] not in ("first", "first, second"):
            raise AssertionError(a.body)

    @check("metadata needs no signature")
    def _():
        a = get(d, "/fhir/metadata")
        same(a.status, 200)
        same(a.json()["method"], 1)

    @check("one connection carries many questions")
    def _():
        with connect(d) as s:
            for i in range(50):
                body = b"x" * (1 + i * 997 % 5000)
                s.sendall(head_of("POST", ASKED, fields_of(d, body)) + body)
                same(read_answer(s).json()["bytes"], len(body))

    for target in ("/", "/fhir/", "/fhir/metadata/",
                   "/fhir/Patient?name=x", "/fhir/Patient",
                   "//fhir/metadata", "/fhir/./metadata",
                   "/x/../fhir/metadata", "/fhir/%6detadata",
                   "/fhir%2fmetadata", "/fhir/metadata%00x",
                   "/fhir/metadata;a=b", "/FHIR/metadata", "/oo/503.json",
                   "/oo/", "/gate-flow.sock", "/nginx-flow.conf",
                   "/journal", "/journal/", "/journal/checkpoint/",
                   "/journal/checkpoint/../../private",
                   "/journal/tile", "/journal/tile/../../private",
                   "/journal/tile/%2e%2e/%2e%2e/private",
                   "/journal/tile/entries/000.p/3",
                   "/journal/tile/0/../entries/000.p/3",
                   "/journal/tile/0/%2e%2e/entries/000.p/3"):
        @check("nothing at %s" % target)
        def _(target=target):
            a = get(d, target)
            is_refused(a, 400 if "%00" in target else 404)

    for target, inside in (("/fhir/metadata?", 404),
                           (ASKED + "?nir=2550699999999", 404)):
        @check("no query string: %s" % target.split("?")[0])
        def _(target=target):
            is_refused(get(d, target), 404, "path", "query string")

    @check("what a query string held is in no log")
    def _():
        for target in ("/journal/tile/0/777", "/journal/tile/entries/1",
                       "/nowhere", "/" + "a" * 9000):
            get(d, target + "?nir=2550699999999")
        same("2550699999999" in d.logged(), False)

    for method, target, allow in (
            ("GET", ASKED, "POST"), ("PUT", ASKED, "POST"),
            ("DELETE", ASKED, "POST"), ("OPTIONS", ASKED, "POST"),
            ("POST", "/fhir/metadata", "GET")):
        @check("%s %s: 405, allowed %s" % (method, target, allow))
        def _(method=method, target=target, allow=allow):
            a = ask(d, b"{}", target, method)
            is_refused(a, 405, "method")
            same(a.field("allow"), allow)

    @check("POST to the journal: 405 in the same form")
    def _():
        is_refused(ask(d, b"{}", "/journal/checkpoint"), 405, "method")

    # --- the journal's public files

    @check("checkpoint and tiles are served with their types")
    def _():
        a = get(d, "/journal/checkpoint")
        same(a.status, 200)
        same(a.body, b"origin\n3\nroot\n")
        same(a.field("content-type"), "text/plain; charset=utf-8")
        same(a.field("cache-control"), "no-store")
        a = get(d, "/journal/tile/0/000.p/3")
        same(a.status, 200)
        same(a.body, bytes(96))
        same(a.field("content-type"), "application/octet-stream")
        same("immutable" in a.field("cache-control"), True)
        is_refused(get(d, "/journal/tile/0/001"), 404, "path")

    @check("a folder of the journal is nothing, and leads nowhere")
    def _():
        for name in ("", "/", "/0", "/0/", "/entries", "/0/000.p"):
            a = get(d, "/journal/tile" + name,
                    [("Host", "elsewhere.example")])
            is_refused(a, 404, "path")
            same(a.field("location"), None)

    for name in ("checkpoint", "service"):
        @check("a %s of the same second is not taken for the one before"
               % name)
        def _(name=name):
            path = d.path("journal/public", name)
            second = int(time.time())

            def put(text):
                with open(path + ".new", "wb") as f:
                    f.write(text)
                os.utime(path + ".new", (second, second))
                os.rename(path + ".new", path)
            put(b"origin\n3\nroot\n")
            first = get(d, "/journal/" + name)
            put(b"origin\n4\nroot\n")
            since = [("If-Modified-Since", first.field("last-modified"))]
            for more in (since, [("If-None-Match", first.field("etag"))]
                         if first.field("etag") else since):
                # a 304 has no length: read_answer would not take it
                with connect(d) as s:
                    s.sendall(head_of("GET", "/journal/" + name,
                                      [("Host", "x")] + more))
                    same(s.recv(65536).split(b"\r\n")[0],
                         b"HTTP/1.1 200 OK")
            put(b"origin\n3\nroot\n")

    # --- limits, and one step beyond

    def touched():
        """Changes with each file that nginx writes a body to."""
        return os.stat(d.path("run/nginx-flow/client_body")).st_mtime_ns

    before = touched()

    @check("a body of 65,536 bytes passes whole")
    def _():
        seen = ask(d, b"a" + b"m" * 65534 + b"z").json()
        same((seen["bytes"], seen["first"], seen["last"]),
             (65536, ord("a"), ord("z")))

    @check("a body of 65,537 bytes: 413")
    def _():
        is_refused(ask(d, b"x" * 65537), 413, "too-large")

    # the plane's longest body, a bundle's, is the front's to refuse
    @check("a length of 196,609 said and nothing sent: 413 at once")
    def _():
        is_refused(ask(d, b"", more=[("Content-Length", "196609")]), 413)

    def chunked(pieces):
        data = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces)
        return head_of("POST", ASKED, fields_of(
            d, b"", [("Transfer-Encoding", "chunked")],
            ["Content-Length"])) + data + b"0\r\n\r\n"

    @check("a chunked body passes with its length")
    def _():
        same(send(d, chunked([b"ab", b"c", b"x" * 4000])).json()["bytes"],
             4003)

    @check("a chunked body of 65,536 bytes passes")
    def _():
        same(send(d, chunked([b"x" * 4096] * 16)).json()
             ["bytes"], 65536)

    @check("none of these bodies was written to the disk")
    def _():
        same(touched(), before)

    @check("chunks of one byte up to 65,536, and one more: 413")
    def _():
        same(send(d, chunked([b"x"] * 65536)).json()["bytes"], 65536)
        is_refused(send(d, chunked([b"x"] * 65537)), 413)

    @check("a body of one byte per record passes")
    def _():
        body = b"q" * 900
        with connect(d) as s:
            s.sendall(head_of("POST", ASKED, fields_of(d, body)))
            for i in range(len(body)):
                s.sendall(body[i:i + 1])
            same(read_answer(s).json()["bytes"], 900)

    @check("a longest answer passes whole")
    def _():
        a = ask(d, b"big")
        same((a.status, len(a.body), a.body.count(b"z")),
             (200, 65536, 65536))

    for name, most in (("Signature-Input", 512), ("Signature", 160),
                       ("Content-Digest", 160), ("Content-Type", 128)):
        @check("%s of %d bytes passes, %d: 431" % (name, most, most + 1))
        def _(name=name, most=most):
            full = "application/fhir+json;" + "a" * (most - 22) \
                if name == "Content-Type" else "a" * most
            same(ask(d, more=[(name, full)]).status, 200)
            is_refused(ask(d, more=[(name, full + "a")]), 431, "too-large",
                       name)

    @check("a path of 256 bytes: 404; 257: 414")
    def _():
        is_refused(get(d, "/" + "a" * 255), 404)
        is_refused(get(d, "/" + "a" * 256), 414, "too-large")

    @check("a request line of 9,000 bytes: 414")
    def _():
        is_refused(get(d, "/" + "a" * 9000), 414)

    @check("a header line of 9,000 bytes: 431")
    def _():
        is_refused(get(d, "/fhir/metadata", [("X", "a" * 9000)]), 431)

    @check("a header of 40,000 bytes: 431")
    def _():
        is_refused(get(d, "/fhir/metadata",
                       [("X%d" % i, "a" * 4000) for i in range(10)]), 431)

    @check("41 header lines: refused")
    def _():
        a = get(d, "/fhir/metadata", [("X%d" % i, "a") for i in range(40)])
        if "max_headers" not in d.read("run/nginx-flow.conf"):
            same(a.status, 200)     # this nginx does not know the limit
            return
        if a.status not in (400, 431):
            raise AssertionError(a.status)
        is_refused(a, a.status)

    # --- forms

    @check("content types outside the list: 415")
    def _():
        for kind in ("text/plain", "application/fhir+xml",
                     "application/x-www-form-urlencoded"):
            is_refused(ask(d, more=[("Content-Type", kind)]), 415,
                       "media-type", "Content-Type")
        is_refused(ask(d, drop=["Content-Type"]), 415)

    @check("sealed bodies and a charset pass")
    def _():
        for kind in ("application/ecluse-sealed", "application/json",
                     "application/fhir+json; charset=utf-8"):
            same(ask(d, more=[("Content-Type", kind)]).json()["type"], kind)

    @check("Content-Encoding: 415")
    def _():
        for encoding in ("gzip", "deflate", "br", "x"):
            is_refused(ask(d, more=[("Content-Encoding", encoding)]), 415,
                       "media-type", "Content-Encoding")

    @check("a question without body, a GET with one: 400")
    def _():
        is_refused(ask(d, b""), 400)
        is_refused(ask(d, b"{}", "/fhir/metadata", "GET"), 400)

    host = "Host: localhost:%d\r\n" % port
    bad = {
        "Content-Length twice, equal": "POST %s HTTP/1.1\r\n%s"
        "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" % (ASKED, host),
        "Content-Length twice, unequal": "POST %s HTTP/1.1\r\n%s"
        "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" % (ASKED, host),
        "Content-Length with a list": "POST %s HTTP/1.1\r\n%s"
        "Content-Length: 2, 2\r\n\r\n{}" % (ASKED, host),
        "Content-Length with a sign": "POST %s HTTP/1.1\r\n%s"
        "Content-Length: +2\r\n\r\n{}" % (ASKED, host),
        "Content-Length with chunks": "POST %s HTTP/1.1\r\n%s"
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\n{}\r\n0\r\n\r\n" % (ASKED, host),
        "Host twice": "GET /fhir/metadata HTTP/1.1\r\n%s%s\r\n"
        % (host, host),
        "no Host": "GET /fhir/metadata HTTP/1.1\r\n\r\n",
        "a folded line": "GET /fhir/metadata HTTP/1.1\r\n%sX: a\r\n b\r\n\r\n"
        % host,
        "a space before the colon": "GET /fhir/metadata HTTP/1.1\r\n%s"
        "X : a\r\n\r\n" % host,
        "a NUL in a field": "GET /fhir/metadata HTTP/1.1\r\n%sX: a\0b\r\n\r\n"
        % host,
        "no HTTP at all": "nonsense\r\n\r\n",
        "a version of the future": "GET /fhir/metadata HTTP/7.0\r\n%s\r\n"
        % host,
    }
    for what, data in bad.items():
        @check("refused: " + what)
        def _(data=data):
            a = send(d, data.encode("latin-1"))
            if a and a.status not in (400, 505):
                raise AssertionError(a.status)
            is_refused(a, a.status if a else 400)

    @check("an unknown transfer coding: refused in the same form")
    def _():
        is_refused(send(d, head_of("POST", ASKED, fields_of(
            d, b"", [("Transfer-Encoding", "gzip")], ["Content-Length"]))),
            501)

    @check("a control character in a signature: 400")
    def _():
        is_refused(ask(d, more=[("Signature", "a\x01b")]), 400, "http",
                   "Signature")

    @check("plain HTTP to the TLS port: 400")
    def _():
        with socket.create_connection(("127.0.0.1", port)) as s:
            s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            is_refused(read_answer(s), 400, "http", "TLS")

    @check("TLS 1.2 is refused, 1.3 spoken")
    def _():
        c = context(d)
        c.maximum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection(("127.0.0.1", port)) as raw:
            try:
                c.wrap_socket(raw, server_hostname="localhost")
                raise AssertionError("spoken")
            except ssl.SSLError:
                pass
        with connect(d) as s:
            same(s.version(), "TLSv1.3")

    @check("a header, a body that stops half-way: hung up, nothing asked")
    def _():
        def stops(data):
            with connect(d) as s:
                s.sendall(data)
                return read_answer(s)
        half = head_of("POST", ASKED, fields_of(d, b"x" * 100)) + b"x" * 50
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for a in pool.map(stops, (b"", half[:40], half)):
                same(a, None)


def held(d, n):
    """The keeper holds n questions (it says so in each answer)."""
    return wait_until("%d are held" % n,
                      lambda: ask(d).json()["held"] == n)


def fastcgi(d, body):
    """A whole question as nginx passes it (fastcgi.h)."""
    def record(kind, content):
        return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + \
            content
    pairs = b""
    for name, value in (
            ("REQUEST_METHOD", "POST"), ("REQUEST_URI", ASKED),
            ("HTTP_HOST", "localhost:%d" % d.port),
            ("CONTENT_TYPE", "application/fhir+json"),
            ("CONTENT_LENGTH", str(len(body)))):
        pairs += struct.pack(">BB", len(name), len(value)) + \
            (name + value).encode()
    return record(1, struct.pack(">HB5x", 1, 1)) + record(4, pairs) + \
        record(4, b"") + record(5, body) + record(5, b"")


def connections(d):
    """Connections of nginx that the gate has open, idle ones too."""
    return len(os.listdir("/proc/%d/fd" % d.pids["gate"]))


def pressure_tests(d):
    @check("questions wait for each other on many connections")
    def _():
        with concurrent.futures.ThreadPoolExecutor(39) as pool:
            waits = [pool.submit(ask, d, b"hold") for _ in range(39)]
            held(d, 39)
            same([f.done() for f in waits], [False] * 39)
            same(ask(d, b"release").status, 200)
            same({f.result().body for f in waits}, {b'{"held":true}'})

    @check("a question that nobody waits for any more is not asked")
    def _():
        # as nginx does: it gives up on a gate that stands still
        os.kill(d.pids["gate"], signal.SIGSTOP)
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(d.path("run/gate-flow.sock"))
                s.sendall(fastcgi(d, b"hold"))
        finally:
            os.kill(d.pids["gate"], signal.SIGCONT)
        # taken later than that connection, from the same backlog
        same(ask(d).json()["held"], 0)

    @check("a client that leaves is forgotten, its late answer dropped")
    def _():
        clients = [connect(d) for _ in range(5)]
        for s in clients:
            s.sendall(head_of("POST", ASKED, fields_of(d, b"hold")) + b"hold")
        held(d, 5)
        peak = connections(d)
        for s in clients:
            s.close()
        wait_until("nginx let go", lambda: connections(d) <= peak - 5)
        same(ask(d, b"release").json()["held"], 0)
        same(ask(d).status, 200)

    @check("a silent keeper: 504 with Retry-After, and others go on")
    def _():
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waits = pool.submit(ask, d, b"hold")
            same(ask(d).status, 200)
            is_refused(waits.result(), 504, "busy")
        same(ask(d, b"release").status, 200)    # a late answer: dropped
        same(ask(d).status, 200)


def recovery_tests(d):
    def restarted(old):
        def looked():
            try:
                d.learn()
            except (OSError, ValueError):
                return False
            return d.pids["keeper"] != old
        wait_until("a new keeper", looked)
        wait_until("an answer", lambda: ask(d).status == 200)

    @check("keeper killed: 503 for what waits, then it goes on")
    def _():
        old = dict(d.pids)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            waits = [pool.submit(ask, d, b"hold") for _ in range(3)]
            held(d, 3)
            is_refused(ask(d, b"die"), 503, "busy")
            for f in waits:
                is_refused(f.result(), 503, "busy")
        restarted(old["keeper"])
        same("unanswered" in d.logged(), False)
        same(d.pids["nginx"], old["nginx"])     # the port stayed open
        same(d.pids["gate"] != old["gate"], True)

    def alone(name, cause):
        """Another one of these, and of nobody else."""
        old = dict(d.pids)
        cause(old[name])

        def back():
            d.learn()
            return d.pids[name] not in (0, old[name])
        wait_until("another " + name, back)
        wait_until("an answer", lambda: ask(d).status == 200)
        same([n for n in old if old[n] != d.pids[n]], [name])

    for word in ("other-ref", "two-lines"):
        @check("a keeper that breaks the protocol (%s): the gate that saw "
               "it starts anew, and only that" % word)
        def _(word=word):
            def cause(pid):
                a = ask(d, word.encode())
                if a is not None:
                    is_refused(a, 503)
            alone("gate", cause)

    @check("nginx killed: another one on the same port")
    def _():
        port = d.port
        alone("nginx", lambda pid: os.kill(pid, signal.SIGKILL))
        same(d.port, port)

    for name in ("vault", "gate"):
        @check("%s killed: another one, and only that" % name)
        def _(name=name):
            alone(name, lambda pid: os.kill(pid, signal.SIGKILL))

    @check("a gate that ends again and again waits, the rest goes on")
    def _():
        # three so far (two protocols, one kill); three more are one too many
        for _ in range(2):
            alone("gate", lambda pid: os.kill(pid, signal.SIGKILL))
        os.kill(d.pids["gate"], signal.SIGKILL)
        wait_until("it is held", lambda: d.learn() or d.pids["gate"] == 0)
        if "gate ends again and again" not in d.logged():
            raise AssertionError(d.logged())
        same(os.path.exists("/proc/%d" % d.pids["keeper"]), True)
        same(get(d, "/journal/checkpoint").status, 200)

    @check("five restarts of the keeper within a minute: it is held")
    def _():
        # one so far; the sixth is one too many
        for _ in range(5):
            old = d.pids["keeper"]
            os.kill(old, signal.SIGKILL)
            wait_until("another keeper", lambda: d.learn() or
                       d.pids["keeper"] != old or
                       "keeper ends again and again" in d.logged())
        if "keeper ends again and again" not in d.logged():
            raise AssertionError(d.logged())
        # nginx waits 15 s for a gate that lets it in and says nothing: there
        # is one place, and all others are told at once
        with socket.socket(socket.AF_UNIX) as one, \
                socket.socket(socket.AF_UNIX) as more:
            found = []
            for s in (one, more):
                s.setblocking(False)
                found.append(s.connect_ex(d.path("run", "gate-flow.sock")))
            same(found[1], errno.EAGAIN)
            is_refused(ask(d), 503, "busy")
        same(d.process.poll(), None)
        same(d.stop()[0], 0)
        same(processes_of(d.top), [])


def stop_tests():
    for number in (signal.SIGTERM, signal.SIGINT):
        d = Instance().start()
        port, pids = d.port, d.pids

        @check("%s: exit 0, no process, no socket left" % number.name)
        def _():
            same(ask(d).status, 200)
            status, out = d.stop(number)
            same(status, 0)
            if not re.fullmatch(r"ready in \d+\.\d s: https://localhost:%d\n"
                                % port, out):
                raise AssertionError(out)
            same(processes_of(d.top), [])
            same(d.read("keeper/stopped"), "clean\n")
            for name in ("endpoints.json", "gate-flow.sock", "admin.sock"):
                same(os.path.exists(d.path("run", name)), False)
            same([p for p in pids.values()
                  if os.path.exists("/proc/%d" % p)], [])

        if number == signal.SIGTERM:
            @check("started again: the same port")
            def _():
                d.start()
                same(d.port, port)
                same(ask(d).status, 200)

            @check("a port that was picked and is taken now: it says so")
            def _():
                same(d.stop()[0], 0)
                with socket.socket() as taken:
                    taken.bind(("127.0.0.1", port))
                    taken.listen(1)
                    d.start()
                same(ask(d).status, 200)
                same(d.port == port, False)
                if "flow.port %d is taken by another program: from now on " \
                        "it is %d" % (port, d.port) not in d.logged():
                    raise AssertionError(d.logged())

            @check("a question that waits when TERM comes is answered")
            def _():
                with concurrent.futures.ThreadPoolExecutor(2) as pool:
                    waits = pool.submit(ask, d, b"hold")
                    held(d, 1)
                    with connect(d) as s:
                        s.sendall(head_of("POST", ASKED,
                                          fields_of(d, b"release")))
                        d.process.send_signal(signal.SIGTERM)
                        s.sendall(b"release")
                        same(read_answer(s).status, 200)
                    same(waits.result().status, 200)
                same(d.stop()[0], 0)

            @check("super killed: nobody stays, and it starts again")
            def _():
                d.start()
                os.kill(d.pids["super"], signal.SIGKILL)
                d.stop()
                d.start()      # waits for the lock of keeper and vault
                same(d.ready, "ready\n")
                same(ask(d).status, 200)
                same(d.stop()[0], 0)
                same(processes_of(d.top), [])
        d.remove()


def certificate_tests():
    d = Instance("flow.client-certificate = required\n").start()

    @check("certificate required: none is 400, a vendor's passes")
    def _():
        is_refused(ask(d), 400, "http", "certificate")
        same(ask(d, vendor=True).status, 200)
    d.stop()
    d.remove()
    d = Instance("flow.client-certificate = optional\n"
                 "flow.connections = 3\n").start()

    @check("certificate optional: both pass")
    def _():
        same(ask(d).status, 200)
        same(ask(d, vendor=True).status, 200)

    @check("flow.connections = 3: the fourth of an address gets 429")
    def _():
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            waits = [pool.submit(ask, d, b"hold")]
            held(d, 1)
            waits.append(pool.submit(ask, d, b"hold"))
            held(d, 2)
            # of two more at once exactly one finds the last place
            last = [pool.submit(ask, d, b"hold") for _ in range(2)]
            wait_until("one is refused", lambda: any(f.done() for f in last))
            refused = [f for f in last if f.done()]
            same(len(refused), 1)
            is_refused(refused[0].result(), 429, "busy")
            same({f.result().status for f in waits + last if
                  f is not refused[0]}, {504})
    d.stop()
    d.remove()


def start_tests():
    def starts_not(name, d, word, status=5):
        @check(name)
        def _():
            d.start()
            same(d.ready, "")
            same(d.stop()[0], status)
            if word not in d.logged():
                raise AssertionError(d.logged())
            same(processes_of(d.top), [])
        d.remove()

    starts_not("a slip in ecluse.conf is named with its line",
               Instance("flow.prot = 1\n"), "line 4: flow.prot")
    d = Instance()
    os.remove(d.path("tls/flow.key"))
    starts_not("nginx's own words when a key is missing", d, "flow.key")
    d = Instance()
    d.write("keeper-fails", "")
    # the vault may notice first: each end has its line
    starts_not("a keeper that cannot start: it says so and ends", d,
               "keeper ended with status 6")
    d = Instance()
    os.remove(os.path.join(d.lib, "ecluse-vault"))
    starts_not("a program that is missing is named", d, "vault")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        starts_not("a port that is taken is named",
                   Instance("flow.port = %d\n" % taken.getsockname()[1]),
                   "taken")

    d = Instance()
    d.write("run/endpoints.json", "{}")
    os.remove(os.path.join(d.lib, "ecluse-keeper"))
    # one that never gets ready
    os.symlink(shutil.which("yes"), os.path.join(d.lib, "ecluse-keeper"))

    @check("endpoints of a run that was cut off are gone at once")
    def _():
        d.process = subprocess.Popen(d.command(), stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)

        def a_keeper():
            for pid in processes_of(d.top):
                try:
                    with open("/proc/%d/cmdline" % pid, "rb") as f:
                        if f.read().startswith(b"ecluse-keeper"):
                            return True
                except OSError:     # an nginx that read its configuration
                    continue
            return False
        wait_until("a keeper", a_keeper)
        same(os.path.exists(d.path("run/endpoints.json")), False)
        d.process.terminate()
        same(d.process.wait(BOUND_S), 0)    # a stop while it starts
        same(processes_of(d.top), [])
    d.remove()

    @check("usage: exit 2")
    def _():
        program = os.path.join(BUILD, "ecluse-super")
        for args in ([], ["--x", "y", "z"], ["a", "b"],
                     ["--ready-fd", "x", "a"]):
            same(subprocess.run([program] + args, stderr=subprocess.DEVNULL)
                 .returncode, 2)
        same(subprocess.run([os.path.join(BUILD, "ecluse-gate"), "--plane",
                             "sky", "."], stderr=subprocess.DEVNULL)
             .returncode, 2)


def user_tests():
    name = "as an ordinary user: serves and stops"
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        Tap.skip(name, "needs root to become one")
        return
    # the programs must be reachable by that user
    probe = subprocess.run(
        ["setpriv", "--reuid", "games", "--regid", "nogroup",
         "--clear-groups", "test", "-x",
         os.path.join(BUILD, "ecluse-super")])
    if probe.returncode != 0:
        Tap.skip(name, "the build folder is closed to others")
        return
    d = Instance(user="games")
    d.start()

    @check(name)
    def _():
        same(ask(d).status, 200)
        same(get(d, "/journal/checkpoint").status, 200)
        is_refused(get(d, "/x"), 404)
        with open("/proc/%d/status" % d.pids["keeper"]) as f:
            same(re.search(r"Uid:\s(\d+)", f.read()).group(1) != "0", True)
        same(d.stop()[0], 0)
        same(processes_of(d.top), [])
    d.remove()


def signal_tests():
    """Whoever becomes nginx is told to end, before it waits for that."""
    place = tempfile.mkdtemp(prefix="ecluse-front-")
    os.mkdir(os.path.join(place, "run"))

    @check("a signal that comes before nginx waits for it is not lost")
    def _():
        done = subprocess.run(
            [os.path.join(BUILD, "ecluse-front"), "--unconfined", "flow",
             "/bin/sh", "sh", "-c", "kill -TERM $$; echo it waits"],
            cwd=os.path.join(place, "run"), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=BOUND_S)
        same(done.stdout, b"it waits\n")
        same(done.returncode, 0)
    shutil.rmtree(place)


STANDS = """#!/bin/sh
case "$*" in
*-tq*) ;;
*)
	echo >%(place)s/there
	read -r go <%(place)s/go ;;
esac
exec %(program)s "$@"
"""


def as_background_job():
    """What a shell without job control does to what it leaves running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)


def orphan_tests():
    """Whoever becomes nginx is held up on its way there; super is gone
    before it goes on. What comes later: signal_tests."""
    d = Instance()
    os.chmod(d.top, 0o755)      # it is another user's by then
    place = os.path.join(d.top, "place")
    os.mkdir(place)
    os.chmod(place, 0o777)
    os.mkfifo(os.path.join(place, "go"))
    os.chmod(os.path.join(place, "go"), 0o666)
    front = os.path.join(d.lib, "ecluse-front")
    os.unlink(front)
    with open(front, "w", encoding="utf-8") as f:
        f.write(STANDS % {"place": place, "program": os.path.join(
            BUILD, "ecluse-front")})
    os.chmod(front, 0o755)
    there = os.path.join(place, "there")
    go = os.open(os.path.join(place, "go"), os.O_RDWR)

    def begin(first):
        if os.path.exists(there):
            os.unlink(there)
        d.start(first)
        same(d.ready, "ready\n")
        wait_until("whoever becomes nginx", lambda: os.path.exists(there))

    for first, who in ((None, "super"),
                       (as_background_job, "super, a background job,")):
        @check("%s is killed while nginx starts: nobody stays" % who)
        def _():
            begin(first)
            d.process.kill()
            d.process.wait()
            os.write(go, b"\n")
            wait_until("an end", lambda: processes_of(d.top) == [])
            d.stop()

        os.close(go)    # a line that nobody took is gone with the last one
        go = os.open(os.path.join(place, "go"), os.O_RDWR)

        @check("%s ends while nginx starts: that does not keep it" % who)
        def _():
            begin(first)
            same(d.stop()[0], 0)
            same(processes_of(d.top), [])
            same("did not end: killed" in d.logged(), False)
    os.close(go)
    d.remove()


def powers_tests():
    @check("the gate is linked with no table, no key, no journal")
    def _():
        gate = os.path.join(BUILD, "ecluse-gate")
        symbols = subprocess.run(["nm", gate], stdout=subprocess.PIPE,
                                 check=True).stdout.decode().lower()
        for word in ("sqlite3_", "hmac", "journal_", "evp_", "sodium",
                     "pq"):
            found = [line for line in symbols.splitlines()
                     if re.search(r"\b[tu] %s" % word, line)]
            same(found, [])
        libraries = subprocess.run(["ldd", gate], stdout=subprocess.PIPE,
                                   check=True).stdout.decode()
        for word in ("sqlite", "crypto", "ssl", "sodium", "jansson", "curl"):
            same(word in libraries, False)


def main():
    start_tests()
    d = Instance().start()
    if d.ready != "ready\n":
        Tap.result(False, "the instance starts", d.logged())
    else:
        main_tests(d)
        pressure_tests(d)
        recovery_tests(d)
    d.remove()
    stop_tests()
    signal_tests()
    orphan_tests()
    certificate_tests()
    user_tests()
    powers_tests()
    print("1..%d" % Tap.number)
    return 1 if Tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
