/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and contracts for the commands that price, as files say. */
#pragma once
#include "base/map.h"
#include "price/price.h"

#define TARIFFS_MOST 16384	/* contracts */

/* A contract, and of the same code the next by its first day. */
struct tariff {
	struct contract *contract;
	struct price_plan *plan;
	int32_t from_day, to_day;
	uint32_t next;		/* place in list, or TARIFFS_MOST */
};

struct tariffs {
	struct rules *rules;
	struct tariff *list;	/* as they were read */
	size_t count;
	struct map by_code;	/* the first of each code */
};

/* Rules from folder, NULL: data/rules that came with the programs. Says what
 * is wrong. */
MUST_CHECK enum err tariffs_rules(struct tariffs *t, const char *folder);
/* One contract's file more. Says "FILE:LINE:COLUMN: words". */
MUST_CHECK enum err tariffs_contract(struct tariffs *t, const char *path);
/* Texts in place of files; from says in messages whose they are. */
MUST_CHECK enum err tariffs_texts(struct tariffs *t, const char *from,
    const struct span *texts, size_t count);
/* Every *.contract of a folder. */
MUST_CHECK enum err tariffs_folder(struct tariffs *t, const char *folder);
/* The contract of that code in force on a day, else the last of that code;
 * without a code that of the only one there is. NULL: none. */
const struct price_plan *tariffs_plan(
    const struct tariffs *t, const char *code, int32_t day);
/* The same is asked for soon: brings what it needs nearer, first by the code,
 * then the plan itself. */
void tariffs_expect(const struct tariffs *t, const char *code);
void tariffs_fetch(const struct tariffs *t, const char *code, int32_t day);
void tariffs_release(struct tariffs *t);
