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
#include "rights/cases.h"

#define LINES 24
#define PEOPLE 40
#define LATER 39	/* who comes with the feed behind the one that fails */

enum kind { BEGIN, COMMIT, STEP, RUN, SETTLE };

static struct {
	enum kind kind;
	unsigned nth, row;	/* from there on so many fail */
	unsigned count;
	bool on;
	enum err error;
	bool met;
} fails;

enum err __real_store_begin(struct store *s, enum store_mode mode);
enum err __wrap_store_begin(struct store *s, enum store_mode mode);
enum err __real_store_commit(struct store *s);
enum err __wrap_store_commit(struct store *s);
enum err __real_store_step(struct store_stmt *q);
enum err __wrap_store_step(struct store_stmt *q);
enum err __real_store_run(struct store_stmt *q);
enum err __wrap_store_run(struct store_stmt *q);
enum err __real_store_settle(struct store *s);
enum err __wrap_store_settle(struct store *s);

static enum err fail_of(enum kind kind)
{
	unsigned at = fails.count;

	if (fails.kind != kind || !fails.on)
		return ERR_OK;
	fails.count++;
	if (at < fails.nth || at >= fails.nth + fails.row)
		return ERR_OK;
	fails.met = true;
	return fails.error;
}

enum err __wrap_store_begin(struct store *s, enum store_mode mode)
{
	enum err e = mode == STORE_WRITE ? fail_of(BEGIN) : ERR_OK;

	return e ? e : __real_store_begin(s, mode);
}

enum err __wrap_store_commit(struct store *s)
{
	enum err e = fail_of(COMMIT);

	if (!e)
		return __real_store_commit(s);
	store_rollback(s);
	return e;
}

enum err __wrap_store_step(struct store_stmt *q)
{
	enum err e = fail_of(STEP);

	return e ? e : __real_store_step(q);
}

enum err __wrap_store_run(struct store_stmt *q)
{
	enum err e = fail_of(RUN);

	if (!e)
		return __real_store_run(q);
	store_reset(q);
	return e;
}

enum err __wrap_store_settle(struct store *s)
{
	enum err e = fail_of(SETTLE);

	return e ? e : __real_store_settle(s);
}

/* --- two feeds and one behind them --- */

static struct {
	struct feed_line was[LINES], is[LINES], later;
	uint64_t who[PEOPLE];
} t;

static void make_lines(void)
{
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
	struct feed_state s = full(day(2026, 1, 1), t.was, LINES);

	counts(&s, LINES, 0, 0, 0);
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

static struct feed_state take(void)
{
	struct feed_begin b = {.cell = CELL, .kind = FEED_FULL,
		.version = 1, .effective_day = day(2026, 2, 1)};
	struct feed_state s;
	struct buf lines;

	assert_int_equal(intake_begin(f.intake, &b), ERR_OK);
	s = wait();
	if (s.outcome != FEED_GOES_ON)
		return s;
	buf_init(&lines, LIMIT_DATAGRAM);
	for (unsigned i = 0; i < LINES; i++)
		feed_line_pack(&t.is[i], &lines);
	assert_int_equal(intake_lines(f.intake, buf_span(&lines)), ERR_OK);
	buf_release(&lines);
	s = wait();
	if (s.outcome != FEED_GOES_ON)
		return s;
	assert_int_equal(intake_end(f.intake, true), ERR_OK);
	return wait();
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
			fail_msg("kind %d, call %u, %u in a row: person %u: "
			    "%llx, not %llx", fails.kind, fails.nth,
			    fails.row, i, (unsigned long long)seen[i],
			    (unsigned long long)want[i]);
}

static void again(void)
{
	feeding_close(&f);
	feeding_open(&f, 42);
	begin_anew();
}

/* With the feed that comes behind: if the one before was undone, and if not. */
static void learn(uint64_t without[PEOPLE], uint64_t with[PEOPLE])
{
	again();
	take_later();
	look(without);
	again();
	assert_int_equal(take().outcome, FEED_COMMITTED);
	rest();
	take_later();
	look(with);
}

static void try_all(enum kind kind, unsigned row, enum err error)
{
	uint64_t without[PEOPLE], with[PEOPLE];
	unsigned undone = 0, committed = 0;
	bool met = true;

	make_lines();
	learn(without, with);
	for (unsigned n = 0; met; n++) {
		struct feed_state s;

		again();
		fails.kind = kind;
		fails.nth = n;
		fails.row = row;
		fails.error = error;
		fails.count = 0;
		fails.met = false;
		fails.on = true;
		s = take();
		rest();
		fails.on = false;
		met = fails.met;
		take_later();
		assert_seen(s.outcome == FEED_COMMITTED ? with : without);
		undone += s.outcome != FEED_COMMITTED;
		committed += s.outcome == FEED_COMMITTED;
	}
	print_message("# undone %u, committed %u\n", undone, committed);
	assert_true(committed > 0);
}

static void test_a_transaction_that_does_not_begin(void **state)
{
	(void)state;
	try_all(BEGIN, 1, ERR_STATE);
}

static void test_a_commit_that_fails(void **state)
{
	(void)state;
	try_all(COMMIT, 1, ERR_FULL);
}

static void test_commits_that_fail_for_a_while(void **state)
{
	(void)state;
	try_all(COMMIT, 3, ERR_IO);
}

static void test_a_row_that_is_not_written(void **state)
{
	(void)state;
	try_all(RUN, 1, ERR_FULL);
}

static void test_rows_that_are_not_written_for_a_while(void **state)
{
	(void)state;
	try_all(RUN, 4, ERR_IO);
}

static void test_a_row_that_is_not_read(void **state)
{
	(void)state;
	try_all(STEP, 1, ERR_IO);
}

static void test_a_log_that_is_not_moved(void **state)
{
	(void)state;
	try_all(SETTLE, 1, ERR_FULL);
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
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
