/* SPDX-License-Identifier: Apache-2.0 */
/* The contracts that invented mutuelles sell: a code and what it covers. */
#pragma once
#include "base/random.h"

struct contract {
	const char *code;
	const char *domains;	/* as in a mutuelle's file (docs/feed.md) */
	uint32_t share;		/* of a hundred members */
};

#define CONTRACT_BASIC 0
#define CONTRACT_MIDDLE 1
#define CONTRACT_COUNT 4

const struct contract *contract_get(unsigned which);	/* below the count */
const struct contract *contract_pick(struct random_seeded *r);
/* Another one than the code's. */
const struct contract *contract_other(
    const char *code, struct random_seeded *r);
