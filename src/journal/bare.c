/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>
#include "journal/bare.h"
#include "journal/segment.h"

static size_t bare_size(struct record_shape shape)
{
	return RECORD_HEAD + (size_t)shape.leaf;
}

/* Does the bare record index stand at offset? */
static enum err stands(int fd, off_t offset, struct record_shape shape,
    uint64_t index, bool *ret)
{
	uint8_t head[RECORD_HEAD];
	ssize_t got;

	do
		got = pread(fd, head, sizeof(head), offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return ERR_IO;
	*ret = got == (ssize_t)sizeof(head) &&
	    record_length(shape, head) == bare_size(shape) &&
	    get_be64(head + 12) == index;
	return ERR_OK;
}

enum err bare_count(
    int fd, uint64_t first, struct record_shape shape, uint64_t *ret)
{
	uint64_t low = 0, high = SEGMENT_RECORDS;

	if (shape.leaf == 0 || shape.side == 0)
		high = 0;
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		bool is = false;
		enum err e = stands(fd, (off_t)(mid * bare_size(shape)),
		    shape, first + mid, &is);

		if (e)
			return e;
		if (is)
			low = mid + 1;
		else
			high = mid;
	}
	*ret = low;
	return ERR_OK;
}

off_t bare_offset(struct record_shape shape, uint64_t bare, uint64_t nth)
{
	size_t least = bare_size(shape), each = record_fixed_size(shape);

	return (off_t)(nth < bare ? nth * least :
	    bare * least + (nth - bare) * each);
}
