/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tag -> person, in rows of `tags`: each holds some forty aliases (sheaf.h),
 * those from its own first tag up to the next row's. Tags of the keeper have
 * RIGHTS_TAG bytes; the beneficiary number, big-endian, is one of 8. Other
 * lengths are ERR_LIMIT.
 */
#pragma once
#include "msg/rights.h"
#include "rights/hint.h"
#include "rights/sheaf.h"
#include "store/store.h"

#define ALIAS_NUMBER 8	/* bytes of a number as a tag */

#define ALIAS_MANY 256	/* are added at once */

/* Where a walk over a cell's tags stands; zeros: before the first. */
struct alias_at {
	uint8_t tag[RIGHTS_TAG];
	uint8_t n;
};

struct alias_sql {
	struct store_stmt *find, *next, *bound, *add, *put;
	struct buf body;	/* being written */
};

MUST_CHECK enum err alias_sql_open(struct alias_sql *q, struct store *s);
void alias_sql_close(struct alias_sql *q);

/* The person a tag names at a generation; *ret is 0 if none. */
MUST_CHECK enum err alias_sql_visible(struct alias_sql *q, uint32_t cell,
    struct span tag, uint32_t generation, int64_t *ret);
/* The same for the open feed: what no generation has ended. */
MUST_CHECK enum err alias_sql_current(
    struct alias_sql *q, uint32_t cell, struct span tag, int64_t *ret);
/* Does the tag stand there at all, at whatever generation? */
MUST_CHECK enum err alias_sql_taken(
    struct alias_sql *q, uint32_t cell, struct span tag, bool *ret);
/* Adds rows in the order of their tags, ended ones too, into as few rows of
 * the table as they meet (*ret_met); of the ended ones of a tag and a person
 * the last stays. ERR_EXISTS: a tag twice in a generation. ERR_LIMIT: one tag
 * named so many persons that no row has room for them. */
MUST_CHECK enum err alias_sql_add(struct alias_sql *q, uint32_t cell,
    const struct sheaf_row *rows, unsigned count, unsigned *ret_met);
/* The tag names nobody from generation on. */
MUST_CHECK enum err alias_sql_end(struct alias_sql *q, uint32_t cell,
    struct span tag, uint32_t generation);
/*
 * Some rows tags of the cell from *at on, in their order, ended ones too, to
 * f; moves *at. *ret_more: false when there are no more. The table must not
 * change meanwhile.
 */
typedef void (*alias_seen)(void *ctx, const struct sheaf_row *row);
MUST_CHECK enum err alias_sql_walk(struct alias_sql *q, uint32_t cell,
    struct alias_at *at, unsigned rows, alias_seen f, void *ctx,
    bool *ret_more);

/* By hint: all current tags of the person that begin like it. */
MUST_CHECK enum err alias_sql_hint_lives(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, bool *ret);
MUST_CHECK enum err alias_sql_hint_end(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, uint32_t generation);
/* Deletes those that ended at or before generation. */
MUST_CHECK enum err alias_sql_hint_purge(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, uint32_t generation);

/* While no feed is open: deletes a tag at whatever generation; or all tags of
 * the person that begin like a hint, but one (empty: none). */
MUST_CHECK enum err alias_sql_drop(
    struct alias_sql *q, uint32_t cell, struct span tag);
MUST_CHECK enum err alias_sql_hint_drop(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, struct span but);

/*
 * Undoes generation for the next rows tags from *from on, which it moves to
 * the first one left. *ret_more: false when the cell's last tag was reached.
 */
MUST_CHECK enum err alias_sql_undo(struct alias_sql *q, uint32_t cell,
    uint32_t generation, struct alias_at *from, unsigned rows,
    bool *ret_more);
