/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An open feed: the cell it stages into, what it has listed, what it counts.
 * merge.h puts lines into it, sweep.h ends, tidies or undoes it.
 */
#pragma once
#include "base/random.h"
#include "msg/feed.h"
#include "rights/roll.h"
#include "rights/seen.h"

#define STAGE_COVERS 64		/* cover texts whose ids are kept at hand */

struct stage_cover {
	int64_t id;		/* 0: none here */
	size_t n;
	uint8_t text[COVER_TEXT_MAX];
};

struct stage_counts {
	uint64_t lines, added, changed, unchanged, dropped, persons_new;
};

struct stage {
	struct roll *roll;
	struct random random;
	struct cell_row cell;	/* staged: the generation we write */
	bool full;
	uint8_t version;
	int32_t effective_day;
	bool touched;		/* something was written since the start */
	struct seen seen;
	struct stage_counts count;
	struct buf text;	/* a cover's */
	struct stage_cover covers[STAGE_COVERS];
};

void stage_init(struct stage *st, struct roll *roll, struct random random);
void stage_release(struct stage *st);
/*
 * Forgets the last feed and takes the row of the cell as it stands in the
 * roll. Nothing is written.
 */
MUST_CHECK enum err stage_take(struct stage *st, uint32_t cell);
/* Then opens the feed: writes the generation being staged. */
MUST_CHECK enum err stage_open(
    struct stage *st, const struct feed_begin *begin);
/* One write that turns the generation. Every other row must be there. */
MUST_CHECK enum err stage_turn(struct stage *st);

/* The cover id of the line, written if it is new. ERR_EXISTS: the line names a
 * domain twice. */
MUST_CHECK enum err stage_cover_id(
    struct stage *st, const struct feed_line *line, int64_t *ret);
/* Writes the right as a new row of this feed, with a new id (*ret_id). */
MUST_CHECK enum err stage_add_right(
    struct stage *st, const struct right_row *row, int64_t *ret_id);
/* Adds to the tags that the person loses when the feed ends. */
MUST_CHECK enum err stage_note_hints(
    struct stage *st, int64_t number, const struct hints *more);
