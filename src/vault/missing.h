/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract names of a feed's lines that no contract file of the mutuelle has:
 * estimates about those persons will say `no-contract`, and nobody would hear
 * of a name that is written otherwise here and there.
 */
#pragma once
#include "rights/intake.h"
#include "vault/catalogue.h"

struct missing {
	struct catalogue *catalogue;
	char codes[LIMIT_CONTRACTS][LIMIT_CONTRACT + 1];
	unsigned count;
};

/* Of the feed that in committed last, into *state, whose spans view *m. The
 * store's errors. */
MUST_CHECK enum err missing_look(struct missing *m, struct catalogue *c,
    struct intake *in, struct feed_state *state);
