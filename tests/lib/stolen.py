# SPDX-License-Identifier: Apache-2.0
"""A thief who took one key of an instance before its end."""
import base64
import hashlib
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat)

LOG, REGISTRY = 1, 2    # registry/keyring.h
ORIGIN = "drill.ecluse.example/journal"


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


class Stolen:
    """One key of keys.sealed, taken before its end."""

    def __init__(self, d, kind, generation, name):
        root = read(os.path.join(d.dir, "keeper", "root.key"))
        file = read(os.path.join(d.dir, "keeper", "keys.sealed"))
        wrap = HKDF(hashes.SHA256(), 32, None, b"ecluse/keyring/v2")
        rows = AESGCM(wrap.derive(root)).decrypt(
            file[4:16], file[16:], file[:4])[4:]
        seed = next(rows[i + 13:i + 45] for i in range(0, len(rows), 45)
                    if rows[i] == kind and int.from_bytes(
                        rows[i + 1:i + 5], "big") == generation)
        self.take(Ed25519PrivateKey.from_private_bytes(seed), name)

    @classmethod
    def fresh(cls, name):
        """The thief's own key under that name."""
        made = cls.__new__(cls)
        made.take(Ed25519PrivateKey.generate(), name)
        return made

    def take(self, key, name):
        self.key, self.name = key, name
        self.raw = self.key.public_key().public_bytes(
            Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(
            name.encode() + b"\n\x01" + self.raw).digest()[:4]

    def vkey(self):
        return "%s+%s+%s" % (self.name, self.id.hex(), base64.b64encode(
            b"\x01" + self.raw).decode())

    def note(self, text):
        blob = base64.b64encode(self.id + self.key.sign(text)).decode()
        return text + ("\n\u2014 %s %s\n" % (self.name, blob)).encode()


def sign_backup(folder, key, rows=None):
    """A backup's list and manifest anew over the files that lie there now;
    rows: path -> (mode, user, group) that the list says instead."""
    lines = []
    for line in read(os.path.join(folder, "files")).decode().splitlines():
        kind, mode, uid, gid, size, digest, name = line.split(" ")
        mode, uid, gid = (rows or {}).get(name, (mode, uid, gid))
        if kind == "f":
            content = read(os.path.join(folder, "instance", name))
            size, digest = len(content), hashlib.sha256(content).hexdigest()
        lines.append("%s %s %s %s %s %s %s\n" % (
            kind, mode, uid, gid, size, digest, name))
    files = "".join(lines).encode()
    write(os.path.join(folder, "files"), files)
    text = read(os.path.join(folder, "manifest")).split(b"\nfiles ")[0]
    write(os.path.join(folder, "manifest"), key.note(
        text + ("\nfiles %d %s\n" % (len(lines), hashlib.sha256(
            files).hexdigest())).encode()))
