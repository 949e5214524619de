/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a log opens where it stopped, with the tree of all that is durable;
 * one that is not what it signed is refused; its root is RFC 6962's at every
 * size, and every published state can be proven to contain the one before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "rig.h"
#include "failing.h"
#include "base/file.h"
#include "journal/public.h"
#include "journal/publication.h"
#include "journal/segment.h"
#include "journal/tlog.h"

#define ORIGIN "log.example/journal"
#define LEAF 24
#define SIDE 16

static char folder[RIG_PATH], records[RIG_PATH], public[RIG_PATH];
static struct sign_private *key;

static int make(void **state)
{
	(void)state;
	rig_folder(folder);
	assert_int_equal(
	    file_path(records, sizeof(records), folder, "records"), ERR_OK);
	assert_int_equal(
	    file_path(public, sizeof(public), folder, "public"), ERR_OK);
	key = rig_key(3);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	rig_remove(folder);
	sign_private_free(key);
	return 0;
}

static struct tlog_options options(void)
{
	return (struct tlog_options){.dir = records, .public_dir = public,
	    .origin = ORIGIN, .key = key, .leaf_size = LEAF,
	    .side_size = SIDE};
}

static struct tlog *open_log(void)
{
	const struct tlog_options o = options();
	struct tlog *t = NULL;

	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	return t;
}

static enum err try_open(struct tlog_options o)
{
	struct tlog *t = NULL;
	enum err e = tlog_open(&o, &t);

	tlog_close(t);
	return e;
}

static enum err append(struct tlog *t, size_t n)
{
	static uint8_t rooms[600][LEAF + SIDE];
	struct tlog_entry entries[600];
	uint64_t first, want = tlog_size(t);
	enum err e;

	for (size_t i = 0; i < n; i++) {
		rig_fill(want + i, rooms[i], LEAF + SIDE);
		entries[i].leaf = span_of(rooms[i], LEAF);
		entries[i].side = span_of(rooms[i] + LEAF, SIDE);
	}
	e = tlog_append(t, entries, n, want, &first);
	if (!e)
		assert_int_equal(first, want);
	return e;
}

/* The root of the first n entries, computed without the log. */
static void root_of(uint64_t n, uint8_t out[static HASH_SIZE])
{
	struct tree_edge edge;

	tree_edge_init(&edge);
	for (uint64_t i = 0; i < n; i++) {
		uint8_t leaf[LEAF + SIDE], hash[HASH_SIZE];

		rig_fill(i, leaf, sizeof(leaf));
		tree_leaf_hash(span_of(leaf, LEAF), hash);
		tree_edge_append(&edge, hash, NULL);
	}
	tree_edge_root(&edge, out);
}

static void check_log(struct tlog *t, uint64_t n)
{
	uint8_t want[HASH_SIZE], got[HASH_SIZE];

	assert_int_equal(tlog_size(t), n);
	root_of(n, want);
	assert_int_equal(tlog_root(t, n, got), ERR_OK);
	assert_memory_equal(want, got, HASH_SIZE);
	for (uint64_t i = 0; i < n; i++) {
		uint8_t room[LEAF + SIDE];
		struct tlog_record r;

		rig_fill(i, room, sizeof(room));
		assert_int_equal(tlog_read(t, i, &r), ERR_OK);
		assert_int_equal(r.index, i);
		assert_true(span_equal(r.leaf, span_of(room, LEAF)));
		assert_true(span_equal(r.side, span_of(room + LEAF, SIDE)));
	}
}

static struct checkpoint checkpoint_now(const struct tlog *t)
{
	struct checkpoint c;
	struct buf note;

	buf_init(&note, CHECKPOINT_MAX);
	assert_int_equal(public_read_checkpoint(
	    public, tlog_key(t), &note, &c), ERR_OK);
	buf_release(&note);
	return c;
}

static struct note_key checkpoint_key(const struct sign_private *k)
{
	struct note_key ret;

	assert_int_equal(note_key_make(span_str(ORIGIN),
	    sign_public_raw(sign_private_public(k)), &ret), ERR_OK);
	return ret;
}

static void test_a_new_log_signs_the_empty_tree(void **state)
{
	struct tlog *t = open_log();
	struct checkpoint c = checkpoint_now(t);
	struct note_key vkey;
	uint8_t empty[HASH_SIZE];

	(void)state;
	hash_sha256(span_of(NULL, 0), empty);
	assert_int_equal(c.size, 0);
	assert_memory_equal(c.root, empty, HASH_SIZE);
	assert_string_equal(c.origin, ORIGIN);
	assert_int_equal(public_read_vkey(public, &vkey), ERR_OK);
	assert_memory_equal(&vkey, tlog_key(t), sizeof(vkey));
	tlog_close(t);
}

/* Both keys sign between turn and end; then the new one alone. */
static void test_the_key_turns(void **state)
{
	struct sign_private *next = rig_key(4), *third = rig_key(5);
	const struct sign_private *both[] = {next, key};
	struct tlog_options o = options();
	struct note_key old, new;
	struct tlog *t = open_log();
	struct checkpoint c;
	struct buf note;

	(void)state;
	buf_init(&note, 4 * CHECKPOINT_MAX);
	old = *tlog_key(t);
	assert_int_equal(append(t, 3), ERR_OK);
	assert_int_equal(tlog_publish(t), ERR_OK);
	assert_int_equal(tlog_turn(t, both, 2), ERR_OK);
	new = *tlog_key(t);
	assert_memory_not_equal(new.raw, old.raw, sizeof(old.raw));
	/* nothing new in it, and signed anew all the same */
	assert_int_equal(tlog_publish(t), ERR_OK);
	assert_int_equal(
	    public_read_checkpoint(public, &old, &note, &c), ERR_OK);
	assert_int_equal(
	    public_read_checkpoint(public, &new, &note, &c), ERR_OK);
	assert_int_equal(c.size, 3);
	assert_int_equal(public_read_vkey(public, &old), ERR_OK);
	assert_memory_equal(old.raw, new.raw, sizeof(old.raw));
	tlog_close(t);
	/* a process that knows both opens it by either */
	assert_int_equal(try_open(o), ERR_OK);
	o.key = next;
	assert_int_equal(try_open(o), ERR_OK);
	o.key = third;
	assert_int_equal(try_open(o), ERR_CRYPTO);
	o.others = both;
	o.other_count = 2;
	assert_int_equal(try_open(o), ERR_OK);
	o.key = key;
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	assert_int_equal(tlog_turn(t, both, 0), ERR_LIMIT);
	assert_int_equal(tlog_turn(t, both, 1), ERR_OK);
	assert_int_equal(tlog_publish(t), ERR_OK);
	old = checkpoint_key(key);
	assert_int_equal(
	    public_read_checkpoint(public, &old, &note, &c), ERR_CRYPTO);
	assert_int_equal(
	    public_read_checkpoint(public, &new, &note, &c), ERR_OK);
	tlog_close(t);
	buf_release(&note);
	sign_private_free(next);
	sign_private_free(third);
}

/* Publishing at odd moments, opening again in between, from 0 to 1,200. */
static void test_every_state_opens_again_and_is_consistent(void **state)
{
	static const size_t steps[] = {1, 2, 5, 20, 100, 127, 1, 255, 1, 1,
	    256, 300, 131};
	struct tlog *t = open_log();
	uint64_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct checkpoint before = checkpoint_now(t), after;
		struct tree_nodes nodes = tlog_nodes(t);
		struct tree_proof proof;

		assert_int_equal(append(t, steps[i]), ERR_OK);
		n += steps[i];
		check_log(t, n);
		if (i % 3 != 2) {
			assert_int_equal(tlog_publish(t), ERR_OK);
			assert_int_equal(tlog_published(t), n);
			check_log(t, n);
			after = checkpoint_now(t);
			assert_int_equal(after.size, n);
			assert_int_equal(tree_consistency(
			    &nodes, before.size, n, &proof), ERR_OK);
			assert_int_equal(tree_verify_consistency(before.size,
			    before.root, n, after.root, &proof), ERR_OK);
		}
		tlog_close(t);
		t = open_log();
		check_log(t, n);
	}
	assert_int_equal(n, 1200);
	assert_int_equal(tlog_publish(t), ERR_OK);
	tlog_close(t);
	/* whoever reads needs no key and sees what is published */
	struct tlog_options o = options();

	o.key = NULL;
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	check_log(t, 1200);
	assert_int_equal(append(t, 1), ERR_STATE);
	assert_int_equal(tlog_publish(t), ERR_STATE);
	tlog_close(t);
}

static void test_old_roots_and_leaf_hashes_are_at_hand(void **state)
{
	struct tlog *t = open_log();
	uint8_t want[HASH_SIZE], got[HASH_SIZE], leaf[LEAF + SIDE];

	(void)state;
	assert_int_equal(append(t, 500), ERR_OK);
	assert_int_equal(tlog_publish(t), ERR_OK);
	assert_int_equal(append(t, 100), ERR_OK);
	for (uint64_t n = 0; n <= 600; n += 7) {
		root_of(n, want);
		assert_int_equal(tlog_root(t, n, got), ERR_OK);
		assert_memory_equal(want, got, HASH_SIZE);
	}
	assert_int_equal(tlog_root(t, 601, got), ERR_UNKNOWN);
	for (uint64_t i = 0; i < 600; i += 13) {
		rig_fill(i, leaf, sizeof(leaf));
		tree_leaf_hash(span_of(leaf, LEAF), want);
		assert_int_equal(tlog_leaf_hash(t, i, got), ERR_OK);
		assert_memory_equal(want, got, HASH_SIZE);
	}
	assert_int_equal(tlog_leaf_hash(t, 600, got), ERR_UNKNOWN);
	tlog_close(t);
}

static void test_partial_tiles_last_as_long_as_they_may_be_asked(void **state)
{
	struct tlog *t = open_log();

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(append(t, 50), ERR_OK);
		assert_int_equal(tlog_publish(t), ERR_OK);
	}
	/* tlog-tiles: those of every checkpoint, until the full one is there */
	assert_int_equal(rig_size(rig_in(public, "tile/0/000.p/50")), 1600);
	assert_int_equal(rig_size(rig_in(public, "tile/0/000.p/250")), 8000);
	assert_int_equal(append(t, 50), ERR_OK);
	assert_int_equal(tlog_publish(t), ERR_OK);
	assert_int_equal(rig_size(rig_in(public, "tile/0/000.p")), -1);
	assert_int_equal(rig_size(rig_in(public, "tile/0/000")), 8192);
	assert_int_equal(rig_size(rig_in(public, "tile/0/001.p/44")), 1408);
	assert_int_equal(rig_size(rig_in(public, "tile/1/000.p/1")), 32);
	tlog_close(t);
}

static void fill(uint64_t published, uint64_t more)
{
	struct tlog *t = open_log();

	while (tlog_size(t) < published)
		assert_int_equal(append(t, 100), ERR_OK);
	assert_int_equal(tlog_publish(t), ERR_OK);
	if (more)
		assert_int_equal(append(t, more), ERR_OK);
	tlog_close(t);
}

static void test_a_log_that_lost_records_is_refused(void **state)
{
	const char *file;

	(void)state;
	fill(600, 0);
	file = rig_in(records, "seg-000000000000");
	assert_int_equal(
	    truncate(file, 600 * (RECORD_HEAD + LEAF + SIDE) - 1), 0);
	assert_int_equal(try_open(options()), ERR_CORRUPT);
	(void)unlink(file);
	assert_int_equal(try_open(options()), ERR_CORRUPT);
}

static void test_a_log_whose_last_records_differ_is_refused(void **state)
{
	const size_t size = RECORD_HEAD + LEAF + SIDE;
	const char *file;

	(void)state;
	fill(600, 3);
	file = rig_in(records, "seg-000000000000");
	for (uint64_t i = 600 - 256; i < 600; i += 17) {
		uint8_t leaf[LEAF + SIDE];
		struct record r = {.index = i, .batch = i, .released = i};
		uint8_t bytes[RECORD_HEAD + LEAF + SIDE], *whole;
		struct crc crc;
		size_t n;

		/* an honest checksum over another leaf */
		crc_init(&crc);
		rig_fill(i + 1, leaf, sizeof(leaf));
		r.leaf = span_of(leaf, LEAF);
		r.side = span_of(leaf + LEAF, SIDE);
		record_pack(&crc, (struct record_shape){LEAF, SIDE}, &r,
		    bytes);
		whole = rig_load(file, &n);
		memcpy(whole + i * size, bytes, size);
		rig_store(file, whole, n);
		assert_int_equal(try_open(options()), ERR_CORRUPT);
		rig_fill(i, leaf, sizeof(leaf));
		record_pack(&crc, (struct record_shape){LEAF, SIDE}, &r,
		    bytes);
		memcpy(whole + i * size, bytes, size);
		rig_store(file, whole, n);
		free(whole);
	}
	assert_int_equal(try_open(options()), ERR_OK);
}

static void test_an_old_record_that_differs_is_refused_when_read(void **state)
{
	struct tlog *t;
	struct tlog_record r;

	(void)state;
	fill(600, 0);
	rig_flip(rig_in(records, "seg-000000000000"),
	    100 * (RECORD_HEAD + LEAF + SIDE) + RECORD_HEAD, 1);
	t = open_log();
	assert_int_equal(tlog_read(t, 99, &r), ERR_OK);
	assert_int_equal(tlog_read(t, 100, &r), ERR_CORRUPT);
	tlog_close(t);
}

static void test_records_without_a_checkpoint_are_refused(void **state)
{
	(void)state;
	fill(100, 0);
	(void)unlink(rig_in(public, "checkpoint"));
	assert_int_equal(try_open(options()), ERR_CORRUPT);
}

static void test_checkpoints_of_others_are_refused(void **state)
{
	struct sign_private *other = rig_key(4);
	struct tlog_options o = options();

	(void)state;
	fill(100, 0);
	o.key = other;
	assert_int_equal(try_open(o), ERR_CRYPTO);
	o = options();
	o.origin = "log.example/other";
	assert_int_equal(try_open(o), ERR_CRYPTO);
	rig_flip(rig_in(public, "checkpoint"), 25, 1);
	assert_int_not_equal(try_open(options()), ERR_OK);
	sign_private_free(other);
}

/* Tiles can be made again from the records, as long as they give the root. */
static void test_lost_tiles_are_written_again(void **state)
{
	struct tlog *t;
	struct tlog_options o = options();

	(void)state;
	fill(600, 20);
	rig_remove(rig_in(public, "tile"));
	o.key = NULL;
	assert_int_equal(try_open(o), ERR_CORRUPT);
	t = open_log();
	check_log(t, 620);
	assert_int_equal(tlog_publish(t), ERR_OK);
	check_log(t, 620);
	tlog_close(t);
	assert_int_equal(rig_size(rig_in(public, "tile/0/000")), 8192);
	assert_int_equal(rig_size(rig_in(public, "tile/0/002.p/108")), 3456);
	assert_int_equal(try_open(o), ERR_OK);
	/* one flipped bit of the right edge is the same as none at all */
	rig_flip(rig_in(public, "tile/0/002.p/108"), 77, 4);
	t = open_log();
	check_log(t, 620);
	assert_int_equal(tlog_publish(t), ERR_OK);
	tlog_close(t);
	assert_int_equal(try_open(o), ERR_OK);
}

static void test_one_writer_at_a_time(void **state)
{
	struct tlog *t = open_log();
	struct tlog_options o = options();

	(void)state;
	assert_int_equal(try_open(options()), ERR_STATE);
	o.key = NULL;
	assert_int_equal(try_open(o), ERR_OK);
	tlog_close(t);
	assert_int_equal(try_open(options()), ERR_OK);
	o.dir = rig_in(folder, "nowhere");
	o.public_dir = rig_in(folder, "nowhere either");
	assert_int_equal(try_open(o), ERR_UNKNOWN);
}

static int failing_flush(void *ctx, int fd)
{
	int *left = ctx;

	(void)fd;
	if ((*left)-- > 0)
		return 0;
	errno = EIO;
	return -1;
}

static ssize_t plain_write(
    void *ctx, int fd, const void *p, size_t n, off_t offset)
{
	(void)ctx;
	return pwrite(fd, p, n, offset);
}

static void test_a_failed_flush_ends_everything(void **state)
{
	(void)state;
	for (int good = 0; good < 6; good++) {
		int left = good;
		const struct segment_io io = {
		    plain_write, failing_flush, &left};
		struct tlog_options o = options();
		struct tlog *t = NULL;
		struct tlog_record r;
		uint8_t hash[HASH_SIZE];
		enum err e = ERR_OK;

		o.io = &io;
		assert_int_equal(tlog_open(&o, &t), ERR_OK);
		while (!e)
			e = append(t, 3);
		assert_int_equal(e, ERR_IO);
		assert_int_equal(append(t, 1), ERR_IO);
		assert_int_equal(tlog_read(t, 0, &r), ERR_IO);
		assert_int_equal(tlog_root(t, 0, hash), ERR_IO);
		assert_int_equal(tlog_leaf_hash(t, 0, hash), ERR_IO);
		assert_int_equal(tlog_publish(t), ERR_IO);
		assert_int_equal(tlog_published(t), 0);
		tlog_close(t);
		rig_remove(records);
		rig_remove(public);
	}
}

static void test_publishing_may_be_tried_again(void **state)
{
	struct tlog *t = open_log();

	(void)state;
	assert_int_equal(append(t, 300), ERR_OK);
	rig_store(rig_in(public, "tile"), "in the way", 10);
	assert_int_equal(tlog_publish(t), ERR_IO);
	assert_int_equal(tlog_published(t), 0);
	assert_int_equal(checkpoint_now(t).size, 0);
	assert_int_equal(append(t, 300), ERR_OK);
	check_log(t, 600);
	(void)unlink(rig_in(public, "tile"));
	assert_int_equal(tlog_publish(t), ERR_OK);
	assert_int_equal(checkpoint_now(t).size, 600);
	check_log(t, 600);
	tlog_close(t);
	t = open_log();
	check_log(t, 600);
	tlog_close(t);
}

static void test_unfit_batches_change_nothing(void **state)
{
	struct tlog *t = open_log();
	uint8_t leaf[LEAF + 1] = {0};
	const struct tlog_entry bad = {{leaf, LEAF + 1}, {NULL, 0}},
	    good = {{leaf, LEAF}, {NULL, 0}};
	struct tlog_record r;
	uint64_t first;

	(void)state;
	assert_int_equal(tlog_append(t, &bad, 1, 0, &first), ERR_RANGE);
	assert_int_equal(tlog_append(t, &good, 0, 0, &first), ERR_LIMIT);
	assert_int_equal(tlog_append(t, &good, 1, 1, &first), ERR_RANGE);
	assert_int_equal(
	    tlog_append(t, &good, TLOG_BATCH + 1, 0, &first), ERR_LIMIT);
	assert_int_equal(tlog_size(t), 0);
	assert_int_equal(tlog_append(t, &good, 1, 0, &first), ERR_OK);
	assert_int_equal(tlog_read(t, 0, &r), ERR_OK);
	assert_int_equal(r.side.n, SIDE);	/* zeros took its place */
	tlog_close(t);
}

/* The registry: leaves of any size, no side. */
static void test_a_log_of_varying_leaves_opens_again(void **state)
{
	struct tlog_options o = options();
	static uint8_t text[3000];
	struct tlog *t = NULL;
	struct tlog_record r;
	uint64_t first;

	(void)state;
	o.leaf_size = 0;
	o.side_size = 0;
	rig_fill(1, text, sizeof(text));
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	for (size_t i = 1; i <= 300; i++) {
		const struct tlog_entry e = {{text, 10 * i}, {NULL, 0}};

		assert_int_equal(tlog_append(t, &e, 1, 0, &first), ERR_OK);
		if (i % 10 == 0)
			assert_int_equal(tlog_publish(t), ERR_OK);
		if (i % 25 == 0) {
			tlog_close(t);
			assert_int_equal(tlog_open(&o, &t), ERR_OK);
		}
	}
	for (size_t i = 0; i < 300; i++) {
		assert_int_equal(tlog_read(t, i, &r), ERR_OK);
		assert_true(span_equal(r.leaf, span_of(text, 10 * (i + 1))));
		assert_int_equal(r.side.n, 0);
	}
	tlog_close(t);
}

/* The life of a log: made or opened, appended to, published, its key turned;
 * what it said is durable, and is published, is told. */
static enum err live(const struct sign_private *next, uint64_t *durable,
    uint64_t *published)
{
	const struct sign_private *both[] = {next, key};
	struct tlog_options o = options();
	struct tlog *t = NULL;
	uint8_t root[HASH_SIZE];
	struct tlog_record r;
	enum err e;

	o.others = both;
	o.other_count = 2;
	e = tlog_open(&o, &t);
	for (int b = 0; b < 3 && !e; b++) {
		e = append(t, b ? 200 : 3);
		if (!e)
			*durable = tlog_size(t);
		if (!e)
			e = tlog_publish(t);
		if (!e)
			e = tlog_root(t, *durable / 2, root);
		if (!e)
			e = tlog_read(t, *durable / 2, &r);
	}
	if (!e)
		e = tlog_turn(t, both, 2);
	if (!e)
		e = tlog_publish(t);
	if (t)
		*published = tlog_published(t);
	tlog_close(t);
	return e;
}

/* All that was durable is there, published again by the log's key. */
static void check_left(
    const struct sign_private *next, uint64_t durable, uint64_t published)
{
	const struct sign_private *both[] = {next, key};
	struct tlog_options o = options();
	struct tlog *t = NULL;
	uint8_t want[HASH_SIZE];
	struct checkpoint c;

	o.others = both;
	o.other_count = 2;
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	assert_true(tlog_size(t) >= durable);
	assert_true(tlog_published(t) >= published);
	check_log(t, tlog_size(t));
	assert_int_equal(append(t, 1), ERR_OK);
	assert_int_equal(tlog_publish(t), ERR_OK);
	c = checkpoint_now(t);
	root_of(c.size, want);
	assert_memory_equal(c.root, want, HASH_SIZE);
	tlog_close(t);
	o.key = NULL;
	assert_int_equal(try_open(o), ERR_OK);
}

static void fail_each(const char *before, const struct sign_private *next,
    int error, enum failing_kind kind, int *failures)
{
	bool failed = true;

	/* hundreds of records are read one like the other */
	for (int n = 0; failed; n += n < 20 ? 1 : 37) {
		uint64_t durable = 0, published = 0;
		enum err e;

		rig_remove(folder);
		assert_int_equal(file_mkdir(folder, 0700), ERR_OK);
		if (before)
			rig_copy(before, folder);
		failing_set(kind, n, error);
		e = live(next, &durable, &published);
		failed = failing_end();
		if (!failed)
			assert_int_equal(e, ERR_OK);
		check_left(next, durable, published);
		*failures += failed;
	}
}

/* Of a new log, of one that goes on, and of one that lost its tiles. */
static void test_whatever_call_fails(void **state)
{
	struct sign_private *next = rig_key(4);
	char before[RIG_PATH];
	int failures = 0;

	(void)state;
	rig_folder(before);
	for (int c = 0; c < 3; c++) {
		if (c == 1) {
			rig_remove(folder);
			assert_int_equal(file_mkdir(folder, 0700), ERR_OK);
			fill(300, 5);
			rig_copy(folder, before);
		} else if (c == 2) {
			rig_remove(rig_in(before, "public/tile"));
		}
		for (int kind = 0; kind < FAILING_KINDS; kind++)
			fail_each(c ? before : NULL, next, EIO,
			    (enum failing_kind)kind, &failures);
	}
	rig_remove(before);
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 100);
	sign_private_free(next);
}

static void test_what_a_reader_may_not(void **state)
{
	const struct sign_private *keys[] = {key, key, key, key, key, key,
	    key, key, key};
	struct sign_private *other = rig_key(9), *p256 = NULL;
	struct tlog_options o = options();
	struct random_seeded seed;
	const struct random random = random_from_seed(&seed, 3);
	struct tlog *t = open_log();
	struct tlog_record r;
	bool more = true;

	(void)state;
	assert_int_equal(
	    sign_private_make(SIGN_P256, &random, &p256), ERR_OK);
	keys[0] = p256;
	assert_int_equal(tlog_turn(t, keys, 1), ERR_RANGE);
	assert_int_equal(
	    tlog_turn(t, keys, CHECKPOINT_SIGNERS + 1), ERR_LIMIT);
	assert_int_equal(tlog_read(t, 0, &r), ERR_UNKNOWN);
	assert_int_equal(append(t, 5), ERR_OK);
	/* what is not published is not purged yet */
	assert_int_equal(tlog_purge(t, 1, &more), ERR_RANGE);
	assert_int_equal(tlog_publish(t), ERR_OK);
	while (more)
		assert_int_equal(tlog_purge(t, 1, &more), ERR_OK);
	assert_int_equal(tlog_read(t, 0, &r), ERR_OK);
	assert_int_equal(r.side.n, 0);
	tlog_close(t);
	o.key = p256;
	assert_int_equal(try_open(o), ERR_RANGE);
	o.key = other;
	o.others = keys;
	o.other_count = 1;
	assert_int_equal(try_open(o), ERR_RANGE);
	o.key = NULL;
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	assert_int_equal(tlog_turn(t, keys + 1, 1), ERR_STATE);
	tlog_close(t);
	sign_private_free(p256);
	sign_private_free(other);
}

/* What a death leaves behind the checkpoint is there to be looked at, and is in
 * no tree. */
static void test_what_stands_behind_the_checkpoint(void **state)
{
	struct tlog_options o = options();
	struct tlog_record r;
	struct tlog *t = open_log();

	(void)state;
	assert_int_equal(append(t, 3), ERR_OK);
	assert_int_equal(tlog_publish(t), ERR_OK);
	assert_int_equal(append(t, 2), ERR_OK);
	/* who writes has them in its tree */
	assert_int_equal(tlog_read_behind(t, 5, &r), ERR_UNKNOWN);
	tlog_close(t);
	o.key = NULL;
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	assert_int_equal(tlog_size(t), 3);
	for (uint64_t i = 3; i < 5; i++) {
		uint8_t room[LEAF + SIDE];

		rig_fill(i, room, sizeof(room));
		assert_int_equal(tlog_read(t, i, &r), ERR_UNKNOWN);
		assert_int_equal(tlog_read_behind(t, i, &r), ERR_OK);
		assert_int_equal(r.index, i);
		assert_true(span_equal(r.leaf, span_of(room, LEAF)));
	}
	assert_int_equal(tlog_read_behind(t, 5, &r), ERR_UNKNOWN);
	rig_flip(rig_in(records, "seg-000000000000"),
	    4 * (RECORD_HEAD + LEAF + SIDE) + RECORD_HEAD + 1, 1);
	assert_int_equal(tlog_read_behind(t, 4, &r), ERR_UNKNOWN);
	assert_int_equal(tlog_read_behind(t, 3, &r), ERR_OK);
	tlog_close(t);
}

/* Where records vary nobody knows where one would stand. */
static void test_nothing_is_told_behind_varying_leaves(void **state)
{
	struct tlog_options o = options();
	struct tlog_record r;
	struct tlog *t;

	(void)state;
	o.leaf_size = o.side_size = 0;
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	assert_int_equal(append(t, 1), ERR_OK);
	assert_int_equal(tlog_publish(t), ERR_OK);
	assert_int_equal(append(t, 1), ERR_OK);
	tlog_close(t);
	o.key = NULL;
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	assert_int_equal(tlog_read_behind(t, 1, &r), ERR_UNKNOWN);
	tlog_close(t);
}

/* A reader of a log that has no checkpoint, or had one. */
static void test_a_reader_needs_a_checkpoint(void **state)
{
	struct tlog_options o = options();

	(void)state;
	fill(100, 0);
	o.key = NULL;
	assert_int_equal(try_open(o), ERR_OK);
	(void)unlink(rig_in(public, "checkpoint"));
	assert_int_equal(try_open(o), ERR_UNKNOWN);
}

/* Records are read again where the tiles do not give the root: they have to. */
static void test_neither_tiles_nor_records_give_the_root(void **state)
{
	const size_t size = RECORD_HEAD + LEAF + SIDE;
	const char *file = rig_in(records, "seg-000000000000"),
	    *tile = rig_in(public, "tile/0/002.p/88");
	uint8_t leaf[LEAF + SIDE], *whole;
	struct record r = {.index = 100, .batch = 100};
	struct crc crc;
	size_t n;

	(void)state;
	fill(600, 0);
	assert_int_equal(truncate(tile, 88 * HASH_SIZE - 1), 0);
	assert_int_equal(try_open(options()), ERR_OK);
	/* an honest checksum over another leaf */
	crc_init(&crc);
	rig_fill(7777, leaf, sizeof(leaf));
	r.leaf = span_of(leaf, LEAF);
	r.side = span_of(leaf + LEAF, SIDE);
	whole = rig_load(file, &n);
	record_pack(&crc, (struct record_shape){LEAF, SIDE}, &r,
	    whole + 100 * size);
	rig_store(file, whole, n);
	free(whole);
	assert_int_equal(try_open(options()), ERR_CORRUPT);
}

/* The folder of the records may have that path, and the lock in it may not. */
static void test_a_path_with_no_room_for_the_lock(void **state)
{
	struct tlog_options o = options();
	char path[RIG_PATH] = "";
	size_t n = strlen(folder);

	(void)state;
	memcpy(path, folder, n);
	while (n < RIG_PATH - 3) {
		path[n++] = '/';
		if (n < RIG_PATH - 3)
			path[n++] = '.';
	}
	memcpy(path + RIG_PATH - 4, "/r", 3);
	o.dir = path;
	assert_int_equal(try_open(o), ERR_LIMIT);
}

static ssize_t write_if(
    void *ctx, int fd, const void *p, size_t n, off_t offset)
{
	const bool *broken = ctx;

	if (!*broken)
		return pwrite(fd, p, n, offset);
	errno = ENOSPC;
	return -1;
}

static int flush_if(void *ctx, int fd)
{
	(void)ctx;
	return fdatasync(fd);
}

/* Zeros ahead are no more than room, and yet their failure is the end: what
 * the disk holds is unknown. */
static void test_room_that_cannot_be_made(void **state)
{
	(void)state;
	for (int way = 0; way < 2; way++) {
		bool broken = false, more;
		const struct segment_io io = {write_if, flush_if, &broken};
		const struct publication *p;
		struct tlog_options o = options();
		uint8_t hash[HASH_SIZE];
		struct tlog *t = NULL;

		o.io = &io;
		assert_int_equal(tlog_open(&o, &t), ERR_OK);
		while (tlog_size(t) < 2200)
			assert_int_equal(append(t, 550), ERR_OK);
		broken = true;
		assert_int_equal(way ? tlog_publish_begin(t, &p) :
		    tlog_publish(t), ERR_IO);
		assert_int_equal(tlog_root(t, 0, hash), ERR_IO);
		assert_int_equal(tlog_publish(t), ERR_IO);
		assert_int_equal(append(t, 1), ERR_IO);
		assert_int_equal(tlog_purge(t, 0, &more), ERR_IO);
		tlog_close(t);
		t = open_log();
		check_log(t, 2200);
		tlog_close(t);
		rig_remove(records);
		rig_remove(public);
	}
}

/* A new key's checkpoint is written at once; the same key changes nothing. */
static void test_a_turn_while_others_publish_aside(void **state)
{
	struct sign_private *next = rig_key(4);
	const struct sign_private *both[] = {next, key}, *same[] = {key};
	struct note_key new = checkpoint_key(next);
	const struct publication *p;
	struct tlog *t = open_log();

	(void)state;
	assert_int_equal(append(t, 3), ERR_OK);
	assert_int_equal(tlog_publish(t), ERR_OK);
	assert_int_equal(tlog_turn(t, same, 1), ERR_OK);
	assert_int_equal(tlog_publish_begin(t, &p), ERR_OK);
	assert_null(p);
	assert_memory_equal(
	    tlog_key(t)->raw, checkpoint_key(key).raw, SIGN_ED25519_KEY);
	assert_int_equal(tlog_turn(t, both, 2), ERR_OK);
	assert_int_equal(append(t, 3), ERR_OK);
	assert_int_equal(tlog_publish_begin(t, &p), ERR_OK);
	assert_null(p);
	assert_int_equal(tlog_published(t), 6);
	assert_memory_equal(tlog_key(t)->raw, new.raw, SIGN_ED25519_KEY);
	assert_int_equal(checkpoint_now(t).size, 6);
	tlog_close(t);
	sign_private_free(next);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_a_new_log_signs_the_empty_tree),
	    CASE(test_the_key_turns),
	    CASE(test_every_state_opens_again_and_is_consistent),
	    CASE(test_old_roots_and_leaf_hashes_are_at_hand),
	    CASE(test_partial_tiles_last_as_long_as_they_may_be_asked),
	    CASE(test_a_log_that_lost_records_is_refused),
	    CASE(test_a_log_whose_last_records_differ_is_refused),
	    CASE(test_an_old_record_that_differs_is_refused_when_read),
	    CASE(test_records_without_a_checkpoint_are_refused),
	    CASE(test_checkpoints_of_others_are_refused),
	    CASE(test_lost_tiles_are_written_again),
	    CASE(test_what_stands_behind_the_checkpoint),
	    CASE(test_nothing_is_told_behind_varying_leaves),
	    CASE(test_one_writer_at_a_time),
	    CASE(test_a_failed_flush_ends_everything),
	    CASE(test_publishing_may_be_tried_again),
	    CASE(test_unfit_batches_change_nothing),
	    CASE(test_a_log_of_varying_leaves_opens_again),
	    CASE(test_what_a_reader_may_not),
	    CASE(test_a_reader_needs_a_checkpoint),
	    CASE(test_neither_tiles_nor_records_give_the_root),
	    CASE(test_a_path_with_no_room_for_the_lock),
	    CASE(test_room_that_cannot_be_made),
	    CASE(test_a_turn_while_others_publish_aside),
	    CASE(test_whatever_call_fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
