/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a new file is made once, on any file system, whole or not at all; and
 * what is no file is not waited for; whoever may write to a folder has nobody
 * write to a file elsewhere. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/file.h"
#include "failing.h"

static char folder[] = "/tmp/ecluse-file-XXXXXX";
static char path[64];

static bool says(const char *where, const char *text)
{
	struct buf in;
	bool same;

	buf_init(&in, 64);
	same = !file_read(where, &in) && span_is(buf_span(&in), text);
	buf_release(&in);
	return same;
}

static bool holds(const char *text)
{
	return says(path, text);
}

/* Nothing but what is at path, or not even that. */
static void assert_alone(bool there)
{
	assert_int_equal(access(path, F_OK), there ? 0 : -1);
	(void)unlink(path);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(mkdir(folder, 0700), 0);
}

static enum err create(const char *text, int nth, int error)
{
	enum err e;

	failing_set(FAILING_NAME, nth, error);
	e = file_create(path, span_str(text), 0600);
	(void)failing_end();
	return e;
}

static void test_without_links(void **state)
{
	static const int none[] = {EPERM, EOPNOTSUPP};
	struct stat st;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(create("one", 0, none[i]), ERR_OK);
		assert_true(holds("one"));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		assert_int_equal(create("two", 0, none[i]), ERR_EXISTS);
		assert_true(holds("one"));
		assert_alone(true);
	}
}

static void test_nothing_is_left_of_one_that_fails(void **state)
{
	(void)state;
	assert_int_equal(create("one", 0, EIO), ERR_IO);
	assert_alone(false);
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/new", folder);
	return 0;
}

static enum err read_plain(const char *from)
{
	struct buf in;
	enum err e;

	buf_init(&in, 64);
	e = file_read_plain(from, &in);
	if (!e && !span_is(buf_span(&in), "one"))
		e = ERR_CORRUPT;
	buf_release(&in);
	return e;
}

static void test_a_pipe_is_not_read(void **state)
{
	(void)state;
	assert_int_equal(read_plain(path), ERR_UNKNOWN);
	assert_int_equal(read_plain(folder), ERR_SHAPE);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(read_plain(path), ERR_SHAPE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(
	    file_create(path, span_str("one"), 0600), ERR_OK);
	assert_int_equal(read_plain(path), ERR_OK);
	assert_alone(true);
}

/* What a captured keeper leaves in its folder for root, who writes there. */
static void test_no_link_is_written_through(void **state)
{
	enum err (*const ways[])(const char *, struct span, mode_t) = {
	    file_replace, file_create, file_renew, file_renew};
	char victim[80], beside[96];

	(void)state;
	(void)snprintf(victim, sizeof(victim), "%s/victim", folder);
	(void)snprintf(
	    beside, sizeof(beside), "%s.new-%d", path, (int)getpid());
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		assert_int_equal(
		    file_create(victim, span_str("one"), 0644), ERR_OK);
		assert_int_equal(
		    symlink(victim, i < 3 ? beside : path), 0);
		assert_int_equal(ways[i](path, span_str("two"), 0600), ERR_OK);
		assert_true(holds("two"));
		assert_true(says(victim, "one"));
		assert_int_equal(unlink(victim), 0);
		assert_alone(true);
	}
}

/* Where root renews a file in a folder of somebody else. */
static void test_what_lies_in_a_files_place_is_not_written(void **state)
{
	char victim[80];

	(void)state;
	(void)snprintf(victim, sizeof(victim), "%s/victim", folder);
	assert_int_equal(
	    file_create(victim, span_str("one"), 0644), ERR_OK);
	assert_int_equal(link(victim, path), 0);
	assert_int_equal(file_renew(path, span_str("two"), 0600), ERR_OK);
	assert_true(holds("two"));
	assert_true(says(victim, "one"));
	assert_int_equal(unlink(victim), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(file_renew(path, span_str("two"), 0600), ERR_OK);
	assert_true(holds("two"));
	assert_alone(true);
}

static void test_what_a_killed_process_left_is_no_hindrance(void **state)
{
	char beside[96];

	(void)state;
	(void)snprintf(
	    beside, sizeof(beside), "%s.new-%d", path, (int)getpid());
	assert_int_equal(
	    file_create(beside, span_str("half"), 0600), ERR_OK);
	assert_int_equal(
	    file_replace(path, span_str("one"), 0600), ERR_OK);
	assert_true(holds("one"));
	assert_alone(true);
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_without_links),
	    cmocka_unit_test(test_nothing_is_left_of_one_that_fails),
	    cmocka_unit_test(test_a_pipe_is_not_read),
	    cmocka_unit_test(test_no_link_is_written_through),
	    cmocka_unit_test(
	        test_what_lies_in_a_files_place_is_not_written),
	    cmocka_unit_test(
		test_what_a_killed_process_left_is_no_hindrance),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
