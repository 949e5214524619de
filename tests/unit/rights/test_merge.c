/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a feed changes, rule by rule (docs/feed-rules.md). The random ones are
 * in test_model.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rights/cases.h"
#include "store/backend.h"

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
	rows = feeding_aliases(&f);
	s = full(day(2026, 1, 1), l, 20);
	counts(&s, 0, 0, 20, 0);
	assert_int_equal(s.persons_new, 0);
	assert_int_equal(s.generation, 2);
	assert_int_equal(
	    feeding_aliases(&f), rows);
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
	    feeding_aliases(&f), 4);
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

static void test_covers_of_one_print_are_told_apart(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	char a[LIMIT_LEVEL], b[LIMIT_LEVEL];

	(void)state;
	covers_alike(a, b);
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

/* Its covers were found by their prints. */
static void test_a_store_of_before_keeps_its_covers(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	struct feed_state s;

	(void)state;
	l[1].domains[0].level = span_str("BR300");
	(void)full(day(2026, 1, 1), l, 2);
	assert_int_equal(f.roll.store->back->define(f.roll.store,
	    "DROP INDEX cover_text;"
	    "ALTER TABLE cover ADD COLUMN print :int NOT NULL DEFAULT 7;"
	    "CREATE INDEX cover_print ON cover (cell, print);"
	    "DELETE FROM migration WHERE number = 5"), ERR_OK);
	feeding_crash(&f);
	s = full(day(2026, 1, 2), l, 2);
	counts(&s, 0, 0, 2, 0);
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

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		T(test_a_store_of_before_keeps_its_covers),
		T(test_a_line_that_meets_two_persons),
		T(test_somebody_gone_gives_his_tags_away),
		T(test_who_has_rights_today_is_not_gone),
		T(test_two_lines_about_one_right),
		T(test_too_many_rights_of_one_person),
		T(test_a_wrong_line_is_named),
		T(test_a_value_out_of_range_is_the_lines_fault),
		T(test_lines_cut_short_are_the_senders_fault),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
