/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "rights/run.h"

static uint64_t head_of(const uint8_t *tag)
{
	return get_be64(tag);
}

/* A file that nobody else can open, and that no crash leaves behind. */
static int nameless(const char *folder)
{
	char path[4096];
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	if (snprintf(path, sizeof(path), "%s/run.XXXXXX", folder) >=
	    (int)sizeof(path))
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

enum err run_new(const char *folder, uint64_t most, struct run **ret)
{
	struct run *r = calloc(1, sizeof(*r));
	enum err e;

	if (!r)
		return ERR_NOMEM;
	r->fd = nameless(folder);
	r->index = calloc(most / RUN_STEP + 1, sizeof(*r->index));
	e = sieve_new(most, &r->sieve);
	if (r->fd < 0)
		e = ERR_IO;
	else if (!r->index)
		e = ERR_NOMEM;
	if (e) {
		run_free(r);
		return e;
	}
	*ret = r;
	return ERR_OK;
}

void run_free(struct run *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		(void)close(r->fd);
	sieve_release(&r->sieve);
	free(r->index);
	free(r);
}

enum err run_open(struct run *r, struct run_pen *ret)
{
	*ret = (struct run_pen){.run = r};
	ret->window = calloc(RUN_WINDOW, sizeof(*ret->window));
	return ret->window ? ERR_OK : ERR_NOMEM;
}

void run_close(struct run_pen *p)
{
	free(p->window);
	*p = (struct run_pen){NULL};
}

static enum err read_all(int fd, void *to, size_t n, off_t at)
{
	uint8_t *p = to;

	while (n > 0) {
		ssize_t some = pread(fd, p, n, at);

		if (some < 0 && errno == EINTR)
			continue;
		if (some <= 0)
			return ERR_IO;
		p += some;
		at += some;
		n -= (size_t)some;
	}
	return ERR_OK;
}

static off_t place(uint64_t nth)
{
	return (off_t)(nth * sizeof(struct fresh_entry));
}

enum err run_end(struct run_pen *p)
{
	enum err e = file_write_at(p->run->fd,
	    span_of(p->window, p->n * sizeof(p->window[0])), place(p->done));

	if (e)
		return e;
	p->done += p->n;
	p->n = 0;
	return ERR_OK;
}

enum err run_put(struct run_pen *p, const struct fresh_entry *e)
{
	struct run *r = p->run;

	if (r->count % RUN_STEP == 0)
		r->index[r->index_count++] = head_of(e->tag);
	sieve_add(&r->sieve, span_of(e->tag, e->n));
	r->count++;
	p->window[p->n++] = *e;
	return p->n == RUN_WINDOW ? run_end(p) : ERR_OK;
}

enum err run_look(struct run_pen *p, const struct fresh_entry **ret)
{
	uint64_t left = p->run->count - p->done;
	enum err e = ERR_OK;

	if (p->at == p->n && left > 0) {
		p->n = left < RUN_WINDOW ? (size_t)left : RUN_WINDOW;
		p->at = 0;
		e = read_all(p->run->fd, p->window,
		    p->n * sizeof(p->window[0]), place(p->done));
		p->done += p->n;
	}
	*ret = p->at < p->n ? &p->window[p->at] : NULL;
	return e;
}

void run_pass(struct run_pen *p)
{
	p->at++;
}

/* The first kept tag that is not below head: what we look for stands in the
 * stretch before it, or in those that begin with the same eight bytes. */
static size_t stretch(const struct run *r, uint64_t head)
{
	size_t low = 0, high = r->index_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->index[mid] < head)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 ? low - 1 : 0;
}

static enum err search(const struct run *r, size_t nth, struct span tag,
    int64_t *ret, bool *ret_more)
{
	struct fresh_entry some[RUN_STEP];
	uint64_t from = (uint64_t)nth * RUN_STEP;
	size_t n = r->count - from < RUN_STEP ? (size_t)(r->count - from) :
	    RUN_STEP;
	enum err e = read_all(r->fd, some, n * sizeof(some[0]), place(from));

	for (size_t i = 0; i < n && !e; i++) {
		int c = fresh_order(&some[i], tag);

		if (c >= 0) {
			*ret = c == 0 ? some[i].person : 0;
			*ret_more = false;
			return ERR_OK;
		}
	}
	return e;
}

void run_expect(const struct run *r, struct span tag)
{
	sieve_expect(&r->sieve, tag);
}

enum err run_find(const struct run *r, struct span tag, int64_t *ret_person)
{
	uint8_t padded[RIGHTS_TAG] = {0};
	bool more = true;
	enum err e = ERR_OK;

	*ret_person = 0;
	if (r->count == 0 || !sieve_has(&r->sieve, tag))
		return ERR_OK;
	memcpy(padded, tag.p, tag.n);
	for (size_t i = stretch(r, head_of(padded));
	     i < r->index_count && more && !e; i++)
		e = search(r, i, tag, ret_person, &more);
	return e;
}
