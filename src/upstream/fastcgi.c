/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "upstream/fastcgi.h"

/* Record types and constants of the specification, §8. */
enum {
	BEGIN_REQUEST = 1,
	ABORT_REQUEST = 2,
	END_REQUEST = 3,
	PARAMS = 4,
	STDIN = 5,
	STDOUT = 6,
};
#define VERSION 1
#define REQUEST_ID 1
#define RESPONDER 1
#define KEEP_CONN 1
#define REQUEST_COMPLETE 0

/* Full records without padding: the longest length divisible by 8. */
#define STDOUT_MOST 65528
/* Buffers larger than this are not kept between requests. */
#define KEEP_BUFFER 8192

enum state {
	IN_BEGIN,	/* between requests */
	IN_PARAMS,
	IN_STDIN,
	IN_ANSWER,	/* complete: only an abort may come */
};

void fastcgi_init(struct fastcgi *f, size_t body_most)
{
	memset(f, 0, sizeof(*f));
	f->body_most = body_most;
	buf_init(&f->params, FASTCGI_PARAMS_MOST);
	buf_init(&f->body, body_most);
}

void fastcgi_release(struct fastcgi *f)
{
	buf_release(&f->params);
	buf_release(&f->body);
}

static void empty(struct buf *b)
{
	if (b->cap > KEEP_BUFFER)
		buf_release(b);
	buf_clear(b);
}

void fastcgi_next(struct fastcgi *f)
{
	empty(&f->params);
	empty(&f->body);
	f->body_over = false;
	f->state = IN_BEGIN;
}

bool fastcgi_is_idle(const struct fastcgi *f)
{
	return f->state == IN_BEGIN && f->head_n == 0;
}

static unsigned type_of(const struct fastcgi *f)
{
	return f->head[1];
}

/* Is this record allowed now? The table of the protocol. */
static bool allowed(unsigned state, unsigned type, size_t content)
{
	switch (state) {
	case IN_BEGIN:
		return type == BEGIN_REQUEST && content == 8;
	case IN_PARAMS:
		return type == PARAMS ||
		    (type == ABORT_REQUEST && content == 0);
	case IN_STDIN:
		return type == STDIN ||
		    (type == ABORT_REQUEST && content == 0);
	case IN_ANSWER:
		return type == ABORT_REQUEST && content == 0;
	}
	return false;
}

static enum err open_record(struct fastcgi *f)
{
	f->content = get_be16(f->head + 4);
	f->padding = f->head[6];
	if (f->head[0] != VERSION || get_be16(f->head + 2) != REQUEST_ID ||
	    f->head[7] != 0)
		return ERR_SHAPE;
	return allowed(f->state, type_of(f), f->content) ? ERR_OK : ERR_SHAPE;
}

static enum err put_body(struct fastcgi *f, struct span part)
{
	if (part.n > f->body_most - f->body.n) {
		f->body_over = true;
		part.n = f->body_most - f->body.n;
	}
	buf_put_span(&f->body, part);
	return f->body.err;
}

/* Bytes of the open record's content; all of them are there in the end. */
static enum err take_content(struct fastcgi *f, struct span part)
{
	switch (type_of(f)) {
	case BEGIN_REQUEST:
		memcpy(f->begin + 8 - f->content, part.p, part.n);
		return ERR_OK;
	case PARAMS:
		buf_put_span(&f->params, part);
		return f->params.err;
	case STDIN:
		return put_body(f, part);
	}
	return ERR_SHAPE;
}

static enum err begin_request(struct fastcgi *f)
{
	static const uint8_t reserved[5];

	if (get_be16(f->begin) != RESPONDER || f->begin[2] > KEEP_CONN ||
	    memcmp(f->begin + 3, reserved, sizeof(reserved)) != 0)
		return ERR_SHAPE;
	f->keep = f->begin[2] == KEEP_CONN;
	f->state = IN_PARAMS;
	return ERR_OK;
}

/* The record is read whole: what it changes. An empty one ends a stream. */
static enum err close_record(struct fastcgi *f, enum fastcgi_event *event)
{
	bool ends = get_be16(f->head + 4) == 0;

	f->head_n = 0;
	switch (type_of(f)) {
	case BEGIN_REQUEST:
		return begin_request(f);
	case ABORT_REQUEST:
		*event = FASTCGI_ABORT;
		return ERR_OK;
	case PARAMS:
		if (ends)
			f->state = IN_STDIN;
		return ERR_OK;
	case STDIN:
		if (ends) {
			f->state = IN_ANSWER;
			*event = FASTCGI_REQUEST;
		}
		return ERR_OK;
	}
	return ERR_SHAPE;
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

static enum err read_head(struct fastcgi *f, struct reader *r)
{
	size_t n = lesser(FASTCGI_HEAD - f->head_n, reader_left(r));

	memcpy(f->head + f->head_n, read_bytes(r, n).p, n);
	f->head_n += n;
	return f->head_n == FASTCGI_HEAD ? open_record(f) : ERR_OK;
}

static enum err read_content(struct fastcgi *f, struct reader *r)
{
	size_t n = lesser(f->content, reader_left(r));
	enum err e = n ? take_content(f, read_bytes(r, n)) : ERR_OK;

	f->content -= n;
	n = lesser(f->padding, reader_left(r));
	(void)read_bytes(r, n);
	f->padding -= n;
	return e;
}

enum err fastcgi_feed(struct fastcgi *f, struct span in, size_t *ret_used,
    enum fastcgi_event *ret)
{
	struct reader r = reader_of(in);
	enum fastcgi_event event = FASTCGI_MORE;
	enum err e = ERR_OK;

	while (!e && event == FASTCGI_MORE && reader_left(&r) > 0) {
		if (f->head_n < FASTCGI_HEAD)
			e = read_head(f, &r);
		if (!e && f->head_n == FASTCGI_HEAD)
			e = read_content(f, &r);
		if (!e && f->head_n == FASTCGI_HEAD && f->content == 0 &&
		    f->padding == 0)
			e = close_record(f, &event);
	}
	if (e)
		return e;
	*ret_used = in.n - reader_left(&r);
	*ret = event;
	return ERR_OK;
}

/* §3.4: one byte, or four with the top bit set. */
static size_t read_length(struct reader *r)
{
	size_t n = read_u8(r);

	if (n < 0x80)
		return n;
	n = (n & 0x7f) << 24;
	n |= (size_t)read_u8(r) << 16;
	return n | read_u16(r);
}

enum err fastcgi_param(
    struct reader *r, struct span *ret_name, struct span *ret_value)
{
	size_t name_n, value_n;
	struct span name, value;

	if (reader_done(r))
		return ERR_CLOSED;
	name_n = read_length(r);
	value_n = read_length(r);
	name = read_bytes(r, name_n);
	value = read_bytes(r, value_n);
	if (r->bad)
		return ERR_SHAPE;
	*ret_name = name;
	*ret_value = value;
	return ERR_OK;
}

static void record(struct buf *out, unsigned type, struct span content)
{
	buf_put_u8(out, VERSION);
	buf_put_u8(out, (uint8_t)type);
	buf_put_u16(out, REQUEST_ID);
	buf_put_u16(out, (uint16_t)content.n);
	buf_put_u16(out, 0);	/* no padding; reserved */
	buf_put_span(out, content);
}

static void stream(struct buf *out, struct span s)
{
	while (s.n > 0) {
		size_t n = lesser(s.n, STDOUT_MOST);

		record(out, STDOUT, span_of(s.p, n));
		s = span_of(s.p + n, s.n - n);
	}
}

void fastcgi_reply(struct span head, struct span body, struct buf *out)
{
	static const uint8_t end[8] = {0, 0, 0, 0, REQUEST_COMPLETE, 0, 0, 0};

	stream(out, head);
	stream(out, body);
	record(out, STDOUT, span_of(end, 0));
	record(out, END_REQUEST, span_of(end, sizeof(end)));
}
