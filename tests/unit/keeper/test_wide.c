/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: shared budgets are as wide as what shares them: sites of a profession,
 * members of a cell, of all cells; members are known again after a start, and
 * a file of them that somebody spoilt costs no more than a count. Seen from
 * outside: which person makes which budget tell that it is full.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "failing.h"
#include "keeper/house.h"
#include "keeper/wide.h"

#define FIRST "0000000001", "o"
#define SECOND "0000000002", "o"

struct wide {
	struct house h;
	struct keeper k;
	uint64_t person;	/* of the question that came last */
};

/* The keeper's, which nothing here asks. */
int64_t keeper_now(struct keeper *k)
{
	(void)k;
	return HOUSE_NOW;
}

void keeper_fail(struct keeper *k, const char *words, enum err e)
{
	(void)k;
	fail_msg("%s: %s", words, err_text(e));
}

static void insurer(struct wide *w, const char *amc, const char *operator)
{
	assert_int_equal(acts_do(&w->h.acts, 2, "insurer amc=%s operator=%s "
	    "feed-key=%s card-key=%s\n", amc, operator, acts_p256(0),
	    acts_p256(1)), ERR_OK);
}

/* A row of so many persons a day, and so many for a hundred more. */
static void row(struct wide *w, const char *scope, const char *code,
    unsigned floor, unsigned each)
{
	assert_int_equal(acts_do(&w->h.acts, 2, "wide scope=%s code=%s "
	    "floor24=%u each24=%u floor30=0 each30=0\n", scope, code, floor,
	    each), ERR_OK);
}

static int make(void **state)
{
	struct wide *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	house_make(&w->h);
	w->k.dir = w->h.dir;
	w->k.registry = w->h.acts.r;
	w->k.guard = w->h.guard;
	insurer(w, FIRST);
	insurer(w, SECOND);
	*state = w;
	return 0;
}

static int unmake(void **state)
{
	struct wide *w = *state;

	free(w->k.members);
	house_unmake(&w->h);
	free(w);
	return 0;
}

/* Another person is read by a key in a cell: what tells that it is full? */
static uint32_t reads(struct wide *w, unsigned key, uint32_t cell)
{
	const struct registry *r = w->h.acts.r;
	struct guard_verdict v;
	struct guard_ask ask;

	fold_ask(r, registry_key(r, acts_id(key)), ASK_FLOW, span_str(""),
	    &ask);
	ask.cell = cell;
	put_be64(ask.q, ++w->person);
	assert_int_equal(guard_count(w->k.guard, &ask, w->person,
	    w->h.acts.now_ms, &v), ERR_OK);
	assert_int_equal(v.told.decision, GUARD_GO);
	return v.alarms;
}

/* How many persons until bit is told. */
static unsigned until(
    struct wide *w, unsigned key, uint32_t cell, uint32_t bit)
{
	unsigned n = 1;

	while (!(reads(w, key, cell) & bit))
		assert_true(n++ < 30);
	return n;
}

static void test_sites_of_a_profession(void **state)
{
	struct wide *w = *state;

	row(w, "profession", "gp", 1, 100);
	row(w, "profession", "*", 7, 0);
	assert_int_equal(wide_apply(&w->k), ERR_OK);
	/* one gp: 1 and 1 more; who has no row of its own has the others' */
	assert_int_equal(
	    until(w, 1, 1, GUARD_ALARM_PROFESSION24), 2);
	assert_int_equal(
	    until(w, 3, 1, GUARD_ALARM_PROFESSION24), 7);
	assert_int_equal(acts_do(&w->h.acts, 2, "site id=s3 profession=gp\n"
	    "site id=s4 profession=gp\n"), ERR_OK);
	assert_int_equal(wide_apply(&w->k), ERR_OK);
	/* a day later: the same, with two sites more */
	assert_int_equal(
	    until(w, 1, 1, GUARD_ALARM_PROFESSION24), 4);
}

static void test_members_of_cells(void **state)
{
	struct wide *w = *state;

	row(w, "cell", "0000000002", 0, 200);
	row(w, "cell", "*", 0, 100);
	row(w, "platform", "*", 1, 100);
	/* nobody has said how many they are: no budget is told as full */
	assert_int_equal(wide_apply(&w->k), ERR_OK);
	assert_int_equal(reads(w, 1, 1) & GUARD_ALARM_CELL24, 0);
	w->h.acts.now_ms += GUARD_MONTH_MS;
	assert_int_equal(wide_members(&w->k, 2, 3), ERR_OK);
	assert_int_equal(wide_members(&w->k, 1, 4), ERR_OK);
	assert_int_equal(w->k.member_count, 2);
	assert_int_equal(until(w, 1, 1, GUARD_ALARM_CELL24), 4);
	/* all of them: 1 + 3 + 4, of which 4 are read */
	assert_int_equal(until(w, 1, 2, GUARD_ALARM_PLATFORM24), 4);
	assert_int_equal(until(w, 1, 2, GUARD_ALARM_CELL24), 2);
}

static void test_no_rows(void **state)
{
	struct wide *w = *state;

	w->h.acts.r->wide_count = 0;
	assert_int_equal(wide_apply(&w->k), ERR_OK);
	for (int i = 0; i < 20; i++)
		assert_int_equal(reads(w, 1, 1), 0);
}

/* A start finds what was said; a cell that is no more is nothing. */
static void test_members_after_a_start(void **state)
{
	struct wide *w = *state;
	char path[RIG_PATH + 20];
	struct buf text;

	assert_int_equal(wide_load(&w->k), ERR_OK);	/* nothing was said */
	assert_int_equal(w->k.member_count, 0);
	assert_int_equal(wide_members(&w->k, 2, 31), ERR_OK);
	free(w->k.members);
	w->k.members = NULL;
	w->k.member_count = 0;
	assert_int_equal(wide_load(&w->k), ERR_OK);
	assert_int_equal(w->k.member_count, 2);
	assert_int_equal(w->k.members[0], 0);
	assert_int_equal(w->k.members[1], 31);
	(void)snprintf(path, sizeof(path), "%s/keeper/members", w->h.dir);
	buf_init(&text, 4096);
	assert_int_equal(file_read(path, &text), ERR_OK);
	assert_true(span_is(buf_span(&text),
	    "0000000001@o 0\n0000000002@o 31\n"));
	buf_release(&text);
}

static void test_a_spoilt_file(void **state)
{
	struct wide *w = *state;
	char path[RIG_PATH + 20];

	(void)snprintf(path, sizeof(path), "%s/keeper/members", w->h.dir);
	assert_int_equal(file_replace(path, span_str("\n"
	    "0000000001@o\n0000000001@o many\n0000000001@o 4294967296\n"
	    "0000000009@o 5\n0000000002@p 6\n0000000002@o 7"), 0600), ERR_OK);
	assert_int_equal(wide_load(&w->k), ERR_OK);
	assert_int_equal(w->k.member_count, 2);
	assert_int_equal(w->k.members[0], 0);
	assert_int_equal(w->k.members[1], 7);
	/* what cannot be read at all is told */
	failing_set(FAILING_READ, 0, EIO);
	assert_int_equal(wide_load(&w->k), ERR_IO);
	assert_true(failing_end());
}

static void test_a_folder_that_is_too_deep(void **state)
{
	struct wide *w = *state;
	static char deep[8192];

	memset(deep, 'd', sizeof(deep) - 1);
	w->k.dir = deep;
	assert_int_equal(wide_load(&w->k), ERR_LIMIT);
	assert_int_equal(wide_members(&w->k, 1, 5), ERR_LIMIT);
}

/* Whatever fails, it is told, and what was written before stands. */
static void test_what_fails(void **state)
{
	static const enum failing_kind kinds[] = {FAILING_MEMORY,
	    FAILING_OPEN, FAILING_WRITE, FAILING_FLUSH, FAILING_NAME};
	struct wide *w = *state;
	int failures = 0;

	row(w, "cell", "*", 0, 100);
	assert_int_equal(wide_members(&w->k, 1, 5), ERR_OK);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			enum err e;

			failing_set(kinds[i], n, EIO);
			e = wide_members(&w->k, 2, 9);
			failed = failing_end();
			failures += failed;
			if (failed)
				assert_int_not_equal(e, ERR_OK);
			else
				assert_int_equal(e, ERR_OK);
			/* of the next one it is seen anew */
			w->k.member_count = 1;
			assert_int_equal(w->k.members[0], 5);
			guard_free(w->k.guard);
			w->k.guard = w->h.guard = guard_new();
			assert_non_null(w->k.guard);
		}
	}
	assert_true(failures >= 6);
	failing_set(FAILING_MEMORY, 1, ENOMEM);	/* the text's, then put's */
	assert_int_equal(wide_load(&w->k), ERR_NOMEM);
	assert_true(failing_end());
	assert_int_equal(w->k.member_count, 1);
}

/* Figures that no act can say: the guard takes none of them, and it is told. */
static void test_figures_that_contradict(void **state)
{
	static const char *const scopes[] = {"profession", "cell", "platform",
	    "card"};
	struct wide *w = *state;
	struct registry *r = w->h.acts.r;

	row(w, "cell", "*", 5, 0);
	row(w, "platform", "*", 5, 0);
	assert_int_equal(wide_apply(&w->k), ERR_OK);
	for (size_t i = 0; i < 4; i++) {
		struct registry_wide *at = r->wides, kept;

		while (strcmp(at->scope, scopes[i]) != 0)
			at++;
		kept = *at;
		memset(at->figures, 0, sizeof(at->figures));
		at->figures[0] = i == 3 ? 0 : 5;
		at->figures[2] = 4;
		assert_int_equal(wide_apply(&w->k), ERR_RANGE);
		*at = kept;
	}
	assert_int_equal(wide_apply(&w->k), ERR_OK);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    CASE(test_sites_of_a_profession),
	    CASE(test_members_of_cells),
	    CASE(test_no_rows),
	    CASE(test_members_after_a_start),
	    CASE(test_a_spoilt_file),
	    CASE(test_a_folder_that_is_too_deep),
	    CASE(test_what_fails),
	    CASE(test_figures_that_contradict),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
