/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "proc/loop.h"

#define EVENTS 256	/* served in one turn; the rest waits for the next */
#define HEAP_FIRST 64

struct loop_watch {
	struct loop *loop;
	struct loop_watch *prev, *next;	/* in use, or dropped this turn */
	int fd;
	unsigned bits;
	bool dropped;
	void (*ready)(void *ctx, unsigned bits);
	void *ctx;
};

struct loop {
	struct clock clock;
	int epoll, signals;	/* -1: none */
	bool stop, again;
	struct loop_watch *watches;	/* in use */
	struct loop_watch *dropped;	/* freed at the turn's end */
	struct loop_timer **heap;	/* by due_ms, places 1..timers */
	size_t timers, room;
	void (*end)(void *ctx);
	void *end_ctx;
	void (*came)(void *ctx, int number);
	void *came_ctx;
};

enum err loop_new(const struct clock *clock, struct loop **ret)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return ERR_NOMEM;
	l->clock = *clock;
	l->signals = -1;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0) {
		free(l);
		return ERR_IO;
	}
	*ret = l;
	return ERR_OK;
}

static void free_list(struct loop_watch *w)
{
	struct loop_watch *next;

	for (; w; w = next) {
		next = w->next;
		free(w);
	}
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	free_list(l->watches);
	free_list(l->dropped);
	free(l->heap);
	if (l->signals >= 0)
		(void)close(l->signals);
	(void)close(l->epoll);
	free(l);
}

/* --- descriptors --- */

static struct epoll_event event_of(struct loop_watch *w)
{
	struct epoll_event e = {.data.ptr = w};

	if (w->bits & LOOP_READ)
		e.events |= EPOLLIN;
	if (w->bits & LOOP_WRITE)
		e.events |= EPOLLOUT;
	return e;
}

enum err loop_watch(struct loop *l, int fd, unsigned bits,
    void (*ready)(void *ctx, unsigned bits), void *ctx,
    struct loop_watch **ret)
{
	struct loop_watch *w = calloc(1, sizeof(*w));
	struct epoll_event e;

	if (!w)
		return ERR_NOMEM;
	*w = (struct loop_watch){.loop = l,
	    .fd = fd,
	    .bits = bits,
	    .ready = ready,
	    .ctx = ctx,
	    .next = l->watches};
	e = event_of(w);
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) != 0) {
		free(w);
		return ERR_IO;
	}
	if (w->next)
		w->next->prev = w;
	l->watches = w;
	*ret = w;
	return ERR_OK;
}

enum err loop_change(struct loop_watch *w, unsigned bits)
{
	struct epoll_event e;

	if (w->bits == bits)
		return ERR_OK;
	w->bits = bits;
	e = event_of(w);
	if (epoll_ctl(w->loop->epoll, EPOLL_CTL_MOD, w->fd, &e) != 0)
		return ERR_IO;
	return ERR_OK;
}

/* The memory stays until the turn's end: an event may still point to it. */
void loop_drop(struct loop_watch *w)
{
	struct loop *l;

	if (!w)
		return;
	assert(!w->dropped);
	l = w->loop;
	(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	if (w->prev)
		w->prev->next = w->next;
	else
		l->watches = w->next;
	if (w->next)
		w->next->prev = w->prev;
	w->dropped = true;
	w->next = l->dropped;
	l->dropped = w;
}

static unsigned bits_of(const struct epoll_event *e, unsigned watched)
{
	unsigned bits = 0;

	if (e->events & EPOLLIN)
		bits |= LOOP_READ;
	if (e->events & EPOLLOUT)
		bits |= LOOP_WRITE;
	if (e->events & (EPOLLHUP | EPOLLERR))
		bits |= watched ? watched : LOOP_READ | LOOP_WRITE;
	return bits;
}

/* --- timers: a heap whose places are known to the timers --- */

static void place(struct loop *l, struct loop_timer *t, size_t at)
{
	l->heap[at] = t;
	t->place = at;
}

static void rise(struct loop *l, struct loop_timer *t)
{
	size_t at = t->place;

	while (at > 1 && l->heap[at / 2]->due_ms > t->due_ms) {
		place(l, l->heap[at / 2], at);
		at /= 2;
	}
	place(l, t, at);
}

static void sink(struct loop *l, struct loop_timer *t)
{
	size_t at = t->place, below;

	while ((below = 2 * at) <= l->timers) {
		if (below < l->timers &&
		    l->heap[below + 1]->due_ms < l->heap[below]->due_ms)
			below++;
		if (l->heap[below]->due_ms >= t->due_ms)
			break;
		place(l, l->heap[below], at);
		at = below;
	}
	place(l, t, at);
}

void loop_timer_init(struct loop_timer *t, void (*fire)(void *ctx), void *ctx)
{
	*t = (struct loop_timer){.fire = fire, .ctx = ctx};
}

enum err loop_room(struct loop *l, size_t timers)
{
	size_t room = l->room ? l->room : HEAP_FIRST;
	struct loop_timer **heap;

	while (timers + 1 >= room)	/* place 0 is not used */
		room *= 2;
	if (room == l->room)
		return ERR_OK;
	heap = reallocarray(l->heap, room, sizeof(*heap));
	if (!heap)
		return ERR_NOMEM;
	l->heap = heap;
	l->room = room;
	return ERR_OK;
}

static void put(struct loop *l, struct loop_timer *t, int64_t after_ms)
{
	t->due_ms = clock_boot_ms(&l->clock) + (after_ms > 1 ? after_ms : 1);
	t->place = ++l->timers;
	l->heap[t->place] = t;
	rise(l, t);
}

enum err loop_timer_set(
    struct loop *l, struct loop_timer *t, int64_t after_ms)
{
	enum err e = loop_room(l, l->timers);

	if (e)
		return e;
	loop_timer_clear(l, t);
	put(l, t, after_ms);
	return ERR_OK;
}

void loop_timer_again(
    struct loop *l, struct loop_timer *t, int64_t after_ms)
{
	assert(t->place == 0 && l->timers + 1 < l->room);
	put(l, t, after_ms);
}

void loop_timer_clear(struct loop *l, struct loop_timer *t)
{
	struct loop_timer *last;

	if (t->place == 0)
		return;
	last = l->heap[l->timers--];
	if (last != t) {
		place(l, last, t->place);
		rise(l, last);
		sink(l, last);
	}
	t->place = 0;
}

/* now is read once: a timer that sets itself again waits for the next turn. */
static void fire_due(struct loop *l)
{
	int64_t now = l->timers ? clock_boot_ms(&l->clock) : 0;
	struct loop_timer *t;

	while (l->timers > 0 && l->heap[1]->due_ms <= now) {
		t = l->heap[1];
		loop_timer_clear(l, t);
		t->fire(t->ctx);
	}
}

/* --- signals --- */

static void read_signals(void *ctx, unsigned bits)
{
	struct loop *l = ctx;
	struct signalfd_siginfo info;

	(void)bits;
	while (read(l->signals, &info, sizeof(info)) == sizeof(info))
		l->came(l->came_ctx, (int)info.ssi_signo);
}

enum err loop_signals(struct loop *l, const int *list,
    void (*came)(void *ctx, int number), void *ctx)
{
	struct loop_watch *w;
	sigset_t set;

	if (l->signals >= 0)
		return ERR_STATE;
	(void)sigemptyset(&set);
	for (; *list; list++)
		(void)sigaddset(&set, *list);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return ERR_IO;
	l->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (l->signals < 0)
		return ERR_IO;
	l->came = came;
	l->came_ctx = ctx;
	return loop_watch(l, l->signals, LOOP_READ, read_signals, l, &w);
}

/* --- turns --- */

void loop_at_end(struct loop *l, void (*end)(void *ctx), void *ctx)
{
	l->end = end;
	l->end_ctx = ctx;
}

static int wait_of(const struct loop *l, int64_t wait_ms)
{
	int64_t left;

	if (l->timers > 0) {
		left = l->heap[1]->due_ms - clock_boot_ms(&l->clock);
		left = left > 0 ? left : 0;
		if (wait_ms < 0 || left < wait_ms)
			wait_ms = left;
	}
	return wait_ms > 3600000 ? 3600000 : (int)wait_ms;
}

enum err loop_turn(struct loop *l, int64_t wait_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(l->epoll, events, EVENTS,
	    l->again ? 0 : wait_of(l, wait_ms));

	l->again = false;
	if (n < 0 && errno != EINTR)
		return ERR_IO;
	for (int i = 0; i < n; i++) {
		struct loop_watch *w = events[i].data.ptr;

		if (!w->dropped)
			w->ready(w->ctx, bits_of(&events[i], w->bits));
	}
	fire_due(l);
	if (l->end)
		l->end(l->end_ctx);
	free_list(l->dropped);
	l->dropped = NULL;
	return ERR_OK;
}

void loop_again(struct loop *l)
{
	l->again = true;
}

enum err loop_run(struct loop *l)
{
	enum err e = ERR_OK;

	while (!e && !l->stop)
		e = loop_turn(l, -1);
	l->stop = false;
	return e;
}

void loop_stop(struct loop *l)
{
	l->stop = true;
}
