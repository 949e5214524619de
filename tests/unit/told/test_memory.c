/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: whichever allocation of jansson's is refused, it reads and writes what
 * it was given, and nothing behind its buffers; that memory was short is known
 * at the end.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "failing.h"
#include "told/memory.h"

#define VALUE 200	/* characters: what is read outgrows its first room */

static void test_what_was_refused_is_there(void **state)
{
	char text[4 * VALUE];
	bool failed = true;
	int n;

	(void)state;
	(void)snprintf(text, sizeof(text), "{\"%0*d\":\"%0*d\"}", VALUE, 1,
	    VALUE, 2);
	memory_watch();
	for (n = 0; failed; n++) {
		json_t *o;
		char *again;

		assert_true(memory_was_short() == (n > 0));
		failing_set(FAILING_MEMORY, n, ENOMEM);
		o = json_loadb(text, strlen(text), 0, NULL);
		again = json_dumps(o, JSON_COMPACT);
		failed = failing_end();
		assert_non_null(again);
		assert_string_equal(again, text);
		memory_give(again);
		json_decref(o);
	}
	assert_true(n > 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_refused_is_there),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
