/* SPDX-License-Identifier: Apache-2.0 */
/* An identifier as people write it, brought to the characters that count. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

#define COMPACT_MAX 64	/* characters kept; no identifier is so long */

struct compact {
	char text[COMPACT_MAX];	/* without NUL */
	size_t kept;		/* characters in text */
	size_t n;		/* characters there are; more than kept if long */
};

/*
 * Drops spaces and full stops everywhere and other ASCII white space at both
 * ends, and raises a-z. Spaces are U+0020, U+00A0, U+2000 to U+200A, U+202F,
 * U+205F and U+3000: what French typography and word processors put between
 * groups of digits. Other bytes beyond ASCII stay, one character each.
 */
struct compact compact_id(struct span in);
/* Nothing but digits in what was kept. */
bool compact_is_digits(const struct compact *c);
