/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/log.h"
#include "gate/front.h"
#include "gate/gate.h"
#include "gate/pending.h"
#include "msg/chan.h"
#include "proc/door.h"
#include "proc/harden.h"

#define DRAIN_MS 5000
/* Connections: nginx opens one for each question that waits. */
#define FRONTS (PENDING_MOST + 64)
#define OTHER_FDS 16
/* Questions that the keeper has not read yet: 200 of the longest. */
#define QUEUE (200 * (LIMIT_BODY + 4096))
#define ACCEPT_TURN 64		/* connections taken in one turn */

struct gate {
	struct front_home home;
	struct clock clock;
	struct chan *keeper;	/* NULL: gone */
	struct loop_watch *keeper_watch;
	struct door door;
	struct pending *pending;
	struct loop_timer drain;
	size_t fronts;		/* open at most */
	struct buf scratch;
	struct log_often lost;
	enum err failed;
};

static void fail(struct gate *g, const char *what, enum err e)
{
	log_say(LOG_ERROR, "%s: %s", what, err_text(e));
	g->failed = e;
	loop_stop(g->home.loop);
}

/* --- questions --- */

static enum refuse_why send_ask(void *ctx, struct front *from,
    const struct ask *ask, uint64_t *ret_ref)
{
	struct gate *g = ctx;
	void *owner;
	uint64_t ref;
	enum err e;

	if (!g->keeper)
		return REFUSE_AWAY;
	buf_clear(&g->scratch);
	ask_pack(ask, &g->scratch);
	if (g->scratch.err)
		return REFUSE_BUSY;
	if (pending_take(g->pending, from, &ref) != ERR_OK)
		return REFUSE_BUSY;
	e = chan_put(g->keeper, MSG_ASK, ref, buf_span(&g->scratch));
	if (e) {
		(void)!pending_answer(g->pending, ref, &owner);
		return REFUSE_BUSY;
	}
	*ret_ref = ref;
	return REFUSE_NOT;
}

static void asker_left(void *ctx, uint64_t ref)
{
	struct gate *g = ctx;

	pending_leave(g->pending, ref);
}

/* --- the keeper --- */

static enum err take_answer(struct gate *g, const struct msg *m)
{
	struct ask_answer a;
	void *front = NULL;
	enum err e = ask_answer_unpack(m->body, &a);

	if (!e)
		e = pending_answer(g->pending, m->ref, &front);
	if (!e && front)
		e = front_answer(front, &a);
	return e;
}

/* Nothing that waits will be answered. */
static void keeper_gone(struct gate *g)
{
	log_say(LOG_WARN, "the keeper is gone: 503 until it is back");
	loop_drop(g->keeper_watch);
	g->keeper_watch = NULL;
	chan_free(g->keeper);
	g->keeper = NULL;
	front_refuse_all(&g->home, REFUSE_AWAY);
	pending_clear(g->pending);
}

static void keeper_ready(void *ctx, unsigned bits)
{
	struct gate *g = ctx;
	struct msg m;
	enum err e;

	(void)bits;	/* what waits to be written goes at the turn's end */
	while ((e = chan_get(g->keeper, &m)) == ERR_OK) {
		e = take_answer(g, &m);
		if (e) {
			fail(g, "the keeper broke the protocol", e);
			return;
		}
	}
	if (e == ERR_CLOSED)
		keeper_gone(g);
	else if (e != ERR_STATE)
		fail(g, "the keeper broke the protocol", e);
}

/* --- nginx --- */

static bool may_accept(const struct gate *g)
{
	return !g->home.draining && g->home.count < g->fronts;
}

/* Those that do not fit wait in the backlog until another one closes. */
static void listen_ready(void *ctx, unsigned bits)
{
	struct gate *g = ctx;
	enum err e = ERR_OK;
	int fd;

	(void)bits;
	for (int i = 0; !e && i < ACCEPT_TURN && may_accept(g); i++) {
		e = door_take(&g->door, &fd);
		if (!e)
			e = front_open(&g->home, fd);
	}
	if (e && e != ERR_STATE &&
	    log_often_now(&g->lost, "connections of nginx not taken"))
		log_say(LOG_WARN, "a connection of nginx was not taken: %s",
		    e == ERR_FULL ? "no descriptor is left" : err_text(e));
}

static void turn_ends(void *ctx)
{
	struct gate *g = ctx;
	enum err e = ERR_OK;

	if (g->keeper) {
		e = chan_flush(g->keeper);
		if (e == ERR_CLOSED)
			keeper_gone(g);
		else if (!e)
			e = loop_change(g->keeper_watch,
			    chan_wants_write(g->keeper)
			        ? LOOP_READ | LOOP_WRITE
			        : LOOP_READ);
	}
	if (!e)
		e = door_want(&g->door, may_accept(g));
	if (e && e != ERR_CLOSED)
		fail(g, "a channel failed", e);
	if (g->home.draining && g->home.count == 0)
		loop_stop(g->home.loop);
}

/* --- life --- */

static void drained(void *ctx)
{
	struct gate *g = ctx;

	log_say(LOG_WARN, "stopped with %zu questions unanswered",
	    pending_count(g->pending));
	loop_stop(g->home.loop);
}

static void signal_came(void *ctx, int number)
{
	struct gate *g = ctx;

	(void)number;
	if (g->home.draining)
		return;
	door_close(&g->door);
	front_drain(&g->home);
	if (loop_timer_set(g->home.loop, &g->drain, DRAIN_MS))
		loop_stop(g->home.loop);
}

void gate_descriptors(void)
{
	size_t got;

	(void)!harden_descriptors(FRONTS + OTHER_FDS, &got);
}

/* As many connections as descriptors allow: each question takes one. */
static size_t fronts_most(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur <= 2 * OTHER_FDS)
		return OTHER_FDS;
	if (limit.rlim_cur >= FRONTS + OTHER_FDS)
		return FRONTS;
	return limit.rlim_cur - OTHER_FDS;
}

static enum err open_all(struct gate *g)
{
	static const int signals[] = {SIGTERM, SIGINT, 0};
	struct loop *l = NULL;
	enum err e = loop_new(&g->clock, &l);

	if (e)
		return e;
	g->home.loop = l;
	loop_at_end(l, turn_ends, g);
	loop_timer_init(&g->drain, drained, g);
	e = pending_new(&g->pending);
	if (!e)
		e = chan_new(GATE_FD_KEEPER, MSG_GATE, MSG_KEEPER, QUEUE,
		    &g->keeper);
	if (!e)
		e = loop_watch(l, GATE_FD_KEEPER, LOOP_READ, keeper_ready, g,
		    &g->keeper_watch);
	if (!e)
		e = door_open(&g->door, l, GATE_FD_LISTEN, listen_ready, g);
	return e ? e : loop_signals(l, signals, signal_came, g);
}

enum err gate_new(
    const struct conf *conf, enum ask_plane plane, struct gate **ret)
{
	struct gate *g = calloc(1, sizeof(*g));
	enum err e;

	if (!g)
		return ERR_NOMEM;
	g->clock = clock_system();
	g->fronts = fronts_most();
	g->home.ask = send_ask;
	g->home.left = asker_left;
	g->home.ctx = g;
	g->home.rules = (struct request_rules){.plane = plane,
	    .certificate =
	        conf->plane[plane].certificate == CONF_CERTIFICATE_REQUIRED};
	buf_init(&g->scratch, LIMIT_BUNDLE + 4096);
	e = open_all(g);
	if (e)
		gate_free(g);
	else
		*ret = g;
	return e;
}

enum err gate_run(struct gate *g)
{
	enum err e = loop_run(g->home.loop);

	return e ? e : g->failed;
}

void gate_free(struct gate *g)
{
	if (!g)
		return;
	if (g->home.loop)
		front_close_all(&g->home);
	pending_free(g->pending);
	chan_free(g->keeper);
	buf_release(&g->scratch);
	loop_free(g->home.loop);
	free(g);
}
