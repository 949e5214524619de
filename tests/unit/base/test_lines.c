/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: files are read line by line and written whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/csv.h"
#include "base/lines.h"
#include "base/outfile.h"

#define FIELDS 4

static char folder[] = "/tmp/ecluse-lines-XXXXXX";

static void path_in(char out[static 64], const char *name)
{
	(void)snprintf(out, 64, "%s/%s", folder, name);
}

static void write_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void open_text(struct lines *l, const char *text, size_t max)
{
	char path[64];

	path_in(path, "in");
	write_file(path, text, strlen(text));
	assert_int_equal(lines_open(l, path, max), ERR_OK);
}

static void assert_line(struct lines *l, const char *want, uint32_t number)
{
	char *line;
	size_t n;

	assert_int_equal(lines_next(l, &line, &n), ERR_OK);
	assert_int_equal(n, strlen(want));
	assert_memory_equal(line, want, n);
	assert_int_equal(l->number, number);
}

static void assert_end(struct lines *l, enum err want)
{
	char *line;
	size_t n;

	assert_int_equal(lines_next(l, &line, &n), want);
}

static void test_lines_of_both_ends_and_a_mark_are_read(void **state)
{
	struct lines l;

	(void)state;
	open_text(&l, "\xef\xbb\xbf" "one\r\ntwo\n\nlast", 10);
	assert_line(&l, "one", 1);
	assert_line(&l, "two", 2);
	assert_line(&l, "", 3);
	assert_line(&l, "last", 4);
	assert_end(&l, ERR_CLOSED);
	assert_end(&l, ERR_CLOSED);
	assert_int_equal(l.number, 4);
	lines_close(&l);
}

static void test_lines_at_the_limit_passes_beyond_is_skipped(void **state)
{
	struct lines l;

	(void)state;
	open_text(&l, "12345\r\n123456\r\nok\n", 5);
	assert_line(&l, "12345", 1);
	assert_end(&l, ERR_LIMIT);
	assert_int_equal(l.number, 2);
	assert_line(&l, "ok", 3);
	assert_end(&l, ERR_CLOSED);
	lines_close(&l);
}

static void test_lines_longer_than_the_window_are_skipped(void **state)
{
	static char text[300000];
	struct lines l;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "a\n", 2);
	memcpy(text + sizeof(text) - 4, "\nz\n", 4);
	open_text(&l, text, 100);
	assert_line(&l, "a", 1);
	assert_end(&l, ERR_LIMIT);
	assert_line(&l, "z", 3);
	assert_end(&l, ERR_CLOSED);
	lines_close(&l);
}

static void test_lines_across_many_windows_all_come(void **state)
{
	char path[64], want[32];
	struct lines l;
	FILE *f;

	(void)state;
	path_in(path, "many");
	f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 50000; i++)
		fprintf(f, "line %d\n", i);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(lines_open(&l, path, 40), ERR_OK);
	for (uint32_t i = 0; i < 50000; i++) {
		(void)snprintf(want, sizeof(want), "line %u", i);
		assert_line(&l, want, i + 1);
	}
	assert_end(&l, ERR_CLOSED);
	lines_close(&l);
}

static void test_lines_open_without_a_file_is_unknown(void **state)
{
	struct lines l;
	char path[64];

	(void)state;
	path_in(path, "absent");
	assert_int_equal(lines_open(&l, path, 5), ERR_UNKNOWN);
}

static enum err split(const char *text, struct span *fields, size_t *count)
{
	static char line[64];

	(void)snprintf(line, sizeof(line), "%s", text);
	return csv_split(line, strlen(line), ';', fields, FIELDS, count);
}

static void test_csv_fields_and_quotes(void **state)
{
	struct span f[FIELDS];
	size_t n = 0;

	(void)state;
	assert_int_equal(split("a;;\"b;\"\"c\"\"\";", f, &n), ERR_OK);
	assert_int_equal(n, 4);
	assert_true(span_is(f[0], "a"));
	assert_true(span_is(f[1], ""));
	assert_true(span_is(f[2], "b;\"c\""));
	assert_true(span_is(f[3], ""));
	assert_int_equal(split("", f, &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(split("\"\"", f, &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(f[0].n, 0);
}

static void test_csv_refuses_bad_quotes_and_too_many(void **state)
{
	struct span f[FIELDS];
	size_t n = 7;

	(void)state;
	assert_int_equal(split("a\"b", f, &n), ERR_SHAPE);
	assert_int_equal(split("\"a\"b", f, &n), ERR_SHAPE);
	assert_int_equal(split("\"a", f, &n), ERR_SHAPE);
	assert_int_equal(split("\"a\"\"", f, &n), ERR_SHAPE);
	assert_int_equal(split("1;2;3;4;5", f, &n), ERR_LIMIT);
	assert_int_equal(n, 7);
}

static void test_outfile_appears_only_when_committed(void **state)
{
	struct outfile o;
	char path[64];

	(void)state;
	path_in(path, "out");
	assert_int_equal(outfile_open(&o, path, 0600), ERR_OK);
	fputs("whole\n", o.f);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(outfile_commit(&o, true), ERR_OK);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(access(o.temp, F_OK), -1);
	outfile_abandon(&o);
	assert_int_equal(access(path, F_OK), 0);
}

static void test_outfile_abandoned_leaves_nothing(void **state)
{
	struct outfile o;
	char path[64];

	(void)state;
	path_in(path, "never");
	assert_int_equal(outfile_open(&o, path, 0600), ERR_OK);
	fputs("half", o.f);
	outfile_abandon(&o);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(o.temp, F_OK), -1);
}

static size_t bytes_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

static void test_outfile_takes_the_place_of_files_alone(void **state)
{
	struct outfile o;
	char path[64], other[64];
	int ends[2];

	(void)state;
	path_in(path, "pipe");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(outfile_open(&o, path, 0600), ERR_EXISTS);
	assert_int_equal(outfile_open(&o, folder, 0600), ERR_EXISTS);
	/* what a shell names so is written to */
	assert_int_equal(pipe(ends), 0);
	(void)snprintf(other, sizeof(other), "/dev/fd/%d", ends[1]);
	assert_int_equal(outfile_put(other, span_str("four"), 0600), ERR_OK);
	assert_int_equal(read(ends[0], other, sizeof(other)), 4);
	close(ends[0]);
	close(ends[1]);
	/* a link gives way: what it leads to does not */
	path_in(path, "target");
	path_in(other, "link");
	assert_int_equal(outfile_put(path, span_str("target"), 0600), ERR_OK);
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(outfile_put(other, span_str("new"), 0600), ERR_OK);
	assert_int_equal(bytes_of(path), strlen("target"));
	assert_int_equal(bytes_of(other), strlen("new"));
}

/* Whoever may write to the folder knows the name of the neighbour. */
static void test_outfile_follows_no_link_that_waits_there(void **state)
{
	struct outfile o;
	char path[64], theirs[64];

	(void)state;
	path_in(path, "planted");
	path_in(theirs, "theirs");
	assert_int_equal(outfile_put(theirs, span_str("theirs"), 0600), ERR_OK);
	assert_int_equal(outfile_open(&o, path, 0600), ERR_OK);
	outfile_abandon(&o);
	assert_int_equal(symlink(theirs, o.temp), 0);
	assert_int_equal(outfile_put(path, span_str("ours"), 0640), ERR_OK);
	assert_int_equal(bytes_of(theirs), strlen("theirs"));
	assert_int_equal(bytes_of(path), strlen("ours"));
}

static void test_outfile_same(void **state)
{
	char path[64], other[64], none[64];

	(void)state;
	path_in(path, "one");
	path_in(other, "other");
	path_in(none, "none");
	assert_int_equal(outfile_put(path, span_str("1"), 0600), ERR_OK);
	assert_int_equal(symlink("one", other), 0);
	assert_true(outfile_same(path, other));
	assert_false(outfile_same(path, none));
	assert_false(outfile_same(none, none));
	assert_false(outfile_same(path, NULL));
	assert_false(outfile_same(NULL, NULL));
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"in", "many", "out", "pipe",
	    "target", "link", "planted", "theirs", "one", "other"};
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_in(path, names[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines_of_both_ends_and_a_mark_are_read),
	    cmocka_unit_test(test_lines_at_the_limit_passes_beyond_is_skipped),
	    cmocka_unit_test(test_lines_longer_than_the_window_are_skipped),
	    cmocka_unit_test(test_lines_across_many_windows_all_come),
	    cmocka_unit_test(test_lines_open_without_a_file_is_unknown),
	    cmocka_unit_test(test_csv_fields_and_quotes),
	    cmocka_unit_test(test_csv_refuses_bad_quotes_and_too_many),
	    cmocka_unit_test(test_outfile_appears_only_when_committed),
	    cmocka_unit_test(test_outfile_abandoned_leaves_nothing),
	    cmocka_unit_test(test_outfile_takes_the_place_of_files_alone),
	    cmocka_unit_test(test_outfile_follows_no_link_that_waits_there),
	    cmocka_unit_test(test_outfile_same),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
