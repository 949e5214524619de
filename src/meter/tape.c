/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "meter/tape.h"

#define LONGEST (COUNT_HEAD + HASH_SIZE +                                     \
	(size_t)COUNT_MOST * (COUNT_ENTRY + COUNT_CELL))
#define NEEDED (2 * LONGEST)	/* a record, and whether one stands behind it */
#define WINDOW (3 * NEEDED)

struct tape {
	int fd;			/* -1: all of it is in r */
	uint64_t size, at;	/* at: what was read of it */
	uint8_t *window;
	struct reader r;	/* what was read and not taken */
	struct span all;	/* of bytes at hand */
};

static enum err make(int fd, uint64_t size, struct tape **ret)
{
	struct tape *t = calloc(1, sizeof(*t));

	if (!t)
		return ERR_NOMEM;
	t->fd = fd;
	t->size = size;
	if (fd >= 0) {
		t->window = malloc(WINDOW);
		if (!t->window) {
			free(t);
			return ERR_NOMEM;
		}
	}
	tape_rewind(t);
	*ret = t;
	return ERR_OK;
}

enum err tape_new(int fd, uint64_t size, struct tape **ret)
{
	return make(fd, size, ret);
}

enum err tape_of(struct span bytes, struct tape **ret)
{
	enum err e = make(-1, 0, ret);

	if (!e) {
		(*ret)->all = bytes;
		tape_rewind(*ret);
	}
	return e;
}

void tape_free(struct tape *t)
{
	if (!t)
		return;
	free(t->window);
	free(t);
}

void tape_rewind(struct tape *t)
{
	t->at = 0;
	t->r = reader_of(t->fd >= 0 ? span_of(t->window, 0) : t->all);
}

/* Moves what is left to the front, and reads behind it. */
static enum err fill(struct tape *t)
{
	size_t n = reader_left(&t->r);
	enum err e = ERR_OK;

	memmove(t->window, t->r.p, n);
	while (n < WINDOW && t->at < t->size && !e) {
		size_t want = t->size - t->at < WINDOW - n ?
		    (size_t)(t->size - t->at) : WINDOW - n;
		ssize_t got = pread(
		    t->fd, t->window + n, want, (off_t)t->at);

		if (got < 0)
			e = errno == EINTR ? ERR_OK : ERR_IO;
		else if (got == 0)
			t->size = t->at;	/* shorter than it was */
		else
			n += (size_t)got;
		t->at += got > 0 ? (uint64_t)got : 0;
	}
	t->r = reader_of(span_of(t->window, n));
	return e;
}

enum err tape_next(
    struct tape *t, struct count_head *h, struct count_record *ret)
{
	enum err e = reader_left(&t->r) < NEEDED && t->at < t->size ?
	    fill(t) : ERR_OK;

	return e ? e : count_next(&t->r, h, ret);
}

bool tape_is_altered(const struct tape *t)
{
	return count_is_altered(t->r);
}
