/* SPDX-License-Identifier: Apache-2.0 */
/* What the contrat responsable forbids and demands (CSS L.871-1, R.871-2). */
#include <string.h>
#include "price/work.h"

/* R.871-2 3°: a two simple, b simple and complex, c two complex, d simple and
 * very complex, e complex and very complex, f two very complex. */
char responsible_case(const struct price_ask *ask)
{
	static const char cases[4][4] = {
	    {0, 0, 0, 0}, {0, 'a', 'b', 'd'}, {0, 'b', 'c', 'e'},
	    {0, 'd', 'e', 'f'}};
	enum rules_lens pair[2] = {RULES_LENS_NONE, RULES_LENS_NONE};
	unsigned n = 0;

	for (unsigned i = 0; i < ask->line_count; i++) {
		const struct price_line *l = &ask->lines[i];

		if (l->act->kind != RULES_LENS)
			continue;
		for (uint32_t q = 0; q < l->quantity && n < 2; q++)
			pair[n++] = l->act->lens;
	}
	if (n == 0)
		return 'a';	/* a frame alone: the least of the cases */
	if (n == 1)
		pair[1] = pair[0];
	return cases[pair[0]][pair[1]] ? cases[pair[0]][pair[1]] : 'a';
}

static enum rules_class class_of(const struct price_one *o)
{
	return o->line->class ? o->line->class : o->line->act->class;
}

/* No more than most; says so when that takes something. */
static void clamp(struct price_work *w, struct price_one *o,
    struct money most, enum price_rule rule, const struct rules_fact *f)
{
	struct price_step s = {.rule = rule, .before = o->amc, .after = most,
	    .source = f ? f->source : "CSS L.871-1", .cover = o->cover};

	if (f && !f->rate)
		s.figure = money_of(f->value);
	if (o->amc.cents <= most.cents)
		return;
	work_doubt(w, f);
	o->amc = most;
	work_step(w, o, &s);
}

/* Outside the pathway: the ticket modérateur that there would be inside it,
 * and nothing of what was added, nor above the base, of the exempt either. */
static void off_pathway(struct price_work *w, struct price_one *o)
{
	if (work_off_rate(w, o->line))
		clamp(w, o, o->tm_normal, PRICE_OFF_PATHWAY, NULL);
}

/* What this cover pays above the ticket modérateur, less step of the base. */
static struct money optam_less(const struct price_one *o,
    const struct plan_cover *c, uint32_t step, struct money most)
{
	uint32_t rate = (uint32_t)c->value, from = MONEY_WHOLE + step;
	struct money sum = money_over(money_times(money_of(c->value),
	    o->line->quantity), money_rate(o->base, step));

	switch ((enum contract_form)c->form) {
	case CONTRACT_BR:
		return money_rate(o->base, rate > from ? rate - from : 0);
	case CONTRACT_BR_ABOVE:
		return money_over(money_rate(o->base, rate), money_add(
		    o->tm_normal, money_rate(o->base, step)));
	case CONTRACT_EUR:
		return money_over(sum, o->tm_normal);
	case CONTRACT_EUR_ABOVE:
		return sum;
	case CONTRACT_REAL:
		return most;
	case CONTRACT_NOTHING: case CONTRACT_TM: case CONTRACT_SANTE:
		break;
	}
	return money_of(0);
}

/* The level that the contract gives for this very line of a doctor in OPTAM,
 * so reduced: what it pays for others, as children, is no level. */
static struct money optam_level(const struct price_work *w,
    const struct price_one *o, uint32_t step, struct money most)
{
	const struct plan_cover *c = plan_covers(w->plan, o->line->act);

	while (c && !work_holds(w, o, c, CONTRACT_YES))
		c = plan_after(c);
	return c ? money_least(optam_less(o, c, step, most), most) :
	    money_of(0);
}

static void off_optam(struct price_work *w, struct price_one *o)
{
	const struct rules_fact *most, *step;
	struct money level;

	if (o->line->optam != CONTRACT_NO ||
	    o->line->act->kind != RULES_DOCTOR)
		return;
	most = plan_figure(w->plan, "off-optam/most", w->ask->day);
	step = plan_figure(w->plan, "off-optam/step", w->ask->day);
	if (!most || !step)
		return;
	level = optam_level(w, o, (uint32_t)step->value,
	    money_rate(o->base, (uint32_t)most->value));
	clamp(w, o, money_add(o->tm, level), PRICE_OFF_OPTAM, most);
}

/* Class B: one sum for the equipment, ticket modérateur included, and of it
 * no more than so much for the frame. */
static void optics(struct price_work *w, struct price_one *o)
{
	enum rules_kind kind = o->line->act->kind;
	const struct rules_fact *most, *frame;
	char key[] = "optics-most/a";

	if (kind != RULES_FRAME && kind != RULES_LENS)
		return;
	if (class_of(o) != RULES_CLASS_B)
		return;
	key[sizeof(key) - 2] = w->lens_case;
	most = plan_figure(w->plan, key, w->ask->day);
	frame = plan_figure(w->plan, "optics-frame/", w->ask->day);
	if (frame && kind == RULES_FRAME)
		clamp(w, o, money_over(money_of(frame->value), w->frames),
		    PRICE_FRAME_MOST, frame);
	if (most)
		clamp(w, o, money_over(money_of(most->value), w->equipment),
		    PRICE_OPTICS_MOST, most);
}

/* Class II: mandatory and complementary together, an ear. */
static void audio(struct price_work *w, struct price_one *o)
{
	const struct rules_fact *most;

	if (o->line->act->kind != RULES_AUDIO ||
	    class_of(o) != RULES_CLASS_B)
		return;
	most = plan_figure(w->plan, "audio-most/", w->ask->day);
	if (!most)
		return;
	clamp(w, o, money_over(
	    money_times(money_of(most->value), o->line->quantity),
	    o->share->amo), PRICE_AUDIO_MOST, most);
}

/* May a contrat responsable leave this ticket modérateur out? R.871-2 1°. */
static bool is_optional(const struct rules_act *act)
{
	static const char *const families[] = {"pharmacy-30", "pharmacy-15",
	    "pharmacy-fee-30", "pharmacy-none", "private-room",
	    "thermal", "thermal-doctor", "unreimbursed"};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strcmp(act->family, families[i]) == 0)
			return true;
	return false;
}

void responsible_least(struct price_work *w, struct price_one *o)
{
	struct price_step s = {.rule = PRICE_FLOOR, .before = o->amc,
	    .after = o->tm_normal, .source = "CSS R.871-2", .cover = o->cover};

	if (!w->plan->responsible || is_optional(o->line->act))
		return;
	if (o->line->act->kind == RULES_STAY)
		s.after = money_over(o->line->price, o->share->amo);
	if (o->amc.cents >= s.after.cents)
		return;
	o->amc = s.after;
	work_step(w, o, &s);
}

void responsible_clamp(struct price_work *w, struct price_one *o)
{
	if (!w->plan->responsible)
		return;
	responsible_least(w, o);
	off_pathway(w, o);
	off_optam(w, o);
	optics(w, o);
	audio(w, o);
}
