/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a waiting period counts from the first day of unbroken cover under one
 * contract, however its rights were renewed, closed, fed again or mixed with
 * others'; against a calendar that is coloured day by day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "rights/cases.h"
#include "rights/since.h"

#define DAYS 200
#define ROUNDS 20000

static uint32_t seed;

static int32_t roll(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (int32_t)((seed >> 8) % n);
}

static void test_model(void **state)
{
	(void)state;
	seed = 5;
	print_message("# seed %u, %d calendars\n", seed, ROUNDS);
	for (int round = 0; round < ROUNDS; round++) {
		bool calendar[DAYS + 1] = {false};
		struct since_span spans[8];
		unsigned count = (unsigned)roll(9);
		int32_t day = 1 + roll(DAYS - 1), first = day + 1;

		for (unsigned i = 0; i < count; i++) {
			spans[i].from_day = 1 + roll(DAYS - 1);
			spans[i].last_day = spans[i].from_day - 1 + roll(40);
			for (int32_t d = spans[i].from_day;
			    d <= spans[i].last_day && d <= DAYS; d++)
				calendar[d] = true;
		}
		while (first > 1 && calendar[first - 1])
			first--;
		assert_int_equal(since_first(spans, count, day), first);
	}
}

static int32_t since(unsigned n, int32_t on)
{
	struct rights_do asked = {.cell = CELL, .number = number('m', n),
	    .purpose = RIGHTS_ESTIMATE, .care_day = on,
	    .domain = span_str("OPTI")};
	struct lookup l;
	struct answer_facts a;

	lookup_init(&l, &f.roll);
	assert_int_equal(roll_read(&f.roll), ERR_OK);
	assert_int_equal(lookup_facts(&l, &asked, &a), ERR_OK);
	assert_int_equal(roll_read_end(&f.roll), ERR_OK);
	lookup_release(&l);
	return a.since_day;
}

static struct feed_line year(unsigned n, int y, const char *contract)
{
	struct feed_line l = feeding_line(n);

	l.from_day = day(y, 1, 1);
	l.to_day = day(y, 12, 31);
	l.contract = span_str(contract);
	return l;
}

static void test_renewed_rights(void **state)
{
	struct feed_line l[12] = {year(1, 2024, "C1"), year(1, 2025, "C1"),
	    year(1, 2026, "C1"),
	    /* 2025 ended early */
	    year(2, 2024, "C1"), year(2, 2025, "C1"), year(2, 2026, "C1"),
	    /* another contract between */
	    year(3, 2024, "C1"), year(3, 2025, "C2"), year(3, 2026, "C1"),
	    /* other levels of the same one */
	    year(4, 2025, "C1"), year(4, 2026, "C1"), year(5, 2026, "C1")};

	(void)state;
	l[4].closed_day = day(2025, 11, 30);
	l[9].domains[0].level = span_str("BR100");
	(void)full(day(2026, 1, 2), l, 12);
	assert_int_equal(since(1, day(2026, 3, 1)), day(2024, 1, 1));
	assert_int_equal(since(1, day(2025, 3, 1)), day(2024, 1, 1));
	assert_int_equal(since(2, day(2026, 3, 1)), day(2026, 1, 1));
	assert_int_equal(since(2, day(2025, 3, 1)), day(2024, 1, 1));
	assert_int_equal(since(2, day(2025, 12, 1)), 0);
	assert_int_equal(since(3, day(2026, 3, 1)), day(2026, 1, 1));
	assert_int_equal(since(3, day(2025, 3, 1)), day(2025, 1, 1));
	assert_int_equal(since(4, day(2026, 3, 1)), day(2025, 1, 1));
	assert_int_equal(since(5, day(2026, 3, 1)), day(2026, 1, 1));
	assert_int_equal(since(6, day(2026, 3, 1)), 0);
}

/* A full feed of the new year has its lines alone. */
static void test_fed_year_by_year(void **state)
{
	struct feed_line l = year(1, 2025, "C1");

	(void)state;
	(void)full(day(2025, 1, 1), &l, 1);
	l = year(1, 2026, "C1");
	(void)full(day(2026, 1, 1), &l, 1);
	assert_int_equal(since(1, day(2026, 3, 1)), day(2025, 1, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_model),
	    cmocka_unit_test_setup_teardown(
		test_renewed_rights, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_fed_year_by_year, set_up, tear_down)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
