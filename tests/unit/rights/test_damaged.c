/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what is damaged in a store is never somebody else or another's cover:
 * a question about it fails, and a feed that meets it is undone, however many
 * lines it may leave out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "rights/cases.h"

enum {
	RESOLVE = 1,	/* who has that tag? */
	FACTS = 2,	/* what is he covered for? */
	HANDLE = 4,	/* how does his mutuelle name him? */
	CHANGE = 8,	/* a feed with a line of his that changed */
	LEAVE = 16,	/* a feed without him */
	ALL = 31
};

static const struct {
	const char *sql;	/* gives 1: a row was damaged */
	unsigned fails;
} damages[] = {
	{"SELECT 1", 0},
	{"UPDATE tags SET body = zeroblob(976) RETURNING 1",
	    ALL},
	{"UPDATE tags SET body = x'01' RETURNING 1", ALL},
	/* more rows than there is room for, of either kind */
	{"UPDATE tags SET body = CAST(x'012f' || substr(body, 3) AS BLOB)"
	    " RETURNING 1", ALL},
	{"UPDATE tags SET body = CAST(x'022e' || substr(body, 3) AS BLOB)"
	    " RETURNING 1", ALL},
	{"UPDATE tags SET first = zeroblob(17) RETURNING 1", CHANGE | LEAVE},
	{"UPDATE person SET handle = zeroblob(0) WHERE id = 1 RETURNING 1",
	    RESOLVE | HANDLE | CHANGE | LEAVE},
	{"UPDATE person SET handle = zeroblob(400) WHERE id = 1 RETURNING 1",
	    RESOLVE | HANDLE | CHANGE | LEAVE},
	{"UPDATE person SET hints = x'00' WHERE id = 1 RETURNING 1",
	    CHANGE | LEAVE},
	{"DELETE FROM person WHERE id = 1 RETURNING 1",
	    RESOLVE | HANDLE | CHANGE | LEAVE},
	{"UPDATE person SET number = 0 WHERE id = 1 RETURNING 1",
	    RESOLVE | HANDLE},
	{"UPDATE rights SET cover = 9 WHERE person = 1 RETURNING 1",
	    FACTS | CHANGE},
	{"UPDATE cover SET text = x'' RETURNING 1", FACTS},
	{"UPDATE cover SET text = CAST(text || x'00' AS BLOB) RETURNING 1",
	    FACTS},
};
#define COUNT (sizeof(damages) / sizeof(damages[0]))

static struct {
	uint64_t who;
	struct feed_line was[3];
} t;

static void begin(void)
{
	feeding_open(&f, 42);
	for (unsigned i = 0; i < 3; i++) {
		t.was[i] = feeding_line(i + 1);
		feeding_add_card(&t.was[i], i + 1);
	}
	(void)full(day(2026, 1, 1), t.was, 3);
	t.who = number('m', 1);
	assert_true(t.who != 0);
}

static unsigned ask_all(void)
{
	struct rights_resolve asked = {.cell = CELL, .count = 1};
	struct rights_do about = {.cell = CELL, .purpose = RIGHTS_READ,
		.number = t.who, .care_day = day(2026, 2, 5),
		.domain = span_str("OPTI")};
	struct rights_handle named = {CELL, t.who};
	uint8_t handle[LIMIT_HANDLE];
	struct answer_facts facts;
	uint64_t number = 0;
	unsigned failed = 0;
	size_t len = 0;

	feeding_tag(asked.tags[0], 'm', 1);
	if (lookup_resolve(&f.lookup, &asked, &number))
		failed |= RESOLVE;
	else
		assert_true(number == t.who || number == 0);
	if (lookup_facts(&f.lookup, &about, &facts))
		failed |= FACTS;
	else if (facts.state == RIGHTS_COVERED)
		assert_true(span_is(facts.level, "BR200"));
	if (lookup_handle(&f.lookup, &named, handle, &len))
		failed |= HANDLE;
	else if (len > 0)
		assert_true(span_equal(span_of(handle, len), t.was[0].handle));
	return failed;
}

/* Is the feed of these lines undone? */
static bool is_undone(const struct feed_line *lines, unsigned count)
{
	struct feed_begin b = {.cell = CELL, .kind = FEED_FULL,
		.version = 1, .effective_day = day(2026, 2, 1),
		.keep_going = true};
	struct feed_state s;
	struct buf out;

	buf_init(&out, LIMIT_DATAGRAM);
	for (unsigned i = 0; i < count; i++)
		feed_line_pack(&lines[i], &out);
	assert_int_equal(intake_begin(f.intake, &b), ERR_OK);
	for (unsigned step = 0; step < 3; step++) {
		while (!intake_answer(f.intake, &s)) {
			assert_true(intake_busy(f.intake));
			assert_true(intake_step(f.intake) != ERR_SHAPE);
		}
		if (s.outcome == FEED_UNDONE || step == 2)
			break;
		assert_int_equal(step == 0 ?
		    intake_lines(f.intake, buf_span(&out)) :
		    intake_end(f.intake, true), ERR_OK);
	}
	buf_release(&out);
	assert_int_equal(s.kept_count, 0);
	assert_true(s.outcome == FEED_COMMITTED || span_is(s.reason, "store"));
	return s.outcome == FEED_UNDONE;
}

/* 1 has another card and another last day. */
static bool change(void)
{
	struct feed_line l[3] = {t.was[0], t.was[1], t.was[2]};

	feeding_tag(l[0].tags[2], 'c', 100);
	l[0].contract = span_str("C2");
	return is_undone(l, 3);
}

static bool leave(void)
{
	return is_undone(&t.was[1], 2);
}

static void test_each_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		unsigned failed;

		begin();
		assert_int_equal(feeding_count(&f, damages[i].sql), 1);
		feeding_crash(&f);
		failed = ask_all() | (change() ? CHANGE : 0);
		feeding_close(&f);
		begin();
		assert_int_equal(feeding_count(&f, damages[i].sql), 1);
		failed |= leave() ? LEAVE : 0;
		feeding_close(&f);
		if (failed != damages[i].fails)
			fail_msg("%s: %x, not %x", damages[i].sql, failed,
			    damages[i].fails);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_damage),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
