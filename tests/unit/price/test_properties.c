/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what must hold of every price, over random contracts, acts, days and
 * circumstances: shares add up to the price, nothing is paid above it or
 * above what is left, participations stay with the patient, the remainder
 * never falls when the price rises, lines that have nothing to do with each
 * other commute, two insurers never pay more than the price, and the
 * explanation ends with the result; a contract of one cover pays what its
 * formula says, and a responsible one never less than it must. 4,000 of each;
 * a million with ECLUSE_LONG. PRICE_SEED in the environment: another seed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/date.h"
#include "price/price.h"

#define DAY_FIRST 17000		/* July 2016 */
#define DAYS 3700

struct world {
	struct rules *rules;
	uint32_t seed;
	long count;
};

static uint32_t roll(struct world *w, uint32_t n)
{
	w->seed = w->seed * 1664525u + 1013904223u;
	return (w->seed >> 8) % n;
}

static void add_formula(struct world *w, char *out, size_t size)
{
	static const char *const forms[] = {"TM", "100% BR", "real cost",
	    "100% sante", "nothing"};
	size_t n = strlen(out);

	switch (roll(w, 4)) {
	case 0:
		(void)snprintf(out + n, size - n, "%u%% BR%s",
		    50 + roll(w, 40) * 10, roll(w, 4) ? "" : " above AMO");
		break;
	case 1:
		(void)snprintf(out + n, size - n, "EUR %u%s", roll(w, 900),
		    roll(w, 3) ? "" : " above TM");
		break;
	default:
		(void)snprintf(out + n, size - n, "%s",
		    forms[roll(w, 5)]);
		break;
	}
}

/* A contract of random covers, and always one for everything. */
static struct price_plan *invent(struct world *w, struct contract **ret)
{
	static const char *const targets[] = {"MED", "OPTI", "DEPR", "AUDI",
	    "PHAR", "family:dental-care", "act:G", "HOSP", "TRAN"};
	static const char *const whens[] = {"", " optam", " not-optam",
	    " class A", " class B", " child", " network", " off-pathway"};
	struct contract_fault fault;
	struct price_plan *plan = NULL;
	char text[4096];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "contract X\n"
	    "insurer 0099100001\nfrom 2000-01-01\nresponsible %s\n"
	    "second %s\ncover * = TM\n", roll(w, 2) ? "yes" : "no",
	    roll(w, 2) ? "deduct" : "complement");
	for (uint32_t i = roll(w, 12); i > 0; i--) {
		char line[200];

		(void)snprintf(line, sizeof(line), "cover %s%s = ",
		    targets[roll(w, 9)], whens[roll(w, 8)]);
		add_formula(w, line, sizeof(line));
		if (roll(w, 3) == 0)
			(void)snprintf(line + strlen(line),
			    sizeof(line) - strlen(line), ", most EUR %u a %s",
			    roll(w, 800), roll(w, 2) ? "year" : "act");
		if (roll(w, 4) == 0)
			(void)snprintf(line + strlen(line),
			    sizeof(line) - strlen(line), ", renewed");
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, "%s\n", line);
	}
	if (contract_read(span_of(text, n), w->rules, ret, &fault))
		fail_msg("%u:%u %s\n%s", fault.line, fault.column,
		    fault.words, text);
	assert_int_equal(price_plan_new(*ret, w->rules, &plan), ERR_OK);
	return plan;
}

static void invent_line(
    struct world *w, const struct price_ask *ask, struct price_line *l)
{
	size_t count;
	const struct rules_act *acts = rules_acts(w->rules, &count);
	const struct rules_act *a;

	do
		a = &acts[roll(w, (uint32_t)count)];
	while (ask->day < a->from_day || ask->day > a->to_day);
	*l = (struct price_line){.n = 1, .act = a, .quantity = 1,
	    .price = money_of(roll(w, 100000)), .has_base = true,
	    .base = money_of(roll(w, 60000)),
	    .optam = (enum contract_yes)roll(w, 3),
	    .network = (enum contract_yes)roll(w, 3),
	    .off_pathway = roll(w, 4) == 0};
	if (roll(w, 6) == 0)
		memcpy(l->exemption, "ald", sizeof("ald"));
	if (roll(w, 8) == 0)
		l->quantity = 1 + roll(w, 4);
	if (roll(w, 5) == 0)
		l->side = 'R';
}

static void invent_ask(struct world *w, struct price_ask *ask, unsigned lines)
{
	ask->day = DAY_FIRST + (int32_t)roll(w, DAYS);
	ask->age = (enum price_age)roll(w, 4);
	ask->local = roll(w, 10) == 0;
	ask->zone[0] = '\0';
	ask->since_day = 0;
	ask->counter_count = 0;
	if (roll(w, 3) == 0) {
		ask->counters[0] = (struct price_counter){.name = "optics",
		    .last_day = ask->day - (int32_t)roll(w, 900),
		    .delivered = true};
		ask->counters[1] = (struct price_counter){.name = "DEPR",
		    .used = money_of(roll(w, 50000))};
		ask->counter_count = 2;
	}
	ask->line_count = lines;
	for (unsigned i = 0; i < lines; i++)
		invent_line(w, ask, &ask->lines[i]);
}

static void adds_up(const struct price_line *l, const struct price_share *s)
{
	int64_t net = s->amo.cents - s->participation.cents;

	assert_int_equal(net + s->amc.cents + l->other.cents +
	    s->remainder.cents, l->price.cents);
	assert_true(s->amc.cents >= 0);
	assert_true(s->participation.cents >= 0);
	assert_true(s->amc.cents <=
	    l->price.cents - s->amo.cents - l->other.cents ||
	    s->amc.cents == 0);
	/* participations are never covered */
	if (l->price.cents - s->amo.cents - l->other.cents >= 0)
		assert_true(s->remainder.cents >= s->participation.cents);
}

static void explained(const struct price_share *s)
{
	const struct price_step *last = &s->steps[s->step_count - 1];

	assert_true(s->step_count > 0);
	assert_int_equal(last->rule, PRICE_REMAINDER);
	assert_int_equal(last->after.cents, s->remainder.cents);
	assert_int_equal(last->figure.cents, s->amc.cents);
	for (unsigned i = 0; i < s->step_count; i++) {
		char words[480];

		assert_non_null(s->steps[i].source);
		price_say(&s->steps[i], true, words, sizeof(words));
		assert_true(strlen(words) > 10);
		assert_null(strchr(words, '{'));
		price_say(&s->steps[i], false, words, sizeof(words));
		assert_null(strchr(words, '{'));
	}
}

static void priced(const struct price_plan *p, const struct price_ask *ask,
    bool explain, struct price_result *ret)
{
	struct price_fault fault;
	enum err e = price(p, ask, explain, ret, &fault);

	if (e)
		fail_msg("line %u: %s: %s", fault.line, fault.field,
		    fault.words);
}

static void test_shares(void **state)
{
	struct world *w = *state;
	static struct price_ask ask;
	static struct price_result told, quiet;

	for (long i = 0; i < w->count; i++) {
		struct contract *c;
		struct price_plan *p = invent(w, &c);

		invent_ask(w, &ask, 1 + roll(w, 5));
		priced(p, &ask, true, &told);
		priced(p, &ask, false, &quiet);
		for (unsigned k = 0; k < ask.line_count; k++) {
			adds_up(&ask.lines[k], &told.shares[k]);
			explained(&told.shares[k]);
			assert_int_equal(told.shares[k].amc.cents,
			    quiet.shares[k].amc.cents);
		}
		assert_int_equal(told.amc.cents, quiet.amc.cents);
		price_plan_free(p);
		contract_free(c);
	}
}

static void test_dearer(void **state)
{
	struct world *w = *state;
	static struct price_ask ask;
	static struct price_result less, more;

	for (long i = 0; i < w->count; i++) {
		struct contract *c;
		struct price_plan *p = invent(w, &c);

		invent_ask(w, &ask, 1);
		priced(p, &ask, false, &less);
		ask.lines[0].price.cents += 1 + roll(w, 20000);
		priced(p, &ask, false, &more);
		if (more.remainder.cents < less.remainder.cents)
			fail_msg("%s at %lld (base %lld x %u, day %d): AMO "
			    "%lld, AMC %lld, remainder %lld then %lld",
			    ask.lines[0].act->code,
			    (long long)ask.lines[0].price.cents,
			    (long long)ask.lines[0].base.cents,
			    ask.lines[0].quantity, ask.day,
			    (long long)more.shares[0].amo.cents,
			    (long long)more.shares[0].amc.cents,
			    (long long)less.remainder.cents,
			    (long long)more.remainder.cents);
		price_plan_free(p);
		contract_free(c);
	}
}

/* A doctor and a dentist have no sum in common. */
static void test_order(void **state)
{
	struct world *w = *state;
	static struct price_ask ask;
	static struct price_result one, two;

	for (long i = 0; i < w->count; i++) {
		struct contract *c;
		struct price_plan *p = invent(w, &c);
		struct price_line first;

		invent_ask(w, &ask, 2);
		while (strcmp(ask.lines[1].act->domain,
		    ask.lines[0].act->domain) == 0 ||
		    strcmp(ask.lines[1].act->family, "biology") == 0)
			invent_line(w, &ask, &ask.lines[1]);
		priced(p, &ask, false, &one);
		first = ask.lines[0];
		ask.lines[0] = ask.lines[1];
		ask.lines[1] = first;
		priced(p, &ask, false, &two);
		assert_int_equal(
		    one.shares[0].amc.cents, two.shares[1].amc.cents);
		assert_int_equal(
		    one.shares[1].amc.cents, two.shares[0].amc.cents);
		price_plan_free(p);
		contract_free(c);
	}
}

static void test_two_insurers(void **state)
{
	struct world *w = *state;
	static struct price_ask ask;
	static struct price_result first, second;

	for (long i = 0; i < w->count; i++) {
		struct contract *c, *d;
		struct price_plan *p = invent(w, &c), *q = invent(w, &d);

		invent_ask(w, &ask, 1);
		priced(p, &ask, false, &first);
		ask.lines[0].other = first.shares[0].amc;
		priced(q, &ask, false, &second);
		assert_true(first.shares[0].amc.cents +
		    second.shares[0].amc.cents + second.shares[0].amo.cents <=
		    ask.lines[0].price.cents || second.shares[0].amc.cents == 0);
		price_plan_free(p);
		contract_free(c);
		price_plan_free(q);
		contract_free(d);
	}
}

/* One cover for everything, that claims nothing: nothing clamps it. */
static struct price_plan *simple(struct world *w, const char *formula,
    struct contract **ret)
{
	struct contract_fault fault;
	struct price_plan *plan = NULL;
	char text[400];
	size_t n = (size_t)snprintf(text, sizeof(text), "contract X\n"
	    "insurer 0099100001\nfrom 2000-01-01\nresponsible no\n"
	    "cover * = %s\n", formula);

	if (contract_read(span_of(text, n), w->rules, ret, &fault))
		fail_msg("%u:%u %s", fault.line, fault.column, fault.words);
	assert_int_equal(price_plan_new(*ret, w->rules, &plan), ERR_OK);
	return plan;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What is paid by each form of guarantee, written down a second time: b the
 * base, a the mandatory share, p the price, all of the line. */
static void test_formulas(void **state)
{
	struct world *w = *state;
	static struct price_ask ask;
	static struct price_result r;

	for (long i = 0; i < w->count; i++) {
		uint32_t figure = 50 + roll(w, 400);
		unsigned form = roll(w, 6);
		struct contract *c;
		struct price_plan *plan;
		int64_t a, b, p, tm, want, euros;
		char words[40];

		(void)snprintf(words, sizeof(words), form == 0 ? "TM" :
		    form == 1 ? "%u%% BR" : form == 2 ? "%u%% BR above AMO" :
		    form == 3 ? "EUR %u" : form == 4 ? "EUR %u above TM" :
		    "real cost", figure);
		plan = simple(w, words, &c);
		invent_ask(w, &ask, 1);
		priced(plan, &ask, false, &r);
		p = ask.lines[0].price.cents;
		b = ask.lines[0].base.cents;
		a = r.shares[0].amo.cents;
		tm = least(p, b) > a ? least(p, b) - a : 0;
		euros = (int64_t)figure * 100 *
		    (ask.lines[0].act->kind == RULES_FRAME ||
			ask.lines[0].act->kind == RULES_LENS ? 1 :
			ask.lines[0].quantity);
		want = form == 0 ? tm : form == 1 ?
		    least(p, (b * figure + 50) / 100) - a : form == 2 ?
		    (b * figure + 50) / 100 : form == 3 ? euros :
		    form == 4 ? tm + euros : p - a;
		want = least(want > 0 ? want : 0, p > a ? p - a : 0);
		if (r.shares[0].amc.cents != want)
			fail_msg("%s, %s at %lld (base %lld, AMO %lld): %lld, "
			    "not %lld", words, ask.lines[0].act->code,
			    (long long)p, (long long)b, (long long)a,
			    (long long)r.shares[0].amc.cents,
			    (long long)want);
		price_plan_free(plan);
		contract_free(c);
	}
}

/* Whatever its limits and what was used of them. */
static void test_floor(void **state)
{
	static const char *const may_leave_out[] = {"pharmacy-30",
	    "pharmacy-15", "pharmacy-fee-30", "pharmacy-none", "private-room",
	    "thermal", "thermal-doctor", "unreimbursed", NULL};
	struct world *w = *state;
	static struct price_ask ask;
	static struct price_result r;

	for (long i = 0; i < w->count; i++) {
		struct contract *c;
		struct price_plan *p = invent(w, &c);
		const struct price_line *l = &ask.lines[0];
		int64_t a, tm;
		bool free = false;

		invent_ask(w, &ask, 1);
		ask.lines[0].off_pathway = false;
		priced(p, &ask, false, &r);
		a = r.shares[0].amo.cents;
		tm = least(l->price.cents, l->base.cents) - a;
		for (size_t k = 0; may_leave_out[k]; k++)
			free |= strcmp(l->act->family, may_leave_out[k]) == 0;
		/* ceilings of class B lie far above a real one's TM */
		free |= l->act->class == RULES_CLASS_B;
		if (c->responsible && !free)
			assert_true(r.shares[0].amc.cents >= tm);
		price_plan_free(p);
		contract_free(c);
	}
}

static int set_up(void **state)
{
	static struct world w;
	const char *seed = getenv("PRICE_SEED");
	struct rules_fault fault;

	w.count = getenv("ECLUSE_LONG") ? 1000000 : 4000;
	w.seed = seed ? (uint32_t)strtoul(seed, NULL, 10) : 11;
	print_message("# seed %u, %ld of each\n", w.seed, w.count);
	*state = &w;
	if (rules_load(RULES_DIR, &w.rules, &fault))
		fail_msg("%s", fault.words);
	return 0;
}

static int tear_down(void **state)
{
	rules_free(((struct world *)*state)->rules);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_dearer),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_two_insurers),
		cmocka_unit_test(test_formulas),
		cmocka_unit_test(test_floor),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
