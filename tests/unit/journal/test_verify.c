/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: no byte of a public folder, and none of a record, can be changed
 * unseen; and what is wrong is named. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "rig.h"
#include "failing.h"
#include "base/date.h"
#include "base/file.h"
#include "journal/frontier.h"
#include "journal/leaf.h"
#include "journal/opening.h"
#include "journal/public.h"
#include "journal/record.h"
#include "journal/verify.h"

#define ORIGIN "log.example/journal"
#define SIZE 300	/* a full tile and 44 hashes */
#define RECORD (RECORD_HEAD + LEAF_SIZE + OPENING_SIZE)

static char folder[RIG_PATH], records[RIG_PATH], public[RIG_PATH];
static struct sign_private *key;
static struct note_key vkey;
static struct verify_report report;

static void entry_of(uint64_t i, uint8_t leaf[static LEAF_SIZE],
    uint8_t side[static OPENING_SIZE])
{
	struct leaf l = {.kind = LEAF_ASKED, .time_ms = (int64_t)i,
	    .sequence = i + 1, .plane = 1, .purpose = 1,
	    .decision = LEAF_ANSWERED};

	memset(side, 0, OPENING_SIZE);
	if (i % 10 == 9) {
		l = (struct leaf){.kind = LEAF_STOP, .time_ms = (int64_t)i};
	} else {
		rig_fill(i, side, OPENING_SIZE);
		hash_sha256(span_of(side, OPENING_SIZE), l.opening_hash);
	}
	assert_int_equal(leaf_pack(&l, leaf), ERR_OK);
}

static struct tlog_options options(void)
{
	return (struct tlog_options){.dir = records, .public_dir = public,
	    .origin = ORIGIN, .leaf_size = LEAF_SIZE,
	    .side_size = OPENING_SIZE};
}

static void fill(struct tlog *t)
{
	for (uint64_t i = 0; i < SIZE; i++) {
		uint8_t leaf[LEAF_SIZE], side[OPENING_SIZE];
		const struct tlog_entry e = {
		    {leaf, LEAF_SIZE}, {side, OPENING_SIZE}};
		uint64_t first;

		entry_of(i, leaf, side);
		assert_int_equal(tlog_append(t, &e, 1, i, &first), ERR_OK);
	}
}

static int make(void **state)
{
	struct tlog_options o = options();
	struct tlog *t = NULL;

	(void)state;
	rig_folder(folder);
	key = rig_key(3);
	o.key = key;
	assert_int_equal(
	    file_path(records, sizeof(records), folder, "records"), ERR_OK);
	assert_int_equal(
	    file_path(public, sizeof(public), folder, "public"), ERR_OK);
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	fill(t);
	assert_int_equal(tlog_publish(t), ERR_OK);
	vkey = *tlog_key(t);
	tlog_close(t);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	rig_remove(folder);
	sign_private_free(key);
	return 0;
}

static enum err public_now(void)
{
	return verify_public(public, &vkey, NULL, &report);
}

static enum err records_now(void)
{
	const struct tlog_options o = options();

	report = (struct verify_report){.tiles = 0};
	return verify_records(&o, 0, NULL, &report);
}

static void test_a_sound_log_is_found_sound(void **state)
{
	(void)state;
	assert_int_equal(public_now(), ERR_OK);
	assert_string_equal(report.words, "");
	assert_int_equal(report.tiles, 3);	/* two below, one above */
	assert_int_equal(report.checkpoint.size, SIZE);
	assert_int_equal(records_now(), ERR_OK);
	assert_int_equal(report.records, SIZE);
}

/* Each byte of each tile; the file's name, or its neighbour's, is told. */
static void test_every_byte_of_every_tile_counts(void **state)
{
	static const struct {
		const char *name;
		size_t size;
	} rows[] = {{"tile/0/000", 8192}, {"tile/0/001.p/44", 1408},
	    {"tile/1/000.p/1", 32}};

	(void)state;
	for (size_t f = 0; f < sizeof(rows) / sizeof(rows[0]); f++) {
		const char *path = rig_in(public, rows[f].name);

		assert_int_equal(rig_size(path), rows[f].size);
		for (size_t at = 0; at < rows[f].size; at++) {
			/* bit by bit would say no more */
			rig_flip(path, at, (uint8_t)(1 << at % 8));
			assert_int_equal(public_now(), ERR_CORRUPT);
			assert_non_null(strstr(report.words, rows[f].name));
			rig_flip(path, at, (uint8_t)(1 << at % 8));
		}
	}
	assert_int_equal(public_now(), ERR_OK);
}

static void test_every_byte_of_the_checkpoint_counts(void **state)
{
	const char *path = rig_in(public, "checkpoint");
	long size = rig_size(path);

	(void)state;
	for (long at = 0; at < size; at++) {
		rig_flip(path, (size_t)at, 1);
		assert_int_not_equal(public_now(), ERR_OK);
		assert_string_not_equal(report.words, "");
		rig_flip(path, (size_t)at, 1);
	}
	assert_int_equal(public_now(), ERR_OK);
}

static void test_missing_and_cut_tiles_are_named(void **state)
{
	static const char *const names[] = {
	    "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"};

	(void)state;
	for (size_t f = 0; f < 3; f++) {
		const char *path = rig_in(public, names[f]);
		uint8_t *bytes;
		size_t n;

		bytes = rig_load(path, &n);
		(void)unlink(path);
		assert_int_equal(public_now(), ERR_CORRUPT);
		assert_non_null(strstr(report.words, names[f]));
		assert_non_null(strstr(report.words, "missing"));
		rig_store(path, bytes, n - 1);
		assert_int_equal(public_now(), ERR_CORRUPT);
		assert_non_null(strstr(report.words, names[f]));
		rig_store(path, bytes, n);
		free(bytes);
	}
	assert_int_equal(public_now(), ERR_OK);
}

static void test_the_key_has_to_be_the_logs(void **state)
{
	struct sign_private *other = rig_key(9);
	struct note_key k;

	(void)state;
	assert_int_equal(note_key_make(span_str(ORIGIN),
	    sign_public_raw(sign_private_public(other)), &k), ERR_OK);
	assert_int_equal(
	    verify_public(public, &k, NULL, &report), ERR_CRYPTO);
	assert_non_null(strstr(report.words, ORIGIN));
	assert_int_equal(verify_public(folder, &vkey, NULL, &report),
	    ERR_UNKNOWN);
	sign_private_free(other);
}

/* Each byte of some records: head, leaf, opening; the entry is named. */
static void test_every_byte_of_a_record_counts(void **state)
{
	static const uint64_t some[] = {0, 9, 255, 256, 299};
	const char *path = rig_in(records, "seg-000000000000");

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		char words[40];

		(void)snprintf(words, sizeof(words), "entry %llu ",
		    (unsigned long long)some[i]);
		for (size_t at = 0; at < RECORD; at += 7) {
			rig_flip(path, some[i] * RECORD + at, 0x20);
			assert_int_equal(records_now(), ERR_CORRUPT);
			assert_non_null(strstr(report.words, words));
			assert_int_equal(report.records, some[i]);
			rig_flip(path, some[i] * RECORD + at, 0x20);
		}
	}
	assert_int_equal(records_now(), ERR_OK);
}

/* Whoever can write the files can write checksums too. */
static void rewrite(uint64_t index, const uint8_t *leaf, const uint8_t *side)
{
	const char *path = rig_in(records, "seg-000000000000");
	struct record r = {.index = index, .batch = index, .released = index,
	    .leaf = {leaf, LEAF_SIZE}, .side = {side, OPENING_SIZE}};
	uint8_t bytes[RECORD], *whole;
	struct crc crc;
	size_t n;

	crc_init(&crc);
	record_pack(&crc, (struct record_shape){LEAF_SIZE, OPENING_SIZE}, &r,
	    bytes);
	whole = rig_load(path, &n);
	memcpy(whole + index * RECORD, bytes, RECORD);
	rig_store(path, whole, n);
	free(whole);
}

static void test_records_with_honest_checksums_are_seen_too(void **state)
{
	uint8_t leaf[LEAF_SIZE], side[OPENING_SIZE];

	(void)state;
	entry_of(200, leaf, side);
	side[100] ^= 1;
	rewrite(200, leaf, side);
	assert_int_equal(records_now(), ERR_CORRUPT);
	assert_non_null(strstr(report.words, "entry 200: its opening"));
	side[100] ^= 1;
	leaf[100] ^= 1;
	rewrite(200, leaf, side);
	assert_int_equal(records_now(), ERR_CORRUPT);
	assert_non_null(strstr(report.words, "entry 200 "));
	leaf[100] ^= 1;
	rewrite(200, leaf, side);
	/* an opening where the leaf has none */
	entry_of(209, leaf, side);
	side[0] = 1;
	rewrite(209, leaf, side);
	assert_int_equal(records_now(), ERR_CORRUPT);
	assert_non_null(strstr(report.words, "entry 209: its opening"));
	side[0] = 0;
	rewrite(209, leaf, side);
	assert_int_equal(records_now(), ERR_OK);
}

static void test_a_missing_file_of_records_is_told(void **state)
{
	const char *path = rig_in(records, "seg-000000000000");
	uint8_t *bytes;
	size_t n;

	(void)state;
	bytes = rig_load(path, &n);
	(void)unlink(path);
	assert_int_equal(records_now(), ERR_CORRUPT);
	assert_non_null(strstr(report.words, "entry 0 "));
	rig_store(path, bytes, n);
	assert_int_equal(records_now(), ERR_OK);
	free(bytes);
}

static uint64_t steps;

static void count_step(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	assert_true(done < total);
	steps++;
}

/* What cannot be looked at is not sound, and not called wrong either. */
static void test_whatever_call_fails(void **state)
{
	static const struct verify_progress progress = {count_step, NULL};
	const struct tlog_options o = options();
	int failures = 0;

	(void)state;
	for (int way = 0; way < 2 * FAILING_KINDS; way++) {
		bool failed = true;

		for (int n = 0; failed; n += n < 20 ? 1 : 53) {
			enum err e;

			report = (struct verify_report){.tiles = 0};
			steps = 0;
			failing_set((enum failing_kind)(way % FAILING_KINDS),
			    n, EIO);
			e = way < FAILING_KINDS ?
			    verify_public(public, &vkey, &progress, &report) :
			    verify_records(&o, 0, &progress, &report);
			failed = failing_end();
			failures += failed;
			if (!failed)
				assert_true(e == ERR_OK && steps > 0);
			if (!e)
				assert_string_equal(report.words, "");
			else
				assert_true(e == ERR_IO || e == ERR_NOMEM);
		}
	}
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 40);
}

static struct tlog *open_writer(void)
{
	struct tlog_options o = options();
	struct tlog *t = NULL;

	o.key = key;
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	return t;
}

/* Openings may be gone where an act purged their month, and nowhere else. */
static void test_openings_that_were_purged(void **state)
{
	const struct tlog_options o = options();
	const uint32_t month = date_month_of_ms(0);
	struct tlog *t = open_writer();
	bool more = true;

	(void)state;
	while (more)
		assert_int_equal(tlog_purge(t, 20, &more), ERR_OK);
	tlog_close(t);
	assert_int_equal(records_now(), ERR_CORRUPT);
	assert_non_null(strstr(report.words, "entry 0: its opening is gone"));
	report = (struct verify_report){.tiles = 0};
	assert_int_equal(
	    verify_records(&o, month - 1, NULL, &report), ERR_CORRUPT);
	report = (struct verify_report){.tiles = 0};
	assert_int_equal(verify_records(&o, month, NULL, &report), ERR_OK);
	assert_int_equal(report.records, SIZE);
	assert_int_equal(report.purged, 20);
}

/* An entry that the tree holds, and that is none; the last of this log. */
static void test_a_leaf_that_is_none(void **state)
{
	const struct tlog_options o = options();
	static uint8_t leaf[LEAF_SIZE], side[OPENING_SIZE];
	const struct tlog_entry e = {{leaf, LEAF_SIZE}, {side, OPENING_SIZE}};
	struct tlog *t = open_writer();
	uint64_t first;

	(void)state;
	assert_int_equal(tlog_append(t, &e, 1, SIZE, &first), ERR_OK);
	assert_int_equal(tlog_publish(t), ERR_OK);
	tlog_close(t);
	assert_int_equal(public_now(), ERR_OK);
	report = (struct verify_report){.tiles = 0};
	assert_int_equal(verify_records(
	    &o, date_month_of_ms(0), NULL, &report), ERR_CORRUPT);
	assert_non_null(strstr(report.words, "entry 300: its leaf"));
}

/* A public folder of so many leaves; its checkpoint may say another root. */
static void publish(const char *to, uint64_t size, bool lie)
{
	const struct sign_private *keys[] = {key};
	struct checkpoint c = {.origin = ORIGIN, .size = size};
	uint8_t hash[HASH_SIZE] = {0};
	struct frontier f;

	assert_int_equal(file_mkdir(to, 0755), ERR_OK);
	frontier_init(&f);
	assert_int_equal(frontier_reserve(&f, size), ERR_OK);
	for (uint64_t i = 0; i < size; i++) {
		put_be64(hash, i);
		frontier_append(&f, hash);
	}
	assert_int_equal(frontier_write(&f, to, 0), ERR_OK);
	tree_edge_root(&f.edge, c.root);
	c.root[5] ^= lie;
	assert_int_equal(public_write_checkpoint(to, &c, keys, 1), ERR_OK);
	frontier_release(&f);
}

/* More than one tile on the second level; and a tree without partial tiles
 * at the bottom. */
static void test_large_trees(void **state)
{
	static const uint64_t size = 2 * 65536 + 300;
	const struct verify_progress progress = {count_step, NULL};
	char large[RIG_PATH];

	(void)state;
	assert_int_equal(
	    file_path(large, sizeof(large), folder, "large"), ERR_OK);
	publish(large, size, false);
	steps = 0;
	assert_int_equal(
	    verify_public(large, &vkey, &progress, &report), ERR_OK);
	assert_int_equal(report.tiles, 514 + 3 + 1);
	assert_int_equal(steps, 9);	/* one for 64 tiles */
	rig_flip(rig_in(large, "tile/1/000"), 31, 1);
	assert_int_equal(
	    verify_public(large, &vkey, NULL, &report), ERR_CORRUPT);
	assert_non_null(strstr(report.words,
	    "tile/1/000 (entries 0 to 65535)"));
	rig_remove(large);
	publish(large, size, true);
	assert_int_equal(
	    verify_public(large, &vkey, NULL, &report), ERR_CORRUPT);
	assert_non_null(strstr(report.words, "tile/0/513.p/44"));
	rig_remove(large);
	publish(large, 512, false);
	assert_int_equal(verify_public(large, &vkey, NULL, &report), ERR_OK);
	rig_remove(large);
	publish(large, 512, true);
	assert_int_equal(
	    verify_public(large, &vkey, NULL, &report), ERR_CORRUPT);
	assert_non_null(strstr(report.words, "agree with each other"));
	rig_remove(large);
}

/* The registry's: leaves of any size, which are its own to judge. */
static void test_records_of_varying_sizes(void **state)
{
	char there[RIG_PATH], tiles[RIG_PATH];
	const struct tlog_options o = {.dir = there, .public_dir = tiles,
	    .origin = ORIGIN, .key = key};
	struct tlog_options reading = o;
	struct tlog *t = NULL;
	uint64_t first;

	(void)state;
	assert_int_equal(
	    file_path(there, sizeof(there), folder, "there"), ERR_OK);
	assert_int_equal(
	    file_path(tiles, sizeof(tiles), folder, "tiles"), ERR_OK);
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	for (uint64_t i = 0; i < 20; i++) {
		uint8_t leaf[20];
		const struct tlog_entry e = {{leaf, 1 + i}, {NULL, 0}};

		rig_fill(i, leaf, sizeof(leaf));
		assert_int_equal(tlog_append(t, &e, 1, i, &first), ERR_OK);
	}
	assert_int_equal(tlog_publish(t), ERR_OK);
	tlog_close(t);
	reading.key = NULL;
	report = (struct verify_report){.tiles = 0};
	assert_int_equal(verify_records(&reading, 0, NULL, &report), ERR_OK);
	assert_int_equal(report.records, 20);
	assert_int_equal(report.purged, 0);
	/* the tree has it, the file has not */
	assert_int_equal(truncate(rig_in(there, "seg-000000000000"), 300), 0);
	report = (struct verify_report){.tiles = 0};
	assert_int_equal(
	    verify_records(&reading, 0, NULL, &report), ERR_CORRUPT);
	assert_non_null(strstr(report.words, "is missing"));
	assert_int_equal(report.records, 6);	/* of 41 bytes, 42, 43, ... */
}

/* Another's checkpoint, and tiles that are not its: none of the records is
 * looked at. */
static void test_records_that_do_not_belong_to_the_checkpoint(void **state)
{
	struct sign_private *other = rig_key(9);
	struct tlog_options o = options();
	const char *tile = rig_in(public, "tile/0/001.p/44");
	struct note_key k;

	(void)state;
	assert_int_equal(note_key_make(span_str(ORIGIN),
	    sign_public_raw(sign_private_public(other)), &k), ERR_OK);
	o.vkey = &k;
	report = (struct verify_report){.tiles = 0};
	assert_int_equal(verify_records(&o, 0, NULL, &report), ERR_CRYPTO);
	assert_non_null(strstr(report.words, "do not belong"));
	rig_flip(tile, 3, 1);
	assert_int_equal(records_now(), ERR_CORRUPT);
	assert_non_null(strstr(report.words, "do not belong"));
	rig_flip(tile, 3, 1);
	assert_int_equal(records_now(), ERR_OK);
	sign_private_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_sound_log_is_found_sound),
	    cmocka_unit_test(test_every_byte_of_every_tile_counts),
	    cmocka_unit_test(test_every_byte_of_the_checkpoint_counts),
	    cmocka_unit_test(test_missing_and_cut_tiles_are_named),
	    cmocka_unit_test(test_the_key_has_to_be_the_logs),
	    cmocka_unit_test(test_every_byte_of_a_record_counts),
	    cmocka_unit_test(test_records_with_honest_checksums_are_seen_too),
	    cmocka_unit_test(test_a_missing_file_of_records_is_told),
	    cmocka_unit_test(test_whatever_call_fails),
	    cmocka_unit_test(test_large_trees),
	    cmocka_unit_test(test_records_of_varying_sizes),
	    cmocka_unit_test(
	        test_records_that_do_not_belong_to_the_checkpoint),
	    cmocka_unit_test(test_openings_that_were_purged),
	    cmocka_unit_test(test_a_leaf_that_is_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make, unmake);
}
