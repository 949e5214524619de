/* SPDX-License-Identifier: Apache-2.0 */
/* An identifier as people write it, brought to the characters that count. */
#pragma once
#include <stddef.h>
#include "base/buf.h"

/*
 * Drops spaces and full stops everywhere and other ASCII white space at both
 * ends, raises a-z, and writes at most size bytes of the rest to out (no NUL).
 * Returns how many there are, which may be more than size. Spaces are U+0020,
 * U+00A0, U+2000 to U+200A, U+202F, U+205F and U+3000: what French typography
 * and word processors put between groups of digits.
 */
size_t compact_id(struct span in, char *out, size_t size);
