/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what an open feed holds is whole, by person, up to its last place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rights/held.h"

#define FIRST 1000	/* the first person's id */

static struct held h;

static void add_person(int64_t id)
{
	struct person_row p = {.cell = 3, .id = id, .number = 7 * id};

	held_add_person(&h, &p);
}

static void add_right(int64_t person, int64_t id)
{
	struct right_row r = {.cell = 3, .person = person, .id = id};

	held_add_right(&h, &r);
}

static unsigned rights(int64_t person, struct right_row ret[RIGHT_MOST])
{
	unsigned n = 99;

	held_rights(&h, person, ret, &n);
	return n;
}

static int set_up(void **state)
{
	(void)state;
	held_clear(&h);
	return 0;
}

static void test_empty_it_has_nobody(void **state)
{
	struct right_row found[RIGHT_MOST];

	(void)state;
	assert_true(held_has_room(&h));
	assert_null(held_person(&h, 0));
	assert_null(held_person(&h, FIRST));
	assert_int_equal(rights(FIRST, found), 0);
}

static void test_a_person_is_found_by_id(void **state)
{
	(void)state;
	for (int64_t i = 0; i < HELD_PERSONS; i++) {
		assert_true(held_has_room(&h));
		add_person(FIRST + i);
	}
	assert_false(held_has_room(&h));
	for (int64_t i = 0; i < HELD_PERSONS; i++) {
		struct person_row *p = held_person(&h, FIRST + i);

		assert_non_null(p);
		assert_int_equal(p->id, FIRST + i);
		assert_int_equal(p->number, 7 * (FIRST + i));
	}
	assert_null(held_person(&h, FIRST - 1));
	assert_null(held_person(&h, FIRST + HELD_PERSONS));
	assert_null(held_person(&h, INT64_MAX));
}

/* What is changed in place is what is found and written. */
static void test_a_person_is_changed_in_place(void **state)
{
	(void)state;
	add_person(FIRST);
	add_person(FIRST + 1);
	held_person(&h, FIRST + 1)->number = 5;
	assert_int_equal(h.persons[1].number, 5);
	assert_int_equal(held_person(&h, FIRST)->number, 7 * FIRST);
}

static void test_rights_are_each_persons_own(void **state)
{
	struct right_row found[RIGHT_MOST];

	(void)state;
	add_person(FIRST);
	add_person(FIRST + 1);
	for (int64_t i = 0; i < 6; i++)
		add_right(FIRST + (i & 1), i);
	assert_int_equal(rights(FIRST + 1, found), 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(found[i].person, FIRST + 1);
		assert_int_equal(found[i].id, 2 * i + 1);
	}
	assert_int_equal(rights(FIRST + 2, found), 0);
}

/* Room for a person and a right means for both. */
static void test_rights_fill_it_too(void **state)
{
	struct right_row found[RIGHT_MOST];

	(void)state;
	add_person(FIRST);
	for (int64_t i = 0; i < HELD_RIGHTS; i++) {
		assert_true(held_has_room(&h));
		add_right(FIRST, i);
	}
	assert_false(held_has_room(&h));
	/* no more than the caller has room for */
	assert_int_equal(rights(FIRST, found), RIGHT_MOST);
	held_clear(&h);
	assert_true(held_has_room(&h));
	assert_null(held_person(&h, FIRST));
	assert_int_equal(rights(FIRST, found), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_empty_it_has_nobody, set_up),
	    cmocka_unit_test_setup(test_a_person_is_found_by_id, set_up),
	    cmocka_unit_test_setup(test_a_person_is_changed_in_place, set_up),
	    cmocka_unit_test_setup(test_rights_are_each_persons_own, set_up),
	    cmocka_unit_test_setup(test_rights_fill_it_too, set_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
