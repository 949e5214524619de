/* SPDX-License-Identifier: Apache-2.0 */
/* A contract made ready for pricing, inside price/ alone. */
#pragma once
#include "price/price.h"

struct price_plan {
	const struct contract *contract;
	const struct rules *rules;
	/* covers to try for act i: order[first[i]] on, up to PLAN_END. Acts
	 * that the same covers fit share one list, and all of them stand
	 * behind this struct: a plan is a few lines of cache */
	const uint16_t *order;
	uint16_t first[];
};

#define PLAN_END UINT16_MAX	/* behind the last cover of a list */

/* The covers to try for an act, closest first. */
static inline const uint16_t *plan_covers(
    const struct price_plan *p, const struct rules_act *act)
{
	return &p->order[p->first[act->at]];
}

/* Every line of a request waits for its contract's memory otherwise, one
 * behind the other; so they wait together. */
void plan_fetch(const struct price_plan *p, const struct price_ask *ask);

/* Figures of the contrat responsable that many lines need, by name. */
const struct rules_fact *plan_figure(
    const struct price_plan *p, const char *key, int32_t day);

/* The waiting period of an act in months; 0: none. */
uint32_t plan_wait(const struct price_plan *p, const struct rules_act *act);
