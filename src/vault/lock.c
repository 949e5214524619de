/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/date.h"
#include "base/file.h"
#include "base/sabotage.h"
#include "journal/leaf.h"
#include "meter/count.h"
#include "meter/trust.h"
#include "vault/lock.h"
#include "vault/lock_files.h"
#include "vault/persons.h"

#define HOUR_MS INT64_C(3600000)
#define NOTE_MS 1000		/* between two notes */
#define RECORD_MOST (COUNT_HEAD + HASH_SIZE + \
	COUNT_MOST * (COUNT_ENTRY + COUNT_CELL))
#define TAIL_MOST (64u << 20)	/* of counts behind the note */
#define HOURS_MOST (NOTE_MAX - 8192)	/* bytes of the note's hours */
#define HOUR_LINE 64		/* of them one line, at most */
#define TIME_MOST INT64_C(253402300799999)	/* the year 9999's last ms */

struct cell {
	struct count_cell turn;	/* this turn's; persons: of the hour */
	struct persons persons;	/* since the start, this hour */
	uint32_t before;	/* persons of this hour before the start */
	bool touched;
};

struct lock {
	char folder[PATH_MAX];
	struct clock clock;
	struct trust *trust;
	struct sign_private *key;
	int fd;
	int64_t offset_ms;	/* of a drill */
	int64_t hour;		/* number of the one that is counted */
	int64_t turned_ms;	/* boot clock: when it began, for us */
	uint32_t others;	/* before the start: of cells that the note
				 * had no line for, each */
	struct cell *cells;	/* by cell */
	size_t cell_count;
	struct count_head head;
	uint8_t origin[HASH_SIZE];	/* of the log that is answered for */
	struct buf entries, touched, record;
	uint32_t entry_count;
	uint64_t noted;		/* records that the note says */
	int64_t noted_ms;	/* boot clock */
	bool failed;		/* a record was not written: nothing more is */
	bool owed;		/* an act was not written */
};

static int64_t now(const struct lock *l)
{
	return clock_wall_ms(&l->clock) + l->offset_ms;
}

/* --- opening, and the note --- */

static enum err cell_of(struct lock *l, uint32_t cell, struct cell **ret)
{
	size_t wide = l->cell_count ? l->cell_count : 16;
	struct cell *wider;

	if (cell > LIMIT_CELLS)
		return ERR_RANGE;
	while (wide <= cell)
		wide *= 2;
	if (wide > l->cell_count) {
		wider = realloc(l->cells, wide * sizeof(*wider));
		if (!wider)
			return ERR_NOMEM;
		memset(wider + l->cell_count, 0,
		    (wide - l->cell_count) * sizeof(*wider));
		l->cells = wider;
		l->cell_count = wide;
	}
	*ret = &l->cells[cell];
	return ERR_OK;
}

static void begin_hour(struct lock *l, int64_t hour)
{
	l->hour = hour;
	l->turned_ms = clock_boot_ms(&l->clock);
	l->others = 0;
	for (size_t i = 0; i < l->cell_count; i++) {
		persons_release(&l->cells[i].persons);
		l->cells[i].before = 0;
	}
}

/* An hour of before: what was counted in the last one stands. One that lies
 * behind it was written by a clock that went back, and is of the same. */
static enum err remember(
    struct lock *l, int64_t hour, uint32_t cell, uint32_t persons)
{
	struct cell *c;
	enum err e = ERR_OK;

	if (hour > l->hour)
		begin_hour(l, hour);
	if (cell == COUNT_OTHERS) {
		l->others = persons;
		return ERR_OK;
	}
	e = cell_of(l, cell, &c);
	if (!e)
		c->before = persons;
	return e;
}

static enum err remember_record(struct lock *l, const struct count_record *r)
{
	enum err e = ERR_OK;

	for (uint32_t i = 0; i < r->cells && !e; i++) {
		struct count_cell c = count_cell(r, i);

		e = remember(l, r->time_ms / HOUR_MS, c.cell, c.persons);
	}
	return e;
}

static enum err remember_hours(struct lock *l, struct span rest)
{
	uint32_t cell, persons;
	int64_t hour;
	enum err e;

	while (!(e = count_next_hour(&rest, &cell, &hour, &persons))) {
		e = remember(l, hour, cell, persons);
		if (e)
			return e;
	}
	return e == ERR_CLOSED ? ERR_OK : e;
}

/* A note of another key, or of none, is one that does not fit. */
static enum err note_fault(enum err e)
{
	return !e || e == ERR_IO || e == ERR_NOMEM ? e : ERR_CORRUPT;
}

/* *ret_there: false where there is none. */
static enum err open_note(struct lock *l, bool *ret_there)
{
	char path[PATH_MAX];
	struct note_key key;
	struct span hours;
	struct buf note;
	enum err e;

	lock_files_path(l->folder, "checkpoint", path);
	buf_init(&note, NOTE_MAX);
	e = file_read(path, &note);
	*ret_there = e != ERR_UNKNOWN;
	if (!e)
		e = note_key_make(span_str(COUNT_NAME),
		    sign_public_raw(sign_private_public(l->key)), &key);
	if (!e)
		e = count_verify(buf_span(&note), &key, &l->head, &hours);
	if (!e)
		e = remember_hours(l, hours);
	buf_release(&note);
	l->noted = l->head.records;
	return *ret_there ? note_fault(e) : ERR_OK;
}

/* Follows the file behind the note; a torn end goes. What is whole is written
 * again: if its flush failed, it is in the kernel's memory alone. */
static enum err follow(struct lock *l, struct span tail)
{
	uint64_t noted = l->head.size;
	struct reader r = reader_of(tail);
	struct count_record c;
	enum err e;

	while (!(e = count_next(&r, &l->head, &c))) {
		e = remember_record(l, &c);
		if (e)
			return e;
	}
	if (e == ERR_CORRUPT && count_is_altered(r))
		return e;
	if (ftruncate(l->fd, (off_t)l->head.size) != 0 ||
	    file_write_at(l->fd, span_of(tail.p,
		(size_t)(l->head.size - noted)), (off_t)noted))
		return ERR_IO;
	return tail.n == 0 || fdatasync(l->fd) == 0 ? ERR_OK : ERR_IO;
}

static uint32_t met(const struct lock *l, const struct cell *c)
{
	uint32_t before = c->before > l->others ? c->before : l->others;

	return before + (uint32_t)c->persons.count;
}

/* The cells that have no room are told by one line, as if each had met as
 * many as the first of them. */
static void put_hours(const struct lock *l, struct buf *out)
{
	uint32_t others = l->others;

	for (size_t i = 0; i < l->cell_count; i++) {
		uint32_t persons = met(l, &l->cells[i]);

		if (out->n + 2 * HOUR_LINE <= HOURS_MOST && persons > 0)
			count_put_hour((uint32_t)i, l->hour, persons, out);
		else if (persons > others)
			others = persons;
	}
	if (others > 0)
		count_put_hour(COUNT_OTHERS, l->hour, others, out);
}

static enum err sign_now(struct lock *l)
{
	char path[PATH_MAX];
	struct buf note, hours;
	enum err e = ERR_OK;

	lock_files_path(l->folder, "checkpoint", path);
	buf_init(&note, NOTE_MAX);
	buf_init(&hours, HOURS_MOST);
	put_hours(l, &hours);
	/* the file first: a note is never ahead of it */
	if (fdatasync(l->fd) != 0) {
		l->failed = true;
		e = ERR_IO;
	}
	if (!e)
		e = hours.err ? hours.err : count_sign(&l->head, now(l),
		    buf_span(&hours), l->key, &note);
	if (!e)
		e = file_replace(path, buf_span(&note), 0600);
	buf_release(&note);
	buf_release(&hours);
	if (e)
		return e;
	l->noted = l->head.records;
	l->noted_ms = clock_boot_ms(&l->clock);
	return ERR_OK;
}

static enum err open_counts(struct lock *l)
{
	char path[PATH_MAX];
	struct stat st;
	struct buf tail;
	uint64_t left;
	uint8_t *room = NULL;
	bool noted = false;
	enum err e = open_note(l, &noted);

	if (e)
		return e;
	lock_files_path(l->folder, "counts", path);
	l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->fd < 0 || fstat(l->fd, &st) != 0)
		return ERR_IO;
	/* the first note comes before the first record */
	if ((uint64_t)st.st_size < l->head.size || (!noted && st.st_size > 0))
		return ERR_CORRUPT;
	left = (uint64_t)st.st_size - l->head.size;
	buf_init(&tail, TAIL_MOST);
	if (left > 0 && left <= TAIL_MOST)
		room = buf_extend(&tail, (size_t)left);
	if (left > 0 && (!room || pread(l->fd, room, (size_t)left,
	    (off_t)l->head.size) != (ssize_t)left))
		e = ERR_IO;
	if (!e)
		e = follow(l, buf_span(&tail));
	buf_release(&tail);
	return e;
}

enum err lock_open(const char *folder, struct clock clock,
    struct random random, struct lock **ret)
{
	struct lock *l = calloc(1, sizeof(*l));
	enum err e;

	if (!l)
		return ERR_NOMEM;
	l->fd = -1;
	l->clock = clock;
	l->turned_ms = clock_boot_ms(&clock);
	buf_init(&l->entries, COUNT_MOST * COUNT_ENTRY);
	buf_init(&l->touched, COUNT_MOST * COUNT_CELL);
	buf_init(&l->record, RECORD_MOST);
	l->trust = calloc(1, sizeof(*l->trust));
	e = l->trust ? ERR_OK : ERR_NOMEM;
	if (!e && strlen(folder) > LOCK_FILES_FOLDER)
		e = ERR_LIMIT;
	if (!e)
		memcpy(l->folder, folder, strlen(folder) + 1);
	if (!e)
		e = lock_files_key(l->folder, &random, &l->key);
	if (!e)
		e = lock_files_trust(l->folder, l->trust);
	if (!e)
		hash_sha256(span_str(l->trust->origin), l->origin);
	if (!e)
		e = open_counts(l);
	/* a first note, so that one that is missing was taken away */
	if (!e && l->head.records == 0)
		e = sign_now(l);
	if (!e) {
		*ret = l;
		return ERR_OK;
	}
	/* it signs nothing: what it read may be neither all nor on the disk */
	l->failed = true;
	(void)!lock_close(l);
	return e;
}

/* --- counting --- */

/* A new hour: everybody is new again. A clock that goes back makes none of
 * those that were, but none lasts longer than an hour. */
static void turn_hour(struct lock *l)
{
	int64_t hour = now(l) / HOUR_MS;

	if (hour > l->hour ||
	    clock_boot_ms(&l->clock) - l->turned_ms >= HOUR_MS)
		begin_hour(l, hour);
}

static bool is_full(
    const struct lock *l, const struct cell *c, const struct lock_person *p)
{
	return !SABOTAGED(CEILING) &&
	    met(l, c) >= trust_ceiling_of(l->trust, p->cell, p->members);
}

/* The cell of p, in which p is counted unless it is over. */
static enum err count_person(struct lock *l, const struct lock_person *p,
    struct cell **ret, bool *ret_over)
{
	struct cell *c;
	enum err e = cell_of(l, p->cell, &c);

	if (e)
		return e;
	turn_hour(l);
	c->touched = true;
	c->turn.cell = p->cell;
	*ret = c;
	*ret_over = false;
	if (p->number == 0 || persons_has(&c->persons, p->number))
		return ERR_OK;
	if (is_full(l, c, p)) {
		*ret_over = true;
		c->turn.over++;
		return ERR_OK;
	}
	return persons_add(&c->persons, p->number);
}

enum err lock_resolved(
    struct lock *l, const struct lock_person *p, bool *ret_over)
{
	struct cell *c;
	enum err e = count_person(l, p, &c, ret_over);

	if (e)
		return e;
	/* strangers are refused as persons are: it tells nothing of either */
	if (p->number == 0 && is_full(l, c, p)) {
		*ret_over = true;
		c->turn.over++;
	}
	c->turn.resolved += p->number && !*ret_over ? 1 : 0;
	return ERR_OK;
}

/* "origin/index" of the log that the administrators made. Under the name of one
 * that has ended answers would seem to be that log's, which nobody holds them
 * against any more. */
static enum err check_origin(const struct lock *l, struct span transaction)
{
	size_t n = transaction.n;

	while (n > 0 && transaction.p[n - 1] != '/')
		n--;
	return span_is(span_of(transaction.p, n ? n - 1 : 0),
	    l->trust->origin) ? ERR_OK : ERR_STATE;
}

enum err lock_answered(struct lock *l, const struct lock_person *p,
    struct span transaction, uint64_t index, const uint8_t *blinding,
    bool *ret_over)
{
	struct count_entry entry = {.index = index, .found = p->number != 0};
	uint8_t commitment[HASH_SIZE];
	struct cell *c;
	enum err e = index & COUNT_FOUND ? ERR_RANGE :
	    check_origin(l, transaction);

	if (!e)
		e = count_person(l, p, &c, ret_over);
	if (e || *ret_over)
		return e;
	c->turn.answered += p->number ? 1 : 0;
	leaf_commit(blinding, p->cell, p->number, commitment);
	memcpy(entry.commitment, commitment, COUNT_COMMITMENT);
	count_put_entry(&entry, &l->entries);
	l->entry_count++;
	return l->entries.err;
}

/* --- writing --- */

static uint32_t gather_cells(struct lock *l)
{
	uint32_t n = 0;

	for (size_t i = 0; i < l->cell_count; i++) {
		struct cell *c = &l->cells[i];

		if (!c->touched)
			continue;
		/* Persons are those of the hour that the record says. Not
		 * where nobody was counted: a drill's time is not told yet. */
		if (n == 0)
			turn_hour(l);
		c->turn.persons = met(l, c);
		count_put_cell(&c->turn, &l->touched);
		c->turn = (struct count_cell){0};
		c->touched = false;
		n++;
	}
	return n;
}

static enum err write_record(struct lock *l)
{
	struct count_record r = {.time_ms = now(l)};
	struct count_head head = l->head;
	enum err e;

	if (l->failed)
		return ERR_IO;
	r.cells = gather_cells(l);
	if (r.cells == 0)
		return ERR_OK;
	r.entries = l->entry_count;
	r.entry_bytes = buf_span(&l->entries);
	r.cell_bytes = buf_span(&l->touched);
	memcpy(r.origin, l->origin, HASH_SIZE);
	buf_clear(&l->record);
	e = l->touched.err ? l->touched.err :
	    count_put(&head, &r, &l->record);
	if (!e)
		e = file_write_at(
		    l->fd, buf_span(&l->record), (off_t)l->head.size);
	/* the first failure is final: the file may be longer than we know */
	l->failed = e != ERR_OK;
	if (!e)
		l->head = head;
	buf_clear(&l->entries);
	buf_clear(&l->touched);
	l->entry_count = 0;
	return e;
}

enum err lock_put(struct lock *l, int *ret_fd)
{
	bool answers = l->entry_count > 0;
	enum err e = write_record(l);

	if (!e)
		*ret_fd = answers ? l->fd : -1;
	return e;
}

enum err lock_flushed(struct lock *l, enum err how)
{
	l->failed = l->failed || how;
	return l->failed ? ERR_IO : ERR_OK;
}

enum err lock_write(struct lock *l)
{
	int fd = -1;
	enum err e = lock_put(l, &fd);

	if (e || fd < 0)
		return e;
	return lock_flushed(l, fdatasync(fd) == 0 ? ERR_OK : ERR_IO);
}

bool lock_is_unsigned(const struct lock *l)
{
	return l->noted != l->head.records;
}

enum err lock_sign(struct lock *l)
{
	if (l->failed)
		return ERR_IO;
	if (!lock_is_unsigned(l) ||
	    clock_boot_ms(&l->clock) - l->noted_ms < NOTE_MS)
		return ERR_OK;
	return sign_now(l);
}

enum err lock_close(struct lock *l)
{
	enum err e = ERR_OK;

	if (!l)
		return ERR_OK;
	if (l->key && l->fd >= 0 && !l->failed && lock_is_unsigned(l))
		e = sign_now(l);
	for (size_t i = 0; i < l->cell_count; i++)
		persons_release(&l->cells[i].persons);
	free(l->cells);
	if (l->fd >= 0)
		(void)close(l->fd);
	sign_private_free(l->key);
	free(l->trust);
	buf_release(&l->entries);
	buf_release(&l->touched);
	buf_release(&l->record);
	free(l);
	return e;
}

/* --- acts, time --- */

/* Behind an act that was not written. At the next start all come in their
 * order: until then none grows too old, and its log does not end. */
static enum err wait_for_owed(
    const struct lock *l, struct trust *next, const char **ret_words)
{
	next->newest_ms = l->trust->newest_ms;
	if (strcmp(next->origin, l->trust->origin) == 0)
		return ERR_OK;
	*ret_words = "an act before it could not be written";
	return ERR_IO;
}

enum err lock_act(struct lock *l, struct span note, const char **ret_words)
{
	struct trust *next = malloc(sizeof(*next));
	bool changed = false;
	enum err e;

	*ret_words = "";
	l->owed = l->owed || !next;
	if (!next)
		return ERR_NOMEM;
	*next = *l->trust;
	e = trust_act(next, note, now(l), &changed, ret_words);
	if (!e && l->owed)
		e = wait_for_owed(l, next, ret_words);
	/* what was counted so far is the log's that may end now */
	if (!e && changed)
		e = lock_write(l);
	/* the file first: what is not in it was not taken */
	if (!e && changed)
		e = lock_files_put_trust(l->folder, next);
	if (!e) {
		*l->trust = *next;
		hash_sha256(span_str(l->trust->origin), l->origin);
	}
	l->owed = l->owed || e == ERR_IO || e == ERR_NOMEM;
	free(next);
	return e;
}

int32_t lock_today(const struct lock *l)
{
	return date_of_ms(now(l));
}

enum err lock_time(struct lock *l, int64_t now_ms)
{
	if (!l->trust->drill)
		return ERR_STATE;
	if (now_ms < 0 || now_ms > TIME_MOST)
		return ERR_RANGE;
	l->offset_ms = now_ms - clock_wall_ms(&l->clock);
	return ERR_OK;
}
