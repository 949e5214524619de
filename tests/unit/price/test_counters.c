/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: reservations and consumptions count in their windows and nowhere
 * else; what is cancelled or has expired is given back; events that come
 * again, or are played again from the start, give the same balance.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/date.h"
#include "price/counters.h"

static int32_t day_of(const char *text)
{
	int32_t day = 0;

	assert_int_equal(date_parse(span_str(text), &day), ERR_OK);
	return day;
}

static struct counters_event event(enum counters_kind kind, const char *ref,
    const char *name, const char *day, const char *until, int64_t cents)
{
	struct counters_event e = {.kind = kind, .acts = 1,
	    .amount = money_of(cents)};

	(void)snprintf(e.ref, sizeof(e.ref), "%s", ref);
	(void)snprintf(e.name, sizeof(e.name), "%s", name);
	if (day[0])
		e.day = day_of(day);
	if (until[0])
		e.until_day = day_of(until);
	return e;
}

static void put(struct counters *c, enum counters_kind kind, const char *ref,
    const char *name, const char *day, const char *until, int64_t cents)
{
	struct counters_event e = event(kind, ref, name, day, until, cents);

	assert_int_equal(counters_apply(c, &e), ERR_OK);
}

static int64_t used(const struct counters *c, enum contract_per window,
    const char *day)
{
	struct counters_balance b =
	    counters_look(c, "DEPR", window, day_of(day));

	return b.consumed.cents + b.reserved.cents;
}

static void test_windows(void **state)
{
	struct counters *c = calloc(1, sizeof(*c));

	(void)state;
	assert_non_null(c);
	put(c, COUNTERS_CONSUME, "a", "DEPR", "2024-12-31", "", 100);
	put(c, COUNTERS_CONSUME, "b", "DEPR", "2025-01-01", "", 1000);
	put(c, COUNTERS_CONSUME, "c", "OPTI", "2025-01-01", "", 7);
	assert_int_equal(used(c, CONTRACT_YEAR, "2024-06-01"), 100);
	assert_int_equal(used(c, CONTRACT_YEAR, "2025-06-01"), 1000);
	assert_int_equal(used(c, CONTRACT_DAY, "2025-01-01"), 1000);
	assert_int_equal(used(c, CONTRACT_DAY, "2025-01-02"), 0);
	/* rolling: 24 months that end with the day */
	assert_int_equal(used(c, CONTRACT_2_YEARS, "2026-12-30"), 1100);
	assert_int_equal(used(c, CONTRACT_2_YEARS, "2026-12-31"), 1000);
	assert_int_equal(used(c, CONTRACT_2_YEARS, "2027-01-01"), 0);
	assert_int_equal(used(c, CONTRACT_4_YEARS, "2028-12-30"), 1100);
	assert_int_equal(used(c, CONTRACT_2_YEARS, "2024-12-30"), 0);
	free(c);
}

static void test_reservations(void **state)
{
	struct counters *c = calloc(1, sizeof(*c));
	struct counters_balance b;
	struct counters_event e;

	(void)state;
	assert_non_null(c);
	put(c, COUNTERS_RESERVE, "p", "DEPR", "2025-03-01", "2025-05-31",
	    400);
	b = counters_look(c, "DEPR", CONTRACT_YEAR, day_of("2025-04-01"));
	assert_int_equal(b.reserved.cents, 400);
	assert_int_equal(b.consumed.cents, 0);
	assert_false(b.delivered);
	/* past its last day it is free, without an event */
	assert_int_equal(used(c, CONTRACT_YEAR, "2025-05-31"), 400);
	assert_int_equal(used(c, CONTRACT_YEAR, "2025-06-01"), 0);
	/* the bill takes its place, with its own amount and day */
	put(c, COUNTERS_CONSUME, "p", "DEPR", "2025-04-02", "", 350);
	b = counters_look(c, "DEPR", CONTRACT_YEAR, day_of("2025-07-01"));
	assert_int_equal(b.consumed.cents, 350);
	assert_int_equal(b.reserved.cents, 0);
	assert_true(b.delivered);
	assert_int_equal(b.last_day, day_of("2025-04-02"));
	/* twice is once; a late reservation does not undo the bill */
	put(c, COUNTERS_CONSUME, "p", "DEPR", "2025-04-02", "", 350);
	put(c, COUNTERS_RESERVE, "p", "DEPR", "2025-03-01", "2025-05-31",
	    400);
	assert_int_equal(used(c, CONTRACT_YEAR, "2025-07-01"), 350);
	put(c, COUNTERS_CANCEL, "p", "", "", "", 0);
	assert_int_equal(used(c, CONTRACT_YEAR, "2025-07-01"), 0);
	e = event(COUNTERS_CONSUME, "p", "DEPR", "2025-04-02", "", 350);
	assert_int_equal(counters_apply(c, &e), ERR_STATE);
	e = event(COUNTERS_RESERVE, "q", "DEPR", "2025-04-02", "2025-04-01",
	    1);
	assert_int_equal(counters_apply(c, &e), ERR_RANGE);
	free(c);
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Random events, once as they come and once each thrice: one balance. */
static void test_rebuilt(void **state)
{
	struct counters *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
	uint32_t seed = 7;

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	for (int i = 0; i < 600; i++) {
		char ref[16];
		struct counters_event e = {
		    .kind = (enum counters_kind)(1 + next(&seed) % 3),
		    .day = 20000 + (int32_t)(next(&seed) % 900),
		    .amount = money_of(next(&seed) % 100000),
		    .acts = 1 + next(&seed) % 3, .name = "DEPR"};

		(void)snprintf(ref, sizeof(ref), "r%u", next(&seed) % 200);
		memcpy(e.ref, ref, strlen(ref) + 1);
		e.until_day = e.day + (int32_t)(next(&seed) % 90);
		enum err first = counters_apply(a, &e);

		assert_int_equal(counters_apply(b, &e), first);
		/* a bill again changes nothing, nor does a cancellation */
		if (e.kind != COUNTERS_RESERVE)
			assert_int_equal(counters_apply(b, &e), first);
	}
	for (int32_t day = 20000; day < 21000; day += 7)
		for (int w = 0; w < CONTRACT_PERS; w++) {
			struct counters_balance x = counters_look(
			    a, "DEPR", (enum contract_per)w, day);
			struct counters_balance y = counters_look(
			    b, "DEPR", (enum contract_per)w, day);

			assert_int_equal(x.consumed.cents, y.consumed.cents);
			assert_int_equal(x.reserved.cents, y.reserved.cents);
			assert_int_equal(x.consumed_acts, y.consumed_acts);
			assert_int_equal(x.last_day, y.last_day);
		}
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_reservations),
		cmocka_unit_test(test_rebuilt),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
