/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: while a batch is flushed questions go on coming in, and nothing leaves
 * that hangs on it; the next batch waits for it; and if it does not reach the
 * disk everybody is refused and the keeper stops.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "failing.h"
#include "keeper/desk.h"
#include "keeper/publish.h"
#include "proc/aside.h"

static int make(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	desk_make(d);
	assert_int_equal(aside_new(NULL, NULL, &d->k.flusher), ERR_OK);
	*state = d;
	return 0;
}

static int unmake(void **state)
{
	struct desk *d = *state;

	aside_free(d->k.flusher);
	desk_unmake(d);
	free(d);
	return 0;
}

/* A question, up to the vault's word whom it means. */
static void ask(struct desk *d, uint64_t number)
{
	struct slot *s;
	uint8_t type = 0;

	desk_asks(d, desk_plain());
	desk_reads(d);
	s = desk_told(d, &type);
	assert_non_null(s);
	assert_int_equal(type, MSG_RESOLVE);
	decide_found(&d->k, s, number);
}

/* What the vault is asked for next: the index of its entry, from 1; 0: no
 * question has reached it. */
static uint64_t asked_for(struct desk *d)
{
	uint8_t type = 0;
	struct slot *s = desk_told(d, &type);

	if (!s)
		return 0;
	assert_int_equal(type, MSG_DO);
	return s->index + 1;
}

/* The first batch makes the journal's file and lands at once; those behind it
 * are flushed by the thread. */
static void begin(struct desk *d)
{
	ask(d, 1);
	decide_begin(&d->k);
	assert_false(aside_is_busy(d->k.flusher));
	assert_int_equal(asked_for(d), 1);
	assert_int_equal(book_size(d->k.book), 1);
}

static void test_nothing_leaves_before_it_landed(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;

	begin(d);
	decide_begin(k);	/* nothing is due */
	assert_false(aside_is_busy(k->flusher));
	ask(d, 2);
	assert_int_equal(asked_for(d), 0);
	decide_begin(k);
	assert_true(aside_is_busy(k->flusher));
	assert_int_equal(asked_for(d), 0);
	assert_int_equal(book_size(k->book), 1);
	/* the next ones gather behind it */
	ask(d, 3);
	ask(d, 4);
	assert_int_equal(book_size(k->book), 1);
	decide_landed(k);
	assert_false(aside_is_busy(k->flusher));
	assert_int_equal(asked_for(d), 2);
	assert_int_equal(asked_for(d), 0);
	assert_int_equal(book_size(k->book), 2);
	decide_begin(k);
	assert_int_equal(asked_for(d), 0);
	decide_landed(k);
	assert_int_equal(asked_for(d), 3);
	assert_int_equal(asked_for(d), 4);
	assert_int_equal(book_size(k->book), 4);
	decide_landed(k);	/* nothing is under way */
	assert_int_equal(book_size(k->book), 4);
	assert_null(desk_failed());
}

static void test_a_commit_is_all_of_it(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;

	begin(d);
	ask(d, 2);
	decide_begin(k);
	ask(d, 3);
	decide_commit(k);
	assert_false(aside_is_busy(k->flusher));
	assert_int_equal(asked_for(d), 2);
	assert_int_equal(asked_for(d), 3);
	assert_int_equal(book_size(k->book), 3);
	assert_int_equal(book_publish(k->book), ERR_OK);
}

/* What is noted while a batch is under way has its place behind it. */
static void test_notes_behind_a_batch(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;
	struct leaf note = {.kind = LEAF_NOT_DISCLOSED, .time_ms = HOUSE_NOW,
	    .first = 0, .end = 1, .reason = LEAF_REASON_VAULT_SILENT};
	uint64_t index = 0;

	begin(d);
	ask(d, 2);
	decide_begin(k);
	assert_int_equal(book_note(k->book, &note, BOOK_NOBODY, NULL, &index),
	    ERR_OK);
	assert_int_equal(index, 2);
	ask(d, 3);
	decide_commit(k);
	assert_int_equal(book_size(k->book), 4);
	assert_int_equal(asked_for(d), 2);
	assert_int_equal(asked_for(d), 4);
	assert_int_equal(desk_leaf(d).kind, LEAF_ASKED);
}

/* Entries carry the time of their count; behind a younger note, the note's. */
static void test_times_never_fall(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;
	struct leaf note = {.kind = LEAF_NOT_DISCLOSED, .first = 0, .end = 1,
	    .reason = LEAF_REASON_VAULT_SILENT};
	uint64_t index = 0;

	begin(d);
	ask(d, 2);
	desk_at(d, HOUSE_NOW + 5);
	decide_commit(k);
	assert_int_equal(desk_leaf(d).time_ms, HOUSE_NOW);
	assert_int_equal(asked_for(d), 2);
	ask(d, 3);
	desk_at(d, HOUSE_NOW + 9);
	note.time_ms = HOUSE_NOW + 9;
	assert_int_equal(book_note(k->book, &note, BOOK_NOBODY, NULL, &index),
	    ERR_OK);
	decide_commit(k);
	assert_int_equal(desk_leaf(d).time_ms, HOUSE_NOW + 9);
}

static void assert_rising(struct desk *d)
{
	int64_t last_ms = 0;

	for (uint64_t i = 0; i < book_size(d->k.book); i++) {
		struct leaf leaf = desk_leaf_at(d, i);

		assert_true(leaf.time_ms >= last_ms);
		last_ms = leaf.time_ms;
	}
}

/* A clock that is set a little back while what was decided waits for the disk
 * is believed, and sets no entry before those that wait: neither a question's,
 * nor one that says what was not disclosed, nor a sum. */
static void test_a_clock_set_back_between_two_batches(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;
	struct slot *s;
	uint8_t type = 0;

	begin(d);
	desk_asks(d, desk_plain());
	desk_reads(d);
	s = desk_told(d, &type);
	assert_non_null(s);
	desk_at(d, HOUSE_NOW + 5000);
	ask(d, 2);
	decide_begin(k);
	assert_true(aside_is_busy(k->flusher));
	desk_at(d, HOUSE_NOW + 9000);
	ask(d, 3);
	desk_at(d, HOUSE_NOW + 6000);
	decide_found(k, s, 4);
	decide_commit(k);
	assert_rising(d);
	while (asked_for(d))
		;
	desk_at(d, HOUSE_NOW + 12000);
	decide_silent(k, s);
	desk_at(d, HOUSE_NOW + 10000);
	summary_add(k->summary, SUMMARY_STRANGERS, ASK_FLOW,
	    LEAF_REASON_UNSIGNED, keeper_now(k));
	decide_summaries(k, true);
	ask(d, 5);
	decide_commit(k);
	assert_int_equal(book_size(k->book), 7);
	assert_rising(d);
	assert_int_equal(desk_leaf(d).time_ms, HOUSE_NOW + 12000);
}

/* Neither what was under way nor what waits behind it leaves. */
static void test_what_is_not_flushed_is_refused(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;

	begin(d);
	ask(d, 2);
	failing_set(FAILING_FLUSH, 0, EIO);
	decide_begin(k);
	ask(d, 3);
	decide_landed(k);
	assert_true(failing_end());
	assert_non_null(strstr(desk_failed(), "journal cannot be written"));
	assert_int_equal(asked_for(d), 0);
	gates_flush(k);
	d->ref--;
	assert_int_equal(desk_status(d), 503);
	d->ref++;
	assert_int_equal(desk_status(d), 503);
	assert_int_equal(desk_status(d), 0);
	assert_int_equal(book_size(k->book), 1);
}

/* The loop was not told that the disk is done: the next turn asks. */
static void test_the_next_turn_finds_it_done(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;

	begin(d);
	ask(d, 2);
	decide_begin(k);
	ask(d, 3);
	while (!aside_is_over(k->flusher))
		(void)sched_yield();
	decide_begin(k);
	assert_int_equal(asked_for(d), 2);
	assert_int_equal(asked_for(d), 0);
	assert_true(aside_is_busy(k->flusher));
	decide_landed(k);
	assert_int_equal(asked_for(d), 3);
}

/* The thread's work, until the other end says a word. */
static enum err hold(const void *job)
{
	const int *fd = job;
	char word;

	return read(*fd, &word, 1) == 1 ? ERR_OK : ERR_IO;
}

/* While something is under way nothing else is written, however often it is
 * asked for. */
static void test_one_at_a_time(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;
	int fd[2];

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	begin(d);
	ask(d, 2);
	aside_begin(k->flusher, hold, &fd[0]);
	decide_begin(k);
	decide_begin(k);
	assert_int_equal(k->decided.count, 1);
	assert_int_equal(asked_for(d), 0);
	assert_int_equal(write(fd[1], "x", 1), 1);
	assert_int_equal(aside_wait(k->flusher), ERR_OK);
	decide_begin(k);
	assert_int_equal(k->decided.count, 0);
	decide_landed(k);
	assert_int_equal(asked_for(d), 2);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

/* The record cannot be written: nothing is flushed. */
static void test_a_batch_that_cannot_be_written(void **state)
{
	struct desk *d = *state;

	begin(d);
	ask(d, 2);
	failing_set(FAILING_WRITE, 0, EIO);
	decide_begin(&d->k);
	assert_true(failing_end());
	assert_false(aside_is_busy(d->k.flusher));
	assert_non_null(desk_failed());
	assert_int_equal(asked_for(d), 0);
	gates_flush(&d->k);
	assert_int_equal(desk_status(d), 503);
}

static uint64_t published(struct desk *d)
{
	return tlog_published(book_log(d->k.book));
}

static void test_a_checkpoint_beside_the_loop(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;

	assert_int_equal(aside_new(NULL, NULL, &k->publisher), ERR_OK);
	begin(d);
	assert_int_equal(publish_begin(k), ERR_OK);
	assert_true(aside_is_busy(k->publisher));
	assert_int_equal(publish_begin(k), ERR_OK);	/* one at a time */
	ask(d, 2);
	decide_begin(k);
	assert_int_equal(published(d), 0);
	publish_landed(k);
	assert_int_equal(published(d), 1);
	publish_landed(k);	/* none is under way */
	decide_commit(k);
	assert_int_equal(asked_for(d), 2);
	assert_int_equal(publish_begin(k), ERR_OK);
	/* what is decided, what is under way: all of it */
	ask(d, 3);
	assert_int_equal(publish_now(k), ERR_OK);
	assert_int_equal(published(d), 3);
	assert_false(aside_is_busy(k->publisher));
	assert_int_equal(publish_begin(k), ERR_OK);	/* nothing is new */
	assert_false(aside_is_busy(k->publisher));
	assert_null(desk_failed());
	aside_free(k->publisher);
}

static enum err until_told(const void *job)
{
	char word;

	return read(*(const int *)job, &word, 1) == 1 ? ERR_OK : ERR_IO;
}

/* The next second comes before it is written: it is waited for no longer than
 * a look takes. */
static void test_a_checkpoint_that_takes_long(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;
	int told[2];

	assert_int_equal(pipe(told), 0);
	assert_int_equal(aside_new(NULL, NULL, &k->publisher), ERR_OK);
	aside_begin(k->publisher, until_told, &told[0]);
	publish_look(k);
	assert_true(aside_is_busy(k->publisher));
	assert_int_equal(publish_begin(k), ERR_OK);
	assert_true(aside_is_busy(k->publisher));
	assert_int_equal(write(told[1], "x", 1), 1);
	assert_int_equal(aside_wait(k->publisher), ERR_OK);
	assert_null(desk_failed());
	aside_free(k->publisher);
	(void)close(told[0]);
	(void)close(told[1]);
}

/* That it was written did not reach the loop: the next second looks. */
static void test_a_checkpoint_that_nobody_hears_of(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;

	assert_int_equal(aside_new(NULL, NULL, &k->publisher), ERR_OK);
	publish_look(k);	/* none is under way */
	begin(d);
	assert_int_equal(publish_begin(k), ERR_OK);
	while (!aside_is_over(k->publisher))
		;
	assert_int_equal(published(d), 0);
	publish_look(k);
	assert_false(aside_is_busy(k->publisher));
	assert_int_equal(published(d), 1);
	assert_null(desk_failed());
	aside_free(k->publisher);
}

static void test_a_checkpoint_that_cannot_be_written(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;

	assert_int_equal(aside_new(NULL, NULL, &k->publisher), ERR_OK);
	begin(d);
	failing_set(FAILING_NAME, 0, EIO);
	assert_int_equal(publish_begin(k), ERR_OK);
	publish_landed(k);
	assert_true(failing_end());
	assert_string_equal(desk_failed(), PUBLISH_FAILED);
	assert_int_equal(published(d), 0);
	failing_set(FAILING_NAME, 0, EIO);
	assert_int_equal(publish_begin(k), ERR_OK);
	assert_int_equal(publish_now(k), ERR_IO);
	assert_true(failing_end());
	aside_free(k->publisher);
}

/* No memory for what is to be published: the next second tries again. */
static void test_no_memory_for_a_checkpoint(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;
	bool failed = true;
	int failures = 0;

	assert_int_equal(aside_new(NULL, NULL, &k->publisher), ERR_OK);
	begin(d);
	for (int n = 0; failed; n++) {
		enum err e;

		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = publish_begin(k);
		failed = failing_end();
		failures += failed;
		assert_int_equal(e, failed ? ERR_NOMEM : ERR_OK);
		assert_int_equal(aside_is_busy(k->publisher), !failed);
	}
	assert_true(failures > 1);
	publish_landed(k);
	assert_int_equal(published(d), 1);
	assert_null(desk_failed());
	aside_free(k->publisher);
}

/* Without threads it is done when it returns. */
static void test_checkpoints_without_a_thread(void **state)
{
	struct desk *d = *state;
	struct keeper *k = &d->k;

	begin(d);
	publish_landed(k);	/* none is under way */
	assert_int_equal(published(d), 0);
	ask(d, 2);
	assert_int_equal(publish_now(k), ERR_OK);
	assert_int_equal(published(d), 2);
	assert_int_equal(asked_for(d), 2);
	ask(d, 3);
	decide_commit(k);
	assert_int_equal(publish_begin(k), ERR_OK);
	assert_int_equal(published(d), 3);
	assert_null(desk_failed());
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_nothing_leaves_before_it_landed),
	    CASE(test_a_commit_is_all_of_it),
	    CASE(test_notes_behind_a_batch),
	    CASE(test_times_never_fall),
	    CASE(test_a_clock_set_back_between_two_batches),
	    CASE(test_what_is_not_flushed_is_refused),
	    CASE(test_the_next_turn_finds_it_done),
	    CASE(test_one_at_a_time),
	    CASE(test_a_batch_that_cannot_be_written),
	    CASE(test_a_checkpoint_beside_the_loop),
	    CASE(test_a_checkpoint_that_takes_long),
	    CASE(test_a_checkpoint_that_nobody_hears_of),
	    CASE(test_a_checkpoint_that_cannot_be_written),
	    CASE(test_no_memory_for_a_checkpoint),
	    CASE(test_checkpoints_without_a_thread),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
