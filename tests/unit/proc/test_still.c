/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: the child sees the heap as it stood and may use it, the parent's own
 * pages are not given up for it, and nothing of the copy outlives the child.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "proc/still.h"

#define BLOCKS 4096
#define BLOCK 2000		/* 2,000 pages together */
#define FAULTS_MOST 200		/* of 2,000, had the child all pages too */

struct world {
	struct still still;
	uint8_t *block[BLOCKS];
	int go[2];		/* the child waits here */
};

static struct world w;		/* before the heap, in main() */

static long faults(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_minflt;
}

/* Sanitizers bring an allocator of their own: then it is fork() alone. */
static void need_brk(void)
{
	if (mallinfo2().arena == 0)
		skip();
}

static void fill(uint8_t with)
{
	for (int i = 0; i < BLOCKS; i++)
		memset(w.block[i], with, BLOCK);
}

static bool all_are(uint8_t with)
{
	for (int i = 0; i < BLOCKS; i++)
		for (int k = 0; k < BLOCK; k++)
			if (w.block[i][k] != with)
				return false;
	return true;
}

/* The child's whole life: 0 when all is as it has to be. */
static int live(uint8_t with)
{
	uint8_t *more;
	char c;

	(void)close(w.go[1]);
	if (read(w.go[0], &c, 1) != 0)	/* the parent has written by now */
		return 2;
	if (!all_are(with))
		return 3;
	more = malloc(BLOCK * BLOCKS);
	if (!more)
		return 4;
	memset(more, with, BLOCK * BLOCKS);
	for (int i = 0; i < BLOCKS; i++) {
		free(w.block[i]);
		w.block[i] = malloc(BLOCK / 2 + (size_t)i % 3);
		if (!w.block[i])
			return 5;
	}
	free(more);
	return 0;
}

static pid_t start(uint8_t with)
{
	pid_t child;

	assert_int_equal(pipe(w.go), 0);
	fill(with);
	child = still_fork(&w.still);
	if (child == 0)
		_exit(live(with));
	assert_true(child > 0);
	(void)close(w.go[0]);
	return child;
}

static void finish(pid_t child)
{
	int status;

	(void)close(w.go[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	still_end(&w.still);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_the_child_sees_what_was(void **state)
{
	pid_t child;

	(void)state;
	for (uint8_t round = 1; round < 4; round++) {
		child = start(round);
		fill(0xee);
		assert_true(all_are(0xee));
		finish(child);
		assert_true(all_are(0xee));
	}
}

static void test_the_parent_keeps_its_pages(void **state)
{
	pid_t child;
	long before;

	(void)state;
	need_brk();
	child = start(1);
	before = faults();
	fill(2);
	assert_true(faults() - before < FAULTS_MOST);
	finish(child);
}

static void test_the_copy_does_not_stay(void **state)
{
	static const uint8_t secret[] = "a key that is destroyed meanwhile";
	pid_t child;

	(void)state;
	need_brk();
	memcpy(w.block[BLOCKS / 2], secret, sizeof(secret));
	assert_int_equal(pipe(w.go), 0);
	child = still_fork(&w.still);
	if (child == 0)
		_exit(0);
	assert_true(child > 0);
	(void)close(w.go[0]);
	assert_non_null(memmem(w.still.room, w.still.size, secret,
	    sizeof(secret)));
	finish(child);
	assert_null(memmem(w.still.room, w.still.size, secret,
	    sizeof(secret)));
}

/* The room is made again for a heap that has outgrown it. */
static void test_the_heap_may_grow(void **state)
{
	enum { MANY = 3000, STEP = 100000 };	/* more than it begins with */
	static uint8_t *more[MANY];
	pid_t child;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		more[i] = malloc(STEP);
		assert_non_null(more[i]);
		more[i][0] = 1;
	}
	child = start(7);
	fill(8);
	more[MANY - 1][0] = 2;
	finish(child);
	for (int i = 0; i < MANY; i++)
		free(more[i]);
	child = start(9);
	fill(8);
	finish(child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_child_sees_what_was),
		cmocka_unit_test(test_the_parent_keeps_its_pages),
		cmocka_unit_test(test_the_copy_does_not_stay),
		cmocka_unit_test(test_the_heap_may_grow),
	};
	int failed;

	still_init(&w.still);
	for (int i = 0; i < BLOCKS; i++) {
		w.block[i] = calloc(1, BLOCK);
		if (!w.block[i])
			return 1;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (int i = 0; i < BLOCKS; i++)
		free(w.block[i]);
	still_release(&w.still);
	return failed;
}
