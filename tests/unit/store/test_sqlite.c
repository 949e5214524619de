/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only the embedded backend promises: who may read the file, what SQL
 * may not do after opening (security.md §3.5), a full disk, a torn file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "failing.h"
#include "place.h"
#include "store/store.h"

struct fixture {
	char folder[64], path[96], log[112];
	struct store_options o;
	struct store *s;
};

static const struct store_migration steps[] = {
	{1, "thing", "CREATE TABLE thing (a :int, b :bytes)"}};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_true(place_make(f->folder, sizeof(f->folder), "test_sqlite"));
	(void)snprintf(f->path, sizeof(f->path), "%s/s.db", f->folder);
	(void)snprintf(f->log, sizeof(f->log), "%s-wal", f->path);
	f->o = (struct store_options){STORE_SQLITE, f->path, 8, 8};
	assert_int_equal(store_open(&f->o, &f->s), ERR_OK);
	assert_int_equal(store_migrate(f->s, "t", steps, 1), ERR_OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)store_close(f->s);
	(void)unlink(f->path);
	(void)unlink(f->log);
	assert_int_equal(rmdir(f->folder), 0);
	free(f);
	return 0;
}

static void test_file_is_the_owners_alone(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(f->log, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_open_refuses_a_file_others_may_read(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_close(f->s), ERR_OK);
	f->s = NULL;
	assert_int_equal(chmod(f->path, 0640), 0);
	assert_int_equal(store_open(&f->o, &f->s), ERR_REFUSED);
	assert_int_equal(chmod(f->path, 0600), 0);
	assert_int_equal(store_open(&f->o, &f->s), ERR_OK);
}

static void test_open_refuses_a_link(void **state)
{
	struct fixture *f = *state;
	char link[112];
	struct store *s = NULL;

	(void)snprintf(link, sizeof(link), "%s/link", f->folder);
	assert_int_equal(symlink(f->path, link), 0);
	f->o.where = link;
	assert_int_equal(store_open(&f->o, &s), ERR_REFUSED);
	assert_int_equal(unlink(link), 0);
}

/* Locks are per process: the second opener must be another one. */
static void test_second_process_is_kept_out(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(store_open(&f->o, &s) == ERR_STATE &&
		    store_holder(&f->o) == getppid() ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_no_attach_pragma_or_tables_after_opening(void **state)
{
	static const char *const refused[] = {
	    "ATTACH DATABASE 'x.db' AS x", "DETACH DATABASE main",
	    "PRAGMA journal_mode = DELETE", "PRAGMA secure_delete = OFF",
	    "CREATE TABLE more (a)", "CREATE TEMP TABLE more (a)",
	    "DROP TABLE thing", "ALTER TABLE thing ADD COLUMN c",
	    "CREATE VIEW v AS SELECT 1", "VACUUM",
	    "CREATE TRIGGER t AFTER INSERT ON thing BEGIN SELECT 1; END",
	    "UPDATE sqlite_master SET sql = ''"};
	struct fixture *f = *state;
	struct store_stmt *q = NULL;
	enum err e;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		q = NULL;
		e = store_prepare(f->s, refused[i], &q);
		if (!e) {	/* some are refused only when they run */
			e = store_run(q);
			store_finalize(q);
		}
		if (e != ERR_REFUSED && e != ERR_SHAPE)
			fail_msg("%s: %s", refused[i], err_text(e));
	}
}

static void test_one_text_holds_one_statement(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *q = NULL;

	assert_int_equal(store_prepare(f->s,
	    "SELECT a FROM thing; DELETE FROM thing", &q), ERR_SHAPE);
	assert_null(q);
}

static void add(struct store *s, size_t bytes, enum err *e)
{
	static const uint8_t zeros[1 << 20];
	struct store_stmt *q = NULL;

	assert_int_equal(store_prepare(s,
	    "INSERT INTO thing (a, b) VALUES (1, $1)", &q), ERR_OK);
	store_bind_bytes(q, 1, span_of(zeros, bytes));
	*e = store_run(q);
	store_finalize(q);
}

static int64_t count(struct store *s)
{
	struct store_stmt *q = NULL;
	int64_t n;

	assert_int_equal(store_prepare(s,
	    "SELECT count(*) FROM thing", &q), ERR_OK);
	assert_int_equal(store_step(q), ERR_OK);
	n = store_int(q, 0);
	store_finalize(q);
	return n;
}

/* RLIMIT_FSIZE stands for a disk that takes no more. */
static void test_full_disk_is_an_error_and_not_a_half(void **state)
{
	struct fixture *f = *state;
	struct rlimit was, now;
	enum err e = ERR_OK, committed = ERR_OK;

	assert_int_equal(store_begin(f->s, STORE_WRITE), ERR_OK);
	add(f->s, 1000, &e);
	assert_int_equal(e, ERR_OK);
	assert_int_equal(store_commit(f->s), ERR_OK);

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	now = was;
	now.rlim_cur = 200000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	assert_int_equal(store_begin(f->s, STORE_WRITE), ERR_OK);
	for (int i = 0; i < 40 && !e; i++)
		add(f->s, 50000, &e);
	if (!e)
		committed = store_commit(f->s);
	store_rollback(f->s);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_true(e || committed);

	assert_int_equal(count(f->s), 1);
	assert_int_equal(store_begin(f->s, STORE_WRITE), ERR_OK);
	add(f->s, 50000, &e);
	assert_int_equal(store_commit(f->s), ERR_OK);
	assert_int_equal(count(f->s), 2);
}

static void test_value_too_long_is_a_limit(void **state)
{
	struct fixture *f = *state;
	enum err e;

	assert_int_equal(store_begin(f->s, STORE_WRITE), ERR_OK);
	add(f->s, 1 << 20, &e);
	assert_int_equal(e, ERR_LIMIT);
	store_rollback(f->s);
}

static void test_a_file_of_something_else_is_corrupt(void **state)
{
	static const char junk[8192] = "this is not a database at all";
	struct fixture *f = *state;
	int fd;

	assert_int_equal(store_close(f->s), ERR_OK);
	f->s = NULL;
	fd = open(f->path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, junk, sizeof(junk)), sizeof(junk));
	(void)close(fd);
	assert_int_equal(store_open(&f->o, &f->s), ERR_CORRUPT);
	assert_null(f->s);
}

/* A torn end of the log is a transaction that never was. */
static void test_torn_log_loses_only_its_last_commit(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	struct stat st;
	int status = 0;
	enum err e;
	pid_t pid;

	assert_int_equal(store_close(f->s), ERR_OK);
	f->s = NULL;
	pid = fork();
	if (pid == 0) {
		e = store_open(&f->o, &s);
		for (int i = 0; i < 3 && !e; i++) {
			e = store_begin(s, STORE_WRITE);
			if (!e)
				add(s, 3000, &e);
			if (!e)
				e = store_commit(s);
		}
		_exit((int)e);	/* without closing */
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(stat(f->log, &st), 0);
	assert_int_equal(truncate(f->log, st.st_size - 1), 0);
	assert_int_equal(store_open(&f->o, &f->s), ERR_OK);
	assert_int_equal(count(f->s), 2);
}

static bool is_mapped(const char *path)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	bool found = false;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		found = found || strstr(line, path);
	(void)fclose(maps);
	return found;
}

/* What is read through the map counts as the process's: it goes when asked
 * to, and what is read then is the same. */
static void test_the_map_comes_and_goes(void **state)
{
	struct fixture *f = *state;
	enum err e = store_begin(f->s, STORE_WRITE);

	assert_int_equal(e, ERR_OK);
	for (int i = 0; i < 40 && !e; i++)
		add(f->s, 1000, &e);
	assert_int_equal(e, ERR_OK);
	assert_int_equal(store_commit(f->s), ERR_OK);
	assert_int_equal(store_scrub(f->s), ERR_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(count(f->s), 40);
		assert_true(is_mapped(f->path));
		store_map(f->s, false);
		assert_false(is_mapped(f->path));
		assert_int_equal(count(f->s), 40);
		assert_false(is_mapped(f->path));
		store_map(f->s, true);
	}
}

/* Begun, all there, ended. */
static enum err copy_to(struct store *s, const char *where)
{
	struct store_copy *c = NULL;
	enum err e = store_copy_begin(s, where, &c), ended;

	while (!e)
		e = store_copy_step(c);
	ended = store_copy_end(c);
	return e == ERR_UNKNOWN ? ended : e;
}

/* One that is not on the disk, or was not even begun, leaves no file with
 * rows of persons, and none that keeps the next one out. */
static void test_a_copy_that_fails_leaves_nothing(void **state)
{
	static const enum failing_kind kinds[] = {FAILING_MEMORY,
	    FAILING_OPEN, FAILING_FILE, FAILING_FLUSH};
	struct fixture *f = *state;
	char where[112];

	(void)snprintf(where, sizeof(where), "%s/copy", f->folder);
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			enum err e;

			failing_set(kinds[k], n, EIO);
			e = copy_to(f->s, where);
			failed = failing_end();
			if (e)
				assert_int_not_equal(access(where, F_OK), 0);
			else
				assert_int_equal(unlink(where), 0);
			assert_true(failed || !e);
		}
	}
}

static void test_without_memory_nothing_opens(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *q = NULL;

	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(store_prepare(f->s, "SELECT 1", &q), ERR_NOMEM);
	assert_true(failing_end());
	assert_null(q);
	assert_int_equal(store_close(f->s), ERR_OK);
	f->s = NULL;
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(store_open(&f->o, &f->s), ERR_NOMEM);
	assert_true(failing_end());
	assert_null(f->s);
	assert_int_equal(store_open(&f->o, &f->s), ERR_OK);
}

/* Who may not be read, and who is no file. */
static void test_a_file_that_cannot_be_claimed(void **state)
{
	static const struct {
		enum failing_kind kind;
		int error;
		enum err want;
	} rows[] = {{FAILING_OPEN, EACCES, ERR_REFUSED},
	    {FAILING_OPEN, EIO, ERR_IO}, {FAILING_FILE, EIO, ERR_IO}};
	struct fixture *f = *state;
	struct store *s = NULL;
	char pipe[112];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		failing_set(rows[i].kind, 0, rows[i].error);
		assert_int_equal(store_open(&f->o, &s), rows[i].want);
		assert_true(failing_end());
	}
	(void)snprintf(pipe, sizeof(pipe), "%s/pipe", f->folder);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	f->o.where = pipe;
	assert_int_equal(store_open(&f->o, &s), ERR_REFUSED);
	assert_int_equal(unlink(pipe), 0);
	assert_null(s);
}

/* Longer than SQLite takes, though the system takes it. */
static void test_a_name_too_long_opens_nothing(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	char name[1024];
	size_t n = strlen(f->folder);

	assert_int_equal(store_close(f->s), ERR_OK);
	f->s = NULL;
	memcpy(name, f->folder, n);
	for (unsigned i = 0; i < 300; i++, n += 2)
		memcpy(name + n, "/.", 2);
	memcpy(name + n, "/s.db", 6);
	f->o.where = name;
	assert_int_equal(store_open(&f->o, &s), ERR_IO);
	assert_null(s);
	f->o.where = f->path;
	assert_int_equal(store_open(&f->o, &f->s), ERR_OK);
}

static void test_nobody_holds_what_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct store_options o = f->o;

	o.where = "/nowhere/s.db";
	assert_int_equal(store_holder(&o), 0);
}

/* While a row is being read the log cannot be cut: that is said, and what is
 * to be forgotten may still be there. */
static void test_a_scrub_beside_a_reader_is_told(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *q = NULL;
	struct stat st;
	enum err e = ERR_OK;

	assert_int_equal(store_begin(f->s, STORE_WRITE), ERR_OK);
	add(f->s, 1000, &e);
	assert_int_equal(store_commit(f->s), ERR_OK);
	assert_int_equal(store_prepare(f->s, "SELECT a FROM thing", &q), ERR_OK);
	assert_int_equal(store_step(q), ERR_OK);
	assert_int_equal(store_scrub(f->s), ERR_STATE);
	assert_int_equal(stat(f->log, &st), 0);
	assert_true(st.st_size > 0);
	store_reset(q);
	assert_int_equal(store_scrub(f->s), ERR_OK);
	assert_int_equal(stat(f->log, &st), 0);
	assert_int_equal(st.st_size, 0);
	store_finalize(q);
}

/* The first thing that was wrong with a statement's values is said, and
 * nothing runs. */
static void test_values_that_no_statement_has(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *q = NULL;

	assert_int_equal(store_prepare(f->s,
	    "INSERT INTO thing (a) VALUES ($1)", &q), ERR_OK);
	store_bind_int(q, 2, 1);
	store_bind_bytes(q, 1, span_of((const uint8_t *)"", 5000000000u));
	assert_int_equal(store_step(q), ERR_SHAPE);
	store_reset(q);
	store_finalize(q);
	assert_int_equal(count(f->s), 0);
}

/* Steps that are not ours, or not in our order. */
static void test_a_store_of_other_steps(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *q = NULL;

	assert_int_equal(store_prepare(f->s,
	    "UPDATE migration SET number = 2", &q), ERR_OK);
	assert_int_equal(store_run(q), ERR_OK);
	store_finalize(q);
	assert_int_equal(store_migrate(f->s, "t", steps, 1), ERR_CORRUPT);
	assert_int_equal(store_migrate(f->s, "t", steps, 0), ERR_STATE);
}

static void test_a_text_too_long_is_a_limit(void **state)
{
	static char sql[20000];
	struct fixture *f = *state;
	struct store_stmt *q = NULL;

	memset(sql, ' ', sizeof(sql) - 1);
	memcpy(sql, "SELECT 1", 8);
	assert_int_equal(store_prepare(f->s, sql, &q), ERR_LIMIT);
	assert_null(q);
}

/* What is written into a file that nobody will open is lost without a word. */
static void test_a_file_that_was_replaced_takes_no_more(void **state)
{
	struct fixture *f = *state;
	char away[112];
	enum err e;
	int fd;

	(void)snprintf(away, sizeof(away), "%s/away", f->folder);
	assert_int_equal(store_begin(f->s, STORE_WRITE), ERR_OK);
	add(f->s, 1000, &e);
	assert_int_equal(store_commit(f->s), ERR_OK);
	assert_int_equal(rename(f->path, away), 0);
	assert_int_equal(store_begin(f->s, STORE_WRITE), ERR_IO);
	fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(store_begin(f->s, STORE_WRITE), ERR_IO);
	/* what it knows it knows */
	assert_int_equal(count(f->s), 1);
	assert_int_equal(rename(away, f->path), 0);
	assert_int_equal(store_begin(f->s, STORE_WRITE), ERR_OK);
	add(f->s, 1000, &e);
	assert_int_equal(store_commit(f->s), ERR_OK);
	assert_int_equal(store_close(f->s), ERR_OK);
	assert_int_equal(store_open(&f->o, &f->s), ERR_OK);
	assert_int_equal(count(f->s), 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_file_is_the_owners_alone),
		T(test_open_refuses_a_file_others_may_read),
		T(test_open_refuses_a_link),
		T(test_second_process_is_kept_out),
		T(test_no_attach_pragma_or_tables_after_opening),
		T(test_one_text_holds_one_statement),
		T(test_full_disk_is_an_error_and_not_a_half),
		T(test_value_too_long_is_a_limit),
		T(test_a_file_of_something_else_is_corrupt),
		T(test_torn_log_loses_only_its_last_commit),
		T(test_the_map_comes_and_goes),
		T(test_a_copy_that_fails_leaves_nothing),
		T(test_without_memory_nothing_opens),
		T(test_a_file_that_cannot_be_claimed),
		T(test_a_name_too_long_opens_nothing),
		T(test_nobody_holds_what_is_not_there),
		T(test_a_scrub_beside_a_reader_is_told),
		T(test_values_that_no_statement_has),
		T(test_a_store_of_other_steps),
		T(test_a_text_too_long_is_a_limit),
		T(test_a_file_that_was_replaced_takes_no_more),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
