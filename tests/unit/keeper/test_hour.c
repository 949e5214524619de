/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a wall clock that moves away from the boot clock is doubted and not
 * followed until two people confirm; time never goes behind the last entry;
 * a drill sets it. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/random.h"
#include "keeper/hour.h"

#define WALL INT64_C(1795341720000)
#define BOOT INT64_C(5000000)

static int64_t wall, boot;

static int64_t read_wall(void *ctx)
{
	(void)ctx;
	return wall;
}

static int64_t read_boot(void *ctx)
{
	(void)ctx;
	return boot;
}

static const struct clock clocks = {read_wall, read_boot, NULL};

static struct hour started(int64_t offset_ms)
{
	struct hour h;

	wall = WALL;
	boot = BOOT;
	hour_init(&h, clocks, offset_ms);
	return h;
}

static void pass(int64_t ms)
{
	wall += ms;
	boot += ms;
}

static void test_it_goes_with_the_wall_clock(void **state)
{
	struct hour h = started(0);

	(void)state;
	assert_true(hour_now(&h) == WALL);
	pass(123456);
	assert_true(hour_now(&h) == WALL + 123456);
	assert_false(h.doubtful);
	/* a year without a jump */
	pass(INT64_C(31536000000));
	assert_true(hour_now(&h) == WALL + 123456 + INT64_C(31536000000));
	assert_false(h.doubtful);
}

/* A clock that was wrong in the future while the machine booted. */
static void test_it_stands_until_the_last_entry_is_there(void **state)
{
	struct hour h = started(0);

	(void)state;
	assert_true(hour_now(&h) == WALL);
	assert_false(hour_stands(&h));
	hour_floor(&h, WALL + HOUR_STRAY_MS);
	assert_true(hour_now(&h) == WALL + HOUR_STRAY_MS);
	assert_false(hour_stands(&h));
	hour_floor(&h, WALL + 3600000);
	assert_true(hour_now(&h) == WALL + 3600000);
	assert_true(hour_stands(&h));
	pass(3600000 - HOUR_STRAY_MS - 1);
	assert_true(hour_now(&h) == WALL + 3600000);
	assert_true(hour_stands(&h));
	pass(1);
	assert_true(hour_now(&h) == WALL + 3600000);
	assert_false(hour_stands(&h));
	pass(HOUR_STRAY_MS + 5);
	assert_true(hour_now(&h) == WALL + 3600005);
	assert_false(hour_stands(&h));
	assert_false(h.doubtful);
}

static void test_a_minute_is_forgiven_and_no_more(void **state)
{
	struct hour h = started(0);

	(void)state;
	wall += HOUR_STRAY_MS;
	assert_true(hour_now(&h) == WALL + HOUR_STRAY_MS);
	assert_false(h.doubtful);
	wall += 1;
	(void)hour_now(&h);
	assert_true(h.doubtful);
	h = started(0);
	wall -= HOUR_STRAY_MS;
	assert_true(hour_now(&h) == WALL - HOUR_STRAY_MS);
	assert_false(h.doubtful);
	wall -= 1;
	(void)hour_now(&h);
	assert_true(h.doubtful);
}

static void test_small_steps_add_up(void **state)
{
	struct hour h = started(0);

	(void)state;
	for (int i = 0; i < 60; i++) {
		wall += 1000;
		(void)hour_now(&h);
		assert_false(h.doubtful);
	}
	wall += 1000;
	(void)hour_now(&h);
	assert_true(h.doubtful);
}

static void test_what_is_doubted_is_not_followed(void **state)
{
	struct hour h = started(0);

	(void)state;
	pass(1000);
	wall += INT64_C(86400000) * 365;
	assert_true(hour_now(&h) == WALL + 1000);
	assert_true(h.doubtful);
	pass(5000);
	assert_true(hour_now(&h) == WALL + 6000);
	/* back in place: it stays doubted until it is confirmed */
	wall -= INT64_C(86400000) * 365;
	assert_true(hour_now(&h) == WALL + 6000);
	assert_true(h.doubtful);
	hour_confirm(&h);
	assert_false(h.doubtful);
	pass(1);
	assert_true(hour_now(&h) == WALL + 6001);
	assert_false(h.doubtful);
}

static void test_confirming_takes_the_wall_clock_as_it_is(void **state)
{
	struct hour h = started(0);

	(void)state;
	wall += 3600000;
	assert_true(hour_now(&h) == WALL);
	hour_confirm(&h);
	assert_true(hour_now(&h) == WALL + 3600000);
	assert_false(h.doubtful);
	/* the next jump counts from there */
	wall -= 3600000;
	(void)hour_now(&h);
	assert_true(h.doubtful);
}

static void test_never_behind_the_last_entry(void **state)
{
	struct hour h = started(0);

	(void)state;
	hour_floor(&h, WALL + 500);
	assert_true(hour_now(&h) == WALL + 500);
	hour_floor(&h, WALL + 100);
	assert_true(hour_now(&h) == WALL + 500);
	pass(501);
	assert_true(hour_now(&h) == WALL + 501);
	wall -= 30000;
	assert_true(hour_now(&h) == WALL + 500);
	assert_false(h.doubtful);
}

static void test_a_drill_sets_it(void **state)
{
	struct hour h = started(-1000);
	int64_t offset;

	(void)state;
	assert_true(hour_now(&h) == WALL - 1000);
	offset = hour_set(&h, WALL + 86400000);
	assert_true(offset == 86400000);
	assert_true(hour_now(&h) == WALL + 86400000);
	assert_false(h.doubtful);
	pass(10);
	assert_true(hour_now(&h) == WALL + 86400010);
	/* what is written to the disk gives the same after a restart */
	hour_init(&h, clocks, offset);
	assert_true(hour_now(&h) == WALL + 86400010);
	/* set while in doubt: the same, and still in doubt */
	wall -= 7200000;
	(void)hour_now(&h);
	assert_true(h.doubtful);
	offset = hour_set(&h, WALL + 2 * INT64_C(86400000));
	assert_true(hour_now(&h) == WALL + 2 * INT64_C(86400000));
	assert_true(h.doubtful);
	/* a keeper that starts again with the gap it had: the same */
	{
		int64_t gap_ms = h.gap_ms;

		hour_init(&h, clocks, offset);
		hour_resume(&h, gap_ms, false);
		assert_true(hour_now(&h) == WALL + 2 * INT64_C(86400000));
		assert_true(h.doubtful);
	}
}

static void test_monotonous_if_every_answer_is_an_entry(void **state)
{
	struct random_seeded s;
	struct hour h = started(0);
	int64_t last = 0;

	(void)state;
	(void)random_from_seed(&s, 1);
	for (int i = 0; i < 20000; i++) {
		int64_t now;

		pass((int64_t)random_seeded_below(&s, 2000));
		wall += (int64_t)random_seeded_below(&s, 300000) - 150000;
		if (random_seeded_below(&s, 10) == 0)
			hour_confirm(&h);
		now = hour_now(&h);
		assert_true(now >= last);
		hour_floor(&h, now);
		last = now;
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_goes_with_the_wall_clock),
		cmocka_unit_test(
		    test_it_stands_until_the_last_entry_is_there),
		cmocka_unit_test(test_a_minute_is_forgiven_and_no_more),
		cmocka_unit_test(test_small_steps_add_up),
		cmocka_unit_test(test_what_is_doubted_is_not_followed),
		cmocka_unit_test(test_confirming_takes_the_wall_clock_as_it_is),
		cmocka_unit_test(test_never_behind_the_last_entry),
		cmocka_unit_test(test_a_drill_sets_it),
		cmocka_unit_test(test_monotonous_if_every_answer_is_an_entry),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
