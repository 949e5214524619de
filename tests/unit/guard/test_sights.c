/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: only what a save can have written passes for the sites of a card. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "guard/sights.h"

/* How many, then site and time of each, from the oldest. */
struct row {
	uint32_t extra[SIGHTS_WORDS];
	int64_t at;
	bool sound;
};

static void test_sights_unsound_are_told(void **state)
{
	static const struct row rows[] = {
	    {{1, 7, 900}, 1000, true},
	    {{2, 7, 900, 8, 900}, 1000, true},
	    {{2, 7, 900, 8, 1000}, 1000, true},
	    {{0}, 1000, false},
	    {{SIGHTS_KEPT + 1}, 1000, false},
	    {{1, 0, 900}, 1000, false},
	    {{1, GUARD_SUBJECTS, 900}, 1000, false},
	    /* later than now is 49 days before: before all time */
	    {{1, 7, 1001}, 1000, false},
	    {{2, 7, 900, 8, 899}, 1000, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct roll r;

		sights_init(&r);
		roll_settle(&r, rows[i].at);
		assert_int_equal(
		    sights_are_sound(&r, rows[i].extra), rows[i].sound);
		roll_release(&r);
	}
}

/* A site is forgotten when a day is over, to the millisecond, though the card
 * goes on being seen elsewhere. */
static void test_sights_leave_after_a_day(void **state)
{
	static const uint32_t card[GUARD_Q / 4] = {1, 2, 3, 4};
	const int64_t start = 1000, hour = 3600000;
	struct roll r;

	(void)state;
	sights_init(&r);
	for (uint32_t site = 7; site <= 8; site++) {
		roll_settle(&r, start + (site - 7) * hour);
		assert_int_equal(roll_reserve(&r), ERR_OK);
		sights_add(&r, card, site);
	}
	assert_int_equal(sights_count(&r, card, 0), 2);
	roll_settle(&r, start + GUARD_DAY_MS - 1);
	assert_int_equal(sights_count(&r, card, 0), 2);
	roll_settle(&r, start + GUARD_DAY_MS);
	assert_int_equal(sights_count(&r, card, 0), 1);
	roll_settle(&r, start + hour + GUARD_DAY_MS);
	assert_int_equal(sights_count(&r, card, 0), 0);
	roll_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sights_unsound_are_told),
	    cmocka_unit_test(test_sights_leave_after_a_day),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guard/sights", tests, NULL, NULL);
}
