/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of `untidy`: persons whom the open feed leaves with something to do
 * when it ends. hints: their tags that it has not listed so far and that end
 * with it. After the commit their ended rows are deleted, then the row here;
 * so a crash in between loses no work.
 */
#pragma once
#include "rights/hint.h"
#include "store/store.h"

struct untidy_row {
	uint32_t cell;
	int64_t person;
	struct hints hints;
};

struct untidy_sql {
	struct store_stmt *find, *put, *note, *next, *drop, *any;
};

MUST_CHECK enum err untidy_sql_open(struct untidy_sql *q, struct store *s);
void untidy_sql_close(struct untidy_sql *q);
/* ERR_UNKNOWN */
MUST_CHECK enum err untidy_sql_find(struct untidy_sql *q, uint32_t cell,
    int64_t person, struct untidy_row *ret);
/* Puts or replaces. */
MUST_CHECK enum err untidy_sql_put(
    struct untidy_sql *q, const struct untidy_row *row);
/* Puts a row without hints unless there is one. */
MUST_CHECK enum err untidy_sql_note(
    struct untidy_sql *q, uint32_t cell, int64_t person);
/* The first row of the cell behind person; ERR_UNKNOWN. */
MUST_CHECK enum err untidy_sql_next(struct untidy_sql *q, uint32_t cell,
    int64_t person, struct untidy_row *ret);
MUST_CHECK enum err untidy_sql_drop(
    struct untidy_sql *q, uint32_t cell, int64_t person);
/* Some cell that has rows; ERR_UNKNOWN. */
MUST_CHECK enum err untidy_sql_any(struct untidy_sql *q, uint32_t *ret_cell);
