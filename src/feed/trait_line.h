/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of an insurer's book, with the traits that the keeper turns into
 * tags (msg/feed.h's struct feed_line is what the vault gets of it). It exists
 * in clear at the insurer and inside the keeper alone.
 *
 * Packed: u16 length of the rest, then big-endian
 *   u32 line | s8 nir | 8 birth | 1 rank | s8 member | u8 cards, 16 each
 *   | s8 handle | s8 contract | s8 convention | s8 csr | u8 order
 *   | i32 from | i32 to | i32 closed | u8 age class | u32 age change
 *   | u8 domains, each s8 code, s8 level, u8 authorisation
 * or, for a line that names a person and no right of his (kind is not 0),
 *   u32 0 | u32 line | u8 kind | s8 handle
 * s8 is one byte of length and the bytes. The plaintext of a feed is its lines
 * one behind the other; a line never crosses from one chunk to the next.
 */
#pragma once
#include "base/buf.h"
#include "base/limits.h"

#define FEED_TRAITS_NIR 13
#define FEED_TRAITS_BIRTH 8
#define FEED_TRAITS_CTI 16
#define FEED_TRAITS_PACKED_MAX 1536	/* bytes, more than any line takes */

struct feed_traits_domain {
	struct span code;	/* OPTI; 1 to LIMIT_DOMAIN */
	struct span level;	/* BR200; 0 to LIMIT_LEVEL */
	uint8_t authorization;	/* 1: prior authorisation needed */
};

/* The numbers of msg/feed.h's enum feed_line_kind. */
enum feed_traits_kind {
	FEED_TRAITS_RIGHT = 0,
	FEED_TRAITS_STAYS = 1,	/* a line of this person was left out: what was
				 * known of him goes on */
	FEED_TRAITS_GONE = 2	/* this person has no line any more */
};

/* Spans view the packed bytes. Texts are printable ASCII. */
struct feed_traits_line {
	uint32_t line;		/* number in the insurer's file, from 1 */
	uint8_t kind;		/* not 0: line and handle alone matter */
	struct span nir;	/* of the opening insured, no key; or empty */
	char birth[FEED_TRAITS_BIRTH + 1];	/* YYYYMMDD, may be lunar */
	char rank;		/* '0' to '9' */
	struct span member;	/* or empty */
	uint8_t card_count;
	uint8_t cards[LIMIT_CARDS][FEED_TRAITS_CTI];
	struct span handle;	/* encrypted reference; or empty */
	struct span contract, convention, csr;	/* or empty */
	uint8_t order;		/* 1: first insurer of this person, 2: ... */
	int32_t from_day, to_day;	/* both inclusive, from <= to */
	int32_t closed_day;	/* last day after an early closure; 0: none */
	uint8_t age_class;	/* 0 not said, 1 child, 2 adult, 3 senior */
	uint32_t age_change;	/* month of the next class: year*12+month-1;
				 * 0: not said */
	uint8_t domain_count;
	struct feed_traits_domain domains[LIMIT_DOMAINS];
};

/*
 * Appends the line. ERR_SHAPE: a text has the wrong form or nothing names the
 * person (no NIR, member, card or handle); ERR_RANGE: a number out of range;
 * ERR_LIMIT: a text or count over its limit, or out is full.
 */
MUST_CHECK enum err feed_traits_line_pack(
    const struct feed_traits_line *m, struct buf *out);
/* The next line of r; errors as above. ERR_SHAPE also for a wrong length. */
MUST_CHECK enum err feed_traits_line_unpack(
    struct reader *r, struct feed_traits_line *ret);
