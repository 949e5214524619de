/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a key asks a day's worth and no more, has it back evenly and never
 * more than that, whatever the other keys ask and whatever memory there is. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include "base/random.h"
#include "failing.h"
#include "keeper/pace.h"

#define NOW INT64_C(1795341720000)
#define DAY_MS (PACE_DAY_US / 1000)

/* How many times this key may ask now. */
static uint32_t takes(struct pace *p, uint32_t key, uint32_t day, int64_t now)
{
	uint32_t n = 0;

	while (!pace_take(p, key, day, now))
		n++;
	assert_int_equal(pace_take(p, key, day, now), ERR_FULL);
	return n;
}

static void test_a_days_worth(void **state)
{
	struct pace *p = pace_new();

	(void)state;
	assert_int_equal(takes(p, 3, 1440, NOW), 1440);
	assert_int_equal(takes(p, 3, 1440, NOW + 59999), 0);
	assert_int_equal(takes(p, 3, 1440, NOW + 60000), 1);
	assert_int_equal(takes(p, 3, 1440, NOW + 60000 + DAY_MS / 2), 720);
	/* it does not gather beyond a day */
	assert_int_equal(takes(p, 3, 1440, NOW + 9 * DAY_MS), 1440);
	/* another key has its own */
	assert_int_equal(takes(p, 4, 1000, NOW + 9 * DAY_MS), 1000);
	pace_free(p);
	pace_free(NULL);
}

/* What was taken stays taken when figures fall, and comes back at their pace. */
static void test_other_figures(void **state)
{
	struct pace *p = pace_new();

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(pace_take(p, 0, 2000, NOW), ERR_OK);
	assert_int_equal(takes(p, 0, 1000, NOW), 500);
	assert_int_equal(takes(p, 0, 4000, NOW + DAY_MS / 4), 1000);
	pace_free(p);
}

static void test_how_much(void **state)
{
	(void)state;
	assert_int_equal(pace_day(0, 20), PACE_FLOOR);
	assert_int_equal(pace_day(100, 20), PACE_FLOOR + 2000);
	assert_int_equal(pace_day(UINT32_MAX, 2), UINT32_MAX);
	assert_int_equal(pace_day(UINT32_MAX - PACE_FLOOR, 1), UINT32_MAX);
}

/* Against a bucket that is told in words: n tokens, one back every day / n. */
static void test_as_a_bucket(void **state)
{
	struct random_seeded seeded;
	struct pace *p = pace_new();
	int64_t now = NOW, taken_us = 0, before = NOW;

	(void)state;
	(void)random_from_seed(&seeded, 7);
	for (int i = 0; i < 20000; i++) {
		bool fits;

		now += (int64_t)random_seeded_below(&seeded, 100000);
		taken_us -= (now - before) * 1000;
		taken_us = taken_us > 0 ? taken_us : 0;
		before = now;
		fits = taken_us + PACE_DAY_US / 1500 <= PACE_DAY_US;
		assert_int_equal(pace_take(p, 9, 1500, now),
		    fits ? ERR_OK : ERR_FULL);
		taken_us += fits ? PACE_DAY_US / 1500 : 0;
	}
	pace_free(p);
}

/* Room for far keys comes when they ask; without memory nothing is lost. */
static void test_no_memory(void **state)
{
	struct pace *p = pace_new();

	(void)state;
	assert_int_equal(takes(p, 0, 1000, NOW), 1000);
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(pace_take(p, 70000, 1000, NOW), ERR_NOMEM);
	assert_true(failing_end());
	assert_int_equal(takes(p, 0, 1000, NOW), 0);
	assert_int_equal(takes(p, 70000, 1000, NOW), 1000);
	assert_int_equal(takes(p, 0, 1000, NOW), 0);
	assert_int_equal(takes(p, 69999, 1000, NOW), 1000);
	pace_free(p);
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_null(pace_new());
	(void)failing_end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_days_worth),
	    cmocka_unit_test(test_other_figures),
	    cmocka_unit_test(test_how_much),
	    cmocka_unit_test(test_as_a_bucket),
	    cmocka_unit_test(test_no_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
