/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "base/date.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "journal/checkpoint.h"
#include "keeper/keeper.h"
#include "registry/turns.h"

#define SPENT_DAYS 30	/* the longest window of a budget */

enum err past_continue(struct keeper *k)
{
	struct registry_fault fault = {0};
	enum registry_wish wish;
	char path[PATH_MAX];
	struct buf note;
	struct span text;
	enum err e;

	if (strcmp(k->registry->origin, k->conf.origin) == 0)
		return ERR_OK;
	buf_init(&note, LIMIT_ACT);
	e = file_path(path, sizeof(path), k->dir, "keeper/continue");
	if (!e)
		e = file_read(path, &note);
	if (e)
		log_say(LOG_ERROR, "origin in ecluse.conf is not the "
		    "registry's: a log's name never changes, but by a restore");
	if (!e) {
		e = ledger_take(k->ledger, buf_span(&note), keeper_now(k),
		    &text, &wish, &fault);
		if (e)
			log_say(LOG_ERROR, "keeper/continue: %s (ecluse sign "
			    "adds a signature)", fault.words);
	}
	buf_release(&note);
	if (!e && strcmp(k->registry->origin, k->conf.origin) != 0)
		e = ERR_STATE;
	/* at once: who verifies in the first second would see vaults that
	 * answered for a log that the published registry does not name */
	if (!e)
		e = ledger_publish(k->ledger);
	if (!e)
		(void)unlink(path);
	return e;
}

/* The first entry: what came before, and that it is not known to the end. */
static enum err write_first(struct keeper *k, const struct registry_past *p)
{
	struct leaf leaf = {.kind = LEAF_CONTINUE, .time_ms = keeper_now(k),
	    .first = p->size, .end = p->known_size};
	uint64_t index;
	enum err e;

	if (p->known_size > 0)
		memcpy(leaf.commitment, p->known_root, HASH_SIZE);
	e = book_note(k->book, &leaf, BOOK_NOBODY, NULL, &index);
	if (!e)
		e = book_commit(k->book, 0);
	if (!e)
		log_say(LOG_WARN, "a new log begins: cards only until two "
		    "administrators sign: continue confirm=yes");
	return e;
}

static enum err read_leaf(struct book *b, uint64_t index, struct leaf *ret)
{
	struct tlog_record record;
	enum err e = tlog_read(book_log(b), index, &record);

	return e ? e : leaf_unpack(record.leaf, ret);
}

/* Is the archive what two administrators signed? */
static enum err check_past(struct book *b, const struct registry_past *p)
{
	uint8_t root[HASH_SIZE];
	enum err e = tlog_root(book_log(b), p->size, root);

	if (!e && memcmp(root, p->root, HASH_SIZE) != 0)
		e = ERR_CORRUPT;
	return e;
}

static enum err open_archives(struct keeper *k)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < k->registry->past_count && !e; i++) {
		const struct registry_past *p = &k->registry->pasts[i];
		struct book_options o = {.dir = k->dir, .origin = p->origin};
		struct leaf last;

		e = book_open_past(
		    &o, k->book, (unsigned)i + 1, &k->pasts[i]);
		if (!e)
			e = check_past(k->pasts[i], p);
		if (!e && p->size > 0) {
			e = read_leaf(k->pasts[i], p->size - 1, &last);
			if (!e)
				hour_floor(&k->hour, last.time_ms);
		}
		if (e)
			log_say(LOG_ERROR, "keeper/old/%zu: %s", i + 1,
			    err_text(e));
	}
	k->turn_ms = 0;
	return e;
}

enum err past_open(struct keeper *k)
{
	size_t n = k->registry->past_count;
	struct leaf first;
	enum err e = n > 0 ? open_archives(k) : ERR_OK;

	if (e || n == 0)
		return e;
	if (book_size(k->book) == 0)
		e = write_first(k, &k->registry->pasts[n - 1]);
	if (!e)
		e = read_leaf(k->book, 0, &first);
	if (!e && first.kind != LEAF_CONTINUE)
		e = ERR_CORRUPT;
	if (!e)
		k->spent_until_ms = first.time_ms + SPENT_DAYS * DATE_DAY_MS;
	return e;
}

void past_close(struct keeper *k)
{
	for (size_t i = 0; i < REGISTRY_PASTS; i++)
		book_close(k->pasts[i]);
}

bool past_spent(struct keeper *k)
{
	return k->spent_until_ms > 0 && !k->registry->reopened &&
	    keeper_now(k) < k->spent_until_ms;
}

/* When the nth log before was read last, and when the one after it began. */
static enum err span_of_gap(
    struct keeper *k, size_t nth, int64_t *ret_last, int64_t *ret_next)
{
	size_t n = k->registry->past_count;
	struct book *next = nth + 1 < n ? k->pasts[nth + 1] : k->book;
	uint64_t size = k->registry->pasts[nth].size;
	struct leaf leaf = {.time_ms = 0};
	enum err e = size > 0 ?
	    read_leaf(k->pasts[nth], size - 1, &leaf) : ERR_OK;

	*ret_last = leaf.time_ms;
	if (!e)
		e = read_leaf(next, 0, &leaf);
	*ret_next = leaf.time_ms;
	return e;
}

static void write_gap(
    struct json_writer *w, const struct registry_past *p)
{
	json_write_begin(w, '{');
	json_write_pair(w, "origin", p->origin);
	json_write_name(w, "from");
	json_write_int(w, (int64_t)p->size);
	if (p->known_size > 0) {
		json_write_name(w, "to");
		json_write_int(w, (int64_t)p->known_size);
	}
	json_write_end(w, '}');
}

/* One list; gaps: of unknown entries, or else of logs with known ones. */
static enum err write_list(struct keeper *k, int64_t from_ms, int64_t to_ms,
    bool gaps, struct json_writer *w)
{
	const struct registry *r = k->registry;
	int64_t last, next;
	bool any = false;
	enum err e = ERR_OK;

	for (size_t i = 0; i < r->past_count && !e; i++) {
		e = span_of_gap(k, i, &last, &next);
		if (e || (gaps ? to_ms <= last || from_ms >= next :
			from_ms > last))
			continue;
		if (!any) {
			json_write_name(w, gaps ? "gap" : "other_logs");
			json_write_begin(w, '[');
		}
		any = true;
		if (gaps)
			write_gap(w, &r->pasts[i]);
		else
			json_write_text(w, r->pasts[i].origin);
	}
	if (any)
		json_write_end(w, ']');
	return e;
}

enum err past_write(struct keeper *k, int64_t from_ms, int64_t to_ms,
    struct json_writer *w)
{
	enum err e = write_list(k, from_ms, to_ms, true, w);

	return e ? e : write_list(k, from_ms, to_ms, false, w);
}

/* Signed by the journal's key of today, or of the day when it was fetched. */
static enum err verify_known(
    const struct keeper *k, struct span note, struct checkpoint *ret)
{
	const struct registry *r = k->registry;
	struct note_key key;
	enum err e = checkpoint_verify(
	    note, tlog_key(book_log(k->book)), ret);

	for (size_t i = 0; i < r->turn_count && e; i++)
		if (r->turns[i].kind == KEYRING_LOG && r->turns[i].name_len &&
		    !turns_log_key(k->conf.origin, KEYRING_LOG,
			r->turns[i].name, &key))
			e = checkpoint_verify(note, &key, ret);
	return e;
}

enum err past_check_known(struct keeper *k)
{
	uint8_t root[HASH_SIZE];
	char path[PATH_MAX];
	struct checkpoint c;
	struct buf note;
	enum err e = file_path(
	    path, sizeof(path), k->dir, "keeper/known-checkpoint");

	if (e)
		return e;
	buf_init(&note, CHECKPOINT_MAX);
	e = file_read(path, &note);
	if (e == ERR_UNKNOWN) {
		buf_release(&note);
		return ERR_OK;
	}
	if (!e && verify_known(k, buf_span(&note), &c))
		e = ERR_CRYPTO;
	buf_release(&note);
	if (!e && c.size > book_size(k->book))
		e = ERR_CORRUPT;
	if (!e)
		e = tlog_root(book_log(k->book), c.size, root);
	if (!e && memcmp(root, c.root, HASH_SIZE) != 0)
		e = ERR_CORRUPT;
	if (e)
		log_say(LOG_ERROR, "the journal is behind "
		    "keeper/known-checkpoint, or another: this log may not go "
		    "on; see ecluse restore (%s)", err_text(e));
	return e;
}
