/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A contract's text, a line of acts to price, and both together, under the
 * real rules. No silent default: a statement or a word of a contract that is
 * taken away is missed or makes another contract; a field of a question that
 * is misspelt, or holds what it cannot, is refused. What can be priced adds up
 * to its price, and its answer is JSON.
 */
#include <string.h>
#include "contract/check.h"
#include "contract/contract.h"
#include "fuzz.h"
#include "price/inquiry.h"
#include "rules/rules.h"

#define DAY 20780	/* 2026-11-23 */
#define SLIPS 6		/* of one question */
#define ANSWER_MOST (4u << 20)

static void count(void *ctx, const struct contract_breach *b)
{
	must(b->words_fr[0] && b->words_en[0]);
	(*(unsigned *)ctx)++;
}

/* Any number below many, the same for the same bytes. */
static size_t some(struct span in, size_t many)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < in.n; i++)
		h = (h ^ in.p[i]) * 16777619u;
	return h % many;
}

/* --- contracts --- */

static bool same_limit(
    const struct contract_limit *a, const struct contract_limit *b)
{
	return a->acts == b->acts && a->most == b->most && a->per == b->per &&
	    strcmp(a->counter, b->counter) == 0;
}

static bool same_cover(
    const struct contract_cover *a, const struct contract_cover *b)
{
	bool same = a->class == b->class && a->optam == b->optam &&
	    a->network == b->network && a->child == b->child &&
	    a->off_pathway == b->off_pathway && a->renewed == b->renewed &&
	    a->lens_case == b->lens_case && a->form == b->form &&
	    a->rate == b->rate && a->amount.cents == b->amount.cents &&
	    a->target == b->target && strcmp(a->word, b->word) == 0 &&
	    a->limit_count == b->limit_count;

	for (unsigned i = 0; same && i < a->limit_count; i++)
		same = same_limit(&a->limits[i], &b->limits[i]);
	return same;
}

static bool same_wait(
    const struct contract_wait *a, const struct contract_wait *b)
{
	return a->target == b->target && strcmp(a->word, b->word) == 0 &&
	    a->months == b->months;
}

static bool same_contract(const struct contract *a, const struct contract *b)
{
	bool same = a->from_day == b->from_day && a->to_day == b->to_day &&
	    a->responsible == b->responsible &&
	    a->second_deducts == b->second_deducts &&
	    a->cover_count == b->cover_count &&
	    a->wait_count == b->wait_count && strcmp(a->code, b->code) == 0 &&
	    strcmp(a->insurer, b->insurer) == 0 &&
	    strcmp(a->label_fr, b->label_fr) == 0 &&
	    strcmp(a->label_en, b->label_en) == 0;

	for (size_t i = 0; same && i < a->cover_count; i++)
		same = same_cover(&a->covers[i], &b->covers[i]);
	for (size_t i = 0; same && i < a->wait_count; i++)
		same = same_wait(&a->waits[i], &b->waits[i]);
	return same;
}

static bool parts(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' ||
	    c == '=';
}

/* Where a comment begins in the line that holds place at, or at itself. */
static bool in_comment(const uint8_t *text, size_t at)
{
	size_t from = at;

	while (from > 0 && text[from - 1] != '\n')
		from--;
	for (size_t i = from; i <= at; i++)
		if (text[i] == '#' && (i == from || text[i - 1] == ' ' ||
		    text[i - 1] == '\t'))
			return true;
	return false;
}

/* Blanks one word of it, or one "," or "="; false: there is none there. */
static bool take_word_away(uint8_t *text, size_t n, size_t nth)
{
	size_t at = nth;

	while (at < n && strchr(" \t\r\n", text[at]) && text[at])
		at++;
	if (at == n || in_comment(text, at))
		return false;
	if (text[at] == ',' || text[at] == '=') {
		text[at] = ' ';
		return true;
	}
	while (at > 0 && !parts(text[at - 1]))
		at--;
	for (; at < n && !parts(text[at]); at++)
		text[at] = ' ';
	return true;
}

/* The line that holds place nth becomes a comment; false: it is one. */
static bool take_line_away(uint8_t *text, size_t n, size_t nth)
{
	size_t from = nth, at;

	while (from > 0 && text[from - 1] != '\n')
		from--;
	for (at = from; at < n && (text[at] == ' ' || text[at] == '\t'); at++)
		;
	if (at == n || strchr("\r\n#", text[at]))
		return false;
	text[from] = '#';
	return true;
}

/* "second complement" is what stands without it. */
static bool said_by_default(const struct contract *c, struct span text)
{
	/* a comment may hold any byte */
	return memmem(text.p, text.n, "second", 6) && !c->second_deducts;
}

static void miss(struct span in, const struct rules *rules,
    const struct contract *whole,
    bool (*take_away)(uint8_t *text, size_t n, size_t nth))
{
	uint8_t *text = malloc(in.n);
	struct contract_fault fault;
	struct contract *c = NULL;

	must(text && in.n > 0);
	memcpy(text, in.p, in.n);
	if (!said_by_default(whole, in) &&
	    take_away(text, in.n, some(in, in.n)) &&
	    contract_read(span_of(text, in.n), rules, &c, &fault) == ERR_OK)
		must(!same_contract(whole, c));
	contract_free(c);
	free(text);
}

static struct contract *contract(struct span in, const struct rules *rules)
{
	struct contract_fault fault;
	struct contract *c = NULL;
	unsigned told = 0;

	if (contract_read(in, rules, &c, &fault) != ERR_OK) {
		must(fault.words[0]);
		return NULL;
	}
	met("a contract");
	must(contract_check(c, rules, DAY, count, &told) == told);
	miss(in, rules, c, take_word_away);
	miss(in, rules, c, take_line_away);
	return c;
}

/* --- questions --- */

static struct json_token tokens[LIMIT_JSON_TOKENS];

static bool is_refused(struct span in, const struct rules *rules)
{
	struct inquiry_fault fault = {{0}, NULL};
	static struct inquiry q;
	bool refused = inquiry_read(in, rules, tokens, NULL, &q, &fault) != ERR_OK;

	must(!refused || fault.words);
	return refused;
}

/* A counter's name is anybody's until the contract is known. */
static bool is_counter(const struct json *j, uint16_t name)
{
	uint16_t counters = json_member(j, JSON_TOP, "counters");

	for (uint16_t m = json_first(j, counters); m != JSON_NOWHERE;
	     m = json_after(j, counters, m))
		if (m == name)
			return true;
	return false;
}

/* One name of it gets a letter that no name has, or its value becomes a list
 * of nothing: either is refused. */
static void slip(struct span in, const struct rules *rules, size_t more)
{
	uint16_t at;
	uint8_t *text;
	struct json j;
	size_t stop;

	must(json_read(in, tokens, LIMIT_JSON_TOKENS, &j, &stop) == ERR_OK);
	at = (uint16_t)((some(in, j.count) + more) % j.count);
	if (json_type(&j, at) != JSON_NAME || json_raw(&j, at).n == 0)
		return;
	text = malloc(in.n);
	must(text);
	memcpy(text, in.p, in.n);
	if (more % 2 == 0 && !is_counter(&j, at)) {
		text[json_raw(&j, at).p - in.p] = '~';
		must(is_refused(span_of(text, in.n), rules));
	} else if (json_type(&j, (uint16_t)(at + 1)) != JSON_STRING) {
		struct span value = json_raw(&j, (uint16_t)(at + 1));

		memset(text + (value.p - in.p), ' ', value.n);
		if (value.n >= 2) {
			memcpy(text + (value.p - in.p), "[]", 2);
			must(is_refused(span_of(text, in.n), rules));
		}
	}
	free(text);
}

static void adds_up(const struct price_ask *ask, const struct price_result *r)
{
	int64_t amc = 0, left = 0;

	for (unsigned i = 0; i < ask->line_count; i++) {
		const struct price_line *l = &ask->lines[i];
		const struct price_share *s = &r->shares[i];

		must(s->amo.cents - s->participation.cents + s->amc.cents +
		    s->remainder.cents + l->other.cents == l->price.cents);
		must(s->amc.cents >= 0 && s->amc.cents <= l->price.cents);
		must(s->step_count > 0 && s->step_count <= PRICE_STEPS);
		must(s->steps[s->step_count - 1].after.cents ==
		    s->remainder.cents);
		amc += s->amc.cents;
		left += s->remainder.cents;
	}
	must(amc == r->amc.cents && left == r->remainder.cents);
}

static void answered(const struct inquiry *q, const struct price_result *r)
{
	struct buf out;
	struct json j;
	size_t stop;

	buf_init(&out, ANSWER_MOST);
	inquiry_answer(q, r, false, &out);
	must(!out.err && out.n > 0 && out.p[out.n - 1] == '\n');
	must(memchr(out.p, '\n', out.n) == out.p + out.n - 1);
	must(json_read(buf_span(&out), tokens, LIMIT_JSON_TOKENS, &j,
	    &stop) == ERR_OK);
	buf_clear(&out);
	inquiry_answer(q, r, true, &out);
	must(!out.err && out.p[out.n - 1] == '\n');
	buf_release(&out);
}

static void priced(const struct inquiry *q, const struct price_plan *plan)
{
	static struct price_result with, without;
	struct price_fault fault = {0, NULL, NULL};
	enum err e = price(plan, &q->ask, true, &with, &fault);

	must(price(plan, &q->ask, false, &without, &fault) == e);
	if (e) {
		must(fault.field && fault.words);
		met("a question that cannot be priced");
		must(fault.line < q->ask.line_count);
		return;
	}
	met("a question that is priced");
	must(with.flags == without.flags &&
	    with.amc.cents == without.amc.cents &&
	    with.remainder.cents == without.remainder.cents);
	adds_up(&q->ask, &with);
	answered(q, &with);
}

/* c: NULL for a contract that has something of everything. */
static void inquiry(struct span in, const struct rules *rules,
    const struct contract *c)
{
	static const char text[] = "contract C\ninsurer 0099100001\n"
	    "from 2000-01-01\nresponsible yes\ncover * = TM\n"
	    "cover MED optam = 150% BR, most 9 acts a day\n"
	    "cover MED not-optam = 130% BR above AMO\n"
	    "cover DEPR = 200% BR, most EUR 800 a year, in teeth\n"
	    "cover OPTI class B = EUR 150, renewed\n"
	    "cover OPTI class A = 100% sante, renewed\n"
	    "cover AUDI = EUR 900 above TM, most EUR 800 a ear, renewed\n"
	    "cover HOSP = real cost\nwait DEPR 6 months\nsecond deduct\n";
	static struct inquiry q;
	struct inquiry_fault fault = {{0}, NULL};
	struct contract_fault wrong;
	struct contract *own = NULL;
	struct price_plan *plan = NULL;

	if (inquiry_read(in, rules, tokens, NULL, &q, &fault) != ERR_OK) {
		must(fault.words);
		return;
	}
	for (size_t i = 0; i < SLIPS; i++)
		slip(in, rules, i * 5);
	if (!c)
		must(contract_read(
		    span_str(text), rules, &own, &wrong) == ERR_OK);
	must(price_plan_new(c ? c : own, rules, &plan) == ERR_OK);
	priced(&q, plan);
	price_plan_free(plan);
	contract_free(own);
}

/* The contract, a line of two hyphens, the question. */
static void together(struct span in, const struct rules *rules)
{
	struct span text = in, line;
	struct contract *c;
	size_t n = 0;

	do {
		n = in.n;
		line = line_of(&in);
	} while (in.n > 0 && !span_is(line, "--"));
	text.n -= n;
	c = contract(text, rules);
	if (c) {
		met("a question behind its contract");
		inquiry(in, rules, c);
	}
	contract_free(c);
}

static const struct rules *the_rules(void)
{
	static struct rules *rules;	/* read once */
	const char *root = getenv("ECLUSE_ROOT");
	struct rules_fault fault;
	char folder[512];

	if (rules)
		return rules;
	(void)snprintf(folder, sizeof(folder), "%s/data/rules",
	    root ? root : ".");
	must(rules_load(folder, &rules, &fault) == ERR_OK);
	return rules;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);

	switch (choose(&in, 3)) {
	case 0:
		contract_free(contract(in, the_rules()));
		break;
	case 1:
		inquiry(in, the_rules(), NULL);
		break;
	default:
		together(in, the_rules());
	}
	return 0;
}
