/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include "lib/must.h"
#include "lib/watch.h"
#include "rights/load.h"
#include "rights/pace.h"

#define EVENTS 64
#define WAIT_US 20e6	/* an answer that takes longer is lost */

/* A connection and the question that is under way on it. */
struct line {
	struct tls *tls;
	const struct post *post;	/* NULL: none */
	size_t nth, n;
	double from_us;
	bool blocked;		/* waits to send, not to read */
	uint8_t in[REPLY_MOST];
};

struct run {
	const struct load *load;
	struct load_result *result;
	int epoll;
	size_t asked, open;	/* open: questions under way */
	double begun_us, until_us;
	struct pace pace;
	struct line **idle;	/* at a pace: who has nothing to ask yet */
	size_t idle_count;
};

static void watch(struct run *r, struct line *l, int how)
{
	struct epoll_event e = {.events = l->blocked ? EPOLLOUT : EPOLLIN,
	    .data = {.ptr = l}};

	must_true(epoll_ctl(r->epoll, how, tls_fd(l->tls), &e) == 0, "epoll");
}

/* The connection is of no more use; a question under way on it is lost. */
static void lose(struct run *r, struct line *l)
{
	if (l->post) {
		r->result->lost++;
		r->open--;
	}
	l->post = NULL;
	tls_close(l->tls);
	l->tls = NULL;
}

static void send_post(struct run *r, struct line *l)
{
	enum err e = tls_send(l->tls, buf_span(&l->post->bytes));
	bool blocked = e == ERR_STATE;

	if (e && !blocked) {
		lose(r, l);
	} else if (blocked != l->blocked) {
		l->blocked = blocked;
		watch(r, l, EPOLL_CTL_MOD);
	}
}

static bool is_over(const struct run *r)
{
	return r->asked == r->load->questions ||
	    (r->until_us > 0 && watch_wall_us() > r->until_us);
}

static bool is_paced(const struct run *r)
{
	return r->load->per_second > 0;
}

static void ask(struct run *r, struct line *l)
{
	const struct load *load = r->load;

	l->nth = r->asked++;
	l->n = 0;
	l->post = load->next(load->ctx, l->nth);
	r->open++;
	l->from_us = watch_wall_us();
	if (is_paced(r)) {
		l->from_us = r->begun_us + r->pace.due_us;
		pace_advance(&r->pace);
	}
	send_post(r, l);
}

/* Microseconds until the next question may be asked; 0: now. */
static double wait_us(const struct run *r)
{
	double due = r->begun_us + r->pace.due_us - watch_wall_us();

	return is_paced(r) && due > 0 ? due : 0;
}

static void ask_next(struct run *r, struct line *l)
{
	l->post = NULL;
	if (is_over(r))
		return;
	if (wait_us(r) > 0)
		r->idle[r->idle_count++] = l;
	else
		ask(r, l);
}

/* Those that are due, as long as a connection is free. */
static void ask_due(struct run *r)
{
	while (r->idle_count > 0 && !is_over(r) && wait_us(r) <= 0)
		ask(r, r->idle[--r->idle_count]);
}

static void finish(struct run *r, struct line *l, const struct reply *reply)
{
	spread_put(&r->result->us, watch_wall_us() - l->from_us);
	r->result->answered++;
	r->open--;
	if (!r->load->judge(r->load->ctx, l->nth, reply))
		r->result->wrong++;
	ask_next(r, l);
}

static void take(struct run *r, struct line *l)
{
	struct reply reply;
	size_t n = 0;
	enum err e = tls_take(
	    l->tls, l->in + l->n, sizeof(l->in) - l->n, &n);

	if (e == ERR_STATE)
		return;
	if (!e) {
		l->n += n;
		e = reply_parse(span_of(l->in, l->n), &reply);
	}
	if (e == ERR_STATE)
		return;
	if (e || !l->post)
		lose(r, l);
	else
		finish(r, l, &reply);
}

static void go_on(struct run *r, struct line *l)
{
	if (!l->tls)
		return;
	if (l->blocked)
		send_post(r, l);
	else
		take(r, l);
}

static void turn(struct run *r)
{
	struct epoll_event events[EVENTS];
	bool due = r->idle_count > 0 && !is_over(r);
	double us = due ? wait_us(r) : WAIT_US;
	struct timespec t = {.tv_sec = (time_t)(us / 1e6)};
	int n;

	t.tv_nsec = (long)((us - (double)t.tv_sec * 1e6) * 1e3);
	n = epoll_pwait2(r->epoll, events, EVENTS, &t, NULL);
	must_true(n >= 0, "epoll_pwait2");
	must_true(n > 0 || due, "no answer comes any more");
	for (int i = 0; i < n; i++)
		go_on(r, events[i].data.ptr);
	ask_due(r);
}

static struct line *open_lines(struct run *r)
{
	struct line *lines = calloc(r->load->connections, sizeof(*lines));

	must_true(lines != NULL, "no memory");
	for (unsigned i = 0; i < r->load->connections; i++) {
		lines[i].tls = tls_open(r->load->door);
		watch(r, &lines[i], EPOLL_CTL_ADD);
	}
	return lines;
}

void load_run(const struct load *l, struct load_result *ret)
{
	struct run r = {.load = l, .result = ret,
	    .epoll = epoll_create1(EPOLL_CLOEXEC)};
	struct line *lines;

	must_true(r.epoll >= 0, "epoll");
	*ret = (struct load_result){0};
	spread_init(&ret->us, l->questions);
	lines = open_lines(&r);
	r.idle = calloc(l->connections, sizeof(struct line *));
	must_true(r.idle != NULL, "no memory");
	pace_start(&r.pace, l->per_second, l->seed);
	l->begin(l->ctx);
	r.begun_us = watch_wall_us();
	r.until_us = l->seconds > 0 ? r.begun_us + l->seconds * 1e6 : 0;
	for (unsigned i = 0; i < l->connections; i++)
		ask_next(&r, &lines[i]);
	while (r.open > 0 || (r.idle_count > 0 && !is_over(&r)))
		turn(&r);
	ret->seconds = (watch_wall_us() - r.begun_us) / 1e6;
	for (unsigned i = 0; i < l->connections; i++)
		tls_close(lines[i].tls);
	free(r.idle);
	free(lines);
	(void)close(r.epoll);
}
