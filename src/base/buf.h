/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes: a view (span), a bounded growing buffer (buf), and a cursor that
 * reads typed values to the last byte (reader). All integers on our wires and
 * in our files are big-endian.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* A view of bytes somebody else owns. */
struct span {
	const uint8_t *p;
	size_t n;
};

struct span span_of(const void *p, size_t n);
struct span span_str(const char *text);	/* without the NUL */
bool span_equal(struct span a, struct span b);	/* not constant time */
bool span_is(struct span a, const char *text);

/*
 * A growing buffer that never exceeds max bytes. The first failure (limit or
 * memory) sticks in err, later puts do nothing: check err once at the end.
 */
struct buf {
	uint8_t *p;
	size_t n, cap, max;
	enum err err;
};

void buf_init(struct buf *b, size_t max);	/* no allocation */
void buf_release(struct buf *b);		/* frees; b may be used again */
void buf_clear(struct buf *b);			/* n = 0, err = ERR_OK */
struct span buf_span(const struct buf *b);
/* Room for n more bytes at the end, counted in; NULL if there is none. */
uint8_t *buf_extend(struct buf *b, size_t n);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_put_span(struct buf *b, struct span s);
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u16(struct buf *b, uint16_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
/* A 16-bit (32-bit) length, then the bytes; longer ones set ERR_LIMIT. */
void buf_put_s16(struct buf *b, struct span s);
void buf_put_s32(struct buf *b, struct span s);
/* Text; printf without NUL in the buffer. */
void buf_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A cursor. Reading past the end sets bad, gives zeros and empty spans, and
 * stays bad. reader_done: not bad and every byte was read.
 */
struct reader {
	const uint8_t *p, *end;
	bool bad;
};

struct reader reader_of(struct span s);
uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
struct span read_bytes(struct reader *r, size_t n);
void read_copy(struct reader *r, void *to, size_t n);	/* zeros if short */
struct span read_s16(struct reader *r);
struct span read_s32(struct reader *r);
size_t reader_left(const struct reader *r);
bool reader_done(const struct reader *r);

/* The same integers at a fixed place. */
void put_be16(uint8_t *p, uint16_t v);
void put_be32(uint8_t *p, uint32_t v);
void put_be64(uint8_t *p, uint64_t v);
uint16_t get_be16(const uint8_t *p);
uint32_t get_be32(const uint8_t *p);
uint64_t get_be64(const uint8_t *p);
