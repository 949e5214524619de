/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: who is told ahead of a request's lines is told its contract before
 * its day, each once, with what the request says, and nothing of a request
 * that is wrong by then; what is read is the same with and without.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "price/inquiry.h"

struct told {
	char text[128];		/* what was told, in order */
	size_t n;
};

struct world {
	struct rules *rules;
	struct json_token tokens[LIMIT_JSON_TOKENS];
	struct inquiry inquiry;
	struct inquiry_fault fault;
	struct told told;
};

static void named(void *ctx, const char *contract)
{
	struct told *t = ctx;

	t->n += (size_t)snprintf(t->text + t->n, sizeof(t->text) - t->n,
	    "named %s;", contract);
}

static void dated(void *ctx, const char *contract, int32_t day)
{
	struct told *t = ctx;

	t->n += (size_t)snprintf(t->text + t->n, sizeof(t->text) - t->n,
	    "dated %s %d;", contract, (int)day);
}

static enum err read_it(struct world *w, const char *text, bool ahead)
{
	const struct inquiry_ahead told = {named, dated, &w->told};

	w->told = (struct told){.n = 0};
	return inquiry_read(span_str(text), w->rules, w->tokens,
	    ahead ? &told : NULL, &w->inquiry, &w->fault);
}

#define LINES "\"lines\":[{\"act\":\"G\",\"price\":\"30.00\"}]"

static void test_contract_first_then_day(void **state)
{
	struct world *w = *state;

	assert_int_equal(read_it(w, "{" LINES ",\"date\":\"2025-01-01\","
	    "\"contract\":\"CONFORT\"}", true), ERR_OK);
	assert_string_equal(
	    w->told.text, "named CONFORT;dated CONFORT 20089;");
	assert_int_equal(
	    read_it(w, "{\"date\":\"2025-01-01\"," LINES "}", true), ERR_OK);
	assert_string_equal(w->told.text, "named ;dated  20089;");
}

static void test_nothing_of_what_is_wrong_by_then(void **state)
{
	struct world *w = *state;

	assert_int_equal(read_it(w, "{", true), ERR_SHAPE);
	assert_string_equal(w->told.text, "");
	assert_int_equal(read_it(w, "{\"contract\":\"CONFORT\",\"date\":\"x\","
	    LINES "}", true), ERR_SHAPE);
	assert_string_equal(w->told.text, "named CONFORT;");
	assert_string_equal(w->fault.field, "date");
	/* a wrong line comes later */
	assert_int_equal(read_it(w, "{\"contract\":\"CONFORT\",\"date\":"
	    "\"2025-01-01\",\"lines\":[{\"act\":\"ZZZ\"}]}", true),
	    ERR_UNKNOWN);
	assert_string_equal(
	    w->told.text, "named CONFORT;dated CONFORT 20089;");
}

static void test_the_same_is_read_without(void **state)
{
	static const char text[] = "{\"date\":\"2025-01-01\",\"contract\":"
	    "\"CONFORT\"," LINES "}";
	struct world *w = *state;
	const struct rules_act *act;

	assert_int_equal(read_it(w, text, true), ERR_OK);
	act = w->inquiry.ask.lines[0].act;
	assert_int_equal(read_it(w, text, false), ERR_OK);
	assert_string_equal(w->told.text, "");
	assert_string_equal(w->inquiry.contract, "CONFORT");
	assert_int_equal(w->inquiry.ask.day, 20089);
	assert_int_equal(w->inquiry.ask.line_count, 1);
	assert_ptr_equal(w->inquiry.ask.lines[0].act, act);
	assert_int_equal(w->inquiry.ask.lines[0].price.cents, 3000);
}

static int open_world(void **state)
{
	struct rules_fault fault = {0};
	struct world *w = calloc(1, sizeof(*w));

	*state = w;
	return !w || rules_load(RULES_DIR, &w->rules, &fault) ? 1 : 0;
}

static int close_world(void **state)
{
	struct world *w = *state;

	rules_free(w->rules);
	free(w);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contract_first_then_day),
		cmocka_unit_test(test_nothing_of_what_is_wrong_by_then),
		cmocka_unit_test(test_the_same_is_read_without),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
