/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: whichever of the three a program is started without, the next file
 * that it opens has another number, and what is open stays what it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/standard.h"

static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	    st.st_rdev == makedev(1, 3);
}

/* In a child, whose own three are the test's report. closed: bits. */
static int without(unsigned closed)
{
	int pipes[2];

	if (pipe(pipes) != 0)
		return 1;
	for (int fd = 0; fd < 3; fd++)
		if (dup2(pipes[1], fd) != fd ||
		    ((closed >> fd & 1) != 0 && close(fd) != 0))
			return 2;
	if (standard_fill() != ERR_OK)
		return 3;
	for (int fd = 0; fd < 3; fd++)
		if (is_null(fd) != ((closed >> fd & 1) != 0) ||
		    fcntl(fd, F_GETFD) != 0)
			return 4;
	return open("/", O_PATH) > 2 ? 0 : 5;
}

static void test_each_of_the_three(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	for (unsigned closed = 0; closed < 8; closed++) {
		pid = fork();
		if (pid == 0)
			_exit(without(closed));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_of_the_three),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
