/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "price/plan.h"

#define PLAN_LINE 64	/* bytes of a line of cache */
#define PLAN_FETCHED 8	/* of them: most plans but for their limits */

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

/* Does it hold for every line that it fits? Those behind it are not tried. */
static bool is_plain(const struct contract_cover *c)
{
	return c->class == RULES_CLASS_NONE && c->optam == CONTRACT_EITHER &&
	    c->network == CONTRACT_EITHER && c->child == CONTRACT_EITHER &&
	    !c->off_pathway && !c->lens_case;
}

static struct plan_cover brief(
    const struct contract *c, uint16_t at, uint16_t limits)
{
	const struct contract_cover *f = &c->covers[at];
	bool rate = f->form == CONTRACT_BR || f->form == CONTRACT_BR_ABOVE;

	return (struct plan_cover){.at = at, .form = f->form,
	    .value = rate ? f->rate : f->amount.cents, .class = f->class,
	    .optam = f->optam, .network = f->network, .child = f->child,
	    .lens_case = (uint8_t)f->lens_case, .off_pathway = f->off_pathway,
	    .renewed = f->renewed, .limit_count = f->limit_count & 7u,
	    .limits = limits};
}

/* Lists of covers in the making: each of them once. */
struct lists {
	struct plan_cover *covers;
	size_t n, room;
	uint16_t begin[RULES_ACTS];	/* of each */
	size_t count;
	uint16_t first[RULES_ACTS];	/* of each group */
	struct plan_named named[RULES_ACTS];
	size_t named_count;
	uint16_t limits[CONTRACT_COVERS];	/* the first of each cover */
	size_t limit_count;
};

static bool is_list(const struct plan_cover *list, const struct fit *fits,
    size_t count)
{
	for (size_t k = 0; k < count; k++)
		if (list[k].at != fits[k].cover ||
		    list[k].last != (k + 1 == count))
			return false;
	return true;
}

/* Where the list of these stands; ERR_LIMIT: there is no more room. */
static enum err list_of(struct lists *l, const struct contract *c,
    const struct fit *fits, size_t count, uint16_t *ret)
{
	*ret = PLAN_NONE;
	for (size_t i = 0; i < l->count && count > 0; i++)
		if (is_list(&l->covers[l->begin[i]], fits, count)) {
			*ret = l->begin[i];
			return ERR_OK;
		}
	if (count == 0)
		return ERR_OK;
	if (l->n + count > PLAN_NONE)
		return ERR_LIMIT;
	if (l->n + count > l->room) {
		size_t room = 2 * (l->n + count);
		struct plan_cover *wider =
		    realloc(l->covers, room * sizeof(*wider));

		if (!wider)
			return ERR_NOMEM;
		l->covers = wider;
		l->room = room;
	}
	*ret = l->begin[l->count++] = (uint16_t)l->n;
	for (size_t k = 0; k < count; k++)
		l->covers[l->n++] =
		    brief(c, fits[k].cover, l->limits[fits[k].cover]);
	l->covers[l->n - 1].last = true;
	return ERR_OK;
}

/* The covers that can answer for an act: up to the first that always does. */
static enum err list_for(struct lists *l, const struct contract *c,
    const struct rules_act *act, uint16_t *ret)
{
	struct fit fits[CONTRACT_COVERS];
	size_t n = order_of(c, act, fits), kept = 0;

	while (kept < n && (kept == 0 ||
	    !is_plain(&c->covers[fits[kept - 1].cover])))
		kept++;
	return list_of(l, c, fits, kept, ret);
}

static bool is_named(const struct contract *c, const struct rules_act *act)
{
	for (size_t i = 0; i < c->cover_count; i++)
		if (c->covers[i].target == CONTRACT_ACT &&
		    strcmp(c->covers[i].word, act->code) == 0)
			return true;
	return false;
}

/* A group's list is that of any of its acts that no cover names. */
static enum err sort_covers(const struct contract *c, const struct rules *r,
    struct lists *l)
{
	size_t count;
	const struct rules_act *acts = rules_acts(r, &count);
	enum err e = ERR_OK;

	for (size_t i = 0; i < RULES_ACTS; i++)
		l->first[i] = PLAN_NONE;
	for (size_t i = 0; i < c->cover_count; i++) {
		l->limits[i] = (uint16_t)l->limit_count;
		l->limit_count += c->covers[i].limit_count;
	}
	for (size_t i = 0; i < count && !e; i++) {
		struct plan_named *n = &l->named[l->named_count];

		if (!is_named(c, &acts[i])) {
			e = list_for(l, c, &acts[i], &l->first[acts[i].group]);
			continue;
		}
		n->act = (uint16_t)i;
		e = list_for(l, c, &acts[i], &n->first);
		l->named_count++;
	}
	return e;
}

static size_t rounded(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static void copy_limits(struct price_plan *p, const struct contract *c)
{
	struct contract_limit *to = (struct contract_limit *)(void *)
	    ((uint8_t *)p + p->limits_at);

	for (size_t i = 0; i < c->cover_count; i++)
		for (unsigned k = 0; k < c->covers[i].limit_count; k++)
			*to++ = c->covers[i].limits[k];
}

static struct price_plan *lay_out(const struct contract *c,
    const struct rules *r, const struct lists *l)
{
	size_t first = rules_groups(r) * sizeof(l->first[0]);
	size_t named = l->named_count * sizeof(l->named[0]);
	size_t body = l->n * sizeof(l->covers[0]);
	size_t named_at =
	    rounded(sizeof(struct price_plan) + first, sizeof(uint64_t));
	size_t covers_at = rounded(named_at + named, sizeof(uint64_t));
	size_t size = rounded(covers_at + body + l->limit_count *
	    sizeof(struct contract_limit), PLAN_LINE);
	struct price_plan *p;
	void *room;

	if (posix_memalign(&room, PLAN_LINE, size))
		return NULL;
	p = room;
	*p = (struct price_plan){.contract = c, .rules = r,
	    .from_day = c->from_day, .to_day = c->to_day,
	    .responsible = c->responsible, .waits = c->wait_count > 0,
	    .second_deducts = c->second_deducts,
	    .named_count = (uint16_t)l->named_count,
	    .named_at = (uint16_t)named_at, .covers_at = (uint16_t)covers_at,
	    .limits_at = (uint32_t)(covers_at + body)};
	memcpy(p->first, l->first, first);
	memcpy((uint8_t *)p + named_at, l->named, named);
	if (body > 0)
		memcpy((uint8_t *)p + covers_at, l->covers, body);
	copy_limits(p, c);
	return p;
}

enum err price_plan_new(const struct contract *c, const struct rules *r,
    struct price_plan **ret)
{
	struct lists *l = malloc(sizeof(*l));
	struct price_plan *p;
	enum err e;

	if (!l)
		return ERR_NOMEM;
	l->n = l->room = l->count = l->named_count = l->limit_count = 0;
	l->covers = NULL;
	e = sort_covers(c, r, l);
	p = e ? NULL : lay_out(c, r, l);
	if (p)
		*ret = p;
	free(l->covers);
	free(l);
	return !e && !p ? ERR_NOMEM : e;
}

void price_plan_fetch(const struct price_plan *p)
{
	for (size_t i = 0; i < PLAN_FETCHED; i++)
		__builtin_prefetch((const uint8_t *)p + i * PLAN_LINE);
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
