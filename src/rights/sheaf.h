/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Some forty aliases of one cell in one value, in the order of their tags:
 * what a row of the table `tags` holds. A row for each alias cost a feed
 * three tenths of its time, and half of the disk.
 *
 *	u8 1, u8 rows, u8 version, u32 gen_from; then rows of 21 bytes: all
 *	alike, and none is ended
 *	u8 2, u8 rows; then rows of 30 bytes
 *
 * A row: 16 bytes of tag (a number has 8, and zeros behind them), u8 flags (1
 * card, 2 number), u32 person; of 30 also u8 version, u32 gen_from, u32 gen_to.
 * Of equal tags the one with the earlier gen_from stands first. Zeros follow
 * up to SHEAF_BYTES: a value is written over in its place, so that nothing of
 * what it had is left anywhere.
 */
#pragma once
#include "base/buf.h"
#include "msg/rights.h"

#define SHEAF_BYTES 976		/* four in a page */
#define SHEAF_ROWS 46		/* no value holds more */

struct sheaf_row {
	uint8_t tag[RIGHTS_TAG];
	uint8_t n;		/* bytes of the tag: RIGHTS_TAG or 8 */
	uint8_t card;
	uint8_t version;	/* of the index key */
	uint32_t gen_from, gen_to;	/* gen_to 0: not ended */
	uint32_t person;
};

/* A value being read; it stays its owner's. */
struct sheaf {
	const uint8_t *rows;
	size_t count;
	bool alike;
	uint8_t version;
	uint32_t gen_from;
};

/* Is it a tag or a number? Nothing else may be looked for or written. */
bool sheaf_takes(struct span tag);
/* ERR_CORRUPT */
MUST_CHECK enum err sheaf_open(struct span value, struct sheaf *ret);
void sheaf_row(const struct sheaf *s, size_t nth, struct sheaf_row *ret);
/* The first row that is not below tag; s->count: none. */
size_t sheaf_find(const struct sheaf *s, struct span tag);
/* Below, at or above 0 as a's tag comes before, equals or follows b's. */
int sheaf_order(const struct sheaf_row *a, const struct sheaf_row *b);

/*
 * The shortest place from which on b stands and a does not, a before b: b's
 * first bits up to the one in which they differ, without the zeros behind. It
 * says no more of b than how many tags there are.
 */
struct span sheaf_between(const struct sheaf_row *a,
    const struct sheaf_row *b, uint8_t to[RIGHTS_TAG]);

/* How many of the first rows go into one value: 1 at least, if there are. */
size_t sheaf_fits(const struct sheaf_row *rows, size_t count);
/* Writes them; more than fit into one value are a bug of ours. */
void sheaf_write(
    const struct sheaf_row *rows, size_t count, struct buf *out);
