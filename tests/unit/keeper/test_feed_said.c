/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a vault says of a feed what it can say then, and takes no more lines
 * than it was given; another word ends it, and nothing of it is kept: neither
 * a generation, nor that a mutuelle's book came under the newest index key,
 * nor members, by whose number budgets are wide that all cells share. And a
 * feed of a day, or made at a time, too far ahead is not begun; one that there
 * is no memory for hears so, and not that its mutuelle made it wrong, nor half
 * of a report.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "crypto/hash.h"
#include "feed/chunk.h"
#include "feed/trait_line.h"
#include "json/read.h"
#include "keeper/feed.h"
#include "failing.h"
#include "keeper/whole.h"

#define LINES 3

static void put_line(uint32_t n, struct buf *out)
{
	char member[16], handle[16];
	struct feed_traits_line l = {.line = n, .birth = "19810508",
	    .rank = '1', .contract = span_str("C1"), .order = 1,
	    .from_day = 20000, .to_day = 21000, .domain_count = 1};

	(void)snprintf(member, sizeof(member), "%08u", 2447800 + n);
	(void)snprintf(handle, sizeof(handle), "handle-%u", n);
	l.member = span_str(member);
	l.handle = span_str(handle);
	l.domains[0] = (struct feed_traits_domain){
	    span_str("OPTI"), span_str("BR200"), 0};
	assert_int_equal(feed_traits_line_pack(&l, out), ERR_OK);
}

static void put_book(struct buf *out, uint8_t id[static HASH_SIZE])
{
	buf_init(out, 1u << 16);
	for (uint32_t n = 1; n <= LINES; n++)
		put_line(n, out);
	hash_sha256(buf_span(out), id);
}

/* A whole book of so many lines in one chunk, from the mutuelle; its nth
 * allocation in the keeper fails, -1: none. Did one? */
static bool bring_from(struct whole *w, const struct feed_carrier *by,
    int32_t effective_day, int64_t made_ms, int nth)
{
	struct keeper *k = &w->d.k;
	const struct registry_insurer *i = registry_of_cell(k->registry, 1);
	struct feed_chunk_head head = {.kind = FEED_CHUNK_FULL,
	    .effective_day = effective_day, .made_ms = made_ms,
	    .last = true, .lines = LINES};
	struct random_seeded seed;
	struct random r = random_from_seed(&seed, 0);	/* acts_p256(0) */
	struct sign_private *key = NULL;
	uint8_t sealing[HPKE_PUBLIC];
	struct buf plain, chunk;
	bool failed;

	hpke_key_public(k->keys->sealing, sealing);
	buf_init(&chunk, LIMIT_FEED_CHUNK);
	memcpy(head.amc, i->amc, sizeof(head.amc));
	put_book(&plain, head.id);
	assert_int_equal(sign_private_make(SIGN_P256, &r, &key), ERR_OK);
	assert_int_equal(feed_chunk_pack(&head, buf_span(&plain),
	    sealing, key, &r, &chunk), ERR_OK);
	failing_set(FAILING_MEMORY, nth, ENOMEM);
	feed_take(k, by, i, buf_span(&chunk));
	failed = failing_end();
	sign_private_free(key);
	buf_release(&plain);
	buf_release(&chunk);
	return failed;
}

static void bring(struct whole *w, int32_t effective_day, int64_t made_ms)
{
	const struct feed_carrier nobody = {0};

	(void)bring_from(w, &nobody, effective_day, made_ms, -1);
}

static void carry(struct whole *w)
{
	bring(w, 20500, keeper_now(&w->d.k));
	assert_non_null(w->d.k.feed);
	vaults_flush(&w->d.k);
}

/* What the vault was told next of the feed: of that type. */
static uint64_t told(struct whole *w, enum msg_type type)
{
	struct msg m;

	vaults_flush(&w->d.k);
	assert_int_equal(chan_get(w->d.vault, &m), ERR_OK);
	assert_int_equal(m.type, type);
	return m.ref;
}

static void say(struct whole *w, uint64_t ref, enum feed_outcome outcome,
    uint64_t lines)
{
	const struct feed_state said = {.outcome = (uint8_t)outcome,
	    .generation = 1, .lines = lines};
	struct buf b;

	buf_init(&b, 4096);
	feed_state_pack(&said, &b);
	whole_says(w, MSG_FEED_STATE, ref, buf_span(&b));
	buf_release(&b);
}

static void state(struct whole *w, uint64_t ref, enum feed_outcome outcome,
    uint64_t lines)
{
	say(w, ref, outcome, lines);
	whole_turn(w);
}

/* The book is with the vault, which was told to make it visible. */
static uint64_t hand_over(struct whole *w)
{
	whole_opens(w);
	carry(w);
	state(w, told(w, MSG_FEED_BEGIN), FEED_GOES_ON, 0);
	state(w, told(w, MSG_FEED_LINES), FEED_GOES_ON, LINES);
	return told(w, MSG_FEED_END);
}

static void is_off(struct whole *w)
{
	struct keeper *k = &w->d.k;

	assert_null(k->vaults[0].chan);
	assert_true(whole_stopped(w, SIBLING_VAULT, 0) == 3);
	assert_null(k->feed);
	assert_int_equal(k->generations.count, 0);
	assert_int_equal(k->fed.count, 0);
	assert_int_equal(k->member_count, 0);
	assert_false(k->failed);
}

static void test_a_feed_that_is_taken(void **state_)
{
	struct whole *w = *state_;
	struct keeper *k = &w->d.k;

	/* one line is left out: it said which, and how many there are */
	state(w, hand_over(w), FEED_COMMITTED, LINES - 1);
	assert_non_null(k->vaults[0].chan);
	assert_null(k->feed);
	assert_int_equal(k->generations.of[1], 1);
	assert_int_equal(k->member_count, 1);
	assert_int_equal(k->members[0], LINES - 1);
}

static void test_lines_that_nobody_gave(void **state_)
{
	struct whole *w = *state_;

	state(w, hand_over(w), FEED_COMMITTED, LINES + 1);
	is_off(w);
}

static void test_an_end_that_is_not_one(void **state_)
{
	struct whole *w = *state_;

	state(w, hand_over(w), FEED_ALREADY, LINES);
	is_off(w);
}

static void test_it_goes_on_behind_the_end(void **state_)
{
	struct whole *w = *state_;

	state(w, hand_over(w), FEED_GOES_ON, LINES);
	is_off(w);
}

static void test_an_end_before_the_lines(void **state_)
{
	struct whole *w = *state_;

	whole_opens(w);
	carry(w);
	state(w, told(w, MSG_FEED_BEGIN), FEED_COMMITTED, 0);
	is_off(w);
}

static void test_an_end_between_the_lines(void **state_)
{
	struct whole *w = *state_;

	whole_opens(w);
	carry(w);
	state(w, told(w, MSG_FEED_BEGIN), FEED_GOES_ON, 0);
	state(w, told(w, MSG_FEED_LINES), FEED_COMMITTED, LINES);
	is_off(w);
}

/* Once taken, it would bar those of today; a drill has days of its own. */
static void test_a_feed_too_far_ahead(void **state_)
{
	struct whole *w = *state_;
	struct keeper *k = &w->d.k;
	int64_t now = keeper_now(k);
	int32_t today = date_of_ms(now);

	whole_opens(w);
	k->registry->drill = false;
	bring(w, today + FEED_AHEAD_DAYS + 1, now);
	assert_null(k->feed);
	bring(w, 2932896, now);		/* 9999-12-31 */
	assert_null(k->feed);
	bring(w, today, now + FEED_AHEAD_MS + 1);
	assert_null(k->feed);
	bring(w, today + FEED_AHEAD_DAYS, now + FEED_AHEAD_MS);
	assert_non_null(k->feed);
	k->registry->drill = true;
}

/* The gate waits for an answer: what it asked is the chunk's to be. */
static struct feed_carrier carrier(struct whole *w)
{
	struct keeper *k = &w->d.k;
	struct msg m;

	desk_asks(&w->d, desk_plain());
	assert_int_equal(chan_get(k->gates[ASK_FLOW].chan, &m), ERR_OK);
	return (struct feed_carrier){.plane = ASK_FLOW,
	    .turn = gates_turn(k, ASK_FLOW), .ref = m.ref};
}

/* A fresh keeper each time: what it has made once it keeps. */
static bool is_brought_without_memory(int nth, unsigned *told)
{
	struct whole *w = calloc(1, sizeof(*w));
	struct feed_carrier by;
	bool failed;

	assert_non_null(w);
	whole_make(w);
	whole_opens(w);
	by = carrier(w);
	failed = bring_from(w, &by, 20500, keeper_now(&w->d.k), nth);
	if (!w->d.k.feed && !desk_failed()) {
		assert_int_equal(desk_status(&w->d), 503);
		(*told)++;
	}
	desk_forgets();
	whole_unmake(w);
	free(w);
	return failed;
}

static void test_no_memory_is_no_fault_of_a_feed(void **state_)
{
	unsigned told = 0;

	(void)state_;
	for (int n = 0; is_brought_without_memory(n, &told); n++)
		;
	assert_true(told > 3);
}

/* It may have made the book visible before it ended. */
static void test_a_vault_that_ends_at_the_end(void **state_)
{
	struct whole *w = *state_;
	struct feed_carrier by;

	whole_opens(w);
	by = carrier(w);
	(void)bring_from(w, &by, 20500, keeper_now(&w->d.k), -1);
	state(w, told(w, MSG_FEED_BEGIN), FEED_GOES_ON, 0);
	state(w, told(w, MSG_FEED_LINES), FEED_GOES_ON, LINES);
	(void)told(w, MSG_FEED_END);
	chan_free(w->d.vault);
	w->d.vault = NULL;
	whole_turn(w);
	assert_null(w->d.k.feed);
	assert_int_equal(desk_says(&w->d, "if it was taken"), 503);
}

static bool is_json(struct span text)
{
	struct json_token tokens[256];
	struct json j;
	size_t at;

	return !json_read(text, tokens, 256, &j, &at);
}

/* What is said of it and what is kept of it is whole, or not there. */
static bool is_reported_without_memory(int nth, unsigned *whole)
{
	struct whole *w = calloc(1, sizeof(*w));
	struct feed_carrier by;
	struct ask_answer a;
	struct span kept;
	struct buf book;
	uint8_t id[HASH_SIZE];
	bool failed;

	assert_non_null(w);
	whole_make(w);
	whole_opens(w);
	by = carrier(w);
	(void)bring_from(w, &by, 20500, keeper_now(&w->d.k), -1);
	state(w, told(w, MSG_FEED_BEGIN), FEED_GOES_ON, 0);
	state(w, told(w, MSG_FEED_LINES), FEED_GOES_ON, LINES);
	say(w, told(w, MSG_FEED_END), FEED_COMMITTED, LINES);
	failing_set(FAILING_MEMORY, nth, ENOMEM);
	whole_turn(w);
	failed = failing_end();
	if (!desk_failed() && desk_answer(&w->d, &a)) {
		assert_true(is_json(a.body));
		assert_true(a.status == 200 || a.status == 503);
		*whole += a.status == 200;
	}
	put_book(&book, id);
	kept = feed_report(&w->d.k, 1, id);
	assert_true(kept.n == 0 || is_json(kept));
	buf_release(&book);
	desk_forgets();
	whole_unmake(w);
	free(w);
	return failed;
}

static void test_no_report_is_half_a_report(void **state_)
{
	unsigned whole = 0;

	(void)state_;
	for (int n = 0; is_reported_without_memory(n, &whole); n++)
		;
	assert_true(whole > 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, whole_setup, whole_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_a_feed_that_is_taken),
		T(test_lines_that_nobody_gave),
		T(test_an_end_that_is_not_one),
		T(test_it_goes_on_behind_the_end),
		T(test_an_end_before_the_lines),
		T(test_an_end_between_the_lines),
		T(test_a_feed_too_far_ahead),
		T(test_a_vault_that_ends_at_the_end),
		cmocka_unit_test(test_no_memory_is_no_fault_of_a_feed),
		cmocka_unit_test(test_no_report_is_half_a_report),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
