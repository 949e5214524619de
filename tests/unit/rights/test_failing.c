/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: whichever call of the store fails while a feed is taken, in whatever
 * place of it, the answer is true: undone, and the next feed begins from what
 * was there before; or committed, and nothing of it is lacking.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "failing.h"
#include "failing_store.h"
#include "rights/cases.h"

#define LINES 24
#define PEOPLE 40
#define LATER 39	/* who comes with the feed behind the one that fails */

/* --- two feeds and one behind them --- */

static struct {
	struct feed_line was[LINES], is[LINES], later;
	unsigned was_count, is_count;
	enum feed_kind kind;		/* of the feed that fails */
	bool keep_going;
	unsigned kept_out;		/* lines that it leaves out */
	uint64_t who[PEOPLE];
} t;

static void make_lines(void)
{
	memset(&t, 0, sizeof(t));
	t.was_count = t.is_count = LINES;
	t.kind = FEED_FULL;
	for (unsigned i = 0; i < LINES; i++) {
		t.was[i] = feeding_line(i);
		t.is[i] = feeding_line(i + 3);
		feeding_add_card(&t.was[i], i);
		feeding_add_card(&t.is[i], i % 2 ? i + 3 : i + 100);
		if (i % 3 == 0)
			t.is[i].to_day -= 10;
		if (i % 5 == 0)
			t.is[i].handle = span_str("another");
	}
	/* 20's rights are long over: his member number goes to somebody new */
	t.was[20].to_day = t.was[20].from_day;
	t.is[17] = feeding_line(30);
	feeding_tag(t.is[17].tags[1], 'm', 20);
	t.later = feeding_line(LATER);
}

static struct feed_line bare(unsigned n, enum feed_line_kind kind)
{
	struct feed_line l = feeding_line(n);

	l.kind = (uint8_t)kind;
	l.tag_count = 1;
	return l;
}

/* Persons that change, stay or are gone, and two lines that are left out. */
static void make_changes(void)
{
	make_lines();
	t.was_count = t.is_count = 12;
	t.kind = FEED_CHANGES;
	t.keep_going = true;
	t.kept_out = 2;
	t.is[3] = bare(1, FEED_LINE_STAYS);
	t.is[4] = bare(2, FEED_LINE_GONE);
	t.is[5].order = 0;
	t.is[6] = bare(3, FEED_LINE_GONE);	/* the first line lists him */
	/* somebody gives up his card, and a tag is joined */
	t.is[7].joins[0][0] = 1;
	t.is[7].join_count = 1;
	feeding_tag(t.is[7].joins[0], 'm', 10);
}

/* Three were there, and so many come that memory has no room for their tags;
 * the table's are learnt. */
static void make_growth(void)
{
	make_lines();
	t.was_count = 3;
	t.is_count = 20;
	for (unsigned i = 0; i < t.is_count; i++)
		t.is[i] = feeding_line(i + 2);
}

/* What is asked about a person, as one number. */
static uint64_t answer_of(unsigned i)
{
	uint64_t who = number('m', i);
	struct answer_facts a =
	    feeding_ask(&f, CELL, who, day(2026, 2, 5), "OPTI", "", "");

	return (uint64_t)a.state << 32 | (uint32_t)a.until_day |
	    (uint64_t)(number('c', i) != 0) << 40 |
	    (uint64_t)(number('r', i) != 0) << 41 |
	    (uint64_t)(who != 0) << 42 |
	    (uint64_t)(who == t.who[i]) << 43;
}

static void look(uint64_t out[PEOPLE])
{
	for (unsigned i = 0; i < PEOPLE; i++)
		out[i] = answer_of(i);
}

static void begin_anew(void)
{
	struct feed_state s = full(day(2026, 1, 1), t.was, t.was_count);

	counts(&s, t.was_count, 0, 0, 0);
	for (unsigned i = 0; i < PEOPLE; i++)
		t.who[i] = number('m', i);
}

/* Until the answer is there, whatever fails meanwhile. */
static struct feed_state wait(void)
{
	struct feed_state s;

	while (!intake_answer(f.intake, &s)) {
		assert_true(intake_busy(f.intake));
		assert_true(intake_step(f.intake) != ERR_SHAPE);
	}
	return s;
}

static struct feed_state lines_of_it(struct span lines)
{
	struct feed_state s = {.outcome = FEED_UNDONE,
		.reason = span_str("store")};

	if (!intake_lines(f.intake, lines))
		return wait();
	/* no memory: a vault ends here */
	assert_true(failing_end());
	feeding_crash(&f);
	return s;
}

static struct feed_state take(struct span lines)
{
	struct feed_begin b = {.cell = CELL, .kind = (uint8_t)t.kind,
		.version = 1, .effective_day = day(2026, 2, 1),
		.keep_going = t.keep_going};
	struct feed_state s;

	assert_int_equal(intake_begin(f.intake, &b), ERR_OK);
	s = wait();
	if (s.outcome != FEED_GOES_ON)
		return s;
	s = lines_of_it(lines);
	if (s.outcome != FEED_GOES_ON)
		return s;
	assert_int_equal(intake_end(f.intake, true), ERR_OK);
	return wait();
}

static void pack(struct buf *lines)
{
	buf_init(lines, LIMIT_DATAGRAM);
	for (unsigned i = 0; i < t.is_count; i++)
		feed_line_pack(&t.is[i], lines);
	assert_int_equal(lines->err, ERR_OK);
}

/* All the work that is left, whatever fails meanwhile. */
static void rest(void)
{
	while (intake_busy(f.intake))
		assert_true(intake_step(f.intake) != ERR_SHAPE);
}

static void take_later(void)
{
	struct feed_state s = delta(day(2026, 2, 1), &t.later, 1);

	counts(&s, 1, 0, 0, 0);
	feeding_assert_tidy(&f);
}

static void assert_seen(const uint64_t want[PEOPLE])
{
	uint64_t seen[PEOPLE];

	look(seen);
	for (unsigned i = 0; i < PEOPLE; i++)
		if (seen[i] != want[i])
			fail_msg("person %u: %llx, not %llx", i,
			    (unsigned long long)seen[i],
			    (unsigned long long)want[i]);
}

static void again(void)
{
	feeding_close(&f);
	feeding_open(&f, 42);
	begin_anew();
}

/* With the feed that comes behind: if the one before was undone, and if not. */
static void learn(
    struct span lines, uint64_t without[PEOPLE], uint64_t with[PEOPLE])
{
	again();
	take_later();
	look(without);
	again();
	assert_int_equal(take(lines).outcome, FEED_COMMITTED);
	rest();
	take_later();
	look(with);
}

/* Of that many in a row, the store's or the system's. */
struct failure {
	bool calls;		/* of the kernel and of memory */
	unsigned kind, stride, row;
	int error;
};

static void set(const struct failure *w, unsigned n)
{
	if (w->calls)
		failing_set((enum failing_kind)w->kind, (int)n, w->error);
	else
		failing_store_set((enum failing_store_kind)w->kind, n, w->row,
		    (enum err)w->error);
}

static unsigned kept_out(const struct feed_state *s)
{
	unsigned all = 0;

	for (unsigned i = 0; i < s->kept_count; i++)
		all += (unsigned)s->kept[i].count;
	return all;
}

/* What is heard is what became of it, and why. */
static void try_each(const struct failure *w)
{
	uint64_t without[PEOPLE], with[PEOPLE];
	unsigned undone_count = 0, committed = 0;
	bool met = true;
	struct buf lines;

	pack(&lines);
	learn(buf_span(&lines), without, with);
	for (unsigned n = 0; met; n += w->stride) {
		struct feed_state s;

		again();
		set(w, n);
		s = take(buf_span(&lines));
		rest();
		met = w->calls ? failing_end() : failing_store_end();
		if (s.outcome == FEED_COMMITTED)
			assert_int_equal(kept_out(&s), t.kept_out);
		else
			undone(&s, "store", 0);
		take_later();
		assert_seen(s.outcome == FEED_COMMITTED ? with : without);
		undone_count += s.outcome != FEED_COMMITTED;
		committed += s.outcome == FEED_COMMITTED;
	}
	buf_release(&lines);
	print_message("# undone %u, committed %u\n", undone_count, committed);
	assert_true(committed > 0);
}

/* Every stride-th call of that kind, and so many behind it. */
static void try_all(enum failing_store_kind kind, unsigned stride,
    unsigned row, enum err error)
{
	const struct failure w = {false, kind, stride, row, (int)error};

	make_lines();
	try_each(&w);
}

static void test_a_transaction_that_does_not_begin(void **state)
{
	(void)state;
	try_all(FAILING_STORE_BEGIN, 1, 1, ERR_STATE);
}

static void test_a_commit_that_fails(void **state)
{
	(void)state;
	try_all(FAILING_STORE_COMMIT, 1, 1, ERR_FULL);
}

static void test_commits_that_fail_for_a_while(void **state)
{
	(void)state;
	try_all(FAILING_STORE_COMMIT, 2, 3, ERR_IO);
}

static void test_a_row_that_is_not_written(void **state)
{
	(void)state;
	try_all(FAILING_STORE_RUN, 1, 1, ERR_FULL);
}

static void test_rows_that_are_not_written_for_a_while(void **state)
{
	(void)state;
	try_all(FAILING_STORE_RUN, 5, 4, ERR_IO);
}

static void test_a_row_that_is_not_read(void **state)
{
	(void)state;
	try_all(FAILING_STORE_STEP, 3, 1, ERR_IO);
}

static void test_a_log_that_is_not_moved(void **state)
{
	(void)state;
	try_all(FAILING_STORE_SETTLE, 4, 1, ERR_FULL);
}

/* The store's own refusal is no fault of a line, which would be left out. */
static void test_changes_that_fail(void **state)
{
	static const struct failure w[] = {
		{false, FAILING_STORE_STEP, 1, 1, ERR_REFUSED},
		{false, FAILING_STORE_RUN, 1, 1, ERR_REFUSED}};

	(void)state;
	for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++) {
		make_changes();
		try_each(&w[i]);
	}
}

static void test_a_cell_that_grows_and_fails(void **state)
{
	static const struct failure w[] = {
		{false, FAILING_STORE_BEGIN, 1, 1, ERR_STATE},
		{false, FAILING_STORE_STEP, 1, 1, ERR_IO},
		{true, FAILING_OPEN, 1, 1, EMFILE},
		{true, FAILING_READ, 1, 1, EIO},
		{true, FAILING_WRITE, 1, 1, ENOSPC},
		{true, FAILING_MEMORY, 1, 1, ENOMEM}};

	(void)state;
	for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++) {
		make_growth();
		try_each(&w[i]);
	}
}

/* It had heard that it goes on; with its next message it hears why not. */
static void test_a_feed_lost_while_it_waits(void **state)
{
	struct feed_line l = feeding_line(1);
	struct feed_state s;

	(void)state;
	f.pace.commit_steps = 99;
	feeding_crash(&f);
	(void)feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 1));
	(void)feeding_lines(&f, &l, 1);
	failing_store_set(FAILING_STORE_COMMIT, 0, 1, ERR_FULL);
	assert_int_equal(intake_yield(f.intake), ERR_FULL);
	assert_true(failing_store_end());
	s = feeding_lines(&f, &l, 1);
	undone(&s, "store", 0);
	s = feeding_end(&f, true);
	undone(&s, "store", 0);
	s = full(day(2026, 1, 1), &l, 1);
	counts(&s, 1, 0, 0, 0);
	s = feeding_end(&f, true);
	undone(&s, "no-feed", 0);
}

/* What fails behind a commit does not take back its answer. */
static void test_a_commit_that_nobody_fetched_stays(void **state)
{
	struct feed_line l = feeding_line(1);
	struct cell_row row = {0};
	struct feed_state s;

	(void)state;
	(void)feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 1));
	(void)feeding_lines(&f, &l, 1);
	assert_int_equal(intake_end(f.intake, true), ERR_OK);
	while (row.generation == 0) {
		assert_int_equal(intake_step(f.intake), ERR_OK);
		assert_int_equal(roll_cell(&f.roll, CELL, &row), ERR_OK);
	}
	failing_store_set(FAILING_STORE_STEP, 0, 1, ERR_IO);
	rest();
	assert_true(failing_store_end());
	assert_true(intake_answer(f.intake, &s));
	counts(&s, 1, 0, 0, 0);
	s = delta(day(2026, 1, 1), &l, 1);
	counts(&s, 0, 0, 1, 0);
}

/* --- questions --- */

/* Nobody becomes a stranger, or loses his rights, because a row was not read:
 * the question fails. */
static void test_an_answer_is_right_or_none(void **state)
{
	struct rights_resolve asked = {.cell = CELL, .count = 1,
		.older_count = 1};
	struct rights_do about = {.cell = CELL, .purpose = RIGHTS_ESTIMATE,
		.domain = span_str("OPTI")};
	bool met = true;

	(void)state;
	make_lines();
	begin_anew();
	feeding_tag(asked.tags[0], 'm', 900);
	feeding_tag(asked.older[0][0], 'm', 7);
	about.number = t.who[7];
	about.care_day = day(2026, 2, 5);
	for (unsigned n = 0; met; n++) {
		struct rights_handle who = {CELL, t.who[7]};
		uint8_t handle[LIMIT_HANDLE];
		struct answer_facts facts;
		uint64_t number = 0;
		size_t len = 0;
		enum err e;

		memset(f.roll.kept, 0, sizeof(f.roll.kept));
		failing_store_set(FAILING_STORE_STEP, n, 1, ERR_IO);
		e = lookup_resolve(&f.lookup, &asked, &number);
		assert_true(e || number == t.who[7]);
		if (!e)
			e = lookup_facts(&f.lookup, &about, &facts);
		assert_true(e || (facts.state == RIGHTS_COVERED &&
		    facts.since_day == day(2026, 1, 1)));
		if (!e)
			e = lookup_handle(&f.lookup, &who, handle, &len);
		assert_true(e || len == t.was[7].handle.n);
		met = failing_store_end();
		assert_int_equal(e != ERR_OK, met);
	}
}

/* --- covers that a mutuelle makes up --- */

/* Each line a cover of its own, of one print or not. */
static void make_covers(char levels[][LIMIT_LEVEL], struct feed_line *l,
    unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		l[i] = feeding_line(i);
		(void)snprintf(levels[i], LIMIT_LEVEL, "L%u", i);
		l[i].domains[0].level = span_str(levels[i]);
	}
}

static void test_more_covers_than_a_feed_may_name_are_refused(void **state)
{
	char levels[5][LIMIT_LEVEL];
	struct feed_line l[5];
	struct feed_state s;

	(void)state;
	f.pace.covers = 4;
	feeding_crash(&f);
	make_covers(levels, l, 5);
	s = full(day(2026, 1, 1), l, 5);
	undone(&s, "too-many-covers", 4);
	assert_int_equal(feeding_count(&f, "SELECT count(*) FROM cover"), 0);
	s = full(day(2026, 1, 1), l, 4);
	counts(&s, 4, 0, 0, 0);
	/* those of other feeds do not count, those named again do */
	s = delta(day(2026, 1, 2), &l[4], 1);
	counts(&s, 1, 0, 0, 0);
	s = full(day(2026, 1, 2), l, 5);
	undone(&s, "too-many-covers", 4);
	s = full(day(2026, 1, 2), l, 4);
	counts(&s, 0, 0, 4, 1);
}

static int64_t most_gone, left;

static void count_covers(struct feeding *feeding, void *ctx)
{
	int64_t now = feeding_count(feeding, "SELECT count(*) FROM cover");

	(void)ctx;
	if (left - now > most_gone)
		most_gone = left - now;
	left = now;
}

/* Questions are answered between two steps: none undoes all of them. */
static void test_covers_are_undone_step_by_step(void **state)
{
	static char levels[90][LIMIT_LEVEL];
	static struct feed_line l[90];

	(void)state;
	make_covers(levels, l, 90);
	(void)feeding_begin(&f, CELL, FEED_FULL, day(2026, 1, 1));
	(void)feeding_lines(&f, l, 90);
	most_gone = left = 0;
	f.between = count_covers;
	(void)feeding_end(&f, false);
	feeding_rest(&f);
	f.between = NULL;
	assert_int_equal(left, 0);
	assert_true(most_gone > 0);
	assert_true(most_gone <= f.pace.sweep_rows + 1);
}

/* Two covers of one print: neither is met on the way to the other. */
static void test_a_cover_is_found_at_once(void **state)
{
	char a[LIMIT_LEVEL], b[LIMIT_LEVEL];
	struct feed_line l[2] = {feeding_line(1), feeding_line(2)};
	struct buf text;
	int64_t id = 0;

	(void)state;
	covers_alike(a, b);
	l[0].domains[0].level = span_str(a);
	l[1].domains[0].level = span_str(b);
	(void)full(day(2026, 1, 1), l, 2);
	buf_init(&text, COVER_TEXT_MAX);
	for (unsigned i = 0; i < 2; i++) {
		buf_clear(&text);
		assert_int_equal(cover_pack(&l[i], &text), ERR_OK);
		failing_store_set(FAILING_STORE_STEP, 0, 0, ERR_IO);
		assert_int_equal(cover_sql_find(
		    &f.roll.cover, CELL, buf_span(&text), &id), ERR_OK);
		assert_false(failing_store_end());
		assert_int_equal(failing_store_calls(), 1);
		assert_int_equal(id, i + 1);
	}
	buf_release(&text);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_transaction_that_does_not_begin),
		T(test_a_commit_that_fails),
		T(test_commits_that_fail_for_a_while),
		T(test_a_row_that_is_not_written),
		T(test_rows_that_are_not_written_for_a_while),
		T(test_a_row_that_is_not_read),
		T(test_a_log_that_is_not_moved),
		T(test_changes_that_fail),
		T(test_a_cell_that_grows_and_fails),
		T(test_a_feed_lost_while_it_waits),
		T(test_a_commit_that_nobody_fetched_stays),
		T(test_an_answer_is_right_or_none),
		T(test_more_covers_than_a_feed_may_name_are_refused),
		T(test_covers_are_undone_step_by_step),
		T(test_a_cover_is_found_at_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
