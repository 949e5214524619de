# SPDX-License-Identifier: Apache-2.0
"""A man in the middle with the instance's own TLS key: nginx taken over.

  relay = Relay()
  with Drill(conf=relay.conf()) as d:
      relay.serve(d)
      relay.hook = lambda request, forward: altered(forward(request))

Clients are told the relay's port (flow.authority), so what they sign fits.
The hook gets each request and a way to the real nginx; what it returns is
sent: a Message, bytes as they are and then the end, or None for the end alone.
A hook that fails attacked nobody, and the client, who hears an end, believes
nothing all the same: close() raises what it was.

A client learns the service's time from its first refusal (src/api/client.h);
behind past_the_clock() a hook sees what comes after that. Behind questions()
it does not see the unsigned look for a newer pin, with which a client meets an
answer that it does not believe; past_the_clock() implies that.
"""
import base64
import hashlib
import os
import socket
import ssl
import threading
import time

BOUND_S = 60
SLOWED_S = 4        # guard/guard.h
SEALED_LENGTH = 32 + 4096 + 16   # bytes of every sealed answer


class Message:
    """A request or an answer: first line, [(name, value)], body."""

    def __init__(self, first, fields, body=b""):
        self.first, self.fields, self.body = first, list(fields), body

    def copy(self):
        return Message(self.first, self.fields, self.body)

    def field(self, name):
        for n, v in self.fields:
            if n.lower() == name.lower():
                return v
        return None

    def without(self, *names):
        m = self.copy()
        low = [n.lower() for n in names]
        m.fields = [f for f in m.fields if f[0].lower() not in low]
        return m

    def having(self, name, value):
        m = self.without(name)
        m.fields.append((name, value))
        return m

    def holding(self, body):
        m = self.having("Content-Length", str(len(body)))
        m.body = body
        return m

    def saying(self, status, phrase="Altered"):
        m = self.copy()
        m.first = "HTTP/1.1 %d %s" % (status, phrase)
        return m

    @property
    def status(self):
        return int(self.first.split()[1])

    def bytes(self):
        lines = [self.first] + ["%s: %s" % f for f in self.fields]
        return "\r\n".join(lines + ["", ""]).encode("latin-1") + self.body


def read_message(s, rest=b""):
    """One message with Content-Length, and what came behind it; None at the
    end."""
    data = rest
    while b"\r\n\r\n" not in data:
        part = s.recv(65536)
        if not part:
            return None, b""
        data += part
    head, data = data.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = [(n, v.strip()) for n, v in (l.split(":", 1) for l in lines)]
    m = Message(first, fields)
    length = int(m.field("Content-Length") or 0)
    while len(data) < length:
        part = s.recv(65536)
        if not part:
            return None, b""
        data += part
    m.body = data[:length]
    return m, data[length:]


def digest_of(body):
    return "sha-256=:%s:" % base64.b64encode(
        hashlib.sha256(body).digest()).decode()


def unbelieved(t, done, what):
    """A client that was lied to: exit 5, a reason, and nothing told."""
    code, out, err = done
    t.ok(code == 5 and out == "" and err.strip(), what,
         "exit %d, out %r, err %r" % (code, out[:300], err[:300]))


def questions(hook):
    def wrapped(request, forward):
        if not request.field("Signature"):
            return forward(request)
        return hook(request, forward)
    return wrapped


def past_the_clock(hook):
    def wrapped(request, forward):
        answer = forward(request)
        if answer.status == 401 and b'"code":"expired"' in answer.body:
            return answer
        return hook(request, lambda other:
                    answer if other is request else forward(other))
    return questions(wrapped)


class Slowed:
    """A question that the keeper slows down: it begins behind the one that
    tells the client the time, when it is on its way."""

    def __init__(self, relay, ask, *args):
        self.took, self.got, signed = 0, [], []
        sent = threading.Event()

        def passing(request, forward):
            signed.append(request)
            if len(signed) == 2:
                sent.set()
            begun = time.monotonic()
            answer = forward(request)
            self.took = time.monotonic() - begun
            return answer
        relay.hook = questions(passing)
        self.asking = threading.Thread(
            target=lambda: self.got.append(ask(*args)))
        self.asking.start()
        if not sent.wait(BOUND_S):
            raise RuntimeError("nothing was asked: %s" % self.got)

    def answer(self):
        """What it heard, and whether it waits still: no answer was there yet,
        and it comes when a question's time is over, not at once."""
        waits = self.asking.is_alive()
        self.asking.join()
        return self.got[0], waits and self.took >= SLOWED_S


class Eye:
    """Asks through the relay and keeps what came back, byte for byte."""

    def __init__(self, d, relay):
        self.d, self.seen = d, []

        def look(request, forward):
            answer = forward(request)
            self.seen.append(answer)
            return answer
        relay.hook = look

    def ask(self, site, question, plain=True, **more):
        code, said = self.d.ask(site, None, plain=plain, **more, **question)
        return said.get("state"), self.seen[-1]


class Relay:
    def __init__(self):
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listening.getsockname()[1]
        self.hook = lambda request, forward: forward(request)
        self.requests = 0
        self.broken = []    # what hooks raised

    def conf(self):
        return {"flow.authority": "localhost:%d" % self.port}

    def serve(self, d, cert=None, key=None):
        """cert, key: another certificate than the instance's."""
        self.to = d.endpoints["planes"]["flow"]["port"]
        self.inside = ssl.create_default_context(cafile=d.ca)
        self.outside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.outside.load_cert_chain(
            cert or os.path.join(d.dir, "tls", "flow.pem"),
            key or os.path.join(d.dir, "tls", "flow.key"))
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def close(self):
        try:
            self.listening.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listening.close()
        if self.broken:
            raise RuntimeError("no attack: %s" % self.broken)

    def accept(self):
        while True:
            try:
                raw, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.client, args=(raw,),
                             daemon=True).start()

    def client(self, raw):
        raw.settimeout(BOUND_S)
        try:
            with self.outside.wrap_socket(raw, server_side=True) as s:
                self.talk(s)
        except OSError:
            pass    # the client left, or did not believe us
        except Exception as e:
            self.broken.append("%s: %s" % (type(e).__name__, e))

    def talk(self, s):
        rest = b""
        while True:
            request, rest = read_message(s, rest)
            if request is None:
                return
            self.requests += 1
            said = self.hook(request, self.forward)
            if isinstance(said, Message):
                s.sendall(said.bytes())
                continue
            if said:
                s.sendall(said)
            return

    def forward(self, request):
        """What the real nginx answers, on a connection of its own."""
        with socket.create_connection(("127.0.0.1", self.to),
                                      timeout=BOUND_S) as raw, \
                self.inside.wrap_socket(raw, server_hostname="localhost") as s:
            s.sendall(request.bytes())
            return read_message(s)[0]
