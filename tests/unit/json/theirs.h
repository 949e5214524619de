/* SPDX-License-Identifier: Apache-2.0 */
/* jansson behind a wall: its names and ours do not fit in one file. */
#pragma once
#include <stddef.h>

enum theirs {
	THEIRS_GOOD,
	THEIRS_BAD,
	THEIRS_OVERFLOW,	/* grammar is fine, a number is too big for it */
};

/* What jansson says, and if good its own spelling (to be freed). */
enum theirs theirs_read(const void *text, size_t n, char **ret_spelling);
