/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: nothing leaves before what was counted for it is on the disk, in its
 * order, and whatever fails on the way is told: no word overtakes another, and
 * no note is signed over what a failed flush left in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/file.h"
#include "crypto/sign.h"
#include "failing.h"
#include "journal/leaf.h"
#include "late_aside.h"
#include "place.h"
#include "vault/outbox.h"

#define ORIGIN "vault.test/journal"

static struct {
	char folder[64];
	int64_t boot_ms;
	struct aside *flusher;
	struct lock *lock;
	struct chan *own;	/* the vault's end */
	int keeper;
	struct outbox box;
	uint64_t index;
} t;

static int64_t wall(void *ctx)
{
	(void)ctx;
	return INT64_C(1767225600000);
}

static int64_t boot(void *ctx)
{
	(void)ctx;
	return t.boot_ms;
}

static void path_of(const char *name, char out[static 128])
{
	(void)snprintf(out, 128, "%s/%s", t.folder, name);
}

static int make(void **state)
{
	static const char trust[] = "instance drill=no origin=" ORIGIN "\n"
	    "default floor=50 each=0\n";
	struct clock clock = {wall, boot, NULL};
	char path[128];
	int pair[2];

	(void)state;
	sign_start();
	memset(&t, 0, sizeof(t));
	assert_true(place_make(t.folder, sizeof(t.folder), "test_outbox"));
	path_of("trust", path);
	assert_int_equal(file_create(path, span_str(trust), 0600), ERR_OK);
	assert_int_equal(aside_new(NULL, NULL, &t.flusher), ERR_OK);
	assert_int_equal(lock_open(
	    t.folder, clock, random_system(), &t.lock), ERR_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK,
	    0, pair), 0);
	t.keeper = pair[0];
	assert_int_equal(chan_new(pair[1], MSG_VAULT, MSG_KEEPER,
	    1u << 20, &t.own), ERR_OK);
	outbox_init(&t.box, t.flusher);
	t.box.lock = t.lock;
	return 0;
}

static int unmake(void **state)
{
	static const char *const names[] = {
	    "key.pem", "key.act", "trust", "counts", "checkpoint"};
	char path[128];

	(void)state;
	(void)!outbox_release(&t.box);
	(void)!lock_close(t.lock);
	aside_free(t.flusher);
	chan_free(t.own);
	(void)close(t.keeper);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(names[i], path);
		(void)unlink(path);
	}
	return rmdir(t.folder);
}

/* A word that the order of the channel allows any number of: none is owed. */
static void say(enum msg_type type)
{
	static const uint8_t body[9];

	assert_int_equal(outbox_put(&t.box, type, 1,
	    span_of(body, type == MSG_RESOLVED ? sizeof(body) : 0)), ERR_OK);
}

/* An answer is counted: its words wait for the disk. */
static void count(void)
{
	static const uint8_t blinding[LEAF_BLINDING];
	struct lock_person p = {3, 0, 7};
	bool over = true;

	assert_int_equal(lock_answered(t.lock, &p, span_str(ORIGIN "/1"),
	    ++t.index, blinding, &over), ERR_OK);
	assert_false(over);
}

/* How many messages the keeper has. */
static unsigned heard(void)
{
	static uint8_t room[LIMIT_DATAGRAM];
	unsigned n = 0;
	ssize_t got;

	assert_int_equal(chan_flush(t.own), ERR_OK);
	while ((got = recv(t.keeper, room, sizeof(room), 0)) > 0)
		for (ssize_t at = 0; at < got; n++)
			at += MSG_HEAD + get_be32(room + at + 4);
	return n;
}

static struct buf note(void)
{
	char path[128];
	struct buf b;

	path_of("checkpoint", path);
	buf_init(&b, 65536);
	assert_int_equal(file_read(path, &b), ERR_OK);
	return b;
}

/* --- what it keeps --- */

static void test_words_that_need_no_disk_leave(void **state)
{
	(void)state;
	say(MSG_VAULT_READY);
	assert_int_equal(outbox_land(&t.box, t.own), ERR_OK);
	assert_int_equal(outbox_settle(&t.box, t.own), ERR_OK);
	assert_int_equal(heard(), 1);
	assert_int_equal(outbox_settle(&t.box, t.own), ERR_OK);
	assert_int_equal(heard(), 0);
}

/* Small words as well as long ones: the keeper may ask no more. */
static void test_room_is_of_words_and_of_bytes(void **state)
{
	static const uint8_t zeros[1000];
	unsigned words = 0, longer = 0;

	(void)state;
	for (; outbox_has_room(&t.box); words++)
		say(MSG_RESOLVED);
	assert_int_equal(words, 1024);
	assert_true(t.box.said.bytes.n < LIMIT_DATAGRAM);
	assert_int_equal(outbox_release(&t.box), ERR_OK);
	outbox_init(&t.box, t.flusher);
	t.box.lock = t.lock;
	for (; outbox_has_room(&t.box); longer++)
		assert_int_equal(outbox_put(&t.box, MSG_DONE, 1,
		    span_of(zeros, sizeof(zeros))), ERR_OK);
	assert_true(longer < words);
}

static void test_a_word_for_which_there_is_no_memory(void **state)
{
	(void)state;
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(outbox_put(&t.box, MSG_VAULT_READY, 0,
	    span_of(NULL, 0)), ERR_NOMEM);
	assert_true(failing_end());
}

/* Nothing behind a word that the channel does not take: an answer that nobody
 * asked for would be such a word. */
static void test_no_word_overtakes_one_that_fails(void **state)
{
	(void)state;
	say(MSG_RESOLVED);
	say(MSG_VAULT_READY);
	assert_int_equal(outbox_settle(&t.box, t.own), ERR_STATE);
	assert_int_equal(heard(), 0);
	assert_int_equal(t.box.said.bytes.n, 0);
}

/* --- while the disk writes --- */

static void test_words_wait_for_the_flush_of_their_turn(void **state)
{
	(void)state;
	say(MSG_VAULT_READY);
	count();
	assert_int_equal(outbox_settle(&t.box, t.own), ERR_OK);
	assert_true(outbox_is_landing(&t.box));
	assert_int_equal(outbox_land(&t.box, t.own), ERR_OK);
	assert_int_equal(heard(), 0);
	late_aside_end(t.flusher);
	assert_int_equal(outbox_settle(&t.box, t.own), ERR_OK);
	assert_int_equal(heard(), 0);	/* over, and not looked at */
	assert_int_equal(outbox_land(&t.box, t.own), ERR_OK);
	assert_false(outbox_is_landing(&t.box));
	assert_int_equal(heard(), 1);
}

/* Without a thread the turn flushes itself, and says nothing if that fails. */
static void test_a_turn_that_flushes_itself(void **state)
{
	(void)state;
	t.box.flusher = NULL;
	say(MSG_VAULT_READY);
	count();
	failing_set(FAILING_FLUSH, 0, EIO);
	assert_int_equal(outbox_settle(&t.box, t.own), ERR_IO);
	assert_true(failing_end());
	assert_int_equal(heard(), 0);
	assert_int_equal(outbox_settle(&t.box, t.own), ERR_IO);
	assert_int_equal(heard(), 0);
}

static void test_counts_that_are_not_written_say_nothing(void **state)
{
	(void)state;
	say(MSG_VAULT_READY);
	count();
	failing_set(FAILING_WRITE, 0, ENOSPC);
	assert_int_equal(outbox_settle(&t.box, t.own), ERR_FULL);
	assert_true(failing_end());
	assert_false(outbox_is_landing(&t.box));
	assert_int_equal(outbox_settle(&t.box, t.own), ERR_IO);
	assert_int_equal(heard(), 0);
}

static void begin_to_land(void)
{
	say(MSG_VAULT_READY);
	count();
	assert_int_equal(outbox_settle(&t.box, t.own), ERR_OK);
	assert_true(outbox_is_landing(&t.box));
}

static void test_a_flush_that_fails_says_nothing(void **state)
{
	(void)state;
	begin_to_land();
	failing_set(FAILING_FLUSH, 0, EIO);
	late_aside_end(t.flusher);
	assert_true(failing_end());
	assert_int_equal(outbox_land(&t.box, t.own), ERR_IO);
	assert_int_equal(heard(), 0);
	assert_int_equal(outbox_settle(&t.box, t.own), ERR_IO);
	assert_int_equal(lock_sign(t.lock), ERR_IO);
}

/* The kernel tells of a failed flush once, and the next one says that all is
 * well: a note made then would be ahead of the disk. */
static void test_the_end_during_a_flush_that_fails_signs_nothing(void **state)
{
	struct buf before = note(), after;

	(void)state;
	begin_to_land();
	failing_set(FAILING_FLUSH, 0, EIO);
	assert_int_equal(outbox_release(&t.box), ERR_IO);
	assert_true(failing_end());
	assert_int_equal(lock_close(t.lock), ERR_OK);
	t.lock = NULL;
	after = note();
	assert_true(span_equal(buf_span(&before), buf_span(&after)));
	buf_release(&before);
	buf_release(&after);
}

/* One that goes well is signed at the end; what it would have said is not. */
static void test_the_end_during_a_flush(void **state)
{
	struct buf before = note(), after;

	(void)state;
	begin_to_land();
	assert_int_equal(outbox_release(&t.box), ERR_OK);
	assert_int_equal(heard(), 0);
	assert_int_equal(lock_close(t.lock), ERR_OK);
	t.lock = NULL;
	after = note();
	assert_false(span_equal(buf_span(&before), buf_span(&after)));
	buf_release(&before);
	buf_release(&after);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_words_that_need_no_disk_leave),
		T(test_room_is_of_words_and_of_bytes),
		T(test_a_word_for_which_there_is_no_memory),
		T(test_no_word_overtakes_one_that_fails),
		T(test_words_wait_for_the_flush_of_their_turn),
		T(test_a_turn_that_flushes_itself),
		T(test_counts_that_are_not_written_say_nothing),
		T(test_a_flush_that_fails_says_nothing),
		T(test_the_end_during_a_flush_that_fails_signs_nothing),
		T(test_the_end_during_a_flush),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
