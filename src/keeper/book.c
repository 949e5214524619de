/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/file.h"
#include "keeper/book.h"
#include "keeper/hints.h"
#include "registry/turns.h"

/* One key's pseudonym and count in one month. */
struct asker {
	uint32_t month;		/* 0: none yet */
	uint64_t sequence;
	uint8_t pseudonym[LEAF_ASKER];
};

struct cell_key {
	bool known;
	struct secret key;
};

struct book {
	struct tlog *log;
	struct months *months;
	bool borrowed;		/* months: another book's */
	struct asker *askers;
	size_t asker_count;
	uint32_t month;			/* of the keys below; 0: none */
	struct secret month_key;
	struct cell_key *cells;
	size_t cell_count;
	uint32_t cells_most, fitted;	/* what book_read tries */
	struct hints *hints;		/* and what it tries first; or NULL */
	uint64_t registry_size;
	uint8_t registry_root[HASH_SIZE];
	size_t landing;		/* entries that wait for a flush */
	size_t waiting;		/* gathered behind them */
	struct tlog_entry entries[BOOK_BATCH];
	uint8_t leaves[BOOK_BATCH][LEAF_SIZE];
	uint8_t sides[BOOK_BATCH][OPENING_SIZE];
};

static void say_at(const struct book_options *o, const char *name)
{
	if (o->at)
		*o->at = name;
}

static enum err open_log(struct book *b, const struct book_options *o)
{
	char dir[PATH_MAX], public_dir[PATH_MAX];
	struct tlog_options options = {.dir = dir, .public_dir = public_dir,
	    .origin = o->origin, .key = o->keys->log, .leaf_size = LEAF_SIZE,
	    .side_size = OPENING_SIZE};
	const struct sign_private *ours[TURNS_KEPT + 1];
	enum err e;

	options.others = ours;
	options.other_count = keyring_signers(
	    o->keys, KEYRING_LOG, TURNS_MOST, ours, TURNS_KEPT + 1);
	e = file_path(dir, sizeof(dir), o->dir, "keeper/journal");
	if (!e)
		e = file_path(public_dir, sizeof(public_dir), o->dir,
		    "journal/public");
	return e ? e : tlog_open(&options, &b->log);
}

enum err book_open(const struct book_options *o, struct book **ret)
{
	char path[PATH_MAX];
	struct book *b = calloc(1, sizeof(*b));
	enum err e;

	if (!b)
		return ERR_NOMEM;
	e = file_path(path, sizeof(path), o->dir, "keeper/months");
	say_at(o, "keeper/journal");
	if (!e)
		e = open_log(b, o);
	if (!e)
		say_at(o, "keeper/months");
	if (!e)
		e = months_open(path, &o->keys->months, o->apart, o->random,
		    &b->months);
	if (e) {
		book_close(b);
		return e;
	}
	b->hints = hints_open(o->dir);
	*ret = b;
	return ERR_OK;
}

enum err book_open_past(const struct book_options *o, struct book *now,
    unsigned nth, struct book **ret)
{
	char dir[PATH_MAX], public_dir[PATH_MAX];
	struct tlog_options options = {.dir = dir, .public_dir = public_dir,
	    .origin = o->origin, .leaf_size = LEAF_SIZE,
	    .side_size = OPENING_SIZE};
	struct book *b = calloc(1, sizeof(*b));
	enum err e = ERR_LIMIT;

	if (!b)
		return ERR_NOMEM;
	b->months = now->months;
	b->borrowed = true;
	if (snprintf(public_dir, sizeof(public_dir), "%s/keeper/old/%u/public",
		o->dir, nth) < (int)sizeof(public_dir) &&
	    snprintf(dir, sizeof(dir), "%s/keeper/old/%u/records", o->dir,
		nth) < (int)sizeof(dir))
		e = tlog_open(&options, &b->log);
	if (e)
		book_close(b);
	else
		*ret = b;
	return e;
}

void book_close(struct book *b)
{
	if (!b)
		return;
	tlog_close(b->log);
	if (!b->borrowed)
		months_close(b->months);
	free(b->askers);
	hints_close(b->hints);
	if (b->cells)
		secret_wipe(b->cells, b->cell_count * sizeof(*b->cells));
	free(b->cells);
	secret_wipe(b, sizeof(*b));
	free(b);
}

void book_registry(struct book *b, uint64_t size,
    const uint8_t root[static HASH_SIZE])
{
	b->registry_size = size;
	memcpy(b->registry_root, root, HASH_SIZE);
}

/* Makes array of count long enough for place; new records are zero. */
static enum err widen(void **array, size_t *count, size_t place, size_t size)
{
	size_t wide = *count ? *count : 64;
	uint8_t *p;

	if (place < *count)
		return ERR_OK;
	while (wide <= place)
		wide *= 2;
	p = calloc(wide, size);
	if (!p)
		return ERR_NOMEM;
	if (*array) {
		memcpy(p, *array, *count * size);
		secret_wipe(*array, *count * size);
		free(*array);
	}
	*array = p;
	*count = wide;
	return ERR_OK;
}

static enum err need_month(struct book *b, uint32_t month)
{
	enum err e;

	if (b->month == month)
		return ERR_OK;
	e = months_need(b->months, month, &b->month_key);
	if (e)
		return e;
	if (b->cells)
		secret_wipe(b->cells, b->cell_count * sizeof(*b->cells));
	b->month = month;
	return ERR_OK;
}

static enum err cell_key(struct book *b, uint32_t cell, struct secret *ret)
{
	enum err e = widen(
	    (void **)&b->cells, &b->cell_count, cell, sizeof(*b->cells));

	if (e)
		return e;
	if (!b->cells[cell].known) {
		months_cell_key(&b->month_key, cell, &b->cells[cell].key);
		b->cells[cell].known = true;
	}
	*ret = b->cells[cell].key;
	return ERR_OK;
}

static enum err asker_of(struct book *b, uint32_t key, const uint8_t *key_id,
    uint32_t month, struct asker **ret)
{
	struct secret month_key, asker_key;
	struct asker *a;
	enum err e = widen(
	    (void **)&b->askers, &b->asker_count, key, sizeof(*b->askers));

	if (e)
		return e;
	a = &b->askers[key];
	*ret = a;
	if (a->month == month)
		return ERR_OK;
	e = months_need(b->months, month, &month_key);
	if (e)
		return e;
	months_asker_key(&month_key, key_id, &asker_key);
	a->month = month;
	a->sequence = 0;
	months_pseudonym(&asker_key, a->pseudonym);
	secret_wipe(&month_key, sizeof(month_key));
	secret_wipe(&asker_key, sizeof(asker_key));
	return ERR_OK;
}

static void fill_asker(struct leaf *leaf, struct asker *a)
{
	memcpy(leaf->asker, a->pseudonym, LEAF_ASKER);
	leaf->sequence = ++a->sequence;
}

/* Of the entry that is gathered next. */
static uint64_t next_index(const struct book *b)
{
	return tlog_size(b->log) + b->landing + b->waiting;
}

/* The leaf's bytes join the batch, with side_size bytes beside them. */
static enum err gather(
    struct book *b, struct leaf *leaf, uint64_t *ret_index)
{
	size_t n = b->waiting;
	enum err e;

	leaf->registry_size = b->registry_size;
	memcpy(leaf->registry_root, b->registry_root, HASH_SIZE);
	e = leaf_pack(leaf, b->leaves[n]);
	if (e)
		return e;
	b->entries[n] = (struct tlog_entry){span_of(b->leaves[n], LEAF_SIZE),
	    span_of(b->sides[n], OPENING_SIZE)};
	*ret_index = next_index(b);
	b->waiting++;
	return ERR_OK;
}

enum err book_asked(struct book *b, struct leaf *leaf, uint32_t key,
    const struct opening *opening, uint64_t *ret_index)
{
	uint32_t month = date_month_of_ms(leaf->time_ms);
	struct secret cell, entry;
	struct asker *a;
	enum err e;

	if (b->waiting == BOOK_BATCH)
		return ERR_FULL;
	e = need_month(b, month);
	if (!e)
		e = cell_key(b, opening->cell, &cell);
	if (!e)
		e = asker_of(b, key, opening->key_id, month, &a);
	if (e)
		return e;
	months_entry_key(&cell, next_index(b), &entry);
	e = opening_seal(opening, &entry, b->sides[b->waiting],
	    leaf->commitment, leaf->opening_hash);
	secret_wipe(&cell, sizeof(cell));
	secret_wipe(&entry, sizeof(entry));
	if (e)
		return e;
	fill_asker(leaf, a);
	e = gather(b, leaf, ret_index);
	if (e)
		a->sequence--;
	else
		hints_note(b->hints, month, &b->month_key, *ret_index,
		    opening->cell);
	return e;
}

enum err book_note(struct book *b, struct leaf *leaf, uint32_t key,
    const uint8_t *key_id, uint64_t *ret_index)
{
	struct asker *a = NULL;
	enum err e = ERR_OK;

	if (b->waiting == BOOK_BATCH)
		return ERR_FULL;
	if (key != BOOK_NOBODY) {
		e = asker_of(b, key, key_id,
		    date_month_of_ms(leaf->time_ms), &a);
		if (e)
			return e;
		fill_asker(leaf, a);
	}
	/* records have one size: what has no opening has zeros */
	memset(b->sides[b->waiting], 0, OPENING_SIZE);
	e = gather(b, leaf, ret_index);
	if (e && a)
		a->sequence--;
	return e;
}

size_t book_waiting(const struct book *b)
{
	return b->waiting;
}

/* What waits is written; flushed too unless ret_fd, or where that is -1 then. */
static enum err put_batch(struct book *b, uint64_t released, int *ret_fd)
{
	uint64_t first;
	size_t n = b->waiting;
	enum err e;

	if (n == 0)
		return ERR_OK;
	b->waiting = 0;
	e = ret_fd ? tlog_write(b->log, b->entries, n, released, ret_fd) :
	    tlog_append(b->log, b->entries, n, released, &first);
	if (ret_fd && *ret_fd >= 0)
		b->landing = n;
	else if (!e)
		hints_write(b->hints);
	return e;
}

enum err book_commit(struct book *b, uint64_t released)
{
	return put_batch(b, released, NULL);
}

enum err book_write(struct book *b, uint64_t released, int *ret_fd)
{
	*ret_fd = -1;
	return put_batch(b, released, ret_fd);
}

enum err book_landed(struct book *b, bool flushed)
{
	enum err e = tlog_landed(b->log, flushed);

	b->landing = 0;
	if (!e)
		hints_write(b->hints);
	return e;
}

enum err book_publish(struct book *b)
{
	return tlog_publish(b->log);
}

uint64_t book_size(const struct book *b)
{
	return tlog_size(b->log);
}

struct tlog *book_log(struct book *b)
{
	return b->log;
}

struct months *book_months(struct book *b)
{
	return b->months;
}

/*
 * The key of an entry hangs on its cell, which the opening alone tells: those
 * of the month are tried, that of the hint first, then the one that fitted
 * last. A wrong key fails at the tag. The number of cells is bounded by what the month's entries used.
 */
static enum err try_cell(const struct leaf *leaf, const struct secret *month,
    uint64_t index, uint32_t cell, struct span side, struct opening *opening,
    uint8_t plain[static OPENING_PLAIN])
{
	struct secret key, entry;
	enum err e;

	months_cell_key(month, cell, &key);
	months_entry_key(&key, index, &entry);
	e = opening_open(side, leaf, &entry, plain, opening);
	secret_wipe(&key, sizeof(key));
	secret_wipe(&entry, sizeof(entry));
	return e;
}

static enum err try_cells(struct book *b, const struct leaf *leaf,
    const struct secret *month, uint64_t index, struct span side,
    struct opening *opening, uint8_t plain[static OPENING_PLAIN])
{
	uint32_t month_of = date_month_of_ms(leaf->time_ms), hint;
	enum err e = ERR_CRYPTO;

	if (hints_find(b->hints, month_of, month, index, &hint) &&
	    hint < b->cells_most)
		e = try_cell(leaf, month, index, hint, side, opening, plain);
	if (e == ERR_CRYPTO)
		e = try_cell(
		    leaf, month, index, b->fitted, side, opening, plain);
	for (uint32_t c = 0; c < b->cells_most && e == ERR_CRYPTO; c++) {
		if (c == b->fitted)
			continue;
		e = try_cell(leaf, month, index, c, side, opening, plain);
		if (!e)
			b->fitted = c;
	}
	return e;
}

enum err book_read(struct book *b, uint64_t index, struct leaf *leaf,
    struct opening *opening, uint8_t plain[static OPENING_PLAIN],
    bool *ret_opened, uint64_t *ret_released)
{
	struct tlog_record record;
	struct secret month;
	enum err e = tlog_read(b->log, index, &record);

	if (!e)
		e = leaf_unpack(record.leaf, leaf);
	if (e)
		return e;
	*ret_released = record.released;
	*ret_opened = false;
	if (leaf->kind != LEAF_ASKED)
		return ERR_OK;
	e = months_get(b->months, date_month_of_ms(leaf->time_ms), &month);
	if (e == ERR_STATE)
		return ERR_OK;
	if (!e)
		e = try_cells(
		    b, leaf, &month, index, record.side, opening, plain);
	secret_wipe(&month, sizeof(month));
	*ret_opened = !e;
	return e;
}

enum err book_read_of(struct book *b, uint64_t index, uint32_t cell,
    struct leaf *leaf, struct opening *opening,
    uint8_t plain[static OPENING_PLAIN], bool *ret_opened)
{
	struct tlog_record record;
	struct secret key;
	enum err e = tlog_read(b->log, index, &record);

	*ret_opened = false;
	if (!e)
		e = leaf_unpack(record.leaf, leaf);
	if (e || leaf->kind != LEAF_ASKED)
		return e;
	e = book_entry_key(b, index, leaf, cell, &key);
	if (e == ERR_STATE)
		return ERR_OK;
	if (!e)
		e = opening_open(record.side, leaf, &key, plain, opening);
	secret_wipe(&key, sizeof(key));
	*ret_opened = !e;
	return e == ERR_CRYPTO ? ERR_OK : e;	/* another cell's */
}

enum err book_entry_key(struct book *b, uint64_t index,
    const struct leaf *leaf, uint32_t cell, struct secret *ret)
{
	struct secret month, key;
	enum err e = months_get(
	    b->months, date_month_of_ms(leaf->time_ms), &month);

	if (e)
		return e;
	months_cell_key(&month, cell, &key);
	months_entry_key(&key, index, ret);
	secret_wipe(&month, sizeof(month));
	secret_wipe(&key, sizeof(key));
	return ERR_OK;
}

void book_cells(struct book *b, uint32_t most)
{
	b->cells_most = most + 1;
}

enum err book_resume(struct book *b, uint32_t key,
    const uint8_t key_id[static SIGN_KEY_ID], const struct leaf *leaf)
{
	struct asker *a;
	enum err e = asker_of(
	    b, key, key_id, date_month_of_ms(leaf->time_ms), &a);

	if (e)
		return e;
	if (memcmp(a->pseudonym, leaf->asker, LEAF_ASKER) != 0)
		return ERR_CORRUPT;
	if (leaf->sequence > a->sequence)
		a->sequence = leaf->sequence;
	return ERR_OK;
}

void book_save(const struct book *b, struct buf *out)
{
	buf_put_u32(out, (uint32_t)b->asker_count);
	for (size_t i = 0; i < b->asker_count; i++) {
		buf_put_u32(out, b->askers[i].month);
		buf_put_u64(out, b->askers[i].sequence);
		buf_put(out, b->askers[i].pseudonym, LEAF_ASKER);
	}
}

enum err book_load(struct book *b, struct reader *r)
{
	uint32_t n = read_u32(r);
	enum err e;

	if ((uint64_t)n * (12 + LEAF_ASKER) > reader_left(r))
		return ERR_CORRUPT;
	if (n == 0)
		return ERR_OK;
	e = widen((void **)&b->askers, &b->asker_count, n - 1,
	    sizeof(*b->askers));
	for (uint32_t i = 0; i < n && !e; i++) {
		b->askers[i].month = read_u32(r);
		b->askers[i].sequence = read_u64(r);
		read_copy(r, b->askers[i].pseudonym, LEAF_ASKER);
	}
	return e;
}
