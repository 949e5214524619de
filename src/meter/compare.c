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

static int64_t age_ms(const struct run *w, int64_t time_ms)
{
	return w->last_ms - time_ms + w->c->quiet_ms;
}

static enum err check_entry(
    struct run *w, const struct count_entry *e, int64_t time_ms)
{
	unsigned long long index = (unsigned long long)e->index;
	struct tlog_record record;
	const char *fault;
	struct leaf leaf;
	enum err err;

	if (e->index < w->next)
		return wrong(w, "the vault answered twice for entry %llu: "
		    "one of the answers is not written", index);
	w->next = e->index + 1;
	if (e->index >= tlog_size(w->c->log)) {
		if (age_ms(w, time_ms) > COMPARE_LATE_MS)
			return wrong(w, "the vault answered for entry %llu, "
			    "which the journal does not hold", index);
		w->r->ahead++;
		return ERR_OK;
	}
	err = tlog_read(w->c->log, e->index, &record);
	if (!err)
		err = leaf_unpack(record.leaf, &leaf);
	if (err)
		return err;
	fault = fault_of(&leaf, e);
	if (fault)
		return wrong(w, "the vault answered for entry %llu, which %s",
		    index, fault);
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
	if (w->ours || !is_former(w, c->origin))
		return wrong(w, "the vault answered for the log of another "
		    "name (record %llu)",
		    (unsigned long long)w->r->head.records);
	w->r->former += c->entries;
	return ERR_OK;
}

/* The time of the last whole record. */
static int64_t last_time(struct span counts)
{
	struct reader r = reader_of(counts);
	struct count_head h = {0};
	struct count_record c = {0};

	while (!count_next(&r, &h, &c))
		;
	return c.time_ms;
}

static enum err check_file(struct run *w, const struct count_head *note)
{
	struct reader r = reader_of(w->c->counts);
	struct count_head *h = &w->r->head;
	struct count_record c;
	bool met = note->size == 0;
	enum err e;

	while (!(e = count_next(&r, h, &c))) {
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
	if (e == ERR_CORRUPT || (e == ERR_SHAPE && h->size < note->size))
		return wrong(w, "the counts are altered behind record %llu",
		    (unsigned long long)h->records);
	if (!met)
		return wrong(w, "the counts are shorter than the vault "
		    "signed");
	return ERR_OK;	/* a torn last record was never answered from */
}

enum err compare_run(const struct compare *c, struct compare_report *ret)
{
	struct run w = {.c = c, .r = ret};
	struct count_head note;
	struct span hours;
	enum err e;

	memset(ret, 0, sizeof(*ret));
	e = count_verify(c->note, &c->key, &note, &hours);
	if (e) {
		(void)wrong(&w, "checkpoint is not signed by this vault");
		return ERR_CRYPTO;
	}
	hash_sha256(span_str(c->origin), w.origin);
	w.last_ms = last_time(c->counts);
	return check_file(&w, &note);
}

/* Numbers that may have been named for the sake of this entry; before: the
 * kind of the one before it, 0 at the beginning. */
static uint64_t room_of(const struct leaf *leaf, uint8_t before)
{
	switch (leaf->kind) {
	case LEAF_SUMMARY:
		return leaf->count;
	case LEAF_ASKED:
		return leaf->decision != LEAF_ANSWERED || leaf->existed;
	case LEAF_START:
		return before == 0 || before == LEAF_STOP ||
		    before == LEAF_CONTINUE ? 0 : COMPARE_CUT;
	default:
		return 0;
	}
}

enum err compare_resolved(struct tlog *log, uint64_t resolved,
    struct compare_report *ret)
{
	struct run w = {.r = ret};
	uint64_t room = 0, size = tlog_size(log);
	struct tlog_record record;
	struct leaf leaf = {0};
	uint8_t before = 0;
	enum err e = ERR_OK;

	for (uint64_t i = 0; i < size && !e; i++) {
		e = tlog_read(log, i, &record);
		if (!e)
			e = leaf_unpack(record.leaf, &leaf);
		if (e)
			return e;
		room += room_of(&leaf, before);
		before = leaf.kind;
	}
	if (resolved <= room)
		return ERR_OK;
	return wrong(&w, "the vaults named %llu persons to the keeper, and "
	    "the journal has questions for %llu at most",
	    (unsigned long long)resolved, (unsigned long long)room);
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
