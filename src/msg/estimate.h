/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The acts of an estimate, as they go from keeper to vault inside MSG_DO: what
 * a mutuelle's part is computed from, and no word of the person. Amounts are
 * cents of the whole line. The small numbers are those of rules/rules.h
 * (class) and contract/contract.h (yes, no), which the vault asserts.
 */
#pragma once
#include "base/buf.h"
#include "base/limits.h"

#define ESTIMATE_WORD 19	/* characters of an act, a zone, an exemption */
#define ESTIMATE_MOST 2048	/* bytes, packed */

enum estimate_given {
	ESTIMATE_BASE = 1, ESTIMATE_AMO = 2, ESTIMATE_PARTICIPATION = 4
};
enum estimate_class {
	ESTIMATE_CLASS_NONE, ESTIMATE_CLASS_A, ESTIMATE_CLASS_B,
	ESTIMATE_CLASS_MODERATE
};
enum estimate_yes { ESTIMATE_UNSAID, ESTIMATE_YES, ESTIMATE_NO };
enum estimate_side { ESTIMATE_NO_SIDE, ESTIMATE_LEFT, ESTIMATE_RIGHT };

struct estimate_line {
	uint32_t n;		/* the asker's number of it */
	char act[ESTIMATE_WORD + 1];
	char exemption[ESTIMATE_WORD + 1];	/* or empty */
	uint32_t quantity;	/* 1 or more */
	int64_t price;
	uint8_t given;		/* bits of enum estimate_given */
	int64_t base, amo, participation;	/* 0 unless given */
	int64_t other;		/* paid by an insurer before this one */
	uint8_t class, optam, network, off_pathway, side;
};

struct estimate {
	uint8_t local;		/* 1: régime local of Alsace-Moselle */
	char zone[ESTIMATE_WORD + 1];	/* overseas, or empty */
	uint8_t count;
	struct estimate_line lines[LIMIT_CLAIM_LINES];
};

/*
 * Bytes of an answer about so many acts, as it leaves the keeper: always all
 * of them, so that its length says nothing of the person. The vault leaves
 * ESTIMATE_AROUND of them to the keeper.
 */
size_t estimate_room(unsigned lines);
#define ESTIMATE_AROUND 512

/* ERR_RANGE in out->err: a count, or a figure that unpack would refuse. */
void estimate_pack(const struct estimate *m, struct buf *out);
/* ERR_SHAPE, ERR_LIMIT, ERR_RANGE. */
MUST_CHECK enum err estimate_unpack(struct span in, struct estimate *ret);
