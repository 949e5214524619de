/* SPDX-License-Identifier: Apache-2.0 */
/* The mandatory insurance's part: given, or recomputed from the rules. */
#include <stdio.h>
#include <string.h>
#include "price/work.h"

#define HEAVY_CENTS 12000	/* from a base of 120 EUR on: CSS R.160-16 */

static const struct rules_fact *base_fact(
    const struct price_work *w, const struct price_one *o)
{
	const struct rules_act *act = o->line->act;
	const struct rules_fact *f = NULL;
	char key[RULES_KEY];

	if (w->ask->zone[0]) {
		(void)snprintf(key, sizeof(key), "%s/%s", act->code,
		    w->ask->zone);
		f = rules_find(w->plan->rules, RULES_BASES, key, w->ask->day);
	}
	return f ? f : rules_on(act->base, w->ask->day);
}

/* A medicine's base is its price, unless a lower one (TFR) is given. */
static bool is_medicine(const struct rules_act *act)
{
	return strncmp(act->family, "pharmacy", 8) == 0;
}

static enum err base(struct price_work *w, struct price_one *o)
{
	const struct price_line *l = o->line;
	const struct rules_fact *f;
	struct price_step s = {.rule = PRICE_BASE, .source = "given"};

	if (l->has_base) {
		o->base = l->base;
	} else if ((f = base_fact(w, o)) != NULL) {
		o->base = money_times(money_of(f->value), l->quantity);
		work_doubt(w, f);
		s.source = f->source;
	} else if (is_medicine(l->act)) {
		o->base = l->price;
		s.source = "price of the medicine";
	} else {
		return work_fault(w, o, ERR_UNKNOWN, "base",
		    "not in data/rules/bases.csv: give it");
	}
	s.after = o->base;
	work_step(w, o, &s);
	return ERR_OK;
}

static const struct rules_fact *exemption(
    const struct price_work *w, const struct price_one *o)
{
	char key[RULES_KEY];
	const struct rules_fact *f;

	if (o->line->exemption[0] == '\0')
		return NULL;
	(void)snprintf(key, sizeof(key), "%s/%s", o->line->exemption,
	    o->line->act->family);
	f = rules_find(w->plan->rules, RULES_EXEMPTIONS, key, w->ask->day);
	if (f)
		return f;
	(void)snprintf(key, sizeof(key), "%s/*", o->line->exemption);
	return rules_find(w->plan->rules, RULES_EXEMPTIONS, key, w->ask->day);
}

/* The rate that the rules give, and the one in the pathway. */
static const struct rules_fact *rate_fact(const struct price_work *w,
    const struct price_one *o, const struct rules_fact *free,
    enum price_rule *rule)
{
	const struct rules_act *act = o->line->act;
	const struct rules_fact *f = NULL;

	*rule = PRICE_RATE;
	if (free) {
		*rule = PRICE_EXEMPT;
		return free;
	}
	if (o->line->off_pathway)
		f = rules_on(act->rate_off, w->ask->day);
	if (f) {
		*rule = PRICE_OFF_RATE;
		return f;
	}
	if (w->ask->local)
		f = rules_on(act->rate_local, w->ask->day);
	return f ? f : rules_on(act->rate, w->ask->day);
}

/* Heavy acts: the patient's share is one amount (PAS) instead of a rate. */
static const struct rules_fact *heavy(
    const struct price_work *w, const struct price_one *o)
{
	if (strcmp(o->line->act->family, "technical") != 0 ||
	    o->base.cents < HEAVY_CENTS)
		return NULL;
	return rules_find(
	    w->plan->rules, RULES_LIMITS, "PAS//", w->ask->day);
}

static void note_rate(struct price_work *w, struct price_one *o,
    enum price_rule rule, uint32_t rate, const char *source)
{
	struct price_step s = {.rule = rule, .before = o->base,
	    .after = o->share->amo, .rate = rate, .source = source};

	work_step(w, o, &s);
}

/* What rate says of the smaller of price and base. */
static struct money at_rate(const struct price_one *o, uint32_t rate)
{
	return money_rate(money_least(o->line->price, o->base), rate);
}

static struct money given(
    struct price_work *w, struct price_one *o, struct money ours)
{
	struct money amo = o->line->amo;
	int64_t apart = amo.cents - ours.cents;

	if (apart > PRICE_TOLERANCE || apart < -PRICE_TOLERANCE)
		w->result->flags |= PRICE_FLAG_AMO_DIFFERS;
	return amo;
}

static enum err rate(
    struct price_work *w, struct price_one *o, const struct rules_fact *free)
{
	const struct price_line *l = o->line;
	const struct rules_fact *normal =
	    rules_on(l->act->rate, w->ask->day);
	const struct rules_fact *pas = free || l->has_rate ? NULL :
	    heavy(w, o);
	enum price_rule rule = PRICE_RATE;
	const struct rules_fact *f = rate_fact(w, o, free, &rule);
	uint32_t t = l->has_rate ? l->rate : f ? (uint32_t)f->value : 0;

	if (!l->has_rate && !f && !l->has_amo)
		return work_fault(w, o, ERR_UNKNOWN, "rate",
		    "not in data/rules/rates.csv on this day: give it");
	o->share->amo = at_rate(o, t);
	if (pas) {
		struct money least = money_least(l->price, o->base);

		o->share->amo = money_over(least, money_of(pas->value));
		rule = PRICE_HEAVY;
		f = pas;
	}
	if (l->has_amo) {
		o->share->amo = l->has_rate || f ?
		    given(w, o, o->share->amo) : l->amo;
		note_rate(w, o, PRICE_GIVEN, t, "given");
	} else {
		if (!l->has_rate)
			work_doubt(w, f);
		note_rate(w, o, rule, t, l->has_rate ? "given" : f->source);
	}
	o->tm = money_over(
	    money_least(l->price, o->base), o->share->amo);
	o->tm_normal = o->tm;
	if (l->off_pathway && normal && !pas)
		o->tm_normal = money_least(o->tm, money_over(
		    money_least(l->price, o->base),
		    at_rate(o, (uint32_t)normal->value)));
	return ERR_OK;
}

static struct money used_this_year(const struct price_work *w,
    const char *name)
{
	for (unsigned i = 0; i < w->ask->counter_count; i++)
		if (strcmp(w->ask->counters[i].name, name) == 0)
			return w->ask->counters[i].used;
	return money_of(0);
}

/* Participations and franchises have a cap of the year each. */
static bool is_franchise(const struct rules_act *act)
{
	return act->kind != RULES_DOCTOR && strcmp(act->family, "biology") != 0;
}

static struct money *of_today(struct price_work *w, const char *family)
{
	for (unsigned i = 0; i < w->today_count; i++)
		if (strcmp(w->today[i].family, family) == 0)
			return &w->today[i].taken;
	w->today[w->today_count].family = family;
	w->today[w->today_count].taken = money_of(0);
	return &w->today[w->today_count++].taken;
}

/* Below the caps of the day and of the year. */
static struct money capped(struct price_work *w, const struct price_one *o,
    const struct rules_fact *f, struct money m)
{
	const struct rules_act *act = o->line->act;
	bool franchise = is_franchise(act);

	if (f->day_cap > 0)
		m = money_least(m, money_over(money_of(f->day_cap),
		    *of_today(w, act->family)));
	if (f->year_cap > 0)
		m = money_least(m, money_over(money_of(f->year_cap),
		    money_add(used_this_year(w,
			franchise ? "franchise" : "participation"),
			franchise ? w->franchises : w->participations)));
	return m;
}

static void remember(struct price_work *w, const struct price_one *o,
    struct money m)
{
	struct money *today = of_today(w, o->line->act->family);
	struct money *sum = is_franchise(o->line->act) ? &w->franchises :
	    &w->participations;

	*today = money_add(*today, m);
	*sum = money_add(*sum, m);
}

static const struct rules_fact *participation_fact(
    const struct price_work *w, const struct price_one *o)
{
	const struct rules_act *act = o->line->act;
	const struct rules_fact *f = NULL;
	char key[RULES_KEY];

	if (w->ask->age != PRICE_ADULT) {
		(void)snprintf(key, sizeof(key), "%s/child", act->family);
		f = rules_find(w->plan->rules, RULES_PARTICIPATIONS, key,
		    w->ask->day);
	}
	return f ? f : rules_on(act->participation, w->ask->day);
}

/* A heavy act's amount may come in the place of a participation: it is a
 * ticket modérateur, which contracts cover. */
static bool is_pas(const struct price_work *w, const struct price_one *o)
{
	const struct rules_fact *f = heavy(w, o);

	return f && o->line->participation.cents == f->value;
}

static enum err participation(
    struct price_work *w, struct price_one *o, const struct rules_fact *free)
{
	const struct price_line *l = o->line;
	const struct rules_fact *f = participation_fact(w, o);
	struct money m = money_of(0);
	const char *source = "given";

	if (l->has_participation) {
		m = l->participation;
		if (is_pas(w, o) && l->has_rate && !l->has_amo) {
			o->share->amo = money_over(o->share->amo, m);
			o->tm = o->tm_normal = money_add(o->tm, m);
			m = money_of(0);
		}
	} else if (f && (!free || free->participation) &&
	    (l->has_rate || !heavy(w, o))) {
		m = capped(w, o, f,
		    money_times(money_of(f->value), l->quantity));
		m = money_least(m, o->share->amo);
		if (f->value > 0)
			work_doubt(w, f);
		source = f->source;
	}
	if (m.cents > o->share->amo.cents)
		return work_fault(w, o, ERR_RANGE, "participation",
		    "more than the mandatory insurance pays");
	o->share->participation = m;
	remember(w, o, m);
	if (m.cents > 0) {
		struct price_step s = {.rule = PRICE_PARTICIPATION,
		    .before = o->share->amo,
		    .after = money_sub(o->share->amo, m), .figure = m,
		    .source = source};

		work_step(w, o, &s);
	}
	return ERR_OK;
}

enum err mandatory_price(struct price_work *w, struct price_one *o)
{
	const struct price_line *l = o->line;
	const struct rules_fact *free = exemption(w, o);
	enum err e;

	if (l->exemption[0] && !free)
		return work_fault(w, o, ERR_UNKNOWN, "exemption",
		    "not in data/rules/exemptions.csv on this day");
	if (l->has_amo && l->amo.cents > l->price.cents)
		return work_fault(w, o, ERR_RANGE, "amo",
		    "more than the price");
	if (free && !l->has_rate)
		work_doubt(w, free);
	e = base(w, o);
	if (!e)
		e = rate(w, o, free);
	return e ? e : participation(w, o, free);
}
