/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "price/plan.h"

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

enum err price_plan_new(const struct contract *c, const struct rules *r,
    struct price_plan **ret)
{
	struct fit fits[CONTRACT_COVERS];
	size_t count, n = 0;
	const struct rules_act *acts = rules_acts(r, &count);
	struct price_plan *p;

	for (size_t i = 0; i < count; i++)
		n += order_of(c, &acts[i], fits);
	if (n > UINT16_MAX)
		return ERR_LIMIT;
	p = malloc(sizeof(*p) + (count + 1 + n) * sizeof(uint16_t));
	if (!p)
		return ERR_NOMEM;
	*p = (struct price_plan){.contract = c, .rules = r, .acts = acts,
	    .act_count = (uint32_t)count, .start = (uint16_t *)(p + 1)};
	p->order = p->start + count + 1;
	n = 0;
	for (size_t i = 0; i < count; i++) {
		size_t some = order_of(c, &acts[i], fits);

		p->start[i] = (uint16_t)n;
		for (size_t k = 0; k < some; k++)
			p->order[n++] = fits[k].cover;
	}
	p->start[count] = (uint16_t)n;
	*ret = p;
	return ERR_OK;
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
