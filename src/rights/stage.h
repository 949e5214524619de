/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An open feed: the cell it stages into, what it has listed, what it counts.
 * merge.h puts lines into it, sweep.h ends, tidies or undoes it.
 */
#pragma once
#include "base/random.h"
#include "msg/feed.h"
#include "rights/fresh.h"
#include "rights/held.h"
#include "rights/roll.h"
#include "rights/seen.h"
#include "rights/spill.h"

#define STAGE_COVERS 64		/* cover texts whose ids are kept at hand */

#define STAGE_DRAWN 512		/* a call to the kernel costs as much as a row */

struct stage_cover {
	int64_t id;		/* 0: none here */
	size_t n;
	uint8_t text[COVER_TEXT_MAX];
};

/* How much is done at once. */
struct stage_pace {
	unsigned step_lines;	/* lines merged in one step */
	unsigned sweep_rows;	/* rows swept in one, 4 to STAGE_SWEEP */
	unsigned commit_steps;	/* steps of one commit to the disk */
	size_t fresh_tags;	/* new aliases kept in memory */
	unsigned spill_rows;	/* aliases written to runs, or merged, in one */
	int64_t know_persons;	/* cells so large learn no tags by heart */
	unsigned covers;	/* different ones of a feed, at most */
};
#define STAGE_SWEEP 500
#define STAGE_KNOW ((int64_t)1 << 20)	/* 12 MB of sieve */
/* A step takes 2 to 5 ms. */
#define STAGE_PACE ((struct stage_pace){100, STAGE_SWEEP, 60, FRESH_MOST, \
	4096, STAGE_KNOW, LIMIT_COVERS})

struct stage_counts {
	uint64_t lines, added, changed, unchanged, dropped, persons_new;
};

struct stage {
	struct roll *roll;
	struct random random;
	struct stage_pace pace;
	struct cell_row cell;	/* staged: the generation we write */
	bool full;		/* who is not listed has no right any more */
	bool whole;		/* listed persons are listed with all lines */
	bool keep_going;
	uint8_t version;
	int32_t effective_day;
	int64_t made_ms;
	bool touched;		/* something was written since the start */
	struct seen seen;	/* rights that the feed listed */
	struct seen stays;	/* and those that go on, listed or not */
	struct seen named;	/* covers that its lines name, */
	unsigned named_count;	/* so many */
	struct fresh fresh;	/* aliases not yet in the table */
	struct spill spill;	/* and those that memory had no room for */
	int64_t had;		/* persons of the cell before this feed */
	int64_t vain;		/* tags looked for in the table, and not there */
	bool knows;		/* `known` has every tag of the table */
	struct sieve known;
	uint8_t drawn[STAGE_DRAWN];	/* random bytes, drawn at once */
	unsigned drawn_left;
	struct held held;	/* new persons not yet in the tables */
	struct stage_counts count;
	unsigned kept_count;
	struct feed_kept kept[FEED_KEPT_REASONS];	/* lines left out */
	struct buf text;	/* a cover's */
	struct stage_cover covers[STAGE_COVERS];
};

void stage_init(struct stage *st, struct roll *roll, struct random random,
    const struct stage_pace *pace);
void stage_release(struct stage *st);
/*
 * Forgets the last feed and takes the row of the cell as it stands in the
 * roll. Nothing is written.
 */
MUST_CHECK enum err stage_take(struct stage *st, uint32_t cell);
/* Then opens the feed: writes the generation being staged. ERR_LIMIT: the cell
 * had all generations that there are. */
MUST_CHECK enum err stage_open(
    struct stage *st, const struct feed_begin *begin);
/* The contract of each cover that the last feed's lines name; one may come
 * again. tell's error ends it. */
typedef enum err stage_tell(void *ctx, uint32_t cell, struct span contract);
MUST_CHECK enum err stage_named(struct stage *st, stage_tell *tell, void *ctx);
/* Counts a line that is left out; reason is constant text. */
void stage_keep_out(struct stage *st, uint32_t line, const char *reason);
uint64_t stage_kept_out(const struct stage *st);
/* One write that turns the generation, and the commit. Every other row must be
 * there. On failure the feed is still the one to be undone. */
MUST_CHECK enum err stage_turn(struct stage *st);

/*
 * Did the table lack more tags than it has persons? Reading all of it costs
 * no more than what was looked for in vain so far, and who is new to it is
 * then told by memory alone: a mutuelle that grows from 5,000 members to a
 * million in one feed spent half of its time looking among the 5,000.
 */
bool stage_should_know(const struct stage *st);
/* Learns the next rows tags; *ret_more: not all are known yet. */
MUST_CHECK enum err stage_know(
    struct stage *st, struct alias_at *at, bool *ret_more);

/* The tag is asked about soon: brings what it needs closer. */
void stage_expect(const struct stage *st, struct span tag);
/* The person that a tag names for the open feed, 0: nobody. */
MUST_CHECK enum err stage_find(
    struct stage *st, struct span tag, int64_t *ret_person);
/* A tag that names nobody names this person. ERR_FULL: fresh is full. */
MUST_CHECK enum err stage_add_alias(
    struct stage *st, struct span tag, int64_t person, bool card);
/* Writes aliases of fresh, in the order of their tags, ALIAS_MANY at most;
 * *ret_met: how many rows of the table they met. */
MUST_CHECK enum err stage_write_aliases(struct stage *st,
    const struct fresh_entry *list, unsigned count, unsigned *ret_met);
/* A beneficiary number that the cell never gave: 63 random bits. */
MUST_CHECK enum err stage_draw_number(struct stage *st, int64_t *ret);

/* The cover id of the line, written if it is new. ERR_EXISTS: the line names a
 * domain twice; ERR_RANGE: so many others are named
 * that the pace allows no more. */
MUST_CHECK enum err stage_cover_id(
    struct stage *st, const struct feed_line *line, int64_t *ret);
/*
 * A new person, who is held; what a person of the open feed is and has, held
 * or in the tables (ERR_UNKNOWN: nobody); wider hints of his. All others who
 * look at persons or rights settle first: then nobody is held.
 */
MUST_CHECK enum err stage_add_person(
    struct stage *st, const struct person_row *row);
MUST_CHECK enum err stage_person(
    struct stage *st, int64_t id, struct person_row *ret);
MUST_CHECK enum err stage_rights(struct stage *st, int64_t person,
    struct right_row ret[RIGHT_MOST], unsigned *ret_count);
MUST_CHECK enum err stage_widen(
    struct stage *st, int64_t id, const struct hints *hints);
MUST_CHECK enum err stage_settle(struct stage *st);
/* Writes the right as a new row of this feed, with a new id (*ret_id). */
MUST_CHECK enum err stage_add_right(
    struct stage *st, const struct right_row *row, int64_t *ret_id);
/* Adds to the tags that the person loses when the feed ends. */
MUST_CHECK enum err stage_note_hints(
    struct stage *st, int64_t person, const struct hints *more);
