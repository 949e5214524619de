/* SPDX-License-Identifier: Apache-2.0 */
/* A contract made ready for pricing, inside price/ alone. */
#pragma once
#include "price/price.h"

/* What chooses and computes of a cover: four of them in a line of cache. */
struct plan_cover {
	int64_t value;		/* rate of BR, or cents, as form says */
	uint16_t at;		/* of the contract's covers */
	uint16_t limits;	/* the first of its own */
	unsigned lens_case : 8, form : 4, class : 2;
	unsigned optam : 2, network : 2, child : 2;
	unsigned off_pathway : 1, renewed : 1, limit_count : 3;
	unsigned last : 1;	/* of its list */
};

/* An act that a cover names has a list of its own. */
struct plan_named {
	uint16_t act, first;
};

/*
 * One block of memory, some 500 bytes, and all that pricing reads of a
 * contract but for words of an explanation: of thousands of contracts none is
 * in the cache when its turn comes. In it stand, behind this struct, the list
 * of each group of acts, the acts that covers name, the lists (those that are
 * equal are one), and the limits.
 */
struct price_plan {
	const struct contract *contract;
	const struct rules *rules;
	int32_t from_day, to_day;	/* the contract's */
	bool responsible, second_deducts, waits;
	uint16_t named_count;
	uint16_t named_at, covers_at;	/* bytes from the plan's begin */
	uint32_t limits_at;
	uint16_t first[];	/* of each group: which of the covers */
};

#define PLAN_NONE UINT16_MAX	/* of first: no cover fits */

static inline const struct plan_named *plan_named(const struct price_plan *p)
{
	return (const struct plan_named *)(const void *)
	    ((const uint8_t *)p + p->named_at);
}

static inline const struct plan_cover *plan_cover(
    const struct price_plan *p, uint16_t first)
{
	return first == PLAN_NONE ? NULL : (const struct plan_cover *)
	    (const void *)((const uint8_t *)p + p->covers_at) + first;
}

static inline const struct contract_limit *plan_limits(
    const struct price_plan *p, const struct plan_cover *c)
{
	return (const struct contract_limit *)(const void *)
	    ((const uint8_t *)p + p->limits_at) + c->limits;
}

/* The covers to try for an act, closest first; NULL: none. */
static inline const struct plan_cover *plan_covers(
    const struct price_plan *p, const struct rules_act *act)
{
	for (unsigned i = 0; i < p->named_count; i++)
		if (plan_named(p)[i].act == act->at)
			return plan_cover(p, plan_named(p)[i].first);
	return plan_cover(p, p->first[act->group]);
}

/* The one behind c in its list; NULL: c was the last. */
static inline const struct plan_cover *plan_after(const struct plan_cover *c)
{
	return c->last ? NULL : c + 1;
}

/* Figures of the contrat responsable that many lines need, by name. */
const struct rules_fact *plan_figure(
    const struct price_plan *p, const char *key, int32_t day);

/* The waiting period of an act in months; 0: none. */
uint32_t plan_wait(const struct price_plan *p, const struct rules_act *act);
