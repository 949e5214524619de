/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a set of decoys is planted by two, once, in its form; what a hit brings
 * is one of two. acts_do checks after every failure that nothing changed. */
#include <stdio.h>
#include <stdlib.h>
#include "registry/acts.h"

#define SET "00112233445566778899aabbccddeeff00112233445566778899aabbccddee"

static int make(void **state)
{
	struct acts *a = calloc(1, sizeof(*a));

	acts_start(a, false);
	assert_int_equal(acts_do(a, 2, "insurer amc=0000000001 operator=x "
	    "feed-key=%s card-key=%s\n", acts_p256(0), acts_p256(1)), ERR_OK);
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

static void test_sets(void **state)
{
	struct acts *a = *state;
	const char *good = "decoy amc=0000000001 persons=100 set=" SET "01\n";

	assert_int_equal(acts_do(a, 1, "%s", good), ERR_REFUSED);
	assert_int_equal(acts_do(a, 2, "%s", good), ERR_OK);
	assert_int_equal(a->r->decoy_count, 1);
	assert_int_equal(a->r->decoys[0].cell, 1);
	assert_int_equal(a->r->decoys[0].persons, 100);
	assert_int_equal(a->r->decoys[0].set[31], 1);
	assert_int_equal(acts_do(a, 2, "%s", good), ERR_EXISTS);
	for (int i = 2; i <= REGISTRY_DECOYS; i++)
		assert_int_equal(acts_do(a, 2, "decoy amc=0000000001 "
		    "persons=1 set=" SET "%02x\n", (unsigned)i), ERR_OK);
	assert_int_equal(acts_do(a, 2,
	    "decoy amc=0000000001 persons=1 set=" SET "ff\n"), ERR_LIMIT);
}

static void test_forms(void **state)
{
	static const char *const bad[] = {"persons=101 set=" SET "01",
	    "persons=0 set=" SET "01", "set=" SET "01", "persons=1",
	    "persons=1 set=" SET, "persons=1 set=" SET "01 react=close",
	    "persons=1 react=close", "react=open", ""};
	struct acts *a = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(acts_do(a, 2, "decoy amc=0000000001%s%s\n",
		    bad[i][0] ? " " : "", bad[i]), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "decoy amc=0000000009 react=close\n"),
	    ERR_UNKNOWN);
	assert_int_equal(acts_do(a, 2, "decoy amc=0000000001 react=close\n"
	    "decoy amc=0000000001 react=alarm\n"), ERR_STATE);
}

/* By two, once, of its own AMC; it makes room and does not come back. */
static void test_withdrawn(void **state)
{
	struct acts *a = *state;
	const char *end = "decoy amc=0000000001 set=" SET "01 withdraw=yes\n";

	assert_int_equal(acts_do(a, 2, "%s", end), ERR_UNKNOWN);
	for (int i = 1; i <= REGISTRY_DECOYS; i++)
		assert_int_equal(acts_do(a, 2, "decoy amc=0000000001 "
		    "persons=1 set=" SET "%02x\n", (unsigned)i), ERR_OK);
	assert_int_equal(acts_do(a, 1, "%s", end), ERR_REFUSED);
	assert_int_equal(acts_do(a, 2, "decoy amc=0000000001 set=" SET "01 "
	    "withdraw=no\n"), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "decoy amc=0000000001 set=" SET "01 "
	    "persons=1 withdraw=yes\n"), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "decoy amc=0000000001 react=close "
	    "withdraw=yes\n"), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "insurer amc=0000000002 operator=x "
	    "feed-key=%s card-key=%s\n", acts_p256(2), acts_p256(3)), ERR_OK);
	assert_int_equal(acts_do(a, 2, "decoy amc=0000000002 set=" SET "01 "
	    "withdraw=yes\n"), ERR_UNKNOWN);
	assert_int_equal(a->r->decoys[0].withdrawn_ms, 0);
	assert_int_equal(acts_do(a, 2, "%s", end), ERR_OK);
	assert_true(a->r->decoys[0].withdrawn_ms > 0);
	assert_int_equal(acts_do(a, 2, "%s", end), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2,
	    "decoy amc=0000000001 persons=1 set=" SET "01\n"), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2,
	    "decoy amc=0000000001 persons=1 set=" SET "ff\n"), ERR_OK);
}

static void test_reactions(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 1, "decoy amc=0000000001 react=close\n"),
	    ERR_REFUSED);
	assert_false(a->r->insurers[0].decoy_closes);
	assert_int_equal(acts_do(a, 2, "decoy amc=0000000001 react=close\n"),
	    ERR_OK);
	assert_true(a->r->insurers[0].decoy_closes);
	assert_int_equal(acts_do(a, 2, "decoy amc=0000000001 react=alarm\n"),
	    ERR_OK);
	assert_false(a->r->insurers[0].decoy_closes);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_sets), WITH(test_forms), WITH(test_withdrawn),
		WITH(test_reactions)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
