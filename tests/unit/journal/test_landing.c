/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a batch that is written and not yet flushed is nowhere to be seen, and
 * nothing is written behind it; flushed, it is as if tlog_append had taken it;
 * not flushed, the log is at its end.
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
#define MOST 600

struct log {
	char folder[RIG_PATH], records[RIG_PATH], public[RIG_PATH];
	struct sign_private *key;
	struct tlog *t;
};

static void open_log(struct log *l)
{
	const struct tlog_options o = {.dir = l->records,
	    .public_dir = l->public, .origin = ORIGIN, .key = l->key,
	    .leaf_size = LEAF, .side_size = SIDE};

	assert_int_equal(tlog_open(&o, &l->t), ERR_OK);
}

static int make(void **state)
{
	struct log *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	rig_folder(l->folder);
	assert_int_equal(file_path(l->records, sizeof(l->records), l->folder,
	    "records"), ERR_OK);
	assert_int_equal(file_path(l->public, sizeof(l->public), l->folder,
	    "public"), ERR_OK);
	l->key = rig_key(3);
	open_log(l);
	*state = l;
	return 0;
}

static int unmake(void **state)
{
	struct log *l = *state;

	tlog_close(l->t);
	sign_private_free(l->key);
	rig_remove(l->folder);
	free(l);
	return 0;
}

static const struct tlog_entry *entries_of(uint64_t from, size_t n)
{
	static uint8_t rooms[MOST][LEAF + SIDE];
	static struct tlog_entry entries[MOST];

	for (size_t i = 0; i < n; i++) {
		rig_fill(from + i, rooms[i], LEAF + SIDE);
		entries[i].leaf = span_of(rooms[i], LEAF);
		entries[i].side = span_of(rooms[i] + LEAF, SIDE);
	}
	return entries;
}

static enum err write_batch(struct log *l, size_t n, int *ret_fd)
{
	uint64_t size = tlog_size(l->t);
	const struct tlog_entry *entries = entries_of(size, n);
	enum err e = tlog_write(l->t, entries, n, size, ret_fd);

	(void)entries_of(9999, n);	/* they are not needed any more */
	return e;
}

static void append(struct log *l, size_t n)
{
	uint64_t size = tlog_size(l->t), first;

	assert_int_equal(tlog_append(
	    l->t, entries_of(size, n), n, size, &first), ERR_OK);
}

static void root_of(struct log *l, uint8_t out[static HASH_SIZE])
{
	assert_int_equal(tlog_root(l->t, tlog_size(l->t), out), ERR_OK);
}

/* The root of n entries that came one batch at a time. */
static void want_root(uint64_t n, uint8_t out[static HASH_SIZE])
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

static void check_size(struct log *l, uint64_t n)
{
	uint8_t want[HASH_SIZE], got[HASH_SIZE];
	struct tlog_record r;

	assert_int_equal(tlog_size(l->t), n);
	want_root(n, want);
	root_of(l, got);
	assert_memory_equal(want, got, HASH_SIZE);
	assert_int_equal(tlog_read(l->t, n, &r), ERR_UNKNOWN);
	assert_int_equal(tlog_read(l->t, n - 1, &r), ERR_OK);
}

static void test_nothing_is_seen_before_it_landed(void **state)
{
	struct log *l = *state;
	bool more;
	int fd, other;

	append(l, 3);
	assert_int_equal(tlog_publish(l->t), ERR_OK);
	for (uint64_t size = 3; size < 300; size += 7) {
		uint64_t first;

		assert_int_equal(write_batch(l, 7, &fd), ERR_OK);
		assert_true(fd >= 0);
		check_size(l, size);
		assert_int_equal(write_batch(l, 1, &other), ERR_STATE);
		assert_int_equal(tlog_append(l->t, entries_of(0, 1), 1, 0,
		    &first), ERR_STATE);
		assert_int_equal(tlog_publish(l->t), ERR_STATE);
		assert_int_equal(tlog_purge(l->t, 1, &more), ERR_STATE);
		assert_int_equal(fdatasync(fd), 0);
		assert_int_equal(tlog_landed(l->t, true), ERR_OK);
		check_size(l, size + 7);
	}
	assert_int_equal(tlog_publish(l->t), ERR_OK);
	append(l, 5);
	tlog_close(l->t);
	open_log(l);
	check_size(l, 3 + 43 * 7 + 5);
}

/* As kill -9 leaves it: written, not flushed, and not told. */
static void test_written_and_not_landed(void **state)
{
	struct log *l = *state;
	int fd;

	append(l, 3);
	assert_int_equal(write_batch(l, 2, &fd), ERR_OK);
	assert_true(fd >= 0);
	tlog_close(l->t);
	open_log(l);
	/* the batch is whole, so it is taken and flushed */
	check_size(l, 5);
}

static void test_not_flushed_is_the_end(void **state)
{
	struct log *l = *state;
	uint8_t root[HASH_SIZE];
	struct tlog_record r;
	uint64_t first;
	int fd;

	append(l, 3);
	assert_int_equal(write_batch(l, 2, &fd), ERR_OK);
	assert_int_equal(tlog_landed(l->t, false), ERR_IO);
	assert_int_equal(tlog_size(l->t), 3);
	assert_int_equal(tlog_read(l->t, 0, &r), ERR_IO);
	assert_int_equal(tlog_root(l->t, 3, root), ERR_IO);
	assert_int_equal(tlog_publish(l->t), ERR_IO);
	assert_int_equal(write_batch(l, 1, &fd), ERR_IO);
	assert_int_equal(fd, -1);
	assert_int_equal(tlog_append(
	    l->t, entries_of(3, 1), 1, 0, &first), ERR_IO);
}

/* The first batch, and one that does not fit into its file, are on the disk at
 * once: there are two files to flush. */
static void test_where_a_file_ends(void **state)
{
	struct log *l = *state;
	uint64_t size;
	int fd;

	assert_int_equal(write_batch(l, 2, &fd), ERR_OK);
	assert_int_equal(fd, -1);
	check_size(l, 2);
	while (tlog_size(l->t) + MOST <= SEGMENT_RECORDS)
		append(l, MOST);
	size = tlog_size(l->t);
	assert_int_equal(write_batch(l, MOST, &fd), ERR_OK);
	assert_int_equal(fd, -1);
	check_size(l, size + MOST);
	assert_int_equal(write_batch(l, 1, &fd), ERR_OK);
	assert_true(fd >= 0);
	assert_int_equal(tlog_landed(l->t, true), ERR_OK);
}

static struct checkpoint checkpoint_now(struct log *l)
{
	struct checkpoint c;
	struct buf note;

	buf_init(&note, CHECKPOINT_MAX);
	assert_int_equal(public_read_checkpoint(l->public, tlog_key(l->t),
	    &note, &c), ERR_OK);
	buf_release(&note);
	return c;
}

/* Entries and batches come while tiles are written, across ends of tiles. */
static void test_it_grows_while_it_is_published(void **state)
{
	struct log *l = *state;
	const struct publication *p, *second;
	uint8_t root[HASH_SIZE];
	uint64_t size = 0, before;
	int fd;

	assert_int_equal(tlog_publish_begin(l->t, &p), ERR_OK);
	assert_null(p);	/* nothing is new */
	while (size < 1500) {
		append(l, 100);
		before = size + 100;
		assert_int_equal(tlog_publish_begin(l->t, &p), ERR_OK);
		assert_non_null(p);
		assert_int_equal(publication_size(p), before);
		assert_int_equal(tlog_publish(l->t), ERR_STATE);
		assert_int_equal(
		    tlog_publish_begin(l->t, &second), ERR_STATE);
		append(l, 90);
		assert_int_equal(write_batch(l, 7, &fd), ERR_OK);
		assert_int_equal(tlog_published(l->t), size ? size - 97 : 0);
		assert_int_equal(publication_write(p), ERR_OK);
		assert_int_equal(tlog_publish_end(l->t, ERR_OK), ERR_OK);
		assert_int_equal(tlog_published(l->t), before);
		assert_int_equal(tlog_landed(l->t, true), ERR_OK);
		size += 197;
		check_size(l, size);
		want_root(before, root);
		assert_int_equal(checkpoint_now(l).size, before);
		assert_memory_equal(checkpoint_now(l).root, root, HASH_SIZE);
		assert_int_equal(tlog_root(l->t, before, root), ERR_OK);
	}
	tlog_close(l->t);
	open_log(l);
	check_size(l, size);
	for (uint64_t i = 0; i < size; i++) {
		struct tlog_record r;

		assert_int_equal(tlog_read(l->t, i, &r), ERR_OK);
	}
}

/* Tried again it is there; closed in between it never was. */
static void test_a_publication_that_fails(void **state)
{
	struct log *l = *state;
	const struct publication *p;
	bool failed = true;

	append(l, 300);
	for (int n = 0; failed; n++) {
		enum err e;

		assert_int_equal(tlog_publish_begin(l->t, &p), ERR_OK);
		failing_set(FAILING_FLUSH, n, EIO);
		e = publication_write(p);
		failed = failing_end();
		assert_int_equal(e, failed ? ERR_IO : ERR_OK);
		assert_int_equal(tlog_publish_end(l->t, e), e);
		assert_int_equal(tlog_published(l->t), failed ? 0 : 300);
	}
	failed = true;
	for (int n = 0; failed; n++) {
		enum err e;

		append(l, 1);
		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = tlog_publish_begin(l->t, &p);
		failed = failing_end();
		assert_int_equal(e, failed ? ERR_NOMEM : ERR_OK);
		assert_true(failed == !p);
	}
	tlog_close(l->t);
	open_log(l);
	assert_int_equal(tlog_published(l->t), 300);
}

static void test_a_failed_log_publishes_nothing(void **state)
{
	struct log *l = *state;
	const struct publication *p;
	int fd;

	append(l, 3);
	assert_int_equal(tlog_publish_begin(l->t, &p), ERR_OK);
	assert_int_equal(write_batch(l, 1, &fd), ERR_OK);
	assert_int_equal(tlog_landed(l->t, false), ERR_IO);
	assert_int_equal(publication_write(p), ERR_OK);
	assert_int_equal(tlog_publish_end(l->t, ERR_OK), ERR_IO);
	assert_int_equal(tlog_publish_begin(l->t, &p), ERR_IO);
	assert_null(p);
}

static void test_unfit_batches_write_nothing(void **state)
{
	struct log *l = *state;
	uint8_t leaf[LEAF + 1] = {0};
	const struct tlog_entry bad = {{leaf, LEAF + 1}, {NULL, 0}},
	    good = {{leaf, LEAF}, {NULL, 0}};
	int fd;

	append(l, 3);
	assert_int_equal(tlog_write(l->t, &bad, 1, 0, &fd), ERR_RANGE);
	assert_int_equal(tlog_write(l->t, &good, 1, 4, &fd), ERR_RANGE);
	assert_int_equal(tlog_write(l->t, &good, 0, 0, &fd), ERR_LIMIT);
	assert_int_equal(fd, -1);
	failing_set(FAILING_WRITE, 0, ENOSPC);
	assert_int_equal(write_batch(l, 2, &fd), ERR_IO);
	assert_true(failing_end());
	assert_int_equal(tlog_publish(l->t), ERR_IO);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_nothing_is_seen_before_it_landed),
	    CASE(test_written_and_not_landed),
	    CASE(test_not_flushed_is_the_end),
	    CASE(test_where_a_file_ends),
	    CASE(test_it_grows_while_it_is_published),
	    CASE(test_a_publication_that_fails),
	    CASE(test_a_failed_log_publishes_nothing),
	    CASE(test_unfit_batches_write_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
