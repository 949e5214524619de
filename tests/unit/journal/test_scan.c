/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: records are found wherever they lie in a file larger than the window
 * it is read through; and what stands behind the last of them is told to be
 * nothing, torn, or the proof of damage, wherever it begins.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "rig.h"
#include "failing.h"
#include "journal/scan.h"

#define LEAF 24
#define SIDE 40
#define RECORD (RECORD_HEAD + LEAF + SIDE)
#define WINDOW ((size_t)1 << 20)	/* scan.c's */
#define LARGE (3 * WINDOW)

static const struct record_shape shape = {LEAF, SIDE};

struct file {
	char folder[RIG_PATH];
	struct crc crc;
	int fd;
	struct scan *scan;
};

static int make(void **state)
{
	struct file *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	crc_init(&f->crc);
	rig_folder(f->folder);
	f->fd = open(rig_in(f->folder, "file"), O_RDWR | O_CREAT, 0600);
	assert_true(f->fd >= 0);
	assert_int_equal(
	    scan_new(f->fd, &f->crc, shape, &f->scan), ERR_OK);
	*state = f;
	return 0;
}

static int unmake(void **state)
{
	struct file *f = *state;

	scan_free(f->scan);
	close(f->fd);
	rig_remove(f->folder);
	free(f);
	return 0;
}

static void put(const struct file *f, size_t at, uint64_t index)
{
	uint8_t room[LEAF + SIDE], bytes[RECORD];
	const struct record r = {.index = index, .batch = index,
	    .leaf = {room, LEAF}, .side = {room + LEAF, SIDE}};

	rig_fill(index, room, sizeof(room));
	record_pack(&f->crc, shape, &r, bytes);
	assert_int_equal(pwrite(f->fd, bytes, RECORD, (off_t)at), RECORD);
}

/* What stands from offset 0 on, where index is missing. */
static enum err rest(const struct file *f, uint64_t index, bool *dirty)
{
	struct scan *scan = NULL;
	enum err e;

	assert_int_equal(scan_new(f->fd, &f->crc, shape, &scan), ERR_OK);
	e = scan_rest(scan, 0, index, dirty);
	scan_free(scan);
	return e;
}

/* The head of one is in the window, and the rest is not. */
static void test_a_record_across_two_windows(void **state)
{
	const uint64_t across = WINDOW / RECORD;
	struct file *f = *state;
	struct record r;

	assert_true(WINDOW % RECORD >= RECORD_HEAD);
	for (uint64_t i = 0; i < across + 5; i++)
		put(f, i * RECORD, i);
	for (uint64_t i = 0; i < across; i++)
		assert_int_equal(scan_record(
		    f->scan, (off_t)(i * RECORD), i, &r), ERR_OK);
	failing_set(FAILING_READ, 0, EIO);
	assert_int_equal(scan_record(
	    f->scan, (off_t)(across * RECORD), across, &r), ERR_IO);
	assert_true(failing_end());
	for (uint64_t i = across; i < across + 5; i++)
		assert_int_equal(scan_record(
		    f->scan, (off_t)(i * RECORD), i, &r), ERR_OK);
	assert_int_equal(scan_record(f->scan,
	    (off_t)((across + 5) * RECORD), across + 5, &r), ERR_CORRUPT);
}

static void test_a_record_in_anothers_place(void **state)
{
	struct file *f = *state;
	struct record r;

	put(f, 0, 7);
	assert_int_equal(scan_record(f->scan, 0, 6, &r), ERR_CORRUPT);
	assert_int_equal(scan_record(f->scan, 0, 7, &r), ERR_OK);
	assert_int_equal(r.index, 7);
}

/* Zeros are nothing; one byte anywhere else is a torn batch. */
static void test_zeros_and_what_is_none(void **state)
{
	static const size_t places[] = {0, 1, 5000, WINDOW - 1, WINDOW,
	    2 * WINDOW + 9, LARGE - 1};
	struct file *f = *state;
	bool dirty = true;

	assert_int_equal(rest(f, 3, &dirty), ERR_OK);
	assert_false(dirty);
	assert_int_equal(ftruncate(f->fd, LARGE), 0);
	assert_int_equal(rest(f, 3, &dirty), ERR_OK);
	assert_false(dirty);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		assert_int_equal(pwrite(f->fd, "x", 1, (off_t)places[i]), 1);
		dirty = false;
		assert_int_equal(rest(f, 3, &dirty), ERR_OK);
		assert_true(dirty);
		assert_int_equal(pwrite(f->fd, "", 1, (off_t)places[i]), 1);
	}
}

/* Wherever it begins, the parts of it that two windows share included. */
static void test_a_later_batch_is_found_at_each_place(void **state)
{
	static const size_t places[] = {0, 9973, WINDOW - RECORD_MAX,
	    WINDOW - RECORD, WINDOW, 2 * (WINDOW - RECORD_MAX),
	    2 * WINDOW, LARGE - RECORD - 4};
	static const uint8_t zeros[RECORD];
	struct file *f = *state;
	bool dirty;

	assert_int_equal(ftruncate(f->fd, LARGE), 0);
	for (size_t i = 0; i < 8 * sizeof(places) / sizeof(places[0]); i++) {
		size_t at = places[i / 8] + i % 8;

		at -= at < 4 ? 0 : 4;	/* and around it */
		put(f, at, 4);
		assert_int_equal(rest(f, 3, &dirty), ERR_CORRUPT);
		/* of the batch that is missing, or of one before it */
		assert_int_equal(rest(f, 4, &dirty), ERR_OK);
		assert_true(dirty);
		assert_int_equal(
		    pwrite(f->fd, zeros, RECORD, (off_t)at), RECORD);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_a_record_across_two_windows),
	    CASE(test_a_record_in_anothers_place),
	    CASE(test_zeros_and_what_is_none),
	    CASE(test_a_later_batch_is_found_at_each_place),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
