#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what a program is linked with proves what it cannot do (design §2).

The gate has no SQL, HMAC or journal symbol, the vault no index key and no
cryptography but signatures and SHA-256 (it signs what it counted, and checks
who set its ceiling), the keeper no SQL, super nothing of all that. Foreign code is
loaded (dlopen) by the keeper alone, for a token of PKCS#11.
"""
import os
import re
import subprocess
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Tap, program  # noqa: E402

SQL = r"sqlite3_|PQ[a-z]|store_|sql_"
MAC = r"HMAC|EVP_MAC|EVP_|crypto_|hash_hmac|hash_mac|hash_hkdf|sign_|aead_"
JOURNAL = r"tlog_|segment_|leaf_|opening_|months_|book_"
KEYED = r"HMAC|hash_hmac|hash_mac|hash_hkdf|aead_|hpke_|seal_|httpsig_"
LOGS = r"tlog_|segment_|leaf_(?!commit)|opening_|months_|book_"
ACTS = r"registry_|words_|service_"
IDENTITY = r"ident_|canon_|tagger_|keyring_"
LOAD = r"dlopen|dlmopen|pkcs11_"
RIGHTS = r"rights_lookup|rights_sql|alias_|cover_|feed_apply"

CANNOT = {
    "ecluse-gate": (SQL, MAC, JOURNAL, IDENTITY, RIGHTS, LOAD),
    "ecluse-vault": (KEYED, LOGS, ACTS, IDENTITY, LOAD,
                     r"json_read|request_read"),
    "ecluse-keeper": (SQL, RIGHTS),
    "ecluse-super": (SQL, MAC, JOURNAL, IDENTITY, RIGHTS, LOAD),
    "ecluse-front": (SQL, MAC, JOURNAL, IDENTITY, RIGHTS, LOAD),
    "ecluse-insurer": (LOAD,),
}
MUST_NOT_LINK = {
    "ecluse-gate": ("libsqlite3", "libcrypto", "libsodium", "libssl",
                    "libcurl", "libjansson"),
    "ecluse-vault": ("libssl", "libcurl", "libjansson"),
    "ecluse-keeper": ("libsqlite3", "libpq", "libcurl", "libssl",
                      "libjansson"),
    "ecluse-super": ("libsqlite3", "libcrypto", "libsodium", "libssl",
                     "libcurl", "libjansson"),
    "ecluse-front": ("libsqlite3", "libcrypto", "libsodium", "libssl",
                     "libcurl", "libjansson"),
}
# The proof must be able to fail: these are there.
HAS = {
    "ecluse-vault": r"trust_act",
    "ecluse-keeper": r"dlopen",
    "ecluse-gate": r"fastcgi_",
}


def symbols(name):
    """With those of its parts as they are, if it was compiled as a whole:
    functions that are no calls any more have no names in it."""
    parts = program(name + "-apart")
    files = [program(name)] + [parts] * os.path.exists(parts)
    out = subprocess.run(["nm", *files], stdout=subprocess.PIPE,
                         check=True).stdout.decode()
    return [line.split()[-1].split("@")[0] for line in out.splitlines()
            if line.strip() and not line.endswith(":")]


def libraries(name):
    out = subprocess.run(["ldd", program(name)], stdout=subprocess.PIPE,
                         check=True).stdout.decode()
    return re.findall(r"(lib[\w+.-]+?)\.so", out)


def main():
    t = Tap()
    for name, patterns in CANNOT.items():
        have = symbols(name)
        for pattern in patterns:
            bad = [s for s in have if re.match(pattern, s)]
            t.ok(not bad, "%s has no symbol like %s" % (name, pattern),
                 "\n".join(bad))
        linked = libraries(name)
        bad = [lib for lib in MUST_NOT_LINK.get(name, ()) if lib in linked]
        t.ok(not bad, "%s is not linked with %s" % (
            name, ", ".join(MUST_NOT_LINK.get(name, ()))), "\n".join(bad))
        if name in HAS:
            t.ok(any(re.match(HAS[name], s) for s in have),
                 "%s has %s (this test can fail)" % (name, HAS[name]))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
