/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A feed on its way from keeper to vault: the same lines that the insurer
 * signed, with tags in the place of traits.
 *
 * BEGIN, LINES..., END(commit) ; the vault answers each with one STATE. The
 * keeper sends the next only after it, LINES excepted: of those FEED_WINDOW
 * may wait for theirs, under one ref, so that the vault never waits. While an
 * answer takes long, a MSG_FEED_WORKS comes before it, one every second or so.
 * Until END(1) is answered nothing that was sent is visible; END(0), a crash or a new BEGIN undo it.
 *
 * LAST asks, at any time, for the last feed that a cell committed.
 */
#pragma once
#include "base/buf.h"
#include "base/limits.h"
#include "msg/rights.h"

#define FEED_WINDOW 2	/* LINES not answered yet */

/* What a feed's lines are: the whole book; changed lines; or, for each person
 * that it names, all lines of that person. docs/feed-rules.md */
enum feed_kind { FEED_FULL = 1, FEED_DELTA = 2, FEED_CHANGES = 3 };

/* MSG_FEED_BEGIN */
struct feed_begin {
	uint32_t cell;
	uint8_t kind;		/* enum feed_kind */
	uint8_t version;	/* of the index key that made the tags */
	uint8_t keep_going;	/* 1: leave lines with a fault out, and say so */
	int32_t effective_day;	/* state of the insurer's book on this day */
	int64_t made_ms;	/* when the insurer made it; 0: not compared */
	uint8_t id[32];		/* SHA-256 of the feed's plaintext */
};

struct feed_domain {
	struct span code;	/* OPTI */
	struct span level;	/* BR200, TM, EUR150... */
	uint8_t authorization;	/* 1: prior authorisation needed */
};

enum feed_line_kind {
	FEED_LINE_RIGHT = 0,
	/* These have tags alone, which name a person: */
	FEED_LINE_STAYS,	/* all that was known of him goes on */
	FEED_LINE_GONE,		/* he has no line any more (FEED_CHANGES) */
};

/* One line of MSG_FEED_LINES. */
struct feed_line {
	uint32_t line;		/* number in the insurer's file, from 1 */
	uint8_t kind;		/* enum feed_line_kind */
	uint8_t tag_count;
	uint8_t card_count;	/* so many of the tags, the last, are cards */
	uint8_t tags[RIGHTS_TAGS_FED][RIGHTS_TAG];
	/* tags of older index keys: they find the person when no tag does,
	 * and are not kept */
	uint8_t join_count;
	uint8_t joins[RIGHTS_JOINS][RIGHTS_TAG];
	struct span handle;	/* encrypted reference, the insurer's key */
	struct span contract, convention, csr;
	uint8_t order;		/* 1: first insurer of this person, 2: ... */
	int32_t from_day, to_day;	/* both inclusive */
	int32_t closed_day;	/* last day after an early closure; 0: none */
	uint8_t age_class;	/* 0 not said, 1 child, 2 adult, 3 senior */
	uint32_t age_change;	/* month of the next class: year*12+month-1 */
	uint8_t domain_count;
	struct feed_domain domains[LIMIT_DOMAINS];
};

enum feed_outcome {
	FEED_GOES_ON = 1,	/* after BEGIN and LINES */
	FEED_COMMITTED,		/* after END(1) */
	FEED_UNDONE,		/* after END(0), or an error: see reason */
	FEED_ALREADY,		/* after BEGIN: this very feed is committed */
};

#define FEED_KEPT_REASONS 20	/* more than docs/feed-rules.md has */
#define FEED_KEPT_LINES 20

#define FEED_MISSING 5	/* contract names that a report lists */

/* Lines that keep_going left out, of one reason. */
struct feed_kept {
	struct span reason;	/* a word of docs/feed-rules.md */
	uint64_t count;
	uint8_t line_count;
	uint32_t lines[FEED_KEPT_LINES];	/* the first ones */
};

/* MSG_FEED_STATE */
struct feed_state {
	uint8_t outcome;	/* enum feed_outcome */
	uint32_t generation;	/* of the cell, after a commit */
	uint64_t lines;		/* read so far */
	uint64_t added, changed, unchanged, dropped, persons_new;
	uint32_t bad_line;	/* the line that undid the feed; 0: none */
	struct span reason;	/* a word of docs/feed.md, empty if none */
	uint8_t kept_count;	/* after a commit */
	struct feed_kept kept[FEED_KEPT_REASONS];
	/* after a commit: contract names of its lines that no contract file
	 * has, LIMIT_CONTRACTS counted at most, and the first of them */
	uint32_t missing_count;
	uint8_t missing_listed;
	struct span missing[FEED_MISSING];
};

/* MSG_FEED_LASTED: the last feed that a cell committed. */
struct feed_last {
	uint32_t generation;	/* 0: none yet */
	int32_t effective_day;
	int64_t made_ms;
	uint8_t id[32];
};

void feed_begin_pack(const struct feed_begin *m, struct buf *out);
MUST_CHECK enum err feed_begin_unpack(
    struct span in, struct feed_begin *ret);
/* One line behind the other; a message holds as many as fit. */
void feed_line_pack(const struct feed_line *m, struct buf *out);
MUST_CHECK enum err feed_line_unpack(
    struct reader *r, struct feed_line *ret);
void feed_state_pack(const struct feed_state *m, struct buf *out);
MUST_CHECK enum err feed_state_unpack(
    struct span in, struct feed_state *ret);
void feed_last_pack(const struct feed_last *m, struct buf *out);
MUST_CHECK enum err feed_last_unpack(struct span in, struct feed_last *ret);
