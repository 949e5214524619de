/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what was said to be durable is there after any stop; what was torn is
 * gone for good; what was damaged is told and never cut off; and after the
 * first failure of the disk nothing is answered any more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "rig.h"
#include "failing.h"
#include "journal/segment.h"

#define LEAF 24
#define SIDE 40
#define RECORD (RECORD_HEAD + LEAF + SIDE)
#define FILE0 "seg-000000000000"
#define FILE1 "seg-000000065536"
#define FILE2 "seg-000000131072"

/* Each test runs with a fixed shape and with a varying one. */
static const struct record_shape shapes[] = {{LEAF, SIDE}, {0, 0}};

static char folder[RIG_PATH];
static struct crc crc;

static int make(void **state)
{
	(void)state;
	crc_init(&crc);
	rig_folder(folder);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	rig_remove(folder);
	return 0;
}

/* Sizes of entry i: constant, or all lengths from 1. */
static void entry_of(struct record_shape shape, uint64_t i, uint8_t room[64],
    struct segment_entry *ret)
{
	size_t leaf = shape.leaf ? LEAF : 1 + i % LEAF;
	size_t side = shape.leaf ? SIDE : i * 7 % (SIDE + 1);

	rig_fill(i, room, LEAF + SIDE);
	ret->leaf = span_of(room, leaf);
	ret->side = span_of(room + LEAF, side);
}

static enum err try_open(const char *dir, struct record_shape shape,
    uint64_t known, const struct segment_io *io, struct segments **ret)
{
	const struct segment_options o = {.dir = dir, .shape = shape,
	    .io = io, .write = true, .known = known};

	return segment_open(&o, ret);
}

static struct segments *open_in(
    const char *dir, struct record_shape shape, uint64_t known)
{
	struct segments *s = NULL;

	assert_int_equal(try_open(dir, shape, known, NULL, &s), ERR_OK);
	return s;
}

static enum err append(struct segments *s, struct record_shape shape, size_t n,
    uint64_t released)
{
	static uint8_t rooms[512][64];
	struct segment_entry entries[512];

	for (size_t i = 0; i < n; i++)
		entry_of(shape, segment_size(s) + i, rooms[i], &entries[i]);
	return segment_append(s, entries, n, released);
}

static void check_all(struct segments *s, struct record_shape shape, uint64_t n)
{
	assert_int_equal(segment_size(s), n);
	for (uint64_t i = 0; i < n; i++) {
		struct segment_entry want;
		struct record r;
		uint8_t room[64];

		entry_of(shape, i, room, &want);
		assert_int_equal(segment_read(s, i, &r), ERR_OK);
		assert_int_equal(r.index, i);
		assert_true(span_equal(r.leaf, want.leaf));
		assert_true(span_equal(r.side, want.side));
	}
}

static void test_batches_are_read_back(void **state)
{
	(void)state;
	for (int k = 0; k < 2; k++) {
		struct segments *s = open_in(folder, shapes[k], 0);
		struct record r;

		for (size_t n = 1; n <= 40; n++)
			assert_int_equal(append(s, shapes[k], n,
			    segment_size(s) / 2), ERR_OK);
		check_all(s, shapes[k], 820);
		assert_int_equal(segment_read(s, 820, &r), ERR_UNKNOWN);
		segment_close(s);
		s = open_in(folder, shapes[k], 820);
		check_all(s, shapes[k], 820);
		assert_int_equal(segment_read(s, 819, &r), ERR_OK);
		assert_int_equal(r.batch, 780);
		assert_int_equal(r.released, 390);
		assert_int_equal(append(s, shapes[k], 3, 820), ERR_OK);
		check_all(s, shapes[k], 823);
		segment_close(s);
		rig_remove(folder);
		rig_folder(folder);
	}
}

/* Bytes of n records from the first on. */
static size_t length_of(struct record_shape shape, uint64_t n)
{
	size_t total = 0;

	for (uint64_t i = 0; i < n; i++) {
		struct segment_entry e;
		uint8_t room[64];

		entry_of(shape, i, room, &e);
		total += RECORD_HEAD + e.leaf.n + e.side.n;
	}
	return total;
}

#define TORN_FILE 8192	/* bytes; the zeros ahead are cut to keep it quick */

/* 8 durable entries, then a batch of 4 that stopped after cut bytes: the file
 * ends there, or zeros follow. */
static void tear(struct record_shape shape, size_t cut, bool zeros)
{
	const char *path = rig_in(folder, FILE0);
	size_t end = length_of(shape, 8) + cut;
	uint8_t bytes[TORN_FILE] = {0};

	for (uint64_t i = 0; i < 12; i++) {
		struct segment_entry e;
		uint8_t room[64];
		struct record r = {.index = i, .batch = i < 8 ? 0 : 8};

		entry_of(shape, i, room, &e);
		r.leaf = e.leaf;
		r.side = e.side;
		record_pack(&crc, shape, &r, bytes + length_of(shape, i));
	}
	memset(bytes + end, 0, TORN_FILE - end);
	rig_store(path, bytes, zeros ? TORN_FILE : end);
}

static void test_a_tail_torn_at_any_byte_is_cut_to_whole_records(void **state)
{
	(void)state;
	for (int k = 0; k < 4; k++) {
		struct record_shape shape = shapes[k / 2];
		size_t batch = length_of(shape, 12) - length_of(shape, 8);

		for (size_t cut = 0; cut <= batch; cut++) {
			struct segments *s;
			uint64_t want = 8;

			tear(shape, cut, k % 2);
			while (want < 12 && length_of(shape, want + 1) <=
			        length_of(shape, 8) + cut)
				want++;
			/* zeros that were data anyway */
			s = open_in(folder, shape, 8);
			if (segment_size(s) > want && k % 2)
				want = segment_size(s);
			check_all(s, shape, want);
			assert_int_equal(append(s, shape, 2, want), ERR_OK);
			segment_close(s);
			s = open_in(folder, shape, want + 2);
			check_all(s, shape, want + 2);
			segment_close(s);
			(void)unlink(rig_in(folder, FILE0));
		}
	}
}

/* The disk may write a batch's later pages first. What is found behind the
 * gap must not come back when the gap is filled. */
static void test_a_torn_batch_does_not_come_back(void **state)
{
	(void)state;
	for (int k = 0; k < 2; k++) {
		struct record_shape shape = shapes[k];
		struct segments *s;

		tear(shape, length_of(shape, 12) - length_of(shape, 8), true);
		rig_flip(rig_in(folder, FILE0), length_of(shape, 8) + 50, 1);
		s = open_in(folder, shape, 8);
		check_all(s, shape, 8);
		assert_int_equal(append(s, shape, 1, 8), ERR_OK);
		segment_close(s);
		s = open_in(folder, shape, 9);
		check_all(s, shape, 9);
		segment_close(s);
		(void)unlink(rig_in(folder, FILE0));
	}
}

/* Opening must fail, and leave every byte as it was. */
static void refuse(const char *dir, struct record_shape shape, uint64_t known)
{
	const char *path = rig_in(dir, FILE0);
	struct segments *s = NULL;
	size_t n, n2;
	uint8_t *before = rig_load(path, &n), *after;

	assert_int_equal(try_open(dir, shape, known, NULL, &s), ERR_CORRUPT);
	after = rig_load(path, &n2);
	assert_int_equal(n, n2);
	assert_memory_equal(before, after, n);
	free(before);
	free(after);
}

static void test_damage_before_a_whole_batch_is_refused(void **state)
{
	(void)state;
	for (int k = 0; k < 2; k++) {
		struct record_shape shape = shapes[k];
		struct segments *s = open_in(folder, shape, 0);
		const char *path = rig_in(folder, FILE0);

		assert_int_equal(append(s, shape, 4, 0), ERR_OK);
		assert_int_equal(append(s, shape, 4, 0), ERR_OK);
		assert_int_equal(append(s, shape, 1, 0), ERR_OK);
		segment_close(s);
		for (size_t at = length_of(shape, 3);
		     at < length_of(shape, 8); at++) {
			rig_flip(path, at, 0x10);
			refuse(folder, shape, 3);
			rig_flip(path, at, 0x10);
		}
		/* the last batch alone cannot be told from a torn one */
		rig_flip(path, length_of(shape, 8) + 3, 1);
		s = open_in(folder, shape, 3);
		check_all(s, shape, 8);
		segment_close(s);
		(void)unlink(path);
	}
}

static void test_fewer_records_than_known_are_refused(void **state)
{
	(void)state;
	for (int k = 0; k < 2; k++) {
		struct record_shape shape = shapes[k];
		struct segments *s = open_in(folder, shape, 0);
		const char *path = rig_in(folder, FILE0);

		assert_int_equal(append(s, shape, 8, 0), ERR_OK);
		segment_close(s);
		refuse(folder, shape, 9);
		rig_flip(path, length_of(shape, 8) - 1, 1);
		refuse(folder, shape, 8);
		rig_flip(path, length_of(shape, 8) - 1, 1);
		assert_int_equal(
		    truncate(path, (off_t)length_of(shape, 8) - 1), 0);
		refuse(folder, shape, 8);
		(void)unlink(path);
		s = NULL;
		assert_int_equal(
		    try_open(folder, shape, 1, NULL, &s), ERR_CORRUPT);
		assert_null(s);
	}
}

static void test_a_batch_may_end_one_file_and_begin_the_next(void **state)
{
	(void)state;
	for (int k = 0; k < 2; k++) {
		struct record_shape shape = shapes[k];
		struct segments *s = open_in(folder, shape, 0);
		struct record r;

		while (segment_size(s) < SEGMENT_RECORDS - 36)
			assert_int_equal(append(s, shape, 500, 0), ERR_OK);
		assert_int_equal(segment_size(s), 65500);
		assert_int_equal(append(s, shape, 100, 65500), ERR_OK);
		assert_int_equal(segment_read(s, 65599, &r), ERR_OK);
		assert_int_equal(r.batch, 65500);
		segment_close(s);
		s = open_in(folder, shape, 65600);
		check_all(s, shape, 65600);
		segment_close(s);
		/* the stop came between the two files */
		rig_flip(rig_in(folder, FILE0), length_of(shape, 65530), 1);
		s = open_in(folder, shape, 65500);
		assert_int_equal(segment_size(s), 65530);
		assert_int_equal(rig_size(rig_in(folder, FILE1)), -1);
		assert_int_equal(append(s, shape, 100, 0), ERR_OK);
		assert_int_equal(segment_size(s), 65630);
		segment_close(s);
		s = open_in(folder, shape, 65630);
		check_all(s, shape, 65630);
		segment_close(s);
		/* a whole batch in the second file: not torn, but damaged */
		s = open_in(folder, shape, 0);
		assert_int_equal(append(s, shape, 1, 0), ERR_OK);
		segment_close(s);
		rig_flip(rig_in(folder, FILE0), length_of(shape, 65530), 1);
		refuse(folder, shape, 65500);
		/* a known file is missing: the last, the first */
		rig_flip(rig_in(folder, FILE0), length_of(shape, 65530), 1);
		(void)unlink(rig_in(folder, FILE1));
		refuse(folder, shape, 65631);
		(void)unlink(rig_in(folder, FILE0));
	}
}

static void test_an_early_file_that_is_missing_or_short_is_refused(
    void **state)
{
	(void)state;
	for (int k = 0; k < 2; k++) {
		struct record_shape shape = shapes[k];
		struct segments *s = open_in(folder, shape, 0);
		const char *path = rig_in(folder, FILE0);

		while (segment_size(s) < SEGMENT_RECORDS + 100)
			assert_int_equal(append(s, shape, 500, 0), ERR_OK);
		segment_close(s);
		s = NULL;
		assert_int_equal(truncate(path,
		    (off_t)length_of(shape, SEGMENT_RECORDS) - 1), 0);
		refuse(folder, shape, SEGMENT_RECORDS + 100);
		(void)unlink(path);
		assert_int_equal(try_open(folder, shape,
		    SEGMENT_RECORDS + 100, NULL, &s), ERR_CORRUPT);
		(void)unlink(rig_in(folder, FILE1));
	}
}

/* A disk that fails at the nth call of a kind, and counts what comes. */
struct disk {
	int writes, flushes;	/* calls so far */
	int bad_write, bad_flush, short_write;	/* which one; 0: none */
	off_t from, to;		/* written since the last flush */
	off_t lost, lost_to;	/* in memory alone, held to be clean: written
				   before a flush that failed */
};

static ssize_t disk_write(
    void *ctx, int fd, const void *p, size_t n, off_t offset)
{
	struct disk *d = ctx;

	d->writes++;
	if (d->writes == d->bad_write) {
		errno = ENOSPC;
		return -1;
	}
	if (d->writes == d->short_write && n > 1)
		n /= 2;
	if (d->from == d->to)
		d->from = d->to = offset;
	if (offset + (off_t)n > d->to)
		d->to = offset + (off_t)n;
	if (offset <= d->lost && offset + (off_t)n > d->lost)
		d->lost = offset + (off_t)n;
	return pwrite(fd, p, n, offset);
}

static int disk_flush(void *ctx, int fd)
{
	struct disk *d = ctx;

	if (++d->flushes == d->bad_flush) {
		if (d->lost >= d->lost_to)
			d->lost = d->from;
		if (d->to > d->lost_to)
			d->lost_to = d->to;
		d->from = d->to;
		errno = EIO;
		return -1;
	}
	d->from = d->to;
	return fdatasync(fd);
}

static enum err write_one(struct segments *s, int *ret_fd)
{
	struct segment_entry entry;
	uint8_t room[64];

	entry_of(shapes[0], segment_size(s), room, &entry);
	return segment_write(s, &entry, 1, 0, ret_fd);
}

static void expect_silence(struct segments *s, struct disk *d)
{
	int calls = d->writes + d->flushes, fd;
	struct record r;
	bool more;

	assert_int_equal(append(s, shapes[0], 1, 0), ERR_IO);
	assert_int_equal(write_one(s, &fd), ERR_IO);
	assert_int_equal(fd, -1);
	assert_int_equal(segment_read(s, 0, &r), ERR_IO);
	assert_int_equal(segment_ahead(s), ERR_IO);
	assert_int_equal(segment_purge(s, 0, &more), ERR_IO);
	assert_int_equal(d->writes + d->flushes, calls);
}

static void test_the_first_failure_is_the_last_call(void **state)
{
	int failures = 0;

	(void)state;
	for (int nth = 1; nth < 400; nth++) {
		struct disk d = {0};
		const struct segment_io io = {disk_write, disk_flush, &d};
		struct segments *s = NULL;
		enum err e = ERR_OK;
		uint64_t durable;

		if (nth % 2)
			d.bad_write = (nth + 1) / 2;
		else
			d.bad_flush = nth / 2;
		assert_int_equal(
		    try_open(folder, shapes[0], 0, &io, &s), ERR_OK);
		for (int b = 0; b < 8 && !e; b++)
			e = append(s, shapes[0], 3, 0);
		durable = segment_size(s);
		if (e) {
			assert_int_equal(e, ERR_IO);
			expect_silence(s, &d);
			failures++;
		} else {
			assert_int_equal(durable, 24);
		}
		segment_close(s);
		/* all that was said to be durable is there */
		s = open_in(folder, shapes[0], durable);
		assert_true(segment_size(s) >= durable);
		segment_close(s);
		(void)unlink(rig_in(folder, FILE0));
		if (!e && nth % 2 == 0)
			break;
	}
	assert_true(failures > 15);
}

/* What a failed flush left in memory alone is read at the next start as if it
 * were on the disk: it is written again before anybody relies on it. */
static void test_a_batch_that_was_not_flushed_is_written_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct disk d = {0};
		const struct segment_io io = {disk_write, disk_flush, &d};
		struct segments *s = NULL;

		assert_int_equal(
		    try_open(folder, shapes[i], 0, &io, &s), ERR_OK);
		assert_int_equal(append(s, shapes[i], 3, 0), ERR_OK);
		d.bad_flush = d.flushes + 1;
		assert_int_equal(append(s, shapes[i], 300, 0), ERR_IO);
		assert_true(d.lost < d.lost_to);
		segment_close(s);
		/* the disk is still out of order: it does not open */
		d.bad_flush = d.flushes + 1;
		s = NULL;
		assert_int_equal(
		    try_open(folder, shapes[i], 3, &io, &s), ERR_IO);
		assert_null(s);
		/* in the first of several parts */
		d.bad_write = d.writes + 1;
		assert_int_equal(
		    try_open(folder, shapes[i], 3, &io, &s), ERR_IO);
		assert_null(s);
		assert_int_equal(
		    try_open(folder, shapes[i], 3, &io, &s), ERR_OK);
		assert_int_equal(segment_size(s), 303);
		assert_true(d.lost >= d.lost_to);
		check_all(s, shapes[i], 303);
		segment_close(s);
		(void)unlink(rig_in(folder, FILE0));
	}
}

static void test_short_writes_are_finished(void **state)
{
	(void)state;
	for (int nth = 1; nth < 80; nth++) {
		struct disk d = {.short_write = nth};
		const struct segment_io io = {disk_write, disk_flush, &d};
		struct segments *s = NULL;

		assert_int_equal(
		    try_open(folder, shapes[0], 0, &io, &s), ERR_OK);
		for (int b = 0; b < 4; b++)
			assert_int_equal(append(s, shapes[0], 3, 0), ERR_OK);
		check_all(s, shapes[0], 12);
		segment_close(s);
		(void)unlink(rig_in(folder, FILE0));
	}
}

static void test_one_write_and_one_flush_a_batch(void **state)
{
	struct disk d = {0};
	const struct segment_io io = {disk_write, disk_flush, &d};
	struct segments *s = NULL;

	(void)state;
	assert_int_equal(try_open(folder, shapes[0], 0, &io, &s), ERR_OK);
	assert_int_equal(append(s, shapes[0], 1, 0), ERR_OK);
	d.writes = d.flushes = 0;
	for (int b = 0; b < 50; b++)
		assert_int_equal(append(s, shapes[0], 64, 0), ERR_OK);
	assert_int_equal(d.writes, 50);
	assert_int_equal(d.flushes, 50);
	segment_close(s);
}

static void test_unfit_batches_write_nothing(void **state)
{
	static uint8_t big[RECORD_PART_MAX + 1];
	struct segment_entry e = {{big, LEAF}, {big, SIDE}};
	struct segments *s = open_in(folder, shapes[0], 0);

	(void)state;
	assert_int_equal(append(s, shapes[0], 2, 0), ERR_OK);
	assert_int_equal(append(s, shapes[0], 1, 3), ERR_RANGE);
	e.leaf.n++;
	assert_int_equal(segment_append(s, &e, 1, 0), ERR_RANGE);
	e.leaf.n--;
	e.side.n--;
	assert_int_equal(segment_append(s, &e, 1, 0), ERR_RANGE);
	assert_int_equal(segment_size(s), 2);
	segment_close(s);
	(void)unlink(rig_in(folder, FILE0));
	s = open_in(folder, shapes[1], 0);
	e.leaf.n = 0;
	assert_int_equal(segment_append(s, &e, 1, 0), ERR_RANGE);
	e.leaf.n = RECORD_PART_MAX;
	e.side.n = RECORD_PART_MAX;
	assert_int_equal(segment_append(s, &e, 1, 0), ERR_OK);
	e.leaf.n++;
	assert_int_equal(segment_append(s, &e, 1, 0), ERR_RANGE);
	assert_int_equal(segment_size(s), 1);
	segment_close(s);
}

/* 64 MB at once: the last record that fits, and one more. */
static void test_a_batch_has_a_limit(void **state)
{
	enum { MOST = SEGMENT_BATCH_BYTES / RECORD_MAX };
	static uint8_t big[RECORD_PART_MAX];
	static struct segment_entry all[MOST + 1];
	struct segments *s = open_in(folder, shapes[1], 0);

	(void)state;
	for (size_t i = 0; i < MOST + 1; i++)
		all[i] = (struct segment_entry){
		    {big, sizeof(big)}, {big, sizeof(big)}};
	assert_int_equal(segment_append(s, all, MOST + 1, 0), ERR_LIMIT);
	assert_int_equal(segment_size(s), 0);
	assert_int_equal(rig_size(rig_in(folder, FILE0)), -1);
	assert_int_equal(segment_append(s, all, MOST, 0), ERR_OK);
	assert_int_equal(segment_size(s), MOST);
	segment_close(s);
}

static void test_a_folder_that_is_missing(void **state)
{
	const char *nowhere = rig_in(folder, "nowhere");
	struct segments *s = NULL;

	(void)state;
	assert_int_equal(
	    try_open(nowhere, shapes[0], 0, NULL, &s), ERR_UNKNOWN);
	assert_null(s);
}

/* Damage that comes while the log is open is met by who reads there. */
static void test_what_changes_under_an_open_log(void **state)
{
	const char *path = rig_in(folder, FILE0);

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct record_shape shape = shapes[k];
		struct segments *s = open_in(folder, shape, 0);
		size_t at = length_of(shape, 3), n;
		struct record r;
		uint8_t *bytes;

		assert_int_equal(append(s, shape, 8, 0), ERR_OK);
		bytes = rig_load(path, &n);
		/* no record at all */
		rig_flip(path, at, 1);
		assert_int_equal(segment_read(s, 3, &r), ERR_CORRUPT);
		rig_flip(path, at, 1);
		assert_int_equal(segment_read(s, 3, &r), ERR_OK);
		/* a whole one that is another */
		memmove(bytes + at, bytes + length_of(shape, 4),
		    length_of(shape, 5) - length_of(shape, 4));
		rig_store(path, bytes, n);
		assert_int_equal(segment_read(s, 3, &r), ERR_CORRUPT);
		/* the end of the file, in its head and in its side */
		assert_int_equal(truncate(path, (off_t)at + 5), 0);
		assert_int_equal(segment_read(s, 3, &r), ERR_CORRUPT);
		assert_int_equal(segment_read(s, 2, &r), ERR_OK);
		assert_int_equal(truncate(path, (off_t)at - 1), 0);
		assert_int_equal(segment_read(s, 2, &r), ERR_CORRUPT);
		segment_close(s);
		free(bytes);
		(void)unlink(path);
	}
}

/* Files behind a torn batch go from the last back: what is left when that
 * fails is still one torn batch, and the next start ends it. */
static void test_parts_of_a_torn_batch_that_stay(void **state)
{
	enum failing_kind kinds[] = {FAILING_NAME, FAILING_FLUSH};
	static const uint8_t zeros[100];

	(void)state;
	for (size_t k = 0; k < 2; k++)
		for (int nth = 0; nth < 3; nth++) {
			struct segments *s = NULL;

			tear(shapes[0], 50, true);
			rig_store(rig_in(folder, FILE1), zeros, sizeof(zeros));
			rig_store(rig_in(folder, FILE2), zeros, sizeof(zeros));
			failing_set(kinds[k], nth, EIO);
			if (try_open(folder, shapes[0], 8, NULL, &s))
				assert_null(s);
			assert_int_equal(failing_end(), k == 1 || nth < 2);
			assert_int_equal(rig_size(rig_in(folder, FILE2)),
			    k == 0 && nth == 0 ? (long)sizeof(zeros) : -1);
			if (nth == 0)
				assert_true(
				    rig_size(rig_in(folder, FILE1)) > 0);
			segment_close(s);
			s = open_in(folder, shapes[0], 8);
			check_all(s, shapes[0], 8);
			assert_int_equal(rig_size(rig_in(folder, FILE1)), -1);
			assert_int_equal(rig_size(rig_in(folder, FILE2)), -1);
			segment_close(s);
		}
}

static void test_a_reader_sees_what_is_known_and_no_more(void **state)
{
	(void)state;
	for (int k = 0; k < 2; k++) {
		struct segment_options o = {
		    .dir = folder, .shape = shapes[k], .known = 5};
		struct segments *w = open_in(folder, shapes[k], 0), *s = NULL;
		struct record r;

		assert_int_equal(append(w, shapes[k], 8, 0), ERR_OK);
		assert_int_equal(segment_open(&o, &s), ERR_OK);
		check_all(s, shapes[k], 5);
		assert_int_equal(segment_read(s, 5, &r), ERR_UNKNOWN);
		assert_int_equal(append(s, shapes[k], 1, 0), ERR_STATE);
		segment_close(s);
		o.known = 0;
		assert_int_equal(segment_open(&o, &s), ERR_OK);
		check_all(s, shapes[k], 0);
		segment_close(s);
		segment_close(w);
		(void)unlink(rig_in(folder, FILE0));
	}
}

/* What is left after a failure: all that was durable, purged below an end
 * perhaps, and a log that goes on and ends its purge. */
static void check_left(struct record_shape shape, uint64_t durable,
    uint64_t purged)
{
	struct segments *s = open_in(folder, shape, durable);
	uint64_t step = 1 + durable / 100;
	bool more = purged > 0;

	for (int twice = 0; twice < 2; twice++) {
		for (uint64_t n = durable; n > 0; n -= n > step ? step : n) {
			struct segment_entry want;
			struct record r;
			uint8_t room[64];

			entry_of(shape, n - 1, room, &want);
			assert_int_equal(segment_read(s, n - 1, &r), ERR_OK);
			assert_true(span_equal(r.leaf, want.leaf));
			if (n <= purged && (twice || r.side.n == 0))
				assert_int_equal(r.side.n, 0);
			else
				assert_true(span_equal(r.side, want.side));
		}
		while (more)
			assert_int_equal(
			    segment_purge(s, purged, &more), ERR_OK);
		assert_int_equal(append(s, shape, 1, 0), ERR_OK);
	}
	segment_close(s);
}

/* The life of a log of known records: what it says is durable. */
static enum err live(struct record_shape shape, uint64_t known,
    uint64_t purged, uint64_t *durable)
{
	struct segment_options reading = {
	    .dir = folder, .shape = shape, .known = known};
	struct segments *s = NULL;
	bool more = purged > 0;
	struct record r;
	enum err e = try_open(folder, shape, known, NULL, &s);

	*durable = known;
	for (int b = 0; b < 6 && !e; b++) {
		e = append(s, shape, b < 5 ? 500 : 1, 0);
		if (!e)
			*durable = segment_size(s);
		if (!e)
			e = segment_ahead(s);
	}
	for (uint64_t i = 0; i < *durable && !e; i += *durable / 4)
		e = segment_read(s, i, &r);
	while (more && !e)
		e = segment_purge(s, purged, &more);
	if (!e)
		e = segment_read(s, 1, &r);
	/* whoever goes on after a failed purge */
	if (s && !append(s, shape, 1, 0))
		*durable = segment_size(s);
	segment_close(s);
	s = NULL;
	if (!e)
		e = segment_open(&reading, &s);
	if (!e)
		e = segment_read(s, known - 1, &r);
	segment_close(s);
	return e;
}

static void fail_each(const char *before, struct record_shape shape,
    uint64_t known, uint64_t purged, int *failures)
{
	static const struct {
		enum failing_kind kind;
		int error;
	} ways[] = {{FAILING_MEMORY, ENOMEM}, {FAILING_OPEN, EMFILE},
	    {FAILING_READ, EIO}, {FAILING_READ, EINTR}, {FAILING_WRITE, ENOSPC},
	    {FAILING_WRITE, 0}, {FAILING_WRITE, EINTR}, {FAILING_FLUSH, EIO},
	    {FAILING_NAME, EIO}, {FAILING_FILE, EIO}};

	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		bool failed = true;

		/* the first, and some of the many that are alike */
		for (int n = 0; failed; n += n < 20 ? 1 : 13) {
			uint64_t durable;
			enum err e;

			rig_remove(folder);
			rig_copy(before, folder);
			failing_set(ways[w].kind, n, ways[w].error);
			e = live(shape, known, purged, &durable);
			failed = failing_end();
			if (!failed || ways[w].error == EINTR)
				assert_int_equal(e, ERR_OK);
			check_left(shape, durable, purged);
			*failures += failed;
		}
	}
}

static void fill_copy(struct record_shape shape, uint64_t n, char *before)
{
	struct segments *s = open_in(folder, shape, 0);

	while (segment_size(s) < n)
		assert_int_equal(append(s, shape,
		    n - segment_size(s) < 500 ? n % 500 : 500, 0), ERR_OK);
	segment_close(s);
	rig_folder(before);
	rig_copy(folder, before);
}

/* Into the next file; a small one that is purged; of varying sizes. */
static void test_whatever_call_fails(void **state)
{
	static const struct {
		int shape;
		uint64_t known, purged;
	} cases[] = {{0, SEGMENT_RECORDS - 900, 0}, {0, 40, 30}, {1, 40, 0}};
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct record_shape shape = shapes[cases[i].shape];
		char before[RIG_PATH];

		fill_copy(shape, cases[i].known, before);
		fail_each(before, shape, cases[i].known, cases[i].purged,
		    &failures);
		rig_remove(before);
		rig_remove(folder);
		rig_folder(folder);
	}
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 80);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_batches_are_read_back),
	    CASE(test_a_tail_torn_at_any_byte_is_cut_to_whole_records),
	    CASE(test_a_torn_batch_does_not_come_back),
	    CASE(test_damage_before_a_whole_batch_is_refused),
	    CASE(test_fewer_records_than_known_are_refused),
	    CASE(test_a_batch_may_end_one_file_and_begin_the_next),
	    CASE(test_an_early_file_that_is_missing_or_short_is_refused),
	    CASE(test_the_first_failure_is_the_last_call),
	    CASE(test_a_batch_that_was_not_flushed_is_written_again),
	    CASE(test_short_writes_are_finished),
	    CASE(test_one_write_and_one_flush_a_batch),
	    CASE(test_unfit_batches_write_nothing),
	    CASE(test_a_batch_has_a_limit),
	    CASE(test_a_folder_that_is_missing),
	    CASE(test_what_changes_under_an_open_log),
	    CASE(test_parts_of_a_torn_batch_that_stay),
	    CASE(test_a_reader_sees_what_is_known_and_no_more),
	    CASE(test_whatever_call_fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
