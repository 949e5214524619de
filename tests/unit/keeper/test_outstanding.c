/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the mark of what was released stands exactly below the first entry
 * that still owes its answer, in whatever order they are settled; it survives
 * the process, and a file that is torn or no mark says 0. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/random.h"
#include "journal/rig.h"
#include "failing.h"
#include "keeper/outstanding.h"

static char folder[RIG_PATH];

static int make(void **state)
{
	(void)state;
	rig_folder(folder);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	rig_remove(folder);
	return 0;
}

static const char *path(void)
{
	return rig_in(folder, "released");
}

static struct outstanding *opened(uint64_t size)
{
	struct outstanding *o = NULL;

	assert_int_equal(outstanding_open(path(), size, &o), ERR_OK);
	assert_true(outstanding_released(o) == size);
	return o;
}

static void test_settled_out_of_order(void **state)
{
	struct outstanding *o = opened(100);

	(void)state;
	assert_int_equal(outstanding_add(o, 100, 5), ERR_OK);
	assert_true(outstanding_released(o) == 100);
	outstanding_settle(o, 102);
	outstanding_settle(o, 101);
	assert_true(outstanding_released(o) == 100);
	outstanding_settle(o, 100);
	assert_true(outstanding_released(o) == 103);
	outstanding_settle(o, 104);
	outstanding_settle(o, 103);
	assert_true(outstanding_released(o) == 105);
	/* what was not added, what was settled: nothing happens */
	outstanding_settle(o, 105);
	outstanding_settle(o, 100);
	outstanding_settle(o, UINT64_MAX);
	assert_true(outstanding_released(o) == 105);
	outstanding_close(o);
	/* nor does one that was not added yet */
	o = opened(100);
	assert_int_equal(outstanding_add(o, 100, 5), ERR_OK);
	outstanding_settle(o, 100 + OUTSTANDING_MOST);
	assert_true(outstanding_released(o) == 100);
	for (uint64_t i = 100; i < 105; i++)
		outstanding_settle(o, i);
	/* an early settle of an index does not count for its entry */
	assert_int_equal(outstanding_add(o, 105, 1), ERR_OK);
	assert_true(outstanding_released(o) == 105);
	outstanding_close(o);
	outstanding_close(NULL);
}

static void test_entries_follow_each_other(void **state)
{
	struct outstanding *o = opened(10);

	(void)state;
	assert_int_equal(outstanding_add(o, 11, 1), ERR_STATE);
	assert_int_equal(outstanding_add(o, 9, 1), ERR_STATE);
	assert_int_equal(outstanding_add(o, 10, 0), ERR_OK);
	assert_int_equal(outstanding_add(o, 10, 1), ERR_OK);
	assert_int_equal(outstanding_add(o, 10, 1), ERR_STATE);
	outstanding_close(o);
}

static void test_the_owed_have_their_limit(void **state)
{
	struct outstanding *o = opened(7);

	(void)state;
	assert_int_equal(outstanding_add(o, 7, OUTSTANDING_MOST + 1),
	    ERR_FULL);
	assert_int_equal(outstanding_add(o, 7, UINT64_MAX), ERR_FULL);
	assert_int_equal(outstanding_add(o, 7, OUTSTANDING_MOST), ERR_OK);
	assert_int_equal(outstanding_add(o, 7 + OUTSTANDING_MOST, 1),
	    ERR_FULL);
	/* whichever is settled, its place is free; and no other */
	outstanding_settle(o, 8);
	assert_int_equal(outstanding_add(o, 7 + OUTSTANDING_MOST, 2),
	    ERR_FULL);
	assert_int_equal(outstanding_add(o, 7 + OUTSTANDING_MOST, 1), ERR_OK);
	assert_true(outstanding_released(o) == 7);
	for (uint64_t i = 9; i < 7 + OUTSTANDING_MOST; i++)
		outstanding_settle(o, i);
	assert_true(outstanding_released(o) == 7);
	outstanding_settle(o, 7);
	assert_true(outstanding_released(o) == 7 + OUTSTANDING_MOST);
	/* settled long ago: not again for whoever has its place now */
	outstanding_settle(o, 8);
	assert_true(outstanding_released(o) == 7 + OUTSTANDING_MOST);
	outstanding_settle(o, 7 + OUTSTANDING_MOST);
	assert_true(outstanding_released(o) == 8 + OUTSTANDING_MOST);
	outstanding_close(o);
}

/* One waits for a slow vault; all others go on, and the mark stands. */
static void test_one_that_takes_its_time(void **state)
{
	struct outstanding *o = opened(0);
	uint64_t size = 1;

	(void)state;
	assert_int_equal(outstanding_add(o, 0, 1), ERR_OK);
	for (int turn = 0; turn < 20000; turn++) {
		assert_int_equal(outstanding_add(o, size, 20), ERR_OK);
		/* those of the turn before */
		for (int i = 0; i < 20; i++, size++)
			if (size > 20)
				outstanding_settle(o, size - 20);
		assert_true(outstanding_released(o) == 0);
	}
	outstanding_settle(o, 0);
	assert_true(outstanding_released(o) == size - 20);
	outstanding_close(o);
}

static void test_as_a_naive_list_says(void **state)
{
	enum { MOST = 3000 };
	static bool settled[MOST];
	struct outstanding *o = opened(0);
	struct random_seeded s;
	uint64_t size = 0, released = 0;

	(void)state;
	(void)random_from_seed(&s, 4);
	while (released < MOST) {
		uint64_t i, n = random_seeded_below(&s, 6);

		if (size + n <= MOST) {
			assert_int_equal(outstanding_add(o, size, n), ERR_OK);
			size += n;
		}
		i = released + random_seeded_below(&s, 8);
		if (i < size)
			settled[i] = true;
		outstanding_settle(o, i);
		while (released < size && settled[released])
			released++;
		assert_true(outstanding_released(o) == released);
	}
	outstanding_close(o);
}

static void test_the_mark_survives_the_process(void **state)
{
	struct outstanding *o;

	(void)state;
	assert_true(outstanding_read(path()) == 0);
	o = opened(40);
	assert_true(outstanding_read(path()) == 40);
	assert_int_equal(outstanding_add(o, 40, 3), ERR_OK);
	outstanding_settle(o, 40);
	assert_true(outstanding_read(path()) == 40);
	outstanding_mark(o);
	assert_true(outstanding_read(path()) == 41);
	outstanding_settle(o, 42);
	outstanding_mark(o);
	assert_true(outstanding_read(path()) == 41);
	assert_int_equal(rig_size(path()), 16);
	/* no clean end: the next one opens behind its restart entry */
	outstanding_close(o);
	assert_true(outstanding_read(path()) == 41);
	o = opened(44);
	assert_true(outstanding_read(path()) == 44);
	outstanding_close(o);
}

static void test_a_new_journal_begins_at_nothing(void **state)
{
	struct outstanding *o;
	uint8_t garbage[40];

	(void)state;
	/* the mark of a journal that was here before */
	outstanding_close(opened(41));
	o = opened(0);
	assert_true(outstanding_read(path()) == 0);
	outstanding_close(o);
	memset(garbage, 0x5a, sizeof(garbage));
	rig_store(path(), garbage, sizeof(garbage));
	o = opened(0);
	assert_true(outstanding_read(path()) == 0);
	assert_int_equal(outstanding_add(o, 0, 1), ERR_OK);
	outstanding_settle(o, 0);
	outstanding_mark(o);
	assert_true(outstanding_read(path()) == 1);
	outstanding_close(o);
}

static void test_what_is_no_mark_says_nothing(void **state)
{
	struct outstanding *o = opened(0x0102030405060708);
	uint8_t *file, zeros[16] = {0};
	size_t n;

	(void)state;
	outstanding_close(o);
	file = rig_load(path(), &n);
	assert_int_equal(n, 16);
	/* cut */
	for (size_t cut = 0; cut < n; cut++) {
		/* the whole one before it, still in memory somewhere */
		rig_store(path(), file, n);
		assert_true(outstanding_read(path()) != 0);
		rig_store(path(), file, cut);
		assert_true(outstanding_read(path()) == 0);
	}
	/* torn: one half of another mark; and any flipped bit */
	rig_store(path(), file, n);
	for (size_t i = 0; i < n * 8; i++) {
		rig_flip(path(), i / 8, (uint8_t)(1u << i % 8));
		assert_true(outstanding_read(path()) == 0);
		rig_flip(path(), i / 8, (uint8_t)(1u << i % 8));
	}
	assert_true(outstanding_read(path()) == 0x0102030405060708);
	rig_store(path(), zeros, sizeof(zeros));
	assert_true(outstanding_read(path()) == 0);
	free(file);
}

static void test_no_place_for_the_mark(void **state)
{
	struct outstanding *o = NULL;

	(void)state;
	assert_int_equal(outstanding_open(
	    rig_in(folder, "none/released"), 5, &o), ERR_IO);
	assert_null(o);
	assert_true(outstanding_read(rig_in(folder, "none/released")) == 0);
}

static void test_without_memory_or_a_disk(void **state)
{
	struct outstanding *o = NULL;

	(void)state;
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(outstanding_open(path(), 5, &o), ERR_NOMEM);
	assert_true(failing_end() && !o);
	o = opened(5);
	assert_int_equal(outstanding_add(o, 5, 1), ERR_OK);
	outstanding_settle(o, 5);
	/* a mark that was not written is written the next time */
	failing_set(FAILING_WRITE, 0, ENOSPC);
	outstanding_mark(o);
	assert_true(failing_end());
	assert_true(outstanding_read(path()) == 5);
	outstanding_mark(o);
	assert_true(outstanding_read(path()) == 6);
	failing_set(FAILING_READ, 0, EIO);
	assert_true(outstanding_read(path()) == 0);
	assert_true(failing_end());
	outstanding_close(o);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_settled_out_of_order),
		WITH(test_entries_follow_each_other),
		WITH(test_the_owed_have_their_limit),
		WITH(test_one_that_takes_its_time),
		WITH(test_as_a_naive_list_says),
		WITH(test_the_mark_survives_the_process),
		WITH(test_a_new_journal_begins_at_nothing),
		WITH(test_what_is_no_mark_says_nothing),
		WITH(test_no_place_for_the_mark),
		WITH(test_without_memory_or_a_disk),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
