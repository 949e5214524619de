/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "journal/segfile.h"

#define NAME_SIZE 32
#define NO_LIMIT ((off_t)1 << 50)

static ssize_t system_pwrite(
    void *ctx, int fd, const void *p, size_t n, off_t offset)
{
	(void)ctx;
	return pwrite(fd, p, n, offset);
}

static int system_fdatasync(void *ctx, int fd)
{
	(void)ctx;
	return fdatasync(fd);
}

void segfile_init(struct segfile *f, int dir, const struct segment_io *io,
    size_t each)
{
	static const struct segment_io system_io = {
	    system_pwrite, system_fdatasync, NULL};

	*f = (struct segfile){.dir = dir, .fd = -1};
	f->io = io ? *io : system_io;
	f->limit = each ? (off_t)(each * SEGMENT_RECORDS) : NO_LIMIT;
	f->ahead = (off_t)(each ? each * SEGMENT_AHEAD : SEGMENT_AHEAD_VARY);
}

void segfile_release(struct segfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

static void name_of(uint64_t first, char out[static NAME_SIZE])
{
	(void)snprintf(
	    out, NAME_SIZE, "seg-%012llu", (unsigned long long)first);
}

int segfile_descriptor(int dir, uint64_t first, int flags)
{
	char name[NAME_SIZE];

	name_of(first, name);
	return openat(dir, name, flags | O_CLOEXEC, 0600);
}

void segfile_beside(uint64_t first, char *out, size_t size)
{
	(void)snprintf(
	    out, size, "seg-%012llu.new", (unsigned long long)first);
}

enum err segfile_take_place(
    int dir, const char *beside, uint64_t first, bool *ret_taken)
{
	char name[NAME_SIZE];

	name_of(first, name);
	*ret_taken = renameat(dir, beside, dir, name) == 0;
	return *ret_taken && fsync(dir) == 0 ? ERR_OK : ERR_IO;
}

enum err segfile_remove(int dir, uint64_t first)
{
	char name[NAME_SIZE];

	name_of(first, name);
	if (unlinkat(dir, name, 0) != 0 || fsync(dir) != 0)
		return ERR_IO;
	return ERR_OK;
}

/* The first failure is final: see segment.h. */
static enum err fail(struct segfile *f)
{
	f->failed = true;
	return ERR_IO;
}

static enum err write_all(struct segfile *f, struct span s, off_t offset)
{
	while (s.n > 0) {
		ssize_t put = f->io.pwrite(
		    f->io.ctx, f->fd, s.p, s.n, offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return fail(f);
		s.p += put;
		s.n -= (size_t)put;
		offset += put;
	}
	return ERR_OK;
}

static enum err flush(struct segfile *f)
{
	return f->io.fdatasync(f->io.ctx, f->fd) == 0 ? ERR_OK : fail(f);
}

static enum err write_zeros(struct segfile *f, off_t from, off_t to)
{
	static const uint8_t zeros[65536];
	enum err e = ERR_OK;

	while (from < to && !e) {
		size_t n = (size_t)(to - from);

		if (n > sizeof(zeros))
			n = sizeof(zeros);
		e = write_all(f, span_of(zeros, n), from);
		from += (off_t)n;
	}
	return e;
}

/* Zeros up to need and a step more; the caller flushes. */
static enum err extend(struct segfile *f, off_t need)
{
	off_t to = need + f->ahead;
	enum err e;

	if (to > f->limit)
		to = f->limit;
	e = write_zeros(f, f->there, to);
	if (!e)
		f->there = to;
	return e;
}

enum err segfile_create(struct segfile *f, uint64_t first)
{
	enum err e;

	assert(!f->failed);	/* segment_append looks first */
	segfile_release(f);
	f->fd = segfile_descriptor(f->dir, first, O_RDWR | O_CREAT | O_EXCL);
	if (f->fd < 0)
		return fail(f);
	f->first = first;
	f->used = 0;
	f->there = 0;
	e = extend(f, 0);
	if (!e)
		e = flush(f);
	/* a file whose name is not on the disk holds nothing */
	if (!e && fsync(f->dir) != 0)
		e = fail(f);
	return e;
}

/* Writes again what is read there. */
static enum err renew(struct segfile *f, off_t from, off_t to)
{
	uint8_t part[16384];
	enum err e = ERR_OK;

	while (from < to && !e) {
		size_t n = (size_t)(to - from);
		ssize_t got;

		if (n > sizeof(part))
			n = sizeof(part);
		got = pread(f->fd, part, n, from);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail(f);
		e = write_all(f, span_of(part, (size_t)got), from);
		from += got;
	}
	return e;
}

enum err segfile_resume(struct segfile *f, uint64_t first, off_t doubtful,
    off_t used, bool dirty)
{
	struct stat st;
	enum err e;

	f->fd = segfile_descriptor(f->dir, first, O_RDWR);
	if (f->fd < 0 || fstat(f->fd, &st) != 0)
		return fail(f);
	f->first = first;
	f->used = used;
	f->there = st.st_size > used ? st.st_size : used;
	e = renew(f, doubtful, used);
	if (!e && dirty)
		e = write_zeros(f, used, f->there);
	if (!e && (dirty || doubtful < used))
		e = flush(f);
	if (!e && doubtful < used && fsync(f->dir) != 0)
		e = fail(f);
	return e;
}

enum err segfile_write(struct segfile *f, struct span bytes)
{
	off_t end = f->used + (off_t)bytes.n;
	enum err e = f->failed ? ERR_IO : ERR_OK;

	if (!e && end > f->there)
		e = extend(f, end);
	if (!e)
		e = write_all(f, bytes, f->used);
	if (!e)
		f->written = end;
	return e;
}

enum err segfile_landed(struct segfile *f, bool flushed)
{
	if (!flushed)
		return fail(f);
	f->used = f->written;
	return ERR_OK;
}

enum err segfile_append(struct segfile *f, struct span bytes)
{
	enum err e = segfile_write(f, bytes);

	if (!e)
		e = flush(f);
	return e ? e : segfile_landed(f, true);
}

enum err segfile_ahead(struct segfile *f)
{
	enum err e;

	if (f->failed)
		return ERR_IO;
	if (f->fd < 0 || f->there >= f->limit ||
	    f->there - f->used >= f->ahead / 2)
		return ERR_OK;
	e = extend(f, f->there);
	return e ? e : flush(f);
}
