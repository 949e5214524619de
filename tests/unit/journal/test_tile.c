/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: paths, widths and bytes of tiles as c2sp.org/tlog-tiles says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "rig.h"
#include "failing.h"
#include "journal/frontier.h"
#include "journal/tile.h"

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

static void test_paths_are_those_of_the_spec(void **state)
{
	static const struct {
		unsigned level;
		uint64_t index;
		unsigned width;
		const char *path;
	} rows[] = {
	    {0, 0, 256, "tile/0/000"},
	    {0, 0, 1, "tile/0/000.p/1"},
	    {1, 999, 256, "tile/1/999"},
	    {0, 1000, 256, "tile/0/x001/000"},
	    {0, 1234067, 256, "tile/0/x001/x234/067"},
	    {0, 1234067, 112, "tile/0/x001/x234/067.p/112"},
	    {7, UINT64_MAX, 255,
	     "tile/7/x018/x446/x744/x073/x709/x551/615.p/255"},
	};
	char path[TILE_PATH_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tile_path(
		    rows[i].level, rows[i].index, rows[i].width, path);
		assert_string_equal(path, rows[i].path);
	}
}

/* "A tree of size 70,000 will be represented by 273 full level 0 tiles, one
 * partial level 0 tile of width 112, one full level 1 tile, one partial level
 * 1 tile of width 17, and one partial level 2 tile of width 1." */
static void test_seventy_thousand_entries_make_the_specs_tiles(void **state)
{
	struct frontier f;
	uint8_t hash[HASH_SIZE];

	(void)state;
	assert_int_equal(tile_hashes(0, 70000), 70000);
	assert_int_equal(tile_hashes(1, 70000), 273);
	assert_int_equal(tile_hashes(2, 70000), 1);
	assert_int_equal(tile_hashes(3, 70000), 0);
	assert_int_equal(tile_hashes(TILE_LEVELS - 1, UINT64_MAX), 255);
	assert_int_equal(tile_hashes(TILE_LEVELS, UINT64_MAX), 0);
	for (uint64_t i = 0; i < 300; i++) {
		assert_int_equal(tile_width(0, i, 70000),
		    i < 273 ? 256 : i == 273 ? 112 : 0);
		assert_int_equal(tile_width(1, i, 70000),
		    i < 1 ? 256 : i == 1 ? 17 : 0);
		assert_int_equal(tile_width(2, i, 70000), i < 1 ? 1 : 0);
		assert_int_equal(tile_width(3, i, 70000), 0);
	}
	frontier_init(&f);
	assert_int_equal(frontier_reserve(&f, 70000), ERR_OK);
	for (uint64_t i = 0; i < 70000; i++) {
		rig_fill(i, hash, sizeof(hash));
		frontier_append(&f, hash);
	}
	assert_int_equal(frontier_write(&f, folder, 0), ERR_OK);
	assert_int_equal(rig_size(rig_in(folder, "tile/0/272")), 8192);
	assert_int_equal(rig_size(rig_in(folder, "tile/0/273.p/112")), 3584);
	assert_int_equal(rig_size(rig_in(folder, "tile/0/273")), -1);
	assert_int_equal(rig_size(rig_in(folder, "tile/1/000")), 8192);
	assert_int_equal(rig_size(rig_in(folder, "tile/1/001.p/17")), 544);
	assert_int_equal(rig_size(rig_in(folder, "tile/2/000.p/1")), 32);
	frontier_release(&f);
}

static void test_256_entries_are_a_full_tile_and_one_above(void **state)
{
	struct frontier f;
	uint8_t hash[HASH_SIZE];

	(void)state;
	frontier_init(&f);
	assert_int_equal(frontier_reserve(&f, 256), ERR_OK);
	for (uint64_t i = 0; i < 256; i++) {
		rig_fill(i, hash, sizeof(hash));
		frontier_append(&f, hash);
	}
	assert_int_equal(frontier_write(&f, folder, 0), ERR_OK);
	assert_int_equal(rig_size(rig_in(folder, "tile/0/000")), 8192);
	assert_int_equal(rig_size(rig_in(folder, "tile/1/000.p/1")), 32);
	frontier_release(&f);
}

static struct tile sample(unsigned width)
{
	struct tile t = {.level = 0, .index = 1001, .width = width};

	rig_fill(width, t.hash, sizeof(t.hash));
	return t;
}

static void test_tiles_are_for_everybody_whatever_the_umask(void **state)
{
	struct tile t = sample(9);
	mode_t before = umask(0077);
	struct stat st;

	(void)state;
	assert_int_equal(tile_write(folder, &t, true), ERR_OK);
	(void)umask(before);
	assert_int_equal(
	    stat(rig_in(folder, "tile/0/x001/001.p/9"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(stat(rig_in(folder, "tile/0/x001"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
}

static void test_partials_go_when_the_full_tile_is_there(void **state)
{
	struct tile t = sample(9), full = sample(256), got;

	(void)state;
	memcpy(full.hash, t.hash, sizeof(t.hash));
	assert_int_equal(tile_write(folder, &t, true), ERR_OK);
	t.width = 10;
	assert_int_equal(tile_write(folder, &t, true), ERR_OK);
	assert_int_equal(tile_read(folder, 0, 1001, 9, &got), ERR_OK);
	assert_memory_equal(got.hash, t.hash, 9 * HASH_SIZE);
	assert_int_equal(tile_read(folder, 0, 1001, 11, &got), ERR_UNKNOWN);
	assert_int_equal(tile_write(folder, &full, false), ERR_OK);
	tile_drop_partials(folder, 0, 1001);
	assert_int_equal(rig_size(rig_in(folder, "tile/0/x001/001.p")), -1);
	/* whoever has an old checkpoint takes the front of the full one */
	assert_int_equal(tile_read(folder, 0, 1001, 11, &got), ERR_OK);
	assert_int_equal(got.width, 11);
	assert_memory_equal(got.hash, full.hash, 11 * HASH_SIZE);
	tile_drop_partials(folder, 0, 1002);	/* nothing there: nothing */
}

static void test_tiles_of_another_length_are_refused(void **state)
{
	struct tile t = sample(9), got;
	const char *path = rig_in(folder, "tile/0/x001/001.p/9");
	static const uint8_t bytes[TILE_WIDTH * HASH_SIZE + 2];

	(void)state;
	assert_int_equal(tile_write(folder, &t, true), ERR_OK);
	rig_store(path, bytes, 9 * HASH_SIZE - 1);
	assert_int_equal(tile_read(folder, 0, 1001, 9, &got), ERR_CORRUPT);
	rig_store(path, bytes, 9 * HASH_SIZE + 1);
	assert_int_equal(tile_read(folder, 0, 1001, 9, &got), ERR_CORRUPT);
	rig_store(path, bytes, sizeof(bytes));	/* than any tile */
	assert_int_equal(tile_read(folder, 0, 1001, 9, &got), ERR_CORRUPT);
	rig_store(path, bytes, 0);
	assert_int_equal(tile_read(folder, 0, 1001, 9, &got), ERR_CORRUPT);
}

/* Every node of a tree, from tiles and from memory, is the tree's. */
static void test_nodes_from_tiles_and_frontier_are_the_trees(void **state)
{
	enum { SIZE = 1100 };
	static uint8_t full[11][SIZE][HASH_SIZE];
	struct tile_reader *reader = NULL;
	struct tree_nodes nodes;
	struct frontier f, loaded;
	uint8_t got[HASH_SIZE], root[HASH_SIZE];

	(void)state;
	frontier_init(&f);
	assert_int_equal(frontier_reserve(&f, SIZE), ERR_OK);
	for (uint64_t i = 0; i < SIZE; i++) {
		rig_fill(i, full[0][i], HASH_SIZE);
		frontier_append(&f, full[0][i]);
	}
	assert_int_equal(frontier_write(&f, folder, 0), ERR_OK);
	assert_int_equal(tile_reader_new(folder, SIZE, &reader), ERR_OK);
	nodes = tile_reader_nodes(reader);
	for (unsigned l = 0; l <= 10; l++)
		for (uint64_t i = 0; i < (uint64_t)SIZE >> l; i++) {
			if (l > 0)
				tree_node_hash(full[l - 1][2 * i],
				    full[l - 1][2 * i + 1], full[l][i]);
			assert_int_equal(
			    nodes.get(nodes.ctx, l, i, got), ERR_OK);
			assert_memory_equal(got, full[l][i], HASH_SIZE);
			assert_int_equal(
			    frontier_node(&f, l, i, got), ERR_OK);
			assert_memory_equal(got, full[l][i], HASH_SIZE);
		}
	/* no tree of 64 bits has a level 64 */
	for (unsigned l = 0; l <= 64; l++) {
		uint64_t beyond = l > 10 ? 0 : (uint64_t)SIZE >> l;

		assert_int_equal(
		    nodes.get(nodes.ctx, l, beyond, got), ERR_UNKNOWN);
		assert_int_equal(
		    nodes.get(nodes.ctx, l, UINT64_MAX, got), ERR_UNKNOWN);
		assert_int_equal(
		    frontier_node(&f, l, beyond, got), ERR_UNKNOWN);
		assert_int_equal(
		    frontier_node(&f, l, UINT64_MAX, got), ERR_UNKNOWN);
	}
	tile_reader_free(reader);
	/* the same edge from the disk; settled, only partial tiles are held */
	frontier_init(&loaded);
	assert_int_equal(frontier_load(&loaded, folder, SIZE), ERR_OK);
	tree_edge_root(&f.edge, root);
	tree_edge_root(&loaded.edge, got);
	assert_memory_equal(got, root, HASH_SIZE);
	frontier_settle(&f, SIZE, folder);
	assert_int_equal(f.level[0].n, SIZE % 256);
	assert_int_equal(f.level[1].n, SIZE / 256);
	assert_int_equal(frontier_node(&f, 0, 1000, got), ERR_UNKNOWN);
	assert_int_equal(frontier_node(&f, 0, 1099, got), ERR_OK);
	assert_memory_equal(got, full[0][1099], HASH_SIZE);
	frontier_release(&f);
	frontier_release(&loaded);
}

/* What is written is read again, or it is said that it was not written. */
static void test_whatever_call_fails(void **state)
{
	static const uint64_t sizes[] = {300, 3000};	/* few tiles, many */
	int failures = 0;

	(void)state;
	for (int way = 0; way < 2 * FAILING_KINDS; way++) {
		uint64_t size = sizes[way / FAILING_KINDS];
		bool failed = true;

		for (int n = 0; failed; n++) {
			struct frontier f, loaded;
			uint8_t hash[HASH_SIZE], want[HASH_SIZE];
			enum err e;

			rig_remove(folder);
			rig_folder(folder);
			frontier_init(&f);
			frontier_init(&loaded);
			assert_int_equal(frontier_reserve(&f, size), ERR_OK);
			for (uint64_t i = 0; i < size; i++) {
				rig_fill(i, hash, sizeof(hash));
				frontier_append(&f, hash);
			}
			tree_edge_root(&f.edge, want);
			failing_set((enum failing_kind)(way % FAILING_KINDS),
			    n, EIO);
			e = frontier_write(&f, folder, 0);
			if (!e)
				frontier_settle(&f, size, folder);
			if (!e)
				e = frontier_load(&loaded, folder, size);
			failed = failing_end();
			if (!failed)
				assert_int_equal(e, ERR_OK);
			tree_edge_root(&loaded.edge, hash);
			if (!e)
				assert_memory_equal(hash, want, HASH_SIZE);
			failures += failed;
			frontier_release(&f);
			frontier_release(&loaded);
		}
	}
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 60);
}

static void test_a_reader_without_memory(void **state)
{
	struct tile_reader *reader = NULL;
	bool failed = true;
	int n = 0;

	(void)state;
	for (; failed; n++) {
		enum err e;

		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = tile_reader_new(folder, 5, &reader);
		failed = failing_end();
		assert_int_equal(e, failed ? ERR_NOMEM : ERR_OK);
		assert_true(failed == !reader);
	}
	assert_int_equal(n, 3);
	tile_reader_free(reader);
	tile_reader_free(NULL);
}

/* A path that no file can have is told, and nothing is written elsewhere. */
static void test_a_folder_whose_path_is_too_long(void **state)
{
	struct tile t = sample(9);
	char path[RIG_PATH];

	(void)state;
	memset(path, 'x', sizeof(path));
	path[RIG_PATH - 5] = '\0';
	assert_int_equal(tile_write(path, &t, true), ERR_LIMIT);
	assert_int_equal(tile_read(path, 0, 1001, 9, &t), ERR_LIMIT);
	/* the whole tile's path is the shorter */
	path[RIG_PATH - sizeof("/tile/0/x001/001")] = '\0';
	assert_int_equal(tile_read(path, 0, 1001, 9, &t), ERR_LIMIT);
	tile_drop_partials(path, 0, 1001);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_paths_are_those_of_the_spec),
	    CASE(test_seventy_thousand_entries_make_the_specs_tiles),
	    CASE(test_256_entries_are_a_full_tile_and_one_above),
	    CASE(test_tiles_are_for_everybody_whatever_the_umask),
	    CASE(test_partials_go_when_the_full_tile_is_there),
	    CASE(test_tiles_of_another_length_are_refused),
	    CASE(test_nodes_from_tiles_and_frontier_are_the_trees),
	    CASE(test_whatever_call_fails),
	    CASE(test_a_reader_without_memory),
	    CASE(test_a_folder_whose_path_is_too_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
