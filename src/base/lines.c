/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/lines.h"

#define READ_SIZE 65536

/* Reads one block behind the window, moved to the front first. */
static enum err fill(struct lines *l)
{
	ssize_t got;

	memmove(l->window, l->window + l->start, l->end - l->start);
	l->end -= l->start;
	l->start = 0;
	do {
		got = read(l->fd, l->window + l->end, l->size - l->end);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return ERR_IO;
	l->at_end = got == 0;
	l->end += (size_t)got;
	l->read += (uint64_t)got;
	return ERR_OK;
}

enum err lines_open(struct lines *l, const char *path, size_t max)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO :
	    open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? ERR_UNKNOWN : ERR_IO;
	/* room for a longest line, its CR LF, and a block behind it */
	*l = (struct lines){.fd = fd, .max = max, .size = max + 2 + READ_SIZE};
	l->window = malloc(l->size);
	if (!l->window || fill(l)) {
		enum err e = l->window ? ERR_IO : ERR_NOMEM;

		lines_close(l);
		return e;
	}
	if (l->end >= 3 && memcmp(l->window, "\xef\xbb\xbf", 3) == 0)
		l->start = 3;
	return ERR_OK;
}

void lines_close(struct lines *l)
{
	if (l->window)
		explicit_bzero(l->window, l->size);
	free(l->window);
	if (l->fd > STDIN_FILENO)
		close(l->fd);
	*l = (struct lines){.fd = -1};
}

/* Drops bytes up to and with the next LF. */
static enum err skip_line(struct lines *l)
{
	for (;;) {
		char *lf = memchr(
		    l->window + l->start, '\n', l->end - l->start);
		enum err e;

		if (lf) {
			l->start = (size_t)(lf + 1 - l->window);
			return ERR_LIMIT;
		}
		l->start = l->end;
		if (l->at_end)
			return ERR_LIMIT;
		e = fill(l);
		if (e)
			return e;
	}
}

/* Hands out n bytes at the start; taken counts their line end too. */
static enum err hand_out(
    struct lines *l, size_t n, size_t taken, char **ret, size_t *ret_n)
{
	char *line = l->window + l->start;

	if (n > 0 && line[n - 1] == '\r')
		n--;
	l->start += taken;
	if (n > l->max)
		return ERR_LIMIT;
	*ret = line;
	*ret_n = n;
	return ERR_OK;
}

enum err lines_next(struct lines *l, char **ret, size_t *ret_n)
{
	l->number++;
	for (;;) {
		size_t have = l->end - l->start;
		char *lf = memchr(l->window + l->start, '\n', have);
		enum err e;

		if (lf) {
			size_t n = (size_t)(lf - l->window) - l->start;

			return hand_out(l, n, n + 1, ret, ret_n);
		}
		if (have > l->max + 1)
			return skip_line(l);
		if (l->at_end) {
			if (have > 0)
				return hand_out(l, have, have, ret, ret_n);
			l->number--;
			return ERR_CLOSED;
		}
		e = fill(l);
		if (e)
			return e;
	}
}
