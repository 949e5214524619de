/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: every refusal has its status, code and both sentences; its JSON needs
 * no escapes and stays inside its limit; nginx's pages have one row each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "upstream/refuse.h"

static void test_every_row_is_filled(void **state)
{
	(void)state;
	for (unsigned why = 1; why < REFUSE_COUNT; why++) {
		const struct refuse_text *t = refuse_text(why);

		assert_in_range(t->status, 400, 599);
		assert_true(strlen(t->en) > 10 && strlen(t->fr) > 10);
		assert_true(strlen(t->issue) > 3 && strlen(t->code) > 3);
		/* come back later, and when: both or none */
		assert_int_equal(t->retry_after_s > 0,
		    t->status == 429 || t->status >= 503);
	}
	assert_ptr_equal(refuse_text(0), refuse_text(REFUSE_REQUEST));
	assert_ptr_equal(
	    refuse_text(REFUSE_COUNT), refuse_text(REFUSE_REQUEST));
}

static void test_texts_need_no_escape(void **state)
{
	(void)state;
	for (unsigned why = 1; why < REFUSE_COUNT; why++) {
		const struct refuse_text *t = refuse_text(why);
		const char *texts[] = {t->en, t->fr, t->issue, t->code};

		for (size_t i = 0; i < 4; i++)
			for (const char *p = texts[i]; *p; p++)
				assert_true((unsigned char)*p >= ' ' &&
				    *p != '"' && *p != '\\');
	}
}

static void test_outcome_names_the_field(void **state)
{
	struct buf b;

	(void)state;
	for (unsigned why = 1; why < REFUSE_COUNT; why++) {
		buf_init(&b, REFUSE_MOST);
		refuse_write(why, "Signature-Input", &b);
		assert_int_equal(b.err, ERR_OK);
		assert_memory_equal(
		    b.p, "{\"resourceType\":\"OperationOutcome\",", 35);
		assert_non_null(memmem(
		    b.p, b.n, " Field: Signature-Input.\"}]}\n", 29));
		buf_release(&b);
	}
}

static void test_pages_are_named_once(void **state)
{
	unsigned pages = 0;

	(void)state;
	for (unsigned a = 1; a < REFUSE_COUNT; a++) {
		if (!refuse_text(a)->file)
			continue;
		pages++;
		for (unsigned b = a + 1; b < REFUSE_COUNT; b++)
			if (refuse_text(b)->file)
				assert_string_not_equal(
				    refuse_text(a)->file,
				    refuse_text(b)->file);
	}
	assert_int_equal(pages, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_row_is_filled),
	    cmocka_unit_test(test_texts_need_no_escape),
	    cmocka_unit_test(test_outcome_names_the_field),
	    cmocka_unit_test(test_pages_are_named_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
