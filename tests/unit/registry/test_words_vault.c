/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what two people hear of a ceiling is what the vaults keep: one by an
 * act of an earlier time than the one in force, or of more cells than they
 * have room for, is refused; a log that has it is replayed. */
#include <stdio.h>
#include <stdlib.h>
#include "registry/acts.h"

/* Two insurers: cells 1 and 2. */
static int make(void **state)
{
	struct acts *a = calloc(1, sizeof(*a));

	acts_start(a, false);
	for (unsigned i = 1; i <= 2; i++)
		assert_int_equal(acts_do(a, 2, "insurer amc=000000000%u "
		    "operator=x feed-key=%s card-key=%s\n", i,
		    acts_p256(2 * i), acts_p256(2 * i + 1)), ERR_OK);
	*state = a;
	return 0;
}

static int unmake(void **state)
{
	acts_replays(*state);
	acts_end(*state);
	free(*state);
	return 0;
}

static enum err ceiling(struct acts *a, const char *amc, unsigned cell,
    int64_t time_ms, bool live)
{
	char line[80];

	(void)snprintf(line, sizeof(line),
	    "ceiling amc=%s cell=%u persons-hour=9\n", amc, cell);
	return acts_at(a, 2, time_ms, live ? a->now_ms : 0, line);
}

static void test_whose_cell_it_is(void **state)
{
	struct acts *a = *state;
	int64_t t = a->now_ms;

	assert_int_equal(ceiling(a, "*", 1, t, true), ERR_RANGE);
	assert_int_equal(ceiling(a, "0000000001", 2, t, true), ERR_RANGE);
	assert_int_equal(ceiling(a, "0000000003", 3, t, true), ERR_UNKNOWN);
	acts_fails(a, ERR_SHAPE, 1, 2, "ceiling amc=* persons-hour=9\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "ceiling amc=* cell=0\n");
	assert_int_equal(acts_do(a, 1,
	    "ceiling amc=* cell=0 persons-hour=9\n"), ERR_REFUSED);
	assert_int_equal(a->r->ceiling_count, 0);
}

static void test_one_of_an_earlier_time(void **state)
{
	struct acts *a = *state;
	int64_t t = a->now_ms;

	assert_int_equal(ceiling(a, "0000000001", 1, t - 5, true), ERR_OK);
	/* each cell, and all of them, for itself */
	assert_int_equal(ceiling(a, "0000000002", 2, t - 6, true), ERR_OK);
	assert_int_equal(ceiling(a, "*", 0, t - 7, true), ERR_OK);
	for (int back = 5; back < 9; back++) {
		assert_int_equal(ceiling(a, "0000000001", 1, t - back, true),
		    ERR_TIME);
		assert_int_equal(ceiling(a, "0000000001", 1, t - back, false),
		    ERR_OK);
	}
	assert_int_equal(a->r->ceiling_count, 3);
	assert_int_equal(ceiling(a, "0000000001", 1, t - 4, true), ERR_OK);
	assert_true(a->r->ceilings[0].said_ms == t - 4);
	assert_int_equal(ceiling(a, "*", 0, t - 7, true), ERR_TIME);
	assert_int_equal(ceiling(a, "*", 0, t - 6, true), ERR_OK);
}

static void test_as_many_as_vaults_keep(void **state)
{
	struct acts *a = *state;
	int64_t t = a->now_ms;

	assert_int_equal(ceiling(a, "0000000001", 1, t, true), ERR_OK);
	/* as if others had filled it */
	a->r->ceilings = realloc(a->r->ceilings,
	    REGISTRY_CEILINGS * sizeof(*a->r->ceilings));
	assert_non_null(a->r->ceilings);
	while (a->r->ceiling_count < REGISTRY_CEILINGS) {
		size_t i = a->r->ceiling_count++;

		a->r->ceilings[i] = (struct registry_ceiling){
		    (uint32_t)i + 5000, t};
	}
	assert_int_equal(ceiling(a, "0000000002", 2, t, true), ERR_LIMIT);
	assert_int_equal(ceiling(a, "0000000002", 2, t, false), ERR_OK);
	assert_int_equal(ceiling(a, "0000000001", 1, t + 1, true), ERR_OK);
	assert_int_equal(a->r->ceiling_count, REGISTRY_CEILINGS);
	a->kept = 0;	/* no acts of this log filled it */
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_whose_cell_it_is),
		T(test_one_of_an_earlier_time),
		T(test_as_many_as_vaults_keep),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
