/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the table `tags` in memory, and what is to stand in its place. */
#pragma once
#include "rights/alias_sql.h"

struct alias_page {
	uint32_t cell;
	struct alias_at first;
	bool stands;		/* the row is there */
	size_t count;
	struct sheaf_row rows[SHEAF_ROWS + ALIAS_MANY];
};

/*
 * Puts at most ALIAS_MANY rows, in the order of their tags, in their places:
 * of equal tags the new one stands last, and of the ended ones of a tag and a
 * person the last alone stays. ERR_EXISTS: a tag twice in a generation.
 */
MUST_CHECK enum err alias_page_merge(
    struct alias_page *p, const struct sheaf_row *rows, unsigned count);
