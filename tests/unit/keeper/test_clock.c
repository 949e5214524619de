/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a wall clock that jumps ends nobody's window, and a keeper that starts
 * again does not believe it either. */
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "failing.h"
#include "keeper/gap.h"
#include "keeper/hour.h"
#include "keeper/keeper.h"

#define T0 INT64_C(1790000000000)
#define DAY_MS INT64_C(86400000)

struct fake {
	int64_t wall, boot;
};

/* The keeper's, which nothing here asks. */
int64_t keeper_now(struct keeper *k)
{
	return hour_now(&k->hour);
}

void keeper_fail(struct keeper *k, const char *words, enum err e)
{
	(void)k;
	fail_msg("%s: %s", words, err_text(e));
}

static int64_t fake_wall(void *ctx)
{
	return ((struct fake *)ctx)->wall;
}

static int64_t fake_boot(void *ctx)
{
	return ((struct fake *)ctx)->boot;
}

static struct clock clock_of(struct fake *f)
{
	return (struct clock){fake_wall, fake_boot, f};
}

static void pass(struct fake *f, int64_t ms)
{
	f->wall += ms;
	f->boot += ms;
}

static void test_hour_jump_moves_no_time(void **state)
{
	struct fake f = {T0, 5000};
	struct hour h;

	(void)state;
	hour_init(&h, clock_of(&f), 0);
	pass(&f, 1000);
	assert_int_equal(hour_now(&h), T0 + 1000);
	assert_false(h.doubtful);
	f.wall += 31 * DAY_MS;
	pass(&f, 1000);
	assert_int_equal(hour_now(&h), T0 + 2000);
	assert_true(h.doubtful);
	f.wall -= 31 * DAY_MS;
	pass(&f, 1000);
	assert_int_equal(hour_now(&h), T0 + 3000);
	assert_true(h.doubtful);	/* until two people say so */
}

static void test_hour_confirmed_jump_counts(void **state)
{
	struct fake f = {T0, 5000};
	struct hour h;

	(void)state;
	hour_init(&h, clock_of(&f), 0);
	f.wall += DAY_MS;
	assert_int_equal(hour_now(&h), T0);
	hour_confirm(&h);
	assert_int_equal(hour_now(&h), T0 + DAY_MS);
	assert_false(h.doubtful);
}

static void test_hour_small_steps_are_taken(void **state)
{
	struct fake f = {T0, 5000};
	struct hour h;

	(void)state;
	hour_init(&h, clock_of(&f), 0);
	f.wall += HOUR_STRAY_MS;
	assert_int_equal(hour_now(&h), T0 + HOUR_STRAY_MS);
	assert_false(h.doubtful);
	f.wall -= 1000;
	hour_floor(&h, T0 + HOUR_STRAY_MS);
	assert_int_equal(hour_now(&h), T0 + HOUR_STRAY_MS);
}

static void test_hour_set_in_doubt_is_exact(void **state)
{
	struct fake f = {T0, 5000};
	struct hour h;

	(void)state;
	hour_init(&h, clock_of(&f), 0);
	f.wall += DAY_MS;
	(void)hour_now(&h);
	(void)hour_set(&h, T0 + 5 * DAY_MS);
	assert_int_equal(hour_now(&h), T0 + 5 * DAY_MS);
}

static void test_gap_outlives_the_keeper(void **state)
{
	char dir[] = "/tmp/ecluse-gap-XXXXXX", path[64];
	struct fake f = {T0, 5000};
	struct gap gap = {0};
	struct hour h;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/keeper", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_not_equal(gap_load(dir, &gap), ERR_OK);
	hour_init(&h, clock_of(&f), 0);
	assert_int_equal(gap_save(dir, h.gap_ms, false), ERR_OK);
	f.wall += 31 * DAY_MS;	/* while no keeper ran, say */
	hour_init(&h, clock_of(&f), 0);
	assert_int_equal(gap_load(dir, &gap), ERR_OK);
	assert_false(gap.stale || gap.doubtful);
	hour_resume(&h, gap.ms, gap.doubtful);
	assert_int_equal(hour_now(&h), T0);
	assert_true(h.doubtful);
	/* it comes home while no keeper runs: nobody said that it may */
	assert_int_equal(gap_save(dir, h.gap_ms, h.doubtful), ERR_OK);
	f.wall -= 31 * DAY_MS;
	hour_init(&h, clock_of(&f), 0);
	assert_int_equal(gap_load(dir, &gap), ERR_OK);
	assert_true(gap.doubtful && !gap.stale);
	hour_resume(&h, gap.ms, gap.doubtful);
	assert_int_equal(hour_now(&h), T0);
	assert_true(h.doubtful);
	(void)snprintf(path, sizeof(path), "%s/keeper/gap", dir);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/keeper", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void put(const char *path, const char *line)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(line, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Another boot's gap says nothing about this one; its doubt does. */
static void test_gap_of_another_boot_is_stale(void **state)
{
	static const char *const broken[] = {"", "\n", "1785000000000\n",
	    "00000000-0000-0000-0000-000000000000\n",
	    "00000000-0000-0000-0000-000000000000 doubtful\n",
	    "00000000-0000-0000-0000-000000000000 1x\n",
	    "00000000-0000-0000-0000-00000000000g 1\n",
	    "0000000000000-0000-0000-000000000000 1\n",
	    "00000000-0000-0000-0000-000000000000x1\n",
	    "00000000-0000-0000-0000-000000000000 1 doubtful",
	    "00000000-0000-0000-0000-000000000000 1 doubt\n",
	    "00000000-0000-0000-0000-000000000000 1  doubtful\n"};
	char dir[] = "/tmp/ecluse-gap-XXXXXX", path[64];
	struct gap gap = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/keeper", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/keeper/gap", dir);
	put(path, "00000000-0000-0000-0000-000000000000 1785000000000\n");
	assert_int_equal(gap_load(dir, &gap), ERR_OK);
	assert_true(gap.stale && !gap.doubtful);
	put(path, "00000000-0000-0000-0000-000000000000 1785000000000 "
	    "doubtful\n");
	assert_int_equal(gap_load(dir, &gap), ERR_OK);
	assert_true(gap.stale && gap.doubtful);
	gap.ms = 77;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		put(path, broken[i]);
		assert_int_equal(gap_load(dir, &gap), ERR_SHAPE);
		assert_int_equal(gap.ms, 77);
	}
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/keeper", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* What a start makes of the file as it is: is there doubt? */
static bool starts_in_doubt(const char *dir, struct fake *f)
{
	static struct keeper k;

	k = (struct keeper){.dir = dir};
	hour_init(&k.hour, clock_of(f), 0);
	assert_int_equal(start_gap(&k), ERR_OK);
	assert_int_equal(hour_now(&k.hour), f->wall);
	return k.hour.doubtful;
}

/* Half of the file that held a doubt is not a file that holds none; and none
 * is none. */
static void test_a_damaged_gap_is_doubt(void **state)
{
	char dir[] = "/tmp/ecluse-gap-XXXXXX", path[64], whole[128] = "";
	struct fake f = {T0, 5000};
	struct gap gap = {0};
	FILE *file;
	size_t n;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/keeper", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/keeper/gap", dir);
	assert_false(starts_in_doubt(dir, &f));
	assert_int_equal(gap_save(dir, f.wall - f.boot, true), ERR_OK);
	file = fopen(path, "re");
	assert_non_null(file);
	n = fread(whole, 1, sizeof(whole) - 1, file);
	assert_int_equal(fclose(file), 0);
	for (size_t left = 0; left <= n; left++) {
		put(path, whole);
		assert_int_equal(truncate(path, (off_t)left), 0);
		assert_true(starts_in_doubt(dir, &f));
		/* and the next start knows it from a file that is whole */
		assert_int_equal(gap_load(dir, &gap), ERR_OK);
		assert_true(gap.doubtful);
	}
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/keeper", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* A file that is not read this time says nothing: the start fails. */
static void test_a_gap_that_is_not_read(void **state)
{
	char dir[] = "/tmp/ecluse-gap-XXXXXX", path[64];
	static struct keeper k;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/keeper", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(gap_save(dir, 1, false), ERR_OK);
	k = (struct keeper){.dir = dir};
	failing_set(FAILING_OPEN, 0, EMFILE);
	assert_int_equal(start_gap(&k), ERR_IO);
	assert_true(failing_end());
	failing_set(FAILING_READ, 0, EIO);
	assert_int_equal(start_gap(&k), ERR_IO);
	assert_true(failing_end());
	(void)snprintf(path, sizeof(path), "%s/keeper/gap", dir);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/keeper", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* Neither is said to be there, nor to be written. */
static void test_a_gap_that_has_no_place(void **state)
{
	static char far[PATH_MAX + 1];
	char dir[] = "/tmp/ecluse-gap-XXXXXX", path[64];
	struct gap gap = {.ms = 77};

	(void)state;
	memset(far, 'a', sizeof(far) - 1);
	assert_int_equal(gap_load(far, &gap), ERR_LIMIT);
	assert_int_equal(gap_save(far, 1, false), ERR_LIMIT);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/keeper", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(gap_save(dir, -1, false), ERR_RANGE);
	assert_int_equal(gap_load(dir, &gap), ERR_UNKNOWN);
	/* which boot it is, is not known: it is of none */
	failing_set(FAILING_OPEN, 0, EMFILE);
	assert_int_equal(gap_save(dir, 1, false), ERR_IO);
	assert_true(failing_end());
	assert_int_equal(gap_load(dir, &gap), ERR_UNKNOWN);
	assert_int_equal(gap_save(dir, 1, false), ERR_OK);
	failing_set(FAILING_OPEN, 1, EMFILE);
	assert_int_equal(gap_load(dir, &gap), ERR_IO);
	assert_true(failing_end());
	assert_int_equal(gap.ms, 77);
	(void)snprintf(path, sizeof(path), "%s/keeper/gap", dir);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/keeper", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hour_jump_moves_no_time),
	    cmocka_unit_test(test_hour_confirmed_jump_counts),
	    cmocka_unit_test(test_hour_small_steps_are_taken),
	    cmocka_unit_test(test_hour_set_in_doubt_is_exact),
	    cmocka_unit_test(test_gap_outlives_the_keeper),
	    cmocka_unit_test(test_gap_of_another_boot_is_stale),
	    cmocka_unit_test(test_a_damaged_gap_is_doubt),
	    cmocka_unit_test(test_a_gap_that_is_not_read),
	    cmocka_unit_test(test_a_gap_that_has_no_place),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
