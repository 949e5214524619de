/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "json/write.h"
#include "price/inquiry.h"

static void amount(struct json_writer *w, const char *name, struct money m)
{
	char text[MONEY_TEXT];

	money_format(m, text);
	json_write_pair(w, name, text);
}

static void step(struct json_writer *w, const struct price_step *s)
{
	char words[480];

	json_write_begin(w, '{');
	json_write_pair(w, "rule", price_rule_name(s->rule));
	json_write_pair(w, "source", s->source);
	amount(w, "before", s->before);
	amount(w, "after", s->after);
	price_say(s, true, words, sizeof(words));
	json_write_pair(w, "fr", words);
	price_say(s, false, words, sizeof(words));
	json_write_pair(w, "en", words);
	json_write_end(w, '}');
}

static void line(struct json_writer *w, const struct price_line *l,
    const struct price_share *s, bool steps)
{
	json_write_begin(w, '{');
	json_write_name(w, "n");
	json_write_int(w, l->n);
	amount(w, "amo", s->amo);
	amount(w, "participation", s->participation);
	amount(w, "amc", s->amc);
	amount(w, "remainder", s->remainder);
	if (steps) {
		json_write_name(w, "steps");
		json_write_begin(w, '[');
		for (unsigned i = 0; i < s->step_count; i++)
			step(w, &s->steps[i]);
		json_write_end(w, ']');
	}
	json_write_end(w, '}');
}

/* The flags, and each figure that is not confirmed. */
static void flags(struct json_writer *w, const struct price_result *r)
{
	char words[RULES_KEY + 16];

	json_write_name(w, "flags");
	json_write_begin(w, '[');
	for (unsigned bit = 1; bit < PRICE_FLAG_UNCONFIRMED; bit <<= 1)
		if (r->flags & bit)
			json_write_text(
			    w, price_flag_name((enum price_flag)bit));
	for (unsigned i = 0; i < r->doubt_count; i++) {
		(void)snprintf(words, sizeof(words), "unconfirmed:%s",
		    r->doubts[i]->key);
		json_write_text(w, words);
	}
	json_write_end(w, ']');
}

void inquiry_answer(const struct inquiry *q, const struct price_result *r,
    bool steps, struct buf *out)
{
	struct json_writer w = json_writer_of(out);

	json_write_begin(&w, '{');
	json_write_pair(&w, "id", q->id);
	json_write_name(&w, "lines");
	json_write_begin(&w, '[');
	for (unsigned i = 0; i < q->ask.line_count; i++)
		line(&w, &q->ask.lines[i], &r->shares[i], steps);
	json_write_end(&w, ']');
	amount(&w, "amc", r->amc);
	amount(&w, "remainder", r->remainder);
	flags(&w, r);
	json_write_end(&w, '}');
	buf_text(out, "\n");
}

void inquiry_refuse(const struct inquiry *q, const char *field,
    const char *words, struct buf *out)
{
	struct json_writer w = json_writer_of(out);

	json_write_begin(&w, '{');
	json_write_pair(&w, "id", q->id);
	json_write_name(&w, "error");
	json_write_begin(&w, '{');
	json_write_pair(&w, "field", field);
	json_write_pair(&w, "message", words);
	json_write_end(&w, '}');
	json_write_end(&w, '}');
	buf_text(out, "\n");
}
