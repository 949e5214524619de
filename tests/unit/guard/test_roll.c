/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a rolling set counts as a list of all touches does, at every
 * millisecond; it grows, gives memory back, and sleeps for months.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/random.h"
#include "guard/roll.h"

#define KEYS 700
#define KEEP (30 * ROLL_DAY_MS)
#define START INT64_C(1760000000000)

/* Keys that differ in few bits, in each of the words. */
static void key_of(uint32_t k, uint32_t words[3])
{
	words[0] = k % 7;
	words[1] = k / 7 % 10 << 24;
	words[2] = k / 70;
}

static void touch(struct roll *r, uint32_t k)
{
	uint32_t words[3], node;

	key_of(k, words);
	assert_int_equal(roll_reserve(r), ERR_OK);
	node = roll_touch(r, words);
	if (roll_extra(r, node)[0] == 0)
		roll_extra(r, node)[0] = k + 1;
	assert_int_equal(roll_extra(r, node)[0], k + 1);
}

/* last[k]: INT64_MIN when never touched. */
static void check(struct roll *r, const int64_t *last, int64_t now)
{
	uint32_t n = 0, n24 = 0, seen = 0, words[3];
	int64_t oldest = INT64_MIN, before = INT64_MIN;

	for (uint32_t k = 0; k < KEYS; k++) {
		bool month = last[k] != INT64_MIN && last[k] > now - KEEP;
		bool day = month && last[k] > now - ROLL_DAY_MS;

		key_of(k, words);
		assert_int_equal(roll_has(r, words, false), month);
		assert_int_equal(roll_has(r, words, true), day);
		n += month;
		n24 += day;
		if (month && (oldest == INT64_MIN || last[k] < oldest))
			oldest = last[k];
	}
	assert_int_equal(roll_count(r, false), n);
	assert_int_equal(roll_count(r, true), n24);
	assert_int_equal(roll_oldest(r, false), oldest);
	for (uint32_t i = r->oldest; i != ROLL_NONE; i = roll_next(r, i)) {
		uint32_t k = roll_extra(r, i)[0] - 1;

		assert_int_equal(roll_last(r, i), last[k]);
		assert_true(roll_last(r, i) >= before);
		before = roll_last(r, i);
		seen++;
	}
	assert_int_equal(seen, n);
}

static int64_t step(struct random_seeded *s)
{
	static const int64_t steps[] = {0, 1, 1, 60000, 3600000,
	    ROLL_DAY_MS - 1, ROLL_DAY_MS, ROLL_DAY_MS + 1};
	uint64_t kind = random_seeded_below(s, 400);

	if (kind == 0)		/* asleep for longer than 2^32 ms */
		return (int64_t)random_seeded_below(s, 80) * ROLL_DAY_MS;
	if (kind < 12)
		return steps[random_seeded_below(s, 8)];
	return (int64_t)random_seeded_below(s, 2000000);
}

static void run(uint64_t seed)
{
	struct random_seeded s;
	int64_t last[KEYS], now = START;
	struct roll r;

	(void)random_from_seed(&s, seed);
	for (int k = 0; k < KEYS; k++)
		last[k] = INT64_MIN;
	roll_init(&r, 3, 1, KEEP);
	for (int i = 0; i < 6000; i++) {
		uint32_t k = (uint32_t)random_seeded_below(
		    &s, 20 + (uint64_t)i / 8);

		now += step(&s);
		roll_settle(&r, now);
		touch(&r, k % KEYS);
		last[k % KEYS] = now;
		if (i % 16 == 0)
			check(&r, last, now);
	}
	roll_release(&r);
	assert_int_equal(roll_memory(&r), 0);
}

static void test_roll_random_counts_as_list(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		print_message("# seed %llu\n", (unsigned long long)seed);
		run(seed);
	}
}

static void test_roll_settle_gives_memory_back(void **state)
{
	uint32_t words[3];
	size_t full;
	struct roll r;

	(void)state;
	roll_init(&r, 3, 1, KEEP);
	roll_settle(&r, START);
	for (uint32_t k = 0; k < 7000; k++) {
		roll_settle(&r, START + k);
		key_of(k, words);
		assert_int_equal(roll_reserve(&r), ERR_OK);
		roll_touch(&r, words);
	}
	full = roll_memory(&r);
	/* 7 words a node, 50 % room to grow, an index of 4 bytes */
	assert_true(full <= 7000 * (28 * 3 / 2 + 11));
	roll_settle(&r, START + 6000 + KEEP);
	assert_int_equal(roll_count(&r, false), 999);
	assert_true(roll_memory(&r) < full / 4);
	roll_settle(&r, START + 7000 + KEEP);
	assert_int_equal(roll_count(&r, false), 0);
	assert_int_equal(roll_memory(&r), 0);
	roll_release(&r);
}

static void test_roll_edge_leaves_at_the_window(void **state)
{
	uint32_t words[3];
	struct roll r;

	(void)state;
	roll_init(&r, 3, 1, KEEP);
	roll_settle(&r, START);
	touch(&r, 5);
	key_of(5, words);
	roll_settle(&r, START + ROLL_DAY_MS - 1);
	assert_int_equal(roll_count(&r, true), 1);
	roll_settle(&r, START + ROLL_DAY_MS);
	assert_int_equal(roll_count(&r, true), 0);
	assert_false(roll_has(&r, words, true));
	roll_settle(&r, START + KEEP - 1);
	assert_int_equal(roll_count(&r, false), 1);
	roll_settle(&r, START + KEEP - 2);	/* back: nothing changes */
	roll_settle(&r, START + KEEP);
	assert_int_equal(roll_count(&r, false), 0);
	roll_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_roll_random_counts_as_list),
	    cmocka_unit_test(test_roll_settle_gives_memory_back),
	    cmocka_unit_test(test_roll_edge_leaves_at_the_window),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guard/roll", tests, NULL, NULL);
}
