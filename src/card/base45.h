/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base45 (RFC 9285): two bytes in three characters of the alphabet that 2D
 * codes store densely and that scanners acting as keyboards type safely.
 *
 * Whatever the bytes, the text never ends with a space: the last character of
 * a group is at most 65535 / 45^2 = 32, a 'W', and a space is 36. So a line end
 * or a space behind a scanned text can be dropped without loss.
 */
#pragma once
#include "base/buf.h"

/* Characters that n bytes take. */
#define BASE45_LEN(n) ((n) / 2 * 3 + (n) % 2 * 2)

void base45_encode(struct span in, struct buf *out);
/*
 * Writes at most max bytes to out and their number to *ret_n. Strict, so that
 * bytes have one spelling: ERR_SHAPE for a character outside the alphabet, a
 * lone last character, or a group worth more than its bytes hold; ERR_LIMIT
 * for more than max bytes. On an error out may hold bytes already read.
 */
MUST_CHECK enum err base45_decode(
    struct span in, uint8_t *out, size_t max, size_t *ret_n);
