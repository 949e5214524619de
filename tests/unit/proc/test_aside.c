/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: work is done beside its owner, one piece at a time, and its end and its
 * failure come out; the thread has given up what it was told to before the
 * owner goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>
#include "failing.h"
#include "proc/aside.h"

static pthread_t inside_of;

static enum err note_thread(void *ctx)
{
	inside_of = pthread_self();
	return *(enum err *)ctx;
}

static enum err flush(const void *job)
{
	return fdatasync(*(const int *)job) == 0 ? ERR_OK : ERR_IO;
}

static struct aside *make(void)
{
	enum err good = ERR_OK;
	struct aside *f = NULL;

	assert_int_equal(aside_new(note_thread, &good, &f), ERR_OK);
	assert_false(pthread_equal(inside_of, pthread_self()));
	assert_false(aside_is_busy(f));
	return f;
}

static bool is_over(struct aside *f, int wait_ms)
{
	struct pollfd p = {.fd = aside_descriptor(f), .events = POLLIN};

	return poll(&p, 1, wait_ms) == 1;
}

static void test_flushes_one_after_the_other(void **state)
{
	char name[] = "flushed-XXXXXX";
	struct aside *f = make();
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	(void)unlink(name);
	assert_false(is_over(f, 0));
	for (int i = 0; i < 100; i++) {
		assert_int_equal(write(fd, "x", 1), 1);
		aside_begin(f, flush, &fd);
		assert_true(aside_is_busy(f));
		if (i % 2)
			assert_true(is_over(f, -1));
		assert_int_equal(aside_wait(f), ERR_OK);
		assert_false(aside_is_busy(f));
		assert_false(is_over(f, 0));
	}
	/* nobody waits for the last one */
	aside_begin(f, flush, &fd);
	aside_free(f);
	(void)close(fd);
}

static void test_a_failure_comes_out(void **state)
{
	struct aside *f = make();
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	/* what is not on a disk cannot be flushed */
	aside_begin(f, flush, &fd[1]);
	assert_int_equal(aside_wait(f), ERR_IO);
	aside_free(f);
	aside_free(NULL);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

static void test_who_gives_up_nothing_is_not_started(void **state)
{
	enum err bad = ERR_REFUSED;
	struct aside *f = NULL;

	(void)state;
	assert_int_equal(aside_new(note_thread, &bad, &f), ERR_REFUSED);
	assert_null(f);
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(aside_new(NULL, NULL, &f), ERR_NOMEM);
	assert_true(failing_end());
	assert_null(f);
}

/* No thread, or nothing to tell its owner by; then there is one. */
static void test_no_room_for_a_thread(void **state)
{
	static const enum failing_kind kinds[] = {
	    FAILING_OPEN, FAILING_PROCESS};
	enum err good = ERR_OK;
	struct aside *f = NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		failing_set(kinds[i], 0, EAGAIN);
		assert_int_equal(aside_new(note_thread, &good, &f), ERR_IO);
		assert_true(failing_end());
		assert_null(f);
	}
	aside_free(make());
}

/* The loop is not told: who asks hears it all the same. */
static void test_an_end_that_is_not_told(void **state)
{
	char name[] = "flushed-XXXXXX";
	struct aside *f = make();
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	(void)unlink(name);
	assert_false(aside_is_over(f));
	failing_set(FAILING_WRITE, 0, EIO);
	aside_begin(f, flush, &fd);
	while (!aside_is_over(f))
		(void)sched_yield();
	assert_true(failing_end());
	assert_false(is_over(f, 0));
	assert_int_equal(aside_wait(f), ERR_OK);
	assert_false(aside_is_over(f));
	aside_free(f);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_flushes_one_after_the_other),
	    cmocka_unit_test(test_a_failure_comes_out),
	    cmocka_unit_test(test_who_gives_up_nothing_is_not_started),
	    cmocka_unit_test(test_no_room_for_a_thread),
	    cmocka_unit_test(test_an_end_that_is_not_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
