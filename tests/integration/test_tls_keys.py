#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a plane's certificate and the authorities of client certificates change
while people ask, and no question is lost: clients that pinned the authority
and clients with a certificate of the old authority go on. What clients would
not believe is refused before it is in place, and a change that was cut off is
ended at the next start.
"""
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402


def openssl(*args):
    subprocess.run(("openssl",) + args, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Maker:
    """Certificates of a folder: of the instance's authority or of others."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, name):
        return os.path.join(self.folder, name)

    def authority(self, name, subject=None):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                self(name + ".key"), "-out", self(name + ".pem"), "-days",
                "30", "-subj", "/CN=" + (subject or name))

    def leaf(self, name, ca, ca_key, host="localhost"):
        openssl("req", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                self(name + ".key"), "-out", self(name + ".csr"), "-subj",
                "/CN=" + name)
        with open(self("ext"), "w", encoding="utf-8") as f:
            f.write("subjectAltName=DNS:%s\n"
                    "authorityKeyIdentifier=keyid\n" % host)
        openssl("x509", "-req", "-in", self(name + ".csr"), "-CA", ca,
                "-CAkey", ca_key, "-CAcreateserial", "-CAserial",
                self("serial"), "-days", "20", "-extfile", self("ext"),
                "-out", self(name + ".pem"))


def rotate(d, *args):
    code, out, err = d.ecluse("keys", "rotate", *args, check=False)
    return code, out + err


def shown(d):
    """The certificate that the flow plane shows."""
    port = d.plane("flow")["port"]
    return ssl.get_server_certificate(("127.0.0.1", port)).strip()


def pem(path):
    with open(path, encoding="utf-8") as f:
        return f.read().strip()


def until(what, bound_s=30):
    end = time.monotonic() + bound_s
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def ending(d):
    """What `ecluse status` says of certificates, and its exit status."""
    code, out, _ = d.ecluse("status", d.dir, "--json", check=False)
    return code, [c["name"] for c in json.loads(out)["certificates_ending"]]


class Asking(threading.Thread):
    """Questions without a pause, each on a connection of its own."""

    def __init__(self, d, person):
        super().__init__()
        self.d, self.person, self.states = d, person, []
        self.over = threading.Event()

    def run(self):
        site = self.d.people.site("optician")
        while not self.over.is_set():
            self.states.append(
                self.d.ask(site, self.person)[1].get("state"))

    def end(self):
        self.over.set()
        self.join()
        return self.states


def server(t, d, make, person):
    ca, ca_key = (os.path.join(d.dir, "tls", n) for n in ("ca.pem", "ca.key"))
    make.leaf("next", ca, ca_key)
    make.leaf("elsewhere", ca, ca_key, "other.example")
    make.authority("stranger")
    make.leaf("strange", make("stranger.pem"), make("stranger.key"))
    before = shown(d)
    t.same(ending(d), (0, []), "no certificate ends soon")
    path = os.path.join(d.dir, "tls", "flow.pem")
    with open(path, "r+b") as f:
        whole = f.read()
        f.truncate(300)
        t.same(ending(d), (1, []), "one that was cut is told by the status")
        t.same(d.ecluse("keys", "list", d.dir, check=False)[0], 1,
               "and by the list")
        f.seek(0)
        f.write(whole)
    t.same(ending(d), (0, []), "whole again")
    for name, key, words in (
            ("strange", "strange", "do not believe it"),
            ("elsewhere", "elsewhere", "do not believe it"),
            ("next", "elsewhere", "not the key"),
            ("next", "none", "none.key"),
            ("ext", "next", "in PEM")):
        source = make("ext" if name == "ext" else name + ".pem")
        got, out = rotate(d, "tls", "flow", d.dir, "--certificate", source,
                          "--key", make(key + ".key"))
        t.ok(got != 0 and words in out, "%s with the key %s: refused" %
             (name, key), "%d %s" % (got, out))
    t.same(rotate(d, "tls", "moon", d.dir, "--certificate", make("next.pem"),
                  "--key", make("next.key"))[0], 4, "no such plane")
    t.same(shown(d), before, "nothing has changed")
    asking = Asking(d, person)
    asking.start()
    code, out = rotate(d, "tls", "flow", d.dir, "--certificate",
                       make("next.pem"), "--key", make("next.key"))
    t.same(code, 0, "a good one")
    t.ok(until(lambda: shown(d) == pem(make("next.pem"))), "is shown", out)
    d.ask(d.people.site("optician"), person)
    states = asking.end()
    t.same(ending(d), (1, ["flow"]), "it ends in 20 days: status says so")
    t.ok(states and all(s == "covered" for s in states),
         "%d questions meanwhile, none lost" % len(states), str(states))


def cut_off(t, d, make, person):
    """Both files beside, the certificate last: the next start ends it."""
    ca, ca_key = (os.path.join(d.dir, "tls", n) for n in ("ca.pem", "ca.key"))
    make.leaf("third", ca, ca_key)
    tls = os.path.join(d.dir, "tls", "flow")
    d.stop()
    shutil.copy(make("third.key"), tls + ".key.next")
    d.serve()
    t.same(shown(d), pem(make("next.pem")), "the key alone: forgotten")
    t.ok(not os.path.exists(tls + ".key.next"), "and removed")
    t.ok("tls/flow.pem ends at" in d.logged(), "a start says when it ends",
         d.logged()[-500:])
    d.stop()
    shutil.copy(make("third.key"), tls + ".key")
    shutil.copy(make("third.pem"), tls + ".pem.next")
    d.serve()
    t.same(shown(d), pem(make("third.pem")), "half done: ended")
    t.same(d.ask(d.people.site("optician"), person)[1].get("state"),
           "covered", "and a question goes")


def cut_run(t, d, make):
    """What a run that was cut off left says nothing of who runs now."""
    ends = os.path.join(d.dir, "run", "endpoints.json")
    super_ = d.pid("super")
    d.stop(signal.SIGKILL)
    until(lambda: not os.path.exists("/proc/%d" % super_))
    with subprocess.Popen(["sleep", "600"]) as other:
        with open(ends, encoding="utf-8") as f:
            left = json.load(f)
        left["pids"]["super"] = other.pid
        with open(ends, "w", encoding="utf-8") as f:
            json.dump(left, f)
        code, out = rotate(d, "tls", "flow", d.dir, "--certificate",
                           make("third.pem"), "--key", make("third.key"))
        t.ok(code == 0 and "does not run" in out,
             "of an instance that was killed: taken up later", out)
        t.same(other.poll(), None,
               "another process with super's old number lives")
        other.kill()
    d.serve()
    t.same(shown(d), pem(make("third.pem")), "and is taken up")


class Returning:
    """A vendor's software that resumes the TLS session that it was given."""

    def __init__(self, d, pair):
        self.port, self.session = d.plane("flow")["port"], None
        self.context = ssl.create_default_context(cafile=d.ca)
        self.context.load_cert_chain(*pair)

    def status(self):
        with socket.create_connection(("127.0.0.1", self.port)) as raw, \
                self.context.wrap_socket(raw, server_hostname="localhost",
                                         session=self.session) as s:
            s.sendall(b"GET /fhir/metadata HTTP/1.1\r\n"
                      b"Host: localhost\r\nConnection: close\r\n\r\n")
            said = s.recv(65536)
            while s.recv(65536):
                pass
            self.session = s.session
        return int(said.split()[1])


def clients(t, d, make):
    d.stop()
    d.configure({"flow.client-certificate": "required"})
    d.serve()
    # with another name nginx would tell sessions of the one list from those of
    # the other by itself
    make.authority("second", "Ecluse clients authority")
    make.leaf("vendor2", make("second.pem"), make("second.key"))
    old = (os.path.join(d.dir, "drill", "vendor.pem"),
           os.path.join(d.dir, "drill", "vendor.key"))
    new = (make("vendor2.pem"), make("vendor2.key"))

    def let_in(pair):
        out = subprocess.run(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
             "--cacert", d.ca, "--cert", pair[0], "--key", pair[1],
             d.url + "/fhir/metadata"], stdout=subprocess.PIPE, check=False)
        return out.stdout == b"200"

    t.same((let_in(old), let_in(new)), (True, False), "the old one alone")
    t.same(rotate(d, "clients-ca", d.dir, "--add", make("vendor2.pem"))[0],
           1, "a vendor's own certificate is no authority")
    t.same(rotate(d, "clients-ca", d.dir, "--add", make("second.pem"))[0], 0,
           "a second authority")
    t.ok(until(lambda: let_in(new)), "its clients come in")
    t.ok(let_in(old), "and those of the first one still")
    returning = Returning(d, old)
    t.same((returning.status(), returning.status()), (200, 200),
           "also one that comes back")
    t.same(rotate(d, "clients-ca", d.dir, "--add", make("second.pem"))[0], 3,
           "not twice")
    first = make("first.pem")
    with open(os.path.join(d.dir, "tls", "clients-ca.pem"),
              encoding="utf-8") as f:
        text = f.read()
    end = "-----END CERTIFICATE-----\n"
    with open(first, "w", encoding="utf-8") as f:
        f.write(text[:text.index(end) + len(end)])
    t.same(rotate(d, "clients-ca", d.dir, "--end", first)[0], 0,
           "the first one ends")
    t.ok(until(lambda: not let_in(old)), "its clients stay outside")
    t.ok(until(lambda: returning.status() == 400),
         "also one that was inside, and comes back")
    t.ok(let_in(new), "the others do not")
    t.same(rotate(d, "clients-ca", d.dir, "--end", first)[0], 4,
           "it is not there any more")
    t.same(rotate(d, "clients-ca", d.dir, "--end", make("second.pem"))[0], 3,
           "the last one does not end")


def main():
    t = Tap()
    with Drill(members=100, insurers=1, seed=13) as d:
        make = Maker(os.path.join(d.folder, "certificates"))
        os.mkdir(make.folder)
        person = [p for p in d.people.covered() if p["member"]][0]
        server(t, d, make, person)
        cut_off(t, d, make, person)
        cut_run(t, d, make)
        clients(t, d, make)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
