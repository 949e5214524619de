/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: one order. Each kind ends once; nobody is let in before somebody can
 * answer, and the keeper finds its vaults until it has ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "super/sequence.h"

static size_t place(enum children_kind kind)
{
	size_t n = 0;

	while (n < CHILDREN_KINDS && sequence_end(n) != kind)
		n++;
	return n;
}

static void test_each_ends_once(void **state)
{
	(void)state;
	for (unsigned a = 0; a < CHILDREN_KINDS; a++) {
		assert_true(place((enum children_kind)a) < CHILDREN_KINDS);
		assert_true(
		    sequence_of((enum children_kind)a)->patience_ms > 0);
	}
	assert_int_equal(sequence_end(CHILDREN_KINDS), CHILDREN_KINDS);
}

static void test_nobody_is_let_in_too_early(void **state)
{
	(void)state;
	for (unsigned a = 0; a < CHILDREN_KINDS; a++)
		assert_true(sequence_of((enum children_kind)a)->start <=
		    sequence_of(CHILDREN_NGINX)->start);
	assert_int_equal(
	    sequence_of(CHILDREN_KEEPER)->start, SEQUENCE_FIRST);
	assert_int_equal(
	    sequence_of(CHILDREN_NGINX)->start, SEQUENCE_READY);
}

static void test_the_way_out_is_the_other_way(void **state)
{
	(void)state;
	assert_int_equal(place(CHILDREN_NGINX), 0);
	assert_true(place(CHILDREN_GATE) < place(CHILDREN_KEEPER));
	assert_true(place(CHILDREN_KEEPER) < place(CHILDREN_VAULT));
}

/* The port stays open: who connects waits in the backlog. */
static void test_nginx_outlives_the_keeper(void **state)
{
	(void)state;
	for (unsigned a = 0; a < CHILDREN_KINDS; a++)
		assert_int_equal(
		    sequence_of((enum children_kind)a)->with_keeper,
		    a != CHILDREN_NGINX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_ends_once),
	    cmocka_unit_test(test_nobody_is_let_in_too_early),
	    cmocka_unit_test(test_the_way_out_is_the_other_way),
	    cmocka_unit_test(test_nginx_outlives_the_keeper),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
