/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol of a feed, crashes at each of its steps, a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>
#include "rights/cases.h"
#include "rights/line.h"

/* Whatever fails meanwhile. */
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

/* One message of lines may come before the answer to the last, and no more. */
static void test_one_message_of_lines_ahead(void **state)
{
	struct feed_line l = feeding_line(1);
	struct feed_state s;
	struct buf b;

	(void)state;
	(void)feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 1));
	buf_init(&b, LIMIT_DATAGRAM);
	feed_line_pack(&l, &b);
	assert_int_equal(intake_lines(f.intake, buf_span(&b)), ERR_OK);
	assert_int_equal(intake_lines(f.intake, buf_span(&b)), ERR_OK);
	assert_int_equal(intake_lines(f.intake, buf_span(&b)), ERR_STATE);
	buf_release(&b);
	feeding_rest(&f);
	assert_true(intake_answer(f.intake, &s));
	assert_int_equal(s.lines, 1);
	feeding_rest(&f);
	assert_true(intake_answer(f.intake, &s));
	assert_int_equal(s.lines, 2);
	assert_false(intake_answer(f.intake, &s));
	s = feeding_end(&f, true);
	counts(&s, 1, 0, 1, 0);
}

static struct feed_state begin_as(uint8_t id, int64_t made_ms, uint8_t version)
{
	struct feed_begin b = {.cell = CELL, .kind = FEED_FULL,
		.version = version, .effective_day = day(2026, 1, 1),
		.made_ms = made_ms, .id = {id}};
	struct feed_state s;

	assert_int_equal(intake_begin(f.intake, &b), ERR_OK);
	feeding_rest(&f);
	assert_true(intake_answer(f.intake, &s));
	return s;
}

/* The very feed that stands is there already; one made before it, or another
 * of the same moment, would set the book back. */
static void test_a_feed_carried_again(void **state)
{
	struct feed_line l = feeding_line(1);
	struct feed_state s = begin_as(1, 1000, 1);

	(void)state;
	assert_int_equal(s.outcome, FEED_GOES_ON);
	(void)feeding_lines(&f, &l, 1);
	s = feeding_end(&f, true);
	counts(&s, 1, 0, 0, 0);
	s = begin_as(1, 1000, 1);
	assert_int_equal(s.outcome, FEED_ALREADY);
	s = begin_as(2, 1000, 1);
	undone(&s, "replayed", 0);
	s = begin_as(1, 999, 1);
	undone(&s, "replayed", 0);
	s = begin_as(2, 1, 1);
	undone(&s, "replayed", 0);
	/* the same, for tags of a new key */
	s = begin_as(1, 1000, 2);
	assert_int_equal(s.outcome, FEED_GOES_ON);
	s = feeding_end(&f, false);
	undone(&s, "", 0);
	s = begin_as(2, 1001, 1);
	assert_int_equal(s.outcome, FEED_GOES_ON);
	s = begin_as(2, 1001, 1);	/* which never ended */
	assert_int_equal(s.outcome, FEED_GOES_ON);
	(void)feeding_end(&f, false);
	assert_true(number('m', 1) != 0);
}

/* The first and the last day of the calendar, and those beside them. */
static void test_a_feed_of_no_day_we_know(void **state)
{
	struct feed_state s;

	(void)state;
	s = feeding_begin(&f, CELL, FEED_FULL, LINE_DAY_FIRST - 1);
	undone(&s, "day", 0);
	s = feeding_begin(&f, CELL, FEED_FULL, LINE_DAY_LAST + 1);
	undone(&s, "day", 0);
	s = feeding_begin(&f, CELL, FEED_FULL, LINE_DAY_FIRST);
	assert_int_equal(s.outcome, FEED_GOES_ON);
	s = feeding_begin(&f, CELL, FEED_FULL, LINE_DAY_LAST);
	assert_int_equal(s.outcome, FEED_GOES_ON);
	(void)feeding_end(&f, false);
}

/* Who is gone is said by changes alone, and by the tag of his reference. */
static void test_lines_that_bring_no_right(void **state)
{
	struct feed_line l = feeding_line(1);
	struct feed_state s;

	(void)state;
	(void)full(day(2026, 1, 1), &l, 1);
	l.kind = FEED_LINE_GONE;
	l.tag_count = 1;
	s = full(day(2026, 1, 2), &l, 1);
	undone(&s, "kind", 1);
	s = delta(day(2026, 1, 2), &l, 1);
	undone(&s, "kind", 1);
	l.card_count = 1;
	s = feeding_whole(&f, CELL, FEED_CHANGES, day(2026, 1, 2), &l, 1);
	undone(&s, "tags", 1);
	l.card_count = 0;
	l.tag_count = 2;
	s = feeding_whole(&f, CELL, FEED_CHANGES, day(2026, 1, 2), &l, 1);
	undone(&s, "tags", 1);
	assert_int_equal(state_of(number('m', 1), day(2026, 2, 1)),
	    RIGHTS_COVERED);
	l.tag_count = 1;
	s = feeding_whole(&f, CELL, FEED_CHANGES, day(2026, 1, 2), &l, 1);
	counts(&s, 0, 0, 0, 1);
	assert_int_equal(state_of(number('m', 1), day(2026, 2, 1)),
	    RIGHTS_CLOSED);
}

/* A feed that may leave out lines, with so many sound and so many wrong, of
 * two reasons by turns. */
static struct feed_state with_faults(unsigned sound, unsigned wrong)
{
	static struct feed_line l[400];
	struct feed_state s;

	assert_true(sound + wrong <= 400);
	for (unsigned i = 0; i < sound + wrong; i++) {
		l[i] = feeding_line(i);
		if (i < sound)
			continue;
		if (i % 2)
			l[i].order = 0;
		else
			l[i].contract = span_str("");
	}
	f.keep_going = true;
	s = full(day(2026, 1, 1), l, sound + wrong);
	f.keep_going = false;
	return s;
}

static void test_a_feed_with_too_many_faults(void **state)
{
	struct feed_state s;

	(void)state;
	s = with_faults(209, 21);	/* more than one in ten */
	undone(&s, "too-many-faults", 0);
	assert_int_equal(s.kept_count, 0);
	assert_int_equal(number('m', 1), 0);
	s = with_faults(1, 20);		/* so few are always left out */
	counts(&s, 1, 0, 0, 0);
	s = with_faults(210, 21);
	counts(&s, 209, 0, 1, 0);
	assert_int_equal(number('m', 210), 0);
}

/* Each line left out is counted under its reason, and the first are named. */
static void test_lines_left_out_are_told(void **state)
{
	struct feed_state s;

	(void)state;
	s = with_faults(340, 50);
	assert_int_equal(s.outcome, FEED_UNDONE);
	s = with_faults(300, 30);
	counts(&s, 300, 0, 0, 0);
	assert_int_equal(s.kept_count, 2);
	assert_true(span_is(s.kept[0].reason, "contract"));
	assert_true(span_is(s.kept[1].reason, "order"));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(s.kept[i].count, 15);
		assert_int_equal(s.kept[i].line_count, 15);
		assert_int_equal(s.kept[i].lines[14], 328 + i);
	}
}

/* More of them than are named. */
static void test_more_lines_left_out_than_are_named(void **state)
{
	static struct feed_line l[400];
	struct feed_state s;

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		l[i] = feeding_line(i);
		l[i].order = i < 25 ? 0 : 1;
	}
	f.keep_going = true;
	s = full(day(2026, 1, 1), l, 400);
	f.keep_going = false;
	counts(&s, 375, 0, 0, 0);
	assert_int_equal(s.kept_count, 1);
	assert_int_equal(s.kept[0].count, 25);
	assert_int_equal(s.kept[0].line_count, FEED_KEPT_LINES);
	assert_int_equal(s.kept[0].lines[FEED_KEPT_LINES - 1], 19);
}

/* A store that knows less of its covers than stand in it is damaged: that is
 * no fault of a line, which keep_going would leave out. */
static void test_a_cover_that_stands_is_no_lines_fault(void **state)
{
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	struct feed_state s;
	bool failed = false;
	struct buf b;

	(void)state;
	(void)full(day(2026, 1, 1), l, 1);
	assert_int_equal(feeding_count(&f, "UPDATE cell SET next_cover = 1"
	    " RETURNING next_cover"), 1);
	l[1].domains[0].level = span_str("BR900");
	f.keep_going = true;
	(void)feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 1));
	f.keep_going = false;
	buf_init(&b, LIMIT_DATAGRAM);
	feed_line_pack(&l[1], &b);
	assert_int_equal(intake_lines(f.intake, buf_span(&b)), ERR_OK);
	buf_release(&b);
	s = step_to_answer(&failed);
	assert_true(failed);
	undone(&s, "store", 0);
	assert_true(number('m', 1) != 0);
}

/* So many persons as aliases can name, ever: the next one is not taken for
 * another. */
static void test_a_cell_that_had_all_persons(void **state)
{
	struct feed_line l[3] = {feeding_line(1), feeding_line(2),
		feeding_line(3)};
	bool failed = false;
	struct feed_state s;

	(void)state;
	(void)full(day(2026, 1, 1), l, 1);
	assert_int_equal(feeding_count(&f, "UPDATE cell SET next_person ="
	    " 4294967295 RETURNING next_person"), UINT32_MAX);
	s = delta(day(2026, 1, 1), &l[1], 1);
	counts(&s, 1, 0, 0, 0);
	assert_true(number('m', 2) != 0);
	(void)feeding_begin(&f, CELL, FEED_DELTA, day(2026, 1, 1));
	(void)feeding_lines(&f, &l[2], 1);
	assert_int_equal(intake_end(f.intake, true), ERR_OK);
	s = step_to_answer(&failed);
	assert_true(failed);
	undone(&s, "store", 0);
	feeding_rest(&f);
	assert_int_equal(number('m', 3), 0);
	assert_true(number('m', 1) != 0 && number('m', 1) != number('m', 2));
}

/* Who may wait does not stop a feed at work, nor does work that is not there. */
static void test_a_feed_yields_when_it_waits(void **state)
{
	struct feed_line l = feeding_line(1);
	struct feed_state s;
	struct buf b;

	(void)state;
	feeding_rest(&f);
	assert_int_equal(intake_step(f.intake), ERR_OK);
	feeding_rest(&f);
	assert_false(intake_has_feed(f.intake));
	assert_int_equal(intake_yield(f.intake), ERR_OK);
	f.pace.commit_steps = 99;
	feeding_crash(&f);
	(void)feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 1));
	buf_init(&b, LIMIT_DATAGRAM);
	feed_line_pack(&l, &b);
	assert_int_equal(intake_lines(f.intake, buf_span(&b)), ERR_OK);
	buf_release(&b);
	assert_int_equal(intake_yield(f.intake), ERR_OK);
	assert_true(store_busy(f.roll.store));	/* lines are not read yet */
	feeding_rest(&f);
	assert_true(intake_answer(f.intake, &s));
	assert_int_equal(intake_yield(f.intake), ERR_OK);
	assert_false(store_busy(f.roll.store));
	s = feeding_end(&f, true);
	counts(&s, 1, 0, 0, 0);
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

/* One more would be generation 0: rows of it would show while they are
 * staged, and none behind the feed's end. */
static void test_the_last_generation_stays(void **state)
{
	struct feed_line l = feeding_line(1);
	struct cell_row row;
	struct feed_begin b = {.cell = CELL, .kind = FEED_FULL, .version = 1,
		.effective_day = day(2026, 1, 2)};
	struct feed_state s;

	(void)state;
	(void)full(day(2026, 1, 1), &l, 1);
	feeding_rest(&f);
	assert_int_equal(roll_write(&f.roll), ERR_OK);
	assert_int_equal(roll_cell(&f.roll, CELL, &row), ERR_OK);
	row.generation = UINT32_MAX;
	assert_int_equal(roll_put_cell(&f.roll, &row), ERR_OK);
	assert_int_equal(roll_commit(&f.roll), ERR_OK);
	assert_int_equal(intake_begin(f.intake, &b), ERR_OK);
	while (!intake_answer(f.intake, &s))
		(void)!intake_step(f.intake);
	undone(&s, "store", 0);
	assert_true(number('m', 1) != 0);
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

/* ---- a cell that grows ---- */

#define WERE 9
#define COME 120

static uint64_t statements(struct feed_line *l, unsigned count)
{
	uint64_t before = store_runs(f.roll.store);
	struct feed_state s = feeding_lines(&f, l, count);

	assert_int_equal(s.outcome, FEED_GOES_ON);
	return store_runs(f.roll.store) - before;
}

/* Who is new to a small cell is told without asking the table, and who is not
 * keeps his number. */
static void test_a_cell_that_grows_is_known_by_heart(void **state)
{
	struct feed_line l[WERE + COME];
	uint64_t who[WERE], first, later;
	struct feed_state s;

	(void)state;
	for (unsigned i = 0; i < WERE + COME; i++)
		l[i] = feeding_line(i);
	(void)full(day(2026, 1, 1), l, WERE);
	for (unsigned i = 0; i < WERE; i++)
		who[i] = number('m', i);
	s = feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 2));
	assert_int_equal(s.outcome, FEED_GOES_ON);
	first = statements(&l[WERE], 2);
	for (unsigned i = 2; i < COME - 2; i += 2)
		(void)statements(&l[WERE + i], 2);
	later = statements(&l[WERE + COME - 2], 2);
	/* two tags and a number of each were asked for, or nearly none */
	assert_true(later + 5 <= first);
	s = feeding_lines(&f, l, WERE);
	assert_int_equal(s.outcome, FEED_GOES_ON);
	s = feeding_end(&f, true);
	counts(&s, COME, 0, WERE, 0);
	for (unsigned i = 0; i < WERE; i++)
		assert_true(number('m', i) == who[i]);
	feeding_assert_tidy(&f);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_an_older_feed_is_refused),
		T(test_lines_and_end_need_a_feed),
		T(test_one_message_at_a_time),
		T(test_one_message_of_lines_ahead),
		T(test_a_feed_carried_again),
		T(test_a_feed_of_no_day_we_know),
		T(test_lines_that_bring_no_right),
		T(test_a_feed_with_too_many_faults),
		T(test_lines_left_out_are_told),
		T(test_more_lines_left_out_than_are_named),
		T(test_a_cover_that_stands_is_no_lines_fault),
		T(test_a_cell_that_had_all_persons),
		T(test_a_feed_yields_when_it_waits),
		T(test_a_new_beginning_undoes_the_open_feed),
		T(test_nothing_shows_before_the_end),
		T(test_a_generation_rolled_back_is_not_kept),
		T(test_the_last_generation_stays),
		T(test_a_crash_at_each_step_leaves_the_state_before),
		T(test_a_full_disk_undoes_the_feed_and_no_more),
		T(test_a_cell_that_grows_is_known_by_heart),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
