/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include "people/plan.h"

#define WEIGHT UINT64_C(1000000)

static const char operator_own[] = "bief";	/* this platform */
static const char operator_hosted[] = "aval";	/* the one it hosts */

/* Invented, and said to be so where they are shown. */
static const char *const labels[] = {
    "Mutuelle du Grand Bief", "Mutuelle des Trois Portes",
    "Mutuelle du Chemin de Halage", "Mutuelle de la Rigole",
    "Mutuelle des Hautes Eaux", "Mutuelle du Pont-Canal",
    "Mutuelle de la Dérivation", "Mutuelle du Vieux Sas",
    "Mutuelle des Radeliers", "Mutuelle du Bassin Vert",
    "Mutuelle de l'Îlot", "Mutuelle de l'Avant-Port",
};
#define LABELS (sizeof(labels) / sizeof(labels[0]))

bool plan_is_hosted(const struct plan *p, uint32_t insurer)
{
	return p->insurers > 1 && insurer == p->insurers - 1;
}

static void make_insurer(struct plan *p, uint32_t i)
{
	struct plan_insurer *to = &p->insurer[i];
	bool hosted = plan_is_hosted(p, i);

	numbers_amc(i, to->amc);
	if (i < LABELS)
		(void)snprintf(to->label, sizeof(to->label),
		    "%.45s (fictive)", labels[i]);
	else
		(void)snprintf(to->label, sizeof(to->label),
		    "Mutuelle n° %u (fictive)", i + 1);
	(void)snprintf(to->operator, sizeof(to->operator), "%s",
	    hosted ? operator_hosted : operator_own);
	(void)snprintf(to->hosted_by, sizeof(to->hosted_by), "%s",
	    hosted ? operator_own : "");
	(void)snprintf(to->convention, sizeof(to->convention), "%s",
	    hosted ? "AV" : "BF");
	(void)snprintf(to->csr, sizeof(to->csr), "E%02u", i % 100 + 1);
	to->weight = WEIGHT / (i + 1) + (i > 0 ? to[-1].weight : 0);
}

enum err plan_make(uint32_t members, uint32_t insurers, uint64_t seed,
    int32_t day, struct plan *ret)
{
	int month, day_of_month;

	if (members < 1 || members > PLAN_MEMBERS_MAX || insurers < 1 ||
	    insurers > PLAN_INSURERS_MAX)
		return ERR_RANGE;
	*ret = (struct plan){
	    .members = members, .insurers = insurers, .seed = seed,
	    .day = day,
	};
	date_to_civil(day, &ret->year, &month, &day_of_month);
	for (uint32_t i = 0; i < insurers; i++)
		make_insurer(ret, i);
	return ERR_OK;
}

uint32_t plan_pick_insurer(const struct plan *p, struct random_seeded *r)
{
	uint64_t at =
	    random_seeded_below(r, p->insurer[p->insurers - 1].weight);
	uint32_t i = 0;

	while (p->insurer[i].weight <= at)
		i++;
	return i;
}

void plan_random(const struct plan *p, enum plan_stream stream,
    uint64_t index, struct random_seeded *ret)
{
	/* the first outputs of two streams seeded with the seed and with the
	 * kind and index, mixed: neighbouring indexes share nothing */
	struct random_seeded a, b;

	(void)random_from_seed(&a, p->seed);
	(void)random_from_seed(&b, index * 16 + (uint64_t)stream);
	(void)random_from_seed(
	    ret, random_seeded_u64(&a) ^ random_seeded_u64(&b));
}

bool plan_chance(struct random_seeded *r, uint32_t percent)
{
	return random_seeded_below(r, 100) < percent;
}

int plan_between(struct random_seeded *r, int from, int to)
{
	return from + (int)random_seeded_below(r, (uint64_t)(to - from + 1));
}
