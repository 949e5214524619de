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

/* The text with its NUL; free it. */
static char *say(const struct estimating *m)
{
	static const char transaction[] =
	    "a.very.long.origin.of.a.log.example/journal/18446744073709551615";
	struct rights_do asked = {.domain = span_str("OPTI"),
	    .amc = span_str("0099100001"),
	    .transaction = span_str(transaction),
	    .now_ms = 1795424400000};
	struct buf out;
	char *text;

	buf_init(&out, LIMIT_BODY);
	assert_int_equal(estimate_say(m, &asked, &out), ERR_OK);
	text = strndup((const char *)out.p, out.n);
	assert_non_null(text);
	buf_release(&out);
	return text;
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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_sources_cut),
	    cmocka_unit_test(test_longest)};

	memset(source, 's', sizeof(source) - 1);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
