/* SPDX-License-Identifier: Apache-2.0 */
/* The mandatory insurance's part: given, or recomputed from the rules. */
#include <stdio.h>
#include <string.h>
#include "price/work.h"

#define HEAVY_CENTS 12000	/* from a base of 120 EUR on: CSS R.160-16 */

#define CASES 7

/* Whose base it may be, closest first; the empty one is everybody's. */
static unsigned cases_of(const struct price_work *w,
    const struct price_one *o, const char *ret[static CASES])
{
	bool off = o->line->optam == CONTRACT_NO;
	bool small = w->ask->age == PRICE_UNDER_6 && !w->ask->six;
	unsigned n = 0;

	if (o->line->exemption[0])
		ret[n++] = o->line->exemption;
	if (off && small)
		ret[n++] = "not-optam-under6";
	if (off)
		ret[n++] = "not-optam";
	else if (small)
		ret[n++] = "under6";
	if (work_child(w, o->line->act))
		ret[n++] = "child";
	if (w->ask->local)
		ret[n++] = "alsace-moselle";
	if (work_off_pathway(w, o->line))
		ret[n++] = "off-pathway";
	ret[n++] = "";
	return n;
}

static const struct rules_fact *base_fact(
    const struct price_work *w, const struct price_one *o)
{
	const struct rules_act *act = o->line->act;
	const char *cases[CASES];
	unsigned count;

	if (!act->varies)
		return rules_on(act->base, w->ask->day);
	count = cases_of(w, o, cases);
	for (unsigned home = w->ask->zone[0] == '\0'; home < 2; home++)
		for (unsigned i = 0; i < count; i++) {
			char key[2 * RULES_KEY];
			const struct rules_fact *f;

			(void)snprintf(key, sizeof(key), "%s/%s/%s",
			    act->code, home ? "" : w->ask->zone, cases[i]);
			f = rules_find(w->plan->rules, RULES_BASES, key,
			    w->ask->day);
			if (f)
				return f;
		}
	return NULL;
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

/* Inside the pathway, in the person's regime. */
static const struct rules_fact *usual_rate(
    const struct price_work *w, const struct rules_act *act)
{
	const struct rules_fact *f = NULL;

	if (w->ask->local)
		f = rules_on(act->rate_local, w->ask->day);
	return f ? f : rules_on(act->rate, w->ask->day);
}

/* The rate that the rules give, and which of them gives it. */
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
	if (act->rate_heavy.count > 0 &&
	    o->base.cents / o->line->quantity >= HEAVY_CENTS)
		f = rules_on(act->rate_heavy, w->ask->day);
	if (f)
		return f;
	if (work_off_pathway(w, o->line)) {
		if (w->ask->local)
			f = rules_on(act->rate_local_off, w->ask->day);
		f = f ? f : rules_on(act->rate_off, w->ask->day);
	}
	if (f) {
		*rule = PRICE_OFF_RATE;
		return f;
	}
	return usual_rate(w, act);
}

/* A medicine's base is its price, unless a lower one (TFR) is given. */
static bool is_medicine(const struct rules_act *act)
{
	return strncmp(act->family, "pharmacy", 8) == 0;
}

/* A base that nobody knows follows from what is paid of it, and its rate. */
static bool base_from_amo(struct price_work *w, struct price_one *o,
    const struct rules_fact *free)
{
	const struct price_line *l = o->line;
	enum price_rule rule;
	const struct rules_fact *f = rate_fact(w, o, free, &rule);
	int64_t t = l->has_rate ? l->rate : f ? f->value : 0;

	if (!l->has_amo || t == 0)
		return false;
	o->base = money_least(l->price,
	    money_of((l->amo.cents * MONEY_WHOLE + t / 2) / t));
	return true;
}

static enum err base(
    struct price_work *w, struct price_one *o, const struct rules_fact *free)
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
	} else if (base_from_amo(w, o, free)) {
		s.source = "amo and rate";
	} else {
		return work_fault(w, o, ERR_UNKNOWN, "base",
		    "data/rules/bases.csv has none for it on this day: give "
		    "base, or amo");
	}
	s.after = o->base;
	work_step(w, o, &s);
	return ERR_OK;
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

/* What the rules keep back of this act, and which row says so. */
static struct money kept_back(struct price_work *w,
    const struct price_one *o, const struct rules_fact *free,
    const struct rules_fact **ret)
{
	*ret = participation_fact(w, o);
	if (!*ret || (free && !free->participation) ||
	    (!o->line->has_rate && heavy(w, o))) {
		*ret = NULL;
		return money_of(0);
	}
	return capped(w, o, *ret,
	    money_times(money_of((*ret)->value), o->line->quantity));
}

static bool is_near(int64_t a, int64_t b)
{
	return a - b <= PRICE_TOLERANCE && b - a <= PRICE_TOLERANCE;
}

/* What was given, before participations: some write what was paid out, which
 * is our amount less the participation to the cent. */
static struct money given(struct price_work *w, struct price_one *o,
    const struct rules_fact *free, struct money ours)
{
	struct money amo = o->line->amo, kept = o->line->participation;
	const struct rules_fact *f;

	if (is_near(amo.cents, ours.cents))
		return amo;
	if (!o->line->has_participation)
		kept = kept_back(w, o, free, &f);
	if (kept.cents > 0 && is_near(amo.cents + kept.cents, ours.cents)) {
		w->result->flags |= PRICE_FLAG_AMO_NET;
		return money_add(amo, kept);
	}
	w->result->flags |= PRICE_FLAG_AMO_DIFFERS;
	return amo;
}

static enum err rate(
    struct price_work *w, struct price_one *o, const struct rules_fact *free)
{
	const struct price_line *l = o->line;
	/* in the pathway; of the exempt theirs */
	const struct rules_fact *normal = free ? free : usual_rate(w, l->act);
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
		    given(w, o, free, o->share->amo) : l->amo;
		note_rate(w, o, o->share->amo.cents == l->amo.cents ?
		    PRICE_GIVEN : PRICE_GIVEN_NET, t, "given");
	} else {
		if (!l->has_rate)
			work_doubt(w, f);
		note_rate(w, o, rule, t, l->has_rate ? "given" : f->source);
	}
	o->tm = money_over(
	    money_least(l->price, o->base), o->share->amo);
	o->tm_normal = o->tm;
	if (work_off_rate(w, l) && (pas || normal))
		o->tm_normal = money_least(o->tm, pas ? money_of(pas->value) :
		    money_over(money_least(l->price, o->base),
			at_rate(o, (uint32_t)normal->value)));
	return ERR_OK;
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
	const struct rules_fact *f;
	struct money m = money_of(0);
	const char *source = "given";

	if (l->has_participation) {
		m = l->participation;
		if (is_pas(w, o) && l->has_rate && !l->has_amo) {
			o->share->amo = money_over(o->share->amo, m);
			o->tm = o->tm_normal = money_add(o->tm, m);
			m = money_of(0);
		}
	} else {
		m = money_least(kept_back(w, o, free, &f), o->share->amo);
		if (f && f->value > 0)
			work_doubt(w, f);
		source = f ? f->source : source;
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
	e = base(w, o, free);
	if (!e)
		e = rate(w, o, free);
	return e ? e : participation(w, o, free);
}
