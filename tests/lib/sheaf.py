# SPDX-License-Identifier: Apache-2.0
"""Aliases as a vault's store has them (src/rights/sheaf.h)."""

TAG, NUMBER = 16, 2


def rows(body):
    """(tag, person) of each row of one value."""
    kind, count = body[0], body[1]
    at, size = (7, TAG + 5) if kind == 1 else (2, TAG + 14)
    for _ in range(count):
        row = body[at:at + size]
        at += size
        yield (row[:8 if row[TAG] & NUMBER else TAG],
               int.from_bytes(row[TAG + 1:TAG + 5], "big"))


def aliases(db):
    """(cell, tag, person) of a store."""
    for cell, body in db.execute("SELECT cell, body FROM tags"):
        for tag, person in rows(bytes(body)):
            yield cell, tag, person
