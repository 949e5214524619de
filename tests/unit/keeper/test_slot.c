/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a fixed pool; a message for a use of a slot that is over finds
 * nothing; nothing of one question is left for the next. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "failing.h"
#include "keeper/slot.h"

static struct slots *fresh(void)
{
	struct slots *s = NULL;

	assert_int_equal(slots_new(&s), ERR_OK);
	return s;
}

static struct slot *taken_of(struct slots *s, uint8_t plane)
{
	struct slot *one = slots_take(s, plane);

	assert_non_null(one);
	one->state = SLOT_RESOLVING;
	return one;
}

static struct slot *taken(struct slots *s)
{
	return taken_of(s, 1);
}

/* A plane that is flooded leaves the others theirs. */
static void test_each_plane_has_its_share(void **state)
{
	struct slots *s = fresh();
	struct slot *one = NULL;

	(void)state;
	for (uint32_t i = 0; i < SLOT_PLANE; i++)
		one = taken_of(s, 2);
	assert_null(slots_take(s, 2));
	for (uint32_t i = 0; i < SLOT_PLANE; i++)
		(void)taken_of(s, 1);
	assert_null(slots_take(s, 1));
	slots_give(s, one);
	assert_null(slots_take(s, 1));
	(void)taken_of(s, 2);
	assert_null(slots_take(s, 2));
	assert_null(slots_take(s, SLOT_PLANES));
	(void)taken_of(s, 4);
	slots_free(s);
}

/* Whoever looks at all of them looks at those that were ever taken. */
static void test_the_reach_holds_all_that_were_taken(void **state)
{
	struct slots *s = fresh();
	struct slot *a, *b;

	(void)state;
	assert_int_equal(slots_reach(s), 0);
	a = taken(s);
	b = taken(s);
	assert_int_equal(slots_reach(s), 2);
	assert_true(slots_at(s, 0) == a && slots_at(s, 1) == b);
	slots_give(s, a);
	slots_give(s, b);
	(void)taken(s);
	(void)taken(s);
	assert_int_equal(slots_reach(s), 2);
	(void)taken(s);
	assert_int_equal(slots_reach(s), 3);
	slots_free(s);
}

static void test_all_are_given_once(void **state)
{
	static struct slot *all[SLOT_COUNT];
	struct slots *s = fresh();

	(void)state;
	for (uint32_t i = 0; i < SLOT_COUNT; i++) {
		assert_int_equal(slots_used(s), i);
		all[i] = taken_of(s, (uint8_t)(1 + i / SLOT_PLANE));
		all[i]->key = i;
	}
	assert_null(slots_take(s, 4));
	assert_int_equal(slots_used(s), SLOT_COUNT);
	for (uint32_t i = 0; i < SLOT_COUNT; i++) {
		assert_int_equal(all[i]->key, i);
		assert_ptr_equal(slots_find(s, slots_ref(s, all[i])), all[i]);
		assert_int_equal(slots_at(s, i)->state, SLOT_RESOLVING);
	}
	slots_give(s, all[5]);
	assert_int_equal(slots_used(s), SLOT_COUNT - 1);
	assert_ptr_equal(taken(s), all[5]);
	slots_free(s);
	slots_free(NULL);
}

static void test_late_messages_find_nothing(void **state)
{
	struct slots *s = fresh();
	struct slot *one = slots_take(s, 1);
	uint64_t ref = slots_ref(s, one), next;

	(void)state;
	/* taken, and not yet on its way */
	assert_null(slots_find(s, ref));
	one->state = SLOT_DOING;
	assert_ptr_equal(slots_find(s, ref), one);
	slots_give(s, one);
	assert_null(slots_find(s, ref));
	assert_ptr_equal(taken(s), one);
	next = slots_ref(s, one);
	assert_true(next != ref);
	assert_null(slots_find(s, ref));
	assert_ptr_equal(slots_find(s, next), one);
	assert_null(slots_find(s, next + ((uint64_t)1 << 32)));
	assert_null(slots_find(s, SLOT_COUNT));
	assert_null(slots_find(s, UINT64_MAX));
	slots_free(s);
}

static void test_nothing_is_left_for_the_next(void **state)
{
	static const struct slot nothing;
	struct slots *s = fresh();
	struct slot *one = taken(s);
	uint32_t turn = one->turn;

	(void)state;
	memset(one, 0xff, sizeof(*one));
	one->turn = turn;
	one->owned = false;
	one->acts = malloc(1);	/* freed with it */
	slots_give(s, one);
	assert_ptr_equal(slots_take(s, 1), one);
	assert_int_equal(one->turn, turn + 1);
	assert_int_equal(one->purpose, RIGHTS_READ);
	one->turn = 0;
	one->purpose = 0;
	assert_memory_equal(one, &nothing, sizeof(nothing));
	slots_free(s);
}

/* A key that asks for all leaves the rest for others, and gets its own back. */
static void test_a_key_holds_no_more_than_its_own(void **state)
{
	struct slots *s = fresh();
	struct slot *mine[SLOT_KEY], *more, *other;

	(void)state;
	for (unsigned i = 0; i < SLOT_KEY; i++) {
		mine[i] = taken(s);
		assert_int_equal(slots_own(s, mine[i], 70000), ERR_OK);
	}
	more = taken(s);
	assert_int_equal(slots_own(s, more, 70000), ERR_FULL);
	other = taken(s);
	assert_int_equal(slots_own(s, other, 3), ERR_OK);
	slots_give(s, mine[7]);
	assert_int_equal(slots_own(s, more, 70000), ERR_OK);
	slots_free(s);
}

static void test_without_memory_nobody_owns(void **state)
{
	struct slots *s = NULL;
	struct slot *one;

	(void)state;
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(slots_new(&s), ERR_NOMEM);
	assert_true(failing_end() && !s);
	s = fresh();
	one = taken(s);
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(slots_own(s, one, 5000), ERR_NOMEM);
	assert_true(failing_end());
	/* it is given back as nobody's, and the key has its whole share */
	slots_give(s, one);
	for (uint32_t i = 0; i < SLOT_KEY; i++)
		assert_int_equal(slots_own(s, taken(s), 5000), ERR_OK);
	one = taken(s);
	assert_int_equal(slots_own(s, one, 5000), ERR_FULL);
	one->acts = malloc(5);
	slots_free(s);
	slots_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_plane_has_its_share),
		cmocka_unit_test(test_the_reach_holds_all_that_were_taken),
		cmocka_unit_test(test_all_are_given_once),
		cmocka_unit_test(test_late_messages_find_nothing),
		cmocka_unit_test(test_nothing_is_left_for_the_next),
		cmocka_unit_test(test_a_key_holds_no_more_than_its_own),
		cmocka_unit_test(test_without_memory_nobody_owns),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
