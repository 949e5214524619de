/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "rules/known.h"
#include "rules/load.h"

#define TEXTS_MOST (8u << 20)

static const struct table {
	const char *file, *head;
	unsigned keys;		/* key columns, joined with "/" */
} tables[RULES_TABLES] = {
	[RULES_BASES] = {"bases.csv",
	    "act;zone;case;base;from;to;confirmed;source", 3},
	[RULES_RATES] = {"rates.csv",
	    "family;case;rate;from;to;confirmed;source", 2},
	[RULES_EXEMPTIONS] = {"exemptions.csv",
	    "exemption;family;rate;participation;from;to;confirmed;source",
	    2},
	[RULES_PARTICIPATIONS] = {"participations.csv",
	    "family;age;participation;day_cap;year_cap;from;to;confirmed;"
	    "source", 2},
	[RULES_LIMITS] = {"limits.csv",
	    "act;zone;age;limit;from;to;confirmed;source", 3},
	[RULES_RENEWALS] = {"renewals.csv",
	    "equipment;age;months;from;to;confirmed;source", 2},
	[RULES_RESPONSIBLE] = {"responsible.csv",
	    "rule;case;figure;from;to;confirmed;source", 2},
};

#define ACTS_HEAD "act;family;domain;class;lens;label_fr;label_en;from;to;" \
	"confirmed;source"

const char *rules_file(enum rules_table t)
{
	return tables[t].file;
}

/* --- rows --- */

/* Examinations that prevent are a doctor's, or a dentist's. */
static enum rules_kind kind_of(const char *family, const char *domain)
{
	static const struct {
		const char *family;
		enum rules_kind kind;
	} known[] = {
		{"consultation", RULES_DOCTOR},
		{"supplement", RULES_DOCTOR},
		{"technical", RULES_DOCTOR},
		{"imaging", RULES_DOCTOR},
		{"optics-frame", RULES_FRAME},
		{"optics-lens", RULES_LENS},
		{"audio", RULES_AUDIO},
		{"hospital-day", RULES_STAY},
		{"emergency", RULES_STAY},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].family, family) == 0)
			return known[i].kind;
	if (strcmp(family, "prevention") == 0 && strcmp(domain, "MED") == 0)
		return RULES_DOCTOR;
	return RULES_PLAIN;
}

static enum err act_class(struct load *l, struct rules_act *a)
{
	static const char *const classes[] = {"", "A", "B", "moderate"};
	static const char *const lenses[] = {"", "simple", "complex", "very"};
	bool class = false, lens = false;

	for (unsigned i = 0; i < 4; i++) {
		if (span_is(l->fields[3], classes[i])) {
			a->class = (enum rules_class)i;
			class = true;
		}
		if (span_is(l->fields[4], lenses[i])) {
			a->lens = (enum rules_lens)i;
			lens = true;
		}
	}
	if (!class)
		return load_say(l, ERR_SHAPE, "class",
		    "A, B, moderate or nothing");
	return lens ? ERR_OK : load_say(l, ERR_SHAPE, "lens",
	    "simple, complex, very or nothing");
}

static enum err act_row(struct load *l)
{
	struct rules *r = l->rules;
	struct rules_act a = {.line = l->line}, *wider;
	uint32_t fr, en;
	struct load_tail tail;
	enum err e = load_word(l, 0, "act", false, a.code, RULES_WORD);

	if (!e)
		e = load_word(l, 1, "family", false, a.family, RULES_WORD);
	if (!e)
		e = load_word(l, 2, "domain", false, a.domain, RULES_WORD);
	if (!e)
		e = act_class(l, &a);
	if (!e)
		e = load_text(l, l->fields[5], &fr);
	if (!e)
		e = load_text(l, l->fields[6], &en);
	if (!e)
		e = load_tail(l, 7, &tail);
	if (e)
		return e;
	if (r->act_count == RULES_ACTS)
		return load_say(l, ERR_LIMIT, "act", "too many acts");
	wider = realloc(r->acts, (r->act_count + 1) * sizeof(*wider));
	if (!wider)
		return ERR_NOMEM;
	r->acts = wider;
	a.kind = kind_of(a.family, a.domain);
	a.from_day = tail.from_day;
	a.to_day = tail.to_day;
	a.confirmed = tail.confirmed;
	/* places in texts, which may still move: turned round in finish() */
	a.label_fr = (const char *)(uintptr_t)fr;
	a.label_en = (const char *)(uintptr_t)en;
	a.source = (const char *)(uintptr_t)tail.source;
	r->acts[r->act_count++] = a;
	return ERR_OK;
}

static enum rules_table table_of(const struct load *l)
{
	unsigned t = 0;

	while (strcmp(tables[t].file, l->file) != 0)
		t++;
	return (enum rules_table)t;
}

static enum err key_of(
    struct load *l, const struct table *t, struct rules_fact *f)
{
	static const char *const names[] = {"first key", "second key",
	    "third key"};
	char word[RULES_WORD];
	size_t n = 0;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < t->keys && !e; i++) {
		/* an exemption may be of every family */
		if (i == 1 && t == &tables[RULES_EXEMPTIONS] &&
		    span_is(l->fields[i], "*"))
			e = text_copy(l->fields[i], word, sizeof(word));
		else
			e = load_word(
			    l, i, names[i], i > 0, word, sizeof(word));
		if (e)
			return e;
		n += (size_t)snprintf(f->key + n, RULES_KEY - n, "%s%s",
		    i ? "/" : "", word);
		if (n >= RULES_KEY)
			return load_say(l, ERR_LIMIT, names[i], "too long");
	}
	return e;
}

static enum err amount(struct load *l, size_t at, const char *column,
    bool empty, int64_t *ret)
{
	struct money m = {0};

	if (l->fields[at].n == 0 && empty) {
		*ret = 0;
		return ERR_OK;
	}
	if (money_parse(l->fields[at], &m))
		return load_say(l, ERR_SHAPE, column,
		    "euros, as 30.00");
	if (m.cents > RULES_MOST)
		return load_say(l, ERR_RANGE, column,
		    "over 1,000,000.00 euros");
	/* 0 is how "no cap" is kept */
	if (empty && m.cents == 0)
		return load_say(l, ERR_RANGE, column,
		    "euros above 0, or nothing: no cap");
	*ret = m.cents;
	return ERR_OK;
}

static enum err rate(struct load *l, size_t at, const char *column,
    int64_t *ret)
{
	struct span s = l->fields[at];
	uint32_t v;

	/* without the sign, 1 would be the whole and 2 a fiftieth of it */
	if (s.n == 0 || s.p[s.n - 1] != '%' || money_parse_rate(s, &v))
		return load_say(l, ERR_SHAPE, column, "a rate, as 70%");
	if (v > MONEY_WHOLE)
		return load_say(l, ERR_RANGE, column, "over 100%");
	*ret = v;
	return ERR_OK;
}

/* The value columns; *ret_n: how many columns stand before `from`. */
static enum err values_of(
    struct load *l, enum rules_table t, struct rules_fact *f, size_t *ret_n)
{
	size_t at = tables[t].keys;
	struct span s = l->fields[at];
	uint64_t months;
	enum err e;

	*ret_n = at + 1;
	switch (t) {
	case RULES_RATES:
		return rate(l, at, "rate", &f->value);
	case RULES_EXEMPTIONS:
		*ret_n = at + 2;
		f->participation = span_is(l->fields[at + 1], "yes");
		if (!f->participation && !span_is(l->fields[at + 1], "no"))
			return load_say(l, ERR_SHAPE, "participation",
			    "yes or no");
		return rate(l, at, "rate", &f->value);
	case RULES_PARTICIPATIONS:
		*ret_n = at + 3;
		e = amount(l, at, "participation", false, &f->value);
		if (!e)
			e = amount(l, at + 1, "day_cap", true, &f->day_cap);
		return e ? e :
		    amount(l, at + 2, "year_cap", true, &f->year_cap);
	case RULES_RENEWALS:
		if (text_u64(s, 1200, &months))
			return load_say(l, ERR_SHAPE, "months",
			    "a number of months");
		f->value = (int64_t)months;
		return ERR_OK;
	case RULES_RESPONSIBLE:
		f->rate = s.n > 0 && s.p[s.n - 1] == '%';
		return f->rate ? rate(l, at, "figure", &f->value) :
		    amount(l, at, "figure", false, &f->value);
	default:
		return amount(l, at, t == RULES_BASES ? "base" : "limit",
		    false, &f->value);
	}
}

static enum err fact_row(struct load *l)
{
	enum rules_table t = table_of(l);
	struct rules_list *list = &l->rules->lists[t];
	struct rules_fact f = {.line = l->line}, *wider;
	struct load_tail tail;
	size_t n;
	enum err e = key_of(l, &tables[t], &f);

	if (!e)
		e = values_of(l, t, &f, &n);
	if (!e)
		e = load_tail(l, n, &tail);
	if (e)
		return e;
	if (list->count == RULES_FACTS)
		return load_say(l, ERR_LIMIT, "line", "too many rows");
	wider = realloc(list->facts, (list->count + 1) * sizeof(*wider));
	if (!wider)
		return ERR_NOMEM;
	list->facts = wider;
	f.from_day = tail.from_day;
	f.to_day = tail.to_day;
	f.confirmed = tail.confirmed;
	f.source = (const char *)(uintptr_t)tail.source;
	list->facts[list->count++] = f;
	return ERR_OK;
}

/* --- order --- */

static int by_key(const void *a, const void *b)
{
	const struct rules_fact *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c ? c : (x->from_day > y->from_day) - (x->from_day < y->from_day);
}

static int by_code(const void *a, const void *b)
{
	const struct rules_act *x = a, *y = b;
	int c = strcmp(x->code, y->code);

	return c ? c : (x->from_day > y->from_day) - (x->from_day < y->from_day);
}

/* Two rows of one key that hold on the same day contradict each other. */
static enum err overlaps(const char *file, uint32_t line, uint32_t other,
    struct rules_fault *fault)
{
	(void)snprintf(fault->words, sizeof(fault->words),
	    "%s:%u: from: overlaps line %u: end that one the day before",
	    file, line, other);
	return ERR_EXISTS;
}

static enum err check_order(struct rules *r, struct rules_fault *fault)
{
	for (unsigned t = 0; t < RULES_TABLES; t++)
		for (size_t i = 1; i < r->lists[t].count; i++) {
			struct rules_fact *f = &r->lists[t].facts[i];

			if (strcmp(f->key, f[-1].key) == 0 &&
			    f->from_day <= f[-1].to_day)
				return overlaps(tables[t].file, f->line,
				    f[-1].line, fault);
		}
	for (size_t i = 1; i < r->act_count; i++)
		if (strcmp(r->acts[i].code, r->acts[i - 1].code) == 0 &&
		    r->acts[i].from_day <= r->acts[i - 1].to_day)
			return overlaps("acts.csv", r->acts[i].line,
			    r->acts[i - 1].line, fault);
	return ERR_OK;
}

static const char *text_at(const struct rules *r, const char *place)
{
	return (const char *)r->texts.p + (uintptr_t)place;
}

static struct rules_series of_family(
    const struct rules *r, enum rules_table t, const char *a, const char *b)
{
	char key[RULES_KEY];

	(void)snprintf(key, sizeof(key), "%s/%s", a, b);
	return rules_series(r, t, key);
}

/* Has the act a base that is not for everybody? Its rows stand together. */
static bool varies(const struct rules *r, const char *code)
{
	const struct rules_list *l = &r->lists[RULES_BASES];
	size_t n = strlen(code);

	for (size_t i = 0; i < l->count; i++) {
		const char *key = l->facts[i].key;

		if (strncmp(key, code, n) == 0 && key[n] == '/' &&
		    strcmp(key + n, "//") != 0)
			return true;
	}
	return false;
}

/* The group of an act before it that is like it, or a new one. */
static uint32_t group_of(struct rules *r, const struct rules_act *act)
{
	for (const struct rules_act *a = r->acts; a < act; a++)
		if (strcmp(a->family, act->family) == 0 &&
		    strcmp(a->domain, act->domain) == 0)
			return a->group;
	return (uint32_t)r->group_count++;
}

static enum err finish_acts(struct rules *r)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < r->act_count && !e; i++) {
		struct rules_act *a = &r->acts[i];

		uint32_t at;

		a->at = (uint32_t)i;
		a->group = group_of(r, a);
		a->label_fr = text_at(r, a->label_fr);
		a->label_en = text_at(r, a->label_en);
		a->source = text_at(r, a->source);
		a->base = of_family(r, RULES_BASES, a->code, "/");
		a->varies = varies(r, a->code);
		a->rate = of_family(r, RULES_RATES, a->family, "normal");
		a->rate_off =
		    of_family(r, RULES_RATES, a->family, "off-pathway");
		a->rate_local =
		    of_family(r, RULES_RATES, a->family, "alsace-moselle");
		a->rate_local_off = of_family(
		    r, RULES_RATES, a->family, "alsace-moselle-off");
		a->rate_heavy = of_family(r, RULES_RATES, a->family, "heavy");
		a->participation =
		    of_family(r, RULES_PARTICIPATIONS, a->family, "");
		a->limit = of_family(r, RULES_LIMITS, a->code, "/");
		if (!map_find(&r->by_code, span_str(a->code), &at))
			e = map_put(&r->by_code, span_str(a->code),
			    (uint32_t)i);
	}
	return e;
}

static enum err finish(struct rules *r, struct rules_fault *fault)
{
	enum err e;

	for (unsigned t = 0; t < RULES_TABLES; t++) {
		struct rules_list *l = &r->lists[t];

		if (l->count > 0)
			qsort(l->facts, l->count, sizeof(l->facts[0]), by_key);
		for (size_t i = 0; i < l->count; i++)
			l->facts[i].source = text_at(r, l->facts[i].source);
	}
	if (r->act_count > 0)
		qsort(r->acts, r->act_count, sizeof(r->acts[0]), by_code);
	e = known_check(r, fault);
	if (!e)
		e = check_order(r, fault);
	return e ? e : finish_acts(r);
}

enum err rules_load(
    const char *folder, struct rules **ret, struct rules_fault *fault)
{
	struct rules *r = calloc(1, sizeof(*r));
	struct load l = {.rules = r, .fault = fault, .file = "acts.csv"};
	enum err e;

	*fault = (struct rules_fault){""};
	if (!r)
		return ERR_NOMEM;
	buf_init(&r->texts, TEXTS_MOST);
	map_init(&r->by_code);
	e = load_file(&l, folder, ACTS_HEAD, act_row);
	for (unsigned t = 0; t < RULES_TABLES && !e; t++) {
		l.file = tables[t].file;
		e = load_file(&l, folder, tables[t].head, fact_row);
	}
	if (!e)
		e = finish(r, fault);
	if (e)
		rules_free(r);
	else
		*ret = r;
	return e;
}

void rules_free(struct rules *r)
{
	if (!r)
		return;
	for (unsigned t = 0; t < RULES_TABLES; t++)
		free(r->lists[t].facts);
	free(r->acts);
	map_release(&r->by_code);
	buf_release(&r->texts);
	free(r);
}
