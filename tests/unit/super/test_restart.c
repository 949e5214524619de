/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a child starts again at once, but not too often within a minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "super/restart.h"

static void test_a_minute_has_so_many(void **state)
{
	struct restart r = {{0}, 0};

	(void)state;
	for (int64_t i = 0; i < RESTART_MOST; i++)
		assert_int_equal(restart_wait_ms(&r, 1000 + i), 0);
	/* until the first of them is a minute old */
	assert_int_equal(restart_wait_ms(&r, 2000), RESTART_WINDOW_MS - 1000);
	assert_int_equal(restart_wait_ms(&r, 999 + RESTART_WINDOW_MS), 1);
	assert_int_equal(restart_wait_ms(&r, 1000 + RESTART_WINDOW_MS), 0);
	/* what waited counted nothing: now the second one is the oldest */
	assert_int_equal(restart_wait_ms(&r, 1000 + RESTART_WINDOW_MS), 1);
}

static void test_who_ends_seldom_never_waits(void **state)
{
	struct restart r = {{0}, 0};

	(void)state;
	for (int64_t i = 1; i < 1000; i++)
		assert_int_equal(restart_wait_ms(
		    &r, i * RESTART_WINDOW_MS / RESTART_MOST), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_minute_has_so_many),
	    cmocka_unit_test(test_who_ends_seldom_never_waits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
