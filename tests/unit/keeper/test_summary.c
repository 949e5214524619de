/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: refusals are summed under the key they were of, or under nobody's. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "keeper/summary.h"

#define T0 INT64_C(1790000000000)
#define REASONS 16
#define PLANES 4

static void test_add_many_keys_none_takes_anothers(void **state)
{
	const struct summary_line *lines;
	uint32_t n, sum = 0, strangers = 0;
	struct summary *s;

	(void)state;
	assert_int_equal(summary_new(&s), ERR_OK);
	for (uint32_t key = 0; key < 2 * SUMMARY_LINES; key++)
		for (uint8_t r = 0; r < 2; r++)
			summary_add(s, key, 1, (uint8_t)(2 + r), T0);
	lines = summary_take(s, &n);
	assert_true(n <= SUMMARY_LINES);
	for (uint32_t i = 0; i < n; i++) {
		sum += lines[i].count;
		if (lines[i].key == SUMMARY_STRANGERS)
			strangers += lines[i].count;
		else
			assert_int_equal(lines[i].count, 1);
	}
	assert_int_equal(sum, 4 * SUMMARY_LINES);
	assert_true(strangers > 0);
	summary_free(s);
}

static void test_add_full_strangers_keep_every_reason(void **state)
{
	const struct summary_line *lines;
	uint32_t n, sum = 0;
	struct summary *s;

	(void)state;
	assert_int_equal(summary_new(&s), ERR_OK);
	for (uint32_t key = 0; key < SUMMARY_LINES; key++)
		summary_add(s, key, 1, 2, T0);
	for (uint8_t plane = 1; plane <= PLANES; plane++)
		for (uint8_t reason = 1; reason <= REASONS; reason++)
			summary_add(
			    s, SUMMARY_STRANGERS, plane, reason, T0);
	lines = summary_take(s, &n);
	assert_true(n <= SUMMARY_LINES);
	for (uint32_t i = 0; i < n; i++)
		sum += lines[i].count;
	assert_int_equal(sum, SUMMARY_LINES + PLANES * REASONS);
	summary_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_add_many_keys_none_takes_anothers),
	    cmocka_unit_test(test_add_full_strangers_keep_every_reason),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
