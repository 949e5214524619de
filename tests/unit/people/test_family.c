/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: households are what family.h says, and nobody is taken for another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "people/family.h"

#define HOUSEHOLDS 3000

static struct plan plan;

static struct family family(uint32_t index)
{
	struct family f;

	family_make(&plan, index, &f);
	return f;
}

static unsigned count_kin(const struct family *f, enum row_kin kin)
{
	unsigned n = 0;

	for (uint8_t i = 0; i < f->count; i++)
		n += f->rows[i].kin == kin;
	return n;
}

static bool same_tag(const struct row *a, const struct row *b)
{
	bool nir = a->nir[0] && strncmp(a->nir, b->nir, 13) == 0;

	return strcmp(a->amc, b->amc) == 0 &&
	    strcmp(a->birth, b->birth) == 0 && a->rank == b->rank &&
	    (nir || strcmp(a->member, b->member) == 0);
}

static void test_family_shown_one_adult_is_covered_for_glasses(void **state)
{
	struct family f = family(0);

	(void)state;
	assert_int_equal(f.count, 1);
	assert_string_equal(f.rows[0].amc, plan.insurer[0].amc);
	assert_true(row_is_open(&f.rows[0], plan.day));
	assert_true(row_covers(&f.rows[0], "OPTI"));
	assert_false(row_covers(&f.rows[0], "OPT"));
	assert_int_equal(f.rows[0].card_count, 1);
}

static void test_family_shown_twins_of_two_mutuelles(void **state)
{
	struct family f = family(1);
	const struct row *twin = &f.rows[2];

	(void)state;
	assert_int_equal(count_kin(&f, ROW_TWIN), 4);
	assert_int_equal(count_kin(&f, ROW_PARENT), 2);
	/* one child, each parent's NIR, each mutuelle's reference */
	assert_int_equal(twin[0].person, twin[1].person);
	assert_string_not_equal(twin[0].amc, twin[1].amc);
	assert_string_equal(twin[0].nir, f.rows[0].nir);
	assert_string_equal(twin[1].nir, f.rows[1].nir);
	assert_int_equal(twin[0].order, 1);
	assert_int_equal(twin[1].order, 2);
	/* its sister or brother differs by rank alone */
	assert_string_equal(twin[0].birth, twin[2].birth);
	assert_string_equal(twin[0].nir, twin[2].nir);
	assert_int_equal(twin[0].rank, 1);
	assert_int_equal(twin[2].rank, 2);
}

static void test_family_shown_twins_on_two_contracts_of_one(void **state)
{
	struct family f = family(2);
	const struct row *twin = &f.rows[2];

	(void)state;
	assert_int_equal(count_kin(&f, ROW_TWIN), 4);
	assert_string_equal(twin[0].amc, twin[1].amc);
	assert_string_equal(twin[0].ref, twin[1].ref);
	assert_string_equal(twin[0].cards[0], twin[1].cards[0]);
	assert_string_not_equal(twin[0].member, twin[1].member);
	assert_string_not_equal(twin[0].nir, twin[1].nir);
}

static void test_family_shown_child_and_student(void **state)
{
	struct family f = family(3);

	(void)state;
	assert_int_equal(f.count, 3);
	assert_string_equal(f.rows[1].nir, f.rows[0].nir);
	assert_int_equal(f.rows[1].age, ROW_CHILD);
	assert_string_not_equal(f.rows[2].nir, f.rows[0].nir);
	assert_string_equal(f.rows[2].member, f.rows[0].member);
	assert_int_equal(f.rows[2].kin, ROW_STUDENT);
}

static void test_family_shown_those_who_left(void **state)
{
	struct family this_year = family(4), last_year = family(5);

	(void)state;
	assert_true(this_year.rows[0].closed_day > 0);
	assert_true(this_year.rows[0].closed_day < plan.day);
	assert_false(row_is_open(&this_year.rows[0], plan.day));
	assert_true(row_is_open(
	    &this_year.rows[0], this_year.rows[0].closed_day));
	assert_int_equal(last_year.rows[0].closed_day, 0);
	assert_false(row_is_open(&last_year.rows[0], plan.day));
}

static void test_family_shown_hosted_lunar_second(void **state)
{
	struct family hosted = family(6), lunar = family(7);
	struct family second = family(8);

	(void)state;
	assert_string_equal(
	    hosted.rows[0].amc, plan.insurer[plan.insurers - 1].amc);
	assert_string_equal(
	    plan.insurer[plan.insurers - 1].hosted_by, "bief");
	assert_string_equal(lunar.rows[0].birth + 6, "00");
	assert_int_equal(second.count, 2);
	assert_int_equal(second.rows[1].order, 2);
	assert_string_not_equal(second.rows[0].amc, second.rows[1].amc);
}

static void test_family_aliases_never_meet_two_persons(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < HOUSEHOLDS; i++) {
		struct family f = family(i);

		assert_in_range(f.count, f.persons, FAMILY_ROWS);
		for (uint8_t a = 0; a < f.count; a++)
			for (uint8_t b = 0; b < a; b++)
				if (f.rows[a].person != f.rows[b].person)
					assert_false(same_tag(
					    &f.rows[a], &f.rows[b]));
	}
}

static void test_family_rows_are_in_order_of_persons(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < HOUSEHOLDS; i++) {
		struct family f = family(i);
		uint32_t last = 0;

		for (uint8_t a = 0; a < f.count; a++) {
			assert_true(f.rows[a].person >= last);
			assert_int_equal(
			    f.rows[a].person / FAMILY_STEP, i);
			last = f.rows[a].person;
		}
		assert_int_equal(last % FAMILY_STEP, f.persons);
	}
}

static void test_family_every_kind_is_there(void **state)
{
	unsigned kinds[ROW_KINS] = {0}, closed = 0, no_nir = 0, no_card = 0;

	(void)state;
	for (uint32_t i = FAMILY_SHOWN; i < HOUSEHOLDS; i++) {
		struct family f = family(i);

		for (uint8_t a = 0; a < f.count; a++) {
			kinds[f.rows[a].kin]++;
			closed += f.rows[a].closed_day != 0;
			no_nir += f.rows[a].nir[0] == '\0';
			no_card += f.rows[a].card_count == 0;
		}
	}
	for (int k = 0; k < ROW_KINS; k++)
		assert_true(kinds[k] > 10);
	assert_true(closed > 10);
	assert_true(no_nir > 10);
	assert_true(no_card > 10);
}

static void test_family_cut_leaves_the_first_persons(void **state)
{
	struct family f = family(1);

	(void)state;
	family_cut(&f, 9);
	assert_int_equal(f.persons, 4);
	family_cut(&f, 3);
	assert_int_equal(f.persons, 3);
	assert_int_equal(f.rows[f.count - 1].person % FAMILY_STEP, 3);
	assert_int_equal(f.count, 4);
}

static void test_plan_refuses_sizes_out_of_range(void **state)
{
	struct plan p;

	(void)state;
	assert_int_equal(plan_make(0, 1, 1, 20000, &p), ERR_RANGE);
	assert_int_equal(plan_make(1, 0, 1, 20000, &p), ERR_RANGE);
	assert_int_equal(
	    plan_make(PLAN_MEMBERS_MAX + 1, 1, 1, 20000, &p), ERR_RANGE);
	assert_int_equal(
	    plan_make(1, PLAN_INSURERS_MAX + 1, 1, 20000, &p), ERR_RANGE);
}

static int make_plan(void **state)
{
	int32_t day;

	(void)state;
	if (date_parse(span_str(PLAN_DAY_DEFAULT), &day))
		return -1;
	return plan_make(HOUSEHOLDS, 5, 1, day, &plan) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        test_family_shown_one_adult_is_covered_for_glasses),
	    cmocka_unit_test(test_family_shown_twins_of_two_mutuelles),
	    cmocka_unit_test(test_family_shown_twins_on_two_contracts_of_one),
	    cmocka_unit_test(test_family_shown_child_and_student),
	    cmocka_unit_test(test_family_shown_those_who_left),
	    cmocka_unit_test(test_family_shown_hosted_lunar_second),
	    cmocka_unit_test(test_family_aliases_never_meet_two_persons),
	    cmocka_unit_test(test_family_rows_are_in_order_of_persons),
	    cmocka_unit_test(test_family_every_kind_is_there),
	    cmocka_unit_test(test_family_cut_leaves_the_first_persons),
	    cmocka_unit_test(test_plan_refuses_sizes_out_of_range),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_plan, NULL);
}
