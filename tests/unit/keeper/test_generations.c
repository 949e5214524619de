/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a vault that comes up with less than was loaded is refused, and no
 * vault's word on another's cells, nor a file that was altered, changes that.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "journal/rig.h"
#include "keeper/keeper.h"

struct place {
	char dir[RIG_PATH];
	struct keeper k;
};

static int make(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	rig_folder(p->dir);
	assert_int_equal(mkdir(rig_in(p->dir, "keeper"), 0700), 0);
	p->k.dir = p->dir;
	p->k.vault_count = 2;
	*state = p;
	return 0;
}

static int unmake(void **state)
{
	struct place *p = *state;

	generations_release(&p->k);
	rig_remove(p->dir);
	free(p);
	return 0;
}

static enum err again(struct place *p)
{
	generations_release(&p->k);
	p->k.generations = p->k.fed = (struct generations){0};
	return generations_load(&p->k);
}

/* Pairs of cell and number, up to the first pair of two zeros. */
static struct span rows(const uint32_t (*pairs)[2], uint8_t *room)
{
	size_t n = 0;

	for (; pairs[0][0] || pairs[0][1]; pairs++) {
		put_be32(room + n, pairs[0][0]);
		put_be32(room + n + 4, pairs[0][1]);
		n += 8;
	}
	return span_of(room, n);
}

#define ROWS(...) \
	rows((const uint32_t[][2]){__VA_ARGS__, {0, 0}}, (uint8_t[256]){0})

static void test_less_than_was_loaded(void **state)
{
	struct place *p = *state;

	generations_note(&p->k, 0, 3);
	generations_note(&p->k, 7, 5);
	assert_int_equal(again(p), ERR_OK);
	assert_int_equal(generations_check(
	    &p->k, 0, ROWS({0, 2}, {4, 1})), ERR_CORRUPT);
	assert_int_equal(generations_check(&p->k, 1, ROWS({1, 1})),
	    ERR_CORRUPT);
	assert_int_equal(generations_check(&p->k, 0, ROWS({0, 3}, {4, 1})),
	    ERR_OK);
	assert_int_equal(generations_check(&p->k, 1, ROWS({1, 1}, {7, 6})),
	    ERR_OK);
	/* what was said is remembered */
	assert_int_equal(generations_check(&p->k, 1, ROWS({1, 1}, {7, 5})),
	    ERR_CORRUPT);
	assert_true(generations_needs(&p->k, 7, 0));
	assert_false(generations_needs(&p->k, 3, 0));
}

static void test_no_word_on_another_vaults_cells(void **state)
{
	struct place *p = *state;

	generations_note(&p->k, 0, 3);
	assert_int_equal(generations_check(&p->k, 1, ROWS({0, 1}, {1, 1})),
	    ERR_SHAPE);
	assert_int_equal(generations_check(&p->k, 1, ROWS({0, 9})),
	    ERR_SHAPE);
	assert_int_equal(generations_check(&p->k, 0, ROWS({0, 1})),
	    ERR_CORRUPT);
	assert_int_equal(generations_check(&p->k, 0, ROWS({0, 3})), ERR_OK);
}

static void test_rows_that_a_vault_does_not_write(void **state)
{
	struct place *p = *state;
	struct span cut = ROWS({0, 3}, {2, 1});

	generations_note(&p->k, 0, 3);
	/* the first would pass, and the second be kept */
	assert_int_equal(generations_check(&p->k, 0, ROWS({0, 3}, {0, 1})),
	    ERR_SHAPE);
	assert_int_equal(generations_check(&p->k, 0, ROWS({2, 3}, {0, 3})),
	    ERR_SHAPE);
	assert_int_equal(generations_check(&p->k, 0,
	    ROWS({0, 3}, {LIMIT_CELLS + 2, 1})), ERR_SHAPE);
	assert_int_equal(generations_check(&p->k, 0,
	    span_of(cut.p, cut.n - 1)), ERR_SHAPE);
	assert_int_equal(generations_check(&p->k, 0, cut), ERR_OK);
	assert_int_equal(generations_check(&p->k, 1, span_of(NULL, 0)),
	    ERR_OK);
}

/* Each with its number, all of them of one vault; and one of them older. */
static void test_as_many_cells_as_there_may_be(void **state)
{
	struct place *p = *state;
	uint8_t *all = calloc(LIMIT_CELLS, 8);

	p->k.vault_count = 1;
	for (uint32_t c = 1; c <= LIMIT_CELLS; c++) {
		put_be32(all + 8 * (c - 1), c);
		put_be32(all + 8 * (c - 1) + 4, c + 9);
	}
	assert_int_equal(generations_check(
	    &p->k, 0, span_of(all, 8 * LIMIT_CELLS)), ERR_OK);
	generations_note(&p->k, LIMIT_CELLS, LIMIT_CELLS + 9);
	assert_int_equal(again(p), ERR_OK);
	assert_int_equal(generations_check(
	    &p->k, 0, span_of(all, 8 * LIMIT_CELLS)), ERR_OK);
	put_be32(all + 8 * 9000 + 4, 9009);
	assert_int_equal(generations_check(
	    &p->k, 0, span_of(all, 8 * LIMIT_CELLS)), ERR_CORRUPT);
	free(all);
}

static void expect_file(struct place *p, struct span rows, enum err e)
{
	static const char *const names[] = {"keeper/generations",
	    "keeper/fed"};

	for (int i = 0; i < 2; i++) {
		const char *path = rig_in(p->dir, names[i]);

		assert_int_equal(file_replace(path, rows, 0600), ERR_OK);
		assert_int_equal(again(p), e);
		assert_int_equal(unlink(path), 0);
	}
}

static void test_a_file_that_was_not_written_so(void **state)
{
	struct place *p = *state;
	struct span two = ROWS({1, 3}, {2, 1});

	assert_int_equal(again(p), ERR_OK);	/* there is none */
	expect_file(p, two, ERR_OK);
	expect_file(p, span_of(two.p, two.n - 1), ERR_CORRUPT);
	expect_file(p, ROWS({1, 3}, {1, 4}), ERR_CORRUPT);
	expect_file(p, ROWS({2, 3}, {1, 3}), ERR_CORRUPT);
	expect_file(p, ROWS({1, 0}), ERR_CORRUPT);
	expect_file(p, ROWS({LIMIT_CELLS + 1, 1}), ERR_RANGE);
	expect_file(p, ROWS({LIMIT_CELLS, 1}), ERR_OK);
}

static void test_fed_only_rises(void **state)
{
	struct place *p = *state;

	generations_note(&p->k, 4, 1);
	generations_fed(&p->k, 4, 2);
	generations_fed(&p->k, 4, 1);
	assert_int_equal(again(p), ERR_OK);
	assert_true(generations_needs(&p->k, 4, 2));
	assert_false(generations_needs(&p->k, 4, 1));
}

int main(void)
{
#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, make, unmake)
	const struct CMUnitTest tests[] = {
	    IN_PLACE(test_less_than_was_loaded),
	    IN_PLACE(test_no_word_on_another_vaults_cells),
	    IN_PLACE(test_rows_that_a_vault_does_not_write),
	    IN_PLACE(test_as_many_cells_as_there_may_be),
	    IN_PLACE(test_a_file_that_was_not_written_so),
	    IN_PLACE(test_fed_only_rises),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name(
	    "keeper/generations", tests, NULL, NULL);
}
