/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what is decided is counted once and written before anything leaves;
 * refusals beyond a key's share, and those of strangers, are sums, each
 * written when its minute is over; a vault that does not answer leaves an
 * entry that says so; a batch is never longer than a turn's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "failing.h"
#include "heard.h"
#include "keeper/desk.h"

#define MINUTE_MS INT64_C(60000)

static const struct registry_key *key_1(const struct desk *d)
{
	return registry_key(d->k.registry, acts_id(1));
}

static void set_figures(struct desk *d, uint32_t persons24)
{
	struct guard_figures f;

	for (int i = 0; i < GUARD_KINDS; i++)
		f.of[i] = persons24;
	assert_int_equal(guard_set_figures(
	    d->k.guard, 2, 0, GUARD_NOBODY, &f), ERR_OK);
}

/* A question of key 1 that the vault looks for, without its way in. */
static struct slot *resolving(struct desk *d, uint64_t number)
{
	struct slot *s = slots_take(d->k.slots, ASK_FLOW);

	assert_non_null(s);
	s->plane = ASK_FLOW;
	s->key = (uint32_t)(key_1(d) - d->k.registry->keys);
	s->gate_turn = 7;
	s->gate_ref = number;
	fold_ask(d->k.registry, key_1(d), ASK_FLOW, span_str(""), &s->ask);
	s->ask.cell = 1;
	put_be64(s->ask.q, number);
	s->state = SLOT_RESOLVING;
	return s;
}

static unsigned asked_for(struct desk *d)
{
	uint8_t type = 0;
	unsigned n = 0;

	while (desk_told(d, &type)) {
		assert_int_equal(type, MSG_DO);
		n++;
	}
	return n;
}

/* One that is with the vault, its entry durable. */
static struct slot *doing(struct desk *d)
{
	struct slot *s;
	uint8_t type = 0;

	desk_asks(d, desk_plain());
	desk_reads(d);
	s = desk_told(d, &type);
	assert_non_null(s);
	decide_found(&d->k, s, 77);
	decide_commit(&d->k);
	assert_ptr_equal(desk_told(d, &type), s);
	assert_int_equal(type, MSG_DO);
	return s;
}

/* A batch has so many decided at most: the last one commits them all. */
static void test_a_full_batch(void **state)
{
	struct desk *d = *state;

	set_figures(d, KEEPER_DECIDED + 10);
	for (uint64_t i = 1; i < KEEPER_DECIDED; i++)
		decide_found(&d->k, resolving(d, i), i);
	assert_int_equal(book_size(d->k.book), 0);
	assert_int_equal(asked_for(d), 0);
	decide_found(&d->k, resolving(d, KEEPER_DECIDED), KEEPER_DECIDED);
	assert_int_equal(book_size(d->k.book), KEEPER_DECIDED);
	assert_int_equal(d->k.decided.count, 0);
	assert_int_equal(asked_for(d), KEEPER_DECIDED);
	assert_null(desk_failed());
}

/* Decided by two at once: the second has no room any more, and is told so. */
static void test_the_last_room(void **state)
{
	struct desk *d = *state;
	struct slot *a = resolving(d, 1), *b = resolving(d, 2);

	set_figures(d, 1);
	decide_found(&d->k, a, 1);
	decide_found(&d->k, b, 2);
	decide_commit(&d->k);
	assert_int_equal(desk_leaf_at(d, 0).decision, LEAF_ANSWERED);
	assert_int_equal(desk_leaf_at(d, 1).decision, LEAF_REFUSED_BUDGET);
	assert_false(desk_leaf_at(d, 1).existed);
	assert_int_equal(asked_for(d), 1);
	assert_int_equal(slots_used(d->k.slots), 1);
}

/* The public leaf does not show that two questions met the same person. */
static void test_no_two_are_alike(void **state)
{
	struct desk *d = *state;
	struct leaf one, other;

	for (int i = 0; i < 2; i++)
		decide_found(&d->k, resolving(d, 1), 1);
	decide_commit(&d->k);
	one = desk_leaf_at(d, 0);
	other = desk_leaf_at(d, 1);
	assert_true(one.existed && other.existed);
	assert_memory_not_equal(
	    one.commitment, other.commitment, HASH_SIZE);
}

/* A key's refusals beyond its share are one sum, with its pseudonym. */
static void test_sums(void **state)
{
	struct desk *d = *state;
	struct desk_ask bad = desk_plain(), stranger = desk_plain();
	struct leaf l;

	bad.type = "text/plain";
	stranger.unsigned_ = true;
	for (int i = 0; i < SUMMARY_ALONE + 3; i++) {
		desk_asks(d, bad);
		desk_reads(d);
		decide_commit(&d->k);
		assert_int_equal(desk_says(d, "media-type"), 415);
	}
	desk_asks(d, stranger);
	desk_reads(d);
	assert_int_equal(desk_says(d, "unsigned"), 401);
	assert_int_equal(book_size(d->k.book), SUMMARY_ALONE);
	decide_summaries(&d->k, false);	/* its minute is not over */
	decide_commit(&d->k);
	assert_int_equal(book_size(d->k.book), SUMMARY_ALONE);
	desk_at(d, HOUSE_NOW + MINUTE_MS);
	decide_summaries(&d->k, false);
	decide_commit(&d->k);
	assert_int_equal(book_size(d->k.book), SUMMARY_ALONE + 2);
	l = desk_leaf_at(d, SUMMARY_ALONE);
	assert_int_equal(l.kind, LEAF_SUMMARY);
	assert_int_equal(l.reason, LEAF_REFUSED_FORM);
	assert_int_equal(l.count, 3);
	assert_int_equal(l.time_ms, HOUSE_NOW + MINUTE_MS);
	assert_memory_equal(l.asker, desk_leaf_at(d, 0).asker,
	    sizeof(l.asker));
	l = desk_leaf(d);
	assert_int_equal(l.kind, LEAF_SUMMARY);
	assert_int_equal(l.reason, LEAF_REASON_UNSIGNED);
	assert_int_equal(l.count, 1);
	/* at the end of the keeper all of them, whatever the minute */
	desk_asks(d, stranger);
	desk_reads(d);
	decide_summaries(&d->k, false);
	assert_int_equal(book_waiting(d->k.book), 0);
	decide_summaries(&d->k, true);
	assert_int_equal(book_waiting(d->k.book), 1);
}

/* What decide_summaries logs. */
static const char *says(struct desk *d)
{
	static char text[400];
	const char *path = rig_in(d->h.dir, "log");
	int log = dup(2), fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
	ssize_t n;

	assert_true(log >= 0 && fd >= 0);
	assert_int_equal(dup2(fd, 2), 2);
	decide_summaries(&d->k, true);
	assert_int_equal(dup2(log, 2), 2);
	n = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	(void)close(log);
	(void)close(fd);
	return text;
}

/* Keys that run on against a spent budget: one line, of the worst. */
static void test_who_runs_on(void **state)
{
	static const struct {
		uint32_t key;
		uint8_t plane, reason;
		unsigned times;
	} rows[] = {
	    {0, ASK_FLOW, LEAF_REFUSED_BUDGET, 3},
	    {0, ASK_PORTAL, LEAF_REFUSED_BUDGET, 5},
	    {1, ASK_FLOW, LEAF_REFUSED_BUDGET, 7},
	    {2, ASK_FLOW, LEAF_REFUSED_BUDGET, 6},
	    {0, ASK_FLOW, LEAF_REFUSED_FORM, 9},
	    {SUMMARY_STRANGERS, ASK_FLOW, LEAF_REFUSED_BUDGET, 11},
	};
	struct desk *d = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned n = 0; n < rows[i].times; n++)
			summary_add(d->k.summary, rows[i].key, rows[i].plane,
			    rows[i].reason, HOUSE_NOW);
		if (i == 0)
			assert_non_null(strstr(says(d), "3 refused in a minute "
			    "beyond the first 20 (site 1, key 1), other keys: "
			    "0"));
	}
	assert_non_null(strstr(says(d), "7 refused in a minute beyond the "
	    "first 20 (site 1, key 2), other keys: 2"));
	summary_add(d->k.summary, 0, ASK_FLOW, LEAF_REFUSED_FORM, HOUSE_NOW);
	assert_string_equal(says(d), "");
}

/* A sum that cannot be noted stops the keeper: nothing is left out silently. */
static void test_a_sum_that_cannot_be_noted(void **state)
{
	struct desk *d = *state;

	summary_add(d->k.summary, 0, ASK_FLOW, LEAF_REFUSED_FORM, HOUSE_NOW);
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	decide_summaries(&d->k, true);
	assert_true(failing_end());
	assert_string_equal(desk_failed(), "summary entry");
	assert_int_equal(book_waiting(d->k.book), 0);
}

static void test_a_vault_that_falls_silent(void **state)
{
	struct desk *d = *state;
	struct slot *s = doing(d);
	struct leaf l;

	decide_silent(&d->k, s);
	assert_int_equal(desk_says(d, "insurer-silent"), 503);
	assert_int_equal(outstanding_released(d->k.outstanding), 1);
	decide_commit(&d->k);
	l = desk_leaf(d);
	assert_int_equal(l.kind, LEAF_NOT_DISCLOSED);
	assert_int_equal(l.reason, LEAF_REASON_VAULT_SILENT);
	assert_int_equal(l.first, 0);
	assert_int_equal(l.end, 1);
	assert_int_equal(outstanding_released(d->k.outstanding), 2);
}

/* Between the count and the disk the vault went, or does not take any more. */
static void test_a_vault_that_is_gone(void **state)
{
	struct desk *d = *state;

	decide_found(&d->k, resolving(d, 1), 1);
	d->k.vaults[0].ready = false;
	decide_commit(&d->k);
	decide_commit(&d->k);
	assert_int_equal(book_size(d->k.book), 2);
	assert_int_equal(desk_leaf(d).kind, LEAF_NOT_DISCLOSED);
	assert_int_equal(slots_used(d->k.slots), 0);
	d->k.vaults[0].ready = true;
	decide_found(&d->k, resolving(d, 2), 2);
	chan_free(d->k.vaults[0].chan);
	loop_drop(d->k.vaults[0].watch);
	d->k.vaults[0].chan = NULL;
	d->k.vaults[0].watch = NULL;
	decide_commit(&d->k);
	decide_commit(&d->k);
	assert_int_equal(book_size(d->k.book), 4);
	assert_int_equal(desk_leaf(d).kind, LEAF_NOT_DISCLOSED);
	assert_int_equal(desk_leaf(d).first, 2);
}

/* What is too long for the vault was never given to it. */
static void test_what_cannot_be_asked(void **state)
{
	struct desk *d = *state;
	struct slot *s = resolving(d, 1);
	size_t n = LIMIT_BODY;

	s->acts = calloc(1, n);
	assert_non_null(s->acts);
	s->acts_n = n;
	decide_found(&d->k, s, 1);
	decide_commit(&d->k);
	decide_commit(&d->k);
	assert_int_equal(asked_for(d), 0);
	assert_int_equal(desk_leaf(d).kind, LEAF_NOT_DISCLOSED);
	assert_null(desk_failed());
}

/* Nothing may be noted any more: the asker hears nothing that is not
 * written. */
static void test_a_note_that_cannot_be_taken(void **state)
{
	struct leaf note = {.kind = LEAF_NOT_DISCLOSED, .time_ms = HOUSE_NOW,
	    .first = 0, .end = 1, .reason = LEAF_REASON_VAULT_SILENT};
	struct desk *d = *state;
	struct slot *s = doing(d), *other = resolving(d, 2);
	uint64_t index;

	decide_found(&d->k, other, 2);
	for (int i = 0; i < BOOK_BATCH; i++)
		assert_int_equal(book_note(d->k.book, &note, BOOK_NOBODY,
		    NULL, &index), ERR_OK);
	decide_silent(&d->k, s);
	assert_non_null(strstr(desk_failed(), "not-disclosed entry"));
	assert_int_equal(slots_used(d->k.slots), 2);
	assert_int_equal(outstanding_released(d->k.outstanding), 0);
	assert_int_equal(desk_status(d), 0);
}

/* The operator hears of the ceiling once a minute, each asker hears it. */
static void test_the_ceiling(void **state)
{
	struct desk *d = *state;
	const int64_t at[] = {HOUSE_NOW, HOUSE_NOW + MINUTE_MS - 1,
	    HOUSE_NOW + MINUTE_MS};
	static struct heard h;

	heard_begin(&h);
	for (size_t i = 0; i < 3; i++) {
		struct desk_ask a;
		struct slot *s;
		uint8_t type = 0;

		desk_at(d, at[i]);
		a = desk_plain();
		desk_asks(d, a);
		desk_reads(d);
		s = desk_told(d, &type);
		assert_non_null(s);
		decide_over(&d->k, s);
		assert_int_equal(desk_says(d, "\"ceiling\""), 503);
	}
	heard_end(&h);
	assert_int_equal(heard_count(&h, "ceiling of persons is reached"), 2);
	assert_int_equal(heard_count(&h, "persons: 1 times more\n"), 1);
	assert_int_equal(book_size(d->k.book), 0);
}

/* Without a thread that flushes, to begin is to commit. */
static void test_no_flusher(void **state)
{
	struct desk *d = *state;

	decide_begin(&d->k);	/* nothing is due */
	assert_int_equal(book_size(d->k.book), 0);
	decide_found(&d->k, resolving(d, 1), 1);
	decide_begin(&d->k);
	assert_int_equal(book_size(d->k.book), 1);
	assert_int_equal(asked_for(d), 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, desk_setup, desk_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    CASE(test_a_full_batch),
	    CASE(test_the_last_room),
	    CASE(test_no_two_are_alike),
	    CASE(test_sums),
	    CASE(test_who_runs_on),
	    CASE(test_a_sum_that_cannot_be_noted),
	    CASE(test_a_vault_that_falls_silent),
	    CASE(test_a_vault_that_is_gone),
	    CASE(test_what_cannot_be_asked),
	    CASE(test_a_note_that_cannot_be_taken),
	    CASE(test_the_ceiling),
	    CASE(test_no_flusher),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
