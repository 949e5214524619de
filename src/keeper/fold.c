/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include "base/date.h"
#include "base/file.h"
#include "base/map.h"
#include "base/sabotage.h"
#include "crypto/hash.h"
#include "keeper/fold.h"
#include "msg/ask.h"

#define BUDGETS "keeper/budgets"
#define SEQUENCES_MOST (64u << 20)	/* bytes: 1.5 million keys */

/* Places count from 0, the guard's subjects from 1. */
void fold_ask(const struct registry *r, const struct registry_key *k,
    uint8_t plane, struct span rpps, struct guard_ask *ret)
{
	const struct registry_professional *p =
	    rpps.n ? registry_professional(r, rpps) : NULL;

	*ret = (struct guard_ask){
	    .key = (uint32_t)(k - r->keys) + 1,
	    .professional = p ? (uint32_t)(p - r->professionals) + 1 : 0,
	    .site = k->site + 1,
	    .profession = (uint16_t)(r->sites[k->site].profession + 1),
	    .plane = plane,
	    .key_since_ms = k->since_ms,
	};
}

static enum err snapshot_key(
    const struct fold *f, uint32_t month, bool make, struct secret *ret)
{
	struct secret month_key;
	enum err e = make ?
	    months_need(book_months(f->book), month, &month_key) :
	    months_get(book_months(f->book), month, &month_key);

	if (e)
		return e;
	hash_hkdf(span_of(f->keys->snapshot.key, SECRET_SIZE),
	    span_of(month_key.key, SECRET_SIZE),
	    span_str("ecluse/snapshot/v1"), ret->key, SECRET_SIZE);
	secret_wipe(&month_key, sizeof(month_key));
	return ERR_OK;
}

static enum err head_of(
    const struct fold *f, uint32_t month, struct snapfile_head *ret)
{
	ret->month = month;
	ret->size = book_size(f->book);
	return tlog_root(book_log(f->book), ret->size, ret->root);
}

static enum err make(const struct fold *f, const char *temp, uint32_t month,
    struct snapfile **ret)
{
	char beside[PATH_MAX], path[PATH_MAX];
	struct snapfile_head head;
	struct secret key;
	enum err e = file_path(path, sizeof(path), f->dir, BUDGETS);

	if (!e)
		e = file_path(beside, sizeof(beside), f->dir, temp);
	if (!e)
		e = head_of(f, month, &head);
	if (!e)
		e = snapshot_key(f, month, true, &key);
	if (e)
		return e;
	e = snapfile_make(beside, path, &head, &key, f->random, ret);
	secret_wipe(&key, sizeof(key));
	return e;
}

static enum err put_sequences(const struct fold *f, struct snapfile *to)
{
	uint8_t bytes[4];
	struct buf b;
	enum err e;

	buf_init(&b, SEQUENCES_MOST);
	book_save(f->book, &b);
	put_be32(bytes, (uint32_t)b.n);
	e = b.err ? b.err : snapfile_put(to, span_of(bytes, sizeof(bytes)));
	if (!e)
		e = snapfile_put(to, buf_span(&b));
	buf_release(&b);
	return e;
}

enum err fold_save(const struct fold *f, const char *temp, int64_t now_ms)
{
	struct snapfile *to;
	enum err e = make(f, temp, date_month_of_ms(now_ms), &to);

	if (e)
		return e;
	e = put_sequences(f, to);
	if (!e)
		e = guard_save_to(
		    f->guard, (struct guard_sink){to, snapfile_put});
	if (!e)
		return snapfile_end(to);
	snapfile_drop(to);
	return e;
}

/* Does the snapshot's head fit the tree? */
static enum err check_head(
    const struct fold *f, const struct snapfile_head *head)
{
	uint8_t root[HASH_SIZE];
	enum err e;

	if (head->size > book_size(f->book))
		return ERR_CORRUPT;
	e = tlog_root(book_log(f->book), head->size, root);
	if (!e && memcmp(root, head->root, sizeof(root)) != 0)
		e = ERR_CORRUPT;
	return e;
}

static enum err get_sequences(const struct fold *f, uint64_t *at)
{
	uint8_t bytes[4], *to;
	struct reader r;
	struct buf b;
	enum err e = snapfile_fetch(f->snapshot, 0, bytes, sizeof(bytes));

	if (e)
		return e;
	buf_init(&b, SEQUENCES_MOST);
	to = buf_extend(&b, get_be32(bytes));
	e = to ? snapfile_fetch(f->snapshot, sizeof(bytes), to, b.n) : b.err;
	r = reader_of(buf_span(&b));
	if (!e)
		e = book_load(f->book, &r);
	if (!e && !reader_done(&r))
		e = ERR_CORRUPT;
	*at = sizeof(bytes) + b.n;
	buf_release(&b);
	return e;
}

/* The guard's bytes begin behind the sequences. */
static enum err fetch(void *ctx, uint64_t at, void *to, size_t n)
{
	const struct fold *f = ctx;

	return snapfile_fetch(f->snapshot, f->guard_at + at, to, n);
}

static enum err load_guard(struct fold *f)
{
	uint64_t size;
	enum err e = get_sequences(f, &f->guard_at);

	if (e)
		return e;
	return guard_load_from(
	    f->guard, (struct guard_source){f, fetch}, &size);
}

void fold_end(struct fold *f)
{
	snapfile_close(f->snapshot);
	f->snapshot = NULL;
}

static enum err open_snapshot(struct fold *f, uint64_t *ret_size)
{
	struct snapfile_head head;
	char path[PATH_MAX];
	struct secret key;
	enum err e = file_path(path, sizeof(path), f->dir, BUDGETS);

	if (!e)
		e = snapfile_open(path, &head, &f->snapshot);
	if (!e)
		e = check_head(f, &head);
	if (!e)
		e = snapshot_key(f, head.month, false, &key);
	if (e)
		return e;
	snapfile_unlock(f->snapshot, &key);
	secret_wipe(&key, sizeof(key));
	*ret_size = head.size;
	return load_guard(f);
}

/*
 * Loads the snapshot if there is one that fits; *ret_size is the entries it
 * holds, 0 without. One that does not fit costs time, never correctness.
 */
static enum err load(struct fold *f, uint64_t *ret_size)
{
	uint64_t size = 0;
	enum err e = open_snapshot(f, &size);

	if (e)
		fold_end(f);
	*ret_size = e ? 0 : size;
	return e == ERR_NOMEM ? e : ERR_OK;
}

/* The first entry worth folding without a snapshot: by halving, for times
 * never go back. */
static enum err first_recent(
    const struct fold *f, int64_t since_ms, uint64_t *ret)
{
	uint64_t low = 0, high = book_size(f->book);
	struct tlog_record record;
	struct leaf leaf;
	enum err e;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		e = tlog_read(book_log(f->book), mid, &record);
		if (!e)
			e = leaf_unpack(record.leaf, &leaf);
		if (e)
			return e;
		if (leaf.time_ms < since_ms)
			low = mid + 1;
		else
			high = mid;
	}
	*ret = low;
	return ERR_OK;
}

static enum err count_asked(const struct fold *f,
    const struct registry_key *k, const struct leaf *leaf,
    const struct opening *o)
{
	struct guard_ask ask;

	if (leaf->decision != LEAF_ANSWERED || SABOTAGED(FOLD))
		return ERR_OK;
	fold_ask(f->registry, k, leaf->plane, o->rpps, &ask);
	ask.cell = o->cell;
	ask.card = (o->proof & OPENING_CARD) != 0;
	memcpy(ask.q, o->question, GUARD_Q);
	return guard_apply(f->guard, &ask, o->number, leaf->time_ms);
}

static enum err fold_asked(const struct fold *f, const struct leaf *leaf,
    const struct opening *o)
{
	const struct registry_key *k = registry_key(f->registry, o->key_id);
	enum err e;

	if (!k)
		return ERR_CORRUPT;
	e = book_resume(f->book, (uint32_t)(k - f->registry->keys), o->key_id,
	    leaf);
	return e ? e : count_asked(f, k, leaf, o);
}
/* Who is who in a month: pseudonyms to places in the registry. */
struct askers {
	uint32_t month;		/* 0: none yet */
	struct map keys;
};

static enum err know_askers(
    const struct fold *f, uint32_t month, struct askers *a)
{
	struct secret month_key, asker_key;
	uint8_t pseudonym[LEAF_ASKER];
	enum err e = months_get(book_months(f->book), month, &month_key);

	map_release(&a->keys);
	map_init(&a->keys);
	a->month = month;
	for (size_t i = 0; i < f->registry->key_count && !e; i++) {
		months_asker_key(
		    &month_key, f->registry->keys[i].id, &asker_key);
		months_pseudonym(&asker_key, pseudonym);
		e = map_put(&a->keys, span_of(pseudonym, LEAF_ASKER),
		    (uint32_t)i);
	}
	secret_wipe(&month_key, sizeof(month_key));
	secret_wipe(&asker_key, sizeof(asker_key));
	return e == ERR_STATE ? ERR_OK : e;	/* destroyed: nobody is known */
}

/* One key's summed refusals took a sequence number too, and have no opening
 * that says whose. */
static enum err fold_summary(
    const struct fold *f, const struct leaf *leaf, struct askers *a)
{
	uint32_t key, month = date_month_of_ms(leaf->time_ms);
	enum err e = ERR_OK;

	if (leaf->sequence == 0)
		return ERR_OK;
	if (a->month != month)
		e = know_askers(f, month, a);
	if (e || !map_find(&a->keys, span_of(leaf->asker, LEAF_ASKER), &key))
		return e;
	return book_resume(f->book, key, f->registry->keys[key].id, leaf);
}

static enum err fold_one(const struct fold *f, uint64_t index,
    int64_t replay_since_ms, struct askers *askers, struct fold_result *ret)
{
	uint8_t plain[OPENING_PLAIN];
	struct opening opening;
	struct leaf leaf;
	bool opened;
	enum err e = book_read(f->book, index, &leaf, &opening, plain, &opened,
	    &ret->released);

	if (e)
		return e;
	ret->last_ms = leaf.time_ms;
	ret->stopped = leaf.kind == LEAF_STOP;
	if (leaf.kind == LEAF_SUMMARY)
		return fold_summary(f, &leaf, askers);
	if (!opened)
		return ERR_OK;
	e = fold_asked(f, &leaf, &opening);
	if (!e && leaf.time_ms >= replay_since_ms && !SABOTAGED(NONCES))
		e = replay_admit(f->replay, leaf.replay, leaf.time_ms);
	secret_wipe(plain, sizeof(plain));
	return e == ERR_EXISTS || e == ERR_FULL ? ERR_OK : e;
}

/*
 * What a snapshot has counted already is read again for its nonces alone, as
 * far back as a signature may live, and for the last entry's time and mark.
 */
static enum err refill(const struct fold *f, uint64_t before,
    int64_t replay_since_ms, struct fold_result *ret)
{
	struct tlog_record record;
	struct leaf leaf;
	enum err e = ERR_OK;

	for (uint64_t i = before; i > 0 && !e; i--) {
		e = tlog_read(book_log(f->book), i - 1, &record);
		if (!e)
			e = leaf_unpack(record.leaf, &leaf);
		if (!e && i == ret->size) {
			ret->released = record.released;
			ret->last_ms = leaf.time_ms;
			ret->stopped = leaf.kind == LEAF_STOP;
		}
		if (!e && leaf.time_ms < replay_since_ms)
			break;
		if (!e && leaf.kind == LEAF_ASKED && !SABOTAGED(NONCES))
			e = replay_admit(f->replay, leaf.replay, leaf.time_ms);
		if (e == ERR_EXISTS || e == ERR_FULL)
			e = ERR_OK;
	}
	return e;
}

/*
 * What was read in the log before counts on, sequence numbers do not: each log
 * has its own.
 */
static enum err fold_past(
    const struct fold *f, struct book *past, int64_t now_ms)
{
	struct fold old = *f;
	uint8_t plain[OPENING_PLAIN];
	struct opening opening;
	struct leaf leaf;
	uint64_t i, released;
	bool opened;
	enum err e;

	old.book = past;
	book_cells(past, (uint32_t)f->registry->insurer_count);
	e = first_recent(&old, now_ms - FOLD_DAYS * DATE_DAY_MS, &i);
	for (; i < book_size(past) && !e; i++) {
		const struct registry_key *k;

		e = book_read(
		    past, i, &leaf, &opening, plain, &opened, &released);
		if (e || !opened)
			continue;
		k = registry_key(f->registry, opening.key_id);
		e = k ? count_asked(f, k, &leaf, &opening) : ERR_CORRUPT;
		secret_wipe(plain, sizeof(plain));
	}
	return e;
}

enum err fold_run(
    struct fold *f, int64_t now_ms, struct fold_result *ret)
{
	struct askers askers = {0};
	uint64_t from;
	enum err e = load(f, &from);

	*ret = (struct fold_result){.size = book_size(f->book)};
	for (size_t i = 0; i < f->past_count && !e && from == 0; i++)
		e = fold_past(f, f->pasts[i], now_ms);
	if (!e && from == 0)
		e = first_recent(
		    f, now_ms - FOLD_DAYS * DATE_DAY_MS, &from);
	ret->from = from;
	if (!e)
		e = refill(f, from, now_ms - REPLAY_LIFE_MS, ret);
	for (uint64_t i = from; i < ret->size && !e; i++)
		e = fold_one(f, i, now_ms - REPLAY_LIFE_MS, &askers, ret);
	map_release(&askers.keys);
	return e;
}
