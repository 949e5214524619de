/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of `rights`: see right.h. */
#pragma once
#include "rights/right.h"
#include "store/store.h"

#define RIGHT_MANY 8	/* rows that one statement adds */

struct right_sql {
	struct store_stmt *visible, *current, *page, *add, *add_many, *end;
	struct store_stmt *purge, *drop, *bound, *undo_new, *undo_end;
};

MUST_CHECK enum err right_sql_open(struct right_sql *q, struct store *s);
void right_sql_close(struct right_sql *q);

/* One person's rows at a generation, at most RIGHT_MOST (ERR_CORRUPT). */
MUST_CHECK enum err right_sql_visible(struct right_sql *q, uint32_t cell,
    int64_t person, uint32_t generation, struct right_row ret[RIGHT_MOST],
    unsigned *ret_count);
/* The same for the open feed. */
MUST_CHECK enum err right_sql_current(struct right_sql *q, uint32_t cell,
    int64_t person, struct right_row ret[RIGHT_MOST], unsigned *ret_count);
/* The next most rows of the cell for the open feed, by person and id, behind
 * those given, up to the person last. */
MUST_CHECK enum err right_sql_page(struct right_sql *q, uint32_t cell,
    int64_t person, int64_t id, int64_t last, struct right_row *ret,
    unsigned most, unsigned *ret_count);
MUST_CHECK enum err right_sql_add(
    struct right_sql *q, const struct right_row *row);
/* Several of one cell and generation. */
MUST_CHECK enum err right_sql_add_all(struct right_sql *q,
    const struct right_row *rows, unsigned count);
MUST_CHECK enum err right_sql_end(
    struct right_sql *q, const struct right_row *row, uint32_t generation);
/* Deletes the person's rows that ended at or before generation. */
MUST_CHECK enum err right_sql_purge(struct right_sql *q, uint32_t cell,
    int64_t person, uint32_t generation);
/* Deletes the row, whatever its generation: while no feed is open. */
MUST_CHECK enum err right_sql_drop(
    struct right_sql *q, const struct right_row *row);
/* As alias_sql_undo, by person. */
MUST_CHECK enum err right_sql_undo(struct right_sql *q, uint32_t cell,
    uint32_t generation, int64_t *from, unsigned rows, bool *ret_more);
