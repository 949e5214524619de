/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a row is put on whole or the process hears why not; unconfined gives
 * up core files, tracing and new privileges all the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "confine/confine.h"

/* The exit status of a process that does this; -signal. */
static int status_of(int (*act)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(act());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int put_on(enum powers_of who, const char *dir, bool unconfined)
{
	const struct confine_wish wish = {.who = who, .dir = dir, .own = "0",
	    .unconfined = unconfined};
	struct confine_fault fault;

	return confine(&wish, &fault) ? 1 : 0;
}

static bool given_up(void)
{
	struct rlimit core;

	return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 &&
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

static int unconfined(void)
{
	if (put_on(POWERS_GATE, "/nowhere", true) || !given_up())
		return 1;
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0 ? 0 : 2;
}

static int gate_opens(void)
{
	if (put_on(POWERS_GATE, "/nowhere", false))
		return 1;
	return (int)syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY) < 0 ? 2 : 3;
}

static int gate_forks(void)
{
	if (put_on(POWERS_GATE, "/nowhere", false))
		return 1;
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) < 0 ? 2 : 3;
}

static int gate_lives(void)
{
	if (put_on(POWERS_GATE, "/nowhere", false))
		return 1;
	return syscall(SYS_getpid) > 0 ? 0 : 2;
}

static void test_unconfined_gives_up_some(void **state)
{
	(void)state;
	assert_int_equal(status_of(unconfined), 0);
}

static void test_a_row_is_put_on(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	skip();		/* its own map of memory is beyond the row's limit */
#endif
	assert_int_equal(status_of(gate_lives), 0);
	assert_int_equal(status_of(gate_opens), -SIGSYS);
	assert_int_equal(status_of(gate_forks), -SIGSYS);
}

/* A place that is not there: named, and nothing runs. */
static int keeper_without_folders(void)
{
	const struct confine_wish wish = {
	    .who = POWERS_KEEPER, .dir = "/nowhere"};
	struct confine_fault fault;

	if (confine(&wish, &fault) != ERR_IO)
		return 1;
	return strstr(fault.text, "/nowhere/keeper") ? 0 : 2;
}

static void test_missing_place_is_named(void **state)
{
	(void)state;
	assert_int_equal(status_of(keeper_without_folders), 0);
}

static int path_too_long(void)
{
	static char dir[5000];
	const struct confine_wish wish = {.who = POWERS_KEEPER, .dir = dir};
	struct confine_fault fault;

	memset(dir, 'x', sizeof(dir) - 1);
	return confine(&wish, &fault) == ERR_LIMIT ? 0 : 1;
}

static void test_long_path_refused(void **state)
{
	(void)state;
	assert_int_equal(status_of(path_too_long), 0);
}

/* All but the three standard ones and the row's. */
static int descriptors(void)
{
	for (int fd = 3; fd < 60; fd++)
		if (dup2(0, fd) != fd)
			return 1;
	if (confine_descriptors(POWERS_KEEPER))
		return 2;
	for (int fd = 3; fd < 60; fd++) {
		bool open = fcntl(fd, F_GETFD) >= 0;

		if (open != (fd == 3 || fd == 5 || fd == 9))
			return fd;
	}
	return 0;
}

static void test_only_the_rows_descriptors_stay(void **state)
{
	(void)state;
	assert_int_equal(status_of(descriptors), 0);
}

/* A limit is lowered, the hard one too, and never raised. */
static int limits(void)
{
	struct rlimit r = {10, 100};

	if (setrlimit(RLIMIT_NOFILE, &r) ||
	    put_on(POWERS_VAULT, "/nowhere", false) == 0)
		return 1;
	if (getrlimit(RLIMIT_NOFILE, &r) || r.rlim_max != 100)
		return 2;
	return getrlimit(RLIMIT_NPROC, &r) || r.rlim_max != 0 ? 3 : 0;
}

static void test_limits(void **state)
{
	(void)state;
	assert_int_equal(status_of(limits), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unconfined_gives_up_some),
	    cmocka_unit_test(test_a_row_is_put_on),
	    cmocka_unit_test(test_missing_place_is_named),
	    cmocka_unit_test(test_long_path_refused),
	    cmocka_unit_test(test_only_the_rows_descriptors_stay),
	    cmocka_unit_test(test_limits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
