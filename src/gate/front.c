/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/limits.h"
#include "base/log.h"
#include "gate/front.h"
#include "gate/reply.h"
#include "upstream/body.h"

/* Room for two of the longest answers: nginx asks one thing at a time. */
#define OUT_MOST (2 * LIMIT_BUNDLE + 65536)
#define OUT_KEEP 8192

struct front {
	struct front_home *home;
	struct front *prev, *next;
	int fd;
	struct loop_watch *watch;
	struct loop_timer silent;
	struct fastcgi in;
	uint64_t ref;		/* of the question that waits; 0: none */
	struct buf out;
	size_t sent;		/* bytes of out */
	bool last;		/* close when out is sent */
};

static void close_front(struct front *f)
{
	struct front_home *home = f->home;

	if (f->ref)
		home->left(home->ctx, f->ref);
	loop_timer_clear(home->loop, &f->silent);
	loop_drop(f->watch);
	(void)close(f->fd);
	if (f->prev)
		f->prev->next = f->next;
	else
		home->first = f->next;
	if (f->next)
		f->next->prev = f->prev;
	home->count--;
	fastcgi_release(&f->in);
	buf_release(&f->out);
	free(f);
}

/* Sends what there is. False: the connection is closed and f is gone. */
static bool send_out(struct front *f)
{
	enum err e;

	while (f->sent < f->out.n) {
		ssize_t n = send(f->fd, f->out.p + f->sent,
		    f->out.n - f->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n < 0) {
			close_front(f);
			return false;
		}
		f->sent += (size_t)n;
	}
	if (f->sent == f->out.n) {
		f->sent = 0;
		buf_clear(&f->out);
		if (f->out.cap > OUT_KEEP)
			buf_release(&f->out);
	}
	e = loop_change(
	    f->watch, f->out.n ? LOOP_READ | LOOP_WRITE : LOOP_READ);
	if (e || (f->last && f->out.n == 0)) {
		close_front(f);
		return false;
	}
	return true;
}

/* The answer stands in out: the next request may come. */
static bool finish(struct front *f)
{
	f->ref = 0;
	loop_timer_clear(f->home->loop, &f->silent);
	f->last = f->last || !f->in.keep || f->home->draining;
	fastcgi_next(&f->in);
	if (f->out.err) {
		close_front(f);
		return false;
	}
	return send_out(f);
}

static bool refuse(
    struct front *f, struct request_fault fault, struct span path)
{
	struct buf allow;

	buf_init(&allow, 64);
	if (fault.why == REFUSE_METHOD)
		routes_allow(f->home->rules.plane, path, &allow);
	reply_refuse(fault, buf_span(&allow), &f->out);
	buf_release(&allow);
	return finish(f);
}

void front_refuse(struct front *f, enum refuse_why why)
{
	if (f->ref)
		(void)refuse(f, (struct request_fault){.why = why},
		    span_of(NULL, 0));
}

enum err front_answer(struct front *f, const struct ask_answer *a)
{
	enum err e = reply_answer(a, &f->out);

	if (e == ERR_SHAPE)
		return e;
	(void)finish(f);
	return ERR_OK;
}

static void fell_silent(void *ctx)
{
	struct front *f = ctx;

	f->home->left(f->home->ctx, f->ref);
	front_refuse(f, REFUSE_SILENT);
}

/* nginx may be somebody else's by now: what it does a thousand times a second
 * is said once a minute. */
static void say_broken(struct front_home *home, const char *what, enum err e)
{
	if (log_often_now(&home->broken, "nginx sent what it may not"))
		log_say(LOG_WARN, "nginx sent %s: %s", what, err_text(e));
}

/*
 * nginx gave up while the request lay here (a gate that stood still, or was
 * started again after a while): nobody would hear the answer, and the person
 * would stand in the journal as read.
 */
static bool is_deserted(const struct front *f)
{
	uint8_t next;

	return recv(f->fd, &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* A whole request is in. False: f is gone. */
static bool take_request(struct front *f)
{
	struct front_home *home = f->home;
	struct ask ask = {0};
	struct request_fault fault = request_read(&home->rules, &f->in, &ask);

	if (fault.broken) {
		say_broken(home, "broken parameters", ERR_SHAPE);
		close_front(f);
		return false;
	}
	if (!fault.why && is_deserted(f)) {
		close_front(f);
		return false;
	}
	if (!fault.why)
		fault.why = home->ask(home->ctx, f, &ask, &f->ref);
	if (fault.why)
		return refuse(f, fault, ask.path);
	if (loop_timer_set(home->loop, &f->silent, FRONT_SILENT_MS)) {
		close_front(f);
		return false;
	}
	return true;
}

static void take_bytes(struct front *f, struct span in)
{
	enum fastcgi_event event;
	size_t used;
	enum err e;

	while (in.n > 0) {
		e = fastcgi_feed(&f->in, in, &used, &event);
		if (e) {
			say_broken(f->home, "broken FastCGI", e);
			close_front(f);
			return;
		}
		in = span_of(in.p + used, in.n - used);
		if (event == FASTCGI_ABORT) {
			close_front(f);
			return;
		}
		if (event == FASTCGI_REQUEST && !take_request(f))
			return;
	}
}

static void ready(void *ctx, unsigned bits)
{
	struct front *f = ctx;
	ssize_t n;

	if ((bits & LOOP_WRITE) && !send_out(f))
		return;
	if (!(bits & LOOP_READ))
		return;
	n = recv(f->fd, f->home->input, FRONT_INPUT, MSG_DONTWAIT);
	if (n > 0)
		take_bytes(f, span_of(f->home->input, (size_t)n));
	else if (n == 0 ||
	    (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
		close_front(f);
}

enum err front_open(struct front_home *home, int fd)
{
	struct front *f = calloc(1, sizeof(*f));
	enum err e = f ? ERR_OK : ERR_NOMEM;

	if (!e)
		e = loop_watch(
		    home->loop, fd, LOOP_READ, ready, f, &f->watch);
	if (e) {
		(void)close(fd);
		free(f);
		return e;
	}
	f->home = home;
	f->fd = fd;
	f->next = home->first;
	if (f->next)
		f->next->prev = f;
	home->first = f;
	home->count++;
	fastcgi_init(&f->in, body_most(home->rules.plane));
	buf_init(&f->out, OUT_MOST);
	loop_timer_init(&f->silent, fell_silent, f);
	return ERR_OK;
}

void front_refuse_all(struct front_home *home, enum refuse_why why)
{
	struct front *next;

	for (struct front *f = home->first; f; f = next) {
		next = f->next;
		front_refuse(f, why);
	}
}

void front_drain(struct front_home *home)
{
	struct front *next;

	home->draining = true;
	for (struct front *f = home->first; f; f = next) {
		next = f->next;
		if (f->out.n > 0)
			f->last = true;
		else if (f->ref == 0 && fastcgi_is_idle(&f->in))
			close_front(f);
	}
}

void front_close_all(struct front_home *home)
{
	while (home->first)
		close_front(home->first);
}
