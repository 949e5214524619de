/* SPDX-License-Identifier: Apache-2.0 */
/* Questions: which answer, whose number. (docs/feed-rules.md) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "rights/cases.h"

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

/* Who is billed first, who next; what does not cover is not in the list. */
static void test_all_that_cover_stand_in_order(void **state)
{
	static const char *const levels[] = {"TM", "BR200"};
	struct feed_line l[5] = {feeding_line(1), feeding_line(1),
	    feeding_line(1), feeding_line(1), feeding_line(1)};
	const struct answer_facts *next;
	struct answer_facts a;

	(void)state;
	l[0].order = 3;
	l[0].contract = span_str("C3");
	l[0].domains[0].level = span_str("BR300");
	l[1].order = 2;
	l[2].contract = span_str("C1B");
	l[2].domains[0].level = span_str("TM");
	l[2].domains[0].authorization = 1;
	l[3].order = 4;
	l[3].contract = span_str("C4");
	l[4].contract = span_str("C5");
	l[4].domains[0].code = span_str("DESO");
	(void)full(day(2026, 1, 1), l, 5);
	a = feeding_ask(
	    &f, CELL, number('m', 1), day(2026, 6, 1), "OPTI", "", "");
	next = &a;
	for (unsigned i = 0; i < ANSWER_MOST; i++) {
		assert_non_null(next);
		assert_int_equal(next->state, RIGHTS_COVERED);
		assert_int_equal(next->order, i + 1);
		assert_true(span_is(next->level, levels[i]));
		assert_int_equal(next->authorization, i == 0);
		next = next->next;
	}
	assert_null(next);	/* the third is one too many */
	a = feeding_ask(
	    &f, CELL, number('m', 1), day(2026, 6, 1), "DESO", "", "");
	assert_true(span_is(a.contract, "C5"));
	assert_null(a.next);
	a = feeding_ask(
	    &f, CELL, number('m', 1), day(2026, 6, 1), "HOSP", "", "");
	assert_int_equal(a.state, RIGHTS_NOT_COVERED);
	assert_null(a.next);
}

static void test_another_route_is_told(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(1)};
	struct answer_facts a;

	(void)state;
	l[0].convention = span_str("BF");
	l[0].csr = span_str("E01");
	l[1].contract = span_str("C2");
	l[1].order = 2;
	l[1].convention = span_str("IS");
	(void)full(day(2026, 1, 1), l, 2);
	a = feeding_ask(
	    &f, CELL, number('m', 1), day(2026, 6, 1), "OPTI", "VM", "");
	assert_int_equal(a.state, RIGHTS_OTHER_ROUTE);
	assert_true(span_is(a.convention, "BF"));	/* the first insurer's */
	assert_true(span_is(a.csr, "E01"));
	a = feeding_ask(
	    &f, CELL, number('m', 1), day(2026, 6, 1), "OPTI", "IS", "");
	assert_int_equal(a.state, RIGHTS_COVERED);
	assert_int_equal(a.convention.n + a.csr.n, 0);
	assert_int_equal(a.order, 2);
	assert_null(a.next);	/* the other one is on another route */
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

/* A turn: the next full feed shows new tags, and joins by the old ones. */
static void test_older_tags_find_who_has_no_newer(void **state)
{
	struct feed_line was[2] = {feeding_line(1), feeding_line(2)}, now;
	struct rights_resolve asked = {.cell = CELL, .count = 1,
	    .older_count = 1};
	uint64_t first, second, n = 0;

	(void)state;
	(void)full(day(2026, 1, 1), was, 2);
	first = number('m', 1);
	second = number('m', 2);
	/* 1 is fed with tags that nobody knows; 2 has left */
	now = feeding_line(1);
	now.tag_count = 0;
	feeding_add_tag(&now, 'M', 1);
	now.join_count = 2;
	feeding_tag(now.joins[0], 'x', 9);
	feeding_tag(now.joins[1], 'm', 1);
	(void)full(day(2026, 2, 1), &now, 1);
	assert_true(number('M', 1) == first);
	assert_int_equal(number('m', 1), 0);	/* joins are not kept */
	assert_true(number('m', 2) == second);	/* who left is as he was */
	feeding_tag(asked.tags[0], 'M', 2);
	feeding_tag(asked.older[0][0], 'm', 2);
	assert_int_equal(lookup_resolve(&f.lookup, &asked, &n), ERR_OK);
	assert_true(n == second);
	/* the newer ones come first */
	feeding_tag(asked.tags[0], 'M', 1);
	assert_int_equal(lookup_resolve(&f.lookup, &asked, &n), ERR_OK);
	assert_true(n == first);
	/* 2 comes back under new tags, and is himself */
	now = feeding_line(2);
	now.tag_count = 0;
	feeding_add_tag(&now, 'M', 2);
	now.join_count = 1;
	feeding_tag(now.joins[0], 'm', 2);
	(void)delta(day(2026, 3, 1), &now, 1);
	assert_true(number('M', 2) == second);
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

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_an_answer_says_level_period_and_order),
		T(test_all_that_cover_stand_in_order),
		T(test_another_route_is_told),
		T(test_each_state_has_its_reason),
		T(test_new_year_turns_at_midnight),
		T(test_the_first_insurer_that_covers_answers),
		T(test_of_two_alike_the_later_then_the_lesser_answers),
		T(test_older_tags_find_who_has_no_newer),
		T(test_all_aliases_must_meet_one_person),
		T(test_cells_do_not_meet),
		T(test_nobody_takes_the_same_way),
		T(test_a_number_is_given_once_and_positive),
		T(test_a_person_on_two_contracts_is_one_number),
		T(test_number_and_handle_survive_everything),
		T(test_handles_of_nobody_are_empty),
		T(test_a_new_handle_takes_the_place_of_the_old),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
