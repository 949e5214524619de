/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "rules/state.h"

struct check {
	const struct rules *rules;
	rules_say *say;
	void *ctx;
	unsigned errors;
};

static void found(struct check *c, bool error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void found(struct check *c, bool error, const char *format, ...)
{
	char words[320];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	c->errors += error;
	c->say(c->ctx, error, words);
}

/* Between two rows of one key every day should have a figure. */
static void gaps(struct check *c, enum rules_table t)
{
	const struct rules_list *l = &c->rules->lists[t];

	for (size_t i = 1; i < l->count; i++) {
		const struct rules_fact *f = &l->facts[i];
		char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];

		if (strcmp(f->key, f[-1].key) != 0 ||
		    f[-1].to_day == RULES_NO_END ||
		    f->from_day == f[-1].to_day + 1)
			continue;
		date_format(f[-1].to_day, from);
		date_format(f->from_day, to);
		found(c, false, "%s:%u: %s: no figure between %s and %s",
		    rules_file(t), f->line, f->key, from, to);
	}
}

/* The first word of a key names a family (or an act) that there is. */
static void names(struct check *c, enum rules_table t, bool act, unsigned nth)
{
	const struct rules_list *l = &c->rules->lists[t];

	for (size_t i = 0; i < l->count; i++) {
		const char *word = l->facts[i].key;
		size_t n;

		for (unsigned skip = nth; skip > 0; skip--)
			word = strchr(word, '/') + 1;
		n = strcspn(word, "/");
		if (n == 1 && word[0] == '*')
			continue;
		if (act ? rules_act_ever(c->rules, span_of(word, n)) != NULL :
		    rules_is_family(c->rules, span_of(word, n)))
			continue;
		found(c, true, "%s:%u: no such %s", rules_file(t),
		    l->facts[i].line, act ? "act" : "family");
	}
}

/* A known act must have a rate on each of its days, or it prices nothing. */
static void acts(struct check *c)
{
	unsigned without = 0;

	for (size_t i = 0; i < c->rules->act_count; i++) {
		const struct rules_act *a = &c->rules->acts[i];
		int32_t last = a->to_day == RULES_NO_END ? a->from_day :
		    a->to_day;

		if (!rules_on(a->rate, a->from_day) || !rules_on(a->rate, last))
			found(c, true, "acts.csv:%u: %s: no rate of family %s "
			    "on its days", a->line, a->code, a->family);
		without += a->base.count == 0;
	}
	if (without)
		found(c, false, "%u acts have no base here: questions bring "
		    "it", without);
}

static void unconfirmed(struct check *c)
{
	unsigned rows = 0, doubtful = 0;

	for (unsigned t = 0; t < RULES_TABLES; t++)
		for (size_t i = 0; i < c->rules->lists[t].count; i++) {
			rows++;
			doubtful += !c->rules->lists[t].facts[i].confirmed;
		}
	if (doubtful)
		found(c, false, "%u of %u figures are not confirmed: what "
		    "rests on them is flagged", doubtful, rows);
}

unsigned rules_check(const struct rules *r, rules_say *say, void *ctx)
{
	struct check c = {.rules = r, .say = say, .ctx = ctx};

	for (unsigned t = 0; t < RULES_TABLES; t++)
		gaps(&c, (enum rules_table)t);
	names(&c, RULES_BASES, true, 0);
	names(&c, RULES_LIMITS, true, 0);
	names(&c, RULES_RATES, false, 0);
	names(&c, RULES_PARTICIPATIONS, false, 0);
	names(&c, RULES_EXEMPTIONS, false, 1);
	acts(&c);
	unconfirmed(&c);
	return c.errors;
}
