/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: words go to standard error in one form, and every error has the exit
 * code that design §11 gives it. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/err.h"
#include "cli/say.h"

/* What was said on standard error since caught_begin. */
static FILE *room;
static int kept = -1;

static void caught_begin(void)
{
	room = tmpfile();
	assert_non_null(room);
	kept = dup(2);
	assert_true(kept >= 0);
	assert_int_equal(dup2(fileno(room), 2), 2);
}

static void caught_end(char *out, size_t size)
{
	size_t n;

	assert_int_equal(fflush(stderr), 0);
	assert_int_equal(dup2(kept, 2), 2);
	close(kept);
	rewind(room);
	n = fread(out, 1, size - 1, room);
	out[n] = '\0';
	fclose(room);
}

static void test_words(void **state)
{
	char got[200];

	(void)state;
	caught_begin();
	say("%s: %d of %d", "x", 1, 2);
	caught_end(got, sizeof(got));
	assert_string_equal(got, "ecluse: x: 1 of 2\n");
}

static void test_usage(void **state)
{
	char got[200];
	int code;

	(void)state;
	caught_begin();
	code = say_usage("ask", "name %s", "a key");
	caught_end(got, sizeof(got));
	assert_int_equal(code, 2);
	assert_string_equal(
	    got, "ecluse ask: name a key\nSee: ecluse ask --help\n");
}

static void test_exit_codes(void **state)
{
	static const int codes[ERR_COUNT] = {
		[ERR_OK] = 0, [ERR_SHAPE] = 1, [ERR_KEY] = 1, [ERR_RANGE] = 3,
		[ERR_LIMIT] = 3, [ERR_FULL] = 3, [ERR_NOMEM] = 5,
		[ERR_IO] = 5, [ERR_CRYPTO] = 1, [ERR_UNKNOWN] = 4,
		[ERR_EXISTS] = 3, [ERR_STATE] = 3, [ERR_TIME] = 3,
		[ERR_REFUSED] = 3, [ERR_CORRUPT] = 1, [ERR_CLOSED] = 5,
	};

	(void)state;
	for (int e = 0; e < ERR_COUNT; e++)
		assert_int_equal(say_exit_of((enum err)e), codes[e]);
	/* a keeper's number that we do not know is no success */
	assert_int_equal(say_exit_of(ERR_COUNT), SAY_REFUSED);
	assert_int_equal(say_exit_of((enum err)255), SAY_REFUSED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_exit_codes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
