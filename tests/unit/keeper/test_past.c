/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a log that a restore began goes on from the one that two people signed
 * for and from no other, answers with cards only for its time, says what is not
 * known of the one before, and goes on counting what was counted there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/date.h"
#include "base/file.h"
#include "failing.h"
#include "journal/checkpoint.h"
#include "keeper/annals.h"
#include "keeper/house.h"
#include "keeper/keeper.h"
#include "registry/turns.h"

#define DAY DATE_DAY_MS
#define OLD "old1.example/journal"	/* the first log that ended */
#define RECORDS "/keeper/old/1/records/seg-000000000000"
#define RECORD (40 + LEAF_SIZE + OPENING_SIZE)	/* its bytes */

struct yard {
	struct house h;
	struct keeper k;
};

static int64_t clock_ms;

static int64_t ticks(void *ctx)
{
	(void)ctx;
	return clock_ms;
}

int64_t keeper_now(struct keeper *k)
{
	return hour_now(&k->hour);
}

void keeper_fail(struct keeper *k, const char *words, enum err e)
{
	(void)k;
	fail_msg("%s: %s", words, err_text(e));
}

/* What a keeper has when it looks at the logs of before. */
static void wake(struct yard *y)
{
	y->k = (struct keeper){.dir = y->h.dir, .registry = y->h.acts.r,
	    .book = y->h.book, .keys = y->h.keys};
	(void)snprintf(
	    y->k.conf.origin, sizeof(y->k.conf.origin), ACTS_ORIGIN);
	hour_init(&y->k.hour, (struct clock){ticks, ticks, NULL}, 0);
}

static int make(void **state)
{
	static const char insurer[] = "insurer amc=000000000%d operator=o "
	    "feed-key=%s card-key=%s\n";
	struct yard *y = calloc(1, sizeof(*y));

	assert_non_null(y);
	clock_ms = HOUSE_NOW;
	house_make(&y->h);
	for (int i = 0; i < HOUSE_CELLS; i++)
		assert_int_equal(acts_do(&y->h.acts, 2, insurer, i + 1,
		    acts_ed25519(20 + (unsigned)i), acts_p256(0)), ERR_OK);
	wake(y);
	*state = y;
	return 0;
}

static int unmake(void **state)
{
	struct yard *y = *state;

	past_close(&y->k);
	house_unmake(&y->h);
	free(y);
	return 0;
}

static uint64_t asks(struct yard *y, uint64_t number, int64_t now_ms)
{
	return house_asks(&y->h, (struct house_ask){.key = 1,
	    .cell = 1 + (uint32_t)(number % HOUSE_CELLS), .number = number,
	    .now_ms = now_ms});
}

/* The log ends, as two people sign it, and an empty one begins. */
static struct registry_past *ends(struct yard *y)
{
	const char *dir = y->h.dir;
	struct registry *r = y->h.acts.r;
	struct registry_past *was = &r->pasts[r->past_count++];
	char path[60];

	*was = (struct registry_past){.size = book_size(y->h.book)};
	(void)snprintf(was->origin, sizeof(was->origin),
	    "old%zu.example/journal", r->past_count);
	assert_int_equal(tlog_root(
	    book_log(y->h.book), was->size, was->root), ERR_OK);
	assert_int_equal(book_publish(y->h.book), ERR_OK);
	past_close(&y->k);
	house_kill(&y->h);
	(void)mkdir(rig_in(dir, "keeper/old"), 0700);
	(void)snprintf(path, sizeof(path), "keeper/old/%zu", r->past_count);
	assert_int_equal(mkdir(rig_in(dir, path), 0700), 0);
	(void)snprintf(
	    path, sizeof(path), "keeper/old/%zu/records", r->past_count);
	assert_int_equal(rename(
	    rig_in(dir, "keeper/journal"), rig_in(dir, path)), 0);
	(void)snprintf(
	    path, sizeof(path), "keeper/old/%zu/public", r->past_count);
	assert_int_equal(rename(
	    rig_in(dir, "journal/public"), rig_in(dir, path)), 0);
	house_open(&y->h);
	wake(y);
	return was;
}

/* The keeper died, and starts again. */
static void again(struct yard *y)
{
	past_close(&y->k);
	house_kill(&y->h);
	house_open(&y->h);
	wake(y);
}

static void test_no_log_before(void **state)
{
	struct yard *y = *state;

	assert_int_equal(past_open(&y->k), ERR_OK);
	assert_int_equal(book_size(y->k.book), 0);
	assert_true(y->k.spent_until_ms == 0);
	assert_false(past_spent(&y->k));
}

static void test_the_first_entry_says_what_came_before(void **state)
{
	struct yard *y = *state;
	struct registry_past *was;
	struct leaf leaf;

	(void)asks(y, 5, HOUSE_NOW);
	(void)asks(y, 6, HOUSE_NOW + 9000);
	was = ends(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	assert_int_equal(book_size(y->k.book), 1);
	leaf = house_leaf(&y->h, 0, false, NULL);
	assert_int_equal(leaf.kind, LEAF_CONTINUE);
	assert_int_equal(leaf.first, 2);
	assert_int_equal(leaf.end, 0);
	/* time does not go back behind the log's end */
	assert_true(leaf.time_ms == HOUSE_NOW + 9000);
	/* once: the next start finds it there */
	again(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	assert_int_equal(book_size(y->k.book), 1);
	assert_true(keeper_now(&y->k) == HOUSE_NOW + 9000);
	/* and of the next log that begins it quotes the last one, and what is
	 * known of it */
	was = ends(y);
	was->known_size = 4;
	memset(was->known_root, 0x5a, HASH_SIZE);
	assert_int_equal(past_open(&y->k), ERR_OK);
	leaf = house_leaf(&y->h, 0, false, NULL);
	assert_int_equal(leaf.first, 1);
	assert_int_equal(leaf.end, 4);
	assert_memory_equal(leaf.commitment, was->known_root, HASH_SIZE);
}

/* Without cards nothing is left of the budgets, for the longest window. */
static void test_budgets_are_spent_for_their_time(void **state)
{
	struct yard *y = *state;

	(void)ends(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	assert_true(y->k.spent_until_ms == HOUSE_NOW + 30 * DAY);
	assert_true(past_spent(&y->k));
	y->h.acts.r->reopened = true;
	assert_false(past_spent(&y->k));
	y->h.acts.r->reopened = false;
	/* a start does not end it */
	clock_ms += 30 * DAY - 1;
	again(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	assert_true(past_spent(&y->k));
	clock_ms++;
	assert_false(past_spent(&y->k));
}

static void test_an_archive_that_was_not_signed_for(void **state)
{
	struct yard *y = *state;
	struct registry_past *was;
	char file[RIG_PATH + 60];

	(void)asks(y, 5, HOUSE_NOW);
	(void)asks(y, 6, HOUSE_NOW);
	was = ends(y);
	was->root[0] ^= 1;
	assert_int_equal(past_open(&y->k), ERR_CORRUPT);
	was->root[0] ^= 1;
	/* shorter than what was signed */
	again(y);
	was->size++;
	assert_int_not_equal(past_open(&y->k), ERR_OK);
	was->size--;
	/* its last entry is another */
	again(y);
	(void)snprintf(file, sizeof(file), "%s" RECORDS, y->h.dir);
	rig_flip(file, RECORD + 60, 1);
	assert_int_equal(past_open(&y->k), ERR_CORRUPT);
	rig_flip(file, RECORD + 60, 1);
	again(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	assert_int_equal(book_size(y->k.book), 1);
	/* not there */
	again(y);
	assert_int_equal(rename(rig_in(y->h.dir, "keeper/old/1"),
	    rig_in(y->h.dir, "keeper/old/2")), 0);
	assert_int_equal(past_open(&y->k), ERR_UNKNOWN);
	assert_false(past_spent(&y->k));
}

/* The first of two: the second one is not asked. */
static void test_the_first_of_two_is_not_there(void **state)
{
	struct yard *y = *state;

	(void)asks(y, 5, HOUSE_NOW);
	(void)ends(y);
	(void)ends(y);
	assert_int_equal(rename(rig_in(y->h.dir, "keeper/old/1"),
	    rig_in(y->h.dir, "keeper/old/3")), 0);
	assert_int_equal(past_open(&y->k), ERR_UNKNOWN);
	assert_null(y->k.pasts[1]);
}

/* What is known of a log has a root. */
static void test_no_root_is_known(void **state)
{
	struct yard *y = *state;

	ends(y)->known_size = 9;
	assert_int_equal(past_open(&y->k), ERR_RANGE);
	assert_int_equal(book_size(y->k.book), 0);
	assert_false(past_spent(&y->k));
}

/* A journal whose first entry is a question began with no restore. */
static void test_a_log_that_began_otherwise(void **state)
{
	struct yard *y = *state;

	(void)ends(y);
	(void)asks(y, 5, HOUSE_NOW);
	assert_int_equal(past_open(&y->k), ERR_CORRUPT);
	assert_true(y->k.spent_until_ms == 0);
}

/* Whatever call fails: the start fails, or all of it is there; the next start
 * finds the whole. */
static void test_calls_that_fail(void **state)
{
	static const enum failing_kind kinds[] = {FAILING_MEMORY, FAILING_OPEN,
	    FAILING_READ, FAILING_WRITE, FAILING_FLUSH};
	struct yard *y = *state;

	(void)asks(y, 5, HOUSE_NOW);
	(void)ends(y);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			enum err e;

			past_close(&y->k);
			house_kill(&y->h);
			rig_remove(rig_in(y->h.dir, "keeper/journal"));
			rig_remove(rig_in(y->h.dir, "journal/public"));
			house_open(&y->h);
			wake(y);
			failing_set(kinds[i], n, EIO);
			e = past_open(&y->k);
			failed = failing_end();
			assert_int_equal(!e, y->k.spent_until_ms > 0);
			if (!failed)
				assert_int_equal(e, ERR_OK);
			again(y);
			assert_int_equal(past_open(&y->k), ERR_OK);
			assert_int_equal(book_size(y->k.book), 1);
			assert_true(past_spent(&y->k));
		}
	}
}

/* What past_write says of [from, to). */
static void says(struct yard *y, int64_t from_ms, int64_t to_ms,
    const char *wanted)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 4096);
	w = json_writer_of(&out);
	json_write_begin(&w, '{');
	assert_int_equal(past_write(&y->k, from_ms, to_ms, &w), ERR_OK);
	json_write_end(&w, '}');
	buf_put_u8(&out, 0);
	assert_int_equal(out.err, ERR_OK);
	assert_string_equal((const char *)out.p, wanted);
	buf_release(&out);
}

static void test_what_is_not_known_is_said(void **state)
{
	const int64_t t = HOUSE_NOW;
	struct yard *y = *state;
	struct registry_past *was;

	(void)asks(y, 5, t);
	was = ends(y);
	was->known_size = 7;
	memset(was->known_root, 0x5a, HASH_SIZE);
	clock_ms = t + 2 * DAY;
	assert_int_equal(past_open(&y->k), ERR_OK);
	(void)asks(y, 6, t + 3 * DAY);
	says(y, t - DAY, t, "{\"other_logs\":[\"" OLD "\"]}");
	says(y, t, t + 1, "{\"gap\":[{\"origin\":\"" OLD "\",\"from\":1,"
	    "\"to\":7}],\"other_logs\":[\"" OLD "\"]}");
	says(y, t + 1, t + DAY, "{\"gap\":[{\"origin\":\"" OLD
	    "\",\"from\":1,\"to\":7}]}");
	says(y, t + 2 * DAY - 1, t + 9 * DAY, "{\"gap\":[{\"origin\":\"" OLD
	    "\",\"from\":1,\"to\":7}]}");
	says(y, t + 2 * DAY, t + 9 * DAY, "{}");
	/* a second one, of which nothing is known */
	(void)ends(y);
	clock_ms = t + 5 * DAY;
	assert_int_equal(past_open(&y->k), ERR_OK);
	says(y, t, t + 9 * DAY, "{\"gap\":[{\"origin\":\"" OLD "\",\"from\":1,"
	    "\"to\":7},{\"origin\":\"old2.example/journal\",\"from\":2}],"
	    "\"other_logs\":[\"" OLD "\",\"old2.example/journal\"]}");
	says(y, t + 3 * DAY + 1, t + 4 * DAY, "{\"gap\":[{\"origin\":"
	    "\"old2.example/journal\",\"from\":2}]}");
}

/* A log that ended before its first entry: all is unknown until the next. */
static void test_a_log_that_ended_empty(void **state)
{
	struct yard *y = *state;

	(void)ends(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	says(y, HOUSE_NOW - 9 * DAY, HOUSE_NOW, "{\"gap\":[{\"origin\":\"" OLD
	    "\",\"from\":0}]}");
	says(y, HOUSE_NOW, HOUSE_NOW + DAY, "{}");
}

/* No list rather than half of one. */
static void test_a_list_is_whole(void **state)
{
	struct yard *y = *state;
	struct json_writer w;
	struct buf out;

	(void)asks(y, 5, HOUSE_NOW);
	(void)ends(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	(void)ends(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	buf_init(&out, 4096);
	w = json_writer_of(&out);
	json_write_begin(&w, '{');
	failing_set(FAILING_READ, 0, EIO);
	assert_int_equal(past_write(&y->k, 0, HOUSE_NOW, &w), ERR_IO);
	assert_true(failing_end());
	assert_int_equal(past_write(&y->k, 0, HOUSE_NOW, &w), ERR_OK);
	buf_release(&out);
}

static void put_known(struct yard *y, const struct checkpoint *c,
    const struct sign_private *key)
{
	struct buf note;

	buf_init(&note, CHECKPOINT_MAX);
	assert_int_equal(checkpoint_sign(c, &key, 1, &note), ERR_OK);
	rig_store(rig_in(y->h.dir, "keeper/known-checkpoint"), note.p, note.n);
	buf_release(&note);
}

/* Somebody kept a checkpoint: the journal has it in it, or nothing starts. */
static void test_a_known_checkpoint(void **state)
{
	struct yard *y = *state;
	struct checkpoint c = {.origin = ACTS_ORIGIN, .size = 2};
	struct sign_private *other = rig_key(9);

	for (uint64_t i = 0; i < 3; i++)
		(void)asks(y, 5 + i, HOUSE_NOW);
	assert_int_equal(past_check_known(&y->k), ERR_OK);
	assert_int_equal(
	    tlog_root(book_log(y->k.book), c.size, c.root), ERR_OK);
	put_known(y, &c, y->h.keys->log);
	assert_int_equal(past_check_known(&y->k), ERR_OK);
	put_known(y, &c, other);
	assert_int_equal(past_check_known(&y->k), ERR_CRYPTO);
	c.root[5] ^= 1;
	put_known(y, &c, y->h.keys->log);
	assert_int_equal(past_check_known(&y->k), ERR_CORRUPT);
	c.root[5] ^= 1;
	c.size = 4;
	put_known(y, &c, y->h.keys->log);
	assert_int_equal(past_check_known(&y->k), ERR_CORRUPT);
	/* what cannot be read is not taken for none */
	failing_set(FAILING_READ, 0, EIO);
	assert_int_equal(past_check_known(&y->k), ERR_IO);
	assert_true(failing_end());
	rig_store(rig_in(y->h.dir, "keeper/known-checkpoint"), "x\n", 2);
	assert_int_equal(past_check_known(&y->k), ERR_CRYPTO);
	sign_private_free(other);
}

/* The key of the day when it was fetched may have turned since. */
static void test_a_checkpoint_of_a_key_before(void **state)
{
	struct yard *y = *state;
	struct registry *r = y->h.acts.r;
	struct checkpoint c = {.origin = ACTS_ORIGIN, .size = 1};
	struct sign_private *old = rig_key(9);
	struct registry_turn turns[] = {
		{.kind = KEYRING_LOG, .generation = 1},	/* not named */
		{.kind = KEYRING_REGISTRY, .generation = 1},
		{.kind = KEYRING_LOG, .generation = 2},
	}, *kept = r->turns;
	size_t count = r->turn_count;

	(void)asks(y, 5, HOUSE_NOW);
	assert_int_equal(
	    tlog_root(book_log(y->k.book), c.size, c.root), ERR_OK);
	put_known(y, &c, old);
	for (int i = 1; i < 3; i++) {
		memcpy(turns[i].name, sign_public_raw(
		    sign_private_public(old)), SIGN_ED25519_KEY);
		turns[i].name_len = SIGN_ED25519_KEY;
	}
	r->turns = turns;
	r->turn_count = 2;	/* of the registry's log: not of this one */
	assert_int_equal(past_check_known(&y->k), ERR_CRYPTO);
	r->turn_count = 3;
	assert_int_equal(past_check_known(&y->k), ERR_OK);
	/* nor by a key of another name */
	(void)snprintf(y->k.conf.origin, sizeof(y->k.conf.origin), "a b");
	assert_int_equal(past_check_known(&y->k), ERR_CRYPTO);
	r->turns = kept;
	r->turn_count = count;
	sign_private_free(old);
}

static void test_a_folder_with_too_long_a_name(void **state)
{
	static char dir[PATH_MAX + 1];
	struct yard *y = *state;

	memset(dir, 'a', sizeof(dir) - 1);
	y->k.dir = dir;
	assert_int_equal(past_check_known(&y->k), ERR_LIMIT);
	(void)snprintf(y->k.conf.origin, sizeof(y->k.conf.origin), "b");
	(void)snprintf(
	    y->h.acts.r->origin, sizeof(y->h.acts.r->origin), "a");
	assert_int_equal(past_continue(&y->k), ERR_LIMIT);
	y->k.dir = y->h.dir;
}

/* --- budgets --- */

static void fold_with_past(struct yard *y, size_t count)
{
	y->h.fold.pasts = y->k.pasts;
	y->h.fold.past_count = count;
}

static void test_what_was_read_before_counts_on(void **state)
{
	struct yard *y = *state;
	struct house *h = &y->h;
	struct guard_wide all;

	for (uint64_t i = 0; i < 6; i++)
		(void)asks(y, 5 + i, HOUSE_NOW - 40 * DAY);
	for (uint64_t i = 0; i < 6; i++)
		(void)asks(y, 15 + i, HOUSE_NOW);
	(void)house_notes(h, (struct leaf){.kind = LEAF_STOP,
	    .time_ms = HOUSE_NOW}, 0);
	(void)ends(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	(void)asks(y, 30, HOUSE_NOW + 1000);
	again(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	fold_with_past(y, 1);
	assert_int_equal(
	    fold_run(&h->fold, HOUSE_NOW + 2000, &h->found), ERR_OK);
	all = guard_look_platform(h->guard, HOUSE_NOW + 2000);
	assert_int_equal(all.persons30, 7);
	assert_int_equal(h->found.from, 0);
	/* each log has its own sequence numbers */
	assert_int_equal(house_leaf(
	    h, asks(y, 31, HOUSE_NOW + 3000), true, NULL).sequence, 2);
	/* a snapshot holds all of it: no log before is read for it */
	assert_int_equal(fold_save(
	    &h->fold, FOLD_TEMP_CHILD, HOUSE_NOW + 3000), ERR_OK);
	again(y);
	fold_with_past(y, 1);	/* which is not open */
	assert_int_equal(
	    fold_run(&h->fold, HOUSE_NOW + 4000, &h->found), ERR_OK);
	assert_int_equal(h->found.from, 3);
	all = guard_look_platform(h->guard, HOUSE_NOW + 4000);
	assert_int_equal(all.persons30, 8);
}

/* Nothing is counted of what a destroyed month held, and nothing is passed
 * over of what nobody knows. */
static void test_a_past_that_cannot_be_counted(void **state)
{
	struct yard *y = *state;
	struct house *h = &y->h;
	const int64_t now = HOUSE_NOW + 20 * DAY;

	(void)asks(y, 5, HOUSE_NOW);
	(void)asks(y, 6, now);
	(void)ends(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	fold_with_past(y, 1);
	/* an asker whom the registry has not */
	acts_end(&h->acts);
	acts_start(&h->acts, true);
	h->fold.registry = h->acts.r;
	assert_int_equal(acts_do(&h->acts, 2, "insurer amc=0000000001 "
	    "operator=o feed-key=%s card-key=%s\ninsurer amc=0000000002 "
	    "operator=o feed-key=%s card-key=%s\ninsurer amc=0000000003 "
	    "operator=o feed-key=%s card-key=%s\n", acts_ed25519(20),
	    acts_p256(0), acts_ed25519(21), acts_p256(0), acts_ed25519(22),
	    acts_p256(0)), ERR_OK);
	assert_int_equal(fold_run(&h->fold, now, &h->found), ERR_CORRUPT);
	/* its months are destroyed: nobody needs to be known */
	assert_int_equal(months_destroy(book_months(h->book),
	    date_month_of_ms(HOUSE_NOW)), ERR_OK);
	assert_int_equal(months_destroy(book_months(h->book),
	    date_month_of_ms(now)), ERR_OK);
	assert_int_equal(fold_run(&h->fold, now, &h->found), ERR_OK);
	assert_int_equal(guard_look_platform(h->guard, now).persons30, 0);
}

/* In whichever entry of it, and whatever log follows. */
static void test_an_altered_past_is_not_counted(void **state)
{
	struct yard *y = *state;
	struct house *h = &y->h;
	char file[RIG_PATH + 60];

	for (uint64_t i = 0; i < 4; i++)
		(void)asks(y, 5 + i, HOUSE_NOW);
	(void)ends(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	(void)ends(y);
	assert_int_equal(past_open(&y->k), ERR_OK);
	fold_with_past(y, 2);
	(void)snprintf(file, sizeof(file), "%s" RECORDS, h->dir);
	for (size_t i = 0; i < 4; i++) {
		rig_flip(file, i * RECORD + 60, 1);
		assert_int_equal(
		    fold_run(&h->fold, HOUSE_NOW, &h->found), ERR_CORRUPT);
		rig_flip(file, i * RECORD + 60, 1);
	}
	assert_int_equal(fold_run(&h->fold, HOUSE_NOW, &h->found), ERR_OK);
}

/* --- the act that a restore left --- */

static void found(struct annals *a)
{
	struct note_signer by = {.name = OLD "-registry"};
	const uint8_t nonce[16] = {7};
	struct buf text, note;

	annals_prepare(a);
	by.key = a->keys->registry;
	buf_init(&text, LIMIT_ACT);
	buf_init(&note, NOTE_MAX);
	act_write_head(&text, span_str(OLD), ACTS_NOW, nonce);
	buf_text(&text, acts_first(true));
	assert_int_equal(note_sign(buf_span(&text), &by, 1, &note), ERR_OK);
	annals_append(a, buf_span(&note));
	buf_release(&text);
	buf_release(&note);
	assert_int_equal(annals_open(a), ERR_OK);
}

static void stand(struct annals *a, struct keeper *k)
{
	*k = (struct keeper){.dir = a->dir, .ledger = a->ledger,
	    .registry = ledger_registry(a->ledger)};
	(void)snprintf(k->conf.origin, sizeof(k->conf.origin), ACTS_ORIGIN);
	hour_init(&k->hour, (struct clock){ticks, ticks, NULL}, 0);
}

static void leave_act(struct annals *a, const char *lines, unsigned signers)
{
	struct sign_private *keys[2] = {acts_private(ACTS_ADMIN),
	    acts_private(ACTS_ADMIN + 1)};
	const struct note_signer by[2] = {{"a0", keys[0]}, {"a1", keys[1]}};
	struct buf text, note;

	buf_init(&text, LIMIT_ACT);
	buf_init(&note, NOTE_MAX);
	acts_text(&text, &a->serial, ACTS_NOW, lines);
	assert_int_equal(
	    note_sign(buf_span(&text), by, signers, &note), ERR_OK);
	rig_store(rig_in(a->dir, "keeper/continue"), note.p, note.n);
	buf_release(&text);
	buf_release(&note);
	sign_private_free(keys[0]);
	sign_private_free(keys[1]);
}

#define CONTINUES "continue from=" OLD " size=0 root=" \
	"0101010101010101010101010101010101010101010101010101010101010101\n"

static bool is_left(const struct annals *a)
{
	return rig_size(rig_in(a->dir, "keeper/continue")) >= 0;
}

static void test_the_act_that_a_restore_left(void **state)
{
	struct annals a;
	struct keeper k;

	(void)state;
	clock_ms = ACTS_NOW;
	found(&a);
	stand(&a, &k);
	assert_string_equal(k.registry->origin, OLD);
	assert_int_equal(past_continue(&k), ERR_UNKNOWN);
	leave_act(&a, CONTINUES, 1);
	assert_int_equal(past_continue(&k), ERR_REFUSED);
	assert_true(is_left(&a));
	/* an act, and not the one that is missing */
	leave_act(&a, "site id=s1 profession=gp\n", 2);
	assert_int_equal(past_continue(&k), ERR_STATE);
	assert_int_equal(k.registry->past_count, 0);
	assert_true(is_left(&a));
	leave_act(&a, CONTINUES, 2);
	assert_int_equal(past_continue(&k), ERR_OK);
	assert_string_equal(k.registry->origin, ACTS_ORIGIN);
	assert_int_equal(k.registry->past_count, 1);
	assert_false(is_left(&a));
	/* from then on there is nothing to be taken */
	assert_int_equal(past_continue(&k), ERR_OK);
	assert_int_equal(annals_open(&a), ERR_OK);
	assert_int_equal(ledger_registry(a.ledger)->past_count, 1);
	annals_clear(&a);
}

/* Taken, and not published: the file stays, and the start fails. */
static void test_an_act_that_is_not_published(void **state)
{
	struct annals a;
	struct keeper k;

	(void)state;
	clock_ms = ACTS_NOW;
	found(&a);
	stand(&a, &k);
	leave_act(&a, CONTINUES, 2);
	failing_set(FAILING_NAME, 0, EIO);
	assert_int_equal(past_continue(&k), ERR_IO);
	assert_true(failing_end());
	assert_true(is_left(&a));
	assert_int_equal(annals_open(&a), ERR_OK);
	stand(&a, &k);
	assert_int_equal(past_continue(&k), ERR_OK);
	annals_clear(&a);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_no_log_before),
		WITH(test_the_first_entry_says_what_came_before),
		WITH(test_budgets_are_spent_for_their_time),
		WITH(test_an_archive_that_was_not_signed_for),
		WITH(test_the_first_of_two_is_not_there),
		WITH(test_no_root_is_known),
		WITH(test_a_log_that_began_otherwise),
		WITH(test_calls_that_fail),
		WITH(test_what_is_not_known_is_said),
		WITH(test_a_log_that_ended_empty),
		WITH(test_a_list_is_whole),
		WITH(test_a_known_checkpoint),
		WITH(test_a_checkpoint_of_a_key_before),
		WITH(test_a_folder_with_too_long_a_name),
		WITH(test_what_was_read_before_counts_on),
		WITH(test_a_past_that_cannot_be_counted),
		WITH(test_an_altered_past_is_not_counted),
		cmocka_unit_test(test_the_act_that_a_restore_left),
		cmocka_unit_test(test_an_act_that_is_not_published),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
