/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a log is continued once, from itself, under another name; two people
 * reopen it, and only what was continued. */
#include "crypto/hash.h"
#include "registry/acts.h"
#include <stdio.h>
#include <string.h>

#define ROOT "0101010101010101010101010101010101010101010101010101010101010101"
#define KNOWN "0202020202020202020202020202020202020202020202020202020202020202"

static enum err act(struct acts *a, unsigned signers, const char *origin,
    const char *line)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "ecluse act v1\norigin %s\n"
	    "time 2026-11-25T10:02:00.000Z\nnonce 1rHEYFGgfPd22WrhDQE%02uQ\n"
	    "%s\n", origin, a->serial++, line);

	return registry_apply(a->r, span_of(text, (size_t)n), signers, false,
	    0, &a->wish, &a->fault);
}

static void test_continued_once_from_itself(void **state)
{
	static const char good[] = "continue from=" ACTS_ORIGIN " size=7 root="
	    ROOT " known-size=9 known-root=" KNOWN;
	static const struct {
		const char *origin, *line;
		enum err e;
	} bad[] = {
	    {ACTS_ORIGIN, good, ERR_STATE},
	    {"b.example/j", "continue from=c.example/j size=7 root=" ROOT,
	        ERR_STATE},
	    {"b.example/j", "continue from=" ACTS_ORIGIN " size=7 root=01",
	        ERR_SHAPE},
	    {"b.example/j", "continue from=" ACTS_ORIGIN " root=" ROOT,
	        ERR_SHAPE},
	    {"b.example/j", "continue from=" ACTS_ORIGIN " size=7 root=" ROOT
	        " known-size=6 known-root=" KNOWN, ERR_RANGE},
	    {"b.example/j", "continue from=" ACTS_ORIGIN " size=7 root=" ROOT
	        " known-size=9", ERR_SHAPE},
	    {"b.example/j", "continue confirm=yes", ERR_STATE},
	};
	struct acts a;

	(void)state;
	acts_start(&a, true);
	assert_string_equal(a.r->origin, ACTS_ORIGIN);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    act(&a, 2, bad[i].origin, bad[i].line), bad[i].e);
	assert_int_equal(act(&a, 1, "b.example/j", good), ERR_REFUSED);
	assert_int_equal(a.r->past_count, 0);
	assert_string_equal(a.r->origin, ACTS_ORIGIN);
	assert_int_equal(act(&a, 2, "b.example/j", good), ERR_OK);
	assert_int_equal(a.r->past_count, 1);
	assert_string_equal(a.r->origin, "b.example/j");
	assert_string_equal(a.r->pasts[0].origin, ACTS_ORIGIN);
	assert_int_equal(a.r->pasts[0].size, 7);
	assert_int_equal(a.r->pasts[0].known_size, 9);
	assert_int_equal(a.r->pasts[0].known_root[31], 2);
	assert_ptr_equal(registry_past(a.r, span_str(ACTS_ORIGIN)),
	    &a.r->pasts[0]);
	assert_null(registry_past(a.r, span_str("b.example/j")));
	/* the old name is over */
	assert_int_equal(act(&a, 2, "c.example/j", good), ERR_STATE);
	acts_end(&a);
}

static void test_two_reopen_until_the_next(void **state)
{
	struct acts a;

	(void)state;
	acts_start(&a, true);
	assert_int_equal(act(&a, 2, "b.example/j", "continue from=" ACTS_ORIGIN
	    " size=0 root=" ROOT), ERR_OK);
	assert_int_equal(a.r->pasts[0].known_size, 0);
	assert_false(a.r->reopened);
	assert_int_equal(
	    act(&a, 1, "b.example/j", "continue confirm=yes"), ERR_REFUSED);
	assert_int_equal(
	    act(&a, 2, "b.example/j", "continue confirm=no"), ERR_SHAPE);
	assert_false(a.r->reopened);
	assert_int_equal(
	    act(&a, 2, "b.example/j", "continue confirm=yes"), ERR_OK);
	assert_true(a.r->reopened);
	assert_int_equal(act(&a, 2, "c.example/j",
	    "continue from=b.example/j size=3 root=" ROOT), ERR_OK);
	assert_false(a.r->reopened);
	assert_int_equal(a.r->past_count, 2);
	/* no name twice, neither the first nor the last one that ended */
	assert_int_equal(act(&a, 2, ACTS_ORIGIN,
	    "continue from=c.example/j size=3 root=" ROOT), ERR_EXISTS);
	assert_int_equal(act(&a, 2, "b.example/j",
	    "continue from=c.example/j size=3 root=" ROOT), ERR_EXISTS);
	assert_int_equal(a.r->past_count, 2);
	assert_string_equal(a.r->origin, "c.example/j");
	acts_end(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_continued_once_from_itself),
		cmocka_unit_test(test_two_reopen_until_the_next),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
