/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and contracts for the commands that price, as files say. */
#pragma once
#include "price/price.h"

#define TARIFFS_MOST 16384	/* contracts */

struct tariffs {
	struct rules *rules;
	struct contract **contracts;	/* as they were read */
	struct price_plan **plans;	/* by code and first day */
	size_t count;
};

/* Rules from folder, NULL: data/rules that came with the programs. Says what
 * is wrong. */
MUST_CHECK enum err tariffs_rules(struct tariffs *t, const char *folder);
/* One contract's file more. Says "FILE:LINE:COLUMN: words". */
MUST_CHECK enum err tariffs_contract(struct tariffs *t, const char *path);
/* Every *.contract of a folder. */
MUST_CHECK enum err tariffs_folder(struct tariffs *t, const char *folder);
/* The contract of that code in force on a day, else the last of that code;
 * without a code that of the only one there is. NULL: none. */
const struct price_plan *tariffs_plan(
    const struct tariffs *t, const char *code, int32_t day);
void tariffs_release(struct tariffs *t);
