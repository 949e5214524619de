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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sights_unsound_are_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guard/sights", tests, NULL, NULL);
}
