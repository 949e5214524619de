/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: each condition of a list lets through what it says and ends the process
 * at the rest; what is not named ends it; a list that forbids is the reverse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "confine/filter.h"

#define S(name) SCMP_SYS(name)
#define PROGRAM 9	/* a descriptor */
#define PAGE ((long)4096)
#define HANGS_S 60	/* ends a process that would loop for ever */

struct call {
	long number, a[6];
};

static uint8_t room[512];
static int pair[2];

/* What memory needs that filter_load gives back, and an end. */
static const struct filter_call ends[] = {{S(exit_group), FILTER_ANY},
    {S(getpid), FILTER_ANY}, {S(munmap), FILTER_ANY}, {S(brk), FILTER_ANY},
    {S(madvise), FILTER_ANY}, {S(futex), FILTER_ANY},
    {S(close), FILTER_ANY}, {FILTER_END, FILTER_ANY}};

static long make(const struct call *c)
{
	return syscall(c->number, c->a[0], c->a[1], c->a[2], c->a[3], c->a[4],
	    c->a[5]);
}

/* Whether a process with this filter lives after the call. */
static bool lives(const struct filter *f, const struct call *c)
{
	pid_t self, pid = fork();
	int status;

	if (pid == 0) {
		self = getpid();
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || filter_load(f))
			_exit(1);
		(void)make(c);
		/* a copy that the call made is not asked */
		(void)syscall(SYS_exit_group,
		    syscall(SYS_getpid) == self ? 0 : 2);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status)) {
		assert_int_equal(WEXITSTATUS(status), 0);
		return true;
	}
	assert_int_equal(WTERMSIG(status), SIGSYS);
	return false;
}

static bool passes(int number, enum filter_when when, const struct call *c)
{
	const struct filter_call list[] = {
	    {number, when}, {FILTER_END, FILTER_ANY}};
	const struct filter f = {.lists = {ends, list}, .program = PROGRAM};

	return lives(&f, c);
}

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define FORKS (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD)

static void test_conditions(void **state)
{
	const long p = (long)room, fd = pair[0];
	const struct {
		const char *what;
		int number;
		enum filter_when when;
		bool good;
		struct call call;
	} rows[] = {
	    {"any", S(getppid), FILTER_ANY, true, {SYS_getppid, {0}}},
	    {"another", S(getppid), FILTER_ANY, false, {SYS_getuid, {0}}},
	    {"data", S(mmap), FILTER_NO_CODE, true,
	        {SYS_mmap, {0, PAGE, PROT_READ | PROT_WRITE, ANON, -1}}},
	    {"code", S(mmap), FILTER_NO_CODE, false,
	        {SYS_mmap, {0, PAGE, PROT_READ | PROT_EXEC, ANON, -1}}},
	    {"code that was not written", S(mmap), FILTER_NO_WRITTEN_CODE,
	        true, {SYS_mmap, {0, PAGE, PROT_READ | PROT_EXEC, ANON, -1}}},
	    {"data beside code", S(mmap), FILTER_NO_WRITTEN_CODE, true,
	        {SYS_mmap, {0, PAGE, PROT_WRITE, ANON, -1}}},
	    {"written code", S(mmap), FILTER_NO_WRITTEN_CODE, false,
	        {SYS_mmap, {0, PAGE, PROT_WRITE | PROT_EXEC, ANON, -1}}},
	    {"a namespace", S(clone), FILTER_FORK, false,
	        {SYS_clone, {FORKS | CLONE_NEWUSER}}},
	    {"a thread", S(clone), FILTER_FORK, false,
	        {SYS_clone, {CLONE_VM | CLONE_SIGHAND | CLONE_THREAD}}},
	    {"its own haste", S(setpriority), FILTER_ITSELF, true,
	        {SYS_setpriority, {PRIO_PROCESS, 0, 10}}},
	    {"another's haste", S(setpriority), FILTER_ITSELF, false,
	        {SYS_setpriority, {PRIO_PROCESS, getppid(), 10}}},
	    {"a group's haste", S(setpriority), FILTER_ITSELF, false,
	        {SYS_setpriority, {PRIO_PGRP, 0, 10}}},
	    {"a descriptor's", S(newfstatat), FILTER_OPENED, true,
	        {SYS_newfstatat, {fd, (long)"", p, AT_EMPTY_PATH}}},
	    {"a name's", S(newfstatat), FILTER_OPENED, false,
	        {SYS_newfstatat, {AT_FDCWD, (long)"/", p, 0}}},
	    {"a look at a limit", S(prlimit64), FILTER_LOOK, true,
	        {SYS_prlimit64, {0, RLIMIT_CORE, 0, p}}},
	    {"another limit", S(prlimit64), FILTER_LOOK, false,
	        {SYS_prlimit64, {0, RLIMIT_CORE, p, 0}}},
	    {"another's signal", S(tgkill), FILTER_SELF, false,
	        {SYS_tgkill, {getpid(), getpid(), 0}}},
	    {"local", S(socket), FILTER_UNIX, true,
	        {SYS_socket, {AF_UNIX, SOCK_STREAM, 0}}},
	    {"the network", S(socket), FILTER_UNIX, false,
	        {SYS_socket, {AF_INET, SOCK_STREAM, 0}}},
	    {"netlink", S(socket), FILTER_UNIX, false,
	        {SYS_socket, {AF_NETLINK, SOCK_RAW, 0}}},
	    {"a buffer's size", S(setsockopt), FILTER_SIZES, true,
	        {SYS_setsockopt, {fd, SOL_SOCKET, SO_SNDBUF, p, 4}}},
	    {"another option", S(setsockopt), FILTER_SIZES, false,
	        {SYS_setsockopt, {fd, SOL_SOCKET, SO_PASSCRED, p, 4}}},
	    {"another level", S(setsockopt), FILTER_SIZES, false,
	        {SYS_setsockopt, {fd, SOL_SOCKET + 5, SO_SNDBUF, p, 4}}},
	    {"flags", S(fcntl), FILTER_LOCK, true,
	        {SYS_fcntl, {fd, F_GETFL}}},
	    {"signals by a descriptor", S(fcntl), FILTER_LOCK, false,
	        {SYS_fcntl, {fd, F_SETOWN, 1}}},
	    {"dumpable", S(prctl), FILTER_DUMPABLE, true,
	        {SYS_prctl, {PR_SET_DUMPABLE, 0}}},
	    {"another prctl", S(prctl), FILTER_DUMPABLE, false,
	        {SYS_prctl, {PR_SET_NAME, p}}},
	    {"blocking", S(ioctl), FILTER_BLOCKING, true,
	        {SYS_ioctl, {fd, FIONBIO, p}}},
	    {"another ioctl", S(ioctl), FILTER_BLOCKING, false,
	        {SYS_ioctl, {fd, TIOCSTI, p}}},
	    {"the program", S(execveat), FILTER_PROGRAM, true,
	        {SYS_execveat, {PROGRAM, (long)"", 0, 0, AT_EMPTY_PATH}}},
	    {"another program", S(execveat), FILTER_PROGRAM, false,
	        {SYS_execveat, {AT_FDCWD, (long)"/bin/true", 0, 0, 0}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (passes(rows[i].number, rows[i].when, &rows[i].call) !=
		    rows[i].good)
			fail_msg("%s", rows[i].what);
}

static void test_plain_fork_passes(void **state)
{
	const struct call fork_call = {SYS_clone, {FORKS, 0, 0, (long)room}};

	(void)state;
	assert_true(passes(S(clone), FILTER_FORK, &fork_call));
}

static void *nothing(void *ctx)
{
	return ctx;
}

/* The lists say what is never done: all else is. */
static void test_forbidding_list(void **state)
{
	static const struct filter_call never[] = {
	    {S(unshare), FILTER_ANY}, {FILTER_END, FILTER_ANY}};
	const struct filter f = {.lists = {never}, .forbids = true};
	const struct call look = {SYS_getppid, {0}},
	    leave = {SYS_unshare, {CLONE_NEWUSER}};

	(void)state;
	assert_true(lives(&f, &look));
	assert_false(lives(&f, &leave));
}

static int missing_call(void)
{
	static const struct filter_call never[] = {
	    {S(clone), FILTER_NAMESPACE}, {S(clone3), FILTER_MISSING},
	    {FILTER_END, FILTER_ANY}};
	const struct filter f = {.lists = {never}, .forbids = true};
	pthread_t thread;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || filter_load(&f))
		return 1;
	if (syscall(SYS_clone3, NULL, 0) != -1 || errno != ENOSYS)
		return 2;
	/* the library takes the older call then */
	if (pthread_create(&thread, NULL, nothing, NULL) != 0)
		return 3;
	return pthread_join(thread, NULL) == 0 ? 0 : 4;
}

static void test_a_new_namespace(void **state)
{
	static const unsigned long flags[] = {CLONE_NEWNS, CLONE_NEWCGROUP,
	    CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID,
	    CLONE_NEWNET};
	static const struct filter_call never[] = {
	    {S(clone), FILTER_NAMESPACE}, {FILTER_END, FILTER_ANY}};
	const struct filter f = {.lists = {never}, .forbids = true};
	const struct call plain = {SYS_clone, {FORKS, 0, 0, (long)room}};
	int status;
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		/* the kernel would refuse these two together: nothing is made */
		const struct call c = {SYS_clone,
		    {(long)(flags[i] | CLONE_SIGHAND)}};

		assert_false(lives(&f, &c));
	}
	assert_true(lives(&f, &plain));
	pid = fork();
	if (pid == 0)
		_exit(missing_call());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Every list counts, in whatever order. */
static void test_lists_are_joined(void **state)
{
	static const struct filter_call
	    one[] = {{S(gettid), FILTER_ANY}, {FILTER_END, FILTER_ANY}},
	    two[] = {{S(getppid), FILTER_ANY}, {FILTER_END, FILTER_ANY}};
	const struct filter f = {.lists = {ends, one, two}};
	const struct call look = {SYS_getppid, {0}}, other = {SYS_getuid, {0}};

	(void)state;
	assert_true(lives(&f, &look));
	assert_false(lives(&f, &other));
}

#ifdef __x86_64__
static void number_of_another_table(void)
{
	int n = 20;	/* getpid there, writev here */

	__asm__ volatile("int $0x80" : "+a"(n) : : "memory");
}

/* The 32-bit table has other numbers: it is closed as a whole. */
static void test_other_architecture(void **state)
{
	static const struct filter_call never[] = {
	    {S(unshare), FILTER_ANY}, {FILTER_END, FILTER_ANY}};
	const struct filter f = {.lists = {never}, .forbids = true};
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || filter_load(&f))
			_exit(1);
		/* a kernel may have no such table at all */
		(void)signal(SIGSEGV, SIG_DFL);
		number_of_another_table();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}
#endif

/*
 * Without memory to begin with nothing is put on, and it is said: libseccomp
 * alone hangs. (A sanitizer has its own memory, which the limit does not meet.)
 */
#if !defined(__SANITIZE_ADDRESS__)
static void test_no_memory(void **state)
{
	const struct filter f = {.lists = {ends}};
	const struct rlimit none = {0, 0};
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		(void)alarm(HANGS_S);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    setrlimit(RLIMIT_DATA, &none))
			_exit(1);
		_exit(filter_load(&f) == ERR_NOMEM &&
		    syscall(SYS_getppid) > 0 ? 0 : 2);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}
#endif

static int set_up(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_conditions),
	    cmocka_unit_test(test_plain_fork_passes),
	    cmocka_unit_test(test_forbidding_list),
	    cmocka_unit_test(test_a_new_namespace),
	    cmocka_unit_test(test_lists_are_joined),
#if !defined(__SANITIZE_ADDRESS__)
	    cmocka_unit_test(test_no_memory),
#endif
#ifdef __x86_64__
	    cmocka_unit_test(test_other_architecture),
#endif
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, NULL);
}
