/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a command keeps files and what it needs, and nothing that would carry
 * away what it reads: no core, no tracing, no program, no network.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "confine/tool.h"

/* The exit status of a process that gives up and does this; -signal. */
static int status_of(enum tool_needs needs, int (*act)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(tool_give_up(needs) ? 99 : act());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int look(void)
{
	struct rlimit core;

	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0)
		return 1;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 2;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 3;
}

static int makes(long number, long a, long b)
{
	return syscall(number, a, b, 0L, 0L, 0L) >= 0 ? 0 : 4;
}

static int local(void)
{
	return makes(SYS_socket, AF_UNIX, SOCK_STREAM);
}

static int network(void)
{
	return makes(SYS_socket, AF_INET, SOCK_STREAM);
}

static int packets(void)
{
	return makes(SYS_socket, AF_NETLINK, SOCK_RAW);
}

/* of nothing: it would fail */
static int program(void)
{
	return makes(SYS_execve, 0, 0);
}

static int listens(void)
{
	return makes(SYS_listen, -1, 1);
}

static int traces(void)
{
	return makes(SYS_ptrace, -1, -1);
}

/* The kernel looks at 32 bits of a request, whatever stands above them. */
static int types(void)
{
	return makes(SYS_ioctl, -1, (long)TIOCSTI | 1L << 32);
}

static int pastes(void)
{
	return makes(SYS_ioctl, -1, TIOCLINUX);
}

static int mounts(void)
{
	return makes(SYS_fsconfig, -1, 0) == 0 ? 0 : makes(SYS_fspick, -1, 0);
}

/* Of a terminal that is none. */
static int asks_its_size(void)
{
	return makes(SYS_ioctl, -1, TIOCGWINSZ);
}

static void *nothing(void *ctx)
{
	return ctx;
}

static int threads(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, nothing, NULL) == 0 &&
	    pthread_join(thread, NULL) == 0 ? 0 : 5;
}

/* A module of a token is spoken to in a process of its own. */
static int forks(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : 6;
}

/* A sanitizer's leak check is let through: nothing is given up there. */
static void not_with_a_sanitizer(void)
{
#if defined(__SANITIZE_ADDRESS__)
	skip();
#endif
}

static void test_what_none_keeps(void **state)
{
	static const enum tool_needs all[] = {
	    TOOL_FILES, TOOL_NETWORK, TOOL_TOKEN};

	(void)state;
	not_with_a_sanitizer();
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(status_of(all[i], look), 0);
		assert_int_equal(status_of(all[i], local), 0);
		assert_int_equal(status_of(all[i], threads), 0);
		assert_int_equal(status_of(all[i], forks), 0);
		assert_int_equal(status_of(all[i], traces), -SIGSYS);
		assert_int_equal(status_of(all[i], types), -SIGSYS);
		assert_int_equal(status_of(all[i], pastes), -SIGSYS);
		assert_int_equal(status_of(all[i], asks_its_size), 4);
		assert_int_equal(status_of(all[i], mounts), -SIGSYS);
	}
}

static void test_network(void **state)
{
	(void)state;
	not_with_a_sanitizer();
	assert_int_equal(status_of(TOOL_FILES, network), -SIGSYS);
	assert_int_equal(status_of(TOOL_FILES, packets), -SIGSYS);
	assert_int_equal(status_of(TOOL_NETWORK, network), 0);
	assert_int_equal(status_of(TOOL_TOKEN, network), 0);
}

static void test_programs(void **state)
{
	(void)state;
	not_with_a_sanitizer();
	assert_int_equal(status_of(TOOL_FILES, program), -SIGSYS);
	assert_int_equal(status_of(TOOL_NETWORK, program), -SIGSYS);
	assert_int_equal(status_of(TOOL_NETWORK, listens), -SIGSYS);
	assert_int_equal(status_of(TOOL_TOKEN, program), 4);
	assert_int_equal(status_of(TOOL_PROGRAM, program), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_none_keeps),
	    cmocka_unit_test(test_network),
	    cmocka_unit_test(test_programs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
