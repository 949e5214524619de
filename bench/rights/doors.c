/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "lib/must.h"
#include "lib/watch.h"
#include "rights/doors.h"
#include "rights/reply.h"

#define EVENTS 64
#define WAIT_MS 20000
#define ROOM 8192	/* of an answer: a checkpoint is short */

struct visit {
	struct tls *tls;	/* NULL: none */
	bool asked;
	double from_us;
	size_t n;
	uint8_t in[ROOM];
};

struct run {
	const struct doors *d;
	struct doors_result *result;
	struct span request;
	int epoll;
	size_t begun, open;
};

static void begin(struct run *r, struct visit *v)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
	    .data = {.ptr = v}};

	if (r->begun == r->d->count)
		return;
	r->begun++;
	r->open++;
	v->from_us = watch_wall_us();
	v->asked = false;
	v->n = 0;
	v->tls = tls_begin(r->d->door);
	must_true(epoll_ctl(r->epoll, EPOLL_CTL_ADD, tls_fd(v->tls),
	    &e) == 0, "epoll");
}

static void end(struct run *r, struct visit *v, bool good)
{
	if (good)
		r->result->opened++;
	else
		r->result->refused++;
	spread_put(&r->result->us, watch_wall_us() - v->from_us);
	tls_close(v->tls);
	v->tls = NULL;
	r->open--;
	begin(r, v);
}

/* ERR_STATE: the socket shall say when it goes on. */
static enum err go_on(struct run *r, struct visit *v, bool *ret_good)
{
	struct reply reply;
	enum err e = ERR_OK;
	size_t n = 0;

	if (!v->asked)
		e = tls_send(v->tls, r->request);
	v->asked |= !e;
	while (!e) {
		e = tls_take(v->tls, v->in + v->n, ROOM - v->n, &n);
		if (e)
			break;
		v->n += n;
		e = reply_parse(span_of(v->in, v->n), &reply);
		if (!e) {
			*ret_good = reply.status == 200;
			return ERR_OK;
		}
		e = e == ERR_STATE && v->n < ROOM ? ERR_OK : ERR_LIMIT;
	}
	return e;
}

static void serve(struct run *r, struct visit *v)
{
	bool good = false;
	enum err e = v->tls ? go_on(r, v, &good) : ERR_STATE;

	if (e != ERR_STATE)
		end(r, v, !e && good);
}

void doors_run(const struct doors *d, struct doors_result *ret)
{
	struct visit *visits = calloc(d->together, sizeof(*visits));
	struct epoll_event events[EVENTS];
	char request[512];
	int n = snprintf(request, sizeof(request), "GET /journal/checkpoint "
	    "HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
	    d->authority);
	struct run r = {.d = d, .result = ret,
	    .epoll = epoll_create1(EPOLL_CLOEXEC)};
	double from = watch_wall_us();

	must_true(visits && r.epoll >= 0 && n < (int)sizeof(request), "doors");
	r.request = span_of(request, (size_t)n);
	*ret = (struct doors_result){0};
	spread_init(&ret->us, d->count);
	for (unsigned i = 0; i < d->together; i++)
		begin(&r, &visits[i]);
	while (r.open > 0) {
		n = epoll_wait(r.epoll, events, EVENTS, WAIT_MS);
		must_true(n > 0, "no answer comes any more");
		for (int i = 0; i < n; i++)
			serve(&r, events[i].data.ptr);
	}
	ret->seconds = (watch_wall_us() - from) / 1e6;
	free(visits);
	(void)close(r.epoll);
}
