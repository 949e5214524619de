# SPDX-License-Identifier: Apache-2.0
"""Records of the journal as somebody alters them: what stands in one is
changed, and its sum, which is no secret, fits again (docs/journal.md)."""


def crc32c(data):
    """Bit by bit (RFC 3720, appendix B.4)."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def summed(record):
    """The bytes of a whole record with the sum that belongs to them."""
    return bytes(record[:36]) + crc32c(
        bytes(record[:36]) + bytes(record[40:])).to_bytes(
            4, "big") + bytes(record[40:])
