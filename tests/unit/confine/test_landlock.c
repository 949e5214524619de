/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: each right allows what it says, below what it names, and nothing else
 * can be opened, made, removed or run; what is open already stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "confine/landlock.h"

/* Below the folder of the test: own/file, other/file. */
static char top[64];
static int start;

static int touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
}

static int set_up(void **state)
{
	(void)state;
	start = open(".", O_PATH | O_CLOEXEC);
	(void)snprintf(top, sizeof(top), "/tmp/ecluse-landlock-XXXXXX");
	if (start < 0 || !mkdtemp(top) || chdir(top) || mkdir("own", 0700) ||
	    mkdir("other", 0700) || touch("own/file") || touch("other/file"))
		return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink("own/file");
	(void)unlink("other/file");
	(void)rmdir("own");
	(void)rmdir("other");
	return fchdir(start) || rmdir(top);
}

static int open_with(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd < 0 ? errno : close(fd);
}

static int done(int result)
{
	return result == 0 ? 0 : errno;
}

static int reads(void) { return open_with("own/file", O_RDONLY); }
static int lists(void) { return open_with("own", O_RDONLY | O_DIRECTORY); }
static int writes(void) { return open_with("own/file", O_RDWR); }
static int cuts(void) { return open_with("own/file", O_RDWR | O_TRUNC); }
static int makes(void) { return open_with("own/new", O_RDWR | O_CREAT); }
static int removes(void) { return done(unlink("own/file")); }
static int renames(void) { return done(rename("own/file", "own/moved")); }
static int nests(void) { return done(mkdir("own/below", 0700)); }
static int links(void) { return done(symlink("/", "own/link")); }
static int pipes(void) { return done(mkfifo("own/pipe", 0600)); }
static int reads_other(void) { return open_with("other/file", O_RDONLY); }
static int writes_other(void) { return open_with("other/file", O_RDWR); }
static int makes_other(void) { return open_with("other/n", O_RDWR | O_CREAT); }
static int removes_other(void) { return done(unlink("other/file")); }
static int goes_out(void) { return done(rename("own/file", "other/moved")); }
static int comes_in(void) { return done(rename("other/file", "own/moved")); }
static int climbs(void) { return open_with("own/../other/file", O_RDONLY); }

static int runs(void)
{
	char *const argv[] = {"true", NULL};

	(void)execv("/bin/true", argv);
	return errno;
}

/* What a process that has right on path, and nothing else, gets for it. */
static int errno_of(
    int (*act)(void), const char *path, enum landlock_right right)
{
	struct landlock *l = NULL;
	pid_t pid = fork();
	int fd, status;

	if (pid == 0) {
		fd = open(path, O_PATH | O_CLOEXEC);
		if (fd < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    landlock_new(&l) || landlock_add(l, fd, right) ||
		    landlock_enforce(l))
			_exit(255);
		_exit(act());
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define RESTORE() ((void)unlink("own/new"), (void)unlink("own/moved"), \
	(void)rmdir("own/below"), touch("own/file"))

static void test_rights(void **state)
{
	static const struct {
		const char *what, *path;
		enum landlock_right right;
		int (*act)(void);
		int wanted;
	} rows[] = {
	    {"read", "own", LANDLOCK_READ, reads, 0},
	    {"list", "own", LANDLOCK_READ, lists, 0},
	    {"read, not write", "own", LANDLOCK_READ, writes, EACCES},
	    {"read, not make", "own", LANDLOCK_READ, makes, EACCES},
	    {"read, not remove", "own", LANDLOCK_READ, removes, EACCES},
	    {"a file alone", "own/file", LANDLOCK_READ, reads, 0},
	    {"not its folder", "own/file", LANDLOCK_READ, lists, EACCES},
	    {"write", "own/file", LANDLOCK_WRITE, writes, 0},
	    {"write: cut", "own/file", LANDLOCK_WRITE, cuts, 0},
	    {"write, not remove", "own/file", LANDLOCK_WRITE, removes,
	        EACCES},
	    {"write, not beside", "own/file", LANDLOCK_WRITE, makes, EACCES},
	    {"own: write", "own", LANDLOCK_OWN, writes, 0},
	    {"own: make", "own", LANDLOCK_OWN, makes, 0},
	    {"own: rename", "own", LANDLOCK_OWN, renames, 0},
	    {"own: remove", "own", LANDLOCK_OWN, removes, 0},
	    {"own: folders", "own", LANDLOCK_OWN, nests, 0},
	    {"own, no symbolic links", "own", LANDLOCK_OWN, links, EACCES},
	    {"own, no pipes", "own", LANDLOCK_OWN, pipes, EACCES},
	    {"own, no programs", "own", LANDLOCK_OWN, runs, EACCES},
	    {"other: read", "own", LANDLOCK_OWN, reads_other, EACCES},
	    {"other: write", "own", LANDLOCK_OWN, writes_other, EACCES},
	    {"other: make", "own", LANDLOCK_OWN, makes_other, EACCES},
	    {"other: remove", "own", LANDLOCK_OWN, removes_other, EACCES},
	    {"out", "own", LANDLOCK_OWN, goes_out, EXDEV},
	    {"in", "own", LANDLOCK_OWN, comes_in, EXDEV},
	    {"by ..", "own", LANDLOCK_OWN, climbs, EACCES},
	    {"not what is not named", "/bin/true", LANDLOCK_RUN, reads,
	        EACCES},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int got = errno_of(rows[i].act, rows[i].path, rows[i].right);

		/* renames between folders: refused in one of two words */
		if (rows[i].wanted == EXDEV && got == EACCES)
			got = EXDEV;
		if (got != rows[i].wanted)
			fail_msg("%s: %d", rows[i].what, got);
		assert_int_equal(RESTORE(), 0);
	}
}

/* An open descriptor is worth what it was. */
static void test_what_is_open_stays(void **state)
{
	struct landlock *l = NULL;
	pid_t pid = fork();
	int fd, own, status;

	(void)state;
	if (pid == 0) {
		fd = open("other/file", O_RDWR | O_CLOEXEC);
		own = open("own", O_PATH | O_CLOEXEC);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    landlock_new(&l) ||
		    landlock_add(l, own, LANDLOCK_READ) ||
		    landlock_enforce(l))
			_exit(255);
		landlock_free(l);
		_exit(write(fd, "x", 1) == 1 ? reads_other() : 254);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EACCES);
}

static void test_bad_descriptor(void **state)
{
	struct landlock *l = NULL;

	(void)state;
	assert_int_equal(landlock_new(&l), ERR_OK);
	assert_int_equal(landlock_add(l, -1, LANDLOCK_READ), ERR_IO);
	landlock_free(l);
	landlock_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rights),
	    cmocka_unit_test(test_what_is_open_stays),
	    cmocka_unit_test(test_bad_descriptor),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
