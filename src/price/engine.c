/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "price/work.h"

void work_step(struct price_work *w, struct price_one *o,
    const struct price_step *s)
{
	if (w->explain && o->share->step_count < PRICE_STEPS)
		o->share->steps[o->share->step_count++] = *s;
}

void work_doubt(struct price_work *w, const struct rules_fact *f)
{
	struct price_result *r = w->result;

	if (!f || f->confirmed)
		return;
	r->flags |= PRICE_FLAG_UNCONFIRMED;
	for (unsigned i = 0; i < r->doubt_count; i++)
		if (r->doubts[i] == f)
			return;
	if (r->doubt_count < PRICE_DOUBTS)
		r->doubts[r->doubt_count++] = f;
}

enum err work_fault(struct price_work *w, const struct price_one *o,
    enum err e, const char *field, const char *words)
{
	*w->fault = (struct price_fault){o->at, field, words};
	return e;
}

struct money *work_shared(
    struct price_work *w, const struct contract_cover *cover)
{
	for (unsigned i = 0; i < w->shared_count; i++)
		if (w->shared[i].cover == cover)
			return &w->shared[i].used;
	w->shared[w->shared_count].cover = cover;
	w->shared[w->shared_count].used = money_of(0);
	return &w->shared[w->shared_count++].used;
}

static bool agrees(enum contract_yes wanted, enum contract_yes said)
{
	return wanted == CONTRACT_EITHER || wanted == said;
}

bool work_holds(const struct price_work *w, const struct price_one *o,
    const struct plan_cover *c, enum contract_yes optam)
{
	const struct price_line *l = o->line;
	enum rules_class class = l->class ? l->class : l->act->class;

	return (c->class == RULES_CLASS_NONE || c->class == class) &&
	    agrees(c->optam, optam) && agrees(c->network, l->network) &&
	    agrees(c->child, w->ask->age == PRICE_ADULT ? CONTRACT_NO :
		CONTRACT_YES) &&
	    (!c->off_pathway || work_off_rate(w, l)) &&
	    (!c->lens_case || c->lens_case == w->lens_case);
}

static const struct plan_cover *choose(
    const struct price_work *w, const struct price_one *o)
{
	const struct plan_cover *c = plan_covers(w->plan, o->line->act);

	while (c && !work_holds(w, o, c, o->line->optam))
		c = plan_after(c);
	return c;
}

/* The closest one, as a base is: a zone's own before the others, and in each a
 * child's before everybody's, which is at hand at home. */
static const struct rules_fact *limit_of(
    const struct price_work *w, const struct price_one *o)
{
	const struct rules_act *act = o->line->act;
	bool child = work_child(w, act);
	const struct rules_fact *f;
	char key[2 * RULES_KEY];

	for (unsigned home = w->ask->zone[0] == '\0'; home < 2; home++)
		for (unsigned grown = !child; grown < 2 - home; grown++) {
			(void)snprintf(key, sizeof(key), "%s/%s/%s",
			    act->code, home ? "" : w->ask->zone,
			    grown ? "" : "child");
			f = rules_find(
			    w->plan->rules, RULES_LIMITS, key, w->ask->day);
			if (f)
				return f;
		}
	return rules_on(act->limit, w->ask->day);
}

/* 100 % Santé: the whole price up to the act's limit. */
static struct money sante(struct price_work *w, struct price_one *o)
{
	const struct rules_fact *f = limit_of(w, o);
	struct money most;

	if (!f) {
		struct price_step s = {.rule = PRICE_NO_LIMIT,
		    .after = o->tm, .cover = o->cover, .source = "data/rules"};

		w->result->flags |= PRICE_FLAG_NO_LIMIT;
		work_step(w, o, &s);
		return o->tm;
	}
	work_doubt(w, f);
	most = money_times(money_of(f->value), o->line->quantity);
	return money_over(
	    money_least(o->line->price, most), o->share->amo);
}

/* EUR covers of one pair of glasses are one sum for all its lines. */
static struct money euros(struct price_work *w, struct price_one *o)
{
	struct money amount = money_of(o->brief->value);
	enum rules_kind kind = o->line->act->kind;

	if (kind == RULES_FRAME || kind == RULES_LENS)
		return money_over(amount, *work_shared(w, o->cover));
	return money_times(amount, o->line->quantity);
}

static struct money formula(struct price_work *w, struct price_one *o)
{
	uint32_t rate = (uint32_t)o->brief->value;
	struct money p = o->line->price, amo = o->share->amo;
	struct money left = money_over(p, amo);

	switch ((enum contract_form)o->brief->form) {
	case CONTRACT_TM:
		return o->tm;
	case CONTRACT_BR:
		return money_over(
		    money_least(p, money_rate(o->base, rate)), amo);
	case CONTRACT_BR_ABOVE:
		return money_least(left, money_rate(o->base, rate));
	case CONTRACT_EUR:
		return money_least(left, euros(w, o));
	case CONTRACT_EUR_ABOVE:
		return money_least(left, money_add(o->tm, euros(w, o)));
	case CONTRACT_REAL:
		return left;
	case CONTRACT_SANTE:
		return sante(w, o);
	case CONTRACT_NOTHING:
		break;
	}
	return money_of(0);
}

static void apply_cover(struct price_work *w, struct price_one *o)
{
	struct price_step s = {.rule = PRICE_COVER, .source = "contract"};

	o->brief = choose(w, o);
	if (o->brief)
		o->cover = &w->plan->contract->covers[o->brief->at];
	if (!o->brief || o->brief->form == CONTRACT_NOTHING) {
		w->result->flags |= PRICE_FLAG_NOT_COVERED;
		s.rule = PRICE_NO_COVER;
	} else {
		o->amc = formula(w, o);
	}
	s.cover = o->cover;
	s.after = o->amc;
	if (o->brief && (o->brief->form == CONTRACT_BR ||
	    o->brief->form == CONTRACT_BR_ABOVE))
		s.rate = (uint32_t)o->brief->value;
	work_step(w, o, &s);
}

/* Does the contract pay anything at all for this line on this day? */
static bool is_eligible(struct price_work *w, struct price_one *o)
{
	const struct price_plan *p = w->plan;
	uint32_t months;
	struct price_step s = {.rule = PRICE_OUTSIDE, .source = "contract"};
	int32_t from;

	if (w->ask->day < p->from_day || w->ask->day > p->to_day) {
		w->result->flags |= PRICE_FLAG_OUTSIDE;
		work_step(w, o, &s);
		return false;
	}
	months = p->waits && w->ask->since_day != 0 ?
	    plan_wait(p, o->line->act) : 0;
	if (months == 0)
		return true;
	from = date_add_months(w->ask->since_day, (int32_t)months);
	if (w->ask->day >= from)
		return true;
	w->result->flags |= PRICE_FLAG_WAITING;
	s.rule = PRICE_WAITING;
	s.day = from;
	work_step(w, o, &s);
	return false;
}

/* Never more than is left, nor than what is left by another insurer. */
static void what_is_left(struct price_work *w, struct price_one *o)
{
	struct money left = money_over(money_over(o->line->price,
	    o->share->amo), o->line->other);
	struct price_step s = {.rule = PRICE_OTHER, .before = o->amc,
	    .figure = o->line->other, .source = "given", .cover = o->cover};

	if (o->line->other.cents > 0 && w->plan->second_deducts)
		o->amc = money_over(o->amc, o->line->other);
	if (o->amc.cents > left.cents)
		o->amc = left;
	s.after = o->amc;
	if (s.after.cents != s.before.cents) {
		if (o->line->other.cents == 0)
			s.rule = PRICE_LEFT;
		work_step(w, o, &s);
	}
}

static void remember(struct price_work *w, struct price_one *o)
{
	enum rules_kind kind = o->line->act->kind;
	enum rules_class class =
	    o->line->class ? o->line->class : o->line->act->class;

	if (kind != RULES_FRAME && kind != RULES_LENS)
		return;
	if (class == RULES_CLASS_B)
		w->equipment = money_add(w->equipment, o->amc);
	if (class == RULES_CLASS_B && kind == RULES_FRAME)
		w->frames = money_add(w->frames, o->amc);
	if (o->cover) {
		struct money *used = work_shared(w, o->cover);

		/* what stands above the ticket modérateur is without it */
		*used = money_add(*used, o->brief->form == CONTRACT_EUR_ABOVE ?
		    money_over(o->amc, o->tm) : o->amc);
	}
}

static void finish(struct price_work *w, struct price_one *o)
{
	struct price_share *s = o->share;
	struct price_step step = {.rule = PRICE_REMAINDER,
	    .before = o->line->price, .source = "sum"};

	s->amc = o->amc;
	s->remainder = money_sub(money_sub(money_sub(o->line->price,
	    money_sub(s->amo, s->participation)), s->amc), o->line->other);
	step.after = s->remainder;
	step.figure = s->amc;
	/* the last word always fits: it takes the place of a step before */
	if (w->explain && s->step_count == PRICE_STEPS)
		s->step_count--;
	work_step(w, o, &step);
	w->result->amc = money_add(w->result->amc, s->amc);
	w->result->remainder = money_add(w->result->remainder, s->remainder);
}

static enum err one_line(struct price_work *w, unsigned at)
{
	struct price_one o = {.at = at, .line = &w->ask->lines[at],
	    .share = &w->result->shares[at]};
	enum err e;

	o.share->step_count = 0;
	work_doubt(w, o.line->tariff);
	e = mandatory_price(w, &o);
	if (e)
		return e;
	if (o.line->other.cents > o.line->price.cents)
		return work_fault(w, &o, ERR_RANGE, "other",
		    "more than the price");
	if (is_eligible(w, &o)) {
		apply_cover(w, &o);
		responsible_clamp(w, &o);
		limits_apply(w, &o);
	}
	what_is_left(w, &o);
	limits_note(w, &o);
	remember(w, &o);
	finish(w, &o);
	return ERR_OK;
}

enum err price(const struct price_plan *p, const struct price_ask *ask,
    bool explain, struct price_result *ret, struct price_fault *fault)
{
	struct price_work w;	/* its lists are as long as their counts say */
	enum err e = ERR_OK;

	price_plan_fetch(p);
	w.plan = p;
	w.ask = ask;
	w.result = ret;
	w.fault = fault;
	w.explain = explain;
	w.equipment = w.frames = money_of(0);
	w.participations = w.franchises = money_of(0);
	w.shared_count = w.taken_count = w.today_count = 0;
	ret->amc = ret->remainder = money_of(0);
	ret->flags = 0;
	ret->doubt_count = 0;
	w.lens_case = responsible_case(ask);
	for (unsigned i = 0; i < ask->line_count && !e; i++)
		e = one_line(&w, i);
	return e;
}
