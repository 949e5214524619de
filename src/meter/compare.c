/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "journal/leaf.h"
#include "meter/compare.h"

/* One run over the file. */
struct run {
	const struct compare *c;
	struct compare_report *r;
	uint8_t origin[HASH_SIZE];
	bool ours;		/* records of this origin have begun */
	uint64_t next;		/* the least index that may come */
	uint64_t behind;	/* entries read, those behind the checkpoint too
				 */
	int64_t last_ms;	/* of the file's last record */
};

static enum err wrong(struct run *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum err wrong(struct run *w, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(w->r->words, sizeof(w->r->words), format, ap);
	va_end(ap);
	return ERR_CORRUPT;
}

static void leave_open(struct compare_report *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void leave_open(struct compare_report *r, const char *format, ...)
{
	va_list ap;

	if (r->open[0])
		return;
	va_start(ap, format);
	(void)vsnprintf(r->open, sizeof(r->open), format, ap);
	va_end(ap);
}

/* Why the entry is not what the vault answered, or NULL. */
static const char *fault_of(
    const struct leaf *leaf, const struct count_entry *e)
{
	if (leaf->kind != LEAF_ASKED)
		return "is no question";
	if (leaf->decision != LEAF_ANSWERED)
		return "says that it was refused";
	if (leaf->existed != e->found)
		return e->found ? "says that nobody was met" :
		    "says that somebody was met";
	if (memcmp(leaf->commitment, e->commitment, COUNT_COMMITMENT) != 0)
		return "commits to another person";
	return NULL;
}

/* Whoever wrote the counts chose the times: those that are so far apart that no
 * number holds it excuse nothing. */
static int64_t age_ms(const struct run *w, int64_t time_ms)
{
	int64_t age;

	return __builtin_sub_overflow(w->last_ms, time_ms, &age) ||
	    __builtin_add_overflow(age, w->c->quiet_ms, &age) ?
	    INT64_MAX : age;
}

/* An entry that no checkpoint names; with all before it, for the log ends where
 * one is not whole. */
static enum err read_behind(
    struct run *w, uint64_t index, struct tlog_record *ret)
{
	enum err e = w->c->ended ? ERR_OK : ERR_UNKNOWN;

	while (!e && w->behind <= index)
		e = tlog_read_behind(w->c->log, w->behind++, ret);
	return e;
}

static enum err check_entry(
    struct run *w, const struct count_entry *e, int64_t time_ms)
{
	unsigned long long index = (unsigned long long)e->index;
	bool published = e->index < tlog_size(w->c->log);
	struct tlog_record record;
	const char *fault;
	struct leaf leaf;
	enum err err;

	if (e->index < w->next)
		return wrong(w, "the vault answered twice for entry %llu: "
		    "one of the answers is not written", index);
	w->next = e->index + 1;
	if (!published && !w->c->ended &&
	    age_ms(w, time_ms) <= COMPARE_LATE_MS) {
		w->r->ahead++;
		return ERR_OK;
	}
	err = published ? tlog_read(w->c->log, e->index, &record) :
	    read_behind(w, e->index, &record);
	if (err == ERR_UNKNOWN)
		return wrong(w, "the vault answered for entry %llu, "
		    "which the journal does not hold", index);
	if (!err)
		err = leaf_unpack(record.leaf, &leaf);
	if (err)
		return err;
	fault = fault_of(&leaf, e);
	if (fault)
		return wrong(w, "the vault answered for entry %llu, which %s",
		    index, fault);
	if (!published)
		leave_open(w->r, "it answered for entry %llu, which stands "
		    "behind the last checkpoint", index);
	w->r->misses += e->found ? 0 : 1;
	return ERR_OK;
}

static void add_settled(struct run *w, const struct count_record *c)
{
	if (age_ms(w, c->time_ms) > COMPARE_SETTLED_MS)
		for (uint32_t i = 0; i < c->cells; i++)
			w->r->settled += count_cell(c, i).resolved;
}

static bool is_former(const struct run *w, const uint8_t *origin)
{
	const char *p = w->c->formers, *end;
	uint8_t hash[HASH_SIZE];

	for (; p && (end = strchr(p, '\n')) != NULL; p = end + 1) {
		hash_sha256(span_of(p, (size_t)(end - p)), hash);
		if (memcmp(hash, origin, HASH_SIZE) == 0)
			return true;
	}
	return false;
}

/* Restored under a new name and not started yet: the registry names the log
 * before once the first start took that act. */
static bool is_to_begin(const struct run *w)
{
	return w->c->ended && tlog_size(w->c->log) == 0;
}

static enum err check_record(struct run *w, const struct count_record *c)
{
	enum err e = ERR_OK;

	if (memcmp(c->origin, w->origin, HASH_SIZE) == 0) {
		w->ours = true;
		add_settled(w, c);
		for (uint32_t i = 0; i < c->entries && !e; i++) {
			struct count_entry entry = count_entry(c, i);

			e = check_entry(w, &entry, c->time_ms);
		}
		return e;
	}
	if (c->entries == 0)
		return ERR_OK;
	w->r->former += c->entries;
	if (!w->ours && is_former(w, c->origin))
		return ERR_OK;
	if (w->ours || !is_to_begin(w))
		return wrong(w, "the vault answered for the log of another "
		    "name (record %llu)",
		    (unsigned long long)w->r->head.records);
	leave_open(w->r, "it answered for the log of another name, and this "
	    "one has not begun");
	return ERR_OK;
}

/* The time of the last whole record. */
static enum err last_time(struct tape *counts, int64_t *ret_ms)
{
	struct count_head h = {0};
	struct count_record c = {0};
	enum err e;

	tape_rewind(counts);
	while (!(e = tape_next(counts, &h, &c)))
		*ret_ms = c.time_ms;
	tape_rewind(counts);
	return e == ERR_IO ? e : ERR_OK;
}

/* Behind the last whole record; e: why none follows. What the vault signed for
 * is never torn. */
static enum err check_end(
    struct run *w, const struct count_head *note, enum err e, bool met)
{
	const struct count_head *h = &w->r->head;
	unsigned long long records = (unsigned long long)h->records;

	if (e != ERR_CLOSED && e != ERR_SHAPE && e != ERR_CORRUPT)
		return e;
	if ((e == ERR_SHAPE && h->size < note->size) || (e == ERR_CORRUPT &&
	    (h->size < note->size || !w->c->ended ||
		tape_is_altered(w->c->counts))))
		return wrong(w, "the counts are altered behind record %llu",
		    records);
	if (!met)
		return wrong(w, "the counts are shorter than the vault "
		    "signed");
	/* one that is being written, or was never answered from */
	if (e != ERR_CLOSED && w->c->ended)
		leave_open(w->r, "the counts end behind record %llu with one "
		    "that is torn", records);
	return ERR_OK;
}

static enum err check_file(struct run *w, const struct count_head *note)
{
	struct count_head *h = &w->r->head;
	struct count_record c;
	bool met = note->size == 0;
	enum err e;

	while (!(e = tape_next(w->c->counts, h, &c))) {
		if (h->size == note->size) {
			met = true;
			if (memcmp(h, note, sizeof(*h)) != 0)
				return wrong(w, "the counts are not those "
				    "that the vault signed");
		}
		w->r->unsigned_records += h->size > note->size ? 1 : 0;
		e = check_record(w, &c);
		if (e)
			return e;
	}
	return check_end(w, note, e, met);
}

enum err compare_run(const struct compare *c, struct compare_report *ret)
{
	struct run w = {.c = c, .r = ret};
	struct count_head note;
	struct span hours;
	enum err e;

	memset(ret, 0, sizeof(*ret));
	e = count_verify(c->note, &c->key, &note, &hours);
	if (e == ERR_NOMEM)
		return e;
	if (e) {
		(void)wrong(&w, "checkpoint is not signed by this vault");
		return ERR_CRYPTO;
	}
	hash_sha256(span_str(c->origin), w.origin);
	w.behind = tlog_size(c->log);
	e = last_time(c->counts, &w.last_ms);
	return e ? e : check_file(&w, &note);
}

/* What the entries so far explain. */
struct room {
	uint64_t numbers;
	uint8_t last;		/* the kind of the last one; 0: none */
};

/* Does a start behind this entry follow a death? */
static bool is_cut(uint8_t last)
{
	return last != 0 && last != LEAF_STOP && last != LEAF_CONTINUE;
}

/* Numbers that may have been named for the sake of this entry. */
static uint64_t room_of(const struct leaf *leaf, uint8_t before)
{
	switch (leaf->kind) {
	case LEAF_SUMMARY:
		return leaf->count;
	case LEAF_ASKED:
		return leaf->decision != LEAF_ANSWERED || leaf->existed;
	case LEAF_START:
		return is_cut(before) ? COMPARE_CUT : 0;
	default:
		return 0;
	}
}

static enum err add_room(struct room *r, const struct tlog_record *record)
{
	struct leaf leaf = {0};
	enum err e = leaf_unpack(record->leaf, &leaf);

	if (e)
		return e;
	r->numbers += room_of(&leaf, r->last);
	r->last = leaf.kind;
	return ERR_OK;
}

/* What the next start will find, and what it will say of the death itself. */
static enum err add_behind(struct room *r, struct tlog *log)
{
	struct tlog_record record;
	uint64_t i = tlog_size(log);
	enum err e = tlog_read_behind(log, i, &record);

	while (!e) {
		e = add_room(r, &record);
		if (!e)
			e = tlog_read_behind(log, ++i, &record);
	}
	r->numbers += is_cut(r->last) ? COMPARE_CUT : 0;
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

enum err compare_resolved(struct tlog *log, uint64_t resolved, bool ended,
    struct compare_report *ret)
{
	struct run w = {.r = ret};
	struct room room = {0};
	uint64_t size = tlog_size(log), published;
	struct tlog_record record;
	enum err e = ERR_OK;

	for (uint64_t i = 0; i < size && !e; i++) {
		e = tlog_read(log, i, &record);
		if (!e)
			e = add_room(&room, &record);
	}
	published = room.numbers;
	if (!e && ended && resolved > published)
		e = add_behind(&room, log);
	if (e)
		return e;
	if (resolved > room.numbers)
		return wrong(&w, "the vaults named %llu persons to the "
		    "keeper, and the journal has questions for %llu at most",
		    (unsigned long long)resolved,
		    (unsigned long long)room.numbers);
	if (resolved > published)
		leave_open(ret, "the vaults named %llu persons to the keeper, "
		    "and up to the last checkpoint the journal has questions "
		    "for %llu", (unsigned long long)resolved,
		    (unsigned long long)published);
	return ERR_OK;
}

enum err compare_asked(struct tlog *log, bool *ret)
{
	uint64_t size = tlog_size(log);
	struct tlog_record record;
	struct leaf leaf = {0};
	enum err e = ERR_OK;

	for (uint64_t i = 0; i < size && !e && leaf.kind != LEAF_ASKED; i++) {
		e = tlog_read(log, i, &record);
		if (!e)
			e = leaf_unpack(record.leaf, &leaf);
	}
	*ret = leaf.kind == LEAF_ASKED;
	return e;
}
