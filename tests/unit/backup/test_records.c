/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: records alone give the tree's root at every size, over the end of a
 * file too, and one changed byte does not; a file that shrinks meanwhile is an
 * error and no signal. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "backup/records.h"
#include "journal/rig.h"
#include "journal/segment.h"
#include "journal/tlog.h"

#define LEAF 24

static void fill(struct tlog *t, uint64_t n)
{
	static uint8_t leaves[TLOG_BATCH][LEAF];
	struct tlog_entry entries[64];
	uint64_t first;

	for (uint64_t i = 0; i < n;) {
		size_t k = n - i < 64 ? (size_t)(n - i) : 64;

		for (size_t j = 0; j < k; j++) {
			rig_fill(tlog_size(t) + j, leaves[j], LEAF);
			entries[j] = (struct tlog_entry){
			    span_of(leaves[j], LEAF), span_of(NULL, 0)};
		}
		assert_int_equal(
		    tlog_append(t, entries, k, 0, &first), ERR_OK);
		i += k;
	}
}

static void compare(struct tlog *t, const char *dir, uint64_t size)
{
	uint8_t root[HASH_SIZE], said[HASH_SIZE];
	uint64_t bad = 0;

	assert_int_equal(tlog_root(t, size, said), ERR_OK);
	assert_int_equal(records_root(dir,
	    (struct record_shape){LEAF, 0}, size, root, &bad), ERR_OK);
	assert_memory_equal(root, said, HASH_SIZE);
}

static void test_roots_of_records(void **state)
{
	static const uint64_t sizes[] = {0, 1, 2, 77, SEGMENT_RECORDS - 1,
	    SEGMENT_RECORDS, SEGMENT_RECORDS + 1, SEGMENT_RECORDS + 100};
	char folder[RIG_PATH], dir[RIG_PATH + 8], open_dir[RIG_PATH + 8];
	struct sign_private *key = rig_key(4);
	struct tlog_options o = {.dir = dir, .public_dir = open_dir,
	    .origin = "a", .key = key, .leaf_size = LEAF};
	uint8_t root[HASH_SIZE];
	uint64_t bad = 0;
	struct tlog *t;

	(void)state;
	rig_folder(folder);
	(void)snprintf(dir, sizeof(dir), "%s/r", folder);
	(void)snprintf(open_dir, sizeof(open_dir), "%s/p", folder);
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	fill(t, SEGMENT_RECORDS + 100);
	assert_int_equal(tlog_publish(t), ERR_OK);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		compare(t, dir, sizes[i]);
	assert_int_equal(records_root(dir, (struct record_shape){LEAF, 0},
	    SEGMENT_RECORDS + 101, root, &bad), ERR_CORRUPT);
	assert_int_equal(bad, SEGMENT_RECORDS + 100);
	rig_flip(rig_in(dir, "seg-000000000000"), 3 * (RECORD_HEAD + LEAF) + 50,
	    1);
	assert_int_equal(records_root(dir, (struct record_shape){LEAF, 0},
	    100, root, &bad), ERR_CORRUPT);
	assert_int_equal(bad, 3);
	tlog_close(t);
	sign_private_free(key);
	rig_remove(folder);
}

/* Whoever holds the medium shortens the file while it is read. */
static void shorten(
    void *of, struct span leaf, const struct tree_edge *so_far)
{
	(void)leaf;
	(void)so_far;
	assert_int_equal(truncate(of, 4096), 0);
}

static void test_a_medium_that_shrinks(void **state)
{
	char folder[RIG_PATH], dir[RIG_PATH + 8], open_dir[RIG_PATH + 8];
	char first[RIG_PATH + 32];
	struct sign_private *key = rig_key(4);
	struct tlog_options o = {.dir = dir, .public_dir = open_dir,
	    .origin = "a", .key = key, .leaf_size = LEAF};
	uint8_t root[HASH_SIZE];
	uint64_t bad = 0;
	struct tlog *t;

	(void)state;
	rig_folder(folder);
	(void)snprintf(dir, sizeof(dir), "%s/r", folder);
	(void)snprintf(open_dir, sizeof(open_dir), "%s/p", folder);
	(void)snprintf(first, sizeof(first), "%s/seg-000000000000", dir);
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	fill(t, SEGMENT_RECORDS);
	tlog_close(t);
	assert_int_equal(records_each(dir, (struct record_shape){LEAF, 0},
	    SEGMENT_RECORDS, shorten, first, root, &bad), ERR_CORRUPT);
	assert_true(bad > 0 && bad < SEGMENT_RECORDS);
	sign_private_free(key);
	rig_remove(folder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots_of_records),
		cmocka_unit_test(test_a_medium_that_shrinks),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
