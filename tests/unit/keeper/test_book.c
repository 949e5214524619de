/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what is gathered in a turn is on the disk after one commit and reads
 * back as it was; askers are pseudonyms of a month with sequence numbers that
 * have no gap; a destroyed month opens nothing. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/date.h"
#include "failing.h"
#include "base/file.h"
#include "keeper/house.h"
#include "msg/ask.h"

#define DAY DATE_DAY_MS
#define DECEMBER (HOUSE_NOW + 20 * DAY)

static uint8_t askers[2][SIGN_KEY_ID];	/* keys 1 and 2 */

static int make(void **state)
{
	struct house *h = calloc(1, sizeof(*h));

	house_make(h);
	memcpy(askers[0], acts_id(1), SIGN_KEY_ID);
	memcpy(askers[1], acts_id(2), SIGN_KEY_ID);
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
	    .number = number, .now_ms = now_ms};
}

static void test_an_entry_reads_back(void **state)
{
	struct house *h = *state;
	struct house_ask a = {.key = 3, .cell = 2, .number = 77,
	    .card = true, .rpps = true, .now_ms = HOUSE_NOW};
	uint8_t commitment[HASH_SIZE];
	struct opening o;
	struct leaf l;

	assert_int_equal(book_size(h->book), 0);
	assert_int_equal(house_asks(h, a), 0);
	assert_int_equal(book_size(h->book), 1);
	l = house_leaf(h, 0, true, &o);
	assert_int_equal(l.kind, LEAF_ASKED);
	assert_true(l.time_ms == HOUSE_NOW);
	assert_int_equal(l.sequence, 1);
	assert_int_equal(l.plane, ASK_FLOW);
	assert_true(l.existed);
	assert_int_equal(l.decision, LEAF_ANSWERED);
	assert_true(l.registry_size == h->acts.r->version);
	assert_int_equal(l.registry_root[0], 0xab);
	assert_memory_equal(o.key_id, acts_id(3), SIGN_KEY_ID);
	assert_true(span_is(o.site, "s2"));
	assert_true(span_is(o.rpps, "99700000003"));
	assert_int_equal(o.cell, 2);
	assert_true(o.number == 77);
	assert_int_equal(o.proof, OPENING_CARD);
	leaf_commit(o.blinding, 2, 77, commitment);
	assert_memory_equal(commitment, l.commitment, HASH_SIZE);
}

static void test_sequences_and_pseudonyms(void **state)
{
	struct house *h = *state;
	struct leaf l[6];

	for (int i = 0; i < 6; i++)
		(void)house_gather(
		    h, of(i % 3 ? 1 : 2, 5, HOUSE_NOW + i), NULL);
	assert_int_equal(book_waiting(h->book), 6);
	assert_int_equal(book_size(h->book), 0);
	house_commit(h, 0);
	assert_int_equal(book_size(h->book), 6);
	for (unsigned i = 0; i < 6; i++)
		l[i] = house_leaf(h, i, true, NULL);
	/* 2 1 1 2 1 1 */
	assert_int_equal(l[0].sequence, 1);
	assert_int_equal(l[1].sequence, 1);
	assert_int_equal(l[2].sequence, 2);
	assert_int_equal(l[3].sequence, 2);
	assert_int_equal(l[5].sequence, 4);
	assert_memory_equal(l[0].asker, l[3].asker, LEAF_ASKER);
	assert_memory_equal(l[1].asker, l[5].asker, LEAF_ASKER);
	assert_memory_not_equal(l[0].asker, l[1].asker, LEAF_ASKER);
}

static void test_a_month_is_a_new_pseudonym(void **state)
{
	struct house *h = *state;
	struct leaf nov, dec, again;

	(void)house_asks(h, of(1, 5, HOUSE_NOW));
	(void)house_asks(h, of(1, 5, HOUSE_NOW + 1));
	(void)house_asks(h, of(1, 5, DECEMBER));
	(void)house_asks(h, of(1, 6, DECEMBER + 1));
	nov = house_leaf(h, 1, true, NULL);
	dec = house_leaf(h, 2, true, NULL);
	again = house_leaf(h, 3, true, NULL);
	assert_int_equal(nov.sequence, 2);
	assert_int_equal(dec.sequence, 1);
	assert_int_equal(again.sequence, 2);
	assert_memory_not_equal(nov.asker, dec.asker, LEAF_ASKER);
	assert_memory_equal(again.asker, dec.asker, LEAF_ASKER);
	/* both months are read by whoever comes back */
	house_again(h, DECEMBER + 2);
	(void)house_leaf(h, 0, true, NULL);
	(void)house_leaf(h, 3, true, NULL);
}

static void test_a_destroyed_month_opens_nothing(void **state)
{
	struct house *h = *state;

	(void)house_asks(h, of(1, 5, HOUSE_NOW));
	(void)house_asks(h, of(1, 5, DECEMBER));
	assert_int_equal(months_destroy(book_months(h->book),
	    date_month_of_ms(HOUSE_NOW)), ERR_OK);
	assert_int_equal(house_leaf(h, 0, false, NULL).sequence, 1);
	(void)house_leaf(h, 1, true, NULL);
	/* nothing is written into it any more */
	house_kill(h);
	house_open(h);
	{
		struct leaf leaf = {.kind = LEAF_ASKED,
		    .time_ms = HOUSE_NOW, .plane = 1, .purpose = 1,
		    .decision = LEAF_ANSWERED};
		struct opening o = {.site = span_str("s1")};
		uint64_t index = 0;

		memcpy(o.key_id, acts_id(1), SIGN_KEY_ID);
		assert_int_equal(book_asked(h->book, &leaf, 0, &o, &index),
		    ERR_STATE);
		assert_int_equal(book_waiting(h->book), 0);
	}
}

static void test_an_entry_that_is_wrong_takes_no_number(void **state)
{
	struct house *h = *state;
	struct leaf good = {.kind = LEAF_ASKED, .time_ms = HOUSE_NOW,
	    .plane = 1, .purpose = 1, .decision = LEAF_ANSWERED};
	struct leaf bad = good, sum = {.kind = LEAF_SUMMARY,
	    .time_ms = HOUSE_NOW, .plane = 1};
	struct opening o = {.site = span_str("s1")}, odd = o;
	uint64_t index = 99;

	memcpy(o.key_id, acts_id(1), SIGN_KEY_ID);
	odd = o;
	odd.proof = OPENING_PROOF_ALL + 1;
	bad.plane = 9;
	assert_int_equal(
	    book_asked(h->book, &bad, 0, &o, &index), ERR_RANGE);
	assert_int_equal(
	    book_asked(h->book, &good, 0, &odd, &index), ERR_RANGE);
	/* a summary without a count */
	assert_int_equal(book_note(h->book, &sum, 0, acts_id(1), &index),
	    ERR_RANGE);
	assert_int_equal(book_note(h->book, &sum, BOOK_NOBODY, NULL, &index),
	    ERR_RANGE);
	assert_int_equal(index, 99);
	assert_int_equal(book_waiting(h->book), 0);
	assert_int_equal(book_asked(h->book, &good, 0, &o, &index), ERR_OK);
	assert_int_equal(index, 0);
	house_commit(h, 0);
	assert_int_equal(house_leaf(h, 0, true, NULL).sequence, 1);
}

/* No month key can be kept: no pseudonym, and no number is taken. */
static void test_a_note_of_a_month_that_cannot_begin(void **state)
{
	struct house *h = *state;
	struct leaf sum = {.kind = LEAF_SUMMARY, .time_ms = DECEMBER,
	    .plane = 1, .count = 7, .reason = LEAF_REFUSED_BUDGET};
	uint64_t index = 99;

	(void)house_asks(h, of(1, 5, HOUSE_NOW));
	failing_set(FAILING_WRITE, 0, ENOSPC);
	assert_int_equal(book_note(h->book, &sum, 0, acts_id(1), &index),
	    ERR_IO);
	assert_true(failing_end());
	assert_int_equal(index, 99);
	assert_int_equal(book_waiting(h->book), 0);
	assert_int_equal(book_note(h->book, &sum, 0, acts_id(1), &index),
	    ERR_OK);
	house_commit(h, 0);
	assert_int_equal(house_leaf(h, 1, false, NULL).sequence, 1);
}

static void test_other_kinds_have_no_opening(void **state)
{
	struct house *h = *state;
	struct leaf l;

	(void)house_asks(h, of(1, 5, HOUSE_NOW));
	(void)house_notes(h, (struct leaf){.kind = LEAF_NOT_DISCLOSED,
	    .time_ms = HOUSE_NOW, .first = 0, .end = 1,
	    .reason = LEAF_REASON_VAULT_SILENT}, 0);
	(void)house_notes(h, (struct leaf){.kind = LEAF_SUMMARY,
	    .time_ms = HOUSE_NOW, .plane = 1, .count = 7,
	    .reason = LEAF_REFUSED_BUDGET}, 1);
	(void)house_notes(h, (struct leaf){.kind = LEAF_SUMMARY,
	    .time_ms = HOUSE_NOW, .plane = 1, .count = 9,
	    .reason = LEAF_REASON_STRANGER}, 0);
	l = house_leaf(h, 1, false, NULL);
	assert_int_equal(l.reason, LEAF_REASON_VAULT_SILENT);
	assert_true(l.registry_size == h->acts.r->version);
	l = house_leaf(h, 2, false, NULL);
	assert_int_equal(l.sequence, 2);
	assert_memory_equal(
	    l.asker, house_leaf(h, 0, true, NULL).asker, LEAF_ASKER);
	l = house_leaf(h, 3, false, NULL);
	assert_int_equal(l.sequence, 0);
	assert_int_equal(l.count, 9);
	/* nothing of the question that had this place in a batch before */
	for (uint64_t i = 1; i <= 3; i++) {
		static const uint8_t zeros[OPENING_SIZE];
		struct tlog_record record;

		assert_int_equal(
		    tlog_read(book_log(h->book), i, &record), ERR_OK);
		assert_int_equal(record.side.n, OPENING_SIZE);
		assert_memory_equal(record.side.p, zeros, OPENING_SIZE);
	}
}

static void test_a_batch_has_its_limit(void **state)
{
	struct house *h = *state;
	struct leaf mark = {.kind = LEAF_STOP, .time_ms = HOUSE_NOW};
	struct leaf asked = {.kind = LEAF_ASKED, .time_ms = HOUSE_NOW,
	    .plane = 1, .purpose = 1, .decision = LEAF_ANSWERED};
	struct opening o = {.site = span_str("s1")};
	uint64_t index = 0;

	memcpy(o.key_id, acts_id(1), SIGN_KEY_ID);
	for (uint64_t i = 0; i < BOOK_BATCH; i++) {
		assert_int_equal(book_note(h->book, &mark, BOOK_NOBODY, NULL,
		    &index), ERR_OK);
		assert_true(index == i);
	}
	assert_int_equal(book_note(h->book, &mark, BOOK_NOBODY, NULL,
	    &index), ERR_FULL);
	assert_int_equal(
	    book_asked(h->book, &asked, 0, &o, &index), ERR_FULL);
	house_commit(h, 0);
	assert_int_equal(book_asked(h->book, &asked, 0, &o, &index), ERR_OK);
	assert_true(index == BOOK_BATCH);
	house_commit(h, 0);
	assert_int_equal(house_leaf(h, BOOK_BATCH, true, NULL).sequence, 1);
	/* an empty turn writes nothing */
	house_commit(h, 0);
	assert_true(book_size(h->book) == BOOK_BATCH + 1);
}

static void test_what_was_not_committed_is_not_there(void **state)
{
	struct house *h = *state;

	(void)house_asks(h, of(1, 5, HOUSE_NOW));
	(void)house_gather(h, of(1, 6, HOUSE_NOW + 1), NULL);
	house_again(h, HOUSE_NOW + 2);
	assert_int_equal(book_size(h->book), 1);
	(void)house_asks(h, of(1, 7, HOUSE_NOW + 3));
	assert_int_equal(house_leaf(h, 1, true, NULL).sequence, 2);
}

static void test_every_cell_is_found(void **state)
{
	struct house *h = *state;
	struct opening o;
	uint8_t plain[OPENING_PLAIN];
	struct leaf leaf;
	uint64_t released;
	bool opened = true;

	for (uint32_t i = 0; i < 12; i++)
		(void)house_asks(h, (struct house_ask){.key = 1,
		    .cell = i % (HOUSE_CELLS + 1),
		    .number = i % (HOUSE_CELLS + 1) ? 100 + i : 0,
		    .now_ms = HOUSE_NOW});
	house_again(h, HOUSE_NOW);
	for (uint32_t i = 0; i < 12; i++) {
		(void)house_leaf(h, 11 - i, true, &o);
		assert_int_equal(o.cell, (11 - i) % (HOUSE_CELLS + 1));
	}
	/* a cell beyond those that are enrolled is nobody's */
	(void)house_leaf(h, 1, true, NULL);
	book_cells(h->book, HOUSE_CELLS - 1);
	assert_int_equal(book_read(h->book, HOUSE_CELLS, &leaf, &o, plain,
	    &opened, &released), ERR_CRYPTO);
	assert_false(opened);
	book_cells(h->book, HOUSE_CELLS);
	assert_int_equal(book_read(h->book, 12, &leaf, &o, plain, &opened,
	    &released), ERR_UNKNOWN);
}

static void test_each_record_says_what_was_released(void **state)
{
	struct house *h = *state;
	uint8_t plain[OPENING_PLAIN];
	struct opening o;
	struct leaf leaf;
	bool opened;

	for (uint64_t i = 0; i < 3; i++)
		(void)house_gather(h, of(1, 5 + i, HOUSE_NOW), NULL);
	house_commit(h, 0);
	(void)house_gather(h, of(1, 9, HOUSE_NOW), NULL);
	house_commit(h, 2);
	for (uint64_t i = 0; i < 4; i++) {
		uint64_t released = 99;

		assert_int_equal(book_read(h->book, i, &leaf, &o, plain,
		    &opened, &released), ERR_OK);
		assert_true(released == (i == 3 ? 2 : 0));
	}
}

static void test_resuming_another_asker_is_refused(void **state)
{
	struct house *h = *state;
	struct leaf l;

	(void)house_asks(h, of(1, 5, HOUSE_NOW));
	l = house_leaf(h, 0, true, NULL);
	assert_int_equal(book_resume(h->book, 1, acts_id(2), &l),
	    ERR_CORRUPT);
	l.sequence = 41;
	assert_int_equal(book_resume(h->book, 0, acts_id(1), &l), ERR_OK);
	/* an older one does not set it back */
	l.sequence = 12;
	assert_int_equal(book_resume(h->book, 0, acts_id(1), &l), ERR_OK);
	(void)house_asks(h, of(1, 5, HOUSE_NOW));
	assert_int_equal(house_leaf(h, 1, true, NULL).sequence, 42);
	(void)house_asks(h, of(2, 5, HOUSE_NOW));
	assert_int_equal(house_leaf(h, 2, true, NULL).sequence, 1);
}

/* keeper/months is an older copy: the entries of the newest month are not
 * taken for destroyed ones. */
static void test_a_month_whose_key_is_lost(void **state)
{
	struct house *h = *state;
	uint8_t plain[OPENING_PLAIN], *months;
	struct opening o;
	struct leaf leaf;
	uint64_t released;
	bool opened;
	size_t n;

	(void)house_asks(h, of(1, 5, HOUSE_NOW));
	months = rig_load(rig_in(h->dir, "keeper/months"), &n);
	(void)house_asks(h, of(1, 5, DECEMBER));
	leaf = house_leaf(h, 1, true, NULL);
	house_kill(h);
	rig_store(rig_in(h->dir, "keeper/months"), months, n);
	house_open(h);
	assert_int_equal(book_read(
	    h->book, 1, &leaf, &o, plain, &opened, &released), ERR_UNKNOWN);
	assert_false(opened);
	assert_int_equal(book_read_of(
	    h->book, 1, 1, &leaf, &o, plain, &opened), ERR_UNKNOWN);
	assert_false(opened);
	(void)house_leaf(h, 0, true, NULL);
	/* nor is its asker taken for another: a new key is made, if it can be,
	 * under which he is somebody else */
	failing_set(FAILING_WRITE, 0, ENOSPC);
	assert_int_equal(book_resume(h->book, 0, acts_id(1), &leaf), ERR_IO);
	assert_true(failing_end());
	assert_int_equal(
	    book_resume(h->book, 0, acts_id(1), &leaf), ERR_CORRUPT);
	free(months);
}

static void test_sequences_are_saved_and_loaded(void **state)
{
	struct house *h = *state;
	struct buf saved;
	struct reader r;

	buf_init(&saved, 65536);
	for (int i = 0; i < 5; i++)
		(void)house_asks(h, of(4, 5, HOUSE_NOW));
	book_save(h->book, &saved);
	house_kill(h);
	house_open(h);
	/* cut anywhere: refused, and nothing is read past the end */
	for (size_t n = 0; n < saved.n; n++) {
		uint8_t *part = malloc(n ? n : 1);

		memcpy(part, saved.p, n);
		r = reader_of(span_of(part, n));
		if (n < 4)
			assert_true(book_load(h->book, &r) || r.bad);
		else
			assert_int_equal(
			    book_load(h->book, &r), ERR_CORRUPT);
		free(part);
	}
	r = reader_of(buf_span(&saved));
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(book_load(h->book, &r), ERR_NOMEM);
	assert_true(failing_end());
	r = reader_of(buf_span(&saved));
	assert_int_equal(book_load(h->book, &r), ERR_OK);
	assert_true(reader_done(&r));
	(void)house_asks(h, of(4, 5, HOUSE_NOW));
	assert_int_equal(house_leaf(h, 5, true, NULL).sequence, 6);
	buf_release(&saved);
}

static struct book_options options_of(
    const struct house *h, const struct months_apart *apart)
{
	return (struct book_options){
	    h->dir, ACTS_ORIGIN, h->keys, &h->random, apart};
}

/* A question about cell 2 and two notes of another key. */
static enum err write_two(struct book *b, uint32_t key, int64_t now_ms)
{
	struct leaf asked = {.kind = LEAF_ASKED, .time_ms = now_ms,
	    .plane = 1, .purpose = 1, .decision = LEAF_ANSWERED};
	struct leaf sum = {.kind = LEAF_SUMMARY, .time_ms = now_ms,
	    .plane = 1, .count = 7, .reason = LEAF_REFUSED_BUDGET};
	struct opening o = {.site = span_str("s1"), .cell = 2, .number = 5};
	uint64_t index;
	enum err e;

	memcpy(o.key_id, askers[0], SIGN_KEY_ID);
	e = book_asked(b, &asked, key, &o, &index);
	if (!e)
		e = book_note(b, &sum, key + 100, askers[1], &index);
	if (!e)
		e = book_note(b, &sum, key + 100, askers[1], &index);
	return e ? e : book_commit(b, 0);
}

/* ERR_CRYPTO: one of them does not open. */
static enum err read_all(struct book *b)
{
	uint8_t plain[OPENING_PLAIN];
	struct opening o;
	struct leaf leaf;
	uint64_t released;
	bool opened;
	enum err e = ERR_OK;

	for (uint64_t i = 0; i < book_size(b) && !e; i++) {
		e = book_read(b, i, &leaf, &o, plain, &opened, &released);
		if (!e && opened)
			assert_true(o.cell == 2 && o.number == 5);
		if (!e && opened == (leaf.kind == LEAF_ASKED))
			e = book_read_of(
			    b, i, 2, &leaf, &o, plain, &opened);
		if (!e && opened != (leaf.kind == LEAF_ASKED))
			e = ERR_CRYPTO;
	}
	return e;
}

/* The life of a book, of which a call fails: what was committed. */
static enum err live(struct house *h, uint64_t *committed)
{
	const struct months_apart apart = apart_for(&h->apart);
	const struct book_options o = options_of(h, &apart);
	struct book *b = NULL;
	enum err e = book_open(&o, &b);

	for (uint32_t i = 0; i < 2 && !e; i++) {
		book_cells(b, HOUSE_CELLS);
		e = write_two(b, 70 * i, HOUSE_NOW + i * 20 * DAY);
		if (!e)
			*committed = book_size(b);
	}
	if (!e)
		e = read_all(b);
	if (!e)
		e = book_publish(b);
	book_close(b);
	return e;
}

static void test_whatever_call_fails(void **state)
{
	struct house *h = *state;
	int failures = 0;

	house_kill(h);
	for (int kind = 0; kind < FAILING_KINDS; kind++) {
		bool failed = true;

		for (int n = 0; failed; n += n < 40 ? 1 : 17) {
			uint64_t committed = 0;
			enum err e;

			rig_remove(rig_in(h->dir, "keeper/journal"));
			rig_remove(rig_in(h->dir, "journal/public"));
			(void)unlink(rig_in(h->dir, "keeper/months"));
			(void)unlink(rig_in(h->dir, "keeper/hints"));
			failing_set((enum failing_kind)kind, n, EIO);
			e = live(h, &committed);
			failed = failing_end();
			failures += failed;
			if (!failed)
				assert_int_equal(e, ERR_OK);
			house_open(h);
			assert_true(book_size(h->book) >= committed);
			assert_int_equal(read_all(h->book), ERR_OK);
			assert_int_equal(write_two(
			    h->book, 0, HOUSE_NOW + 21 * DAY), ERR_OK);
			house_kill(h);
		}
	}
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 80);
	house_open(h);
}

/* A log that ended is read by the keys of now. */
static void test_a_log_before_this_one(void **state)
{
	struct house *h = *state;
	const struct months_apart apart = apart_for(&h->apart);
	const struct book_options o = options_of(h, &apart);
	struct book *past = NULL;
	bool failed = true;

	assert_int_equal(write_two(h->book, 0, HOUSE_NOW), ERR_OK);
	assert_int_equal(book_publish(h->book), ERR_OK);
	assert_int_equal(
	    book_open_past(&o, h->book, 1, &past), ERR_UNKNOWN);
	assert_int_equal(file_mkdir(rig_in(h->dir, "keeper/old"), 0700), 0);
	assert_int_equal(file_mkdir(rig_in(h->dir, "keeper/old/1"), 0700), 0);
	rig_copy(rig_in(h->dir, "keeper/journal"),
	    rig_in(h->dir, "keeper/old/1/records"));
	rig_copy(rig_in(h->dir, "journal/public"),
	    rig_in(h->dir, "keeper/old/1/public"));
	for (int n = 0; failed; n++) {
		enum err e;

		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = book_open_past(&o, h->book, 1, &past);
		failed = failing_end();
		assert_int_equal(e, failed ? ERR_NOMEM : ERR_OK);
		assert_true(failed == !past);
	}
	book_cells(past, HOUSE_CELLS);
	assert_int_equal(book_size(past), 3);
	assert_int_equal(read_all(past), ERR_OK);
	/* what is destroyed now is destroyed there */
	assert_int_equal(months_destroy(book_months(h->book),
	    date_month_of_ms(HOUSE_NOW)), ERR_OK);
	{
		uint8_t plain[OPENING_PLAIN];
		struct opening opening;
		struct leaf leaf;
		uint64_t released;
		bool opened = true;

		assert_int_equal(book_read(past, 0, &leaf, &opening, plain,
		    &opened, &released), ERR_OK);
		assert_false(opened);
		opened = true;
		assert_int_equal(book_read_of(past, 0, 2, &leaf, &opening,
		    plain, &opened), ERR_OK);
		assert_false(opened);
	}
	book_close(past);
}

/* Each name that is made of the folder's has its own length. */
static void test_a_folder_whose_path_is_too_long(void **state)
{
	struct house *h = *state;
	const struct months_apart apart = apart_for(&h->apart);
	struct book_options o = options_of(h, &apart);
	char dir[PATH_MAX + 1];

	o.dir = dir;
	for (size_t left = 1; left < 32; left++) {
		struct book *b = NULL;

		memset(dir, 'x', sizeof(dir));
		dir[PATH_MAX - left] = '\0';
		if (left <= sizeof("/keeper/journal") - 1)
			assert_int_equal(book_open(&o, &b), ERR_LIMIT);
		if (left <= sizeof("/keeper/old/1/records") - 1)
			assert_int_equal(book_open_past(
			    &o, h->book, 1, &b), ERR_LIMIT);
		else
			assert_int_not_equal(
			    book_open_past(&o, h->book, 1, &b), ERR_OK);
		assert_null(b);
	}
}

static void test_one_cells_entries_alone(void **state)
{
	struct house *h = *state;
	uint8_t plain[OPENING_PLAIN];
	struct opening o;
	struct leaf leaf;
	bool opened = true;

	assert_int_equal(write_two(h->book, 0, HOUSE_NOW), ERR_OK);
	assert_int_equal(book_read_of(
	    h->book, 0, 1, &leaf, &o, plain, &opened), ERR_OK);
	assert_false(opened);
	assert_int_equal(book_read_of(
	    h->book, 0, 2, &leaf, &o, plain, &opened), ERR_OK);
	assert_true(opened);
	assert_int_equal(book_read_of(
	    h->book, 3, 2, &leaf, &o, plain, &opened), ERR_UNKNOWN);
	assert_false(opened);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_an_entry_reads_back),
		WITH(test_sequences_and_pseudonyms),
		WITH(test_a_month_is_a_new_pseudonym),
		WITH(test_a_destroyed_month_opens_nothing),
		WITH(test_a_note_of_a_month_that_cannot_begin),
		WITH(test_a_month_whose_key_is_lost),
		WITH(test_an_entry_that_is_wrong_takes_no_number),
		WITH(test_other_kinds_have_no_opening),
		WITH(test_a_batch_has_its_limit),
		WITH(test_what_was_not_committed_is_not_there),
		WITH(test_every_cell_is_found),
		WITH(test_each_record_says_what_was_released),
		WITH(test_resuming_another_asker_is_refused),
		WITH(test_sequences_are_saved_and_loaded),
		WITH(test_whatever_call_fails),
		WITH(test_a_log_before_this_one),
		WITH(test_a_folder_whose_path_is_too_long),
		WITH(test_one_cells_entries_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
