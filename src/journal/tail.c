/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "journal/bare.h"
#include "journal/scan.h"
#include "journal/segfile.h"
#include "journal/tail.h"

static uint64_t first_of(uint64_t index)
{
	return index - index % SEGMENT_RECORDS;
}

/* Every file that holds known records is there, and long enough. */
static enum err check_files(const struct tail_question *q)
{
	for (uint64_t first = 0; first < q->known; first += SEGMENT_RECORDS) {
		uint64_t n = q->known - first;
		int fd = segfile_descriptor(q->dir, first, O_RDONLY);
		uint64_t bare = 0;
		struct stat st;
		enum err e;

		if (fd < 0)
			return errno == ENOENT ? ERR_CORRUPT : ERR_IO;
		if (n > SEGMENT_RECORDS)
			n = SEGMENT_RECORDS;
		e = fstat(fd, &st) == 0 ?
		    bare_count(fd, first, q->shape, &bare) : ERR_IO;
		close(fd);
		if (e)
			return e;
		if (q->shape.leaf &&
		    st.st_size < bare_offset(q->shape, bare, n))
			return ERR_CORRUPT;
	}
	return ERR_OK;
}

/* Reads records of one file, from index at offset on, as long as they are
 * whole and stop is not reached. */
static enum err read_file(const struct tail_question *q, struct scan *scan,
    uint64_t stop, uint64_t *index, off_t *offset, off_t *batch)
{
	uint64_t end = first_of(*index) + SEGMENT_RECORDS;
	struct record r;
	enum err e = ERR_OK;

	if (end > stop)
		end = stop;
	while (*index < end) {
		e = scan_record(scan, *offset, *index, &r);
		if (!e)
			e = q->each(q->ctx, *index, *offset);
		if (e)
			break;
		if (r.index == r.batch)
			*batch = *offset;
		*offset += (off_t)record_taken(&r);
		(*index)++;
	}
	return e == ERR_CORRUPT ? ERR_OK : e;
}

/* What stands in a file behind offset, where the record index should be. */
static enum err inspect(const struct tail_question *q, uint64_t first,
    off_t offset, uint64_t index, bool *ret_dirty)
{
	struct scan *scan = NULL;
	int fd = segfile_descriptor(q->dir, first, O_RDONLY);
	enum err e;

	if (fd < 0)
		return errno == ENOENT ? ERR_UNKNOWN : ERR_IO;
	e = scan_new(fd, q->crc, q->shape, &scan);
	if (!e)
		e = scan_rest(scan, offset, index, ret_dirty);
	scan_free(scan);
	close(fd);
	return e;
}

/* Fills size, any, first and offset. */
static enum err walk(
    const struct tail_question *q, uint64_t from, struct tail *t)
{
	uint64_t stop = q->write ? UINT64_MAX : q->known, index = from;
	uint64_t nth = from % SEGMENT_RECORDS, bare = 0;
	off_t offset = 0;
	enum err e = ERR_OK;

	while (index < stop) {
		uint64_t first = first_of(index);
		struct scan *scan = NULL;
		int fd = segfile_descriptor(q->dir, first, O_RDONLY);

		if (fd < 0) {
			e = errno == ENOENT ? ERR_OK : ERR_IO;
			break;
		}
		if (nth > 0)
			e = bare_count(fd, first, q->shape, &bare);
		if (nth > 0)
			offset = bare_offset(q->shape, bare, nth);
		nth = 0;
		t->batch = offset;
		if (!e)
			e = scan_new(fd, q->crc, q->shape, &scan);
		if (!e)
			e = read_file(
			    q, scan, stop, &index, &offset, &t->batch);
		scan_free(scan);
		close(fd);
		t->any = true;
		t->first = first;
		t->offset = offset;
		if (index < first + SEGMENT_RECORDS)	/* or it failed */
			break;
		offset = 0;
	}
	t->size = index;
	return e;
}

/* Looks behind the tail, in its file and in those after it. */
static enum err look_behind(const struct tail_question *q, struct tail *t)
{
	uint64_t next = t->first + SEGMENT_RECORDS;
	bool dirty;
	enum err e;

	if (!t->any)	/* files are made in order: none stands alone */
		return ERR_OK;
	e = inspect(q, t->first, t->offset, t->size, &t->dirty);
	while (!e) {
		e = inspect(q, next, 0, t->size, &dirty);
		if (!e)
			t->later++;
		next += SEGMENT_RECORDS;
	}
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

enum err tail_find(const struct tail_question *q, struct tail *ret)
{
	struct tail t = {.size = 0};
	/* with sizes known, what stands below the last known record needs no
	 * reading here: the tree checks it whenever it is read */
	uint64_t from = q->shape.leaf && q->known > 0 ? q->known - 1 : 0;
	enum err e = q->write ? check_files(q) : ERR_OK;

	if (!e)
		e = walk(q, from, &t);
	if (!e && q->write && t.size < q->known)
		e = ERR_CORRUPT;
	if (!e && q->write)
		e = look_behind(q, &t);
	if (!e)
		*ret = t;
	return e;
}
