/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what is purged loses its side and nothing else, whatever happens
 * meanwhile: entries that come, an end in the middle of a file, a kill after
 * any step, a damaged record. The room is given back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "rig.h"
#include "failing.h"
#include "journal/bare.h"
#include "journal/segment.h"

#define LEAF 24
#define SIDE 40
#define RECORD (RECORD_HEAD + LEAF + SIDE)
#define BARE (RECORD_HEAD + LEAF)
#define FILE0 "seg-000000000000"
#define FILE1 "seg-000000065536"

static const struct record_shape shape = {LEAF, SIDE};
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

static struct segments *open_log(uint64_t known, bool write)
{
	const struct segment_options o = {.dir = folder, .shape = shape,
	    .write = write, .known = known};
	struct segments *s = NULL;

	assert_int_equal(segment_open(&o, &s), ERR_OK);
	return s;
}

static void append(struct segments *s, size_t n)
{
	static uint8_t rooms[512][LEAF + SIDE];
	struct segment_entry entries[512];

	while (n > 0) {
		size_t part = n > 512 ? 512 : n;

		for (size_t i = 0; i < part; i++) {
			rig_fill(segment_size(s) + i, rooms[i], LEAF + SIDE);
			entries[i].leaf = span_of(rooms[i], LEAF);
			entries[i].side = span_of(rooms[i] + LEAF, SIDE);
		}
		assert_int_equal(segment_append(s, entries, part,
		    segment_size(s)), ERR_OK);
		n -= part;
	}
}

/* Every leaf, and the sides from end on; a few in front of it are looked at
 * backwards, so that files change between two reads. */
static void check(struct segments *s, uint64_t n, uint64_t end)
{
	uint8_t room[LEAF + SIDE];
	struct record r;

	assert_int_equal(segment_size(s), n);
	for (uint64_t i = n; i-- > 0;) {
		rig_fill(i, room, sizeof(room));
		assert_int_equal(segment_read(s, i, &r), ERR_OK);
		assert_int_equal(r.index, i);
		assert_true(span_equal(r.leaf, span_of(room, LEAF)));
		if (i < end)
			assert_int_equal(r.side.n, 0);
		else
			assert_true(span_equal(
			    r.side, span_of(room + LEAF, SIDE)));
	}
}

static unsigned purge(struct segments *s, uint64_t end)
{
	unsigned steps = 0;
	bool more = true;

	for (; more; steps++)
		assert_int_equal(segment_purge(s, end, &more), ERR_OK);
	return steps;
}

static off_t size_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(rig_in(folder, name), &st), 0);
	return st.st_size;
}

static void test_an_end_anywhere(void **state)
{
	static const uint64_t ends[] = {1, 500, 65535, 65536, 65537, 66000};
	struct segments *s = open_log(0, true);
	uint64_t n = 66000;

	(void)state;
	append(s, n);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)purge(s, ends[i]);
		check(s, n, ends[i]);
		assert_int_equal(purge(s, ends[i]), 1);
		segment_close(s);
		s = open_log(n, false);	/* as a reader */
		check(s, n, ends[i]);
		segment_close(s);
		s = open_log(n - 30, true);
		check(s, n, ends[i]);
		append(s, 7);
		n += 7;
		check(s, n, ends[i]);
	}
	assert_int_equal(size_of(FILE0), (off_t)65536 * BARE);
	/* an earlier end changes nothing */
	(void)purge(s, 4);
	check(s, n, 66000);
	segment_close(s);
}

static void test_the_log_grows_meanwhile(void **state)
{
	struct segments *s = open_log(0, true);
	uint64_t n = 5000;
	bool more = true;

	(void)state;
	append(s, n);
	while (more) {
		assert_int_equal(segment_purge(s, 4500, &more), ERR_OK);
		append(s, 100);
		n += 100;
	}
	check(s, n, 4500);
	/* into the next file, and on in it */
	append(s, 65536 - n + 10);
	check(s, 65546, 4500);
	segment_close(s);
	s = open_log(65546, true);
	(void)purge(s, 65540);
	check(s, 65546, 65540);
	segment_close(s);
}

static void test_a_kill_after_any_step(void **state)
{
	struct segments *s = open_log(0, true);
	uint64_t n = 3000;

	(void)state;
	append(s, n);
	segment_close(s);
	for (unsigned steps = 0; steps < 6; steps++) {
		bool more = true;

		s = open_log(n, true);
		for (unsigned i = 0; i < steps && more; i++)
			assert_int_equal(
			    segment_purge(s, 2500, &more), ERR_OK);
		segment_close(s);
		/* a kill leaves half a file beside */
		rig_store(rig_in(folder, FILE0 ".new"),
		    (const uint8_t *)"half", 4);
		s = open_log(n, true);
		check(s, n, steps < 4 ? 0 : 2500);
		segment_close(s);
	}
	s = open_log(n, true);
	(void)purge(s, 2500);
	check(s, n, 2500);
	segment_close(s);
}

static void test_a_torn_batch_behind_what_is_purged(void **state)
{
	struct segments *s = open_log(0, true);
	uint64_t n = 2000;

	(void)state;
	append(s, n);
	(void)purge(s, 1900);
	append(s, 3);
	segment_close(s);
	assert_int_equal(truncate(rig_in(folder, FILE0),
	    (off_t)1900 * BARE + 102 * RECORD + 50), 0);
	s = open_log(n, true);
	check(s, n + 2, 1900);
	append(s, 5);
	check(s, n + 7, 1900);
	segment_close(s);
}

static void test_a_damaged_record_stays_what_it_is(void **state)
{
	struct segments *s = open_log(0, true);
	const char *path = rig_in(folder, FILE0);
	bool more = true;
	uint8_t *bytes;
	size_t n;
	enum err e;

	(void)state;
	append(s, 2000);
	segment_close(s);
	bytes = rig_load(path, &n);
	bytes[700 * RECORD + RECORD_HEAD + LEAF + 5] ^= 1;
	rig_store(path, bytes, n);
	s = open_log(2000, true);
	do
		e = segment_purge(s, 1500, &more);
	while (!e && more);
	assert_int_equal(e, ERR_CORRUPT);
	segment_close(s);
	assert_int_not_equal(access(rig_in(folder, FILE0 ".new"), F_OK), 0);
	assert_int_equal(size_of(FILE0), (off_t)n);
	free(bytes);
}

/* An empty side is no purged one where none has a side; and one that stands
 * at another's place is none. */
static void test_what_is_no_purged_record(void **state)
{
	const struct record_shape none = {LEAF, 0};
	struct segments *s = open_log(0, true);
	uint64_t bare = 9;
	int fd;

	(void)state;
	append(s, 3);
	(void)purge(s, 3);
	segment_close(s);
	fd = open(rig_in(folder, FILE0), O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(bare_count(fd, 0, shape, &bare), ERR_OK);
	assert_int_equal(bare, 3);
	assert_int_equal(bare_count(fd, 65536, shape, &bare), ERR_OK);
	assert_int_equal(bare, 0);
	bare = 9;
	assert_int_equal(bare_count(fd, 0, none, &bare), ERR_OK);
	assert_int_equal(bare, 0);
	close(fd);
}

static void test_what_cannot_be_purged(void **state)
{
	const struct segment_options varying = {
	    .dir = folder, .write = true}, wide = {.dir = folder,
	    .write = true, .shape = {1000, 1048 - RECORD_HEAD + 1}};
	static uint8_t room[1048];
	const struct segment_entry entry = {{room, wide.shape.leaf},
	    {room, wide.shape.side}};
	struct segments *s = open_log(0, true);
	bool more = true;

	(void)state;
	append(s, 3);
	assert_int_equal(segment_purge(s, 4, &more), ERR_RANGE);
	segment_close(s);
	s = open_log(3, false);
	assert_int_equal(segment_purge(s, 1, &more), ERR_STATE);
	segment_close(s);
	rig_remove(folder);
	rig_folder(folder);
	assert_int_equal(segment_open(&varying, &s), ERR_OK);
	assert_int_equal(segment_purge(s, 0, &more), ERR_RANGE);
	segment_close(s);
	/* a step's room is for records of 2,048 bytes */
	assert_int_equal(segment_open(&wide, &s), ERR_OK);
	assert_int_equal(segment_append(s, &entry, 1, 0), ERR_OK);
	assert_int_equal(segment_purge(s, 1, &more), ERR_IO);
	assert_int_equal(rig_size(rig_in(folder, FILE0 ".new")), -1);
	segment_close(s);
}

/* To its end, or to the first failure. */
static enum err try_purge(struct segments *s, uint64_t end)
{
	bool more = true;
	enum err e = ERR_OK;

	while (more && !e)
		e = segment_purge(s, end, &more);
	return e;
}

/* A purge that failed is begun again, and ends all of it: in the file that it
 * failed in, too. */
static void test_whatever_call_fails(void **state)
{
	const uint64_t size = 65536 + 5000;
	int failures = 0, ends = 0;
	char before[RIG_PATH];
	struct segments *s = open_log(0, true);

	(void)state;
	append(s, size);
	segment_close(s);
	rig_folder(before);
	rig_copy(folder, before);
	for (int kind = 0; kind < FAILING_KINDS; kind++) {
		bool failed = true;

		/* the first, and some of the many that are alike */
		for (int n = 0; failed; n += n < 20 ? 1 : 29) {
			struct record r;
			enum err e;

			rig_remove(folder);
			rig_copy(before, folder);
			s = open_log(size, true);
			failing_set((enum failing_kind)kind, n, EIO);
			e = try_purge(s, size);
			failed = failing_end();
			failures += failed;
			if (e) {
				assert_true(failed);
				e = try_purge(s, size);
			}
			/* the failure was the end of it, or there was none */
			if (e) {
				assert_int_equal(e, ERR_IO);
				assert_int_equal(
				    segment_purge(s, size, &failed), ERR_IO);
				ends++;
				segment_close(s);
				s = open_log(size, true);
				(void)purge(s, size);
				failed = true;
			}
			for (uint64_t i = 0; i < size; i += 97) {
				assert_int_equal(
				    segment_read(s, i, &r), ERR_OK);
				assert_int_equal(r.side.n, 0);
			}
			segment_close(s);
		}
	}
	print_message("# %d calls failed, %d for good\n", failures, ends);
	assert_true(failures > 40 && ends > 2);
	rig_remove(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        test_an_end_anywhere, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_the_log_grows_meanwhile, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_kill_after_any_step, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_torn_batch_behind_what_is_purged, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_damaged_record_stays_what_it_is, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_what_is_no_purged_record, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_what_cannot_be_purged, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_whatever_call_fails, make, unmake),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
