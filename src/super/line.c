/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <unistd.h>
#include "base/log.h"
#include "super/line.h"

#define QUEUE 65536		/* bytes the keeper may leave unread */

void line_init(struct line *l, struct loop *loop,
    const struct line_calls *calls, void *ctx)
{
	*l = (struct line){.loop = loop, .calls = calls, .ctx = ctx};
}

void line_close(struct line *l)
{
	loop_drop(l->watch);
	l->watch = NULL;
	chan_free(l->chan);
	l->chan = NULL;
	l->ready = false;
}

static enum err take_word(struct line *l, const struct msg *m)
{
	struct sibling who;
	enum err e;

	if (m->type == MSG_STOP) {
		e = sibling_unpack(m->body, &who);
		return e ? e : l->calls->stop(l->ctx, &who, m->ref);
	}
	l->ready = true;
	l->calls->ready(l->ctx);
	return ERR_OK;
}

/*
 * One datagram a turn: a keeper that was taken over and says the same for ever
 * keeps super from no child's end and from no signal. Its end shows by its
 * signal too.
 */
static void line_ready(void *ctx, unsigned bits)
{
	struct line *l = ctx;
	struct msg m;
	bool breach = false;
	enum err e;

	(void)bits;
	do {
		e = chan_get(l->chan, &m);
		if (!e)
			breach = take_word(l, &m) != ERR_OK;
	} while (!e && !breach && chan_holds(l->chan));
	if (!breach && (e == ERR_OK || e == ERR_STATE))
		return;
	line_close(l);
	if (breach || e != ERR_CLOSED) {
		log_say(LOG_ERROR, "the keeper broke the protocol");
		l->calls->broken(l->ctx);
	}
}

bool line_has_end(const struct line *l)
{
	struct pollfd p = {.fd = l->chan ? chan_fd(l->chan) : -1};

	return p.fd < 0 || (poll(&p, 1, 0) == 1 && (p.revents & POLLHUP));
}

enum err line_open(struct line *l, int fd)
{
	enum err e = chan_new(fd, MSG_SUPER, MSG_KEEPER, QUEUE, &l->chan);

	if (e) {
		(void)close(fd);
		return e;
	}
	e = loop_watch(l->loop, fd, LOOP_READ, line_ready, l, &l->watch);
	if (e)
		line_close(l);
	return e;
}

enum err line_introduce(
    struct line *l, const struct sibling *who, uint32_t turn, int fd)
{
	uint8_t body[SIBLING_SIZE];

	if (!l->chan) {
		(void)close(fd);
		return ERR_OK;
	}
	sibling_pack(who, body);
	return chan_put_fd(l->chan, MSG_CHANNEL, turn,
	    span_of(body, sizeof(body)), fd);
}

void line_flush(struct line *l)
{
	/* one that ended shows when its channel is read */
	if (l->chan && chan_flush(l->chan) == ERR_OK)
		(void)!loop_change(l->watch, LOOP_READ |
		    (chan_wants_write(l->chan) ? LOOP_WRITE : 0));
}
