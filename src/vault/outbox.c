/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>
#include "vault/outbox.h"

#define MESSAGES_MOST 1024	/* and a datagram of bytes, before a flush */
#define BYTES_MOST (64u << 20)	/* as the channel: a feed's words, which no
				 * room holds back */

void outbox_init(struct outbox *o, struct aside *flusher)
{
	*o = (struct outbox){.flusher = flusher};
	buf_init(&o->said.bytes, BYTES_MOST);
	buf_init(&o->landing.bytes, BYTES_MOST);
}

enum err outbox_release(struct outbox *o)
{
	enum err e = ERR_OK;

	if (outbox_is_landing(o))
		e = lock_flushed(o->lock, aside_wait(o->flusher));
	buf_release(&o->said.bytes);
	buf_release(&o->landing.bytes);
	return e;
}

bool outbox_has_room(const struct outbox *o)
{
	return o->said.count < MESSAGES_MOST &&
	    o->said.bytes.n < LIMIT_DATAGRAM;
}

enum err outbox_put(struct outbox *o, enum msg_type type, uint64_t ref,
    struct span body)
{
	struct buf *b = &o->said.bytes;

	buf_put_u16(b, (uint16_t)type);
	buf_put_u64(b, ref);
	buf_put_s32(b, body);
	o->said.count++;
	return b->err;
}

static enum err send(struct outbox_words *w, struct chan *c)
{
	struct reader r = reader_of(buf_span(&w->bytes));
	enum err e = ERR_OK;

	while (reader_left(&r) > 0 && !e) {
		enum msg_type type = (enum msg_type)read_u16(&r);
		uint64_t ref = read_u64(&r);

		e = chan_put(c, type, ref, read_s32(&r));
	}
	w->count = 0;
	buf_clear(&w->bytes);
	return e;
}

bool outbox_is_landing(const struct outbox *o)
{
	return o->flusher && aside_is_busy(o->flusher);
}

enum err outbox_land(struct outbox *o, struct chan *c)
{
	enum err e;

	if (!outbox_is_landing(o) || !aside_is_over(o->flusher))
		return ERR_OK;
	e = lock_flushed(o->lock, aside_wait(o->flusher));
	return e ? e : send(&o->landing, c);
}

static enum err flush(const void *fd)
{
	return fdatasync(*(const int *)fd) == 0 ? ERR_OK : ERR_IO;
}

static void begin(struct outbox *o, int fd)
{
	struct outbox_words empty = o->landing;

	o->landing = o->said;
	o->said = empty;
	o->landing_fd = fd;
	aside_begin(o->flusher, flush, &o->landing_fd);
}

enum err outbox_settle(struct outbox *o, struct chan *c)
{
	int fd = -1;
	enum err e;

	if (outbox_is_landing(o))
		return ERR_OK;
	e = o->flusher ? lock_put(o->lock, &fd) : lock_write(o->lock);
	if (e)
		return e;
	if (fd < 0)
		return send(&o->said, c);
	begin(o, fd);
	return ERR_OK;
}
