/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "rules/diff.h"

void rules_value(enum rules_table t, const struct rules_fact *f,
    char out[static MONEY_TEXT])
{
	bool rate = t == RULES_RATES || t == RULES_EXEMPTIONS ||
	    (t == RULES_RESPONSIBLE && f->rate);

	if (rate)
		money_format_rate((uint32_t)f->value, out);
	else if (t == RULES_RENEWALS)
		(void)snprintf(out, MONEY_TEXT, "%lld", (long long)f->value);
	else
		money_format(money_of(f->value), out);
}

static bool is_same(
    const struct rules_fact *a, const struct rules_fact *b)
{
	return a == b || (a && b && a->value == b->value &&
	    a->day_cap == b->day_cap && a->year_cap == b->year_cap &&
	    a->participation == b->participation);
}

unsigned rules_diff(const struct rules *r, int32_t from, int32_t to,
    rules_tell *tell, void *ctx)
{
	unsigned found = 0;

	for (unsigned t = 0; t < RULES_TABLES; t++) {
		size_t count;
		const struct rules_fact *all =
		    rules_all(r, (enum rules_table)t, &count);

		for (size_t i = 0; i < count; i++) {
			struct rules_series s;
			struct rules_change c = {.table = (enum rules_table)t,
			    .key = all[i].key};

			if (i > 0 && strcmp(all[i].key, all[i - 1].key) == 0)
				continue;
			s = rules_series(r, c.table, c.key);
			c.before = rules_on(s, from);
			c.after = rules_on(s, to);
			if (is_same(c.before, c.after))
				continue;
			found++;
			tell(ctx, &c);
		}
	}
	return found;
}

unsigned rules_touched(const struct rules *r, const struct rules_change *c)
{
	size_t count, n = strcspn(c->key, "/");
	const struct rules_act *acts = rules_acts(r, &count);
	const char *word = c->key;
	unsigned touched = 0;

	if (c->table == RULES_EXEMPTIONS) {
		word += n + 1;
		n = strlen(word);
	}
	for (size_t i = 0; i < count; i++) {
		struct span w = span_of(word, n);

		touched += span_is(w, acts[i].code) ||
		    span_is(w, acts[i].family) || span_is(w, "*");
	}
	return touched;
}
