/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a child has the descriptors it was given, at their numbers, and no
 * other; no new privileges; dies with its parent; a program that cannot run
 * is an error here, not a silent death there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "proc/harden.h"
#include "proc/spawn.h"

static char said[4096];

/* Runs sh -c script with a pipe at 3; what it wrote there is in said. */
static int run(const char *script, uid_t uid)
{
	const char *argv[] = {"sh", "-c", script, NULL};
	struct spawn_fd fds[2];
	struct spawn s = {.program = "/bin/sh",
	    .argv = argv,
	    .fds = fds,
	    .fd_count = 2,
	    .folder = -1,
	    .death_signal = SIGKILL,
	    .uid = uid,
	    .gid = uid};
	int pipe_fd[2], status = -1;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
	/* places that are each other's sources here: crossed on purpose */
	fds[0] = (struct spawn_fd){pipe_fd[1], 3};
	fds[1] = (struct spawn_fd){pipe_fd[0], 4};
	assert_int_equal(spawn_start(&s, &pid), ERR_OK);
	assert_int_equal(close(pipe_fd[1]), 0);
	while ((got = read(pipe_fd[0], said + n, sizeof(said) - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	assert_int_equal(close(pipe_fd[0]), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_child_has_its_descriptors_alone(void **state)
{
	int leak = dup2(2, 200);	/* not close-on-exec */

	(void)state;
	assert_int_equal(leak, 200);
	/* no pattern: the shell's own opendir would show as one more */
	assert_int_equal(run("n=0; while [ $n -lt 256 ]; do"
	    " test -e /proc/$$/fd/$n && list=\"$list$n \"; n=$((n + 1));"
	    " done; printf '%s' \"$list\" >&3", 0), 0);
	assert_string_equal(said, "0 1 2 3 4 ");
	assert_int_equal(close(leak), 0);
}

static void test_child_gives_up_powers(void **state)
{
	(void)state;
	assert_int_equal(
	    run("grep NoNewPrivs /proc/$$/status >&3; ulimit -c >&3;"
	        " read pid name state parent group rest </proc/$$/stat;"
	        " test $group = $$ && echo own >&3", 0), 0);
	assert_string_equal(said, "NoNewPrivs:\t1\n0\nown\n");
}

static void test_child_starts_with_default_signals(void **state)
{
	sigset_t set, before;
	int status;

	(void)state;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, &before), 0);
	status = run("kill -TERM $$; echo survived >&3", 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_string_equal(said, "");
}

/* A shell gives its background jobs ignored SIGINT and SIGQUIT. */
static void test_child_ignores_no_signal(void **state)
{
	static const int ignored[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		char script[64];

		(void)snprintf(script, sizeof(script),
		    "kill -%d $$; echo survived >&3", ignored[i]);
		(void)signal(ignored[i], SIG_IGN);
		status = run(script, 0);
		(void)signal(ignored[i], SIG_DFL);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), ignored[i]);
		assert_string_equal(said, "");
	}
}

static void test_child_of_root_becomes_another(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(run("id -u >&3; id -G >&3", 65534), 0);
	assert_string_equal(said, "65534\n65534\n");
}

static void test_missing_program_is_an_error(void **state)
{
	static const char *const argv[] = {"x", NULL};
	struct spawn s = {.program = "/nonexistent/ecluse-x",
	    .argv = argv,
	    .folder = -1,
	    .death_signal = SIGKILL};
	pid_t pid = 77;

	(void)state;
	assert_int_equal(spawn_start(&s, &pid), ERR_UNKNOWN);
	s.program = "/etc/passwd";
	assert_int_equal(spawn_start(&s, &pid), ERR_UNKNOWN);
	s.fd_count = SPAWN_FDS + 1;
	assert_int_equal(spawn_start(&s, &pid), ERR_LIMIT);
	assert_int_equal(pid, 77);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);	/* no zombie */
}

static void test_child_has_its_folder_and_setting(void **state)
{
	static const char *const argv[] = {
	    "sh", "-c", "test $(pwd -P)$WORD = /proc=x", NULL};
	struct spawn s = {.program = "/bin/sh",
	    .argv = argv,
	    .setting = "WORD==x",
	    .folder = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	    .death_signal = SIGKILL};
	struct spawn_fd fd = {0, s.folder};	/* in the folder's place */
	int status;
	pid_t pid;

	(void)state;
	s.fds = &fd;
	s.fd_count = 1;
	assert_int_equal(spawn_start(&s, &pid), ERR_OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(close(s.folder), 0);
}

/* The middle one starts a sleeper that holds the pipe, and dies: the pipe
 * closes although the sleeper was told to sleep for an hour. */
static void test_child_dies_with_its_parent(void **state)
{
	static const char *const argv[] = {"sleep", "3600", NULL};
	int pipe_fd[2], status;
	pid_t middle, sleeper;
	char c;

	(void)state;
	assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
	middle = fork();
	if (middle == 0) {
		struct spawn_fd fd = {pipe_fd[1], 3};
		struct spawn s = {.program = "/bin/sleep",
		    .argv = argv,
		    .fds = &fd,
		    .fd_count = 1,
		    .folder = -1,
		    .death_signal = SIGTERM};

		_exit(spawn_start(&s, &sleeper) == ERR_OK ? 0 : 1);
	}
	assert_int_equal(close(pipe_fd[1]), 0);
	assert_int_equal(waitpid(middle, &status, 0), middle);
	assert_int_equal(status, 0);
	assert_int_equal(read(pipe_fd[0], &c, 1), 0);
	assert_int_equal(close(pipe_fd[0]), 0);
}

static void test_find_beside_and_in_folder(void **state)
{
	char path[512];

	(void)state;
	assert_int_equal(
	    spawn_find("/bin", "sh", path, sizeof(path)), ERR_OK);
	assert_string_equal(path, "/bin/sh");
	assert_int_equal(
	    spawn_find("/bin", "no-such", path, sizeof(path)), ERR_UNKNOWN);
	assert_int_equal(spawn_find("/bin", "sh", path, 4), ERR_LIMIT);
	assert_int_equal(spawn_find(NULL, "test_proc_spawn", path,
	                     sizeof(path)), ERR_OK);
	assert_int_equal(
	    spawn_find(NULL, "ls", path, sizeof(path)), ERR_UNKNOWN);
}

/* In a child, for it is for good. 0 if all that was promised holds. */
static int hardened(void)
{
	struct stat st;
	char path[64];
	int fd;

	if (harden_process() != ERR_OK)
		return 1;
	(void)snprintf(path, sizeof(path), "/tmp/ecluse-harden-%d",
	    (int)getpid());
	fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0666);
	if (fd < 0 || fstat(fd, &st) != 0 || unlink(path) != 0 ||
	    (st.st_mode & 0777) != 0600)
		return 3;
	if (raise(SIGPIPE) != 0)
		return 4;
	return 0;
}

static void test_harden_holds(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(hardened());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* As whoever starts a program may leave it. In a child: 0 if all is well. */
static int unburdened(void)
{
	struct sigaction chld;
	sigset_t all, now;

	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) != 0 ||
	    signal(SIGCHLD, SIG_IGN) == SIG_ERR)
		return 1;
	if (harden_process() != ERR_OK)
		return 2;
	if (sigaction(SIGCHLD, NULL, &chld) != 0 ||
	    chld.sa_handler != SIG_DFL)
		return 3;
	if (sigprocmask(SIG_SETMASK, NULL, &now) != 0 ||
	    sigismember(&now, SIGALRM) || sigismember(&now, SIGTERM))
		return 4;
	return 0;
}

static void test_harden_takes_no_ignored_and_blocked_signals(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(unburdened());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static bool allow_files(rlim_t soft, rlim_t hard)
{
	const struct rlimit r = {soft, hard};

	return setrlimit(RLIMIT_NOFILE, &r) == 0;
}

/* In a child: 0 if all is well. */
static int few_descriptors(void)
{
	static const char *const argv[] = {"true", NULL};
	struct spawn s = {.program = "/bin/true", .argv = argv,
	    .folder = -1, .death_signal = SIGKILL};
	size_t got = 0;
	pid_t pid = 0;

	if (!allow_files(64, 100) || harden_descriptors(80, &got) || got != 80)
		return 1;
	if (harden_descriptors(70, &got) || got != 80)
		return 2;
	if (harden_descriptors(200, &got) || got != 100)
		return 3;
	if (harden_descriptors((size_t)-1 / 2, &got) || got != 100)
		return 4;
	if (spawn_start(&s, &pid) || waitpid(pid, NULL, 0) != pid)
		return 5;
	/* no number is left where the child puts its own aside: it cannot
	 * become the program, and says so */
	if (!allow_files(64, 64) || spawn_start(&s, &pid) != ERR_IO)
		return 6;
	return 0;
}

static void test_a_child_without_descriptors_is_an_error(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(few_descriptors());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_child_has_its_descriptors_alone),
	    cmocka_unit_test(test_child_gives_up_powers),
	    cmocka_unit_test(test_child_starts_with_default_signals),
	    cmocka_unit_test(test_child_ignores_no_signal),
	    cmocka_unit_test(test_child_of_root_becomes_another),
	    cmocka_unit_test(test_missing_program_is_an_error),
	    cmocka_unit_test(test_child_has_its_folder_and_setting),
	    cmocka_unit_test(test_child_dies_with_its_parent),
	    cmocka_unit_test(test_find_beside_and_in_folder),
	    cmocka_unit_test(test_harden_holds),
	    cmocka_unit_test(
	        test_harden_takes_no_ignored_and_blocked_signals),
	    cmocka_unit_test(test_a_child_without_descriptors_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
