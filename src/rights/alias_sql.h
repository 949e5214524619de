/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of `alias`: tag -> beneficiary number. */
#pragma once
#include "msg/rights.h"
#include "rights/hint.h"
#include "store/store.h"

struct alias_row {
	uint32_t cell, generation;	/* generation: gen_from */
	uint8_t tag[RIGHTS_TAG];
	int64_t number;
	uint8_t version;	/* of the index key */
	uint8_t card;
};

struct alias_sql {
	struct store_stmt *visible, *current, *add, *end;
	struct store_stmt *lives, *end_hint, *purge_hint;
	struct store_stmt *bound, *undo_new, *undo_end;
};

MUST_CHECK enum err alias_sql_open(struct alias_sql *q, struct store *s);
void alias_sql_close(struct alias_sql *q);

/* The number a tag names at a generation; *ret is 0 if none. */
MUST_CHECK enum err alias_sql_visible(struct alias_sql *q, uint32_t cell,
    const uint8_t tag[RIGHTS_TAG], uint32_t generation, int64_t *ret);
/* The same for the open feed: what no generation has ended. */
MUST_CHECK enum err alias_sql_current(struct alias_sql *q, uint32_t cell,
    const uint8_t tag[RIGHTS_TAG], int64_t *ret);
MUST_CHECK enum err alias_sql_add(
    struct alias_sql *q, const struct alias_row *row);
/* The tag names nobody from generation on. */
MUST_CHECK enum err alias_sql_end(struct alias_sql *q, uint32_t cell,
    const uint8_t tag[RIGHTS_TAG], uint32_t generation);

/* By hint: all current tags of the person that begin like it. */
MUST_CHECK enum err alias_sql_hint_lives(struct alias_sql *q, uint32_t cell,
    int64_t number, const struct hint *h, bool *ret);
MUST_CHECK enum err alias_sql_hint_end(struct alias_sql *q, uint32_t cell,
    int64_t number, const struct hint *h, uint32_t generation);
/* Deletes those that ended at or before generation. */
MUST_CHECK enum err alias_sql_hint_purge(struct alias_sql *q, uint32_t cell,
    int64_t number, const struct hint *h, uint32_t generation);

/*
 * Undoes generation for the next rows tags from *from on, which it moves to
 * the first one left (all zeros at the start). *ret_more: false when the
 * cell's last tag was reached.
 */
MUST_CHECK enum err alias_sql_undo(struct alias_sql *q, uint32_t cell,
    uint32_t generation, uint8_t from[RIGHTS_TAG], unsigned rows,
    bool *ret_more);
