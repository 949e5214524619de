/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a contract responsable on a day (CSS L.871-1, R.871-2)? Every line that
 * breaks an article is told, with the article and by how much. Looks at what
 * the text says, whatever its own `responsible` says; the engine clamps what a
 * contract that calls itself responsable promises too much.
 */
#pragma once
#include "contract/contract.h"

struct contract_breach {
	uint32_t line;		/* of the text; 0: something is missing */
	const char *article;	/* "R.871-2 3°" */
	char words_fr[200], words_en[200];
};

typedef void contract_tell(void *ctx, const struct contract_breach *b);

/* Gives how many breaches were told. */
unsigned contract_check(const struct contract *c, const struct rules *r,
    int32_t day, contract_tell *tell, void *ctx);
