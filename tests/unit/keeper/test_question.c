/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a question is decided, counted and written down before anything leaves
 * that it brought; whatever fails on the way, it is answered by a refusal or
 * the keeper stops, and an answer never leaves without its entry.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "failing.h"
#include "keeper/desk.h"

/* Does the answer at the gate hold this? Gives its status. */
static uint16_t answered(struct desk *d, const char *words)
{
	struct ask_answer a;

	if (!desk_answer(d, &a))
		return 0;
	if (!memmem(a.body.p, a.body.n, words, strlen(words)))
		fail_msg("%u: no %s: %.*s", a.status, words, (int)a.body.n,
		    (const char *)a.body.p);
	return a.status;
}

/* What came is read, up to the vault's answer; number 0: it knows nobody. */
static void go(struct desk *d, uint64_t number)
{
	const struct rights_done done =
	    desk_done("{\"resourceType\":\"CoverageEligibilityResponse\"");
	struct keeper *k = &d->k;
	struct slot *s;
	uint8_t type = 0;

	desk_reads(d);
	s = desk_told(d, &type);
	if (s && type == MSG_RESOLVE && !k->failed)
		decide_found(k, s, number);
	if (!k->failed)
		decide_commit(k);
	s = desk_told(d, &type);
	if (s && type == MSG_DO && !k->failed)
		reply_done(k, s, &done);
	gates_flush(k);
}

static void live(struct desk *d, struct desk_ask a, uint64_t number)
{
	desk_asks(d, a);
	go(d, number);
}

static void test_an_answer_has_its_entry(void **state)
{
	struct desk *d = *state;
	struct leaf l;

	live(d, desk_plain(), 77);
	assert_int_equal(answered(d, "CoverageEligibilityResponse"), 200);
	assert_null(desk_failed());
	assert_int_equal(book_size(d->k.book), 1);
	l = desk_leaf(d);
	assert_int_equal(l.kind, LEAF_ASKED);
	assert_int_equal(l.decision, LEAF_ANSWERED);
	assert_true(l.existed);
	assert_int_equal(slots_used(d->k.slots), 0);
	assert_int_equal(outstanding_released(d->k.outstanding), 1);
	live(d, desk_plain(), 0);
	assert_int_equal(answered(d, "CoverageEligibilityResponse"), 200);
	assert_false(desk_leaf(d).existed);
}

/* Whatever allocation fails on its way: refused, or the keeper stops; what was
 * answered is written down, and nothing is left in its slot. */
static void test_without_memory(void **state)
{
	int failures = 0, answers = 0;
	bool failed = true;

	(void)state;
	for (int n = 0; failed; n++) {
		struct desk *d = calloc(1, sizeof(*d));
		struct leaf l = {0};
		uint16_t status;

		desk_make(d);
		desk_asks(d, desk_plain());
		failing_set(FAILING_MEMORY, n, ENOMEM);
		go(d, 77);
		failed = failing_end();
		failures += failed;
		status = desk_status(d);
		if (book_size(d->k.book) > 0)
			l = desk_leaf(d);
		if (status == 200) {
			answers++;
			assert_int_equal(l.kind, LEAF_ASKED);
			assert_int_equal(l.decision, LEAF_ANSWERED);
		} else if (!desk_failed()) {
			assert_true(status == 0 || status >= 400);
			assert_int_equal(slots_used(d->k.slots), 0);
			/* nothing left, and that is what is written */
			assert_true(status == 0 || l.kind != LEAF_ASKED ||
			    l.decision != LEAF_ANSWERED);
		}
		desk_unmake(d);
		free(d);
	}
	print_message("# %d allocations failed\n", failures);
	assert_true(failures > 20 && answers > 0);
}

/* What each question that is not one is told, and whether it has an entry. */
static void test_questions_that_are_refused(void **state)
{
	struct desk *d = *state;
	static char other_domain[4096], nobody[4096];
	const struct desk_ask plain = desk_plain();
	struct row {
		struct desk_ask a;
		uint16_t status;
		const char *words;
		uint64_t entries;
	} rows[13];
	size_t n = 0;

	desk_body(other_domain, sizeof(other_domain), DESK_AMC, "OPTI", "1");
	desk_body(nobody, sizeof(nobody), "0000000009", "MED", "1");
#define ROW(status_, words_, entries_, ...) \
	do { \
		rows[n] = (struct row){plain, status_, words_, entries_}; \
		{ \
			struct desk_ask *a = &rows[n].a; \
			__VA_ARGS__; \
		} \
		n++; \
	} while (0)
	ROW(404, "path", 0, a->path = "/fhir/Patient");
	ROW(405, "method", 0, a->method = ASK_GET; a->body = "");
	ROW(401, "unsigned", 0, a->unsigned_ = true);
	ROW(401, "signature", 0, a->authority = "other.example");
	ROW(401, "signature", 0, a->input = "ecluse=()");
	ROW(401, "expired", 0, a->created_s -= 600);
	ROW(401, "expired", 0, a->created_s += 600);
	ROW(401, "key", 0, a->key = 9);
	ROW(415, "media-type", 1, a->type = "text/plain");
	ROW(403, "domain", 1, a->body = other_domain);
	ROW(400, "", 1, a->body = "{");
	ROW(200, "", 1, a->body = nobody);
#undef ROW
	for (size_t i = 0; i < n; i++) {
		uint64_t before = book_size(d->k.book);

		live(d, rows[i].a, 0);
		if (answered(d, rows[i].words) != rows[i].status)
			fail_msg("row %zu: %.*s", i, (int)d->kept.n,
			    (const char *)d->kept.p);
		assert_int_equal(
		    book_size(d->k.book) - before, rows[i].entries);
		assert_int_equal(slots_used(d->k.slots), 0);
	}
	assert_null(desk_failed());
}

#define WITH(test)                                                            \
	cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_an_answer_has_its_entry),
		WITH(test_questions_that_are_refused),
		cmocka_unit_test(test_without_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
