/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: two books are compared alike whether their lines fit into memory or
 * go to files, by an independent comparison.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/random.h"
#include "insurer/differ.h"
#include "place.h"

#define PERSONS 400
#define LINES_MOST 4		/* of one person, in one book */
#define TEXTS 3			/* different ones; 0: a faulty line */

/* texts[book][person]: what its lines say, in the order of the file. */
struct books {
	unsigned texts[2][PERSONS][LINES_MOST], count[2][PERSONS];
};

static void invent(struct books *b, uint64_t seed)
{
	struct random_seeded r;

	(void)random_from_seed(&r, seed);
	memset(b, 0, sizeof(*b));
	for (unsigned who = 0; who < PERSONS; who++)
		for (int book = 0; book < 2; book++) {
			unsigned n = (unsigned)random_seeded_below(
			    &r, LINES_MOST + 1);

			/* half of them have the same lines in both */
			if (book == 1 && random_seeded_below(&r, 2) == 0) {
				b->count[1][who] = b->count[0][who];
				memcpy(b->texts[1][who], b->texts[0][who],
				    sizeof(b->texts[1][who]));
				continue;
			}
			b->count[book][who] = n;
			for (unsigned i = 0; i < n; i++)
				b->texts[book][who][i] = (unsigned)
				    random_seeded_below(&r, TEXTS * 8) == 0 ?
				    0 : 1 + (unsigned)random_seeded_below(
				    &r, TEXTS);
		}
}

/* Lines stand in rounds over the persons, so that nobody's stand together;
 * gives the line's number. */
static uint32_t line_of(unsigned who, unsigned nth)
{
	return nth * PERSONS + who + 2;
}

static enum err put_all(struct differ *d, const struct books *b)
{
	enum err e = ERR_OK;

	for (int book = 0; book < 2; book++)
		for (unsigned i = 0; i < LINES_MOST * PERSONS; i++) {
			unsigned who = i % PERSONS, nth = i / PERSONS;
			unsigned text = b->texts[book][who][nth];
			char ref[16], packed[16];

			if (nth >= b->count[book][who])
				continue;
			(void)snprintf(ref, sizeof(ref), "ref-%u", who);
			(void)snprintf(packed, sizeof(packed), "%u", text);
			e = differ_put(d, (enum differ_book)book,
			    line_of(who, nth), span_str(ref),
			    span_str(text ? packed : ""));
			if (e)
				return e;
		}
	return e;
}

static bool has_text(const struct books *b, int book, unsigned who,
    unsigned text)
{
	for (unsigned i = 0; i < b->count[book][who]; i++)
		if (b->texts[book][who][i] == text)
			return true;
	return false;
}

static bool differs(const struct books *b, unsigned who)
{
	if (has_text(b, 0, who, 0) || has_text(b, 1, who, 0))
		return true;
	for (unsigned text = 1; text <= TEXTS; text++)
		if (has_text(b, 0, who, text) != has_text(b, 1, who, text))
			return true;
	return false;
}

static void check(const struct books *b, const struct differ *d,
    const struct differ_counts *told)
{
	struct differ_counts truth = {0};

	for (unsigned who = 0; who < PERSONS; who++) {
		bool was = b->count[0][who] > 0, is = b->count[1][who] > 0;
		bool other = differs(b, who);

		truth.joined += !was && is;
		truth.gone += was && !is;
		truth.changed += was && is && other;
		truth.same += was && is && !other;
		for (unsigned i = 0; i < b->count[1][who]; i++)
			assert_int_equal(differ_has(
			    d, DIFFER_NEW, line_of(who, i)), other);
		for (unsigned i = 0; i < b->count[0][who]; i++)
			assert_int_equal(differ_has(d, DIFFER_OLD,
			    line_of(who, i)), !is && i == 0);
	}
	assert_true(truth.joined && truth.gone && truth.changed &&
	    truth.same);
	assert_int_equal(told->joined, truth.joined);
	assert_int_equal(told->gone, truth.gone);
	assert_int_equal(told->changed, truth.changed);
	assert_int_equal(told->same, truth.same);
}

static void test_it_compares_alike_with_any_room(void **state)
{
	/* all in memory; some runs; hundreds of them */
	static const size_t rooms[] = {100000, 333, 7};
	struct differ_counts told;
	struct books *b = malloc(sizeof(*b));
	struct differ *d;

	(void)state;
	assert_non_null(b);
	for (uint64_t seed = 1; seed <= 3; seed++) {
		invent(b, seed);
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(differ_new(rooms[i], &d), ERR_OK);
			assert_int_equal(put_all(d, b), ERR_OK);
			assert_int_equal(differ_settle(d, &told), ERR_OK);
			check(b, d, &told);
			differ_free(d);
		}
	}
	free(b);
}

static void test_more_runs_than_files_are_refused(void **state)
{
	char ref[16];
	struct differ *d;
	enum err e = ERR_OK;

	(void)state;
	assert_int_equal(differ_new(1, &d), ERR_OK);
	for (unsigned i = 0; i <= DIFFER_RUNS; i++) {
		assert_int_equal(e, ERR_OK);
		(void)snprintf(ref, sizeof(ref), "ref-%u", i);
		e = differ_put(d, DIFFER_NEW, i + 2, span_str(ref),
		    span_str("text"));
	}
	assert_int_equal(e, ERR_OK);	/* the last one is in memory */
	e = differ_put(
	    d, DIFFER_NEW, 9999, span_str("one more"), span_str("text"));
	assert_int_equal(e, ERR_LIMIT);
	differ_free(d);
}

static enum err put_two(struct differ *d)
{
	enum err e = differ_put(
	    d, DIFFER_NEW, 2, span_str("one"), span_str("text"));

	return e ? e : differ_put(
	    d, DIFFER_NEW, 3, span_str("two"), span_str("text"));
}

/* Who has no room in /tmp names another folder. */
static void test_files_are_where_tmpdir_says(void **state)
{
	const char *set = getenv("TMPDIR");
	char before[256], missing[80], folder[64];
	struct differ *d;

	(void)state;
	(void)snprintf(before, sizeof(before), "%s", set ? set : "");
	assert_true(place_make(folder, sizeof(folder), "test_differ"));
	assert_int_equal(setenv("TMPDIR", folder, 1), 0);
	assert_int_equal(differ_new(1, &d), ERR_OK);
	assert_int_equal(put_two(d), ERR_OK);
	assert_int_equal(rmdir(folder), 0);	/* it has no name there */
	differ_free(d);
	(void)snprintf(missing, sizeof(missing), "%s/none", folder);
	assert_int_equal(setenv("TMPDIR", missing, 1), 0);
	assert_int_equal(differ_new(1, &d), ERR_OK);
	assert_int_equal(put_two(d), ERR_IO);
	differ_free(d);
	assert_int_equal(set ? setenv("TMPDIR", before, 1) :
	    unsetenv("TMPDIR"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_compares_alike_with_any_room),
		cmocka_unit_test(test_more_runs_than_files_are_refused),
		cmocka_unit_test(test_files_are_where_tmpdir_says),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
