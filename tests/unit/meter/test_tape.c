/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: counts longer than what is read at a time come whole and in order, and
 * a file that shrinks meanwhile ends them: an error and no signal. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "journal/rig.h"
#include "meter/tape.h"

#define RECORDS 30	/* two of three as long as one can be */

static uint8_t entries[(size_t)COUNT_MOST * COUNT_ENTRY];
static uint8_t cells[(size_t)COUNT_MOST * COUNT_CELL];

struct file {
	char folder[RIG_PATH];
	int fd;
	struct buf bytes;
};

static int make(void **state)
{
	struct file *f = calloc(1, sizeof(*f));
	struct count_head h = {0};

	buf_init(&f->bytes, (size_t)100 << 20);
	for (uint32_t i = 0; i < RECORDS; i++) {
		struct count_record r = {.time_ms = i, .entries =
		    i % 3 == 2 ? 1 : COUNT_MOST};

		r.cells = i % 3 == 2 ? 0 : COUNT_MOST;
		memset(entries, (int)i, sizeof(entries));
		r.entry_bytes = span_of(
		    entries, (size_t)r.entries * COUNT_ENTRY);
		r.cell_bytes = span_of(cells, (size_t)r.cells * COUNT_CELL);
		assert_int_equal(count_put(&h, &r, &f->bytes), ERR_OK);
	}
	rig_folder(f->folder);
	rig_store(rig_in(f->folder, "counts"), f->bytes.p, f->bytes.n);
	f->fd = open(rig_in(f->folder, "counts"), O_RDWR | O_CLOEXEC);
	assert_true(f->fd >= 0);
	*state = f;
	return 0;
}

static int unmake(void **state)
{
	struct file *f = *state;

	(void)close(f->fd);
	buf_release(&f->bytes);
	rig_remove(f->folder);
	free(f);
	return 0;
}

static void read_all(struct tape *t)
{
	struct count_head h = {0};
	struct count_record r;
	int64_t i;
	enum err e = ERR_OK;

	for (i = 0; !(e = tape_next(t, &h, &r)); i++) {
		assert_int_equal(r.time_ms, i);
		assert_int_equal(r.entry_bytes.p[r.entry_bytes.n - 1], i);
	}
	assert_int_equal(e, ERR_CLOSED);
	assert_int_equal(i, RECORDS);
}

static void test_all_of_it_twice(void **state)
{
	struct file *f = *state;
	struct tape *t;

	assert_int_equal(tape_new(f->fd, f->bytes.n, &t), ERR_OK);
	read_all(t);
	tape_rewind(t);
	read_all(t);
	tape_free(t);
	assert_int_equal(tape_of(buf_span(&f->bytes), &t), ERR_OK);
	read_all(t);
	tape_rewind(t);
	read_all(t);
	tape_free(t);
}

static void test_what_grew_since_is_not_read(void **state)
{
	struct file *f = *state;
	struct tape *t;

	assert_int_equal(pwrite(f->fd, "more", 4, (off_t)f->bytes.n), 4);
	assert_int_equal(tape_new(f->fd, f->bytes.n, &t), ERR_OK);
	read_all(t);
	tape_free(t);
}

static void test_a_file_that_shrinks(void **state)
{
	struct file *f = *state;
	struct count_head h = {0};
	struct count_record r;
	struct tape *t;
	enum err e;

	assert_int_equal(tape_new(f->fd, f->bytes.n, &t), ERR_OK);
	assert_int_equal(tape_next(t, &h, &r), ERR_OK);
	assert_int_equal(ftruncate(f->fd, 4096), 0);
	while (!(e = tape_next(t, &h, &r)))
		;
	assert_int_equal(e, ERR_SHAPE);	/* cut inside of a record */
	assert_true(h.records > 0 && h.records < RECORDS);
	tape_free(t);
}

/* The record behind it is looked at too, wherever what is read ends. */
static void test_an_altered_one_is_told(void **state)
{
	struct file *f = *state;
	struct count_head h = {0};
	struct count_record r;
	struct tape *t;
	uint64_t at;

	for (uint64_t nth = 0; nth < RECORDS; nth++) {
		assert_int_equal(tape_new(f->fd, f->bytes.n, &t), ERR_OK);
		memset(&h, 0, sizeof(h));
		for (uint64_t i = 0; i < nth; i++)
			assert_int_equal(tape_next(t, &h, &r), ERR_OK);
		tape_free(t);
		at = h.size + COUNT_HEAD + 3;
		assert_int_equal(pwrite(f->fd, "!", 1, (off_t)at), 1);
		assert_int_equal(tape_new(f->fd, f->bytes.n, &t), ERR_OK);
		memset(&h, 0, sizeof(h));
		for (uint64_t i = 0; i < nth; i++)
			assert_int_equal(tape_next(t, &h, &r), ERR_OK);
		assert_int_equal(tape_next(t, &h, &r), ERR_CORRUPT);
		assert_int_equal(tape_is_altered(t), nth + 1 < RECORDS);
		tape_free(t);
		assert_int_equal(
		    pwrite(f->fd, f->bytes.p + at, 1, (off_t)at), 1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        test_all_of_it_twice, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_what_grew_since_is_not_read, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_file_that_shrinks, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_an_altered_one_is_told, make, unmake),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("meter/tape", tests, NULL, NULL);
}
