/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: runs hold what was put into them, in order, through every merge; a
 * tag that is in none is not found, also where many begin with the same
 * bytes; a disk that is full is an error and no wrong answer.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>
#include "base/random.h"
#include "rights/spill.h"

#define EACH 300
#define CYCLES 70	/* more than eight runs of eight */

/* The nth tag: one in three shares its first eight bytes with others. */
static struct span tag_of(uint32_t n, uint8_t out[RIGHTS_TAG])
{
	struct random_seeded seed;

	(void)random_from_seed(&seed, n);
	put_be64(out, n % 3 ? random_seeded_u64(&seed) :
	    UINT64_C(0x4141414141414141));
	put_be64(out + 8, random_seeded_u64(&seed));
	return span_of(out, n % 7 == 0 && n % 3 ? 8 : RIGHTS_TAG);
}

static void spill_all(struct spill *s, struct fresh *f)
{
	bool more = true;
	size_t at = 0;

	while (more)
		assert_int_equal(spill_step(s, f, &at, 37, &more), ERR_OK);
	fresh_clear(f);
}

static void fill(struct spill *s, uint32_t cycles)
{
	struct fresh f;
	uint8_t tag[RIGHTS_TAG];

	fresh_init(&f, EACH);
	for (uint32_t c = 0; c < cycles; c++) {
		for (uint32_t i = 0; i < EACH; i++) {
			uint32_t n = c * EACH + i;

			assert_int_equal(fresh_add(&f, tag_of(n, tag),
			    (int64_t)n + 1, n % 2), ERR_OK);
		}
		spill_all(s, &f);
	}
	fresh_release(&f);
}

static void test_all_are_found(void **state)
{
	struct spill s;
	uint8_t tag[RIGHTS_TAG];
	int64_t who = 0;

	(void)state;
	spill_init(&s, "/tmp");
	assert_true(spill_is_empty(&s));
	fill(&s, CYCLES);
	/* 70 runs: one of 64, then six */
	assert_int_equal(s.count, 7);
	for (uint32_t n = 0; n < CYCLES * EACH; n++) {
		assert_int_equal(
		    spill_find(&s, tag_of(n, tag), &who), ERR_OK);
		assert_int_equal(who, (int64_t)n + 1);
		tag_of(n, tag);
		tag[15] ^= 1;
		assert_int_equal(spill_find(
		    &s, span_of(tag, RIGHTS_TAG), &who), ERR_OK);
		assert_int_equal(who, 0);
	}
	spill_release(&s);
	assert_true(spill_is_empty(&s));
}

static void test_poured_in_order(void **state)
{
	struct fresh_entry last = {.n = 0}, next;
	uint8_t *seen = calloc(CYCLES * EACH, 1);
	uint32_t count = 0;
	struct spill s;
	bool has = true;

	(void)state;
	assert_non_null(seen);
	spill_init(&s, "/tmp");
	fill(&s, CYCLES);
	while (has) {
		assert_int_equal(spill_pour(&s, &next, &has), ERR_OK);
		if (!has)
			break;
		if (count++ > 0)
			assert_true(fresh_order(
			    &last, span_of(next.tag, next.n)) < 0);
		assert_int_equal(next.card, (next.person - 1) % 2);
		assert_int_equal(seen[next.person - 1], 0);
		seen[next.person - 1] = 1;
		last = next;
	}
	assert_int_equal(count, CYCLES * EACH);
	spill_release(&s);
	free(seen);
}

static void test_a_full_disk(void **state)
{
	struct rlimit was, small = {4096, 4096};
	struct spill s;
	struct fresh f;
	uint8_t tag[RIGHTS_TAG];
	bool more = true;
	size_t at = 0;
	enum err e = ERR_OK;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	spill_init(&s, "/tmp");
	fresh_init(&f, 2000);
	for (uint32_t n = 0; n < 2000; n++)
		assert_int_equal(
		    fresh_add(&f, tag_of(n, tag), n + 1, false), ERR_OK);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small.rlim_max = was.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	while (more && !e)
		e = spill_step(&s, &f, &at, 100, &more);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_not_equal(e, ERR_OK);
	spill_release(&s);
	fresh_release(&f);
}

static void test_no_folder(void **state)
{
	struct spill s;
	struct fresh f;
	uint8_t tag[RIGHTS_TAG];
	bool more = true;
	size_t at = 0;

	(void)state;
	spill_init(&s, "/nowhere/at/all");
	fresh_init(&f, 10);
	assert_int_equal(fresh_add(&f, tag_of(1, tag), 1, false), ERR_OK);
	assert_int_equal(spill_step(&s, &f, &at, 9, &more), ERR_IO);
	spill_release(&s);
	fresh_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_found),
		cmocka_unit_test(test_poured_in_order),
		cmocka_unit_test(test_a_full_disk),
		cmocka_unit_test(test_no_folder),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
