/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "seeds.h"

static const struct seeds *sim;
static uint64_t first_seed = 1, seed_count;
static unsigned step_count;

static void test_any_order(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < seed_count; i++)
		sim->run(first_seed + i, step_count);
}

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 10);
}

int seeds_main(int argc, char **argv, const struct seeds *s)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_any_order),
	};

	sim = s;
	seed_count = getenv("ECLUSE_LONG") ? s->many : s->few;
	step_count = s->steps;
	if (argc > 1) {
		first_seed = number(argv[1]);
		seed_count = 1;
	}
	if (argc > 2)
		step_count = (unsigned)number(argv[2]);
	if (argc > 3)
		seed_count = number(argv[3]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
