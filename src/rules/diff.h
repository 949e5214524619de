/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changes between two days: each figure that is in force on one and not
 * on the other, or has another value.
 */
#pragma once
#include "rules/rules.h"

struct rules_change {
	enum rules_table table;
	const char *key;
	const struct rules_fact *before, *after;	/* NULL: none then */
};

typedef void rules_tell(void *ctx, const struct rules_change *c);

/* Changes of day from to day to, by file and key; gives how many. */
unsigned rules_diff(const struct rules *r, int32_t from, int32_t to,
    rules_tell *tell, void *ctx);
/* The value of a fact as its file writes it: "30.00", "70%", "24". */
void rules_value(enum rules_table t, const struct rules_fact *f,
    char out[static MONEY_TEXT]);
/* How many acts a change touches: those of the family, or the act. */
unsigned rules_touched(const struct rules *r, const struct rules_change *c);
