/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what ended long ago goes and nothing else; a former member keeps number
 * and handle as long as a month can be opened that may name him; nothing of
 * what went is left in the file's bytes; a step that is lost is made again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "failing_store.h"
#include "rights/cases.h"
#include "rights/retain.h"

#define MANY 900

static struct retain_ask ask_of(int32_t ended, int32_t today, int32_t live)
{
	return (struct retain_ask){.cell = CELL, .ended_day = ended,
		.today = today, .live_day = live};
}

/* The keeper's part: it knows handle-NNN's tag. */
static void answer(struct retain_ask *ask, const struct retain_said *said)
{
	ask->after = said->after;
	ask->count = said->count;
	for (unsigned i = 0; i < said->count; i++) {
		const uint8_t *d = said->gone[i].handle + 7;
		unsigned n = (d[0] - '0') * 100u + (d[1] - '0') * 10u + d[2] -
		    '0';

		ask->keep[i].person = said->gone[i].person;
		feeding_tag(ask->keep[i].tag, 'r', n);
	}
}

/* All steps of a cell; counts added up. crash: after each. */
static struct retain_said retain(struct retain_ask ask, bool crash)
{
	struct retain_said said, all = {0};

	do {
		assert_int_equal(retain_step(&f.roll, &ask, &said), ERR_OK);
		all.rights += said.rights;
		all.persons += said.persons;
		all.names += said.names;
		answer(&ask, &said);
		if (crash) {
			feeding_crash(&f);
			feeding_rest(&f);
		}
	} while (said.state == RETAIN_MORE);
	assert_int_equal(said.state, RETAIN_END);
	return all;
}

static void assert_went(const struct retain_said *s, unsigned rights,
    unsigned persons, unsigned names)
{
	assert_int_equal(s->rights, rights);
	assert_int_equal(s->persons, persons);
	assert_int_equal(s->names, names);
}

/* 1: a member since 2021; 2: left at the end of 2023; 3: at that of 2025. */
static void three_members(struct feed_line l[static 4])
{
	for (unsigned i = 0; i < 4; i++)
		l[i] = feeding_line(i ? i : 1);
	l[0].from_day = l[1].from_day = l[2].from_day = day(2021, 1, 1);
	l[0].to_day = day(2021, 12, 31);
	l[0].contract = span_str("OLD");
	l[2].to_day = day(2023, 12, 31);
	l[3].from_day = day(2025, 1, 1);
	l[3].to_day = day(2025, 12, 31);
	l[1].to_day = day(2030, 12, 31);
	feeding_add_card(&l[2], 2);
	(void)full(day(2026, 1, 1), l, 4);
}

/* By the vault's own day, whatever the keeper says. */
static void test_nothing_is_asked_early(void **state)
{
	int32_t today = day(2026, 6, 15);
	struct retain_ask ask = ask_of(day(2025, 6, 15), today, INT32_MAX);

	(void)state;
	assert_int_equal(retain_bound(&ask, today), ERR_OK);
	assert_int_equal(ask.live_day, day(2025, 7, 1));
	assert_int_equal(ask.ended_day, day(2025, 6, 15));
	ask = ask_of(day(2025, 6, 16), today, 0);
	assert_int_equal(retain_bound(&ask, today), ERR_RANGE);
	ask = ask_of(INT32_MAX, INT32_MAX, 0);
	assert_int_equal(retain_bound(&ask, today), ERR_RANGE);
	/* long gone already? nobody is */
	ask = ask_of(day(2024, 1, 1), day(1970, 1, 1), day(2025, 2, 1));
	assert_int_equal(retain_bound(&ask, today), ERR_OK);
	assert_int_equal(ask.today, today);
	assert_int_equal(ask.live_day, day(2025, 2, 1));
	/* a keeper a day ahead is right as well */
	ask = ask_of(day(2024, 1, 1), today + 1, day(2025, 2, 1));
	assert_int_equal(retain_bound(&ask, today), ERR_OK);
	assert_int_equal(ask.today, today + 1);
}

static void test_what_ended_long_ago_goes(void **state)
{
	struct feed_line l[4];
	struct retain_said s;
	uint64_t one, three;

	(void)state;
	three_members(l);
	one = number('m', 1);
	three = number('m', 3);
	s = retain(ask_of(day(2024, 1, 1), day(2026, 6, 1),
	    day(2025, 6, 1)), false);
	assert_went(&s, 2, 1, 0);
	assert_int_equal(number('m', 2), 0);
	assert_int_equal(number('c', 2), 0);
	assert_int_equal(number('m', 1), one);
	assert_int_equal(number('m', 3), three);
	assert_int_equal(state_of(three, day(2025, 5, 1)), RIGHTS_COVERED);
	assert_int_equal(state_of(one, day(2026, 5, 1)), RIGHTS_COVERED);
	/* the very last day counts */
	s = retain(ask_of(day(2025, 12, 30), day(2026, 6, 1), 0), false);
	assert_went(&s, 0, 0, 0);
	s = retain(ask_of(day(2025, 12, 31), day(2026, 6, 1), 0), false);
	assert_went(&s, 1, 1, 0);
}

static void test_who_comes_back_gets_his_number_back(void **state)
{
	struct feed_line l[4];
	struct retain_said s;
	uint64_t two;

	(void)state;
	three_members(l);
	two = number('m', 2);
	s = retain(ask_of(day(2024, 1, 1), day(2026, 6, 1),
	    day(2025, 6, 1)), false);
	assert_went(&s, 2, 1, 0);
	assert_int_equal(number('r', 2), two);	/* `who` finds him */
	assert_int_equal(feeding_ask(&f, CELL, two, day(2023, 5, 1), "OPTI",
	    "", "").state, RIGHTS_CLOSED);
	l[2] = feeding_line(2);
	(void)delta(day(2026, 7, 1), &l[2], 1);
	assert_int_equal(number('m', 2), two);
	assert_int_equal(state_of(two, day(2026, 7, 1)), RIGHTS_COVERED);
	/* and is not taken for somebody gone */
	s = retain(ask_of(day(2024, 2, 1), day(2026, 8, 1),
	    day(2026, 8, 1)), false);
	assert_went(&s, 0, 0, 0);
	assert_int_equal(number('m', 2), two);
}

static void test_the_name_goes_with_the_last_month(void **state)
{
	struct feed_line l[4];
	struct retain_said s;

	(void)state;
	three_members(l);
	(void)retain(ask_of(day(2024, 1, 1), day(2026, 6, 15),
	    day(2025, 6, 1)), false);
	/* a month that may name him lives */
	s = retain(ask_of(day(2024, 1, 2), day(2027, 6, 15),
	    day(2026, 6, 1)), false);
	assert_went(&s, 0, 0, 0);
	assert_true(number('r', 2) != 0);
	s = retain(ask_of(day(2024, 1, 3), day(2027, 7, 15),
	    day(2026, 7, 1)), false);
	assert_went(&s, 0, 0, 1);
	assert_int_equal(number('r', 2), 0);
	assert_int_equal(feeding_count(&f, "SELECT count(*) FROM person"), 2);
	assert_int_equal(feeding_aliases(&f), 6);
}

static void test_a_dry_run_changes_nothing(void **state)
{
	struct feed_line l[4];
	struct retain_ask ask = ask_of(day(2024, 1, 1), day(2026, 6, 1), 0);
	struct retain_said s;
	uint64_t two;

	(void)state;
	three_members(l);
	two = number('m', 2);
	ask.dry = true;
	s = retain(ask, false);
	assert_went(&s, 2, 1, 0);
	assert_int_equal(s.count, 0);
	assert_int_equal(number('m', 2), two);
	assert_int_equal(feeding_count(&f, "SELECT count(*) FROM rights"), 4);
	assert_int_equal(feeding_count(&f, "SELECT purged FROM cell"), 0);
}

/* A feed between two steps brings back whom the first one said was gone. */
static void test_a_return_between_two_steps(void **state)
{
	struct feed_line l[4];
	struct retain_ask ask = ask_of(day(2024, 1, 1), day(2026, 6, 1), 0);
	struct retain_said said;
	uint64_t two;

	(void)state;
	three_members(l);
	two = number('m', 2);
	assert_int_equal(retain_step(&f.roll, &ask, &said), ERR_OK);
	assert_int_equal(said.count, 1);
	l[2] = feeding_line(2);
	(void)delta(day(2026, 7, 1), &l[2], 1);
	answer(&ask, &said);
	assert_int_equal(retain_step(&f.roll, &ask, &said), ERR_OK);
	assert_int_equal(said.state, RETAIN_END);
	assert_int_equal(said.persons, 0);
	assert_int_equal(number('m', 2), two);
}

/* Not his tag: he keeps none, rather than somebody else's. */
static void test_a_tag_that_is_anothers_does_not_stay(void **state)
{
	struct feed_line l[4];
	struct retain_ask ask = ask_of(day(2024, 1, 1), day(2026, 6, 1), 0);
	struct retain_said said;
	uint64_t one;

	(void)state;
	three_members(l);
	one = number('r', 1);
	assert_int_equal(retain_step(&f.roll, &ask, &said), ERR_OK);
	answer(&ask, &said);
	feeding_tag(ask.keep[0].tag, 'r', 1);
	assert_int_equal(retain_step(&f.roll, &ask, &said), ERR_OK);
	assert_int_equal(number('r', 1), one);
	assert_int_equal(number('r', 2), 0);
}

static bool in_file(const char *suffix, struct span what)
{
	char path[128];
	struct buf b;
	bool found = false;

	(void)snprintf(path, sizeof(path), "%s%s", f.path, suffix);
	buf_init(&b, 64u << 20);
	assert_int_equal(file_read(path, &b), ERR_OK);
	for (size_t i = 0; i + what.n <= b.n && !found; i++)
		found = b.p[i] == what.p[0] &&
		    memcmp(b.p + i, what.p, what.n) == 0;
	buf_release(&b);
	return found;
}

/* Every second member of many left long ago. */
static void many(void)
{
	static struct feed_line l[MANY];

	for (unsigned i = 0; i < MANY; i++) {
		l[i] = feeding_line(i);
		feeding_add_tag(&l[i], 'n', i);
		if (i % 2 == 0) {
			l[i].from_day = day(2020, 1, 1);
			l[i].to_day = day(2020, 12, 31);
		}
	}
	(void)full(day(2026, 1, 1), l, MANY);
}

static void test_no_byte_of_it_is_left(void **state)
{
	struct retain_said s;
	uint8_t tag[RIGHTS_TAG];

	(void)state;
	many();
	feeding_tag(tag, 'n', 0);
	assert_true(in_file("", span_of(tag, sizeof(tag))) ||
	    in_file("-wal", span_of(tag, sizeof(tag))));
	s = retain(ask_of(day(2024, 1, 1), day(2026, 6, 1), 0), false);
	assert_went(&s, MANY / 2, MANY / 2, 0);
	s = retain(ask_of(day(2024, 1, 2), day(2026, 8, 1),
	    day(2026, 8, 1)), false);
	assert_went(&s, 0, 0, MANY / 2);
	for (unsigned i = 0; i < MANY; i++) {
		bool left = i % 2 != 0;
		char handle[16];

		feeding_tag(tag, 'n', i);
		assert_int_equal(in_file("", span_of(tag, sizeof(tag))), left);
		assert_false(in_file("-wal", span_of(tag, sizeof(tag))));
		(void)snprintf(handle, sizeof(handle), "handle-%03u", i);
		assert_int_equal(in_file("", span_str(handle)), left);
	}
}

static void test_a_crash_after_every_step(void **state)
{
	struct retain_said s;

	(void)state;
	many();
	s = retain(ask_of(day(2024, 1, 1), day(2026, 6, 1), 0), true);
	assert_went(&s, MANY / 2, MANY / 2, 0);
	/* from the start again, as a keeper does that lost its place */
	s = retain(ask_of(day(2024, 1, 1), day(2026, 6, 1), 0), true);
	assert_went(&s, 0, 0, 0);
	assert_int_equal(
	    feeding_count(&f, "SELECT count(*) FROM rights"), MANY / 2);
	assert_int_equal(feeding_aliases(&f),
	    MANY / 2 * 4 + MANY / 2 * 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* Whose name would go is counted, and stays. */
static void test_a_dry_run_counts_names(void **state)
{
	struct retain_ask ask =
	    ask_of(day(2024, 1, 3), day(2027, 7, 15), day(2026, 7, 1));
	struct feed_line l[4];
	struct retain_said s;

	(void)state;
	three_members(l);
	(void)retain(ask_of(day(2024, 1, 1), day(2026, 6, 15),
	    day(2025, 6, 1)), false);
	ask.dry = true;
	s = retain(ask, false);
	assert_went(&s, 0, 0, 1);
	assert_true(number('r', 2) != 0);
	ask.dry = false;
	s = retain(ask, false);
	assert_went(&s, 0, 0, 1);
	assert_int_equal(number('r', 2), 0);
}

static void test_a_cell_that_was_never_fed(void **state)
{
	struct retain_ask ask =
	    ask_of(day(2024, 1, 1), day(2026, 6, 1), day(2025, 6, 1));
	struct retain_said s;

	(void)state;
	ask.cell = CELL + 1;
	s = retain(ask, false);
	assert_went(&s, 0, 0, 0);
	assert_int_equal(feeding_count(&f, "SELECT count(*) FROM cell"), 0);
}

/* A step that failed has changed nothing, and is asked again. */
static void step_until_made(const struct retain_ask *ask,
    struct retain_said *said)
{
	while (retain_step(&f.roll, ask, said)) {
		int64_t rights;

		assert_true(failing_store_end());
		assert_false(store_busy(f.roll.store));
		/* both that are to go, or none */
		rights = feeding_count(&f, "SELECT count(*) FROM rights");
		assert_true(rights == 4 || rights == 2);
	}
}

static bool fails_at(enum failing_store_kind kind, unsigned nth)
{
	struct retain_ask ask =
	    ask_of(day(2024, 1, 1), day(2026, 6, 1), day(2025, 6, 1));
	struct retain_said said = {.state = RETAIN_MORE};
	struct feed_line l[4];
	bool met;

	three_members(l);
	failing_store_set(kind, nth, 1, ERR_IO);
	while (said.state == RETAIN_MORE) {
		step_until_made(&ask, &said);
		answer(&ask, &said);
	}
	ask = ask_of(day(2024, 1, 3), day(2027, 7, 15), day(2026, 7, 1));
	said.state = RETAIN_MORE;
	while (said.state == RETAIN_MORE) {
		step_until_made(&ask, &said);
		answer(&ask, &said);
	}
	met = failing_store_calls() > nth;
	(void)failing_store_end();
	return met;
}

static void test_steps_that_fail(void **state)
{
	static const enum failing_store_kind kinds[] = {FAILING_STORE_BEGIN,
		FAILING_STORE_STEP, FAILING_STORE_RUN, FAILING_STORE_COMMIT,
		FAILING_STORE_SETTLE};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool met = true;

		for (unsigned n = 0; met; n++) {
			met = fails_at(kinds[i], n);
			assert_int_equal(number('m', 2), 0);
			assert_int_equal(number('c', 2), 0);
			assert_int_equal(number('r', 2), 0);
			assert_true(number('m', 1) != 0);
			assert_true(number('m', 3) != 0);
			assert_int_equal(feeding_count(
			    &f, "SELECT count(*) FROM rights"), 2);
			assert_int_equal(feeding_aliases(&f), 6);
			feeding_close(&f);
			feeding_open(&f, 42);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_nothing_is_asked_early),
		T(test_what_ended_long_ago_goes),
		T(test_who_comes_back_gets_his_number_back),
		T(test_the_name_goes_with_the_last_month),
		T(test_a_dry_run_changes_nothing),
		T(test_a_return_between_two_steps),
		T(test_a_tag_that_is_anothers_does_not_stay),
		T(test_no_byte_of_it_is_left),
		T(test_a_crash_after_every_step),
		T(test_a_dry_run_counts_names),
		T(test_a_cell_that_was_never_fed),
		T(test_steps_that_fail),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
