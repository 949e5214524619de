/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: 20 refusals of a key and minute have entries of their own, all others
 * are summed, none is lost whatever comes, and memory stays what it was. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "base/random.h"
#include "failing.h"
#include "keeper/summary.h"

#define M INT64_C(60000)
#define PLANES 4
#define REASONS 16
#define NOW (INT64_C(1795341720000) / 60000 * 60000)

static struct summary *fresh(void)
{
	struct summary *s = NULL;

	assert_int_equal(summary_new(&s), ERR_OK);
	return s;
}

static void test_twenty_alone_a_key_and_minute(void **state)
{
	struct summary *s = fresh();

	(void)state;
	for (int i = 0; i < SUMMARY_ALONE; i++) {
		assert_true(summary_alone(s, 7, NOW + i));
		assert_true(summary_alone(s, 8, NOW + i));
	}
	assert_false(summary_alone(s, 7, NOW + M - 1));
	assert_false(summary_alone(s, 7, NOW + M - 1));
	assert_true(summary_alone(s, 9, NOW + M - 1));
	/* the next minute is another */
	for (int i = 0; i < SUMMARY_ALONE; i++)
		assert_true(summary_alone(s, 7, NOW + M));
	assert_false(summary_alone(s, 7, NOW + M));
	summary_free(s);
	summary_free(NULL);
}

static void test_so_many_keys_a_minute(void **state)
{
	struct summary *s = fresh();

	(void)state;
	for (uint32_t k = 0; k < SUMMARY_KEYS; k++)
		assert_true(summary_alone(s, k * 8192 + 3, NOW));
	assert_false(summary_alone(s, 1, NOW));
	/* those that have a place keep it */
	assert_true(summary_alone(s, 3, NOW));
	assert_true(summary_alone(s, 1, NOW + M));
	summary_free(s);
}

static void test_twenty_unpriced_a_key_and_minute(void **state)
{
	struct summary *s = fresh();

	(void)state;
	for (int i = 0; i < SUMMARY_UNFIT; i++) {
		assert_false(summary_unfit_over(s, 7, NOW));
		summary_unfit(s, 7, NOW);
	}
	assert_true(summary_unfit_over(s, 7, NOW + M - 1));
	assert_false(summary_unfit_over(s, 8, NOW));
	assert_true(summary_alone(s, 7, NOW));	/* two counts */
	assert_false(summary_unfit_over(s, 7, NOW + M));
	summary_free(s);
}

/* Asking takes no place, and where none is left nothing is counted. */
static void test_unpriced_of_a_key_without_a_place(void **state)
{
	struct summary *s = fresh();

	(void)state;
	for (uint32_t k = 0; k < SUMMARY_KEYS; k++)
		assert_false(summary_unfit_over(s, k, NOW));
	for (uint32_t k = 0; k < SUMMARY_KEYS; k++)
		assert_true(summary_alone(s, k, NOW));
	for (int i = 0; i < 2 * SUMMARY_UNFIT; i++)
		summary_unfit(s, SUMMARY_KEYS, NOW);
	assert_false(summary_unfit_over(s, SUMMARY_KEYS, NOW));
	summary_free(s);
}

static uint32_t count_of(const struct summary_line *lines, uint32_t n,
    uint32_t key, uint8_t plane, uint8_t reason)
{
	for (uint32_t i = 0; i < n; i++)
		if (lines[i].key == key && lines[i].plane == plane &&
		    lines[i].reason == reason)
			return lines[i].count;
	return 0;
}

static void test_lines_by_key_plane_and_reason(void **state)
{
	const struct summary_line *lines;
	struct summary *s = fresh();
	uint32_t n = 99;

	(void)state;
	summary_add(s, 1, 1, 2, NOW);
	summary_add(s, 1, 1, 2, NOW);
	summary_add(s, 1, 2, 2, NOW);
	summary_add(s, 1, 1, 3, NOW);
	summary_add(s, SUMMARY_STRANGERS, 1, 2, NOW);
	lines = summary_take(s, &n);
	assert_int_equal(n, 4);
	assert_int_equal(count_of(lines, n, 1, 1, 2), 2);
	assert_int_equal(count_of(lines, n, 1, 2, 2), 1);
	assert_int_equal(count_of(lines, n, 1, 1, 3), 1);
	assert_int_equal(count_of(lines, n, SUMMARY_STRANGERS, 1, 2), 1);
	lines = summary_take(s, &n);
	assert_int_equal(n, 0);
	/* the table starts anew, and what was taken stays what it was */
	summary_add(s, 1, 1, 2, NOW);
	lines = summary_take(s, &n);
	assert_int_equal(n, 1);
	summary_add(s, 5, 4, 3, NOW);
	assert_int_equal(lines[0].count, 1);
	assert_int_equal(lines[0].key, 1);
	summary_free(s);
}

static void test_due_when_the_first_lines_minute_is_over(void **state)
{
	struct summary *s = fresh();
	uint32_t n;

	(void)state;
	assert_false(summary_due(s, NOW));
	assert_false(summary_due(s, NOW + 1000 * M));
	summary_add(s, 1, 1, 2, NOW + M - 1);
	assert_false(summary_due(s, NOW + M - 1));
	assert_true(summary_due(s, NOW + M));
	/* more lines do not put it off */
	summary_add(s, 2, 1, 2, NOW + M);
	assert_true(summary_due(s, NOW + M));
	(void)summary_take(s, &n);
	assert_int_equal(n, 2);
	/* quiet minutes: nothing is due */
	assert_false(summary_due(s, NOW + 5 * M));
	summary_add(s, 1, 1, 2, NOW + 9 * M);
	assert_false(summary_due(s, NOW + 9 * M + 59999));
	assert_true(summary_due(s, NOW + 10 * M));
	summary_free(s);
}

static void test_full_lines_go_to_the_strangers(void **state)
{
	const struct summary_line *lines;
	struct summary *s = fresh();
	uint32_t n, keys = SUMMARY_LINES - SUMMARY_SPARE;

	(void)state;
	for (uint32_t k = 0; k < keys; k++)
		summary_add(s, k, 1, 2, NOW);
	/* no line is left for a key: never another key's */
	summary_add(s, keys, 1, 2, NOW);
	summary_add(s, keys + 1, 1, 2, NOW);
	summary_add(s, keys, 2, 7, NOW);
	summary_add(s, SUMMARY_STRANGERS, 2, 7, NOW);
	/* whoever has a line keeps it */
	summary_add(s, 5, 1, 2, NOW);
	lines = summary_take(s, &n);
	assert_int_equal(n, keys + 2);
	assert_int_equal(count_of(lines, n, SUMMARY_STRANGERS, 1, 2), 2);
	assert_int_equal(count_of(lines, n, SUMMARY_STRANGERS, 2, 7), 2);
	assert_int_equal(count_of(lines, n, keys - 1, 1, 2), 1);
	assert_int_equal(count_of(lines, n, 5, 1, 2), 2);
	summary_free(s);
}

/* Strangers have room for every plane and reason, whatever keys do. */
static void test_strangers_keep_every_reason(void **state)
{
	const struct summary_line *lines;
	struct summary *s = fresh();
	uint32_t n, sum = 0;

	(void)state;
	for (uint32_t key = 0; key < 2 * SUMMARY_LINES; key++)
		summary_add(s, key, 1, 2, NOW);
	for (uint8_t plane = 1; plane <= PLANES; plane++)
		for (uint8_t reason = 1; reason <= REASONS; reason++)
			summary_add(s, SUMMARY_STRANGERS, plane, reason, NOW);
	lines = summary_take(s, &n);
	assert_int_equal(n, SUMMARY_LINES);
	for (uint32_t i = 0; i < n; i++)
		sum += lines[i].count;
	assert_int_equal(sum, 2 * SUMMARY_LINES + PLANES * REASONS);
	summary_free(s);
}

/* More kinds than there are: what has no line is dropped, and takes none of
 * another's. */
static void test_more_kinds_than_lines(void **state)
{
	const struct summary_line *lines;
	struct summary *s = fresh();
	uint32_t n;

	(void)state;
	for (uint32_t i = 0; i < SUMMARY_LINES + 3; i++)
		summary_add(s, SUMMARY_STRANGERS, (uint8_t)(i / 200),
		    (uint8_t)(i % 200), NOW);
	summary_add(s, 5, 99, 1, NOW);
	lines = summary_take(s, &n);
	assert_int_equal(n, SUMMARY_LINES);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(lines[i].count, 1);
	summary_free(s);
}

static void test_none_is_lost(void **state)
{
	const struct summary_line *lines;
	struct summary *s = fresh();
	struct random_seeded seed;
	uint64_t told = 0;
	uint32_t n;

	(void)state;
	(void)random_from_seed(&seed, 2);
	for (int i = 0; i < 20000; i++)
		summary_add(s, (uint32_t)random_seeded_below(&seed, 900),
		    (uint8_t)random_seeded_below(&seed, PLANES),
		    (uint8_t)random_seeded_below(&seed, REASONS), NOW);
	lines = summary_take(s, &n);
	for (uint32_t i = 0; i < n; i++)
		told += lines[i].count;
	assert_int_equal(told, 20000);
	summary_free(s);
}

static void test_without_memory_there_is_none(void **state)
{
	struct summary *s = NULL;

	(void)state;
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(summary_new(&s), ERR_NOMEM);
	assert_true(failing_end() && !s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twenty_alone_a_key_and_minute),
		cmocka_unit_test(test_so_many_keys_a_minute),
		cmocka_unit_test(test_twenty_unpriced_a_key_and_minute),
		cmocka_unit_test(test_unpriced_of_a_key_without_a_place),
		cmocka_unit_test(test_lines_by_key_plane_and_reason),
		cmocka_unit_test(test_due_when_the_first_lines_minute_is_over),
		cmocka_unit_test(test_full_lines_go_to_the_strangers),
		cmocka_unit_test(test_strangers_keep_every_reason),
		cmocka_unit_test(test_more_kinds_than_lines),
		cmocka_unit_test(test_none_is_lost),
		cmocka_unit_test(test_without_memory_there_is_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
