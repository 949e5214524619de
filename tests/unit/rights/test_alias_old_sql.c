/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a store of before is moved whole, wherever its process was killed
 * meanwhile: a child opens it and ends, as by a kill, before or behind a
 * commit or in the middle of a transaction; the next opening finishes. Then
 * every tag names whom it named, once, and no old row is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/file.h"
#include "base/random.h"
#include "place.h"
#include "rights/roll.h"

#define ROWS 18000	/* more than one transaction moves */
#define CELLS 2
#define KILLED 77	/* a child's exit status */

enum place { NOWHERE, BEFORE_COMMIT, BEHIND_COMMIT, RUN };

static struct {
	char folder[64], path[96], copy[96];
	struct roll roll;
	struct sheaf_row rows[ROWS];
	enum place place;	/* where the child ends, */
	unsigned left;		/* at the how manieth time */
} t;

enum err __real_store_commit(struct store *s);
enum err __wrap_store_commit(struct store *s);
enum err __real_store_run(struct store_stmt *q);
enum err __wrap_store_run(struct store_stmt *q);

/* As a kill does: nothing is closed, nothing written any more. */
static void pass(enum place place)
{
	if (t.place == place && --t.left == 0)
		_exit(KILLED);
}

enum err __wrap_store_commit(struct store *s)
{
	enum err e;

	pass(BEFORE_COMMIT);
	e = __real_store_commit(s);
	pass(BEHIND_COMMIT);
	return e;
}

enum err __wrap_store_run(struct store_stmt *q)
{
	enum err e = __real_store_run(q);

	pass(RUN);
	return e;
}

static void open_store(const char *path)
{
	struct store_options o = {STORE_SQLITE, path, 8, 8};

	assert_int_equal(roll_open(&t.roll, &o), ERR_OK);
}

static uint32_t cell_of(unsigned i)
{
	return 1 + i % CELLS;
}

static void put_row(struct store_stmt *q, unsigned i)
{
	const struct sheaf_row *r = &t.rows[i];

	store_bind_int(q, 1, cell_of(i));
	store_bind_bytes(q, 2, span_of(r->tag, r->n));
	store_bind_int(q, 3, r->gen_from);
	store_bind_int(q, 4, r->person);
	store_bind_int(q, 5, r->version);
	store_bind_int(q, 6, r->card);
	store_bind_int(q, 7, r->gen_to);
	assert_int_equal(store_run(q), ERR_OK);
}

/* A store of before: its rows stand in `alias`. */
static void make_old(void)
{
	static const char sql[] = "INSERT INTO alias (cell, tag, gen_from,"
	    " person, version, card, gen_to)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7)";
	struct store_stmt *q = NULL;

	open_store(t.path);
	assert_int_equal(store_prepare(t.roll.store, sql, &q), ERR_OK);
	assert_int_equal(store_begin(t.roll.store, STORE_WRITE), ERR_OK);
	for (unsigned i = 0; i < ROWS; i++)
		put_row(q, i);
	assert_int_equal(store_commit(t.roll.store), ERR_OK);
	store_finalize(q);
	assert_int_equal(roll_close(&t.roll), ERR_OK);
}

static void draw_rows(void)
{
	struct random_seeded seed;

	(void)random_from_seed(&seed, 1);
	for (unsigned i = 0; i < ROWS; i++) {
		struct sheaf_row *r = &t.rows[i];

		*r = (struct sheaf_row){.n = i % 5 ? RIGHTS_TAG : ALIAS_NUMBER,
			.gen_from = 1 + i % 3, .person = 1 + i % 4000,
			.version = 1, .card = i % 2 != 0,
			.gen_to = i % 7 ? 0 : 4};
		for (unsigned at = 0; at < r->n; at += 8)
			put_be64(r->tag + at, random_seeded_u64(&seed));
	}
}

static int set_up(void **state)
{
	(void)state;
	assert_true(place_make(t.folder, sizeof(t.folder), "test_old"));
	(void)snprintf(t.path, sizeof(t.path), "%s/old.db", t.folder);
	(void)snprintf(t.copy, sizeof(t.copy), "%s/store.db", t.folder);
	draw_rows();
	make_old();
	return 0;
}

static void unlink_store(const char *path)
{
	static const char *const ends[] = {"-wal", "-shm", ""};
	char name[128];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)unlink(name);
	}
}

static int tear_down(void **state)
{
	(void)state;
	unlink_store(t.path);
	unlink_store(t.copy);
	return rmdir(t.folder);
}

static void copy_old(void)
{
	struct buf all;

	unlink_store(t.copy);
	buf_init(&all, 64u << 20);
	assert_int_equal(file_read(t.path, &all), ERR_OK);
	assert_int_equal(file_replace(t.copy, buf_span(&all), 0600), ERR_OK);
	buf_release(&all);
}

/* Opens the copy in a child that ends there; did it come so far? */
static bool killed(enum place place, unsigned nth)
{
	struct store_options o = {STORE_SQLITE, t.copy, 8, 8};
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		t.place = place;
		t.left = nth;
		_exit(roll_open(&t.roll, &o) ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == KILLED);
	return WEXITSTATUS(status) == KILLED;
}

static int64_t count(const char *sql)
{
	struct store_stmt *q = NULL;
	int64_t n;

	assert_int_equal(store_prepare(t.roll.store, sql, &q), ERR_OK);
	assert_int_equal(store_step(q), ERR_OK);
	n = store_int(q, 0);
	store_finalize(q);
	return n;
}

static void count_row(void *ctx, const struct sheaf_row *row)
{
	(void)row;
	++*(unsigned *)ctx;
}

static void assert_all_there(void)
{
	unsigned stand = 0;

	for (uint32_t cell = 1; cell <= CELLS; cell++) {
		struct alias_at at = {.n = 0};
		bool more = true;

		while (more)
			assert_int_equal(alias_sql_walk(&t.roll.alias, cell,
			    &at, 500, count_row, &stand, &more), ERR_OK);
	}
	assert_int_equal(stand, ROWS);
	for (unsigned i = 0; i < ROWS; i += 11) {
		const struct sheaf_row *r = &t.rows[i];
		struct span tag = span_of(r->tag, r->n);
		int64_t then = -1, now = -1;

		assert_int_equal(alias_sql_visible(&t.roll.alias, cell_of(i),
		    tag, r->gen_from, &then), ERR_OK);
		assert_int_equal(alias_sql_current(
		    &t.roll.alias, cell_of(i), tag, &now), ERR_OK);
		assert_int_equal(then, r->person);
		assert_int_equal(now, r->gen_to ? 0 : r->person);
	}
	assert_int_equal(count("SELECT count(*) FROM alias"), 0);
}

static void assert_moved_after(enum place place, unsigned nth)
{
	(void)killed(place, nth);
	open_store(t.copy);
	assert_all_there();
	assert_int_equal(roll_close(&t.roll), ERR_OK);
}

static void test_all_rows_are_moved(void **state)
{
	(void)state;
	copy_old();
	open_store(t.copy);
	assert_all_there();
	assert_int_equal(roll_close(&t.roll), ERR_OK);
}

static void test_a_kill_beside_any_commit(void **state)
{
	unsigned nth = 0;
	bool came = true;

	(void)state;
	while (came) {
		nth++;
		copy_old();
		came = killed(BEFORE_COMMIT, nth);
		open_store(t.copy);
		assert_all_there();
		assert_int_equal(roll_close(&t.roll), ERR_OK);
		copy_old();
		assert_moved_after(BEHIND_COMMIT, nth);
	}
	assert_true(nth > 3);	/* the schema's, and two that move */
}

static void test_a_kill_inside_a_transaction(void **state)
{
	static const unsigned places[] = {1, 2, 97, 1500};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		copy_old();
		assert_moved_after(RUN, places[i]);
	}
}

/* One that is killed again and again comes on with each commit; the first of
 * an opening is the schema's. */
static void test_kill_after_kill(void **state)
{
	unsigned times = 0;

	(void)state;
	copy_old();
	while (times < 20 && killed(BEHIND_COMMIT, 2))
		times++;
	assert_true(times > 1 && times < 20);
	open_store(t.copy);
	assert_all_there();
	assert_int_equal(roll_close(&t.roll), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_rows_are_moved),
	    cmocka_unit_test(test_a_kill_beside_any_commit),
	    cmocka_unit_test(test_a_kill_inside_a_transaction),
	    cmocka_unit_test(test_kill_after_kill),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
