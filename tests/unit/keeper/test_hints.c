/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what was noted is found, over the ring's end and by another process;
 * the file shows no cell, and nothing that happens to it is an error.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "journal/rig.h"
#include "keeper/hints.h"

#define MONTH 202611u
#define NEAR_END (HINTS_KEPT - 3)

static const struct secret november = {{1}}, december = {{2}};

struct place {
	char dir[RIG_PATH];
	struct hints *h;
};

static int make(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	rig_folder(p->dir);
	assert_int_equal(mkdir(rig_in(p->dir, "keeper"), 0700), 0);
	p->h = hints_open(p->dir);
	assert_non_null(p->h);
	*state = p;
	return 0;
}

static int unmake(void **state)
{
	struct place *p = *state;

	hints_close(p->h);
	rig_remove(p->dir);
	free(p);
	return 0;
}

static void again(struct place *p)
{
	hints_close(p->h);
	p->h = hints_open(p->dir);
	assert_non_null(p->h);
}

static uint32_t find(struct place *p, uint64_t index)
{
	uint32_t cell = UINT32_MAX;

	assert_true(hints_find(p->h, MONTH, &november, index, &cell));
	return cell;
}

static void note(struct place *p, uint64_t index, uint32_t cell)
{
	hints_note(p->h, MONTH, &november, index, cell);
}

static void test_what_was_noted_is_found(void **state)
{
	struct place *p = *state;
	uint32_t cell;

	for (uint64_t i = 0; i < 40; i++)
		if (i % 7 != 3)		/* others have no cell */
			note(p, i, (uint32_t)i * 1601);
	hints_write(p->h);
	note(p, 40, 65535);
	note(p, 40, 5);		/* not twice */
	hints_write(p->h);
	again(p);
	for (uint64_t i = 0; i < 40; i++)
		if (i % 7 != 3)
			assert_int_equal(find(p, i), i * 1601);
	assert_int_equal(find(p, 40), 65535);
	assert_true(hints_find(p->h, MONTH + 1, &december, 40, &cell));
	assert_int_not_equal(cell, 65535);
	assert_int_equal(find(p, 2), 3202);
}

static void test_the_ring_begins_again(void **state)
{
	struct place *p = *state;

	for (uint64_t i = 0; i < 9; i++)
		note(p, NEAR_END + i, 100 + (uint32_t)i);
	hints_write(p->h);
	again(p);
	for (uint64_t i = 0; i < 9; i++)
		assert_int_equal(find(p, NEAR_END + i), 100 + i);
	/* the next round takes the places of this one */
	for (uint64_t i = 0; i < 9; i++)
		note(p, HINTS_KEPT + NEAR_END + i, 200 + (uint32_t)i);
	hints_write(p->h);
	again(p);
	assert_int_equal(find(p, HINTS_KEPT + NEAR_END), 200);
	assert_int_not_equal(find(p, NEAR_END), 100);
}

static void test_the_file_shows_no_cell(void **state)
{
	struct place *p = *state;
	uint8_t *file;
	size_t n, same = 0;

	for (uint64_t i = 0; i < 1000; i++)
		note(p, i, 7);
	hints_write(p->h);
	file = rig_load(rig_in(p->dir, "keeper/hints"), &n);
	assert_int_equal(n, 2000);
	for (size_t i = 2; i < n; i += 2)
		same += memcmp(file, file + i, 2) == 0;
	assert_true(same < 5);
	free(file);
}

static void test_nothing_is_an_error(void **state)
{
	struct place *p = *state;
	uint32_t cell;

	assert_false(hints_find(p->h, MONTH, &november, 0, &cell));
	assert_false(hints_find(NULL, MONTH, &november, 0, &cell));
	hints_note(NULL, MONTH, &november, 0, 1);
	hints_write(NULL);
	hints_close(NULL);
	assert_null(hints_open(rig_in(p->dir, "none")));
	/* far apart: the second finds no room in the batch */
	note(p, 5, 1);
	note(p, 100000, 2);
	hints_write(p->h);
	assert_int_equal(find(p, 5), 1);
	assert_false(hints_find(p->h, MONTH, &november, 100000, &cell));
	assert_int_equal(truncate(rig_in(p->dir, "keeper/hints"), 0), 0);
	again(p);
	assert_false(hints_find(p->h, MONTH, &november, 5, &cell));
}

/* Where twice the index, or the index and one more, runs over. */
static void test_the_greatest_indexes(void **state)
{
	static const uint64_t at[] = {(UINT64_C(1) << 63) - 1,
	    UINT64_C(1) << 63, (UINT64_C(1) << 63) + 1, UINT64_MAX - 1,
	    UINT64_MAX, 0};
	struct place *p = *state;
	uint32_t cell;

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		assert_false(hints_find(
		    p->h, MONTH, &november, at[i], &cell));
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		note(p, at[i], 100 + (uint32_t)i);
		hints_write(p->h);
		again(p);
		assert_int_equal(find(p, at[i]), 100 + i);
	}
	/* found from a page that begins elsewhere */
	note(p, 0, 7);
	note(p, 1, 8);
	hints_write(p->h);
	again(p);
	assert_int_equal(find(p, 0), 7);
	assert_int_equal(find(p, 1), 8);
	for (size_t i = 0; i < 5; i++)
		(void)find(p, at[i]);
	/* the next index is 0: not of this batch */
	note(p, UINT64_MAX - 1, 1);
	note(p, UINT64_MAX, 2);
	note(p, 0, 3);
	note(p, UINT64_MAX, 4);
	hints_write(p->h);
	again(p);
	assert_int_equal(find(p, UINT64_MAX), 2);
	assert_int_equal(find(p, UINT64_MAX - 1), 1);
	assert_int_equal(find(p, 0), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        test_what_was_noted_is_found, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_the_ring_begins_again, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_the_file_shows_no_cell, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_nothing_is_an_error, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_the_greatest_indexes, make, unmake),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("keeper/hints", tests, NULL, NULL);
}
