/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "journal/scan.h"

#define WINDOW ((size_t)1 << 20)
_Static_assert(WINDOW >= 2 * RECORD_MAX, "a record fits, and progress too");

struct scan {
	int fd;
	const struct crc *crc;
	struct record_shape shape;
	off_t at;	/* file offset of the window's first byte */
	size_t n;	/* bytes in it */
	bool end;	/* the file ends with them */
	uint8_t bytes[WINDOW];
};

enum err scan_new(int fd, const struct crc *crc, struct record_shape shape,
    struct scan **ret)
{
	struct scan *s = malloc(sizeof(*s));

	if (!s)
		return ERR_NOMEM;
	s->fd = fd;
	s->crc = crc;
	s->shape = shape;
	s->at = 0;
	s->n = 0;
	s->end = false;
	*ret = s;
	return ERR_OK;
}

void scan_free(struct scan *s)
{
	free(s);
}

void scan_forget(struct scan *s)
{
	s->n = 0;
	s->end = false;
}

/* Fills the window from offset on. */
static enum err refill(struct scan *s, off_t offset)
{
	s->at = offset;
	s->n = 0;
	s->end = false;
	while (s->n < WINDOW && !s->end) {
		ssize_t got = pread(s->fd, s->bytes + s->n, WINDOW - s->n,
		    offset + (off_t)s->n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_IO;
		s->end = got == 0;
		s->n += (size_t)got;
	}
	return ERR_OK;
}

/* What the file holds from offset on: at least least bytes, unless it ends. */
static enum err look(
    struct scan *s, off_t offset, size_t least, struct span *ret)
{
	enum err e = ERR_OK;

	assert(offset >= s->at);	/* a file is read from front to back */
	if (offset > s->at + (off_t)s->n ||
	    (offset + (off_t)least > s->at + (off_t)s->n && !s->end))
		e = refill(s, offset);
	if (!e)
		*ret = span_of(s->bytes + (offset - s->at),
		    s->n - (size_t)(offset - s->at));
	return e;
}

enum err scan_record(
    struct scan *s, off_t offset, uint64_t index, struct record *ret)
{
	struct record r;
	struct span here;
	size_t n;
	enum err e = look(s, offset, RECORD_HEAD, &here);

	if (e)
		return e;
	n = here.n < RECORD_HEAD ? 0 : record_length(s->shape, here.p);
	if (n == 0)
		return ERR_CORRUPT;
	e = look(s, offset, n, &here);
	if (!e)
		e = record_parse(s->crc, s->shape, here, &r);
	if (e)
		return e;
	if (r.index != index)
		return ERR_CORRUPT;
	*ret = r;
	return ERR_OK;
}

/* Of one byte or more. */
static bool is_zero(struct span s)
{
	return s.p[0] == 0 && memcmp(s.p, s.p + 1, s.n - 1) == 0;
}

/* Is there a whole record of a later batch, beginning in the first n bytes? */
static bool has_later(
    const struct scan *s, struct span here, size_t n, uint64_t index)
{
	struct record r;
	const uint8_t *from = here.p, *end = here.p + here.n, *p;

	while ((p = memmem(from, (size_t)(end - from), RECORD_MAGIC,
	            RECORD_MAGIC_LEN)) != NULL && p < here.p + n) {
		if (!record_parse(s->crc, s->shape,
		        span_of(p, (size_t)(end - p)), &r) &&
		    r.batch > index)
			return true;
		from = p + 1;
	}
	return false;
}

enum err scan_rest(
    struct scan *s, off_t offset, uint64_t index, bool *ret_dirty)
{
	bool dirty = false;
	struct span here;

	for (;;) {
		size_t n;
		enum err e = look(s, offset, WINDOW, &here);

		if (e)
			return e;
		if (here.n == 0)
			break;
		/* a record may lie across two windows: look at them from
		 * starts that leave room for the longest */
		n = here.n < WINDOW ? here.n : here.n - RECORD_MAX;
		if (!is_zero(here)) {
			dirty = true;
			if (has_later(s, here, n, index))
				return ERR_CORRUPT;
		}
		offset += (off_t)n;
	}
	*ret_dirty = dirty;
	return ERR_OK;
}
