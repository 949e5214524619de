/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of store/store.h. Every backend must pass this file: a new one
 * adds a row to `backends`, nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>
#include "place.h"
#include "store/store.h"

struct place {
	char folder[64], where[96];
};

static void make_file_place(struct place *p)
{
	assert_true(place_make(p->folder, sizeof(p->folder), "test_store"));
	(void)snprintf(p->where, sizeof(p->where), "%s/s.db", p->folder);
}

static void drop_file_place(struct place *p)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	char path[128];

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s%s", p->where, tails[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(p->folder), 0);
}

static const struct backend_row {
	enum store_kind kind;
	void (*make)(struct place *p);
	void (*drop)(struct place *p);
} backends[] = {
	{STORE_SQLITE, make_file_place, drop_file_place},
};
static const struct backend_row *under_test = backends;

struct fixture {
	struct place place;
	struct store *s;
};

static void open_again(struct fixture *f)
{
	struct store_options o = {under_test->kind, f->place.where, 8, 8};

	assert_int_equal(store_open(&o, &f->s), ERR_OK);
}

static const struct store_migration steps[] = {
	{1, "things", "CREATE TABLE thing (a :int NOT NULL, b :bytes NOT NULL,"
	    " c :int NOT NULL, PRIMARY KEY (a, b)) :keyed;"
	    "CREATE INDEX thing_c ON thing (c)"},
	{2, "marks", "CREATE TABLE mark (a :int NOT NULL,"
	    " PRIMARY KEY (a)) :keyed"},
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	under_test->make(&f->place);
	open_again(f);
	assert_int_equal(store_migrate(f->s, "test", steps, 1), ERR_OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_close(f->s), ERR_OK);
	under_test->drop(&f->place);
	free(f);
	return 0;
}

static struct store_stmt *prepare(struct store *s, const char *sql)
{
	struct store_stmt *q = NULL;

	assert_int_equal(store_prepare(s, sql, &q), ERR_OK);
	return q;
}

static enum err add(struct store *s, int64_t a, const char *b, int64_t c)
{
	struct store_stmt *q = prepare(
	    s, "INSERT INTO thing (a, b, c) VALUES ($1, $2, $3)");
	enum err e;

	store_bind_int(q, 1, a);
	store_bind_bytes(q, 2, span_str(b));
	store_bind_int(q, 3, c);
	e = store_run(q);
	store_finalize(q);
	return e;
}

static int64_t count(struct store *s)
{
	struct store_stmt *q = prepare(s, "SELECT count(*) FROM thing");
	int64_t n;

	assert_int_equal(store_step(q), ERR_OK);
	n = store_int(q, 0);
	assert_int_equal(store_step(q), ERR_UNKNOWN);
	store_reset(q);
	store_finalize(q);
	return n;
}

static void begin(struct store *s, enum store_mode mode)
{
	assert_int_equal(store_begin(s, mode), ERR_OK);
}

static void test_values_come_back_as_they_went(void **state)
{
	static const int64_t numbers[] = {
	    0, 1, -1, 127, 128, INT32_MAX, INT64_MAX, INT64_MIN};
	struct store *s = ((struct fixture *)*state)->s;
	struct store_stmt *put = prepare(
	    s, "INSERT INTO thing (a, b, c) VALUES ($1, $2, $3)");
	struct store_stmt *get = prepare(
	    s, "SELECT c, b FROM thing WHERE a = $1");
	uint8_t bytes[256];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	begin(s, STORE_WRITE);
	for (size_t i = 0; i < 8; i++) {
		store_bind_int(put, 1, (int64_t)i);
		store_bind_bytes(put, 2, span_of(bytes, i * 32));
		store_bind_int(put, 3, numbers[i]);
		assert_int_equal(store_run(put), ERR_OK);
		assert_int_equal(store_changed(s), 1);
	}
	for (size_t i = 0; i < 8; i++) {
		store_bind_int(get, 1, (int64_t)i);
		assert_int_equal(store_step(get), ERR_OK);
		assert_true(store_int(get, 0) == numbers[i]);
		assert_true(span_equal(
		    store_bytes(get, 1), span_of(bytes, i * 32)));
		assert_int_equal(store_step(get), ERR_UNKNOWN);
		store_reset(get);
	}
	assert_int_equal(store_commit(s), ERR_OK);
	store_finalize(put);
	store_finalize(get);
}

/* $2 before $1, and $1 twice: numbers, not places, say which is which. */
static void test_parameters_are_numbered(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct store_stmt *q;

	begin(s, STORE_WRITE);
	assert_int_equal(add(s, 7, "x", 70), ERR_OK);
	assert_int_equal(add(s, 8, "y", 7), ERR_OK);
	q = prepare(s, "SELECT a FROM thing WHERE c = $2"
	    " AND a > $1 AND a <> $1 ORDER BY a");
	store_bind_int(q, 1, 7);
	store_bind_int(q, 2, 7);
	assert_int_equal(store_step(q), ERR_OK);
	assert_int_equal(store_int(q, 0), 8);
	assert_int_equal(store_step(q), ERR_UNKNOWN);
	store_finalize(q);
	assert_int_equal(store_commit(s), ERR_OK);
}

static void test_bindings_stay_after_reset(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct store_stmt *q;

	begin(s, STORE_WRITE);
	assert_int_equal(add(s, 1, "x", 5), ERR_OK);
	q = prepare(s, "SELECT c FROM thing WHERE a = $1 AND c < $2");
	store_bind_int(q, 1, 1);
	for (int64_t most = 4; most < 8; most++) {
		store_bind_int(q, 2, most);
		assert_int_equal(store_step(q),
		    most > 5 ? ERR_OK : ERR_UNKNOWN);
		store_reset(q);
	}
	store_finalize(q);
	assert_int_equal(store_commit(s), ERR_OK);
}

static void test_bytes_sort_as_unsigned_bytes(void **state)
{
	static const char *const order[] = {"", "A", "AB", "B", "\x7f", "\xff"};
	static const uint8_t in[] = {3, 0, 5, 2, 4, 1};
	struct store *s = ((struct fixture *)*state)->s;
	struct store_stmt *q;

	begin(s, STORE_WRITE);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(add(s, 1, order[in[i]], 0), ERR_OK);
	q = prepare(s, "SELECT b FROM thing WHERE a = 1 AND b >= $1"
	    " ORDER BY b");
	store_bind_bytes(q, 1, span_str(""));
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(store_step(q), ERR_OK);
		assert_true(span_is(store_bytes(q, 0), order[i]));
	}
	assert_int_equal(store_step(q), ERR_UNKNOWN);
	store_finalize(q);
	assert_int_equal(store_commit(s), ERR_OK);
}

static void test_commit_is_there_after_reopening(void **state)
{
	struct fixture *f = *state;

	begin(f->s, STORE_WRITE);
	assert_int_equal(add(f->s, 1, "x", 1), ERR_OK);
	assert_int_equal(store_commit(f->s), ERR_OK);
	assert_int_equal(store_close(f->s), ERR_OK);
	open_again(f);
	assert_int_equal(count(f->s), 1);
}

static void test_rollback_leaves_nothing(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;

	begin(s, STORE_WRITE);
	assert_true(store_busy(s));
	assert_int_equal(add(s, 1, "x", 1), ERR_OK);
	store_rollback(s);
	assert_false(store_busy(s));
	assert_int_equal(count(s), 0);
	store_rollback(s);	/* without one: nothing */
}

static void test_close_undoes_an_open_transaction(void **state)
{
	struct fixture *f = *state;

	begin(f->s, STORE_WRITE);
	assert_int_equal(add(f->s, 1, "x", 1), ERR_OK);
	assert_int_equal(store_close(f->s), ERR_OK);
	open_again(f);
	assert_int_equal(count(f->s), 0);
}

static void test_a_reader_sees_one_state(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;

	begin(s, STORE_READ);
	assert_int_equal(count(s), 0);
	assert_int_equal(store_commit(s), ERR_OK);
}

static void test_same_key_twice_exists(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;

	begin(s, STORE_WRITE);
	assert_int_equal(add(s, 1, "x", 1), ERR_OK);
	assert_int_equal(add(s, 1, "x", 2), ERR_EXISTS);
	store_rollback(s);
	begin(s, STORE_WRITE);
	assert_int_equal(add(s, 1, "x", 3), ERR_OK);
	assert_int_equal(store_commit(s), ERR_OK);
	assert_int_equal(count(s), 1);
}

static void test_changed_counts_rows(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct store_stmt *q;

	begin(s, STORE_WRITE);
	for (int64_t i = 0; i < 10; i++)
		assert_int_equal(add(s, i, "x", i % 2), ERR_OK);
	q = prepare(s, "UPDATE thing SET c = 9 WHERE c = 1 AND a > 2");
	assert_int_equal(store_run(q), ERR_OK);
	assert_int_equal(store_changed(s), 4);
	store_finalize(q);
	q = prepare(s, "DELETE FROM thing WHERE a >= $1");
	store_bind_int(q, 1, 3);
	assert_int_equal(store_run(q), ERR_OK);
	assert_int_equal(store_changed(s), 7);
	store_finalize(q);
	assert_int_equal(store_commit(s), ERR_OK);
}

static void test_upsert_is_spoken(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct store_stmt *q = prepare(s, "INSERT INTO thing (a, b, c)"
	    " VALUES ($1, $2, $3) ON CONFLICT (a, b) DO UPDATE SET c = $3");

	begin(s, STORE_WRITE);
	for (int64_t i = 0; i < 3; i++) {
		store_bind_int(q, 1, 1);
		store_bind_bytes(q, 2, span_str("k"));
		store_bind_int(q, 3, i);
		assert_int_equal(store_run(q), ERR_OK);
	}
	store_finalize(q);
	assert_int_equal(store_commit(s), ERR_OK);
	assert_int_equal(count(s), 1);
}

static void test_wrong_sql_is_refused(void **state)
{
	static const char *const wrong[] = {"", "SELEKT 1",
	    "SELECT a FROM nothing", "SELECT nothing FROM thing"};
	struct store *s = ((struct fixture *)*state)->s;
	struct store_stmt *q = NULL;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(store_prepare(s, wrong[i], &q), ERR_SHAPE);
		assert_null(q);
	}
}

static void test_wrong_parameter_shows_at_step(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;
	struct store_stmt *q = prepare(s, "SELECT a FROM thing WHERE a = $1");

	begin(s, STORE_READ);
	store_bind_int(q, 2, 1);
	store_bind_int(q, 1, 1);
	assert_int_equal(store_step(q), ERR_SHAPE);
	store_reset(q);
	assert_int_equal(store_step(q), ERR_UNKNOWN);
	store_finalize(q);
	store_rollback(s);
}

static void test_prepare_set_all_or_none(void **state)
{
	struct set {
		struct store_stmt *a, *b;
	} set;
	static const struct store_sql good[] = {
	    {offsetof(struct set, a), "SELECT 1"},
	    {offsetof(struct set, b), "SELECT 2"}};
	static const struct store_sql bad[] = {
	    {offsetof(struct set, a), "SELECT 1"},
	    {offsetof(struct set, b), "SELEKT"}};
	struct store *s = ((struct fixture *)*state)->s;

	assert_int_equal(store_prepare_set(s, &set, good, 2), ERR_OK);
	assert_int_equal(store_step(set.b), ERR_OK);
	assert_int_equal(store_int(set.b, 0), 2);
	store_finalize_set(&set, good, 2);
	assert_null(set.a);
	assert_int_equal(store_prepare_set(s, &set, bad, 2), ERR_SHAPE);
	assert_null(set.a);
	assert_null(set.b);
}

static void test_migrations_go_forward_once(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *q;

	assert_int_equal(store_migrate(f->s, "test", steps, 2), ERR_OK);
	assert_int_equal(store_migrate(f->s, "test", steps, 2), ERR_OK);
	assert_int_equal(store_close(f->s), ERR_OK);
	open_again(f);
	assert_int_equal(store_migrate(f->s, "test", steps, 2), ERR_OK);
	q = prepare(f->s, "SELECT count(*) FROM mark");
	store_finalize(q);
}

static void test_migration_refuses_an_older_program(void **state)
{
	struct store *s = ((struct fixture *)*state)->s;

	assert_int_equal(store_migrate(s, "test", steps, 2), ERR_OK);
	assert_int_equal(store_migrate(s, "test", steps, 1), ERR_STATE);
}

static void test_migration_refuses_another_history(void **state)
{
	static const struct store_migration other[] = {{1, "other", ""}};
	static const struct store_migration gap[] = {{2, "two", ""}};
	struct store *s = ((struct fixture *)*state)->s;

	assert_int_equal(store_migrate(s, "test", other, 1), ERR_CORRUPT);
	assert_int_equal(store_migrate(s, "new", gap, 1), ERR_RANGE);
	assert_false(store_busy(s));
}

static void test_migration_is_all_or_nothing(void **state)
{
	static const struct store_migration bad[] = {
	    {1, "good", "CREATE TABLE good (a :int)"},
	    {2, "bad", "CREATE TABEL bad (a :int)"}};
	struct store *s = ((struct fixture *)*state)->s;
	struct store_stmt *q = NULL;

	assert_int_equal(store_migrate(s, "more", bad, 2), ERR_SHAPE);
	assert_int_equal(
	    store_prepare(s, "SELECT a FROM good", &q), ERR_SHAPE);
	assert_int_equal(store_migrate(s, "more", bad, 1), ERR_OK);
	assert_int_equal(store_prepare(s, "SELECT a FROM good", &q), ERR_OK);
	store_finalize(q);
}

static void test_areas_do_not_mix(void **state)
{
	static const struct store_migration own[] = {
	    {1, "own", "CREATE TABLE own (a :int)"}};
	struct store *s = ((struct fixture *)*state)->s;

	assert_int_equal(store_migrate(s, "other", own, 1), ERR_OK);
	assert_int_equal(store_migrate(s, "test", steps, 2), ERR_OK);
}

static void test_settle_loses_nothing(void **state)
{
	struct fixture *f = *state;
	char b[32];

	for (int64_t round = 0; round < 20; round++) {
		begin(f->s, STORE_WRITE);
		for (int i = 0; i < 500; i++) {
			(void)snprintf(b, sizeof(b), "%d-abcdefghijk", i * 19);
			assert_int_equal(add(f->s, round, b, i), ERR_OK);
		}
		assert_int_equal(store_commit(f->s), ERR_OK);
		assert_int_equal(store_settle(f->s), ERR_OK);
	}
	assert_int_equal(store_close(f->s), ERR_OK);
	open_again(f);
	assert_int_equal(count(f->s), 10000);
}

static void add_many(struct store *s, int64_t a)
{
	char b[512];

	begin(s, STORE_WRITE);
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(b, sizeof(b), "%0300d", i * 19);
		assert_int_equal(add(s, a, b, i), ERR_OK);
	}
	assert_int_equal(store_commit(s), ERR_OK);
}

/* Steps between commits: what was committed before the last is in it. */
static void test_a_copy_while_rows_come(void **state)
{
	struct fixture *f = *state;
	struct store_options o = {under_test->kind, f->place.where, 8, 8};
	struct store_copy *c = NULL;
	struct store *copy;
	char where[sizeof(f->place.where) + 8];
	int64_t round = 2;
	enum err e;

	(void)snprintf(where, sizeof(where), "%s.copy", f->place.where);
	add_many(f->s, 1);
	assert_int_equal(store_copy_begin(f->s, where, &c), ERR_OK);
	begin(f->s, STORE_WRITE);
	assert_int_equal(store_copy_step(c), ERR_STATE);
	store_rollback(f->s);
	while (!(e = store_copy_step(c)))
		if (round < 4)
			add_many(f->s, round++);
	assert_int_equal(e, ERR_UNKNOWN);
	assert_int_equal(round, 4);
	assert_int_equal(store_copy_end(c), ERR_OK);
	assert_int_equal(store_copy_begin(f->s, where, &c), ERR_EXISTS);
	o.where = where;
	assert_int_equal(store_open(&o, &copy), ERR_OK);
	assert_int_equal(count(copy), 9000);
	assert_int_equal(store_close(copy), ERR_OK);
	(void)remove(where);
	/* one that is not finished leaves nothing */
	assert_int_equal(store_copy_begin(f->s, where, &c), ERR_OK);
	assert_int_equal(store_copy_step(c), ERR_OK);
	(void)store_copy_end(c);
	assert_int_not_equal(remove(where), 0);
	assert_int_equal(store_copy_end(NULL), ERR_OK);
}

static void test_unknown_backend_is_refused(void **state)
{
	struct store_options o = {(enum store_kind)99, "x", 1, 1};
	struct store *s = NULL;

	(void)state;
	assert_int_equal(store_open(&o, &s), ERR_UNKNOWN);
	assert_int_equal(store_close(NULL), ERR_OK);
	store_finalize(NULL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_values_come_back_as_they_went),
		T(test_parameters_are_numbered),
		T(test_bindings_stay_after_reset),
		T(test_bytes_sort_as_unsigned_bytes),
		T(test_commit_is_there_after_reopening),
		T(test_rollback_leaves_nothing),
		T(test_close_undoes_an_open_transaction),
		T(test_a_reader_sees_one_state),
		T(test_same_key_twice_exists),
		T(test_changed_counts_rows),
		T(test_upsert_is_spoken),
		T(test_wrong_sql_is_refused),
		T(test_wrong_parameter_shows_at_step),
		T(test_prepare_set_all_or_none),
		T(test_migrations_go_forward_once),
		T(test_migration_refuses_an_older_program),
		T(test_migration_refuses_another_history),
		T(test_migration_is_all_or_nothing),
		T(test_areas_do_not_mix),
		T(test_settle_loses_nothing),
		T(test_a_copy_while_rows_come),
		T(test_unknown_backend_is_refused),
	};
	int failed = 0;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		under_test = &backends[i];
		failed += cmocka_run_group_tests(tests, NULL, NULL);
	}
	return failed;
}
