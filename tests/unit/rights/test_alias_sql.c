/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of tags against a plain list: rows are added in batches large and
 * small, ended, dropped and undone, and every look-up must say what the list
 * says, before and after the store is opened again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/random.h"
#include "place.h"
#include "rights/roll.h"

#define MOST 6000
#define ROUNDS 300
#define PERSONS 40	/* few, so that hints meet several of their tags */

struct model {
	struct sheaf_row row;
	uint32_t cell;
	bool there;
};

static struct {
	char folder[64], path[96];
	struct roll roll;
	struct random_seeded seed;
	struct model list[MOST];
	size_t count;
	uint32_t generation;
} t;

static void start(void)
{
	struct store_options o = {STORE_SQLITE, t.path, 8, 8};

	assert_int_equal(roll_open(&t.roll, &o), ERR_OK);
}

static int set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	(void)random_from_seed(&t.seed, 1);
	assert_true(place_make(t.folder, sizeof(t.folder), "test_alias"));
	(void)snprintf(t.path, sizeof(t.path), "%s/store.db", t.folder);
	start();
	return 0;
}

static int tear_down(void **state)
{
	char log[128];

	(void)state;
	assert_int_equal(roll_close(&t.roll), ERR_OK);
	(void)snprintf(log, sizeof(log), "%s-wal", t.path);
	(void)unlink(log);
	assert_int_equal(unlink(t.path), 0);
	return rmdir(t.folder);
}

static uint64_t below(uint64_t most)
{
	return random_seeded_below(&t.seed, most);
}

/* Tags that often begin alike, so that hints and places between are tried. */
static struct sheaf_row draw(void)
{
	struct sheaf_row r = {.n = below(5) ? RIGHTS_TAG : ALIAS_NUMBER,
		.card = below(2) != 0, .version = (uint8_t)(1 + below(2)),
		.gen_from = t.generation,
		.person = (uint32_t)(1 + below(PERSONS))};

	for (unsigned i = 0; i < r.n; i += 8)
		put_be64(r.tag + i, random_seeded_u64(&t.seed));
	if (below(3) == 0)
		memset(r.tag, 7, 4);
	return r;
}

static int in_order(const void *a, const void *b)
{
	return sheaf_order(a, b);
}

static void remember(uint32_t cell, const struct sheaf_row *row)
{
	assert_true(t.count < MOST);
	t.list[t.count++] = (struct model){*row, cell, true};
}

static void add(uint32_t cell, unsigned count)
{
	struct sheaf_row rows[3 * ALIAS_MANY];
	unsigned met = 0;

	for (unsigned i = 0; i < count; i++)
		rows[i] = draw();
	qsort(rows, count, sizeof(rows[0]), in_order);
	for (unsigned i = 0; i < count; i++)
		remember(cell, &rows[i]);
	assert_int_equal(alias_sql_add(
	    &t.roll.alias, cell, rows, count, &met), ERR_OK);
	assert_true(met >= (count > 0) && met <= count);
}

static struct model *any(void)
{
	return t.count ? &t.list[below(t.count)] : NULL;
}

static struct span tag_of(const struct model *m)
{
	return span_of(m->row.tag, m->row.n);
}

static bool same_tag(const struct model *a, const struct model *b)
{
	return a->cell == b->cell && a->row.n == b->row.n &&
	    memcmp(a->row.tag, b->row.tag, a->row.n) == 0;
}

static void end_one(const struct model *m)
{
	assert_int_equal(alias_sql_end(&t.roll.alias, m->cell, tag_of(m),
	    t.generation), ERR_OK);
	for (size_t i = 0; i < t.count; i++)
		if (t.list[i].there && same_tag(&t.list[i], m) &&
		    t.list[i].row.gen_to == 0)
			t.list[i].row.gen_to = t.generation;
}

static void drop_one(const struct model *m)
{
	assert_int_equal(
	    alias_sql_drop(&t.roll.alias, m->cell, tag_of(m)), ERR_OK);
	for (size_t i = 0; i < t.count; i++)
		if (same_tag(&t.list[i], m))
			t.list[i].there = false;
}

static bool hinted(const struct model *a, const struct model *by)
{
	return a->there && a->cell == by->cell &&
	    a->row.person == by->row.person &&
	    memcmp(a->row.tag, by->row.tag, 4) == 0;
}

static void end_hint(const struct model *m)
{
	struct hint h = hint_of(m->row.tag, false);
	bool lives = true, has = false;

	for (size_t i = 0; i < t.count; i++)
		has = has || (hinted(&t.list[i], m) &&
		    t.list[i].row.gen_to == 0);
	assert_int_equal(alias_sql_hint_lives(&t.roll.alias, m->cell,
	    m->row.person, &h, &lives), ERR_OK);
	assert_int_equal(lives, has);
	assert_int_equal(alias_sql_hint_end(&t.roll.alias, m->cell,
	    m->row.person, &h, t.generation), ERR_OK);
	for (size_t i = 0; i < t.count; i++)
		if (hinted(&t.list[i], m) && t.list[i].row.gen_to == 0)
			t.list[i].row.gen_to = t.generation;
}

static void purge_hint(const struct model *m)
{
	struct hint h = hint_of(m->row.tag, false);

	assert_int_equal(alias_sql_hint_purge(&t.roll.alias, m->cell,
	    m->row.person, &h, t.generation), ERR_OK);
	for (size_t i = 0; i < t.count; i++)
		if (hinted(&t.list[i], m) && t.list[i].row.gen_to > 0)
			t.list[i].there = false;
}

static void drop_hint(const struct model *m)
{
	struct hint h = hint_of(m->row.tag, false);

	assert_int_equal(alias_sql_hint_drop(&t.roll.alias, m->cell,
	    m->row.person, &h, tag_of(m)), ERR_OK);
	for (size_t i = 0; i < t.count; i++)
		if (hinted(&t.list[i], m) && !same_tag(&t.list[i], m))
			t.list[i].there = false;
}

static void undo(uint32_t cell)
{
	struct alias_at at = {.n = 0};
	bool more = true;

	while (more)
		assert_int_equal(alias_sql_undo(&t.roll.alias, cell,
		    t.generation, &at, 40, &more), ERR_OK);
	for (size_t i = 0; i < t.count; i++) {
		struct model *m = &t.list[i];

		if (m->cell != cell || !m->there)
			continue;
		if (m->row.gen_from == t.generation)
			m->there = false;
		else if (m->row.gen_to == t.generation)
			m->row.gen_to = 0;
	}
}

static int64_t listed(const struct model *by, uint32_t generation)
{
	for (size_t i = 0; i < t.count; i++) {
		const struct sheaf_row *r = &t.list[i].row;

		if (t.list[i].there && same_tag(&t.list[i], by) &&
		    r->gen_from <= generation &&
		    (r->gen_to == 0 || r->gen_to > generation))
			return r->person;
	}
	return 0;
}

static void assert_found(const struct model *m, uint32_t generation)
{
	int64_t who = -1, now = -1;
	bool taken = false, there = false;

	assert_int_equal(alias_sql_visible(&t.roll.alias, m->cell, tag_of(m),
	    generation, &who), ERR_OK);
	assert_int_equal(who, listed(m, generation));
	assert_int_equal(alias_sql_current(
	    &t.roll.alias, m->cell, tag_of(m), &now), ERR_OK);
	assert_int_equal(now, listed(m, UINT32_MAX - 1));
	assert_int_equal(alias_sql_taken(
	    &t.roll.alias, m->cell, tag_of(m), &taken), ERR_OK);
	for (size_t i = 0; i < t.count; i++)
		there = there || (t.list[i].there &&
		    same_tag(&t.list[i], m));
	assert_int_equal(taken, there);
}

struct walk {
	struct sheaf_row last;
	size_t count;
};

static void step(void *ctx, const struct sheaf_row *row)
{
	struct walk *w = ctx;

	assert_true(w->count == 0 || sheaf_order(&w->last, row) <= 0);
	w->last = *row;
	w->count++;
}

static void assert_walk(uint32_t cell)
{
	struct alias_at at = {.n = 0};
	struct walk w = {.count = 0};
	size_t all = 0;
	bool more = true;

	while (more)
		assert_int_equal(alias_sql_walk(&t.roll.alias, cell, &at, 100,
		    step, &w, &more), ERR_OK);
	for (size_t i = 0; i < t.count; i++)
		all += t.list[i].there && t.list[i].cell == cell;
	assert_int_equal(w.count, all);
}

static void check(void)
{
	for (size_t i = 0; i < t.count; i += 1 + below(9))
		assert_found(&t.list[i],
		    (uint32_t)below(t.generation + 2));
	assert_walk(1);
	assert_walk(2);
}

static void act(void)
{
	static void (*const acts[])(const struct model *m) = {
	    end_one, end_one, end_hint, purge_hint, drop_one, drop_hint};
	const struct model *m = any();
	uint32_t cell = (uint32_t)(1 + below(2));
	struct model copy;

	if (t.count < MOST / 3 && below(4) == 0)
		add(cell, (unsigned)below(below(4) ? 5 : 3 * ALIAS_MANY));
	else if (below(25) == 0)
		undo(cell);
	else if (m) {
		copy = *m;
		acts[below(sizeof(acts) / sizeof(acts[0]))](&copy);
	}
}

static void test_says_what_a_list_says(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (below(3) == 0)
			t.generation++;
		act();
		if (i % 20 == 0)
			check();
	}
	assert_int_equal(roll_close(&t.roll), ERR_OK);
	start();
	check();
}

/* The same tag twice in a generation cannot be. */
static void test_a_tag_stands_once(void **state)
{
	struct sheaf_row r = draw();
	unsigned met = 0;

	(void)state;
	assert_int_equal(
	    alias_sql_add(&t.roll.alias, 1, &r, 1, &met), ERR_OK);
	assert_int_equal(
	    alias_sql_add(&t.roll.alias, 1, &r, 1, &met), ERR_EXISTS);
	assert_int_equal(
	    alias_sql_add(&t.roll.alias, 2, &r, 1, &met), ERR_OK);
}

/* Tags that only their last byte tells apart, and the last tag that there is:
 * places are whole tags, and a walk over them ends. */
static void test_tags_that_begin_alike(void **state)
{
	struct sheaf_row rows[200];
	struct model one;
	unsigned met = 0;

	(void)state;
	t.generation = 1;
	for (unsigned i = 0; i < 200; i++) {
		rows[i] = draw();
		rows[i].n = RIGHTS_TAG;
		memset(rows[i].tag, 0xff, RIGHTS_TAG);
		rows[i].tag[RIGHTS_TAG - 1] = (uint8_t)(56 + i);
		rows[i].person = 1 + i % 2;
		remember(1, &rows[i]);
	}
	assert_int_equal(alias_sql_add(
	    &t.roll.alias, 1, rows, 200, &met), ERR_OK);
	check();
	t.generation = 2;
	one = t.list[0];
	end_hint(&one);
	check();
	undo(1);
	check();
	end_hint(&one);
	purge_hint(&one);
	check();
	one = t.list[1];
	drop_hint(&one);
	check();
	t.generation = 1;
	undo(1);
	check();
}

/* Somebody leaves and comes back a hundred times, by two numbers in turn. */
static void test_comes_and_goes(void **state)
{
	struct sheaf_row r = draw();
	const struct span tag = span_of(r.tag, r.n);
	int64_t person = 0;
	unsigned met = 0;
	bool taken = false;

	(void)state;
	for (uint32_t g = 1; g <= 100; g++) {
		r.gen_from = 2 * g;
		r.person = 1 + g % 2;
		assert_int_equal(alias_sql_add(
		    &t.roll.alias, 3, &r, 1, &met), ERR_OK);
		assert_int_equal(alias_sql_current(
		    &t.roll.alias, 3, tag, &person), ERR_OK);
		assert_int_equal(person, r.person);
		assert_int_equal(alias_sql_end(
		    &t.roll.alias, 3, tag, 2 * g + 1), ERR_OK);
		assert_int_equal(alias_sql_visible(
		    &t.roll.alias, 3, tag, 2 * g, &person), ERR_OK);
		assert_int_equal(person, r.person);
		assert_int_equal(alias_sql_visible(
		    &t.roll.alias, 3, tag, 2 * g + 1, &person), ERR_OK);
		assert_int_equal(person, 0);
		assert_int_equal(alias_sql_taken(
		    &t.roll.alias, 3, tag, &taken), ERR_OK);
		assert_true(taken);
	}
}

/* A place between two says no more of a tag than sets it apart. */
static void test_places_name_nobody(void **state)
{
	struct sheaf_row a = {.n = RIGHTS_TAG}, b = {.n = RIGHTS_TAG};
	uint8_t to[RIGHTS_TAG];
	struct span s;

	(void)state;
	memset(a.tag, 0x5a, RIGHTS_TAG);
	memset(b.tag, 0x5a, RIGHTS_TAG);
	b.tag[1] = 0x5f;	/* 1010 and 1111 */
	s = sheaf_between(&a, &b, to);
	assert_int_equal(s.n, 2);
	assert_int_equal(to[0], 0x5a);
	assert_int_equal(to[1], 0x5c);
}

static void put_old(const struct model *m)
{
	struct store_stmt *q = NULL;

	assert_int_equal(store_prepare(t.roll.store,
	    "INSERT INTO alias (cell, tag, gen_from, person, version, card,"
	    " gen_to) VALUES ($1, $2, $3, $4, $5, $6, $7)", &q), ERR_OK);
	store_bind_int(q, 1, m->cell);
	store_bind_bytes(q, 2, tag_of(m));
	store_bind_int(q, 3, m->row.gen_from);
	store_bind_int(q, 4, m->row.person);
	store_bind_int(q, 5, m->row.version);
	store_bind_int(q, 6, m->row.card);
	store_bind_int(q, 7, m->row.gen_to);
	assert_int_equal(store_run(q), ERR_OK);
	store_finalize(q);
}

/* A store of before has a row for each: they move when it is opened. */
static void test_a_store_of_before(void **state)
{
	struct store_stmt *q = NULL;
	struct sheaf_row r;

	(void)state;
	assert_int_equal(store_begin(t.roll.store, STORE_WRITE), ERR_OK);
	for (unsigned i = 0; i < MOST / 3; i++) {
		t.generation = i % 3;
		r = draw();
		r.gen_to = i % 7 ? 0 : 4;
		remember(1 + i % 2, &r);
		put_old(&t.list[t.count - 1]);
		if (r.gen_to) {	/* and named again afterwards */
			r.gen_from = 4;
			r.gen_to = 0;
			remember(1 + i % 2, &r);
			put_old(&t.list[t.count - 1]);
		}
	}
	assert_int_equal(store_commit(t.roll.store), ERR_OK);
	assert_int_equal(roll_close(&t.roll), ERR_OK);
	start();
	assert_int_equal(store_prepare(
	    t.roll.store, "SELECT count(*) FROM alias", &q), ERR_OK);
	assert_int_equal(store_step(q), ERR_OK);
	assert_int_equal(store_int(q, 0), 0);
	store_finalize(q);
	t.generation = 5;
	check();
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_says_what_a_list_says), T(test_a_tag_stands_once),
		T(test_comes_and_goes), T(test_tags_that_begin_alike),
		T(test_places_name_nobody),
		T(test_a_store_of_before),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rights/alias_sql", tests, NULL, NULL);
}
