/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: whichever allocation fails, counting either happened whole or not at
 * all: the bytes of the state are the same before and after a failure.
 */
#include <errno.h>
#include "failing.h"
#include "guard/kit.h"

static const struct guard_figures loose = {{900, 900, 900, 900, 900, 900}};

static void save(struct guard *g, struct buf *b)
{
	buf_init(b, 1 << 20);
	assert_int_equal(guard_save(g, b), ERR_OK);
}

/* One reading, each of its allocations failing in turn; how many there were. */
static int count_failing(
    struct guard *g, struct guard_ask a, uint64_t number, int64_t t)
{
	struct guard_verdict v;
	struct buf before, after;
	enum err e;
	int n = 0;

	(void)guard_look_platform(g, t);
	save(g, &before);
	for (;; n++) {
		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = guard_count(g, &a, number, t, &v);
		if (!failing_end())
			break;
		assert_int_equal(e, ERR_NOMEM);
		save(g, &after);
		assert_true(span_equal(buf_span(&before), buf_span(&after)));
		buf_release(&after);
	}
	assert_int_equal(e, ERR_OK);
	assert_int_equal(v.told.decision, GUARD_GO);
	buf_release(&before);
	return n;
}

static void test_count_any_allocation_may_fail(void **state)
{
	struct guard *g = kit_guard(loose);
	int failed = 0;

	(void)state;
	for (uint64_t n = 1; n <= 60; n++) {
		struct guard_ask a = kit_ask(n, 0);

		a.key = 1 + (uint32_t)n % 20;
		a.site = 1 + (uint32_t)n % 18;
		a.cell = 1 + (uint32_t)n % 17;
		a.card = n % 3 == 0;
		failed += count_failing(g, a, n % 5 ? n : 0,
		    KIT_START + (int64_t)n * KIT_HOUR);
	}
	print_message("# %d allocations failed\n", failed);
	assert_true(failed > 100);
	guard_free(g);
}

static void test_setters_any_allocation_may_fail(void **state)
{
	static const struct guard_wide wide = {3, 4};
	struct guard *g;

	(void)state;
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_null(guard_new());
	g = kit_guard(loose);
	/* the shelf; with it the subject; with both the figures */
	for (int n = 0; n < 3; n++) {
		failing_set(FAILING_MEMORY, n > 0, ENOMEM);
		assert_int_equal(
		    guard_set_own(g, GUARD_KEY, 40, &loose), ERR_NOMEM);
	}
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(guard_set_cell(g, 3, &wide), ERR_NOMEM);
	assert_true(failing_end());
	assert_int_equal(guard_set_own(g, GUARD_KEY, 40, &loose), ERR_OK);
	assert_int_equal(guard_set_cell(g, 3, &wide), ERR_OK);
	guard_free(g);
}

/* Without memory to shrink into, a set stays as it is and counts alike. */
static void test_settle_without_memory_still_counts(void **state)
{
	struct guard *g = kit_guard(loose);
	struct guard_ask a = kit_ask(1, 0);

	(void)state;
	for (uint64_t n = 1; n <= 300; n++)
		assert_true(kit_answered(
		    g, kit_ask(n, 0), n, KIT_START + (int64_t)n));
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(kit_used(g, a, GUARD_SITE, GUARD_T30,
	    KIT_START + GUARD_MONTH_MS + 290), 10);
	assert_true(failing_end());
	assert_int_equal(kit_used(g, a, GUARD_SITE, GUARD_T30,
	    KIT_START + GUARD_MONTH_MS + 291), 9);
	guard_free(g);
}

static void test_load_any_allocation_may_fail(void **state)
{
	struct guard *g = kit_guard(loose), *h;
	struct buf a;
	int n = 0;
	enum err e;

	(void)state;
	for (uint64_t p = 1; p <= 30; p++) {
		struct guard_ask ask = kit_ask(p, 0);

		ask.card = p % 2;
		ask.cell = 1 + (uint32_t)p % 3;
		assert_true(kit_answered(g, ask, p % 7 ? p : 0, KIT_START));
	}
	save(g, &a);
	for (;; n++) {
		h = kit_guard(loose);
		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = guard_load(h, buf_span(&a));
		if (!failing_end())
			break;
		assert_int_equal(e, ERR_NOMEM);
		assert_int_equal(guard_now(h), INT64_MIN);
		guard_free(h);
	}
	assert_int_equal(e, ERR_OK);
	print_message("# %d allocations failed\n", n);
	assert_true(n >= 10);
	buf_release(&a);
	guard_free(g);
	guard_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_count_any_allocation_may_fail),
	    cmocka_unit_test(test_setters_any_allocation_may_fail),
	    cmocka_unit_test(test_settle_without_memory_still_counts),
	    cmocka_unit_test(test_load_any_allocation_may_fail),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guard/nomem", tests, NULL, NULL);
}
