/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "journal/bare.h"
#include "journal/strip.h"
#include "journal/segfile.h"
#include "journal/segment.h"
#include "journal/tail.h"

struct segments {
	int dir;
	struct record_shape shape;
	struct crc crc;
	bool write;
	uint64_t size;		/* whole, durable records */
	size_t landing;		/* records that wait for a flush */
	struct segfile file;	/* the one that is written */
	/* the file that was read last, if another */
	int read_fd;
	uint64_t read_first;
	uint64_t read_bare, bare;	/* purged records of either file */
	struct strip *purge;	/* of one file, under way */
	uint64_t purge_first;
	/* varying sizes: where each record starts in its file */
	off_t *offsets;
	size_t offsets_cap;
	uint8_t *batch;		/* room to assemble one */
	size_t batch_cap;
	uint8_t record[RECORD_MAX];	/* the record read last */
};

void segment_close(struct segments *s)
{
	if (!s)
		return;
	strip_free(s->purge);
	segfile_release(&s->file);
	if (s->read_fd >= 0)
		close(s->read_fd);
	if (s->dir >= 0)
		close(s->dir);
	free(s->offsets);
	free(s->batch);
	free(s);
}

uint64_t segment_size(const struct segments *s)
{
	return s->size;
}

enum err segment_ahead(struct segments *s)
{
	return segfile_ahead(&s->file);
}

static enum err note_offset(void *ctx, uint64_t index, off_t at)
{
	struct segments *s = ctx;
	size_t cap = s->offsets_cap ? 2 * s->offsets_cap : 1024;
	off_t *grown;

	if (s->shape.leaf)
		return ERR_OK;
	if (index >= s->offsets_cap) {
		grown = realloc(s->offsets, cap * sizeof(*grown));
		if (!grown)
			return ERR_NOMEM;
		s->offsets = grown;
		s->offsets_cap = cap;
	}
	s->offsets[index] = at;
	return ERR_OK;
}

static enum err make_room(struct segments *s, size_t n)
{
	uint8_t *grown;

	if (n <= s->batch_cap)
		return ERR_OK;
	grown = realloc(s->batch, n);
	if (!grown)
		return ERR_NOMEM;
	s->batch = grown;
	s->batch_cap = n;
	return ERR_OK;
}

/* Nothing is written unless everything fits. */
static enum err check_batch(struct segments *s,
    const struct segment_entry *entries, size_t n, uint64_t released)
{
	size_t total = 0;

	if (released > s->size)
		return ERR_RANGE;
	for (size_t i = 0; i < n; i++) {
		struct record r = {.leaf = entries[i].leaf,
		    .side = entries[i].side};

		if (!record_fits(s->shape, r.leaf, r.side))
			return ERR_RANGE;
		total += record_size(s->shape, &r);
		if (total > SEGMENT_BATCH_BYTES)
			return ERR_LIMIT;
	}
	return make_room(s, total);
}

/* Packs the part of a batch that goes into the present file. */
static enum err pack_part(struct segments *s,
    const struct segment_entry *entries, size_t n, uint64_t batch,
    uint64_t released, struct span *ret)
{
	size_t at = 0;
	enum err e = ERR_OK;

	for (size_t i = 0; i < n && !e; i++) {
		const struct record r = {.index = s->size + i, .batch = batch,
		    .released = released, .leaf = entries[i].leaf,
		    .side = entries[i].side};

		e = note_offset(s, r.index, s->file.used + (off_t)at);
		record_pack(&s->crc, s->shape, &r, s->batch + at);
		at += record_size(s->shape, &r);
	}
	*ret = span_of(s->batch, at);
	return e;
}

static enum err append_part(struct segments *s,
    const struct segment_entry *entries, size_t n, uint64_t batch,
    uint64_t released)
{
	struct span bytes;
	enum err e = pack_part(s, entries, n, batch, released, &bytes);

	if (!e)
		e = segfile_append(&s->file, bytes);
	if (!e)
		s->size += n;
	return e;
}

enum err segment_append(struct segments *s,
    const struct segment_entry *entries, size_t n, uint64_t released)
{
	uint64_t batch = s->size;
	enum err e;

	if (s->file.failed)
		return ERR_IO;
	if (!s->write)
		return ERR_STATE;
	e = check_batch(s, entries, n, released);
	while (n > 0 && !e) {
		uint64_t end = s->file.first + SEGMENT_RECORDS;
		size_t part = n;

		if (s->file.fd < 0 || s->size == end) {
			e = segfile_create(&s->file, s->size);
			s->bare = 0;
			end = s->size + SEGMENT_RECORDS;
		}
		if (part > end - s->size)
			part = (size_t)(end - s->size);
		if (!e)
			e = append_part(s, entries, part, batch, released);
		entries += part;
		n -= part;
	}
	/* half a batch may be there: only a new start can tell */
	if (e && s->size != batch)
		s->file.failed = true;
	return e;
}

enum err segment_write(struct segments *s,
    const struct segment_entry *entries, size_t n, uint64_t released,
    int *ret_fd)
{
	struct span bytes;
	enum err e;

	*ret_fd = -1;
	if (s->file.fd < 0 ||
	    n > s->file.first + SEGMENT_RECORDS - s->size)
		return segment_append(s, entries, n, released);
	e = check_batch(s, entries, n, released);
	if (!e)
		e = pack_part(s, entries, n, s->size, released, &bytes);
	if (!e)
		e = segfile_write(&s->file, bytes);
	if (e)
		return e;
	s->landing = n;
	*ret_fd = s->file.fd;
	return ERR_OK;
}

enum err segment_landed(struct segments *s, bool flushed)
{
	enum err e = segfile_landed(&s->file, flushed);

	if (!e)
		s->size += s->landing;
	s->landing = 0;
	return e;
}

static void forget_file(struct segments *s)
{
	if (s->read_fd >= 0)
		close(s->read_fd);
	s->read_fd = -1;
}

/* The descriptor of the file that holds index, and where; -1. */
static int file_of(struct segments *s, uint64_t index, off_t *ret_at)
{
	uint64_t nth = index % SEGMENT_RECORDS, first = index - nth;
	bool last = s->file.fd >= 0 && first == s->file.first;

	if (!last && first != s->read_first)
		forget_file(s);
	if (!last && s->read_fd < 0) {
		s->read_fd = segfile_descriptor(s->dir, first, O_RDONLY);
		if (s->read_fd < 0)
			return -1;
		s->read_first = first;
		if (bare_count(s->read_fd, first, s->shape, &s->read_bare)) {
			forget_file(s);
			errno = EIO;
			return -1;
		}
	}
	*ret_at = s->shape.leaf == 0 ? s->offsets[index] : bare_offset(
	    s->shape, last ? s->bare : s->read_bare, nth);
	return last ? s->file.fd : s->read_fd;
}

static enum err read_at(int fd, uint8_t *to, size_t n, off_t offset)
{
	while (n > 0) {
		ssize_t got = pread(fd, to, n, offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_IO;
		if (got == 0)
			return ERR_CORRUPT;
		to += got;
		n -= (size_t)got;
		offset += got;
	}
	return ERR_OK;
}

/* The bytes of the record at a place, into s->record. */
static enum err load_record(struct segments *s, int fd, off_t at,
    bool is_bare, size_t *ret_n)
{
	size_t n = record_fixed_size(s->shape);
	enum err e = ERR_OK;

	if (n == 0 || is_bare) {
		e = read_at(fd, s->record, RECORD_HEAD, at);
		if (e)
			return e;
		n = record_length(s->shape, s->record);
		if (n == 0)
			return ERR_CORRUPT;
	}
	*ret_n = n;
	return read_at(fd, s->record, n, at);
}

static enum err read_record(
    struct segments *s, uint64_t index, struct record *ret)
{
	size_t n;
	struct record r;
	off_t at = 0;
	int fd;
	enum err e;

	fd = file_of(s, index, &at);
	if (fd < 0)
		return errno == ENOENT ? ERR_CORRUPT : ERR_IO;
	e = load_record(s, fd, at, index % SEGMENT_RECORDS <
	    (fd == s->file.fd ? s->bare : s->read_bare), &n);
	if (!e)
		e = record_parse(&s->crc, s->shape, span_of(s->record, n), &r);
	if (e)
		return e;
	if (r.index != index)
		return ERR_CORRUPT;
	*ret = r;
	return ERR_OK;
}

enum err segment_read(
    struct segments *s, uint64_t index, struct record *ret)
{
	if (s->file.failed)
		return ERR_IO;
	return index < s->size ? read_record(s, index, ret) : ERR_UNKNOWN;
}

enum err segment_behind(
    struct segments *s, uint64_t index, struct record *ret)
{
	enum err e = s->write || s->shape.leaf == 0 ? ERR_UNKNOWN :
	    read_record(s, index, ret);

	return e == ERR_CORRUPT ? ERR_UNKNOWN : e;
}

/* Finds the tail, wipes what is torn behind it, goes on there. */
static enum err recover(struct segments *s, uint64_t known)
{
	const struct tail_question q = {.dir = s->dir, .crc = &s->crc,
	    .shape = s->shape, .known = known, .write = s->write,
	    .each = note_offset, .ctx = s};
	struct tail t;
	enum err e;

	if (!s->write && s->shape.leaf) {	/* nothing to find */
		s->size = known;
		return ERR_OK;
	}
	e = tail_find(&q, &t);
	if (e)
		return e;
	s->size = t.size;
	if (!s->write)
		return ERR_OK;
	/* from the last back, so that no gap is left if this stops */
	for (; t.later > 0 && !e; t.later--)
		e = segfile_remove(
		    s->dir, t.first + t.later * SEGMENT_RECORDS);
	if (!e && t.any)
		e = segfile_resume(
		    &s->file, t.first, t.batch, t.offset, t.dirty);
	if (!e && t.any)
		e = bare_count(s->file.fd, t.first, s->shape, &s->bare);
	return e;
}

/* The next file that has sides below end. */
static enum err begin_purge(struct segments *s, uint64_t end, bool *ret_more)
{
	for (; s->purge_first < end; s->purge_first += SEGMENT_RECORDS) {
		uint64_t wanted = end - s->purge_first, bare = 0;
		int fd = segfile_descriptor(s->dir, s->purge_first, O_RDONLY);
		enum err e;

		if (fd < 0)
			return ERR_IO;
		if (wanted > SEGMENT_RECORDS)
			wanted = SEGMENT_RECORDS;
		e = bare_count(fd, s->purge_first, s->shape, &bare);
		close(fd);
		if (e)	/* the next call tries this file again */
			return e;
		if (bare < wanted) {
			*ret_more = true;
			return strip_begin(s->dir, &s->crc, s->shape,
			    s->purge_first, end, &s->purge);
		}
	}
	*ret_more = false;
	/* a later end begins anew in the file of this one */
	s->purge_first = end - end % SEGMENT_RECORDS;
	return ERR_OK;
}

/* The file has another in its place. */
static enum err exchange(struct segments *s)
{
	uint64_t n = s->size - s->purge_first;

	forget_file(s);
	if (s->file.first != s->purge_first)
		return ERR_OK;
	segfile_release(&s->file);
	if (segfile_resume(&s->file, s->purge_first, 0, 0, false) ||
	    bare_count(
		s->file.fd, s->purge_first, s->shape, &s->bare)) {
		s->file.failed = true;
		return ERR_IO;
	}
	s->file.used = bare_offset(s->shape, s->bare, n);
	return ERR_OK;
}

enum err segment_purge(struct segments *s, uint64_t end, bool *ret_more)
{
	bool done = false;
	enum err e;

	if (s->file.failed)
		return ERR_IO;
	if (!s->write)
		return ERR_STATE;
	if (s->shape.leaf == 0 || end > s->size)
		return ERR_RANGE;
	if (!s->purge)
		return begin_purge(s, end, ret_more);
	e = strip_step(s->purge, s->size, &done);
	*ret_more = true;
	if (!e && !done)
		return ERR_OK;
	strip_free(s->purge);
	s->purge = NULL;
	if (e && done)	/* which of the two the disk has, nobody knows */
		s->file.failed = true;
	return e ? e : exchange(s);
}

enum err segment_open(
    const struct segment_options *o, struct segments **ret)
{
	struct segments *s = calloc(1, sizeof(*s));
	enum err e = ERR_OK;

	if (!s)
		return ERR_NOMEM;
	s->read_fd = -1;
	s->shape = o->shape;
	s->write = o->write;
	crc_init(&s->crc);
	s->dir = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	segfile_init(&s->file, s->dir, o->io, record_fixed_size(o->shape));
	if (s->dir < 0)
		e = errno == ENOENT ? ERR_UNKNOWN : ERR_IO;
	if (!e)
		e = recover(s, o->known);
	if (e) {
		segment_close(s);
		return e;
	}
	*ret = s;
	return ERR_OK;
}
