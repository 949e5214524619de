/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: invented numbers hold their keys, differ, and belong to nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ids/ids.h"
#include "ids/luhn.h"
#include "people/numbers.h"

#define TRIES 20000

static uint32_t findings(enum ids_kind kind, const char *text)
{
	char canonical[IDS_TEXT_SIZE];
	struct ids_found found = ids_parse(kind, span_str(text), canonical);

	assert_true(ids_readable(found));
	return found.set;
}

static void test_nir_holds_its_key_in_a_department_nobody_has(void **state)
{
	char nir[NUMBERS_NIR_SIZE];

	(void)state;
	for (uint32_t i = 0; i < TRIES; i++) {
		numbers_nir(1 + (int)(i % 2), 1920 + (int)(i % 106),
		    1 + (int)(i % 12), i * 47, nir);
		assert_int_equal(findings(IDS_NIR, nir), 0);
		assert_memory_equal(nir + 5, "00", 2);
		assert_memory_not_equal(nir + 10, "000", 3);
	}
	numbers_nir(2, 1950, 20, 1, nir);	/* a month that is not known */
	assert_int_equal(
	    findings(IDS_NIR, nir), 1u << IDS_PSEUDO_MONTH);
}

static void test_nir_of_two_households_differ(void **state)
{
	static uint8_t seen[NUMBERS_NIR_COUNT + 1000];
	char nir[NUMBERS_NIR_SIZE];

	(void)state;
	for (uint32_t i = 0; i < NUMBERS_NIR_COUNT; i++) {
		unsigned at = 0;

		numbers_nir(1, 1980, 6, i, nir);
		for (int k = 7; k < 13; k++)
			at = at * 10 + (unsigned)(nir[k] - '0');
		assert_true(at < sizeof(seen));
		assert_int_equal(seen[at]++, 0);
	}
}

static void test_rpps_begins_with_999_and_holds(void **state)
{
	char rpps[NUMBERS_RPPS_SIZE];

	(void)state;
	for (uint32_t i = 0; i < TRIES; i++) {
		numbers_rpps(i, rpps);
		assert_int_equal(findings(IDS_RPPS, rpps), 0);
		assert_memory_equal(rpps, "999", 3);
	}
}

static void test_finess_is_lettered_and_tells_its_kind(void **state)
{
	char finess[NUMBERS_FINESS_SIZE];

	(void)state;
	for (uint32_t i = 0; i < TRIES; i++) {
		numbers_finess((int)(i % 10), i, finess);
		assert_int_equal(
		    findings(IDS_FINESS, finess), 1u << IDS_LETTERED);
		assert_memory_equal(finess, "0E", 2);
		assert_int_equal(finess[2] - '0', i % 10);
	}
}

static void test_siret_holds_below_the_first_siren_given(void **state)
{
	char siret[NUMBERS_SIRET_SIZE], last[NUMBERS_SIRET_SIZE] = "";

	(void)state;
	for (uint32_t i = 0; i < NUMBERS_SIRET_COUNT; i += 311) {
		numbers_siret(i, siret);
		assert_int_equal(findings(IDS_SIRET, siret), 0);
		/* 000199968 is the lowest that a public register shows */
		assert_true(strncmp(siret, "000100000", 9) < 0);
		assert_true(strncmp(siret, "000000000", 9) > 0);
		assert_string_not_equal(siret, last);
		memcpy(last, siret, sizeof(last));
	}
}

static void test_amc_is_no_siren_behind_its_zero(void **state)
{
	char amc[NUMBERS_AMC_SIZE];

	(void)state;
	for (uint32_t i = 0; i < NUMBERS_AMC_COUNT; i++) {
		numbers_amc(i, amc);
		assert_int_equal(findings(IDS_AMC, amc), 0);
		assert_memory_equal(amc, "0099", 4);
		assert_false(luhn_holds(amc + 1, 9));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        test_nir_holds_its_key_in_a_department_nobody_has),
	    cmocka_unit_test(test_nir_of_two_households_differ),
	    cmocka_unit_test(test_rpps_begins_with_999_and_holds),
	    cmocka_unit_test(test_finess_is_lettered_and_tells_its_kind),
	    cmocka_unit_test(test_siret_holds_below_the_first_siren_given),
	    cmocka_unit_test(test_amc_is_no_siren_behind_its_zero),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
