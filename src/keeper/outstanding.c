/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "keeper/outstanding.h"

/* The file: the mark, and the mark again inverted, so that a torn write is
 * seen for what it is. */
#define OUTSTANDING_FILE 16

struct outstanding {
	int fd;
	uint64_t size, marked;
	/* Entries from the first that is owed on, rising; others among them are
	 * settled, until their places are needed. */
	size_t first, end;
	uint64_t index[OUTSTANDING_MOST];
	bool settled[OUTSTANDING_MOST];
};

enum err outstanding_open(
    const char *path, uint64_t size, struct outstanding **ret)
{
	struct outstanding *o = calloc(1, sizeof(*o));

	if (!o)
		return ERR_NOMEM;
	o->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (o->fd < 0) {
		free(o);
		return ERR_IO;
	}
	o->size = size;
	outstanding_mark(o);
	*ret = o;
	return ERR_OK;
}

void outstanding_close(struct outstanding *o)
{
	if (!o)
		return;
	close(o->fd);
	free(o);
}

uint64_t outstanding_read(const char *path)
{
	uint8_t in[OUTSTANDING_FILE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, in, sizeof(in));
	close(fd);
	if (n != sizeof(in) || get_be64(in) != ~get_be64(in + 8))
		return 0;
	return get_be64(in);
}

static void put(struct outstanding *o, uint64_t index)
{
	o->index[o->end] = index;
	o->settled[o->end++] = false;
}

/* Those that are settled give up their places. */
static void squeeze(struct outstanding *o)
{
	size_t end = o->end;

	o->end = 0;
	for (size_t i = o->first; i < end; i++)
		if (!o->settled[i])
			put(o, o->index[i]);
	o->first = 0;
}

enum err outstanding_add(struct outstanding *o, uint64_t first, uint64_t n)
{
	if (first != o->size)
		return ERR_STATE;
	if (n > OUTSTANDING_MOST - o->end)
		squeeze(o);
	if (n > OUTSTANDING_MOST - o->end)
		return ERR_FULL;
	for (uint64_t i = first; i < first + n; i++)
		put(o, i);
	o->size += n;
	return ERR_OK;
}

/* The place of an entry, or of the first behind it. */
static size_t place_of(const struct outstanding *o, uint64_t index)
{
	size_t low = o->first, high = o->end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (o->index[mid] < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void outstanding_settle(struct outstanding *o, uint64_t index)
{
	size_t at = place_of(o, index);

	if (at == o->end || o->index[at] != index)
		return;
	o->settled[at] = true;
	while (o->first < o->end && o->settled[o->first])
		o->first++;
	if (o->first == o->end)
		o->first = o->end = 0;
}

uint64_t outstanding_released(const struct outstanding *o)
{
	return o->first < o->end ? o->index[o->first] : o->size;
}

void outstanding_mark(struct outstanding *o)
{
	uint64_t released = outstanding_released(o);
	uint8_t out[OUTSTANDING_FILE];

	if (o->marked == released && released != 0)
		return;
	put_be64(out, released);
	put_be64(out + 8, ~released);
	if (pwrite(o->fd, out, sizeof(out), 0) == sizeof(out))
		o->marked = released;
}
