/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a command means the instance that was named most plainly: --dir, the
 * argument, the environment, the folder it stands in; and none is offline that
 * runs. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/where.h"
#include "journal/rig.h"

struct rig {
	char folder[RIG_PATH], before[RIG_PATH];
	char one[RIG_PATH + 10];	/* an instance in it */
};

static int make(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	rig_folder(r->folder);
	(void)snprintf(r->one, sizeof(r->one), "%s/one", r->folder);
	assert_int_equal(mkdir(r->one, 0700), 0);
	rig_store(rig_in(r->one, "ecluse.conf"), "", 0);
	assert_non_null(getcwd(r->before, sizeof(r->before)));
	assert_int_equal(chdir(r->folder), 0);
	(void)unsetenv("ECLUSE_DIR");
	*state = r;
	return 0;
}

static int unmake(void **state)
{
	struct rig *r = *state;

	assert_int_equal(chdir(r->before), 0);
	rig_remove(r->folder);
	free(r);
	return 0;
}

static void test_an_instance_has_a_configuration(void **state)
{
	struct rig *r = *state;
	char long_name[5000];

	assert_true(where_is_instance(r->one));
	assert_true(where_is_instance("one"));
	assert_false(where_is_instance(r->folder));
	assert_false(where_is_instance("two"));
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_false(where_is_instance(long_name));
}

static void test_named_comes_first(void **state)
{
	struct rig *r = *state;
	char arg[] = "one", *argv[] = {arg, NULL};
	int place = 0;

	(void)r;
	assert_int_equal(setenv("ECLUSE_DIR", "env", 1), 0);
	/* what is named is taken, even if it is none: the command says so */
	assert_string_equal(where_take(1, argv, &place, "elsewhere"),
	    "elsewhere");
	assert_int_equal(place, 0);
}

static void test_then_an_argument_that_is_one(void **state)
{
	char kind[] = "key", dir[] = "one", *argv[] = {dir, kind, NULL};
	int place = 0;

	(void)state;
	assert_int_equal(setenv("ECLUSE_DIR", "env", 1), 0);
	assert_string_equal(where_take(2, argv, &place, NULL), "one");
	assert_int_equal(place, 1);
	/* the next is none: it stays where it is */
	assert_string_equal(where_take(2, argv, &place, NULL), "env");
	assert_int_equal(place, 1);
	/* nothing behind the last one is looked at */
	argv[1] = dir;
	assert_string_equal(where_take(1, argv, &place, NULL), "env");
	assert_int_equal(place, 1);
}

static void test_then_here_or_nowhere(void **state)
{
	char kind[] = "key", *argv[] = {kind, NULL};
	int place = 0;

	(void)state;
	assert_null(where_take(1, argv, &place, NULL));
	assert_int_equal(setenv("ECLUSE_DIR", "", 1), 0);
	assert_null(where_take(1, argv, &place, NULL));
	assert_int_equal(chdir("one"), 0);
	assert_string_equal(where_take(1, argv, &place, NULL), ".");
	assert_int_equal(place, 0);
	assert_int_equal(chdir(".."), 0);
}

/* As super holds it (super/instance.c): what tells of an instance that runs
 * when somebody removed its run/lock. */
static int hold(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

static void test_what_runs_is_not_locked(void **state)
{
	int file, folder;

	(void)state;
	assert_int_equal(where_lock("one"), ERR_IO);	/* no run/ */
	assert_int_equal(mkdir("one/run", 0700), 0);
	assert_int_equal(mkdir("one/keeper", 0700), 0);
	file = hold("one/run/lock", O_RDWR | O_CREAT);
	folder = hold("one/keeper", O_RDONLY | O_DIRECTORY);
	assert_int_equal(where_lock("one"), ERR_STATE);
	assert_int_equal(unlink("one/run/lock"), 0);
	assert_int_equal(where_lock("one"), ERR_STATE);
	assert_int_equal(close(folder), 0);
	assert_int_equal(where_lock("one"), ERR_OK);
	assert_int_equal(where_lock("one"), ERR_STATE);	/* till it ends */
	assert_int_equal(close(file), 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_an_instance_has_a_configuration),
		WITH(test_named_comes_first),
		WITH(test_then_an_argument_that_is_one),
		WITH(test_then_here_or_nowhere),
		WITH(test_what_runs_is_not_locked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
