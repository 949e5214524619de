# SPDX-License-Identifier: Apache-2.0
"""The staff plane's /feed, signed and verified by another library than ours:
for tests that send what ecluse-insurer would not."""
import base64
import hashlib
import http.client
import json
import os
import ssl
import struct
import urllib.parse

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey)
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat, load_pem_private_key)

TYPE = "application/ecluse-feed"


def chunks(path):
    """The chunks of a feed file."""
    with open(path, "rb") as f:
        data = f.read()
    found = []
    while data:
        n, = struct.unpack(">I", data[:4])
        found.append(data[4:4 + n])
        data = data[4 + n:]
    return found


def _b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Staff:
    """One plane as seen by one key; now: the drill's clock in seconds."""

    def __init__(self, url, ca, key_path, now):
        parts = urllib.parse.urlsplit(url)
        self.authority = parts.netloc
        self.host, self.port = parts.hostname, parts.port
        self.tls = ssl.create_default_context(cafile=ca)
        with open(key_path, "rb") as f:
            self.key = load_pem_private_key(f.read(), None)
        self.now = now

    @property
    def keyid(self):
        return _b64url(hashlib.sha256(self.key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest())

    def _sign(self, base):
        if isinstance(self.key, Ed25519PrivateKey):
            return "ed25519", self.key.sign(base)
        r, s = decode_dss_signature(self.key.sign(base, ECDSA(SHA256())))
        return "ecdsa-p256-sha256", r.to_bytes(32, "big") + s.to_bytes(
            32, "big")

    def fields(self, method, path, body, now=None):
        alg = "ed25519" if isinstance(self.key, Ed25519PrivateKey) else \
            "ecdsa-p256-sha256"
        now = now or self.now()
        post = method == "POST"
        digest = "sha-256=:%s:" % base64.b64encode(
            hashlib.sha256(body).digest()).decode()
        names = ["@method", "@authority", "@path"] + \
            (["content-digest"] if post else [])
        params = '(%s);created=%d;expires=%d;nonce="%s";keyid="%s"' \
            ';alg="%s";tag="ecluse-v1"' % (
                " ".join('"%s"' % n for n in names), now, now + 30,
                _b64url(os.urandom(16)),
                self.keyid, alg)
        values = {"@method": method, "@authority": self.authority,
                  "@path": path, "content-digest": digest}
        base = "".join('"%s": %s\n' % (n, values[n]) for n in names) + \
            '"@signature-params": ' + params
        _, signature = self._sign(base.encode())
        found = {"Signature-Input": "ecluse=" + params,
                 "Signature": "ecluse=:%s:" % base64.b64encode(
                     signature).decode()}
        if post:
            found["Content-Digest"] = digest
            found["Content-Type"] = TYPE
        return found

    def raw(self, method, path, body, fields):
        """Status, the answer's fields, its JSON or None."""
        c = http.client.HTTPSConnection(self.host, self.port,
                                        context=self.tls, timeout=30)
        try:
            c.request(method, path, body or None, fields)
            a = c.getresponse()
            data = a.read()
        finally:
            c.close()
        try:
            return a.status, a.headers, json.loads(data)
        except ValueError:
            return a.status, a.headers, None

    def post(self, amc, body):
        path = "/feed/" + amc
        status, _, told = self.raw(
            "POST", path, body, self.fields("POST", path, body))
        return status, told

    def state(self, amc):
        path = "/feed/" + amc
        status, _, told = self.raw(
            "GET", path, b"", self.fields("GET", path, b""))
        return status, told
