/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/file.h"
#include "journal/strip.h"
#include "journal/scan.h"
#include "journal/segfile.h"

#define NAME_SIZE 40
#define FLUSH_STEPS 4	/* between two flushes: a few megabytes */

struct strip {
	int dir, from, to;
	const struct crc *crc;
	struct record_shape shape;
	uint64_t first, end, next;
	struct scan *scan;
	off_t read, written;
	unsigned steps;
	char name[NAME_SIZE];	/* of what lies beside */
	uint8_t out[STRIP_RECORDS * (size_t)2048];
};

void strip_free(struct strip *p)
{
	if (!p)
		return;
	scan_free(p->scan);
	if (p->from >= 0)
		close(p->from);
	if (p->to >= 0) {
		close(p->to);
		(void)unlinkat(p->dir, p->name, 0);
	}
	free(p);
}

enum err strip_begin(int dir, const struct crc *crc,
    struct record_shape shape, uint64_t first, uint64_t end,
    struct strip **ret)
{
	struct strip *p = calloc(1, sizeof(*p));
	enum err e;

	if (!p)
		return ERR_NOMEM;
	*p = (struct strip){.dir = dir, .crc = crc, .shape = shape,
	    .first = first, .end = end, .next = first};
	segfile_beside(first, p->name, sizeof(p->name));
	p->from = segfile_descriptor(dir, first, O_RDONLY);
	p->to = openat(dir, p->name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	e = p->from < 0 || p->to < 0 ||
	    record_fixed_size(shape) > sizeof(p->out) / STRIP_RECORDS ?
	    ERR_IO : scan_new(p->from, crc, shape, &p->scan);
	if (e)
		strip_free(p);
	else
		*ret = p;
	return e;
}

static enum err write_out(struct strip *p, size_t n)
{
	if (file_write_at(p->to, span_of(p->out, n), p->written))
		return ERR_IO;
	p->written += (off_t)n;
	p->steps++;
	return p->steps % FLUSH_STEPS == 0 && fdatasync(p->to) != 0 ?
	    ERR_IO : ERR_OK;
}

/* Whole, and then in the place of the old one. */
static enum err finish(struct strip *p, bool *ret_done)
{
	enum err e = fdatasync(p->to) == 0 ? segfile_take_place(
	    p->dir, p->name, p->first, ret_done) : ERR_IO;

	if (*ret_done) {
		close(p->to);
		p->to = -1;
	}
	return e;
}

enum err strip_step(struct strip *p, uint64_t size, bool *ret_done)
{
	const struct record_shape bare = {p->shape.leaf, 0};
	uint64_t stop = p->first + SEGMENT_RECORDS;
	struct record r;
	size_t n = 0;
	enum err e = ERR_OK;

	if (stop > size)
		stop = size;
	*ret_done = false;
	/* the window may hold zeros where records are by now */
	scan_forget(p->scan);
	for (int i = 0; i < STRIP_RECORDS && p->next < stop; i++) {
		const struct record_shape *as;

		e = scan_record(p->scan, p->read, p->next, &r);
		if (e)
			return e;
		p->read += (off_t)record_taken(&r);
		if (p->next < p->end)
			r.side = span_of(NULL, 0);
		as = r.side.n == 0 ? &bare : &p->shape;
		record_pack(p->crc, *as, &r, p->out + n);
		n += record_size(*as, &r);
		p->next++;
	}
	assert(n > 0);	/* who is done, or failed, is not asked again */
	e = write_out(p, n);
	if (!e && p->next == stop)
		e = finish(p, ret_done);
	return e;
}
