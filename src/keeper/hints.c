/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "crypto/hash.h"
#include "keeper/hints.h"

#define BYTES 2
#define RING (HINTS_KEPT * BYTES)
#define BLOCK (HASH_SIZE / BYTES)	/* entries of one turn of the stream */
#define NOTED 4096	/* entries of one batch, at most */

/* The last block of the stream that was needed. */
struct stream {
	uint32_t month;		/* 0: none */
	uint64_t block;
	struct secret key;	/* of the month */
	uint8_t bytes[HASH_SIZE];
};

struct hints {
	int fd;
	struct stream in, out;
	uint64_t first;		/* index of the first noted */
	size_t n;		/* entries in noted */
	uint8_t noted[NOTED * BYTES];
	uint64_t read_at;	/* index of the first in page */
	size_t read_n;		/* bytes in page */
	uint8_t page[NOTED * BYTES];
};

struct hints *hints_open(const char *dir)
{
	struct hints *h = calloc(1, sizeof(*h));
	char path[PATH_MAX];

	if (!h)
		return NULL;
	h->fd = file_path(path, sizeof(path), dir, "keeper/hints") ? -1 :
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (h->fd >= 0)
		return h;
	free(h);
	return NULL;
}

void hints_close(struct hints *h)
{
	if (!h)
		return;
	(void)close(h->fd);
	secret_wipe(h, sizeof(*h));
	free(h);
}

/* The two bytes of the stream for an index. */
static uint16_t mask_of(struct stream *s, uint32_t month,
    const struct secret *month_key, uint64_t index)
{
	static const char label[] = "ecluse/hints/v1";
	uint8_t number[8];

	if (s->month != month)
		hash_hkdf_expand(month_key->key, span_str(label), s->key.key,
		    SECRET_SIZE);
	if (s->month != month || s->block != index / BLOCK) {
		put_be64(number, index / BLOCK);
		hash_hmac(span_of(s->key.key, SECRET_SIZE),
		    span_of(number, sizeof(number)), s->bytes);
	}
	s->month = month;
	s->block = index / BLOCK;
	return get_be16(s->bytes + index % BLOCK * BYTES);
}

void hints_note(struct hints *h, uint32_t month,
    const struct secret *month_key, uint64_t index, uint32_t cell)
{
	uint8_t *to;

	if (!h)
		return;
	if (h->n == 0)
		h->first = index;
	/* by distances: sums of an index may run over */
	if (index < h->first || index - h->first < h->n ||
	    index - h->first >= NOTED)
		return;
	to = h->noted + (index - h->first) * BYTES;
	memset(h->noted + h->n * BYTES, 0,
	    (index - h->first - h->n) * BYTES);
	put_be16(to, (uint16_t)(
	    cell ^ mask_of(&h->out, month, month_key, index)));
	h->n = index - h->first + 1;
}

/* A short or failed write is a hint less. */
static void put_at(struct hints *h, const uint8_t *p, size_t n, size_t at)
{
	ssize_t done = pwrite(h->fd, p, n, (off_t)at);

	(void)done;
}

void hints_write(struct hints *h)
{
	size_t at, n, until_end;
	const uint8_t *p;

	if (!h || h->n == 0)
		return;
	at = h->first * BYTES % RING;
	n = h->n * BYTES;
	until_end = RING - at;
	p = h->noted;
	if (n > until_end) {
		put_at(h, p, until_end, at);
		p += until_end;
		n -= until_end;
		at = 0;
	}
	put_at(h, p, n, at);
	h->n = 0;
}

/* Reads what lies from index on, as many as follow in the ring. */
static bool read_on(struct hints *h, uint64_t index)
{
	size_t at = index * BYTES % RING, n = sizeof(h->page);
	ssize_t got;

	if (n > RING - at)
		n = RING - at;
	got = pread(h->fd, h->page, n, (off_t)at);
	h->read_at = index;
	h->read_n = got < 0 ? 0 : (size_t)got;
	return h->read_n >= BYTES;
}

bool hints_find(struct hints *h, uint32_t month,
    const struct secret *month_key, uint64_t index, uint32_t *ret_cell)
{
	const uint8_t *p;

	if (!h)
		return false;
	if ((index < h->read_at ||
	    index - h->read_at >= h->read_n / BYTES) &&
	    !read_on(h, index))
		return false;
	p = h->page + (index - h->read_at) * BYTES;
	*ret_cell = get_be16(p) ^ mask_of(&h->in, month, month_key, index);
	return true;
}
