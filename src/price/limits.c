/* SPDX-License-Identifier: Apache-2.0 */
/* A cover's own limits: counters, shared sums, renewals, waiting periods. */
#include <string.h>
#include "base/date.h"
#include "price/work.h"

static const struct price_counter *counter(
    const struct price_work *w, const char *name)
{
	for (unsigned i = 0; i < w->ask->counter_count; i++)
		if (strcmp(w->ask->counters[i].name, name) == 0)
			return &w->ask->counters[i];
	return NULL;
}

static void limit_to(struct price_work *w, struct price_one *o,
    struct money most, enum price_rule rule, struct money figure)
{
	struct price_step s = {.rule = rule, .before = o->amc, .after = most,
	    .figure = figure, .cover = o->cover, .source = "contract"};

	if (o->amc.cents <= most.cents)
		return;
	o->amc = most;
	w->result->flags |= PRICE_FLAG_LIMIT;
	work_step(w, o, &s);
	/* a responsible contract's limits do not go below what it must pay */
	responsible_least(w, o);
}

/* 'B': a line of several is for both. */
static char ear_of(const struct price_one *o)
{
	if (o->line->quantity > 1)
		return 'B';
	return o->line->side == 'R' ? 'R' : 'L';
}

/* How much this request's lines took of a counter so far: of an ear's, those
 * of the same one, and half of those of both. */
static void taken(const struct price_work *w, const struct price_one *o,
    const struct contract_limit *l, struct money *used, uint32_t *acts)
{
	*used = money_of(0);
	*acts = 0;
	for (unsigned i = 0; i < w->taken_count; i++) {
		uint32_t parts = 1;

		if (strcmp(w->taken[i].name, l->counter) != 0)
			continue;
		if (l->per == CONTRACT_EAR && ear_of(o) != 'B') {
			parts = w->taken[i].ear == 'B' ? 2 : 1;
			if (parts == 1 && w->taken[i].ear != ear_of(o))
				continue;
		}
		*used = money_add(*used, money_of(
		    (w->taken[i].used.cents + parts / 2) / parts));
		*acts += w->taken[i].acts / parts;
	}
}

/* Is it of each act of a line? */
static bool is_each(const struct contract_limit *l)
{
	return !l->acts &&
	    (l->per == CONTRACT_LINE || l->per == CONTRACT_EAR);
}

/* The amount of a line itself needs no memory. */
static void one_limit(struct price_work *w, struct price_one *o,
    const struct contract_limit *l)
{
	const struct price_counter *c = counter(w, l->counter);
	struct money used, most = money_of(l->most);
	/* a line for both ears has what each may have, and has used */
	uint32_t acts, ears =
	    l->per == CONTRACT_EAR && ear_of(o) == 'B' ? 2 : 1;
	uint64_t many = (uint64_t)l->most * ears;

	taken(w, o, l, &used, &acts);
	if (c) {
		used = money_add(used, money_times(c->used, ears));
		acts += c->acts * ears;
	}
	if (is_each(l))
		most = money_times(most, l->per == CONTRACT_EAR ? ears :
		    o->line->quantity);
	if (l->per != CONTRACT_LINE && !l->acts)
		most = money_over(most, used);
	if (!l->acts) {
		limit_to(w, o, most, PRICE_LIMIT, money_of(l->most));
		return;
	}
	/* so many acts more are paid for, each an equal part of the line */
	if (acts + o->line->quantity <= many)
		return;
	acts = acts < many ? (uint32_t)(many - acts) : 0;
	limit_to(w, o, money_of((o->amc.cents * acts +
	    o->line->quantity / 2) / o->line->quantity), PRICE_LIMIT_ACTS,
	    money_of(l->most));
}

static bool has_counter(const struct contract_limit *l)
{
	return l->acts || l->per != CONTRACT_LINE;
}

/* Two limits of a cover may read one counter, which counts a line once. */
static bool is_noted(const struct contract_limit *limits, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (has_counter(&limits[i]) &&
		    strcmp(limits[i].counter, limits[at].counter) == 0)
			return true;
	return false;
}

void limits_note(struct price_work *w, const struct price_one *o)
{
	const struct plan_cover *c = o->brief;
	const struct contract_limit *l;

	for (unsigned i = 0; c && i < c->limit_count; i++) {
		l = plan_limits(w->plan, c);
		if (!has_counter(&l[i]) || is_noted(l, i))
			continue;
		w->taken[w->taken_count].name = l[i].counter;
		w->taken[w->taken_count].ear = ear_of(o);
		w->taken[w->taken_count].used = o->amc;
		w->taken[w->taken_count].acts =
		    o->amc.cents > 0 ? o->line->quantity : 0;
		w->taken_count++;
	}
}

/* The counter that holds the last delivery; NULL: no equipment. */
static const char *equipment_of(const struct price_one *o)
{
	if (o->line->act->kind == RULES_AUDIO)
		return o->line->side == 'R' ? "audio-right" : "audio-left";
	return strcmp(o->line->act->domain, "OPTI") == 0 ? "optics" : NULL;
}

static const struct rules_fact *renewal(
    const struct price_work *w, const struct price_one *o)
{
	const struct rules *r = w->plan->rules;
	const char *key = "optics/";

	if (o->line->act->kind == RULES_AUDIO)
		key = "audio/";
	else if (w->ask->age == PRICE_UNDER_6)
		key = "optics/under6";
	else if (w->ask->age == PRICE_UNDER_16)
		key = "optics/under16";
	return rules_find(r, RULES_RENEWALS, key, w->ask->day);
}

/* Too early after the last delivery: the ticket modérateur alone. */
static void early(struct price_work *w, struct price_one *o)
{
	const char *name = equipment_of(o);
	const struct price_counter *c = name ? counter(w, name) : NULL;
	const struct rules_fact *f = renewal(w, o);
	struct price_step s = {.rule = PRICE_EARLY, .before = o->amc,
	    .after = o->tm, .cover = o->cover};

	if (!c || !c->delivered || !f)
		return;
	s.day = date_add_months(c->last_day, (int32_t)f->value);
	s.source = f->source;
	if (w->ask->day >= s.day || o->amc.cents <= o->tm.cents)
		return;
	work_doubt(w, f);
	w->result->flags |= PRICE_FLAG_EARLY;
	o->amc = o->tm;
	work_step(w, o, &s);
}

void limits_apply(struct price_work *w, struct price_one *o)
{
	const struct plan_cover *c = o->brief;
	const struct contract_limit *limits;

	if (!c)
		return;
	if (c->renewed)
		early(w, o);
	limits = plan_limits(w->plan, c);
	/* what one act may cost, then how many are paid, then sums, in
	 * whatever order the contract says them */
	for (unsigned rank = 0; rank < 3; rank++)
		for (unsigned i = 0; i < c->limit_count; i++)
			if (rank == (is_each(&limits[i]) ? 0 :
			    limits[i].acts ? 1 : 2))
				one_limit(w, o, &limits[i]);
}
