/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: each answer finds its asker once; a ref that was answered, invented or
 * of an earlier turn finds nobody; the places end at their number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/random.h"
#include "gate/pending.h"

static void test_ref_answers_once(void **state)
{
	struct pending *p;
	uint64_t ref, again;
	void *owner = NULL;
	int asker;

	(void)state;
	assert_int_equal(pending_new(&p), ERR_OK);
	assert_int_equal(pending_take(p, &asker, &ref), ERR_OK);
	assert_int_not_equal(ref, 0);
	assert_int_equal(pending_answer(p, ref, &owner), ERR_OK);
	assert_ptr_equal(owner, &asker);
	assert_int_equal(pending_answer(p, ref, &owner), ERR_UNKNOWN);
	assert_int_equal(pending_take(p, &asker, &again), ERR_OK);
	assert_int_not_equal(ref, again);	/* same place, next turn */
	assert_int_equal(pending_answer(p, ref, &owner), ERR_UNKNOWN);
	assert_int_equal(pending_answer(p, again, &owner), ERR_OK);
	pending_free(p);
}

static void test_invented_refs_find_nobody(void **state)
{
	struct random_seeded seed;
	struct pending *p;
	uint64_t ref;
	void *owner = NULL;
	int asker;

	(void)state;
	(void)random_from_seed(&seed, 2);
	assert_int_equal(pending_new(&p), ERR_OK);
	for (int i = 0; i < 100; i++)
		assert_int_equal(pending_take(p, &asker, &ref), ERR_OK);
	assert_int_equal(pending_answer(p, 0, &owner), ERR_UNKNOWN);
	assert_int_equal(pending_answer(p, 1, &owner), ERR_UNKNOWN);
	assert_int_equal(pending_answer(
	    p, UINT64_C(1) << 32 | PENDING_MOST, &owner), ERR_UNKNOWN);
	assert_int_equal(pending_answer(
	    p, UINT64_C(2) << 32 | PENDING_MOST / 2, &owner), ERR_UNKNOWN);
	assert_int_equal(
	    pending_answer(p, UINT64_MAX, &owner), ERR_UNKNOWN);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(pending_answer(p,
		    random_seeded_u64(&seed) | UINT64_C(1) << 63, &owner),
		    ERR_UNKNOWN);
	assert_int_equal(pending_count(p), 100);
	pending_free(p);
}

static void test_places_end_and_come_back(void **state)
{
	static uint64_t refs[PENDING_MOST];
	struct pending *p;
	uint64_t ref;
	void *owner;
	int asker;

	(void)state;
	assert_int_equal(pending_new(&p), ERR_OK);
	for (int i = 0; i < PENDING_MOST; i++)
		assert_int_equal(pending_take(p, &asker, &refs[i]), ERR_OK);
	assert_int_equal(pending_take(p, &asker, &ref), ERR_FULL);
	pending_leave(p, refs[77]);	/* left, but still to be answered */
	assert_int_equal(pending_take(p, &asker, &ref), ERR_FULL);
	owner = &asker;
	assert_int_equal(pending_answer(p, refs[77], &owner), ERR_OK);
	assert_null(owner);
	assert_int_equal(pending_take(p, &asker, &ref), ERR_OK);
	pending_clear(p);
	assert_int_equal(pending_count(p), 0);
	assert_int_equal(pending_answer(p, ref, &owner), ERR_UNKNOWN);
	for (int i = 0; i < PENDING_MOST; i++)
		assert_int_equal(pending_take(p, &asker, &refs[i]), ERR_OK);
	assert_int_equal(pending_take(p, &asker, &ref), ERR_FULL);
	pending_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ref_answers_once),
	    cmocka_unit_test(test_invented_refs_find_nobody),
	    cmocka_unit_test(test_places_end_and_come_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
