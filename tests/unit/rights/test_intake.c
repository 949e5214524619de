/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds and the answers after them, rule by rule (docs/feed-rules.md). The
 * random ones are in test_model.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "rights/feeding.h"

#define CELL 5

static struct feeding f;

static int set_up(void **state)
{
	(void)state;
	feeding_open(&f, 42);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	feeding_rest(&f);
	feeding_assert_tidy(&f);
	feeding_close(&f);
	return 0;
}

static int32_t day(int year, int month, int of_month)
{
	return feeding_day(year, month, of_month);
}

static struct feed_state full(
    int32_t on, const struct feed_line *lines, unsigned count)
{
	struct feed_state s =
	    feeding_whole(&f, CELL, FEED_FULL, on, lines, count);

	feeding_rest(&f);
	return s;
}

static struct feed_state delta(
    int32_t on, const struct feed_line *lines, unsigned count)
{
	struct feed_state s =
	    feeding_whole(&f, CELL, FEED_DELTA, on, lines, count);

	feeding_rest(&f);
	return s;
}

static void counts(const struct feed_state *s, uint64_t added,
    uint64_t changed, uint64_t unchanged, uint64_t dropped)
{
	assert_int_equal(s->outcome, FEED_COMMITTED);
	assert_int_equal(s->added, added);
	assert_int_equal(s->changed, changed);
	assert_int_equal(s->unchanged, unchanged);
	assert_int_equal(s->dropped, dropped);
}

static void undone(
    const struct feed_state *s, const char *reason, uint32_t line)
{
	assert_int_equal(s->outcome, FEED_UNDONE);
	assert_int_equal(s->bad_line, line);
	assert_true(span_is(s->reason, reason));
}

static uint64_t number(char kind, unsigned n)
{
	return feeding_number(&f, CELL, kind, n);
}

static enum rights_state state_of(uint64_t who, int32_t on)
{
	return feeding_ask(&f, CELL, who, on, "OPTI", "", "").state;
}

/* ---- questions ---- */

static void test_an_answer_says_level_period_and_order(void **state)
{
	struct feed_line l = feeding_line(1);
	struct answer_facts a;

	(void)state;
	l.domains[0].authorization = 1;
	(void)full(day(2026, 1, 1), &l, 1);
	a = feeding_ask(&f, CELL, number('m', 1), day(2026, 6, 1), "OPTI",
	    "VM", "S1");
	assert_int_equal(a.state, RIGHTS_COVERED);
	assert_true(span_is(a.level, "BR200"));
	assert_true(span_is(a.contract, "C1"));
	assert_int_equal(a.authorization, 1);
	assert_int_equal(a.from_day, day(2026, 1, 1));
	assert_int_equal(a.until_day, day(2026, 12, 31));
	assert_int_equal(a.order, 1);
}

static void test_each_state_has_its_reason(void **state)
{
	struct feed_line l = feeding_line(1);
	struct answer_facts a;
	uint64_t who;

	(void)state;
	l.csr = span_str("S1");
	(void)full(day(2026, 1, 1), &l, 1);
	who = number('m', 1);
	a = feeding_ask(&f, CELL, who, day(2026, 6, 1), "DESO", "VM", "S1");
	assert_int_equal(a.state, RIGHTS_NOT_COVERED);
	assert_int_equal(a.level.n, 0);
	assert_int_equal(a.until_day, day(2026, 12, 31));
	a = feeding_ask(&f, CELL, who, day(2026, 6, 1), "OPTI", "IS", "S1");
	assert_int_equal(a.state, RIGHTS_OTHER_ROUTE);
	assert_int_equal(a.level.n + a.authorization, 0);
	a = feeding_ask(&f, CELL, who, day(2026, 6, 1), "OPTI", "VM", "S2");
	assert_int_equal(a.state, RIGHTS_OTHER_ROUTE);
	a = feeding_ask(&f, CELL, who, day(2027, 6, 1), "OPTI", "VM", "S1");
	assert_int_equal(a.state, RIGHTS_CLOSED);
	assert_int_equal(a.until_day + a.from_day + a.order, 0);
	assert_int_equal(a.contract.n, 0);
	a = feeding_ask(&f, CELL, 0, day(2026, 6, 1), "OPTI", "VM", "S1");
	assert_int_equal(a.state, RIGHTS_UNKNOWN);
	a = feeding_ask(&f, CELL, who ^ 1, day(2026, 6, 1), "OPTI", "VM", "S1");
	assert_int_equal(a.state, RIGHTS_UNKNOWN);
	a = feeding_ask(
	    &f, CELL, UINT64_MAX, day(2026, 6, 1), "OPTI", "VM", "S1");
	assert_int_equal(a.state, RIGHTS_UNKNOWN);
	a = feeding_ask(
	    &f, CELL + 1, who, day(2026, 6, 1), "OPTI", "VM", "S1");
	assert_int_equal(a.state, RIGHTS_UNKNOWN);
}

static void test_new_year_turns_at_midnight(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(1)};
	uint64_t who;

	(void)state;
	l[1].from_day = day(2027, 1, 1);
	l[1].to_day = day(2027, 12, 31);
	l[1].domains[0].level = span_str("BR300");
	(void)full(day(2026, 12, 20), l, 2);
	who = number('m', 1);
	assert_int_equal(state_of(who, day(2025, 12, 31)), RIGHTS_CLOSED);
	assert_int_equal(state_of(who, day(2026, 1, 1)), RIGHTS_COVERED);
	assert_true(span_is(feeding_ask(&f, CELL, who, day(2026, 12, 31),
	    "OPTI", "", "").level, "BR200"));
	assert_true(span_is(feeding_ask(&f, CELL, who, day(2027, 1, 1),
	    "OPTI", "", "").level, "BR300"));
	assert_int_equal(state_of(who, day(2028, 1, 1)), RIGHTS_CLOSED);
}

static void test_the_first_insurer_that_covers_answers(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(1)};
	struct answer_facts a;
	uint64_t who;

	(void)state;
	l[0].order = 2;
	l[1].contract = span_str("C2");
	l[1].domain_count = 2;
	l[1].domains[0].level = span_str("TM");
	l[1].domains[1].code = span_str("DESO");
	(void)full(day(2026, 1, 1), l, 2);
	who = number('m', 1);
	a = feeding_ask(&f, CELL, who, day(2026, 6, 1), "OPTI", "", "");
	assert_true(span_is(a.level, "TM"));	/* order 1 */
	assert_int_equal(a.order, 1);
	l[1].domains[0].code = span_str("AUDI");
	l[1].domains[0].level = span_str("TM");
	(void)full(day(2026, 1, 1), l, 2);
	a = feeding_ask(&f, CELL, who, day(2026, 6, 1), "OPTI", "", "");
	assert_true(span_is(a.level, "BR200"));	/* order 2 alone covers it */
	assert_int_equal(a.order, 2);
	a = feeding_ask(&f, CELL, who, day(2026, 6, 1), "HOSP", "", "");
	assert_int_equal(a.state, RIGHTS_NOT_COVERED);
	assert_int_equal(a.order, 1);
}

static void test_of_two_alike_the_later_then_the_lesser_answers(void **state)
{
	struct feed_line l[3] = {
	    feeding_line(1), feeding_line(1), feeding_line(1)};

	(void)state;
	l[0].contract = span_str("C2");
	l[0].domains[0].level = span_str("A");
	l[1].contract = span_str("C10");
	l[1].domains[0].level = span_str("B");
	l[2].from_day = day(2026, 6, 1);
	l[2].domains[0].level = span_str("C");
	(void)full(day(2026, 1, 1), l, 3);
	assert_true(span_is(feeding_ask(&f, CELL, number('m', 1),
	    day(2026, 5, 31), "OPTI", "", "").level, "B"));
	assert_true(span_is(feeding_ask(&f, CELL, number('m', 1),
	    day(2026, 6, 1), "OPTI", "", "").level, "C"));
}

static void test_all_aliases_must_meet_one_person(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	struct rights_resolve asked = {.cell = CELL};
	uint64_t n = 1;

	(void)state;
	feeding_add_tag(&l[0], 'n', 1);
	(void)full(day(2026, 1, 1), l, 2);
	assert_int_equal(lookup_resolve(&f.lookup, &asked, &n), ERR_OK);
	assert_int_equal(n, 0);		/* none shown */
	asked.count = 3;
	feeding_tag(asked.tags[0], 'm', 1);
	feeding_tag(asked.tags[1], 'n', 1);
	feeding_tag(asked.tags[2], 'r', 1);
	assert_int_equal(lookup_resolve(&f.lookup, &asked, &n), ERR_OK);
	assert_true(n == number('m', 1) && n != 0);
	feeding_tag(asked.tags[2], 'm', 2);	/* another's */
	assert_int_equal(lookup_resolve(&f.lookup, &asked, &n), ERR_OK);
	assert_int_equal(n, 0);
	feeding_tag(asked.tags[2], 'x', 1);	/* nobody's, last */
	assert_int_equal(lookup_resolve(&f.lookup, &asked, &n), ERR_OK);
	assert_int_equal(n, 0);
	feeding_tag(asked.tags[0], 'x', 1);	/* and first */
	feeding_tag(asked.tags[2], 'm', 1);
	assert_int_equal(lookup_resolve(&f.lookup, &asked, &n), ERR_OK);
	assert_int_equal(n, 0);
}

static void test_cells_do_not_meet(void **state)
{
	struct feed_line l = feeding_line(1);
	uint64_t here, there;

	(void)state;
	(void)full(day(2026, 1, 1), &l, 1);
	assert_int_equal(feeding_number(&f, CELL + 1, 'm', 1), 0);
	(void)feeding_whole(
	    &f, CELL + 1, FEED_FULL, day(2026, 1, 1), &l, 1);
	here = number('m', 1);
	there = feeding_number(&f, CELL + 1, 'm', 1);
	assert_true(here && there && here != there);
	(void)feeding_whole(
	    &f, CELL + 1, FEED_FULL, day(2026, 2, 1), NULL, 0);
	assert_int_equal(state_of(here, day(2026, 2, 1)), RIGHTS_COVERED);
}

/* Statements that one question takes, the cell's generation at hand. */
static uint64_t cost_of_do(uint64_t who, const char *domain)
{
	uint64_t before = store_runs(f.roll.store);

	(void)feeding_ask(
	    &f, CELL, who, day(2026, 6, 1), domain, "VM", "");
	return store_runs(f.roll.store) - before;
}

static uint64_t cost_of_resolve(char kind, unsigned n)
{
	uint64_t before = store_runs(f.roll.store);

	(void)number(kind, n);
	return store_runs(f.roll.store) - before;
}

/* design §2.6: a miss takes the same way. */
static void test_nobody_takes_the_same_way(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	uint64_t cost;

	(void)state;
	l[1].to_day = day(2026, 2, 1);
	(void)full(day(2026, 1, 1), l, 2);
	(void)number('m', 1);
	cost = cost_of_do(number('m', 1), "OPTI");
	assert_int_equal(cost, 3);
	assert_int_equal(cost_of_do(number('m', 1), "XX"), cost);
	assert_int_equal(cost_of_do(number('m', 2), "OPTI"), cost); /* closed */
	assert_int_equal(cost_of_do(0, "OPTI"), cost);
	assert_int_equal(cost_of_do(12345, "OPTI"), cost);
	assert_int_equal(cost_of_resolve('m', 1), 2);
	assert_int_equal(cost_of_resolve('m', 9), 2);
}

/* ---- numbers ---- */

/* Gives the same bytes three times before it goes on. */
static unsigned drawn;
static void stutter(void *ctx, void *to, size_t n)
{
	(void)ctx;
	memset(to, (int)(0xf0 | drawn++ / 3 % 16), n);
}

static void test_a_number_is_given_once_and_positive(void **state)
{
	struct random bad = {stutter, NULL};
	struct feed_line l[5];

	(void)state;
	drawn = 0;
	intake_free(f.intake);
	assert_int_equal(intake_new(&f.roll, bad, &f.pace, &f.intake), ERR_OK);
	for (unsigned i = 0; i < 5; i++)
		l[i] = feeding_line(i + 1);
	(void)full(day(2026, 1, 1), l, 4);
	drawn = 0;		/* those of the last feed are given too */
	(void)full(day(2026, 1, 1), l, 5);
	assert_true(number('m', 5) == 0x74f4f4f4f4f4f4f4);
	assert_true(number('m', 1) == 0x70f0f0f0f0f0f0f0);
	assert_true(number('m', 2) == 0x71f1f1f1f1f1f1f1);
	assert_true(number('m', 3) == 0x72f2f2f2f2f2f2f2);
	assert_true(number('m', 4) == 0x73f3f3f3f3f3f3f3);
}

static void test_a_person_on_two_contracts_is_one_number(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(1)};
	struct feed_state s;

	(void)state;
	feeding_add_tag(&l[0], 'n', 1);
	l[1].tag_count = 1;		/* the same ref, all else other */
	feeding_add_tag(&l[1], 'm', 50);
	feeding_add_tag(&l[1], 'n', 50);
	l[1].contract = span_str("C2");
	s = full(day(2026, 1, 1), l, 2);
	assert_int_equal(s.persons_new, 1);
	assert_true(number('m', 1) == number('m', 50));
	assert_true(number('n', 1) == number('n', 50));
	s = full(day(2026, 1, 1), l, 2);
	counts(&s, 0, 0, 2, 0);
	assert_true(number('n', 1) == number('n', 50));
}

static void test_number_and_handle_survive_everything(void **state)
{
	struct feed_line l = feeding_line(1);
	struct rights_handle asked = {.cell = CELL};
	uint8_t handle[LIMIT_HANDLE];
	size_t n = 0;

	(void)state;
	(void)full(day(2026, 1, 1), &l, 1);
	asked.number = number('m', 1);
	(void)full(day(2026, 3, 1), NULL, 0);	/* a former member */
	assert_true(number('m', 1) == asked.number);
	assert_int_equal(
	    lookup_handle(&f.lookup, &asked, handle, &n), ERR_OK);
	assert_true(span_is(span_of(handle, n), "handle-001"));
	l.tag_count = 1;		/* back, under another number */
	feeding_add_tag(&l, 'm', 9);
	l.from_day = day(2026, 9, 1);
	(void)full(day(2026, 9, 1), &l, 1);
	assert_true(number('m', 9) == asked.number);
	assert_int_equal(
	    state_of(asked.number, day(2026, 2, 28)), RIGHTS_COVERED);
	assert_int_equal(
	    state_of(asked.number, day(2026, 3, 1)), RIGHTS_CLOSED);
	assert_int_equal(
	    state_of(asked.number, day(2026, 9, 1)), RIGHTS_COVERED);
}

static void test_handles_of_nobody_are_empty(void **state)
{
	struct rights_handle asked = {CELL, 0};
	uint8_t handle[LIMIT_HANDLE];
	size_t n = 9;

	(void)state;
	assert_int_equal(
	    lookup_handle(&f.lookup, &asked, handle, &n), ERR_OK);
	assert_int_equal(n, 0);
}

static void test_a_new_handle_takes_the_place_of_the_old(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(1)};
	struct rights_handle asked = {.cell = CELL};
	uint8_t handle[LIMIT_HANDLE];
	size_t n = 0;

	(void)state;
	l[1].contract = span_str("C2");
	l[1].handle = span_str("other");
	(void)full(day(2026, 1, 1), l, 1);
	asked.number = number('m', 1);
	assert_int_equal(
	    lookup_handle(&f.lookup, &asked, handle, &n), ERR_OK);
	assert_true(span_is(span_of(handle, n), "handle-001"));
	(void)delta(day(2026, 1, 2), &l[1], 1);
	assert_int_equal(
	    lookup_handle(&f.lookup, &asked, handle, &n), ERR_OK);
	assert_true(span_is(span_of(handle, n), "other"));
}

/* ---- what a feed changes ---- */

static void test_the_same_feed_twice_changes_nothing(void **state)
{
	struct feed_line l[20];
	struct feed_state s;
	int64_t rows;

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		l[i] = feeding_line(i + 1);
	s = full(day(2026, 1, 1), l, 20);
	counts(&s, 20, 0, 0, 0);
	assert_int_equal(s.persons_new, 20);
	assert_int_equal(s.generation, 1);
	rows = feeding_count(&f, "SELECT count(*) FROM alias");
	s = full(day(2026, 1, 1), l, 20);
	counts(&s, 0, 0, 20, 0);
	assert_int_equal(s.persons_new, 0);
	assert_int_equal(s.generation, 2);
	assert_int_equal(
	    feeding_count(&f, "SELECT count(*) FROM alias"), rows);
	assert_int_equal(
	    feeding_count(&f, "SELECT count(*) FROM rights"), 20);
	assert_int_equal(
	    feeding_count(&f, "SELECT max(gen_from) FROM rights"), 1);
}

static void test_lines_that_left_end_the_day_before(void **state)
{
	struct feed_line l[3] = {
	    feeding_line(1), feeding_line(2), feeding_line(3)};
	struct feed_state s;
	uint64_t who;

	(void)state;
	l[2].from_day = day(2026, 9, 1);
	(void)full(day(2026, 1, 1), l, 3);
	who = number('m', 2);
	s = full(day(2026, 7, 1), l, 1);
	counts(&s, 0, 0, 1, 2);
	assert_int_equal(state_of(who, day(2026, 6, 30)), RIGHTS_COVERED);
	assert_int_equal(state_of(who, day(2026, 7, 1)), RIGHTS_CLOSED);
	assert_int_equal(feeding_ask(&f, CELL, who, day(2026, 6, 30), "OPTI",
	    "", "").until_day, day(2026, 6, 30));
	who = number('m', 3);	/* would have begun later: never was */
	assert_int_equal(state_of(who, day(2026, 9, 1)), RIGHTS_CLOSED);
	s = full(day(2026, 7, 1), l, 1);
	counts(&s, 0, 0, 1, 0);
	assert_int_equal(feeding_count(&f, "SELECT count(*) FROM rights"), 2);
}

static void test_the_feeds_own_day_is_the_first_without(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	struct feed_state s;

	(void)state;
	l[0].to_day = day(2026, 7, 1);
	l[1].from_day = day(2026, 7, 1);
	(void)full(day(2026, 1, 1), l, 2);
	s = full(day(2026, 7, 1), NULL, 0);
	counts(&s, 0, 0, 0, 2);
	assert_int_equal(
	    state_of(number('m', 1), day(2026, 6, 30)), RIGHTS_COVERED);
	assert_int_equal(
	    state_of(number('m', 1), day(2026, 7, 1)), RIGHTS_CLOSED);
	assert_int_equal(
	    state_of(number('m', 2), day(2026, 7, 1)), RIGHTS_CLOSED);
	assert_int_equal(feeding_count(&f, "SELECT count(*) FROM rights"), 1);
}

static void test_rights_over_before_the_feed_stay_history(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(1)};
	struct feed_state s;

	(void)state;
	l[1].from_day = day(2027, 1, 1);
	l[1].to_day = day(2027, 12, 31);
	(void)full(day(2026, 1, 1), &l[0], 1);
	s = full(day(2027, 1, 1), &l[1], 1);
	counts(&s, 1, 0, 0, 0);
	assert_int_equal(
	    state_of(number('m', 1), day(2026, 12, 31)), RIGHTS_COVERED);
	assert_int_equal(
	    state_of(number('m', 1), day(2027, 1, 1)), RIGHTS_COVERED);
}

static void test_an_early_closure_and_its_repeal(void **state)
{
	struct feed_line l = feeding_line(1);
	struct feed_state s;
	uint64_t who;

	(void)state;
	(void)full(day(2026, 1, 1), &l, 1);
	who = number('m', 1);
	l.closed_day = day(2026, 5, 15);
	s = delta(day(2026, 5, 1), &l, 1);
	counts(&s, 0, 1, 0, 0);
	assert_int_equal(state_of(who, day(2026, 5, 15)), RIGHTS_COVERED);
	assert_int_equal(state_of(who, day(2026, 5, 16)), RIGHTS_CLOSED);
	l.closed_day = 0;
	s = delta(day(2026, 5, 2), &l, 1);
	counts(&s, 0, 1, 0, 0);
	assert_int_equal(state_of(who, day(2026, 5, 16)), RIGHTS_COVERED);
	l.closed_day = l.from_day - 1;	/* it never began */
	(void)delta(day(2026, 5, 3), &l, 1);
	assert_int_equal(state_of(who, day(2026, 1, 1)), RIGHTS_CLOSED);
}

static void test_changes_leave_the_others_alone(void **state)
{
	struct feed_line l[3] = {
	    feeding_line(1), feeding_line(2), feeding_line(3)};
	struct feed_state s;

	(void)state;
	(void)full(day(2026, 1, 1), l, 2);
	l[1].domains[0].level = span_str("BR400");
	s = delta(day(2026, 2, 1), &l[1], 2);
	counts(&s, 1, 1, 0, 0);
	assert_int_equal(
	    state_of(number('m', 1), day(2026, 6, 1)), RIGHTS_COVERED);
	assert_true(span_is(feeding_ask(&f, CELL, number('m', 2),
	    day(2026, 6, 1), "OPTI", "", "").level, "BR400"));
	assert_int_equal(
	    state_of(number('m', 3), day(2026, 6, 1)), RIGHTS_COVERED);
}

static void test_past_answers_follow_what_is_known_today(void **state)
{
	struct feed_line l = feeding_line(1);

	(void)state;
	(void)full(day(2026, 1, 1), &l, 1);
	l.domains[0].level = span_str("BR100");	/* was wrong all the time */
	(void)full(day(2026, 8, 1), &l, 1);
	assert_true(span_is(feeding_ask(&f, CELL, number('m', 1),
	    day(2026, 2, 1), "OPTI", "", "").level, "BR100"));
}

/* ---- tags ---- */

static void test_a_card_that_left_the_feed_is_nobodys(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(1)};
	uint64_t who;

	(void)state;
	feeding_add_card(&l[0], 1);
	feeding_add_card(&l[1], 2);
	(void)full(day(2026, 1, 1), &l[0], 1);
	who = number('c', 1);
	assert_true(who != 0 && number('c', 2) == 0);
	(void)full(day(2026, 2, 1), &l[1], 1);
	assert_int_equal(number('c', 1), 0);
	assert_true(number('c', 2) == who && number('m', 1) == who);
	(void)full(day(2026, 3, 1), &l[0], 1);	/* found again */
	assert_true(number('c', 1) == who);
	assert_int_equal(number('c', 2), 0);
}

static void test_cards_on_two_lines_both_stay(void **state)
{
	struct feed_line l[3] = {
	    feeding_line(1), feeding_line(2), feeding_line(1)};

	(void)state;
	feeding_add_card(&l[0], 1);
	l[2].contract = span_str("C2");
	feeding_add_card(&l[2], 2);
	(void)full(day(2026, 1, 1), l, 3);
	(void)full(day(2026, 1, 2), l, 3);
	assert_true(number('c', 1) && number('c', 1) == number('c', 2));
	(void)full(day(2026, 1, 3), l, 2);
	assert_true(number('c', 1) != 0);
	assert_int_equal(number('c', 2), 0);
}

static void test_changes_add_cards_and_take_none(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(1)};

	(void)state;
	feeding_add_card(&l[0], 1);
	feeding_add_card(&l[1], 2);
	(void)full(day(2026, 1, 1), &l[0], 1);
	(void)delta(day(2026, 1, 2), &l[1], 1);
	assert_true(number('c', 1) && number('c', 1) == number('c', 2));
}

static void test_former_members_keep_all_but_cards(void **state)
{
	struct feed_line l = feeding_line(1);
	uint64_t who;

	(void)state;
	feeding_add_tag(&l, 'n', 1);
	feeding_add_card(&l, 1);
	(void)full(day(2026, 1, 1), &l, 1);
	who = number('m', 1);
	(void)full(day(2026, 7, 1), NULL, 0);
	assert_int_equal(number('c', 1), 0);
	assert_true(number('m', 1) == who && number('n', 1) == who);
	assert_int_equal(state_of(who, day(2026, 6, 30)), RIGHTS_COVERED);
	assert_int_equal(state_of(who, day(2026, 7, 1)), RIGHTS_CLOSED);
}

/* The new version's tags meet nobody but for the old ref, sent along. */
static void test_a_new_key_version_keeps_the_numbers(void **state)
{
	struct feed_line l[3], turned[3];
	uint64_t who[3];
	struct feed_state s;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		l[i] = feeding_line(i + 1);
		turned[i] = l[i];
		turned[i].tag_count = 1;
		feeding_add_tag(&turned[i], 'R', i + 1);
		feeding_add_tag(&turned[i], 'M', i + 1);
	}
	(void)full(day(2026, 1, 1), l, 3);
	for (unsigned i = 0; i < 3; i++)
		who[i] = number('m', i + 1);
	s = full(day(2026, 2, 1), turned, 3);
	counts(&s, 0, 0, 3, 0);
	assert_int_equal(s.persons_new, 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(number('M', i + 1) == who[i]);
		assert_int_equal(number('m', i + 1), 0);
	}
}

static void test_a_tag_twice_in_a_line_is_one(void **state)
{
	struct feed_line l = feeding_line(1);

	(void)state;
	feeding_add_tag(&l, 'm', 1);
	feeding_add_card(&l, 1);
	feeding_add_card(&l, 1);
	(void)full(day(2026, 1, 1), &l, 1);
	assert_true(number('c', 1) == number('m', 1));
	assert_int_equal(	/* ref, member, card, number */
	    feeding_count(&f, "SELECT count(*) FROM alias"), 4);
}

static void test_too_many_tags_of_one_person(void **state)
{
	struct feed_line l = feeding_line(1);
	struct feed_state s;
	unsigned n = 0;

	(void)state;
	(void)full(day(2026, 1, 1), &l, 1);
	do {
		l = feeding_line(1);
		feeding_add_card(&l, ++n);
		s = delta(day(2026, 1, 1), &l, 1);
	} while (s.outcome == FEED_COMMITTED);
	undone(&s, "too-many-tags", 1);
	assert_int_equal(n, HINTS_MAX - 2 + 1);
	assert_true(number('c', n - 1) != 0);
	l = feeding_line(1);
	(void)full(day(2026, 1, 2), &l, 1);	/* makes room again */
	feeding_add_card(&l, 900);
	s = delta(day(2026, 1, 3), &l, 1);
	assert_int_equal(s.outcome, FEED_COMMITTED);
}

/* Two levels whose covers have the same 32-bit print. */
static void find_alike(char a[LIMIT_LEVEL], char b[LIMIT_LEVEL])
{
	/* the last print of each 20 leading bits, and its value */
	static uint32_t prints[1 << 20], values[1 << 20];
	struct feed_line l = feeding_line(1);
	uint32_t print = 1, value = 0, slot = 0;
	struct buf text;

	buf_init(&text, COVER_TEXT_MAX);
	while (prints[slot] != print) {
		prints[slot] = print;
		values[slot] = value++;
		/* spread: FNV alone tells numbers in a row apart */
		(void)snprintf(b, LIMIT_LEVEL, "%08X%08X",
		    value * 2654435761u, value * 40503u);
		l.domains[0].level = span_str(b);
		buf_clear(&text);
		assert_int_equal(cover_pack(&l, &text), ERR_OK);
		print = cover_print(buf_span(&text));
		slot = print >> 12;
	}
	buf_release(&text);
	value = values[slot] + 1;
	(void)snprintf(a, LIMIT_LEVEL, "%08X%08X", value * 2654435761u,
	    value * 40503u);
	assert_string_not_equal(a, b);
}

static void test_covers_of_one_print_are_told_apart(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	char a[LIMIT_LEVEL], b[LIMIT_LEVEL];

	(void)state;
	find_alike(a, b);
	l[0].domains[0].level = span_str(a);
	l[1].domains[0].level = span_str(b);
	for (int i = 0; i < 2; i++) {
		(void)full(day(2026, 1, 1), l, 2);
		assert_true(span_is(feeding_ask(&f, CELL, number('m', 1),
		    day(2026, 6, 1), "OPTI", "", "").level, a));
		assert_true(span_is(feeding_ask(&f, CELL, number('m', 2),
		    day(2026, 6, 1), "OPTI", "", "").level, b));
	}
	assert_int_equal(feeding_count(&f, "SELECT count(*) FROM cover"), 2);
}

/* ---- errors of the insurer's file ---- */

static void test_a_line_that_meets_two_persons(void **state)
{
	struct feed_line l[3] = {
	    feeding_line(1), feeding_line(2), feeding_line(3)};
	struct feed_state s;

	(void)state;
	(void)full(day(2026, 1, 1), l, 2);
	l[2].line = 77;
	l[2].tag_count = 0;
	feeding_add_tag(&l[2], 'm', 1);
	feeding_add_tag(&l[2], 'm', 2);
	l[0].domains[0].level = span_str("BR999");
	s = full(day(2026, 1, 2), l, 3);
	undone(&s, "two-persons", 77);
	assert_int_equal(s.generation, 1);
	assert_true(span_is(feeding_ask(&f, CELL, number('m', 1),
	    day(2026, 6, 1), "OPTI", "", "").level, "BR200"));
}

/* Twins under one rank: the same member number, birth date and rank. */
static void test_one_feed_gives_a_person_one_handle(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	struct feed_state s;

	(void)state;
	feeding_tag(l[1].tags[1], 'm', 1);
	s = full(day(2026, 1, 1), l, 2);
	undone(&s, "two-refs", 2);
	(void)full(day(2026, 1, 1), l, 1);
	s = full(day(2026, 1, 1), l, 2);
	undone(&s, "two-refs", 2);
	l[0].line = 3;
	s = delta(day(2026, 1, 1), &l[1], 1);	/* alone: a new reference */
	assert_int_equal(s.outcome, FEED_COMMITTED);
	assert_int_equal(s.persons_new, 0);
}

/* Filed twice by mistake: once the wrong file is closed, its tags may go
 * over to the right one. */
static void test_somebody_gone_gives_his_tags_away(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	struct feed_line both = feeding_line(1);
	struct feed_state s;
	uint64_t kept, gone;

	(void)state;
	feeding_add_tag(&both, 'm', 2);
	(void)full(day(2026, 1, 1), l, 2);
	kept = number('m', 1);
	gone = number('m', 2);
	s = full(day(2026, 2, 1), &both, 1);
	undone(&s, "two-persons", 1);
	(void)full(day(2026, 2, 3), l, 1);	/* the second one ends */
	s = full(day(2026, 2, 3), &both, 1);
	assert_int_equal(s.outcome, FEED_COMMITTED);
	assert_true(number('m', 1) == kept && number('m', 2) == kept);
	assert_true(number('r', 2) == gone);	/* his history stays his */
	assert_int_equal(state_of(gone, day(2026, 2, 2)), RIGHTS_COVERED);
}

static void test_who_has_rights_today_is_not_gone(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	struct feed_line both = feeding_line(1);
	struct feed_state s;

	(void)state;
	feeding_add_tag(&both, 'm', 2);
	l[1].closed_day = day(2026, 2, 1);
	(void)full(day(2026, 1, 1), l, 2);
	s = delta(day(2026, 2, 1), &both, 1);
	undone(&s, "two-persons", 1);
	s = delta(day(2026, 2, 2), &both, 1);
	assert_int_equal(s.outcome, FEED_COMMITTED);
}

static void test_two_lines_about_one_right(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(1)};
	struct feed_state s = full(day(2026, 1, 1), l, 2);

	(void)state;
	counts(&s, 1, 0, 1, 0);	/* the very same twice: harmless */
	l[1].to_day--;
	l[1].line = 2;
	s = full(day(2026, 1, 1), l, 2);
	undone(&s, "twice", 2);
	s = delta(day(2026, 1, 1), l, 2);
	undone(&s, "twice", 2);
}

static void test_too_many_rights_of_one_person(void **state)
{
	struct feed_line l[RIGHT_MOST + 1];
	struct feed_state s;

	(void)state;
	for (unsigned i = 0; i <= RIGHT_MOST; i++) {
		l[i] = feeding_line(1);
		l[i].line = i + 1;
		l[i].from_day += (int32_t)i;
	}
	s = full(day(2026, 1, 1), l, RIGHT_MOST + 1);
	undone(&s, "too-many-rights", RIGHT_MOST + 1);
	s = full(day(2026, 1, 1), l, RIGHT_MOST);
	counts(&s, RIGHT_MOST, 0, 0, 0);
	assert_int_equal(
	    state_of(number('m', 1), day(2026, 6, 1)), RIGHTS_COVERED);
}

static void test_a_wrong_line_is_named(void **state)
{
	struct feed_line l[3] = {
	    feeding_line(11), feeding_line(12), feeding_line(13)};
	struct feed_state s;

	(void)state;
	l[1].to_day = l[1].from_day - 1;
	s = full(day(2026, 1, 1), l, 3);
	undone(&s, "period", 12);
	assert_int_equal(number('m', 11), 0);
	l[1] = feeding_line(12);
	l[1].domain_count = 2;
	l[1].domains[1] = l[1].domains[0];
	s = full(day(2026, 1, 1), l, 3);
	undone(&s, "domains", 12);
}

/* What the sender's own pack would refuse, byte by byte. */
static void test_a_value_out_of_range_is_the_lines_fault(void **state)
{
	struct feed_line l = feeding_line(31);
	struct feed_state s;
	struct buf b;

	(void)state;
	(void)feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 1));
	buf_init(&b, LIMIT_DATAGRAM);
	feed_line_pack(&l, &b);
	assert_int_equal(b.err, ERR_OK);
	b.p[4] = RIGHTS_TAGS_FED + 1;
	assert_int_equal(intake_lines(f.intake, buf_span(&b)), ERR_OK);
	buf_release(&b);
	while (!intake_answer(f.intake, &s))
		assert_int_equal(intake_step(f.intake), ERR_OK);
	undone(&s, "range", 31);
}

static void test_lines_cut_short_are_the_senders_fault(void **state)
{
	struct feed_line l = feeding_line(1);
	struct buf b;
	enum err e;

	(void)state;
	buf_init(&b, LIMIT_DATAGRAM);
	feed_line_pack(&l, &b);
	for (size_t n = 1; n < b.n; n++) {
		(void)feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 1));
		assert_int_equal(
		    intake_lines(f.intake, span_of(b.p, n)), ERR_OK);
		e = ERR_OK;
		while (!e && intake_busy(f.intake))
			e = intake_step(f.intake);
		assert_int_equal(e, ERR_SHAPE);
		feeding_crash(&f);	/* as the vault does */
		feeding_rest(&f);
	}
	buf_release(&b);
}

/* ---- the protocol ---- */

static void test_an_older_feed_is_refused(void **state)
{
	struct feed_line l = feeding_line(1);
	struct feed_state s;

	(void)state;
	(void)full(day(2026, 3, 1), &l, 1);
	s = feeding_begin(&f, CELL, FEED_FULL, day(2026, 2, 28));
	undone(&s, "older", 0);
	s = feeding_begin(&f, CELL, FEED_DELTA, day(2026, 2, 28));
	undone(&s, "older", 0);
	s = full(day(2026, 3, 1), &l, 1);
	counts(&s, 0, 0, 1, 0);
	s = feeding_begin(&f, CELL, FEED_FULL, INT32_MAX);
	undone(&s, "day", 0);
}

static void test_lines_and_end_need_a_feed(void **state)
{
	struct feed_line l = feeding_line(1);
	struct feed_state s;

	(void)state;
	s = feeding_lines(&f, &l, 1);
	undone(&s, "no-feed", 0);
	s = feeding_end(&f, true);
	undone(&s, "no-feed", 0);
	s = feeding_end(&f, false);
	undone(&s, "", 0);
	(void)full(day(2026, 1, 1), &l, 1);
	s = feeding_end(&f, true);	/* a second end */
	undone(&s, "no-feed", 0);
	assert_true(number('m', 1) != 0);
}

static void test_one_message_at_a_time(void **state)
{
	struct feed_begin b = {.cell = CELL, .kind = FEED_FULL, .version = 1};
	struct feed_state s;

	(void)state;
	assert_int_equal(intake_begin(f.intake, &b), ERR_OK);
	assert_int_equal(intake_begin(f.intake, &b), ERR_STATE);
	assert_int_equal(
	    intake_lines(f.intake, span_of(NULL, 0)), ERR_STATE);
	assert_int_equal(intake_end(f.intake, true), ERR_STATE);
	while (!intake_answer(f.intake, &s))
		assert_int_equal(intake_step(f.intake), ERR_OK);
	assert_int_equal(s.outcome, FEED_GOES_ON);
	assert_false(intake_answer(f.intake, &s));
	(void)feeding_end(&f, false);
}

static void test_a_new_beginning_undoes_the_open_feed(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	struct feed_state s;

	(void)state;
	(void)full(day(2026, 1, 1), l, 1);
	(void)feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 2));
	(void)feeding_lines(&f, &l[1], 1);
	s = feeding_begin(&f, CELL + 1, FEED_FULL, day(2026, 1, 2));
	assert_int_equal(s.outcome, FEED_GOES_ON);
	assert_int_equal(s.lines, 0);
	(void)feeding_lines(&f, &l[1], 1);
	s = feeding_end(&f, true);
	counts(&s, 1, 0, 0, 0);
	assert_int_equal(number('m', 2), 0);
	assert_true(number('m', 1) != 0);
	assert_true(feeding_number(&f, CELL + 1, 'm', 2) != 0);
}

static void test_nothing_shows_before_the_end(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	uint64_t who;

	(void)state;
	feeding_add_card(&l[0], 1);
	(void)full(day(2026, 1, 1), l, 1);
	who = number('m', 1);
	l[0].domains[0].level = span_str("BR900");
	l[0].tag_count--;		/* without the card */
	l[0].card_count--;
	l[0].handle = span_str("new");
	(void)feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 2));
	(void)feeding_lines(&f, l, 2);
	assert_int_equal(number('m', 2), 0);
	assert_true(number('c', 1) == who);
	assert_true(span_is(feeding_ask(&f, CELL, who, day(2026, 6, 1),
	    "OPTI", "", "").level, "BR200"));
	(void)feeding_end(&f, false);
	assert_true(number('c', 1) == who);
	assert_int_equal(number('m', 2), 0);
}

static void test_a_generation_rolled_back_is_not_kept(void **state)
{
	struct cell_row row;
	uint32_t generation = 9;

	(void)state;
	feeding_rest(&f);
	assert_int_equal(roll_write(&f.roll), ERR_OK);
	assert_int_equal(roll_cell(&f.roll, CELL, &row), ERR_OK);
	row.generation = 3;
	assert_int_equal(roll_put_cell(&f.roll, &row), ERR_OK);
	assert_int_equal(
	    roll_generation(&f.roll, CELL, &generation), ERR_OK);
	assert_int_equal(generation, 3);
	roll_rollback(&f.roll);
	assert_int_equal(
	    roll_generation(&f.roll, CELL, &generation), ERR_OK);
	assert_int_equal(generation, 0);
}

/* ---- crashes and a full disk ---- */

/* Steps until the answer is there; false: no step of *left is left. */
static bool answered(unsigned *left, struct feed_state *ret)
{
	while (!intake_answer(f.intake, ret)) {
		if (*left == 0)
			return false;
		(*left)--;
		assert_int_equal(intake_step(f.intake), ERR_OK);
	}
	return true;
}

/* A whole feed in one message, for so many steps. */
static bool feed_for(unsigned left, const struct feed_line *lines,
    unsigned count, struct feed_state *ret)
{
	struct feed_begin begin = {.cell = CELL, .kind = FEED_FULL,
		.version = 1, .effective_day = day(2026, 2, 1)};
	bool done;
	struct buf b;

	assert_int_equal(intake_begin(f.intake, &begin), ERR_OK);
	if (!answered(&left, ret))
		return false;
	buf_init(&b, LIMIT_DATAGRAM);
	for (unsigned i = 0; i < count; i++)
		feed_line_pack(&lines[i], &b);
	assert_int_equal(intake_lines(f.intake, buf_span(&b)), ERR_OK);
	buf_release(&b);
	done = answered(&left, ret);
	if (done)
		assert_int_equal(intake_end(f.intake, true), ERR_OK);
	return done && answered(&left, ret);
}

/* At each single step of a feed that does everything. */
static void test_a_crash_at_each_step_leaves_the_state_before(void **state)
{
	struct feed_line l[30], next[30];
	struct feed_state s;
	unsigned steps = 0;
	bool committed;
	uint64_t who;

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		l[i] = feeding_line(i + 1);
		next[i] = feeding_line(i + 3);
		next[i].to_day -= 10;
		feeding_add_card(&l[i], i + 1);
		feeding_add_card(&next[i], i + 100);
	}
	(void)full(day(2026, 1, 1), l, 30);
	who = number('c', 5);
	do {
		committed = feed_for(steps++, next, 30, &s);
		feeding_crash(&f);
		if (!committed) {
			assert_true(number('c', 5) == who);
			assert_int_equal(number('m', 32), 0);
			assert_int_equal(feeding_ask(&f, CELL, who,
			    day(2026, 2, 1), "OPTI", "", "").until_day,
			    day(2026, 12, 31));
		}
		feeding_rest(&f);
		feeding_assert_tidy(&f);
	} while (!committed);
	counts(&s, 2, 28, 0, 2);
	assert_int_equal(number('c', 5), 0);
	assert_true(number('c', 102) == who);
	assert_true(steps > 15);
	print_message("# %u steps\n", steps);
}

/* RLIMIT_FSIZE stands for a disk that takes no more. */
static void set_file_limit(rlim_t bytes)
{
	struct rlimit now;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
	now.rlim_cur = bytes ? bytes : now.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

static struct feed_state step_to_answer(bool *ret_failed)
{
	struct feed_state s;

	*ret_failed = false;
	while (!intake_answer(f.intake, &s)) {
		assert_true(intake_busy(f.intake));
		if (intake_step(f.intake))
			*ret_failed = true;
	}
	return s;
}

static void test_a_full_disk_undoes_the_feed_and_no_more(void **state)
{
	static struct feed_line l[900];
	struct feed_state s;
	struct buf b;
	bool failed = false;
	uint64_t who;

	(void)state;
	for (unsigned i = 0; i < 900; i++)
		l[i] = feeding_line(i + 1 < 900 ? i + 1 : 0);
	(void)full(day(2026, 1, 1), l, 1);
	who = number('m', 1);
	(void)feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 1));
	(void)signal(SIGXFSZ, SIG_IGN);
	set_file_limit(150000);
	buf_init(&b, LIMIT_DATAGRAM);
	for (unsigned i = 0; i < 600; i++)
		feed_line_pack(&l[i], &b);
	assert_int_equal(b.err, ERR_OK);
	assert_int_equal(intake_lines(f.intake, buf_span(&b)), ERR_OK);
	buf_release(&b);
	s = step_to_answer(&failed);
	assert_true(failed);
	undone(&s, "store", 0);
	assert_true(number('m', 1) == who);	/* questions go on */
	assert_int_equal(number('m', 2), 0);
	assert_int_equal(state_of(who, day(2026, 6, 1)), RIGHTS_COVERED);
	set_file_limit(0);
	s = full(day(2026, 1, 1), l, 900);
	counts(&s, 899, 0, 1, 0);
	assert_true(number('m', 1) == who);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_an_answer_says_level_period_and_order),
		T(test_each_state_has_its_reason),
		T(test_new_year_turns_at_midnight),
		T(test_the_first_insurer_that_covers_answers),
		T(test_of_two_alike_the_later_then_the_lesser_answers),
		T(test_all_aliases_must_meet_one_person),
		T(test_cells_do_not_meet),
		T(test_nobody_takes_the_same_way),
		T(test_a_number_is_given_once_and_positive),
		T(test_a_person_on_two_contracts_is_one_number),
		T(test_number_and_handle_survive_everything),
		T(test_handles_of_nobody_are_empty),
		T(test_a_new_handle_takes_the_place_of_the_old),
		T(test_one_feed_gives_a_person_one_handle),
		T(test_the_same_feed_twice_changes_nothing),
		T(test_lines_that_left_end_the_day_before),
		T(test_the_feeds_own_day_is_the_first_without),
		T(test_rights_over_before_the_feed_stay_history),
		T(test_an_early_closure_and_its_repeal),
		T(test_changes_leave_the_others_alone),
		T(test_past_answers_follow_what_is_known_today),
		T(test_a_card_that_left_the_feed_is_nobodys),
		T(test_cards_on_two_lines_both_stay),
		T(test_changes_add_cards_and_take_none),
		T(test_former_members_keep_all_but_cards),
		T(test_a_new_key_version_keeps_the_numbers),
		T(test_a_tag_twice_in_a_line_is_one),
		T(test_too_many_tags_of_one_person),
		T(test_covers_of_one_print_are_told_apart),
		T(test_a_line_that_meets_two_persons),
		T(test_somebody_gone_gives_his_tags_away),
		T(test_who_has_rights_today_is_not_gone),
		T(test_two_lines_about_one_right),
		T(test_too_many_rights_of_one_person),
		T(test_a_wrong_line_is_named),
		T(test_a_value_out_of_range_is_the_lines_fault),
		T(test_lines_cut_short_are_the_senders_fault),
		T(test_an_older_feed_is_refused),
		T(test_lines_and_end_need_a_feed),
		T(test_one_message_at_a_time),
		T(test_a_new_beginning_undoes_the_open_feed),
		T(test_nothing_shows_before_the_end),
		T(test_a_generation_rolled_back_is_not_kept),
		T(test_a_crash_at_each_step_leaves_the_state_before),
		T(test_a_full_disk_undoes_the_feed_and_no_more),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
