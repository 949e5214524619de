/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a NIR that two persons share by Corsica's letters names neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "insurer/namesake.h"

static struct member who(const char *nir, const char *birth, char rank)
{
	struct member m = {.has_nir = true, .rank = rank};

	(void)snprintf(m.nir.text, sizeof(m.nir.text), "%s", nir);
	(void)snprintf(m.birth, sizeof(m.birth), "%s", birth);
	return m;
}

static void test_namesakes_of_bastia_and_bourges_go_without(void **state)
{
	struct member bastia = who("280012B03312345", "19800115", '1');
	struct member bourges = who("280011803312399", "19800115", '1');
	struct member twin = who("280011803312399", "19800115", '2');
	struct member other_day = who("280012B03312345", "19800116", '1');
	struct namesakes n;

	(void)state;
	namesakes_init(&n);
	assert_int_equal(namesakes_note(&n, &bastia), ERR_OK);
	assert_int_equal(namesakes_note(&n, &other_day), ERR_OK);
	assert_int_equal(namesakes_note(&n, &bourges), ERR_OK);
	assert_int_equal(namesakes_note(&n, &twin), ERR_OK);
	assert_false(namesakes_has(&n, &bastia));
	assert_int_equal(namesakes_settle(&n), 1);
	assert_true(namesakes_has(&n, &bastia));
	assert_true(namesakes_has(&n, &bourges));
	assert_false(namesakes_has(&n, &twin));
	assert_false(namesakes_has(&n, &other_day));
	namesakes_release(&n);
}

static void test_2a_and_19_too_but_not_28_or_two_lines_of_one(void **state)
{
	struct member ajaccio = who("280012A00412345", "19800115", '1');
	struct member tulle = who("280011900412399", "19800115", '1');
	struct member chartres = who("280012800412399", "19800115", '1');
	struct member none = {.has_nir = false};
	struct namesakes n;

	(void)state;
	namesakes_init(&n);
	assert_int_equal(namesakes_note(&n, &ajaccio), ERR_OK);
	assert_int_equal(namesakes_note(&n, &ajaccio), ERR_OK);
	assert_int_equal(namesakes_note(&n, &chartres), ERR_OK);
	assert_int_equal(namesakes_note(&n, &none), ERR_OK);
	assert_int_equal(namesakes_settle(&n), 0);
	assert_false(namesakes_has(&n, &ajaccio));
	namesakes_release(&n);
	assert_int_equal(namesakes_note(&n, &ajaccio), ERR_OK);
	assert_int_equal(namesakes_note(&n, &tulle), ERR_OK);
	assert_int_equal(namesakes_settle(&n), 1);
	assert_true(namesakes_has(&n, &tulle));
	assert_false(namesakes_has(&n, &none));
	namesakes_release(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_namesakes_of_bastia_and_bourges_go_without),
	    cmocka_unit_test(
		test_2a_and_19_too_but_not_28_or_two_lines_of_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
