/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"

struct span span_of(const void *p, size_t n)
{
	return (struct span){p, n};
}

struct span span_str(const char *text)
{
	return (struct span){(const uint8_t *)text, strlen(text)};
}

bool span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_is(struct span a, const char *text)
{
	return span_equal(a, span_str(text));
}

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->err = ERR_OK;
}

struct span buf_span(const struct buf *b)
{
	return (struct span){b->p, b->n};
}

static enum err grow(struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *p;

	if (need > b->max)
		return ERR_LIMIT;
	while (cap < need)
		cap *= 2;
	if (cap > b->max)
		cap = b->max;
	p = realloc(b->p, cap);
	if (!p)
		return ERR_NOMEM;
	b->p = p;
	b->cap = cap;
	return ERR_OK;
}

uint8_t *buf_extend(struct buf *b, size_t n)
{
	if (b->err)
		return NULL;
	if (n > b->max - b->n)
		b->err = ERR_LIMIT;
	else if (n > b->cap - b->n)
		b->err = grow(b, b->n + n);
	if (b->err)
		return NULL;
	b->n += n;
	return b->p + b->n - n;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
	uint8_t *to;

	if (n == 0)
		return;
	to = buf_extend(b, n);
	if (to)
		memcpy(to, p, n);
}

void buf_put_span(struct buf *b, struct span s)
{
	buf_put(b, s.p, s.n);
}

void buf_put_u8(struct buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

void buf_put_u16(struct buf *b, uint16_t v)
{
	uint8_t t[2];

	put_be16(t, v);
	buf_put(b, t, sizeof(t));
}

void buf_put_u32(struct buf *b, uint32_t v)
{
	uint8_t t[4];

	put_be32(t, v);
	buf_put(b, t, sizeof(t));
}

void buf_put_u64(struct buf *b, uint64_t v)
{
	uint8_t t[8];

	put_be64(t, v);
	buf_put(b, t, sizeof(t));
}

void buf_put_s16(struct buf *b, struct span s)
{
	if (s.n > UINT16_MAX) {
		b->err = b->err ? b->err : ERR_LIMIT;
		return;
	}
	buf_put_u16(b, (uint16_t)s.n);
	buf_put_span(b, s);
}

void buf_put_s32(struct buf *b, struct span s)
{
	if (s.n > UINT32_MAX) {
		b->err = b->err ? b->err : ERR_LIMIT;
		return;
	}
	buf_put_u32(b, (uint32_t)s.n);
	buf_put_span(b, s);
}

void buf_text(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *format, ...)
{
	char small[512];
	char *big = NULL;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(small, sizeof(small), format, ap);
	va_end(ap);
	if (n < 0) {
		b->err = b->err ? b->err : ERR_SHAPE;
		return;
	}
	if ((size_t)n < sizeof(small)) {
		buf_put(b, small, (size_t)n);
		return;
	}
	big = malloc((size_t)n + 1);
	if (!big) {
		b->err = b->err ? b->err : ERR_NOMEM;
		return;
	}
	va_start(ap, format);
	(void)vsnprintf(big, (size_t)n + 1, format, ap);
	va_end(ap);
	buf_put(b, big, (size_t)n);
	free(big);
}

struct reader reader_of(struct span s)
{
	/* an empty view may have no address: give both ends the same one */
	static const uint8_t nothing[1];

	if (s.n == 0)
		return (struct reader){nothing, nothing, false};
	return (struct reader){s.p, s.p + s.n, false};
}

struct span read_bytes(struct reader *r, size_t n)
{
	struct span s;

	if (r->bad || n > (size_t)(r->end - r->p)) {
		r->bad = true;
		return (struct span){r->end, 0};
	}
	s = (struct span){r->p, n};
	r->p += n;
	return s;
}

uint8_t read_u8(struct reader *r)
{
	struct span s = read_bytes(r, 1);

	return s.n ? s.p[0] : 0;
}

uint16_t read_u16(struct reader *r)
{
	struct span s = read_bytes(r, 2);

	return s.n ? get_be16(s.p) : 0;
}

uint32_t read_u32(struct reader *r)
{
	struct span s = read_bytes(r, 4);

	return s.n ? get_be32(s.p) : 0;
}

uint64_t read_u64(struct reader *r)
{
	struct span s = read_bytes(r, 8);

	return s.n ? get_be64(s.p) : 0;
}

void read_copy(struct reader *r, void *to, size_t n)
{
	struct span s = read_bytes(r, n);

	if (s.n == n && n > 0)
		memcpy(to, s.p, n);
	else
		memset(to, 0, n);
}

struct span read_s16(struct reader *r)
{
	uint16_t n = read_u16(r);

	return read_bytes(r, n);
}

struct span read_s32(struct reader *r)
{
	uint32_t n = read_u32(r);

	return read_bytes(r, n);
}

size_t reader_left(const struct reader *r)
{
	return r->bad ? 0 : (size_t)(r->end - r->p);
}

bool reader_done(const struct reader *r)
{
	return !r->bad && r->p == r->end;
}

void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, (uint16_t)(v >> 16));
	put_be16(p + 2, (uint16_t)v);
}

void put_be64(uint8_t *p, uint64_t v)
{
	put_be32(p, (uint32_t)(v >> 32));
	put_be32(p + 4, (uint32_t)v);
}

uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)get_be16(p) << 16 | get_be16(p + 2);
}

uint64_t get_be64(const uint8_t *p)
{
	return (uint64_t)get_be32(p) << 32 | get_be32(p + 4);
}
