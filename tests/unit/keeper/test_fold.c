/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a keeper that died without a word comes back with the very counts,
 * sequence numbers and nonces it had, with a snapshot, without one, and with
 * one that is not to be believed. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/date.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "failing.h"
#include "keeper/house.h"

#define DAY DATE_DAY_MS
#define BUDGETS "keeper/budgets"

static int make(void **state)
{
	struct house *h = calloc(1, sizeof(*h));

	house_make(h);
	*state = h;
	return 0;
}

static int unmake(void **state)
{
	struct house *h = *state;

	house_unmake(h);
	free(h);
	return 0;
}

static struct house_ask of(unsigned key, uint64_t number, int64_t now_ms)
{
	return (struct house_ask){.key = key, .cell = number ? 1 : 0,
	    .number = number, .rpps = key % 2, .now_ms = now_ms};
}

/* n questions of all keys about few persons, a second apart, some missed, some
 * with a card; gives the time behind the last. */
static int64_t some_life(struct house *h, unsigned n, int64_t now_ms)
{
	for (unsigned i = 0; i < n; i++) {
		struct house_ask a = of(1 + i % HOUSE_KEYS,
		    i % 5 == 4 ? 0 : 1 + i * 7 % 23, now_ms);

		a.card = i % 3 == 1;
		if (a.number)
			a.cell = 1 + i % HOUSE_CELLS;
		(void)house_asks(h, a);
		now_ms += 1000;
	}
	return now_ms;
}

/* Kill, come back, and find the same counts. */
static void comes_back(struct house *h, int64_t now_ms)
{
	struct buf before, after;

	house_counts(h, now_ms, &before);
	house_again(h, now_ms);
	house_counts(h, now_ms, &after);
	assert_true(span_equal(buf_span(&before), buf_span(&after)));
	buf_release(&before);
	buf_release(&after);
}

static uint64_t next_sequence(struct house *h, unsigned key, int64_t now_ms)
{
	return house_leaf(h, house_asks(h, of(key, 5, now_ms)), true, NULL)
	    .sequence;
}

static void save(struct house *h, int64_t now_ms)
{
	assert_int_equal(fold_save(&h->fold, FOLD_TEMP_CHILD, now_ms), ERR_OK);
}

static void test_nothing_yet(void **state)
{
	struct house *h = *state;

	house_again(h, HOUSE_NOW);
	assert_int_equal(h->found.from, 0);
	assert_int_equal(h->found.size, 0);
	assert_int_equal(h->found.released, 0);
	assert_true(h->found.last_ms == 0);
	assert_false(h->found.stopped);
}

static void test_subjects_are_places_from_one(void **state)
{
	struct house *h = *state;
	const struct registry *r = h->acts.r;
	struct guard_ask ask;

	for (uint32_t n = 1; n <= HOUSE_KEYS; n++) {
		fold_ask(r, registry_key(r, acts_id(n)), 1,
		    span_str("99700000002"), &ask);
		assert_int_equal(ask.key, n);
		assert_int_equal(ask.site, n <= 2 ? 1 : 2);
		assert_int_equal(ask.professional, 2);
		assert_int_equal(ask.profession, n <= 2 ? 2 : 1);
		assert_int_equal(ask.plane, 1);
		assert_true(ask.key_since_ms == INT64_C(1767225600000));
		fold_ask(r, registry_key(r, acts_id(n)), 2,
		    span_of(NULL, 0), &ask);
		assert_int_equal(ask.professional, 0);
		assert_int_equal(ask.plane, 2);
	}
}

static void test_killed_it_comes_back(void **state)
{
	struct house *h = *state;
	int64_t now = some_life(h, 90, HOUSE_NOW);

	comes_back(h, now);
	assert_int_equal(h->found.from, 0);
	assert_int_equal(h->found.size, 90);
	assert_true(h->found.last_ms == now - 1000);
	assert_int_equal(h->found.released, 89);
	assert_false(h->found.stopped);
	/* 90 questions of 4 keys: 23, 23, 22, 22 */
	assert_int_equal(next_sequence(h, 1, now), 24);
	assert_int_equal(next_sequence(h, 4, now), 23);
	comes_back(h, now);
	assert_int_equal(next_sequence(h, 1, now), 25);
}

static void test_a_snapshot_and_its_tail_are_the_whole(void **state)
{
	struct house *h = *state;
	int64_t now = some_life(h, 60, HOUSE_NOW);
	struct stat st;

	save(h, now);
	assert_int_equal(stat(rig_in(h->dir, BUDGETS), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	comes_back(h, now);
	assert_int_equal(h->found.from, 60);
	assert_int_equal(h->found.size, 60);
	assert_int_equal(h->found.released, 59);
	assert_true(h->found.last_ms == now - 1000);
	now = some_life(h, 45, now);
	comes_back(h, now);
	assert_int_equal(h->found.from, 60);
	assert_int_equal(h->found.size, 105);
	assert_int_equal(h->found.released, 104);
	assert_true(h->found.last_ms == now - 1000);
	assert_int_equal(next_sequence(h, 2, now), 27);
	/* the same without it */
	(void)unlink(rig_in(h->dir, BUDGETS));
	comes_back(h, now);
	assert_int_equal(h->found.from, 0);
	assert_int_equal(next_sequence(h, 2, now), 28);
}

static void test_refusals_count_nothing_and_have_numbers(void **state)
{
	struct house *h = *state;
	bool answered = true;
	uint64_t n = 0;

	while (answered) {
		(void)house_gather(h, of(3, 1000 + n, HOUSE_NOW), &answered);
		house_commit(h, n++);
	}
	assert_int_equal(n, 41);	/* an optician's T24 and one */
	comes_back(h, HOUSE_NOW);
	assert_int_equal(next_sequence(h, 3, HOUSE_NOW), 42);
	(void)house_gather(h, of(3, 5000, HOUSE_NOW), &answered);
	assert_false(answered);
	house_commit(h, n);
}

static void test_nonces_are_refilled(void **state)
{
	struct house *h = *state;
	int64_t now = HOUSE_NOW;
	bool snapshot = false;

	do {
		uint32_t first = h->nonce;

		/* one too old to matter, one at the edge, one young */
		(void)house_asks(h, of(1, 5, now));
		(void)house_asks(h, of(1, 6, now + 1000));
		(void)house_asks(h, of(2, 7, now + 100000));
		if (snapshot)
			save(h, now + 100000);
		house_again(h, now + 1000 + REPLAY_LIFE_MS);
		assert_int_equal(h->found.from, snapshot ? 6 : 0);
		now += 1000 + REPLAY_LIFE_MS;
		assert_true(house_seen(h, 1, first + 1, now));
		assert_true(house_seen(h, 2, first + 2, now));
		/* of its own key alone, and of its own age */
		assert_false(house_seen(h, 1, first + 2, now));
		assert_false(house_seen(h, 1, first, now));
		now += 10 * REPLAY_LIFE_MS;
		snapshot = !snapshot;
	} while (snapshot);
}

static void test_refused_questions_cannot_be_sent_again_either(void **state)
{
	struct house *h = *state;
	bool answered = true;
	uint32_t last = 0;

	for (uint64_t n = 0; answered; n++) {
		last = h->nonce;
		(void)house_gather(h, of(3, 1000 + n, HOUSE_NOW), &answered);
		house_commit(h, n);
	}
	house_again(h, HOUSE_NOW + 1000);
	assert_true(house_seen(h, 3, last, HOUSE_NOW + 1000));
}

/* A window too small for what the tail has: the counts come back all the
 * same, and a question finds the window full. */
static void test_more_nonces_than_room(void **state)
{
	struct house *h = *state;
	int64_t now = some_life(h, 10, HOUSE_NOW);
	uint8_t tag[REPLAY_TAG] = {1};

	for (int snapshot = 0; snapshot < 2; snapshot++) {
		if (snapshot)
			save(h, now);
		house_kill(h);
		house_open(h);
		replay_free(h->replay);
		assert_int_equal(replay_new(
		    &h->keys->replay, 2, REPLAY_LIFE_MS, &h->replay), ERR_OK);
		h->fold.replay = h->replay;
		assert_int_equal(
		    fold_run(&h->fold, now, &h->found), ERR_OK);
		assert_int_equal(h->found.size, 10);
		assert_int_equal(
		    replay_admit(h->replay, tag, now), ERR_FULL);
	}
}

static uint64_t summarize(struct house *h, unsigned key, int64_t now_ms)
{
	return house_notes(h, (struct leaf){.kind = LEAF_SUMMARY,
	    .time_ms = now_ms, .plane = 1, .count = 3,
	    .reason = key ? LEAF_REFUSED_BUDGET : LEAF_REASON_STRANGER},
	    key);
}

static void test_a_summary_uses_up_a_number(void **state)
{
	struct house *h = *state;

	(void)house_asks(h, of(1, 5, HOUSE_NOW));
	(void)summarize(h, 1, HOUSE_NOW);
	(void)summarize(h, 0, HOUSE_NOW);
	/* of a key that has no other entry this month */
	(void)summarize(h, 4, HOUSE_NOW);
	comes_back(h, HOUSE_NOW);
	assert_int_equal(next_sequence(h, 1, HOUSE_NOW), 3);
	assert_int_equal(next_sequence(h, 4, HOUSE_NOW), 2);
	assert_int_equal(next_sequence(h, 2, HOUSE_NOW), 1);
	/* behind a snapshot too */
	save(h, HOUSE_NOW);
	(void)summarize(h, 1, HOUSE_NOW);
	comes_back(h, HOUSE_NOW);
	assert_int_equal(next_sequence(h, 1, HOUSE_NOW), 5);
	assert_int_equal(next_sequence(h, 4, HOUSE_NOW), 3);
}

static void test_an_asker_nobody_knows_is_corrupt(void **state)
{
	struct house *h = *state;
	struct fold_result found;

	(void)house_asks(h, of(1, 5, HOUSE_NOW));
	house_kill(h);
	house_open(h);
	acts_end(&h->acts);
	acts_start(&h->acts, true);
	h->fold.registry = h->acts.r;
	assert_int_equal(
	    fold_run(&h->fold, HOUSE_NOW, &found), ERR_CORRUPT);
}

static void test_a_clean_end_is_known(void **state)
{
	struct house *h = *state;

	for (int round = 0; round < 2; round++) {
		(void)house_asks(h, of(1, 5, HOUSE_NOW));
		(void)house_notes(h, (struct leaf){.kind = LEAF_STOP,
		    .time_ms = HOUSE_NOW + 5}, 0);
		if (round)
			save(h, HOUSE_NOW + 5);
		house_again(h, HOUSE_NOW + 5);
		assert_true(h->found.stopped);
		assert_true(h->found.last_ms == HOUSE_NOW + 5);
		(void)house_notes(h, (struct leaf){.kind = LEAF_START,
		    .time_ms = HOUSE_NOW + 6, .first = 2, .end = 2}, 0);
		house_again(h, HOUSE_NOW + 6);
		assert_false(h->found.stopped);
	}
}

static void test_the_mark_of_the_last_record_is_found(void **state)
{
	struct house *h = *state;

	for (uint64_t i = 0; i < 6; i++)
		(void)house_gather(h, of(1, 5 + i, HOUSE_NOW), NULL);
	house_commit(h, 0);
	house_again(h, HOUSE_NOW);
	assert_int_equal(h->found.released, 0);
	(void)house_gather(h, of(1, 50, HOUSE_NOW), NULL);
	house_commit(h, 4);
	house_again(h, HOUSE_NOW);
	assert_int_equal(h->found.released, 4);
	assert_int_equal(h->found.size, 7);
}

static void test_months_change(void **state)
{
	struct house *h = *state;
	int64_t dec = HOUSE_NOW + 20 * DAY, now;

	(void)some_life(h, 20, HOUSE_NOW);
	now = some_life(h, 21, dec);
	comes_back(h, now);
	assert_int_equal(next_sequence(h, 1, now), 7);
	/* a key that did not ask in December yet */
	(void)unlink(rig_in(h->dir, BUDGETS));
	save(h, now);
	now = some_life(h, 4, now + 20 * DAY);
	comes_back(h, now);
	assert_int_equal(next_sequence(h, 3, now), 2);
}

static void test_a_destroyed_month_is_passed_over(void **state)
{
	struct house *h = *state;
	int64_t dec = HOUSE_NOW + 20 * DAY, now;
	struct guard_wide all;

	(void)some_life(h, 20, HOUSE_NOW);
	(void)summarize(h, 1, HOUSE_NOW + 100000);
	save(h, HOUSE_NOW + 100000);
	now = some_life(h, 3, dec);
	assert_int_equal(months_destroy(book_months(h->book),
	    date_month_of_ms(HOUSE_NOW)), ERR_OK);
	/* neither the entries nor the snapshot of that month tell anything */
	house_again(h, now);
	assert_int_equal(h->found.from, 0);
	assert_int_equal(h->found.size, 24);
	all = guard_look_platform(h->guard, now);
	assert_int_equal(all.persons30, 3);
	assert_int_equal(next_sequence(h, 1, now), 2);
}

static void test_what_is_older_than_a_month_is_not_read(void **state)
{
	struct house *h = *state;
	int64_t now;

	(void)some_life(h, 20, HOUSE_NOW);
	now = some_life(h, 5, HOUSE_NOW + 40 * DAY);
	comes_back(h, now);
	assert_int_equal(h->found.from, 20);
	/* all of it is older: the last entry's word is still heard */
	house_again(h, now + 60 * DAY);
	assert_int_equal(h->found.from, 25);
	assert_int_equal(h->found.size, 25);
	assert_true(h->found.last_ms == now - 1000);
	assert_int_equal(h->found.released, 24);
	assert_int_equal(
	    guard_look_platform(h->guard, now + 60 * DAY).persons30, 0);
}

static void test_the_first_of_31_days_is_read(void **state)
{
	struct house *h = *state;
	int64_t at = HOUSE_NOW;

	(void)house_asks(h, of(1, 5, at));
	house_again(h, at + FOLD_DAYS * DAY);
	assert_int_equal(h->found.from, 0);
	assert_int_equal(next_sequence(h, 1, at), 2);
	house_again(h, at + FOLD_DAYS * DAY + 1);
	assert_int_equal(h->found.from, 2);
}

/* The snapshot is not believed, and the fold of all entries is. */
static void is_not_believed(struct house *h, int64_t now_ms)
{
	comes_back(h, now_ms);
	assert_int_equal(h->found.from, 0);
}

static void test_altered_snapshots_cost_time_alone(void **state)
{
	struct house *h = *state;
	int64_t now = some_life(h, 30, HOUSE_NOW);
	uint8_t *file;
	size_t n;

	save(h, now);
	file = rig_load(rig_in(h->dir, BUDGETS), &n);
	for (size_t i = 0; i < n; i += i < 64 ? 3 : 997) {
		rig_flip(rig_in(h->dir, BUDGETS), i, 0x10);
		is_not_believed(h, now);
		rig_flip(rig_in(h->dir, BUDGETS), i, 0x10);
	}
	for (size_t cut = 0; cut < n; cut += cut < 80 ? 7 : 1499) {
		rig_store(rig_in(h->dir, BUDGETS), file, cut);
		is_not_believed(h, now);
	}
	rig_store(rig_in(h->dir, BUDGETS), file, n);
	comes_back(h, now);
	assert_int_equal(h->found.from, 30);
	free(file);
}

/* Whatever became of the hints: the cells are found. */
static void test_hints_are_hints(void **state)
{
	struct house *h = *state;
	int64_t now = some_life(h, 30, HOUSE_NOW);
	uint8_t *file;
	size_t n;

	comes_back(h, now);
	file = rig_load(rig_in(h->dir, "keeper/hints"), &n);
	assert_int_equal(n, 2 * 30);
	for (size_t i = 0; i < n; i += 7) {
		rig_flip(rig_in(h->dir, "keeper/hints"), i, 0x01);
		comes_back(h, now);
	}
	rig_store(rig_in(h->dir, "keeper/hints"), file, n / 3);
	comes_back(h, now);
	(void)unlink(rig_in(h->dir, "keeper/hints"));
	comes_back(h, now);
	assert_int_equal(h->found.size, 30);
	free(file);
}

static void test_a_snapshot_of_another_tree_is_not_believed(void **state)
{
	struct house *h = *state, other;
	int64_t now = some_life(h, 30, HOUSE_NOW);
	uint8_t *file;
	size_t n;

	/* the same keys, another past */
	house_make(&other);
	(void)some_life(&other, 31, HOUSE_NOW + 1);
	save(&other, HOUSE_NOW + 40000);
	file = rig_load(rig_in(other.dir, BUDGETS), &n);
	rig_store(rig_in(h->dir, BUDGETS), file, n);
	is_not_believed(h, now);
	/* as large as this one */
	(void)some_life(h, 1, now);
	is_not_believed(h, now + 1000);
	free(file);
	house_unmake(&other);
}

/* Sealed as snapfile.h says, over any plaintext: what a snapshot of another
 * version of the programs would be. */
static void forge(struct house *h, int64_t now_ms, struct span plain)
{
	struct snapfile_head head = {.month = date_month_of_ms(now_ms),
	    .size = book_size(h->book)};
	struct secret month, key;
	struct snapfile *f;

	assert_int_equal(tlog_root(
	    book_log(h->book), head.size, head.root), ERR_OK);
	assert_int_equal(months_get(
	    book_months(h->book), head.month, &month), ERR_OK);
	hash_hkdf(span_of(h->keys->snapshot.key, SECRET_SIZE),
	    span_of(month.key, SECRET_SIZE), span_str("ecluse/snapshot/v1"),
	    key.key, SECRET_SIZE);
	assert_int_equal(snapfile_make(rig_in(h->dir, FOLD_TEMP_STOP),
	    rig_in(h->dir, BUDGETS), &head, &key, &h->random, &f), ERR_OK);
	assert_int_equal(snapfile_put(f, plain), ERR_OK);
	assert_int_equal(snapfile_end(f), ERR_OK);
}

/* The askers' sequences as a snapshot has them. */
static void put_sequences(struct house *h, struct buf *out)
{
	size_t at = out->n;

	buf_put_u32(out, 0);
	book_save(h->book, out);
	put_be32(out->p + at, (uint32_t)(out->n - at - 4));
}

static void test_a_snapshot_of_another_version_is_not_believed(void **state)
{
	struct house *h = *state;
	int64_t now = some_life(h, 30, HOUSE_NOW);
	struct buf plain;

	buf_init(&plain, 65536);
	buf_put_u8(&plain, 0);
	forge(h, now, buf_span(&plain));
	is_not_believed(h, now);
	buf_clear(&plain);
	/* the sequences are as they should be, the counts are of no form */
	put_sequences(h, &plain);
	buf_text(&plain, "ECLGRD99");
	forge(h, now, buf_span(&plain));
	is_not_believed(h, now);
	assert_int_equal(next_sequence(h, 1, now), 9);
	buf_release(&plain);
	/* a byte behind the sequences that is none of them */
	buf_init(&plain, 1u << 20);
	put_sequences(h, &plain);
	put_be32(plain.p, get_be32(plain.p) + 1);
	buf_put_u8(&plain, 0);
	assert_int_equal(guard_save(h->guard, &plain), ERR_OK);
	forge(h, now, buf_span(&plain));
	is_not_believed(h, now);
	buf_release(&plain);
	/* and the forger's hand is as good as ours */
	buf_init(&plain, 1u << 20);
	put_sequences(h, &plain);
	assert_int_equal(guard_save(h->guard, &plain), ERR_OK);
	forge(h, now, buf_span(&plain));
	comes_back(h, now);
	assert_int_equal(h->found.from, 31);
	buf_release(&plain);
}

/* It cannot be held against the tree: then it costs time alone. */
static void test_a_snapshot_whose_tree_is_not_read(void **state)
{
	struct house *h = *state;
	int64_t now = some_life(h, 6, HOUSE_NOW);

	save(h, now);
	for (uint64_t i = 0; i < 600; i++)
		(void)house_gather(h, of(1, 100 + i, now), NULL);
	house_commit(h, 6);
	assert_int_equal(book_publish(h->book), ERR_OK);
	comes_back(h, now);
	assert_int_equal(h->found.from, 6);
	house_kill(h);
	house_open(h);
	/* its own file is opened first, then the tile that it is older than */
	failing_set(FAILING_OPEN, 1, EMFILE);
	assert_int_equal(fold_run(&h->fold, now, &h->found), ERR_OK);
	assert_true(failing_end());
	assert_int_equal(h->found.from, 0);
	assert_int_equal(h->found.size, 606);
}

/* An entry that these programs cannot read: nothing is counted without it. */
static void test_an_entry_of_no_form(void **state)
{
	static uint8_t leaf[LEAF_SIZE], side[OPENING_SIZE];
	const struct tlog_entry entry = {
	    span_of(leaf, sizeof(leaf)), span_of(side, sizeof(side))};
	struct house *h = *state;
	uint64_t index;

	memset(leaf, 0xff, sizeof(leaf));
	for (int snapshot = 0; snapshot < 2; snapshot++) {
		assert_int_equal(tlog_append(
		    book_log(h->book), &entry, 1, 0, &index), ERR_OK);
		if (snapshot)
			save(h, HOUSE_NOW);
		house_kill(h);
		house_open(h);
		assert_int_not_equal(
		    fold_run(&h->fold, HOUSE_NOW, &h->found), ERR_OK);
		assert_int_equal(h->found.from, snapshot ? 2 : 0);
	}
}

static void test_a_failed_snapshot_leaves_the_old_one(void **state)
{
	static char far[PATH_MAX + 1];
	struct house *h = *state;
	int64_t now = some_life(h, 10, HOUSE_NOW);
	const char *dir = h->fold.dir;

	save(h, now);
	now = some_life(h, 10, now);
	h->fold.dir = rig_in(h->dir, "none");
	assert_int_equal(fold_save(&h->fold, FOLD_TEMP_STOP, now), ERR_IO);
	memset(far, 'a', sizeof(far) - 1);
	h->fold.dir = far;
	assert_int_equal(
	    fold_save(&h->fold, FOLD_TEMP_STOP, now), ERR_LIMIT);
	/* long enough for its name, and not for the one before */
	far[PATH_MAX - 1 - strlen("/" BUDGETS)] = '\0';
	assert_int_equal(
	    fold_save(&h->fold, FOLD_TEMP_STOP, now), ERR_LIMIT);
	/* a month whose key cannot be made */
	h->fold.dir = dir;
	failing_set(FAILING_WRITE, 0, ENOSPC);
	assert_int_not_equal(
	    fold_save(&h->fold, FOLD_TEMP_STOP, now + 40 * DAY), ERR_OK);
	assert_true(failing_end());
	far[strlen(far)] = 'a';
	/* nor is one there to be read */
	house_kill(h);
	house_open(h);
	h->fold.dir = far;
	assert_int_equal(fold_run(&h->fold, now, &h->found), ERR_OK);
	assert_int_equal(h->found.from, 0);
	h->fold.dir = dir;
	comes_back(h, now);
	assert_int_equal(h->found.from, 10);
}

/* Kill, come back, and find these counts. */
static void comes_back_with(
    struct house *h, int64_t now_ms, const struct buf *wanted)
{
	struct buf counts;

	house_again(h, now_ms);
	house_counts(h, now_ms, &counts);
	assert_true(span_equal(buf_span(wanted), buf_span(&counts)));
	buf_release(&counts);
}

/* The counts are whole, or the start fails: with a snapshot that does not hold
 * all, and without one. */
static void test_calls_that_fail_at_the_start(void **state)
{
	static const enum failing_kind kinds[] = {FAILING_MEMORY, FAILING_OPEN,
	    FAILING_READ, FAILING_CIPHER};
	struct house *h = *state;
	int64_t now = some_life(h, 5, HOUSE_NOW);
	struct buf before, after;

	(void)summarize(h, 1, now);
	save(h, now);
	now = some_life(h, 5, now);
	(void)summarize(h, 2, now);
	now = some_life(h, 3, now);
	/* what stands in tiles is read for the root of the snapshot */
	assert_int_equal(book_publish(h->book), ERR_OK);
	house_counts(h, now, &before);
	for (size_t i = 0; i < 2 * sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool failed = true;

		if (i == sizeof(kinds) / sizeof(kinds[0]))
			(void)unlink(rig_in(h->dir, BUDGETS));
		for (int n = 0; failed; n++) {
			enum err e;

			house_kill(h);
			house_open(h);
			failing_set(kinds[i % 4], n, EIO);
			e = fold_run(&h->fold, now, &h->found);
			failed = failing_end();
			if (!failed)
				assert_int_equal(e, ERR_OK);
			if (e)
				continue;
			house_counts(h, now, &after);
			assert_true(span_equal(
			    buf_span(&before), buf_span(&after)));
			buf_release(&after);
		}
	}
	buf_release(&before);
}

/* The new snapshot, or the old one; never one that is not believed. */
static void test_calls_that_fail_while_it_is_saved(void **state)
{
	static const enum failing_kind kinds[] = {FAILING_MEMORY, FAILING_OPEN,
	    FAILING_WRITE, FAILING_FLUSH, FAILING_NAME, FAILING_CIPHER};
	struct house *h = *state;
	int64_t now = some_life(h, 4, HOUSE_NOW);
	struct buf counts;
	uint8_t *old;
	size_t size;

	save(h, now);
	old = rig_load(rig_in(h->dir, BUDGETS), &size);
	now = some_life(h, 4, now);
	house_counts(h, now, &counts);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			enum err e;

			rig_store(rig_in(h->dir, BUDGETS), old, size);
			failing_set(kinds[i], n, EIO);
			e = fold_save(&h->fold, FOLD_TEMP_CHILD, now);
			failed = failing_end();
			if (!failed)
				assert_int_equal(e, ERR_OK);
			/* a guard that had no memory has failed */
			comes_back_with(h, now, &counts);
			assert_true(h->found.from == 8 ||
			    (e && h->found.from == 4));
		}
	}
	buf_release(&counts);
	free(old);
}

/* Two houses live the same life; one is killed and comes back at random. */
static void lives(uint64_t seed)
{
	struct house h, calm;
	struct random_seeded s;
	int64_t now = HOUSE_NOW;

	(void)random_from_seed(&s, seed);
	house_make(&h);
	house_make(&calm);
	for (int i = 0; i < 250; i++) {
		struct house_ask a = of(1 + (unsigned)random_seeded_below(
		    &s, HOUSE_KEYS), random_seeded_below(&s, 60), now);
		struct buf x, y;

		a.card = random_seeded_below(&s, 4) == 0;
		if (a.number)
			a.cell = 1 + (uint32_t)random_seeded_below(
			    &s, HOUSE_CELLS);
		(void)house_asks(&h, a);
		(void)house_asks(&calm, a);
		assert_int_equal(
		    house_leaf(&h, book_size(h.book) - 1, true, NULL).sequence,
		    house_leaf(&calm, book_size(calm.book) - 1, true, NULL)
			.sequence);
		now += (int64_t)random_seeded_below(&s, 5 * 3600000);
		if (random_seeded_below(&s, 9) == 0)
			save(&h, now);
		if (random_seeded_below(&s, 9) != 0)
			continue;
		house_again(&h, now);
		house_counts(&h, now, &x);
		house_counts(&calm, now, &y);
		assert_true(span_equal(buf_span(&x), buf_span(&y)));
		buf_release(&x);
		buf_release(&y);
	}
	house_unmake(&h);
	house_unmake(&calm);
}

static void test_any_life_is_told_by_its_journal(void **state)
{
	uint64_t seeds = getenv("ECLUSE_LONG") ? 200 : 6;

	(void)state;
	for (uint64_t seed = 1; seed <= seeds; seed++)
		lives(seed);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_nothing_yet),
		WITH(test_subjects_are_places_from_one),
		WITH(test_killed_it_comes_back),
		WITH(test_a_snapshot_and_its_tail_are_the_whole),
		WITH(test_refusals_count_nothing_and_have_numbers),
		WITH(test_nonces_are_refilled),
		WITH(test_refused_questions_cannot_be_sent_again_either),
		WITH(test_more_nonces_than_room),
		WITH(test_a_summary_uses_up_a_number),
		WITH(test_an_asker_nobody_knows_is_corrupt),
		WITH(test_a_clean_end_is_known),
		WITH(test_the_mark_of_the_last_record_is_found),
		WITH(test_months_change),
		WITH(test_a_destroyed_month_is_passed_over),
		WITH(test_what_is_older_than_a_month_is_not_read),
		WITH(test_the_first_of_31_days_is_read),
		WITH(test_altered_snapshots_cost_time_alone),
		WITH(test_hints_are_hints),
		WITH(test_a_snapshot_of_another_tree_is_not_believed),
		WITH(test_a_snapshot_of_another_version_is_not_believed),
		WITH(test_a_snapshot_whose_tree_is_not_read),
		WITH(test_an_entry_of_no_form),
		WITH(test_a_failed_snapshot_leaves_the_old_one),
		WITH(test_calls_that_fail_at_the_start),
		WITH(test_calls_that_fail_while_it_is_saved),
		cmocka_unit_test(test_any_life_is_told_by_its_journal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
