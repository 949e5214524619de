/* SPDX-License-Identifier: Apache-2.0 */
/* A contract made ready for pricing, inside price/ alone. */
#pragma once
#include "price/price.h"

struct price_plan {
	const struct contract *contract;
	const struct rules *rules;
	const struct rules_act *acts;
	uint32_t act_count;
	/* covers to try for act i: order[start[i]] to order[start[i + 1]];
	 * both stand behind this struct, so that a plan is a few lines of
	 * cache wherever it lies */
	uint16_t *start, *order;
};

/* Figures of the contrat responsable that many lines need, by name. */
const struct rules_fact *plan_figure(
    const struct price_plan *p, const char *key, int32_t day);

/* The waiting period of an act in months; 0: none. */
uint32_t plan_wait(const struct price_plan *p, const struct rules_act *act);
