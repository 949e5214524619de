/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: an explanation that has no room says so, in each note and by a flag,
 * and the longest estimate goes into the room of its number of acts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "vault/estimate.h"

static char source[301];
static struct rules_fact doubts[PRICE_DOUBTS];

static struct estimating *invent(
    unsigned lines, unsigned steps, const char *from)
{
	struct estimating *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->state = RIGHTS_COVERED;
	m->priced = true;
	m->acts.count = (uint8_t)lines;
	m->ask.line_count = lines;
	for (unsigned i = 0; i < lines; i++) {
		struct price_share *s = &m->result.shares[i];

		m->ask.lines[i].n = UINT32_MAX - i;
		m->ask.lines[i].price = money_of(99999999);
		m->ask.lines[i].other = money_of(99999999);
		s->step_count = steps;
		for (unsigned k = 0; k < steps; k++)
			s->steps[k] = (struct price_step){
			    .rule = PRICE_REMAINDER, .source = from,
			    .before = money_of(99999999),
			    .after = money_of(99999999)};
	}
	return m;
}

static enum err say_into(const struct estimating *m, struct buf *out)
{
	static const char transaction[] =
	    "a.very.long.origin.of.a.log.example/journal/18446744073709551615";
	struct rights_do asked = {.domain = span_str("OPTI"),
	    .amc = span_str("0099100001"),
	    .transaction = span_str(transaction),
	    .now_ms = 1795424400000};

	return estimate_say(m, &asked, out);
}

/* The text with its NUL; free it. */
static char *say(const struct estimating *m)
{
	struct buf out;

	buf_init(&out, LIMIT_BODY);
	assert_int_equal(say_into(m, &out), ERR_OK);
	out.max++;	/* it is behind what may be said */
	buf_put_u8(&out, 0);
	assert_int_equal(out.err, ERR_OK);
	return (char *)out.p;
}

static void test_whole(void **state)
{
	struct estimating *m = invent(10, 4, "contract");
	char *text = say(m);

	(void)state;
	assert_null(strstr(text, "explanation-cut"));
	assert_null(strstr(text, "no room here"));
	free(text);
	free(m);
}

static void test_sources_cut(void **state)
{
	struct estimating *m = invent(1, 6, source);
	char *text = say(m);

	(void)state;
	assert_non_null(strstr(text, "explanation-cut"));
	assert_null(strstr(text, "no room here"));
	free(text);
	free(m);
}

static void test_longest(void **state)
{
	struct estimating *m = invent(LIMIT_CLAIM_LINES, PRICE_STEPS, source);
	char *text, *at;
	unsigned notes = 0;

	(void)state;
	m->second = true;
	m->result.flags = UINT32_MAX;
	m->result.doubt_count = PRICE_DOUBTS;
	for (unsigned i = 0; i < PRICE_DOUBTS; i++) {
		memset(doubts[i].key, 'k', RULES_KEY - 1);
		m->result.doubts[i] = &doubts[i];
	}
	text = say(m);
	assert_non_null(strstr(text, "explanation-cut"));
	for (at = text; (at = strstr(at, " steps more, no room here)")); at++)
		notes++;
	for (at = text; (at = strstr(at, " de plus, sans place ici)")); at++)
		notes++;
	print_message("# %zu bytes of %zu, %u notes cut\n", strlen(text),
	    estimate_room(LIMIT_CLAIM_LINES), notes);
	assert_int_equal(notes, 2 * LIMIT_CLAIM_LINES);
	free(text);
	free(m);
}

/* How many steps say this source, in both languages. */
static unsigned said(const char *text, const char *from)
{
	char mark[320];
	unsigned n = 0;

	(void)snprintf(mark, sizeof(mark), "[%s]", from);
	for (; (text = strstr(text, mark)) != NULL; text++)
		n++;
	return n;
}

/* In one language the sentence is longer than in the other, by the rule in this
 * or in that: it is cut when either is, and what is longer still is cut too. */
static void test_cut_from_some_length_on(void **state)
{
	static const enum price_rule rules[] = {PRICE_REMAINDER, PRICE_LIMIT};
	static char some[301];

	(void)state;
	for (unsigned nth = 0; nth < 2 * PRICE_STEPS; nth++) {
		unsigned steps = nth / 2 + 1;
		bool cut = false;

		memset(some, '\0', sizeof(some));
		for (size_t n = 0; n < sizeof(some) - 1; n++) {
			struct estimating *m = invent(1, steps, some);
			char *text;
			bool now;

			for (unsigned k = 0; k < steps; k++)
				m->result.shares[0].steps[k].rule =
				    rules[nth % 2];
			text = say(m);
			now = strstr(text, "explanation-cut") != NULL;
			assert_true(now || !cut);
			if (n > 0)
				assert_int_equal(
				    now, said(text, some) < 2 * steps);
			cut = now;
			free(text);
			free(m);
			some[n] = 's';
		}
	}
}

/* Nothing is priced: which flag, and what is said of the whole. */
static void test_no_amounts(void **state)
{
	static const struct {
		bool no_contract, contradicted;
		uint8_t state;
		const char *outcome;
	} cases[] = {
		{true, false, RIGHTS_COVERED, "\"outcome\":\"partial\""},
		{false, true, RIGHTS_COVERED, "\"outcome\":\"partial\""},
		{false, false, RIGHTS_UNKNOWN, "\"outcome\":\"complete\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct estimating *m = invent(1, 1, "contract");
		char *text;

		m->priced = false;
		m->state = cases[i].state;
		m->no_contract = cases[i].no_contract;
		m->contradicted = cases[i].contradicted;
		text = say(m);
		assert_non_null(strstr(text, cases[i].outcome));
		assert_int_equal(strstr(text, "\"no-contract\"") != NULL,
		    cases[i].no_contract);
		assert_int_equal(strstr(text, "\"figures\"") != NULL,
		    cases[i].contradicted);
		assert_null(strstr(text, "\"total\""));
		assert_null(strstr(text, "processNote"));
		free(text);
		free(m);
	}
}

/* What has no state, or no room, is not said. */
static void test_what_is_not_said(void **state)
{
	struct estimating *m = invent(10, 4, "contract");
	struct buf out;

	(void)state;
	buf_init(&out, LIMIT_BODY);
	m->state = RIGHTS_COVERED - 1;
	assert_int_equal(say_into(m, &out), ERR_RANGE);
	m->state = RIGHTS_UNFIT;
	assert_int_equal(say_into(m, &out), ERR_RANGE);
	assert_int_equal(out.n, 0);
	m->state = RIGHTS_COVERED;
	m->acts.count = 1;	/* the room of one act */
	assert_int_equal(say_into(m, &out), ERR_LIMIT);
	buf_release(&out);
	m->acts.count = 10;
	buf_init(&out, 1000);
	assert_int_equal(say_into(m, &out), ERR_LIMIT);
	buf_release(&out);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_sources_cut),
	    cmocka_unit_test(test_longest),
	    cmocka_unit_test(test_cut_from_some_length_on),
	    cmocka_unit_test(test_no_amounts),
	    cmocka_unit_test(test_what_is_not_said)};

	memset(source, 's', sizeof(source) - 1);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
