/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what comes with the programs is found beside them, or where the
 * environment says; a room too small gives no half name. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "conf/share.h"

static char here[PATH_MAX];	/* the folder of this program */

static int find_here(void **state)
{
	ssize_t n = readlink("/proc/self/exe", here, sizeof(here) - 1);

	(void)state;
	if (n <= 0)
		return 1;
	here[n] = '\0';
	*strrchr(here, '/') = '\0';
	return 0;
}

static void test_programs_stand_beside(void **state)
{
	char out[PATH_MAX], expected[PATH_MAX + 20], small[8] = "before";

	(void)state;
	share_program("ecluse-keeper", out, sizeof(out));
	(void)snprintf(
	    expected, sizeof(expected), "%s/ecluse-keeper", here);
	assert_string_equal(out, expected);
	share_program("ecluse-keeper", small, sizeof(small));
	assert_string_equal(small, "");
}

static void test_the_environment_says_where(void **state)
{
	char out[PATH_MAX];

	(void)state;
	assert_int_equal(setenv("ECLUSE_SHARE", "/nowhere/at/all", 1), 0);
	share_path("data", out, sizeof(out));
	assert_string_equal(out, "/nowhere/at/all/data");
	assert_int_equal(unsetenv("ECLUSE_SHARE"), 0);
}

static void test_above_the_program_or_installed(void **state)
{
	char out[PATH_MAX], expected[PATH_MAX + 20], above[PATH_MAX + 40];

	(void)state;
	share_path("no-such-data", out, sizeof(out));
	assert_string_equal(out, "/usr/share/ecluse/no-such-data");
	(void)snprintf(above, sizeof(above), "%s/../test-share-%d", here,
	    (int)getpid());
	if (mkdir(above, 0700) != 0)
		skip();
	(void)snprintf(
	    expected, sizeof(expected), "test-share-%d", (int)getpid());
	share_path(expected, out, sizeof(out));
	assert_int_equal(rmdir(above), 0);
	assert_string_equal(out, above);
}

static void test_a_small_room_gets_nothing(void **state)
{
	char small[8] = "before";

	(void)state;
	share_path("data", small, sizeof(small));
	assert_string_equal(small, "");
	assert_int_equal(setenv("ECLUSE_SHARE", "/nowhere/at/all", 1), 0);
	share_path("data", small, sizeof(small));
	assert_string_equal(small, "");
	assert_int_equal(unsetenv("ECLUSE_SHARE"), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs_stand_beside),
		cmocka_unit_test(test_the_environment_says_where),
		cmocka_unit_test(test_above_the_program_or_installed),
		cmocka_unit_test(test_a_small_room_gets_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, find_here, NULL);
}
