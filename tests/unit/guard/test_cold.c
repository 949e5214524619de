/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a cold set that lacks memory says so, stays as it is and takes nothing
 * more; a set without memory to shrink into counts as before.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "failing.h"
#include "guard/roll.h"

#define KEEP (30 * ROLL_DAY_MS)
#define START INT64_C(1760000000000)
#define ROWS 5u
#define LATE 40u	/* more than the room that fetching leaves */

static enum err fetch(void *ctx, uint64_t at, void *to, size_t n)
{
	memcpy(to, (const uint8_t *)ctx + at, n);
	return ERR_OK;
}

/* Keys 1 to ROWS lie in the store. */
static void make_cold(
    struct roll *r, struct roll_store *store, uint32_t rows[ROWS][2])
{
	roll_init(r, 1, 0, KEEP);
	assert_int_equal(roll_load(r, ROWS, START), ERR_OK);
	for (uint32_t i = 0; i < ROWS; i++) {
		rows[i][0] = (uint32_t)(START - ROWS + i);
		rows[i][1] = i + 1;
		assert_true(roll_load_row(
		    r, i ? rows[i - 1] : NULL, rows[i]));
	}
	*store = (struct roll_store){rows, fetch, ERR_OK};
	roll_load_end(r, store, 0);
}

static void tell_late(struct roll *r, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t key = ROWS + 1 + i;

		roll_tell(r, START + i);
		assert_int_equal(roll_reserve(r), ERR_OK);
		roll_put(r, &key, NULL);
	}
}

static void test_cold_settle_any_allocation_may_fail(void **state)
{
	uint32_t rows[ROWS][2];
	struct roll_store store;
	struct roll r;
	int n = 0;

	(void)state;
	for (;; n++) {
		make_cold(&r, &store, rows);
		tell_late(&r, LATE);
		assert_true(roll_is_due(&r, START));
		failing_set(FAILING_MEMORY, n, ENOMEM);
		roll_settle(&r, START + LATE);
		if (!failing_end())
			break;
		assert_int_equal(store.failed, ERR_NOMEM);
		assert_true(roll_is_cold(&r));
		assert_int_equal(roll_count(&r, false), ROWS + LATE);
		assert_int_equal(roll_reserve(&r), ERR_IO);
		roll_release(&r);
	}
	/* nodes, index, and both again for what came later */
	assert_true(n >= 4);
	assert_int_equal(store.failed, ERR_OK);
	assert_false(roll_is_cold(&r));
	for (uint32_t key = 1; key <= ROWS + LATE; key++)
		assert_true(roll_has(&r, &key, true));
	assert_int_equal(roll_count(&r, false), ROWS + LATE);
	roll_release(&r);
}

static void test_cold_reserve_without_memory(void **state)
{
	uint32_t rows[ROWS][2], key = ROWS + 1;
	struct roll_store store;
	struct roll r;

	(void)state;
	make_cold(&r, &store, rows);
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(roll_reserve(&r), ERR_NOMEM);
	assert_true(failing_end());
	assert_int_equal(roll_count(&r, false), ROWS);
	assert_int_equal(roll_reserve(&r), ERR_OK);
	roll_put(&r, &key, NULL);
	assert_int_equal(roll_count(&r, false), ROWS + 1);
	roll_release(&r);
}

static void test_a_full_set_takes_nothing(void **state)
{
	struct roll_store store = {NULL, fetch, ERR_OK};
	struct roll r;

	(void)state;
	roll_init(&r, 1, 0, KEEP);
	assert_int_equal(roll_load(&r, ROLL_MOST + 1, START), ERR_LIMIT);
	assert_int_equal(roll_load(&r, ROLL_MOST, START), ERR_OK);
	roll_load_end(&r, &store, 0);
	assert_int_equal(roll_reserve(&r), ERR_LIMIT);
	assert_int_equal(roll_count(&r, false), ROLL_MOST);
	roll_release(&r);
}

static void test_a_row_before_all_time_is_refused(void **state)
{
	static const uint32_t row[] = {UINT32_MAX, 1}, first[] = {0, 1};
	struct roll r;

	(void)state;
	roll_init(&r, 1, 0, KEEP);
	assert_int_equal(roll_load(&r, 1, 1000), ERR_OK);
	assert_false(roll_load_row(&r, NULL, row));
	assert_true(roll_load_row(&r, NULL, first));
	roll_release(&r);
}

/* The nodes, then the index. */
static void test_shrink_any_allocation_may_fail(void **state)
{
	(void)state;
	for (int n = 0; n < 2; n++) {
		struct roll r;
		size_t full;

		roll_init(&r, 1, 0, KEEP);
		for (uint32_t key = 1; key <= 300; key++) {
			roll_settle(&r, START + key);
			assert_int_equal(roll_reserve(&r), ERR_OK);
			roll_touch(&r, &key);
		}
		full = roll_memory(&r);
		failing_set(FAILING_MEMORY, n, ENOMEM);
		roll_settle(&r, START + KEEP + 290);
		assert_true(failing_end());
		assert_int_equal(roll_memory(&r), full);
		assert_int_equal(roll_count(&r, false), 10);
		roll_settle(&r, START + KEEP + 291);
		assert_true(roll_memory(&r) < full / 4);
		for (uint32_t key = 1; key <= 300; key++)
			assert_int_equal(
			    roll_has(&r, &key, false), key > 291);
		roll_release(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cold_settle_any_allocation_may_fail),
	    cmocka_unit_test(test_cold_reserve_without_memory),
	    cmocka_unit_test(test_a_full_set_takes_nothing),
	    cmocka_unit_test(test_a_row_before_all_time_is_refused),
	    cmocka_unit_test(test_shrink_any_allocation_may_fail),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guard/cold", tests, NULL, NULL);
}
