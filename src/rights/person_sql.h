/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of `person`: id -> beneficiary number, handle, hints. A new handle is a
 * new row, so that an open feed's stays hidden; hints are only ever a
 * superset, so that they may be widened in place. Rows outlive the rights: a
 * former member keeps number and handle (design §4) until no month that can be
 * opened may name him (retain.h).
 */
#pragma once
#include "base/limits.h"
#include "rights/hint.h"
#include "store/store.h"

#define PERSON_MANY 16	/* rows that one statement adds */

struct person_row {
	uint32_t cell, generation;	/* generation: gen_from */
	int64_t id;		/* in the cell, in the order of coming */
	int64_t number;
	uint8_t handle[LIMIT_HANDLE];
	uint8_t handle_len;
	struct hints hints;
	int32_t gone_day;	/* his aliases were taken then; 0: never */
};

struct person_sql {
	struct store_stmt *visible, *current, *add, *add_many, *end, *hints;
	struct store_stmt *next, *gone, *drop;
	struct store_stmt *purge, *bound, *undo_new, *undo_end;
};

MUST_CHECK enum err person_sql_open(struct person_sql *q, struct store *s);
void person_sql_close(struct person_sql *q);

/* Number and handle at a generation, zeros and no bytes if there is no such
 * person; the rest of *ret is left as it was. */
MUST_CHECK enum err person_sql_visible(struct person_sql *q, uint32_t cell,
    int64_t id, uint32_t generation, struct person_row *ret);
/* What the open feed sees. ERR_UNKNOWN. */
MUST_CHECK enum err person_sql_current(struct person_sql *q, uint32_t cell,
    int64_t id, struct person_row *ret);
/* The first one behind after. ERR_UNKNOWN. */
MUST_CHECK enum err person_sql_next(struct person_sql *q, uint32_t cell,
    int64_t after, struct person_row *ret);
/* While no feed is open: has these hints alone and is gone since day; is
 * deleted, all his rows. */
MUST_CHECK enum err person_sql_set_gone(struct person_sql *q, uint32_t cell,
    int64_t id, const struct hints *hints, int32_t day);
MUST_CHECK enum err person_sql_drop(
    struct person_sql *q, uint32_t cell, int64_t id);
MUST_CHECK enum err person_sql_add(
    struct person_sql *q, const struct person_row *row);
/* Several of one cell and generation. */
MUST_CHECK enum err person_sql_add_all(struct person_sql *q,
    const struct person_row *rows, unsigned count);
MUST_CHECK enum err person_sql_end(struct person_sql *q, uint32_t cell,
    int64_t id, uint32_t generation);
MUST_CHECK enum err person_sql_set_hints(struct person_sql *q, uint32_t cell,
    int64_t id, const struct hints *hints);
/* Deletes the person's rows that ended at or before generation. */
MUST_CHECK enum err person_sql_purge(struct person_sql *q, uint32_t cell,
    int64_t id, uint32_t generation);
/* As alias_sql_undo, by id. */
MUST_CHECK enum err person_sql_undo(struct person_sql *q, uint32_t cell,
    uint32_t generation, int64_t *from, unsigned rows, bool *ret_more);
