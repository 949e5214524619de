/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of `cell`: which generation is visible, which one is being staged. */
#pragma once
#include "store/store.h"

#define CELL_FEED 32	/* bytes of a feed's digest */

struct cell_row {
	uint32_t cell, generation;
	uint32_t staged;	/* generation + 1 while a feed is open, or 0 */
	int32_t effective_day;	/* of the last committed feed */
	uint8_t feed[CELL_FEED];
	int64_t made_ms;	/* when the insurer made that feed */
	uint8_t version;	/* of the index key that made its tags */
	int32_t purged_day;	/* rights that ended by then are gone; 0: none */
	/* ids never given yet, from 1 */
	int64_t next_person, next_right, next_cover;
};

struct cell_sql {
	struct store_stmt *find, *put, *staged, *each;
};

MUST_CHECK enum err cell_sql_open(struct cell_sql *q, struct store *s);
void cell_sql_close(struct cell_sql *q);
/* ERR_UNKNOWN: no feed ever began for this cell. */
MUST_CHECK enum err cell_sql_find(
    struct cell_sql *q, uint32_t cell, struct cell_row *ret);
/* Every cell's number and generation, as two u32. */
MUST_CHECK enum err cell_sql_each(struct cell_sql *q, struct buf *out);
MUST_CHECK enum err cell_sql_put(
    struct cell_sql *q, const struct cell_row *row);
/* Some cell with a feed that neither committed nor was undone, or
 * ERR_UNKNOWN. */
MUST_CHECK enum err cell_sql_staged(struct cell_sql *q, uint32_t *ret_cell);
