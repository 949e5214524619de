/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
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
	uint64_t released, size, marked;
	uint8_t settled[OUTSTANDING_MOST];	/* ring by index */
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
	o->released = o->size = size;
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

enum err outstanding_add(struct outstanding *o, uint64_t first, uint64_t n)
{
	if (first != o->size)
		return ERR_STATE;
	if (o->size + n - o->released > OUTSTANDING_MOST)
		return ERR_FULL;
	for (uint64_t i = first; i < first + n; i++)
		o->settled[i % OUTSTANDING_MOST] = 0;
	o->size += n;
	return ERR_OK;
}

void outstanding_settle(struct outstanding *o, uint64_t index)
{
	if (index < o->released || index >= o->size)
		return;
	o->settled[index % OUTSTANDING_MOST] = 1;
	while (o->released < o->size &&
	    o->settled[o->released % OUTSTANDING_MOST])
		o->released++;
}

uint64_t outstanding_released(const struct outstanding *o)
{
	return o->released;
}

void outstanding_mark(struct outstanding *o)
{
	uint8_t out[OUTSTANDING_FILE];

	if (o->marked == o->released && o->released != 0)
		return;
	put_be64(out, o->released);
	put_be64(out + 8, ~o->released);
	if (pwrite(o->fd, out, sizeof(out), 0) == sizeof(out))
		o->marked = o->released;
}
