/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/sabotage.h"
#include "msg/chan.h"
#include "msg/order.h"

/*
 * A Unix datagram is charged to the sender's buffer until it is read. The
 * kernel refuses one longer than the buffer less 32 bytes (net/unix:
 * unix_dgram_sendmsg); asking for twice the limit lets a second one leave
 * while the first is being read, where net.core.wmem_max allows it.
 */
#define KERNEL_SPARE 32
#define SOCKET_BUFFER (2 * LIMIT_DATAGRAM)

struct later {
	struct later *next;
	size_t n;
	int fd;			/* goes with it; -1: none */
	uint8_t p[];
};

struct chan {
	int fd;
	enum msg_peer us, them;
	struct order order;
	size_t most, queued;		/* bytes waiting, those of now not */
	struct later *first, **last;	/* datagrams the socket did not take */
	struct buf now;			/* the datagram being packed */
	bool takes_fds;
	int came;			/* with the last datagram; -1: none */
	struct reader in;		/* what is unread of inbox */
	struct {			/* a message that comes in parts */
		unsigned type;		/* of the whole; 0: none comes */
		uint64_t ref;
		uint32_t most;
		struct buf got;
	} joining;
	uint8_t inbox[LIMIT_DATAGRAM];
};

static void drop_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void drop_later(struct later *l)
{
	drop_fd(&l->fd);
	free(l);
}

static enum err check_socket(int fd)
{
	int type = 0, domain = 0, size = SOCKET_BUFFER;
	socklen_t n = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) != 0)
		return ERR_IO;
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) != 0)
		return ERR_IO;
	if (type != SOCK_SEQPACKET || domain != AF_UNIX)
		return ERR_SHAPE;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) != 0)
		return ERR_IO;
	/* Receiving is not charged for Unix sockets; harmless where it is. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) != 0)
		return ERR_IO;
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &n) != 0)
		return ERR_IO;
	return size >= LIMIT_DATAGRAM + KERNEL_SPARE ? ERR_OK : ERR_LIMIT;
}

enum err chan_new(int fd, enum msg_peer us, enum msg_peer them, size_t most,
    struct chan **ret)
{
	struct chan *c;
	int flags = fcntl(fd, F_GETFL);
	enum err e = check_socket(fd);

	if (e)
		return e;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return ERR_IO;
	c = calloc(1, sizeof(*c));
	if (!c)
		return ERR_NOMEM;
	c->fd = fd;
	c->us = us;
	c->them = them;
	c->most = most;
	c->came = -1;
	c->last = &c->first;
	buf_init(&c->now, LIMIT_DATAGRAM);
	c->in = reader_of(span_of(c->inbox, 0));
	*ret = c;
	return ERR_OK;
}

void chan_free(struct chan *c)
{
	struct later *next;

	if (!c)
		return;
	for (struct later *l = c->first; l; l = next) {
		next = l->next;
		drop_later(l);
	}
	drop_fd(&c->came);
	buf_release(&c->now);
	buf_release(&c->joining.got);
	(void)close(c->fd);
	free(c);
}

int chan_fd(const struct chan *c)
{
	return c->fd;
}

bool chan_wants_write(const struct chan *c)
{
	return c->first != NULL;
}

/* Moves the datagram being packed behind those that wait. */
static enum err set_aside(struct chan *c)
{
	struct later *l;

	if (c->now.n == 0)
		return ERR_OK;
	l = malloc(sizeof(*l) + c->now.n);
	if (!l)
		return ERR_NOMEM;
	l->next = NULL;
	l->n = c->now.n;
	l->fd = -1;
	memcpy(l->p, c->now.p, c->now.n);
	*c->last = l;
	c->last = &l->next;
	c->queued += l->n;
	buf_clear(&c->now);
	return ERR_OK;
}

static enum err put_one(
    struct chan *c, enum msg_type type, uint64_t ref, struct span body)
{
	size_t begun;
	enum err e = ERR_OK;

	if (c->queued + c->now.n + MSG_HEAD + body.n > c->most)
		return ERR_FULL;
	if (c->now.n + MSG_HEAD + body.n > LIMIT_DATAGRAM)
		e = set_aside(c);
	if (e)
		return e;
	begun = msg_begin(&c->now, type, ref);
	buf_put_span(&c->now, body);
	msg_end(&c->now, begun);
	e = c->now.err;
	if (e) {	/* no memory: the messages before this one stay */
		c->now.n = begun;
		c->now.err = ERR_OK;
	}
	return e;
}

/* All parts or none: there must be room for each before the first is put. */
static enum err put_parts(
    struct chan *c, enum msg_type part, uint64_t ref, struct span body)
{
	size_t parts = (body.n + MSG_PART - 1) / MSG_PART;
	enum err e = ERR_OK;
	struct buf one;

	if (c->queued + c->now.n + body.n +
	    parts * (MSG_HEAD + MSG_PART_HEAD) > c->most)
		return ERR_FULL;
	buf_init(&one, MSG_PART_HEAD + MSG_PART);
	for (size_t at = 0; at < body.n && !e; at += MSG_PART) {
		size_t left = body.n - at;

		buf_clear(&one);
		buf_put_u32(&one, (uint32_t)body.n);
		buf_put_u32(&one, (uint32_t)at);
		buf_put(&one, body.p + at, left < MSG_PART ? left : MSG_PART);
		e = one.err;
		if (!e)
			e = put_one(c, part, ref, buf_span(&one));
	}
	buf_release(&one);
	return e;
}

enum err chan_put(
    struct chan *c, enum msg_type type, uint64_t ref, struct span body)
{
	enum err e = msg_check(type, c->us, c->them, body.n);
	unsigned part = msg_part_of(type);

	if (!e)
		e = order_check(&c->order, type);
	if (e)
		return e;
	if (part && body.n > MSG_WHOLE)
		e = put_parts(c, (enum msg_type)part, ref, body);
	else
		e = put_one(c, type, ref, body);
	if (!e)
		order_said(&c->order, type);
	return e;
}

enum err chan_put_fd(struct chan *c, enum msg_type type, uint64_t ref,
    struct span body, int fd)
{
	enum err e = set_aside(c);
	struct later **before = c->last, *l;

	if (!e)
		e = chan_put(c, type, ref, body);
	if (!e)
		e = set_aside(c);
	if (e) {
		(void)close(fd);
		return e;
	}
	l = *before;
	l->fd = fd;
	return ERR_OK;
}

/* ERR_OK: gone; ERR_FULL: the socket takes no more now. */
static enum err send_one(struct chan *c, const uint8_t *p, size_t n, int fd)
{
	union {
		struct cmsghdr align;
		uint8_t room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {0};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	union {
		const uint8_t *in;
		uint8_t *out;	/* sendmsg changes nothing of it */
	} bytes = {p};
	ssize_t sent;

	iov = (struct iovec){bytes.out, n};
	if (fd >= 0) {
		m.msg_control = control.room;
		m.msg_controllen = sizeof(control.room);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	}
	do
		sent = sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return (size_t)sent == n ? ERR_OK : ERR_IO;
	/* the kernel's want of memory passes like a full socket */
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ||
	    errno == ENOMEM)
		return ERR_FULL;
	return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
}

static enum err send_waiting(struct chan *c)
{
	struct later *l;
	enum err e;

	while ((l = c->first) != NULL) {
		e = send_one(c, l->p, l->n, l->fd);
		if (e)
			return e;
		c->first = l->next;
		if (!c->first)
			c->last = &c->first;
		c->queued -= l->n;
		drop_later(l);
	}
	return ERR_OK;
}

enum err chan_flush(struct chan *c)
{
	enum err e = send_waiting(c);

	if (!e && c->now.n > 0) {
		e = send_one(c, c->now.p, c->now.n, -1);
		if (!e)
			buf_clear(&c->now);
	}
	return e == ERR_FULL ? set_aside(c) : e;
}

void chan_take_fds(struct chan *c)
{
	c->takes_fds = true;
}

int chan_fd_came(struct chan *c)
{
	int fd = c->came;

	c->came = -1;
	return fd;
}

/* Keeps the one descriptor that came. ERR_SHAPE: something else did. */
static enum err keep_fd(struct chan *c, struct msghdr *m)
{
	struct cmsghdr *h = CMSG_FIRSTHDR(m);

	if (!h)
		return ERR_OK;
	if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS ||
	    h->cmsg_len != CMSG_LEN(sizeof(int)))
		return ERR_SHAPE;
	memcpy(&c->came, CMSG_DATA(h), sizeof(c->came));
	return ERR_OK;
}

/*
 * The next datagram into the inbox. Where no descriptor is expected there is
 * no room for one, where one is there is room for one: those that do not fit
 * are closed by the kernel and show as MSG_CTRUNC.
 */
static enum err receive(struct chan *c)
{
	union {
		struct cmsghdr align;
		uint8_t room[CMSG_LEN(sizeof(int))];
	} control = {0};
	struct iovec iov = {c->inbox, sizeof(c->inbox)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	drop_fd(&c->came);
	if (c->takes_fds || SABOTAGED(DESCRIPTOR)) {
		m.msg_control = control.room;
		m.msg_controllen = sizeof(control.room);
	}

	do
		n = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return ERR_STATE;
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return ERR_CLOSED;
	if (n < 0)
		return ERR_IO;
	if (keep_fd(c, &m) || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		drop_fd(&c->came);
		return ERR_SHAPE;
	}
	c->in = reader_of(span_of(c->inbox, (size_t)n));
	return ERR_OK;
}

/* A first part: what comes, and how much of it. */
static enum err begin_joining(
    struct chan *c, const struct msg *m, uint32_t whole, uint32_t at)
{
	unsigned type = msg_whole_of(m->type);

	if (at != 0 || whole <= MSG_WHOLE ||
	    msg_check(type, c->them, c->us, whole))
		return ERR_SHAPE;
	c->joining.type = type;
	c->joining.ref = m->ref;
	c->joining.most = whole;
	buf_release(&c->joining.got);
	buf_init(&c->joining.got, whole);
	return ERR_OK;
}

/* One message as it came joins what came before. ERR_STATE: more is to come;
 * ERR_OK: *m is whole. */
static enum err join(struct chan *c, struct msg *m)
{
	struct reader r = reader_of(m->body);
	uint32_t whole, at;
	size_t left;

	if (!msg_whole_of(m->type)) {
		if (c->joining.type)
			return ERR_SHAPE;
		return msg_part_of(m->type) && m->body.n > MSG_WHOLE ?
		    ERR_SHAPE : ERR_OK;
	}
	whole = read_u32(&r);
	at = read_u32(&r);
	if (!c->joining.type && begin_joining(c, m, whole, at))
		return ERR_SHAPE;
	left = c->joining.most - c->joining.got.n;
	if (c->joining.type != msg_whole_of(m->type) ||
	    c->joining.ref != m->ref || c->joining.most != whole ||
	    c->joining.got.n != at ||
	    reader_left(&r) != (left < MSG_PART ? left : MSG_PART))
		return ERR_SHAPE;
	buf_put(&c->joining.got, r.p, reader_left(&r));
	if (c->joining.got.err)
		return c->joining.got.err;
	if (c->joining.got.n < whole)
		return ERR_STATE;
	*m = (struct msg){(enum msg_type)c->joining.type, m->ref,
	    buf_span(&c->joining.got)};
	c->joining.type = 0;
	return ERR_OK;
}

/* The next message as it came, a part perhaps. */
static enum err get_one(struct chan *c, struct msg *ret)
{
	enum err e;

	if (reader_done(&c->in)) {
		e = receive(c);
		if (e)
			return e;
	}
	return msg_next(&c->in, c->them, c->us, ret);
}

enum err chan_get(struct chan *c, struct msg *ret)
{
	enum err e, joined = ERR_OK;

	do {
		e = get_one(c, ret);
		if (e)
			joined = ERR_OK;
		else
			joined = join(c, ret);
	} while (!e && joined == ERR_STATE);
	if (e == ERR_STATE || e == ERR_CLOSED || e == ERR_IO)
		return e;
	e = e ? e : joined;
	if (!e && order_check(&c->order, ret->type))
		e = ERR_SHAPE;
	if (e)
		c->in.bad = true;	/* nothing more from this peer */
	else
		order_said(&c->order, ret->type);
	return e;
}

bool chan_holds(const struct chan *c)
{
	return !c->in.bad && c->in.p != c->in.end;
}
