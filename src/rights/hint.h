/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a person back to its tags. The alias table leads from tag to number;
 * to end the tags that a full feed no longer lists, we must find a person's
 * tags too. An index would cost as much again as the table; the first four
 * bytes of each tag are enough, since looking for them inside the alias table
 * finds 0.03 strangers (33 million persons, 4 tags: 2^27 tags in 2^32) and the
 * number tells them apart.
 *
 * A person's hints are kept one behind the other in one value. They may name
 * tags that have gone; they never lack one that is there.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "msg/rights.h"

#define HINT_SIZE 5	/* bytes stored: four of the tag, and the card flag */
#define HINTS_MAX 64	/* tags of one person */
#define HINT_BYTES (HINT_SIZE * HINTS_MAX)

struct hint {
	uint8_t head[4];
	uint8_t card;
};

struct hints {
	struct hint list[HINTS_MAX];
	unsigned count;
};

struct hint hint_of(const uint8_t tag[RIGHTS_TAG], bool card);
/* The least and the most tag that begins like h. */
void hint_range(const struct hint *h, uint8_t least[RIGHTS_TAG],
    uint8_t most[RIGHTS_TAG]);
bool hint_in(const struct hints *set, const struct hint *h);
/* ERR_LIMIT when full; one that is there already is fine. */
MUST_CHECK enum err hint_add(struct hints *set, const struct hint *h);
/* set without those of take. */
void hint_subtract(struct hints *set, const struct hints *take);
/* Keeps cards only. */
void hint_only_cards(struct hints *set);

struct span hint_pack(const struct hints *set, uint8_t out[HINT_BYTES]);
/* ERR_CORRUPT */
MUST_CHECK enum err hint_unpack(struct span in, struct hints *ret);
