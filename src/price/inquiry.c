/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "price/inquiry.h"

struct reading {
	struct json j;
	const struct rules *rules;
	struct inquiry *q;
	struct inquiry_fault *fault;
};

static enum err say(
    struct reading *r, enum err e, uint16_t at, const char *words)
{
	json_path(&r->j, at, r->fault->field, sizeof(r->fault->field));
	r->fault->words = words;
	return e;
}

/* A field that is not there has its object's path, and its name. */
static enum err lacks(
    struct reading *r, uint16_t at, const char *name, const char *words)
{
	size_t n;

	(void)say(r, ERR_SHAPE, at, words);
	n = strlen(r->fault->field);
	(void)snprintf(r->fault->field + n, sizeof(r->fault->field) - n,
	    "%s%s", n ? "." : "", name);
	return ERR_SHAPE;
}

/* Every name of an object is one of names (a slip of the pen is no default). */
static enum err only(
    struct reading *r, uint16_t at, const char *const *names)
{
	for (uint16_t m = json_first(&r->j, at); m != JSON_NOWHERE;
	     m = json_after(&r->j, at, m)) {
		size_t i = 0;

		while (names[i] && !json_is(&r->j, m, names[i]))
			i++;
		if (!names[i])
			return say(r, ERR_UNKNOWN, m,
			    "no such field: docs/price.md lists them");
	}
	return ERR_OK;
}

static enum err text(struct reading *r, uint16_t at, char *out, size_t size)
{
	enum err e = json_text(&r->j, at, out, size);

	return e ? say(r, e, at, "a text, not so long") : ERR_OK;
}

/* A decimal as a string, or as a number. */
static struct span decimal(struct reading *r, uint16_t at)
{
	enum json_type t = json_type(&r->j, at);

	return t == JSON_STRING || t == JSON_NUMBER ? json_raw(&r->j, at) :
	    span_of(NULL, 0);
}

/* Is it there at all? null says no more than nothing does. */
static bool is_said(const struct reading *r, uint16_t at)
{
	return at != JSON_NOWHERE && json_type(&r->j, at) != JSON_NULL;
}

static enum err amount(struct reading *r, uint16_t object, const char *name,
    bool *has, struct money *ret)
{
	uint16_t at = json_member(&r->j, object, name);

	*has = is_said(r, at);
	if (!*has)
		return ERR_OK;
	return money_parse(decimal(r, at), ret) ?
	    say(r, ERR_SHAPE, at, "euros as \"30.00\", not negative") :
	    ERR_OK;
}

/* Strangers write a thing in several ways: what each of them means. */
struct meaning {
	const char *word;	/* small letters, "-" for "_" and a space */
	int value;
};

static bool spells(struct span s, const char *word)
{
	size_t i = 0;

	for (; i < s.n && word[i]; i++) {
		uint8_t c = s.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (c == '_' || c == ' ')
			c = '-';
		if (c != (uint8_t)word[i])
			return false;
	}
	return i == s.n && !word[i];
}

/* One of meanings, which end with NULL; left out, or empty: *ret stays. */
static enum err pick(struct reading *r, uint16_t object, const char *name,
    const struct meaning *meanings, const char *words, int *ret)
{
	uint16_t at = json_member(&r->j, object, name);
	struct span s = json_raw(&r->j, at);
	char text[32];

	if (!is_said(r, at))
		return ERR_OK;
	if (!json_text(&r->j, at, text, sizeof(text)))
		s = span_str(text);	/* without escapes */
	if (s.n == 0)
		return ERR_OK;
	for (; meanings->word; meanings++)
		if (spells(s, meanings->word)) {
			*ret = meanings->value;
			return ERR_OK;
		}
	return say(r, ERR_SHAPE, at, words);
}

static enum err yes(struct reading *r, uint16_t object, const char *name,
    const struct meaning *more, const char *words, enum contract_yes *ret)
{
	static const struct meaning usual[] = {{"true", CONTRACT_YES},
	    {"false", CONTRACT_NO}, {"yes", CONTRACT_YES},
	    {"no", CONTRACT_NO}, {"oui", CONTRACT_YES}, {"non", CONTRACT_NO},
	    {"1", CONTRACT_YES}, {"0", CONTRACT_NO}, {NULL, 0}};
	uint16_t at = json_member(&r->j, object, name);
	int v = (int)*ret;
	bool plain;
	enum err e;

	if (!json_bool(&r->j, at, &plain)) {
		*ret = plain ? CONTRACT_YES : CONTRACT_NO;
		return ERR_OK;
	}
	e = more ? pick(r, object, name, more, words, &v) : ERR_SHAPE;
	if (e)
		e = pick(r, object, name, usual, words, &v);
	*ret = (enum contract_yes)v;
	return e;
}

static enum err day(
    struct reading *r, uint16_t object, const char *name, int32_t *ret)
{
	uint16_t at = json_member(&r->j, object, name);

	return json_type(&r->j, at) != JSON_STRING ||
	    date_parse(json_raw(&r->j, at), ret) ?
	    lacks(r, object, name, "a day, as \"2026-03-01\"") : ERR_OK;
}

static enum err whole(struct reading *r, uint16_t object, const char *name,
    uint32_t least, uint32_t *ret)
{
	uint16_t at = json_member(&r->j, object, name);
	struct span s = decimal(r, at);
	uint64_t v;

	if (!is_said(r, at))
		return ERR_OK;
	if (s.n > 2 && memcmp(s.p + s.n - 2, ".0", 2) == 0)
		s.n -= 2;	/* as some write whole numbers */
	if (text_u64(s, 100000, &v) || v < least)
		return say(r, ERR_RANGE, at, least ?
		    "a whole number from 1 to 100000" :
		    "a whole number up to 100000");
	*ret = (uint32_t)v;
	return ERR_OK;
}

/* --- the parts --- */

static enum err age_of(struct reading *r, uint16_t b)
{
	/* an adult's, but for hearing aids: behind the others' */
	enum { UNDER_20 = PRICE_UNDER_6 + 1 };
	static const struct meaning classes[] = {{"adult", PRICE_ADULT},
	    {"adulte", PRICE_ADULT}, {"senior", PRICE_ADULT},
	    {"child", PRICE_UNDER_16}, {"enfant", PRICE_UNDER_16},
	    {"under20", UNDER_20}, {"under18", PRICE_UNDER_18}, {"under16", PRICE_UNDER_16},
	    {"under6", PRICE_UNDER_6}, {NULL, 0}};
	uint32_t years = UINT32_MAX;
	int age = PRICE_ADULT;
	enum err e = whole(r, b, "age", 0, &years);

	if (!e)
		e = pick(r, b, "age_class", classes, "adult, senior, child, "
		    "under20, under18, under16 or under6", &age);
	if (!e && years != UINT32_MAX)
		age = years >= 20 ? PRICE_ADULT : years >= 18 ? UNDER_20 :
		    years >= 16 ? PRICE_UNDER_18 :
		    years > 6 ? PRICE_UNDER_16 : PRICE_UNDER_6;
	r->q->ask.under_20 = age == UNDER_20;
	r->q->ask.six = years == 6;
	r->q->ask.age = age == UNDER_20 ? PRICE_ADULT : (enum price_age)age;
	return e;
}

/* An overseas zone; the mainland is none. */
static enum err zone(struct reading *r, uint16_t b)
{
	uint16_t at = json_member(&r->j, b, "zone");
	char *word = r->q->ask.zone;
	enum err e;

	if (!is_said(r, at))
		return ERR_OK;
	e = text(r, at, word, sizeof(r->q->ask.zone));
	for (char *p = word; !e && *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	if (!e && strcmp(word, "metropole") == 0)
		word[0] = '\0';
	if (!e && word[0] && !rules_is_zone(r->rules, word))
		return say(r, ERR_UNKNOWN, at, "no figure of data/rules is of "
		    "this zone; left out: the mainland");
	return e;
}

static enum err beneficiary(struct reading *r)
{
	static const char *const names[] = {"age_class", "age", "regime",
	    "zone", "since", NULL};
	static const struct meaning regimes[] = {{"general", 0},
	    {"rg", 0}, {"alsace-moselle", 1}, {"local", 1},
	    {"regime-local", 1}, {NULL, 0}};
	struct price_ask *a = &r->q->ask;
	uint16_t b = json_member(&r->j, JSON_TOP, "beneficiary");
	int local = 0;
	enum err e;

	if (!is_said(r, b))
		return ERR_OK;
	if (json_type(&r->j, b) != JSON_OBJECT)
		return say(r, ERR_SHAPE, b, "an object");
	e = only(r, b, names);
	if (!e)
		e = age_of(r, b);
	if (!e)
		e = pick(r, b, "regime", regimes,
		    "general or alsace-moselle", &local);
	a->local = local;
	if (!e)
		e = zone(r, b);
	if (!e && is_said(r, json_member(&r->j, b, "since")))
		e = day(r, b, "since", &a->since_day);
	return e;
}

static enum err one_counter(struct reading *r, uint16_t name)
{
	static const char *const names[] = {"used", "acts", "last", NULL};
	struct price_ask *a = &r->q->ask;
	struct price_counter *c = &a->counters[a->counter_count];
	uint16_t at = (uint16_t)(name + 1);
	bool has;
	enum err e;

	if (a->counter_count == PRICE_COUNTERS)
		return say(r, ERR_LIMIT, name, "too many counters");
	*c = (struct price_counter){.used = {0}};
	if (text_copy(json_raw(&r->j, name), c->name, sizeof(c->name)))
		return say(r, ERR_LIMIT, name, "too long a name");
	if (json_type(&r->j, at) != JSON_OBJECT)
		return say(r, ERR_SHAPE, name,
		    "an object with used, acts, last");
	e = only(r, at, names);
	if (!e)
		e = amount(r, at, "used", &has, &c->used);
	if (!e)
		e = whole(r, at, "acts", 0, &c->acts);
	c->delivered = is_said(r, json_member(&r->j, at, "last"));
	if (!e && c->delivered)
		e = day(r, at, "last", &c->last_day);
	a->counter_count++;
	return e;
}

static enum err counters(struct reading *r)
{
	uint16_t c = json_member(&r->j, JSON_TOP, "counters");
	enum err e = ERR_OK;

	if (!is_said(r, c))
		return ERR_OK;
	if (json_type(&r->j, c) != JSON_OBJECT)
		return say(r, ERR_SHAPE, c, "an object, a member a counter");
	for (uint16_t m = json_first(&r->j, c); m != JSON_NOWHERE && !e;
	     m = json_after(&r->j, c, m))
		e = one_counter(r, m);
	return e;
}

static enum err act(struct reading *r, uint16_t at, struct price_line *l)
{
	uint16_t a = json_member(&r->j, at, "act");
	char code[RULES_WORD];

	if (json_text(&r->j, a, code, sizeof(code)))
		return lacks(r, at, "act", "the act's code, as \"G\"");
	for (char *p = code; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	l->act = rules_act(r->rules, span_str(code), r->q->ask.day);
	if (l->act)
		return ERR_OK;
	return say(r, ERR_UNKNOWN, a,
	    rules_act_ever(r->rules, span_str(code)) ?
	    "this act is not there on this day" :
	    "no such act in data/rules/acts.csv");
}

static enum err rate(struct reading *r, uint16_t at, struct price_line *l)
{
	uint16_t a = json_member(&r->j, at, "rate");

	l->has_rate = is_said(r, a);
	if (!l->has_rate)
		return ERR_OK;
	return money_parse_rate(decimal(r, a), &l->rate) ||
	    l->rate > MONEY_WHOLE ? say(r, ERR_SHAPE, a,
	    "a rate up to the whole, as \"70%\" or \"0.70\"") : ERR_OK;
}

static enum err class_of(struct reading *r, uint16_t at, struct price_line *l)
{
	static const struct meaning words[] = {{"a", RULES_CLASS_A},
	    {"b", RULES_CLASS_B}, {"i", RULES_CLASS_A},
	    {"ii", RULES_CLASS_B}, {"class-a", RULES_CLASS_A},
	    {"classe-a", RULES_CLASS_A}, {"class-b", RULES_CLASS_B},
	    {"classe-b", RULES_CLASS_B}, {"1", RULES_CLASS_A},
	    {"2", RULES_CLASS_B}, {"moderate", RULES_CLASS_MODERATE},
	    {"modere", RULES_CLASS_MODERATE},
	    {"mod\xc3\xa9r\xc3\xa9", RULES_CLASS_MODERATE}, {NULL, 0}};
	int v = RULES_CLASS_NONE;
	enum err e = pick(r, at, "class", words,
	    "A, B or moderate (audio: I or II)", &v);

	l->class = (enum rules_class)v;
	return e;
}

/* The ear; letters as prescriptions write them. */
static enum err side(struct reading *r, uint16_t at, struct price_line *l)
{
	static const struct meaning words[] = {{"left", 'L'}, {"l", 'L'},
	    {"gauche", 'L'}, {"g", 'L'}, {"og", 'L'},
	    {"oreille-gauche", 'L'}, {"oreille-droite", 'R'}, {"right", 'R'},
	    {"r", 'R'}, {"droite", 'R'}, {"d", 'R'}, {"od", 'R'},
	    {NULL, 0}};
	int v = l->side;
	enum err e = pick(r, at, "side", words, "left or right", &v);

	l->side = (char)v;
	return e;
}

/* A reason of exemptions.csv, in any case, or a usual name of one. */
static enum err exemption(struct reading *r, uint16_t at, struct price_line *l)
{
	static const struct {
		const char *said, *meant;
	} names[] = {{"none", ""}, {"no", ""}, {"false", ""}, {"css", "c2s"},
	    {"cmu", "c2s"}, {"cmu-c", "c2s"}, {"work-accident", "at"},
	    {"at-mp", "at"}, {"at/mp", "at"}, {"maternite", "maternity"},
	    {"invalidite", "invalidity"},
	    {"ald30", "ald"}, {"ald-30", "ald"}, {"ald 30", "ald"},
	    {"maternit\xc3\xa9", "maternity"}};
	uint16_t x = json_member(&r->j, at, "exemption");
	enum err e;

	if (!is_said(r, x) || json_type(&r->j, x) == JSON_FALSE)
		return ERR_OK;
	e = text(r, x, l->exemption, sizeof(l->exemption));
	for (char *p = l->exemption; !e && *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	for (size_t i = 0; !e && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(l->exemption, names[i].said) == 0)
			return text_copy(span_str(names[i].meant),
			    l->exemption, sizeof(l->exemption));
	return e;
}

/* A forfait (hospital day, emergencies) has one price for everybody. */
static bool forfait(const struct reading *r, struct price_line *l)
{
	const struct rules_fact *f =
	    rules_on(l->act->limit, r->q->ask.day);

	if (!f || l->act->kind != RULES_STAY)
		return false;
	l->price = money_times(money_of(f->value), l->quantity);
	l->tariff = f;
	return true;
}

static enum err figures(struct reading *r, uint16_t at, struct price_line *l)
{
	bool has;
	enum err e = amount(r, at, "price", &has, &l->price);

	if (!e && !has && !forfait(r, l))
		return lacks(r, at, "price", "euros as \"30.00\"");
	if (!e)
		e = amount(r, at, "base", &l->has_base, &l->base);
	if (!e)
		e = amount(r, at, "amo", &l->has_amo, &l->amo);
	if (!e)
		e = amount(r, at, "participation", &l->has_participation,
		    &l->participation);
	if (!e)
		e = amount(r, at, "other", &has, &l->other);
	return e ? e : rate(r, at, l);
}

static enum err circumstances(
    struct reading *r, uint16_t at, struct price_line *l)
{
	static const struct meaning sectors[] = {{"optam", CONTRACT_YES},
	    {"optam-co", CONTRACT_YES}, {"not-optam", CONTRACT_NO},
	    {"non-optam", CONTRACT_NO}, {"hors-optam", CONTRACT_NO},
	    {"none", CONTRACT_EITHER}, {"sector-1", CONTRACT_EITHER},
	    {"secteur-1", CONTRACT_EITHER}, {NULL, 0}};
	static const struct meaning ways[] = {{"in", CONTRACT_YES},
	    {"inside", CONTRACT_YES}, {"out", CONTRACT_NO},
	    {"outside", CONTRACT_NO}, {"off", CONTRACT_NO},
	    {"hors-parcours", CONTRACT_NO}, {NULL, 0}};
	enum contract_yes pathway = CONTRACT_EITHER;
	enum err e = class_of(r, at, l);

	if (!e)
		e = yes(r, at, "optam", sectors, "true (in OPTAM), false "
		    "(sector 2 outside it), or left out (sector 1)",
		    &l->optam);
	if (!e)
		e = yes(r, at, "network", NULL, "true or false", &l->network);
	if (!e)
		e = yes(r, at, "pathway", ways, "true, or false: outside the "
		    "pathway of care", &pathway);
	l->off_pathway = pathway == CONTRACT_NO;
	if (!e)
		e = exemption(r, at, l);
	return e ? e : side(r, at, l);
}

static enum err one_line(struct reading *r, uint16_t at)
{
	static const char *const names[] = {"n", "act", "price", "quantity",
	    "base", "rate", "amo", "participation", "class", "optam",
	    "network", "pathway", "exemption", "side", "other", NULL};
	struct price_ask *a = &r->q->ask;
	struct price_line *l = &a->lines[a->line_count];
	enum err e;

	if (a->line_count == PRICE_LINES)
		return say(r, ERR_LIMIT, at, "64 lines at most");
	if (json_type(&r->j, at) != JSON_OBJECT)
		return say(r, ERR_SHAPE, at, "an object");
	*l = (struct price_line){.quantity = 1, .n = a->line_count + 1};
	e = only(r, at, names);
	if (!e)
		e = whole(r, at, "n", 0, &l->n);
	if (!e)
		e = whole(r, at, "quantity", 1, &l->quantity);
	if (!e)
		e = act(r, at, l);
	if (!e)
		e = figures(r, at, l);
	if (!e)
		e = circumstances(r, at, l);
	a->line_count++;
	return e;
}

static enum err lines(struct reading *r)
{
	uint16_t list = json_member(&r->j, JSON_TOP, "lines");
	enum err e = ERR_OK;

	if (json_type(&r->j, list) != JSON_ARRAY ||
	    json_count(&r->j, list) == 0)
		return lacks(r, JSON_TOP, "lines", "one act at least");
	for (uint16_t at = json_first(&r->j, list); at != JSON_NOWHERE && !e;
	     at = json_after(&r->j, list, at))
		e = one_line(r, at);
	return e;
}

static enum err identity(struct reading *r)
{
	uint16_t id = json_member(&r->j, JSON_TOP, "id");
	uint16_t contract = json_member(&r->j, JSON_TOP, "contract");
	enum err e = ERR_OK;

	if (json_type(&r->j, JSON_TOP) != JSON_OBJECT)
		return say(r, ERR_SHAPE, JSON_TOP, "an object a line");
	if (json_type(&r->j, id) == JSON_NUMBER) {
		if (text_copy(json_raw(&r->j, id), r->q->id, INQUIRY_ID))
			e = say(r, ERR_LIMIT, id, "64 bytes at most");
	} else if (is_said(r, id)) {
		e = text(r, id, r->q->id, INQUIRY_ID);
	}
	if (!e && is_said(r, contract))
		e = text(r, contract, r->q->contract, CONTRACT_WORD);
	return e;
}

enum err inquiry_read(struct span in, const struct rules *rules,
    struct json_token *tokens, const struct inquiry_ahead *ahead,
    struct inquiry *ret, struct inquiry_fault *fault)
{
	static const char *const names[] = {"id", "date", "contract",
	    "beneficiary", "counters", "lines", NULL};
	struct reading r = {.rules = rules, .q = ret, .fault = fault};
	size_t at;
	enum err e;

	ret->id[0] = ret->contract[0] = '\0';
	ret->ask.age = PRICE_ADULT;
	ret->ask.local = ret->ask.under_20 = ret->ask.six = false;
	ret->ask.zone[0] = '\0';
	ret->ask.since_day = 0;
	ret->ask.counter_count = ret->ask.line_count = 0;
	*fault = (struct inquiry_fault){"", ""};
	e = json_read(in, tokens, LIMIT_JSON_TOKENS, &r.j, &at);
	if (e) {
		fault->words = "not one JSON object (docs/json.md)";
		return e;
	}
	e = identity(&r);
	if (!e && ahead)
		ahead->named(ahead->ctx, ret->contract);
	if (!e)
		e = only(&r, JSON_TOP, names);
	if (!e)
		e = day(&r, JSON_TOP, "date", &ret->ask.day);
	if (!e)
		e = beneficiary(&r);
	if (!e)
		e = counters(&r);
	if (!e && ahead)
		ahead->dated(ahead->ctx, ret->contract, ret->ask.day);
	return e ? e : lines(&r);
}
