# SPDX-License-Identifier: Apache-2.0
"""Sealed questions (docs/api.md) by another library than ours, in Python: for
tests that measure over one connection, or send what `ecluse ask` would not."""
import base64
import hashlib
import hmac
import re

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH, SECP256R1, EllipticCurvePublicKey, generate_private_key)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat)

TYPE = "application/ecluse-sealed"
KEM = b"KEM" + bytes.fromhex("0010")                # P-256, HKDF-SHA256
SUITE = b"HPKE" + bytes.fromhex("001000010002")     # and AES-256-GCM
NONCE = 32


def _extract(salt, key):
    return hmac.new(salt or bytes(32), key, hashlib.sha256).digest()


def _expand(prk, info, n):
    """HKDF-Expand of one block, which is all that is needed."""
    return hmac.new(prk, info + b"\x01", hashlib.sha256).digest()[:n]


def _labelled(suite, salt, label, key):
    return _extract(salt, b"HPKE-v1" + suite + label + key)


def _named(suite, prk, label, info, n):
    return _expand(prk, n.to_bytes(2, "big") + b"HPKE-v1" + suite + label +
                   info, n)


def _point(key):
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class Sealer:
    """To the sealing key of a pin (service.pin), from one key of one asker."""

    def __init__(self, pin, keyid, authority, path):
        with open(pin, encoding="utf-8") as f:
            word = re.search(r"^sealing (\S+)$", f.read(), re.M).group(1)
        self.to = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        self.key = EllipticCurvePublicKey.from_encoded_point(
            SECP256R1(), self.to)
        self.head = b"\x01" + hashlib.sha256(self.to).digest()[:8]
        self.info = "\n".join(("ecluse-sealed-v1", keyid, "flow", authority,
                               path)).encode()

    def seal(self, plain):
        """(what is sent, what open() needs): RFC 9180 §5.1.1, base mode."""
        own = generate_private_key(SECP256R1())
        enc = _point(own.public_key())
        shared = _named(
            KEM, _labelled(KEM, b"", b"eae_prk", own.exchange(
                ECDH(), self.key)), b"shared_secret", enc + self.to, 32)
        context = b"\x00" + _labelled(SUITE, b"", b"psk_id_hash", b"") + \
            _labelled(SUITE, b"", b"info_hash", self.info)
        secret = _labelled(SUITE, shared, b"secret", b"")
        text = AESGCM(_named(SUITE, secret, b"key", context, 32)).encrypt(
            _named(SUITE, secret, b"base_nonce", context, 12), plain,
            self.head)
        exporter = _named(SUITE, secret, b"exp", context, 32)
        return self.head + enc + text, (enc, _named(
            SUITE, exporter, b"sec", b"ecluse-answer-v1", 32))

    @staticmethod
    def open(kept, answer):
        """The answer's text; InvalidTag if it is for another question."""
        enc, secret = kept
        prk = _extract(enc + answer[:NONCE], secret)
        return AESGCM(_expand(prk, b"key", 32)).decrypt(
            _expand(prk, b"nonce", 12), answer[NONCE:], None)
