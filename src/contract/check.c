/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "contract/check.h"

struct check {
	const struct contract *c;
	const struct rules *r;
	int32_t day;
	contract_tell *tell;
	void *ctx;
	unsigned found;
	/* of the present cover: an article is told once a family */
	struct {
		const char *article, *family;
	} told[64];
	unsigned told_count;
	const struct rules_act *act;	/* being looked at */
};

static bool is_told(struct check *k, const char *article)
{
	for (unsigned i = 0; i < k->told_count; i++)
		if (strcmp(k->told[i].article, article) == 0 &&
		    strcmp(k->told[i].family, k->act->family) == 0)
			return true;
	if (k->told_count < sizeof(k->told) / sizeof(k->told[0])) {
		k->told[k->told_count].article = article;
		k->told[k->told_count].family = k->act->family;
		k->told_count++;
	}
	return false;
}

/* Tells a breach; both texts take the same arguments. */
static void breach(struct check *k, const struct contract_cover *c,
    const char *article, const char *fr, const char *en, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));

static void breach(struct check *k, const struct contract_cover *c,
    const char *article, const char *fr, const char *en, ...)
{
	struct contract_breach b = {.line = c ? c->line : 0,
	    .article = article};
	va_list ap;

	if (c && is_told(k, article))
		return;
	va_start(ap, en);
	(void)vsnprintf(b.words_fr, sizeof(b.words_fr), fr, ap);
	va_end(ap);
	va_start(ap, en);
	(void)vsnprintf(b.words_en, sizeof(b.words_en), en, ap);
	va_end(ap);
	k->found++;
	k->tell(k->ctx, &b);
}

static int64_t figure(const struct check *k, const char *key, int64_t none)
{
	const struct rules_fact *f =
	    rules_find(k->r, RULES_RESPONSIBLE, key, k->day);

	return f ? f->value : none;
}

/* R.871-2 1° lets these out. */
static bool is_optional(const char *family)
{
	static const char *const families[] = {"pharmacy-30", "pharmacy-15",
	    "pharmacy-fee-30", "pharmacy-none", "private-room",
	    "thermal", "thermal-doctor", "unreimbursed"};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strcmp(family, families[i]) == 0)
			return true;
	return false;
}

static bool holds_tm(const struct contract_cover *c)
{
	switch (c->form) {
	case CONTRACT_NOTHING:
		return false;
	case CONTRACT_BR:
		return c->rate >= MONEY_WHOLE;
	case CONTRACT_BR_ABOVE:	/* judged by the rate of the family */
	case CONTRACT_TM: case CONTRACT_EUR: case CONTRACT_EUR_ABOVE:
	case CONTRACT_REAL: case CONTRACT_SANTE:
		break;
	}
	return true;
}

static void ticket(struct check *k, const struct contract_cover *c,
    const struct rules_act *act)
{
	const struct rules_fact *rate = rules_on(act->rate, k->day);
	uint32_t tm = rate ? MONEY_WHOLE - (uint32_t)rate->value : 0;
	uint32_t covered = c->form == CONTRACT_BR_ABOVE ? c->rate : 0;

	if (is_optional(act->family) || act->kind == RULES_STAY || tm == 0)
		return;
	if (c->form == CONTRACT_BR_ABOVE ? covered >= tm : holds_tm(c))
		return;
	if (c->form == CONTRACT_BR)
		covered = c->rate > MONEY_WHOLE - tm ?
		    c->rate - (MONEY_WHOLE - tm) : 0;
	breach(k, c, "R.871-2 1°",
	    "%s : le ticket modérateur n'est pas couvert, il manque %u %% "
	    "de la base", "%s: the ticket modérateur is not covered, %u %% "
	    "of the base is missing", act->family, (tm - covered) / 100);
}

/* Forfait journalier and forfait patient urgences: whole, without end. */
static void stay(struct check *k, const struct contract_cover *c,
    const struct rules_act *act)
{
	const struct rules_fact *f = rules_on(act->limit, k->day);
	char text[MONEY_TEXT];
	int64_t short_of = f ? f->value : 0;

	if (act->kind != RULES_STAY || c->form == CONTRACT_REAL ||
	    c->form == CONTRACT_SANTE)
		return;
	if (c->form == CONTRACT_EUR || c->form == CONTRACT_EUR_ABOVE)
		short_of -= c->amount.cents;
	if (short_of <= 0)
		return;
	money_format(money_of(short_of), text);
	breach(k, c, "L.871-1", "%s : il manque %s EUR par jour",
	    "%s: %s EUR a day is missing", act->code, text);
}

static void stay_limits(struct check *k, const struct contract_cover *c,
    const struct rules_act *act)
{
	if (act->kind == RULES_STAY && c->limit_count > 0)
		breach(k, c, "L.871-1", "%s : sans limite de durée",
		    "%s: must be without a limit", act->code);
}

/* Does this cover say all its conditions of an act, whoever asks? */
static bool always(const struct contract_cover *c, const struct rules_act *act)
{
	unsigned by_class = c->class != RULES_CLASS_NONE &&
	    c->class == act->class;

	return contract_fit(c, act) > 0 && c->conditions <= by_class;
}

/* Behind a closer cover that always holds, a line is never reached. */
static bool is_reached(const struct check *k, const struct contract_cover *c,
    const struct rules_act *act)
{
	unsigned closeness = contract_fit(c, act);

	if (closeness == 0 ||
	    (c->class && act->class && c->class != act->class))
		return false;
	for (size_t i = 0; i < k->c->cover_count; i++) {
		const struct contract_cover *other = &k->c->covers[i];

		if (other != c && always(other, act) &&
		    contract_fit(other, act) > closeness)
			return false;
	}
	return true;
}

/* The sum in shares of what is the base outside OPTAM; without one unknown. */
static uint32_t in_shares(const struct check *k, const struct rules_act *act,
    struct money sum, uint32_t unknown)
{
	char key[2 * RULES_KEY];
	const struct rules_fact *base;
	int64_t shares;

	(void)snprintf(key, sizeof(key), "%s//not-optam", act->code);
	base = rules_find(k->r, RULES_BASES, key, k->day);
	base = base ? base : rules_on(act->base, k->day);
	if (!base || base->value <= 0)
		return unknown;
	/* who means "no ceiling" may write any sum */
	shares = sum.cents * MONEY_WHOLE / base->value;
	return shares < UINT32_MAX ? (uint32_t)shares : UINT32_MAX;
}

/* Which share of the base the cover pays above the ticket modérateur; real
 * cost: whatever there is. */
static uint32_t above_base(const struct check *k,
    const struct contract_cover *c, const struct rules_act *act,
    uint32_t unknown)
{
	const struct rules_fact *rate = rules_on(act->rate, k->day);
	uint32_t tm = rate ? MONEY_WHOLE - (uint32_t)rate->value : 0;
	uint32_t pays = c->rate, from = 0;

	switch (c->form) {
	case CONTRACT_REAL:
		return UINT32_MAX;
	case CONTRACT_BR:
		from = MONEY_WHOLE;
		break;
	case CONTRACT_BR_ABOVE:
		from = tm;
		break;
	case CONTRACT_EUR: case CONTRACT_EUR_ABOVE:
		pays = in_shares(k, act, c->amount, unknown);
		from = c->form == CONTRACT_EUR ? tm : 0;
		break;
	case CONTRACT_NOTHING: case CONTRACT_TM: case CONTRACT_SANTE:
		return 0;
	}
	return pays > from ? pays - from : 0;
}

/* May one person's line meet either of them? */
static bool together(
    const struct contract_cover *a, const struct contract_cover *b)
{
	return (a->child == b->child || a->child == CONTRACT_EITHER ||
		b->child == CONTRACT_EITHER) &&
	    (a->network == b->network || a->network == CONTRACT_EITHER ||
		b->network == CONTRACT_EITHER);
}

static uint32_t best_optam(const struct check *k,
    const struct contract_cover *outside, const struct rules_act *act)
{
	uint32_t best = 0;

	for (size_t i = 0; i < k->c->cover_count; i++) {
		const struct contract_cover *c = &k->c->covers[i];
		uint32_t above = above_base(k, c, act, UINT32_MAX);

		if (is_reached(k, c, act) && c->optam != CONTRACT_NO &&
		    together(c, outside) && above > best)
			best = above;
	}
	return best;
}

/* Does another cover say what happens outside OPTAM? */
static bool has_off(const struct check *k, const struct rules_act *act)
{
	for (size_t i = 0; i < k->c->cover_count; i++)
		if (contract_fit(&k->c->covers[i], act) &&
		    k->c->covers[i].optam == CONTRACT_NO)
			return true;
	return false;
}

static void off_optam(struct check *k, const struct contract_cover *c,
    const struct rules_act *act)
{
	uint32_t most = (uint32_t)figure(k, "off-optam/most", MONEY_WHOLE);
	uint32_t step = (uint32_t)figure(k, "off-optam/step", 0);
	uint32_t above = best_optam(k, c, act), level;
	uint32_t pays = above_base(k, c, act, 0);

	if (act->kind != RULES_DOCTOR || c->optam == CONTRACT_YES ||
	    (c->optam == CONTRACT_EITHER && has_off(k, act)))
		return;
	above = above > step ? above - step : 0;
	level = above < most ? above : most;
	if (c->form == CONTRACT_REAL)
		breach(k, c, "R.871-2 2°", "%s hors OPTAM : frais réels, le "
		    "plafond est %u %% de dépassement", "%s outside OPTAM: "
		    "real cost, the ceiling is %u %% above the base",
		    act->family, level / 100);
	else if (pays > level)
		breach(k, c, "R.871-2 2°", "%s hors OPTAM : %u %% de la base "
		    "de trop", "%s outside OPTAM: %u %% of the base too much",
		    act->family, (pays - level) / 100);
}

static void pathway(struct check *k, const struct contract_cover *c,
    const struct rules_act *act)
{
	if (c->off_pathway && rules_on(act->rate_off, k->day) &&
	    ((c->form == CONTRACT_BR && c->rate > 6000) ||
		c->form == CONTRACT_REAL))
		breach(k, c, "L.871-1", "%s : la majoration hors parcours ne "
		    "peut être couverte", "%s: what is added outside the "
		    "pathway may not be covered", act->family);
}

/* 100 % Santé: optics and audio of class A, dental prostheses of RAC 0. */
static void sante(struct check *k, const struct contract_cover *c,
    const struct rules_act *act)
{
	if (act->class != RULES_CLASS_A || (c->class != RULES_CLASS_NONE &&
	    c->class != RULES_CLASS_A) || !rules_on(act->limit, k->day))
		return;
	if (c->form != CONTRACT_SANTE && c->form != CONTRACT_REAL)
		breach(k, c, "R.871-2 3°", "%s : le panier 100 %% Santé doit "
		    "être sans reste à charge", "%s: the 100 %% Santé basket "
		    "must leave nothing to pay", act->code);
}

static void too_much(struct check *k, const struct contract_cover *c,
    bool audio, int64_t most, int64_t is)
{
	char text[MONEY_TEXT];

	money_format(money_of(is - most), text);
	if (audio)
		breach(k, c, "R.871-2", "audio classe II : %s EUR au-dessus "
		    "du plafond", "audio class II: %s EUR above the ceiling",
		    text);
	else
		breach(k, c, "R.871-2", "optique classe B : %s EUR "
		    "au-dessus du plafond", "optics class B: %s EUR above "
		    "the ceiling", text);
}

static void optics_case(
    struct check *k, const struct contract_cover *c, char which)
{
	char key[RULES_KEY], text[MONEY_TEXT];
	int64_t least, most;

	(void)snprintf(key, sizeof(key), "optics-least/%c", which);
	least = figure(k, key, 0);
	(void)snprintf(key, sizeof(key), "optics-most/%c", which);
	most = figure(k, key, INT64_MAX);
	if (c->form == CONTRACT_REAL)
		breach(k, c, "R.871-2 3°", "optique classe B, cas %c : frais "
		    "réels, sans plafond", "optics class B, case %c: real "
		    "cost, without a ceiling", which);
	if (c->form != CONTRACT_EUR && c->form != CONTRACT_EUR_ABOVE)
		return;
	if (c->amount.cents > most)
		too_much(k, c, false, most, c->amount.cents);
	if (c->amount.cents >= least)
		return;
	money_format(money_of(least - c->amount.cents), text);
	breach(k, c, "R.871-2 3°", "optique classe B, cas %c : il manque "
	    "%s EUR", "optics class B, case %c: %s EUR is missing", which,
	    text);
}

static void equipment(struct check *k, const struct contract_cover *c,
    const struct rules_act *act)
{
	bool above = c->form != CONTRACT_TM && c->form != CONTRACT_NOTHING &&
	    c->form != CONTRACT_BR;

	if (act->kind != RULES_FRAME && act->kind != RULES_LENS &&
	    act->kind != RULES_AUDIO)
		return;
	if (above && !c->renewed)
		breach(k, c, "R.871-2 renouvellement", "%s : un équipement "
		    "par période (renewed)", "%s: one equipment a period "
		    "(renewed)", act->family);
	if (act->class != RULES_CLASS_B || (c->class != RULES_CLASS_NONE &&
	    c->class != RULES_CLASS_B))
		return;
	if (act->kind == RULES_AUDIO) {
		const struct rules_fact *base = rules_on(act->base, k->day);
		const struct rules_fact *rate = rules_on(act->rate, k->day);
		int64_t amo = base && rate ? money_rate(money_of(base->value),
		    (uint32_t)rate->value).cents : 0;
		int64_t most = figure(k, "audio-most/", INT64_MAX);

		if (c->form == CONTRACT_REAL)
			breach(k, c, "R.871-2 4°", "audio classe II : frais "
			    "réels, sans plafond", "audio class II: real "
			    "cost, without a ceiling");
		if (c->form == CONTRACT_EUR && c->amount.cents + amo > most)
			too_much(k, c, true, most, c->amount.cents + amo);
		return;
	}
	for (char which = 'a'; which <= 'f'; which++)
		if (!c->lens_case || c->lens_case == which)
			optics_case(k, c, which);
}

/* An act for which no cover stands without conditions that may fail. */
static void said(struct check *k, const struct rules_act *act)
{
	for (size_t i = 0; i < k->c->cover_count; i++)
		if (always(&k->c->covers[i], act))
			return;
	if (act->kind == RULES_FRAME || act->kind == RULES_LENS)
		return;		/* six cases may say it together */
	if (!is_optional(act->family))
		breach(k, NULL, "R.871-2 1°", "rien n'est dit de %s (%s)",
		    "nothing is said of %s (%s)", act->code, act->family);
}

static void one(struct check *k, const struct contract_cover *cover,
    const struct rules_act *act)
{
	k->act = act;
	if (!is_reached(k, cover, act))
		return;
	ticket(k, cover, act);
	stay(k, cover, act);
	stay_limits(k, cover, act);
	off_optam(k, cover, act);
	pathway(k, cover, act);
	sante(k, cover, act);
	equipment(k, cover, act);
}

unsigned contract_check(const struct contract *c, const struct rules *r,
    int32_t day, contract_tell *tell, void *ctx)
{
	struct check k = {.c = c, .r = r, .day = day, .tell = tell,
	    .ctx = ctx};
	size_t count;
	const struct rules_act *acts = rules_acts(r, &count);

	for (size_t i = 0; i < c->cover_count; i++) {
		k.told_count = 0;
		for (size_t a = 0; a < count; a++)
			if (acts[a].from_day <= day && day <= acts[a].to_day)
				one(&k, &c->covers[i], &acts[a]);
	}
	for (size_t a = 0; a < count; a++)
		if (acts[a].from_day <= day && day <= acts[a].to_day)
			said(&k, &acts[a]);
	return k.found;
}
