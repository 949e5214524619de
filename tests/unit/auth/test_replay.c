/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a nonce counts once while a signature that carries it can be fresh;
 * room that is spent refuses and forgets nothing; jumps of the clock never
 * make the window forget early. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "auth/replay.h"
#include "base/random.h"
#include "failing.h"

#define LIFE 150000
#define NOW INT64_C(1795341720000)

static const struct secret key = {{7}};

static struct replay *fresh(size_t most)
{
	struct replay *r = NULL;

	assert_int_equal(replay_new(&key, most, LIFE, &r), ERR_OK);
	return r;
}

/* The tag of nonce number n. */
static const uint8_t *tag(struct replay *r, uint32_t n)
{
	static uint8_t out[REPLAY_TAG];
	uint8_t id[SIGN_KEY_ID] = {1}, nonce[16] = {0};

	put_be32(nonce, n);
	replay_tag(r, id, nonce, out);
	return out;
}

static enum err admit(struct replay *r, uint32_t n, int64_t now_ms)
{
	return replay_admit(r, tag(r, n), now_ms);
}

static void test_a_nonce_counts_once(void **state)
{
	struct replay *r = fresh(10);

	(void)state;
	assert_int_equal(admit(r, 1, NOW), ERR_OK);
	assert_int_equal(admit(r, 1, NOW), ERR_EXISTS);
	assert_int_equal(admit(r, 2, NOW), ERR_OK);
	assert_int_equal(admit(r, 1, NOW + LIFE), ERR_EXISTS);
	replay_free(r);
	replay_free(NULL);
}

static void test_tags_are_keyed_by_key_and_nonce(void **state)
{
	static const struct secret other = {{8}};
	uint8_t id[SIGN_KEY_ID] = {1}, nonce[16] = {2}, first[REPLAY_TAG],
	    next[REPLAY_TAG];
	struct replay *r = fresh(10), *r2 = NULL;

	(void)state;
	replay_tag(r, id, nonce, first);
	replay_tag(r, id, nonce, next);
	assert_memory_equal(first, next, REPLAY_TAG);
	id[31] = 1;
	replay_tag(r, id, nonce, next);
	assert_memory_not_equal(first, next, REPLAY_TAG);
	id[31] = 0;
	nonce[15] = 1;
	replay_tag(r, id, nonce, next);
	assert_memory_not_equal(first, next, REPLAY_TAG);
	nonce[15] = 0;
	assert_int_equal(replay_new(&other, 10, LIFE, &r2), ERR_OK);
	replay_tag(r2, id, nonce, next);
	assert_memory_not_equal(first, next, REPLAY_TAG);
	replay_free(r);
	replay_free(r2);
}

static void test_it_is_kept_a_life_and_not_for_ever(void **state)
{
	struct replay *r = fresh(10);

	(void)state;
	assert_int_equal(admit(r, 1, NOW), ERR_OK);
	/* just before a turn, and for a whole life behind it */
	assert_int_equal(admit(r, 2, NOW + LIFE), ERR_OK);
	assert_int_equal(admit(r, 3, NOW + LIFE + 1), ERR_OK);
	assert_int_equal(admit(r, 2, NOW + 2 * LIFE), ERR_EXISTS);
	assert_int_equal(admit(r, 2, NOW + 2 * LIFE + 1), ERR_EXISTS);
	/* two turns later it is gone */
	assert_int_equal(admit(r, 4, NOW + 2 * LIFE + 2), ERR_OK);
	assert_int_equal(admit(r, 1, NOW + 2 * LIFE + 2), ERR_OK);
	replay_free(r);
}

static void test_full_refuses_and_forgets_nothing(void **state)
{
	enum { MOST = 100 };
	struct replay *r = fresh(MOST);

	(void)state;
	for (uint32_t i = 0; i < MOST; i++)
		assert_int_equal(admit(r, i, NOW), ERR_OK);
	assert_int_equal(admit(r, MOST, NOW), ERR_FULL);
	for (uint32_t i = 0; i < MOST; i++)
		assert_int_equal(admit(r, i, NOW), ERR_EXISTS);
	/* the next turn has room again, and still knows them */
	assert_int_equal(admit(r, MOST, NOW + LIFE + 1), ERR_OK);
	for (uint32_t i = 0; i < MOST; i++)
		assert_int_equal(admit(r, i, NOW + LIFE + 1), ERR_EXISTS);
	replay_free(r);
}

/* Tables grow, shrink and grow again; what is inside stays. */
static void test_growing_forgets_nothing(void **state)
{
	enum { MANY = 30000, FEW = 10 };
	struct replay *r = fresh(MANY);
	int64_t now = NOW;

	(void)state;
	for (int round = 0; round < 6; round++) {
		uint32_t n = round % 3 ? FEW : MANY;
		uint32_t first = (uint32_t)round * MANY;

		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(admit(r, first + i, now), ERR_OK);
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(
			    admit(r, first + i, now), ERR_EXISTS);
		now += LIFE + 1;
		for (uint32_t i = 0; i < n; i += 7)
			assert_int_equal(
			    admit(r, first + i, now), ERR_EXISTS);
	}
	replay_free(r);
}

static void test_a_clock_that_jumps_forgets_nothing_early(void **state)
{
	struct replay *r = fresh(10);

	(void)state;
	assert_int_equal(admit(r, 1, NOW), ERR_OK);
	/* back: seen is seen */
	assert_int_equal(admit(r, 1, NOW - 10 * LIFE), ERR_EXISTS);
	assert_int_equal(admit(r, 2, NOW - 10 * LIFE), ERR_OK);
	assert_int_equal(admit(r, 2, NOW), ERR_EXISTS);
	/* one jump forward, however far, is one turn */
	assert_int_equal(admit(r, 3, NOW + 1000 * LIFE), ERR_OK);
	assert_int_equal(admit(r, 1, NOW + 1000 * LIFE), ERR_EXISTS);
	/* and back again */
	assert_int_equal(admit(r, 3, NOW), ERR_EXISTS);
	assert_int_equal(admit(r, 1, NOW), ERR_EXISTS);
	assert_int_equal(admit(r, 4, NOW), ERR_OK);
	assert_int_equal(admit(r, 4, NOW + 1001 * LIFE), ERR_EXISTS);
	replay_free(r);
}

static void test_tags_that_meet_in_the_table_are_told_apart(void **state)
{
	struct replay *r = fresh(32);
	uint8_t t[REPLAY_TAG];

	(void)state;
	/* all want the last place of the table: they go round its end */
	memset(t, 0xff, sizeof(t));
	for (uint8_t i = 0; i < 32; i++) {
		t[15] = i;
		assert_int_equal(replay_admit(r, t, NOW), ERR_OK);
	}
	for (uint8_t i = 0; i < 32; i++) {
		t[15] = i;
		assert_int_equal(replay_admit(r, t, NOW), ERR_EXISTS);
	}
	replay_free(r);
}

static void test_without_memory_there_is_no_window(void **state)
{
	bool failed = true;
	int n = 0;

	(void)state;
	for (; failed; n++) {
		struct replay *r = NULL;
		enum err e;

		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = replay_new(&key, 10, LIFE, &r);
		failed = failing_end();
		assert_int_equal(e, failed ? ERR_NOMEM : ERR_OK);
		assert_true(failed == !r);
		replay_free(r);
	}
	assert_int_equal(n, 5);	/* itself, its key and two tables; all */
}

/* Nothing can be remembered: refused. An empty table cannot be had: the one
 * that was to go is emptied. */
static void test_without_memory_nothing_is_forgotten(void **state)
{
	enum { HALF = 2048 };	/* tags in a table before it grows */
	struct replay *r = fresh(3 * HALF);
	int64_t now = NOW;

	(void)state;
	for (uint32_t i = 0; i < HALF; i++)
		assert_int_equal(admit(r, i, now), ERR_OK);
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(admit(r, HALF, now), ERR_FULL);
	assert_true(failing_end());
	for (uint32_t i = 0; i < HALF; i++)
		assert_int_equal(admit(r, i, now), ERR_EXISTS);
	assert_int_equal(admit(r, HALF, now), ERR_OK);
	for (uint32_t turn = 0; turn < 3; turn++) {
		now += LIFE + 1;
		failing_set(FAILING_MEMORY, 0, ENOMEM);
		assert_int_equal(admit(r, 4 * HALF + turn, now), ERR_OK);
		assert_true(failing_end());
		for (uint32_t i = 0; i <= HALF && turn == 0; i++)
			assert_int_equal(admit(r, i, now), ERR_EXISTS);
		if (turn > 0)
			assert_int_equal(admit(
			    r, 4 * HALF + turn - 1, now), ERR_EXISTS);
	}
	/* and no longer than it has to be */
	for (uint32_t i = 0; i <= HALF; i++)
		assert_int_equal(admit(r, i, now), ERR_OK);
	replay_free(r);
}

/* The naive set: every nonce with the last time it was admitted. */
#define NONCES 400

static void against_model(uint64_t seed)
{
	int64_t admitted[NONCES], now = NOW;
	struct random_seeded s;
	struct replay *r = fresh(NONCES);

	(void)random_from_seed(&s, seed);
	for (int i = 0; i < NONCES; i++)
		admitted[i] = INT64_MIN;
	for (int step = 0; step < 4000; step++) {
		uint32_t n = (uint32_t)random_seeded_below(&s, NONCES);
		enum err e;

		now += (int64_t)random_seeded_below(&s, 3000);
		e = admit(r, n, now);
		if (admitted[n] != INT64_MIN && now - admitted[n] <= LIFE)
			assert_int_equal(e, ERR_EXISTS);
		/* kept two lives and the gap of the last turn at most */
		if (admitted[n] == INT64_MIN ||
		    now - admitted[n] > 2 * (LIFE + 3000))
			assert_int_equal(e, ERR_OK);
		if (!e)
			admitted[n] = now;
	}
	replay_free(r);
}

static void test_never_early_against_a_naive_set(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 30; seed++)
		against_model(seed);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_nonce_counts_once),
		cmocka_unit_test(test_tags_are_keyed_by_key_and_nonce),
		cmocka_unit_test(test_it_is_kept_a_life_and_not_for_ever),
		cmocka_unit_test(test_full_refuses_and_forgets_nothing),
		cmocka_unit_test(test_growing_forgets_nothing),
		cmocka_unit_test(test_a_clock_that_jumps_forgets_nothing_early),
		cmocka_unit_test(test_tags_that_meet_in_the_table_are_told_apart),
		cmocka_unit_test(test_without_memory_there_is_no_window),
		cmocka_unit_test(test_without_memory_nothing_is_forgotten),
		cmocka_unit_test(test_never_early_against_a_naive_set),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
