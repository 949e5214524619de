/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "price/plan.h"

#define FETCHED 4	/* covers of a list, ahead of being tried */

struct fit {
	uint16_t cover;
	unsigned closeness;
};

static int by_closeness(const void *a, const void *b)
{
	const struct fit *x = a, *y = b;

	if (x->closeness != y->closeness)
		return x->closeness > y->closeness ? -1 : 1;
	return (x->cover > y->cover) - (x->cover < y->cover);
}

/* The covers that could answer for an act, closest first; gives how many. */
static size_t order_of(const struct contract *c, const struct rules_act *act,
    struct fit fits[static CONTRACT_COVERS])
{
	size_t count = 0;

	for (size_t i = 0; i < c->cover_count; i++) {
		unsigned closeness = contract_fit(&c->covers[i], act);

		if (closeness)
			fits[count++] = (struct fit){(uint16_t)i, closeness};
	}
	if (count > 1)
		qsort(fits, count, sizeof(fits[0]), by_closeness);
	return count;
}

/* Lists of covers in the making: each of them once. */
struct lists {
	uint16_t order[PLAN_END];
	size_t n;
	uint16_t begin[RULES_ACTS];	/* of each */
	size_t count;
};

static bool is_list(const struct lists *l, size_t at,
    const struct fit *fits, size_t count)
{
	for (size_t k = 0; k < count; k++)
		if (l->order[at + k] != fits[k].cover)
			return false;
	return l->order[at + count] == PLAN_END;
}

/* Where the list of these stands; PLAN_END: there is no more room. */
static uint16_t list_of(
    struct lists *l, const struct fit *fits, size_t count)
{
	size_t at = l->n;

	for (size_t i = 0; i < l->count; i++)
		if (is_list(l, l->begin[i], fits, count))
			return l->begin[i];
	if (at + count + 1 > PLAN_END)
		return PLAN_END;
	for (size_t k = 0; k < count; k++)
		l->order[l->n++] = fits[k].cover;
	l->order[l->n++] = PLAN_END;
	l->begin[l->count++] = (uint16_t)at;
	return (uint16_t)at;
}

static enum err sort_covers(const struct contract *c,
    const struct rules_act *acts, size_t count, uint16_t *first,
    struct lists *l)
{
	struct fit fits[CONTRACT_COVERS];

	for (size_t i = 0; i < count; i++) {
		first[i] = list_of(l, fits, order_of(c, &acts[i], fits));
		if (first[i] == PLAN_END)
			return ERR_LIMIT;
	}
	return ERR_OK;
}

enum err price_plan_new(const struct contract *c, const struct rules *r,
    struct price_plan **ret)
{
	uint16_t first[RULES_ACTS];
	size_t count;
	const struct rules_act *acts = rules_acts(r, &count);
	struct lists *l = calloc(1, sizeof(*l));
	enum err e = l ? sort_covers(c, acts, count, first, l) : ERR_NOMEM;
	struct price_plan *p = e ? NULL :
	    malloc(sizeof(*p) + (count + l->n) * sizeof(uint16_t));

	if (p) {
		p->contract = c;
		p->rules = r;
		p->order = p->first + count;
		memcpy(p->first, first, count * sizeof(uint16_t));
		memcpy(p->first + count, l->order, l->n * sizeof(uint16_t));
		*ret = p;
	}
	free(l);
	return !e && !p ? ERR_NOMEM : e;
}

void plan_fetch(const struct price_plan *p, const struct price_ask *ask)
{
	for (unsigned i = 0; i < ask->line_count; i++)
		__builtin_prefetch(&p->first[ask->lines[i].act->at]);
	__builtin_prefetch(p->contract);
	for (unsigned i = 0; i < ask->line_count; i++) {
		const uint16_t *k = plan_covers(p, ask->lines[i].act);

		for (unsigned n = 0; n < FETCHED && k[n] != PLAN_END; n++) {
			const struct contract_cover *c =
			    &p->contract->covers[k[n]];

			__builtin_prefetch(c);
			__builtin_prefetch(&c->limits[0]);
		}
	}
}

const struct rules_fact *plan_figure(
    const struct price_plan *p, const char *key, int32_t day)
{
	return rules_find(p->rules, RULES_RESPONSIBLE, key, day);
}

void price_plan_free(struct price_plan *p)
{
	free(p);
}

const struct contract *price_plan_contract(const struct price_plan *p)
{
	return p->contract;
}

uint32_t plan_wait(const struct price_plan *p, const struct rules_act *act)
{
	const char *const words[] = {"*", act->domain, act->family, act->code};
	const struct contract *c = p->contract;
	uint32_t months = 0;

	for (size_t i = 0; i < c->wait_count; i++)
		if (strcmp(c->waits[i].word, words[c->waits[i].target]) == 0 &&
		    c->waits[i].months > months)
			months = c->waits[i].months;
	return months;
}

bool price_knows_counter(const struct price_plan *p, const char *name)
{
	static const char *const all[] = {"optics", "audio-left",
	    "audio-right", "participation", "franchise"};
	const struct contract *c = p->contract;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(name, all[i]) == 0)
			return true;
	for (size_t i = 0; i < c->cover_count; i++)
		for (unsigned k = 0; k < c->covers[i].limit_count; k++)
			if (strcmp(name, c->covers[i].limits[k].counter) == 0)
				return true;
	return false;
}
