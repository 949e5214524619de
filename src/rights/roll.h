/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roll of rights: the open store and every statement on it, prepared
 * once. One connection serves questions and the open feed alike: what a feed
 * has staged, committed to the disk or not, is hidden by its generation and
 * not by a transaction.
 */
#pragma once
#include "rights/alias_sql.h"
#include "rights/cell_sql.h"
#include "rights/cover_sql.h"
#include "rights/person_sql.h"
#include "rights/right_sql.h"
#include "rights/untidy_sql.h"
#include "store/store.h"

#define ROLL_CELLS 64	/* generations kept at hand */

struct roll {
	struct store *store;
	char folder[4096];	/* of the store: an open feed's runs */
	bool reading;
	struct {
		uint32_t cell, generation;
		uint64_t persons;	/* ever, in this cell */
		bool known;
	} kept[ROLL_CELLS];
	struct cell_sql cell;
	struct alias_sql alias;
	struct person_sql person;
	struct cover_sql cover;
	struct right_sql right;
	struct untidy_sql untidy;
};

/* Opens, brings the tables up to date, prepares. Errors: store_open,
 * store_migrate. roll_close takes what roll_open left, also on failure. */
MUST_CHECK enum err roll_open(
    struct roll *b, const struct store_options *options);
MUST_CHECK enum err roll_close(struct roll *b);

/*
 * Around the questions of one turn: one reading transaction for all of them,
 * or the feed's own if that is under way.
 */
MUST_CHECK enum err roll_read(struct roll *b);
MUST_CHECK enum err roll_read_end(struct roll *b);
/* For the feed, between turns: begins writing unless it has begun. */
MUST_CHECK enum err roll_write(struct roll *b);
MUST_CHECK enum err roll_commit(struct roll *b);	/* if it has begun */
void roll_rollback(struct roll *b);

/* The row of a cell; one that never was is at generation 0, where nothing is
 * visible. */
MUST_CHECK enum err roll_cell(
    struct roll *b, uint32_t cell, struct cell_row *ret);
/* Nobody else writes it: so the generation may be kept at hand. */
MUST_CHECK enum err roll_put_cell(struct roll *b, const struct cell_row *row);
/* All cells: u32 cell, u32 generation, each. */
MUST_CHECK enum err roll_generations(struct roll *b, struct buf *out);
/* How many persons the cell ever had: of the last roll_generation(). */
uint64_t roll_persons(const struct roll *b, uint32_t cell);
/* What questions of this cell see. */
MUST_CHECK enum err roll_generation(
    struct roll *b, uint32_t cell, uint32_t *ret);
