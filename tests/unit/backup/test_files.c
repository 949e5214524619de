/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the list of files leads nowhere outside, and a copy is what its hash
 * says, for its owner, in one step. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "backup/files.h"
#include "journal/rig.h"

static void test_paths_that_lead_out_are_refused(void **state)
{
	static const char *const bad[] = {"", "/etc", "../x", "a/../b", "a//b",
	    "a/", ".hidden", "a/.b", "a b", "a\nb", "a\\b"};
	static const char *const good[] = {
	    "a", "keeper/journal/seg-000000000000", "x.db", "A_1/b-2"};
	char many[FILES_PATH + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(files_path_fits(span_str(bad[i])));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(files_path_fits(span_str(good[i])));
	assert_false(files_path_fits(span_of("a\0b", 3)));
	memset(many, 'a', sizeof(many));
	assert_true(files_path_fits(span_of(many, FILES_PATH - 1)));
	assert_false(files_path_fits(span_of(many, FILES_PATH)));
}

static void test_the_list_comes_back(void **state)
{
	struct files_row folder = {.folder = true, .mode = 0700, .uid = 3};
	struct files_row file = {.mode = 0640, .gid = 7, .size = 5};
	struct files list = {0}, back = {0};
	struct buf b;

	(void)state;
	(void)snprintf(folder.path, sizeof(folder.path), "keeper");
	(void)snprintf(file.path, sizeof(file.path), "keeper/keys.sealed");
	file.hash[0] = 9;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(files_add(&list, &folder), ERR_OK);
		assert_int_equal(files_add(&list, &file), ERR_OK);
	}
	buf_init(&b, 4096);
	files_write(&list, &b);
	assert_int_equal(files_parse(buf_span(&b), &back), ERR_OK);
	assert_int_equal(back.count, 10);
	assert_memory_equal(back.rows, list.rows, 10 * sizeof(*back.rows));
	assert_int_equal(files_find(&back, file.path)->size, 5);
	assert_null(files_find(&back, "keeper/other"));
	files_release(&back);
	assert_int_equal(files_parse(
	    span_of(b.p, b.n - 1), &back), ERR_SHAPE);
	files_release(&list);
	buf_release(&b);
}

static void test_other_lines_are_refused(void **state)
{
	static const char *const bad[] = {"\n", "x 0600 0 0 1 - a\n",
	    "d 0600 0 0 1 - a\n", "d 0600 0 0 0 00 a\n", "d 600 0 0 0 - a\n",
	    "d 0800 0 0 0 - a\n", "d 0600 0 0 0 - ../a\n",
	    "d 0600 0 0 0 - a b\n", "f 0600 0 0 1 - a\n",
	    "f 0600 0 0 01 - a\n"};
	struct files f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    files_parse(span_str(bad[i]), &f), ERR_SHAPE);
}

static void test_no_program_runs_as_its_owner(void **state)
{
	static const char *const modes[] = {"4755", "2755", "1777"};
	char row[200];
	struct files f;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(row, sizeof(row), "d %s 0 0 0 - a\n", modes[i]);
		assert_int_equal(files_parse(span_str(row), &f), ERR_SHAPE);
	}
	assert_int_equal(
	    files_parse(span_str("d 0755 0 0 0 - a\n"), &f), ERR_OK);
	files_release(&f);
}

static void test_a_copy_is_what_its_hash_says(void **state)
{
	struct files_row row = {.mode = 0640}, again = {0}, look = {0};
	char folder[RIG_PATH], from[RIG_PATH + 8], to[RIG_PATH + 8];
	struct stat st;

	(void)state;
	rig_folder(folder);
	(void)snprintf(from, sizeof(from), "%s/from", folder);
	(void)snprintf(to, sizeof(to), "%s/to", folder);
	row.uid = geteuid();
	row.gid = getegid();
	assert_int_equal(
	    files_copy(from, to, FILES_WHOLE, &row), ERR_UNKNOWN);
	assert_int_equal(rig_size(to), -1);
	rig_store(from, "0123456789", 10);
	assert_int_equal(files_copy(from, to, 4, &row), ERR_OK);
	assert_int_equal(row.size, 4);
	assert_int_equal(files_hash(to, FILES_WHOLE, &again), ERR_OK);
	assert_memory_equal(row.hash, again.hash, HASH_SIZE);
	assert_int_equal(again.size, 4);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(files_copy(from, to, FILES_WHOLE, &row), ERR_OK);
	assert_int_equal(rig_size(to), 10);
	assert_int_equal(symlink("from", rig_in(folder, "link")), 0);
	assert_int_equal(files_look(rig_in(folder, "link"), &look), ERR_SHAPE);
	assert_int_not_equal(
	    files_copy(rig_in(folder, "link"), to, 4, &row), ERR_OK);
	rig_remove(folder);
}

/* Who had the medium may have laid another name of a file, or a link to one, in
 * the copy's way; a copy that was cut off leaves its own there. */
static void test_what_waits_beside_is_not_written(void **state)
{
	struct files_row row = {.mode = 0600, .uid = geteuid(),
	    .gid = getegid()};
	char folder[RIG_PATH], at[4][RIG_PATH + 8];
	static const char *const names[] = {"from", "to", "to.new", "victim"};

	(void)state;
	rig_folder(folder);
	for (size_t i = 0; i < 4; i++)
		(void)snprintf(
		    at[i], sizeof(at[i]), "%s/%s", folder, names[i]);
	rig_store(at[0], "0123456789", 10);
	rig_store(at[3], "one", 3);
	for (int way = 0; way < 3; way++) {
		if (way == 0)
			rig_store(at[2], "01234", 5);
		else
			assert_int_equal((way == 1 ? link : symlink)(
			    at[3], at[2]), 0);
		assert_int_equal(
		    files_copy(at[0], at[1], FILES_WHOLE, &row), ERR_OK);
		assert_int_equal(rig_size(at[1]), 10);
		assert_int_equal(rig_size(at[3]), 3);
		assert_int_equal(rig_size(at[2]), -1);
	}
	rig_remove(folder);
}

/* Who fills a medium may put a pipe, or a file without end, in the place of a
 * small one: it is not waited for, nor read through. */
static void test_what_is_no_file_is_not_waited_for(void **state)
{
	char folder[RIG_PATH], from[RIG_PATH + 8], to[RIG_PATH + 8];
	struct files_row row = {.mode = 0600};

	(void)state;
	rig_folder(folder);
	(void)snprintf(from, sizeof(from), "%s/from", folder);
	(void)snprintf(to, sizeof(to), "%s/to", folder);
	row.uid = geteuid();
	row.gid = getegid();
	assert_int_equal(mkfifo(from, 0600), 0);
	assert_int_equal(files_hash(from, FILES_WHOLE, &row), ERR_SHAPE);
	assert_int_equal(files_copy(from, to, FILES_WHOLE, &row), ERR_SHAPE);
	assert_int_equal(files_hash(folder, FILES_WHOLE, &row), ERR_SHAPE);
	assert_int_equal(unlink(from), 0);
	rig_store(from, "", 0);
	assert_int_equal(truncate(from, (off_t)1 << 40), 0);
	assert_int_equal(files_hash(from, 11, &row), ERR_OK);
	assert_int_equal(row.size, 11);
	rig_remove(folder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_that_lead_out_are_refused),
		cmocka_unit_test(test_the_list_comes_back),
		cmocka_unit_test(test_other_lines_are_refused),
		cmocka_unit_test(test_no_program_runs_as_its_owner),
		cmocka_unit_test(test_a_copy_is_what_its_hash_says),
		cmocka_unit_test(test_what_waits_beside_is_not_written),
		cmocka_unit_test(test_what_is_no_file_is_not_waited_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
