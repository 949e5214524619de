/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>
#include "base/log.h"
#include "base/sabotage.h"
#include "keeper/ahead.h"
#include "keeper/keeper.h"
#include "msg/sibling.h"
#include "proc/aside.h"

#define QUEUE_MOST (64u << 20)	/* bytes a gate may leave unread */
#define GATES_TURN 16		/* questions of one gate in one turn, or so */

_Static_assert(GATES_TURN <= AHEAD_QUESTIONS, "a turn's are one group");
_Static_assert(ASK_FLOW == (int)CONF_FLOW && ASK_PORTAL == (int)CONF_PORTAL &&
    ASK_MEMBER == (int)CONF_MEMBER && ASK_STAFF == (int)CONF_STAFF, "planes");

static void drop(struct gates_gate *g)
{
	loop_drop(g->watch);
	chan_free(g->chan);
	g->watch = NULL;
	g->chan = NULL;
	g->waits = false;
}

/* It may live on: its end, and the next one, are super's. */
static void gone(struct gates_gate *g)
{
	keeper_stop_sibling(g->k, SIBLING_GATE, g->plane, g->turn);
	drop(g);
	log_say(LOG_INFO, "the gate of plane %s is gone",
	    conf_plane_word(g->plane));
}

static void breach(struct gates_gate *g)
{
	log_say(LOG_ERROR, "the gate of plane %s broke the protocol: stopped",
	    conf_plane_word(g->plane));
	keeper_stop_sibling(g->k, SIBLING_GATE, g->plane, g->turn);
	drop(g);
}

/* It asks and does not read, whether it hangs or was taken over. */
static void unread(struct gates_gate *g)
{
	log_say(LOG_ERROR, "the gate of plane %s leaves its answers unread: "
	    "stopped", conf_plane_word(g->plane));
	keeper_stop_sibling(g->k, SIBLING_GATE, g->plane, g->turn);
	drop(g);
}

static void gate_ready(void *ctx, unsigned bits)
{
	struct gates_gate *g = ctx;

	(void)bits;
	g->waits = true;
}

/* Taken now, or kept until its signature is verified. */
static void take_or_keep(
    struct gates_gate *g, const struct msg *m, const struct ask *ask)
{
	struct keeper *k = g->k;

	if (!k->ahead ||
	    ahead_keep(k->ahead, g->plane, g->turn, m->ref, m->body))
		question_take(k, m->ref, ask, NULL);
}

/*
 * A few at a time, lines of bundles counted: while these are verified, the
 * vault and the gate work at those of the turn before.
 */
static void read_some(struct keeper *k, struct gates_gate *g)
{
	uint32_t before = slots_used(k->slots);
	struct ask ask;
	struct msg m;
	enum err e = ERR_OK;

	for (unsigned n = 0; n < GATES_TURN && !g->full &&
	     slots_used(k->slots) < before + GATES_TURN && !k->failed &&
	     !(e = chan_get(g->chan, &m)); n++) {
		if (ask_unpack(m.body, &ask) ||
		    (ask.plane != g->plane && !SABOTAGED(GATE_PLANE))) {
			breach(g);
			return;
		}
		take_or_keep(g, &m, &ask);
	}
	g->waits = chan_holds(g->chan);
	if (g->waits && !k->ahead)
		loop_again(k->loop);
	if (e == ERR_SHAPE)
		breach(g);
	else if (e && e != ERR_STATE)
		gone(g);
}

/* The same number of those whose signatures are verified. */
static void take_some(struct keeper *k, struct gates_gate *g)
{
	uint32_t before = slots_used(k->slots);
	struct ahead_taken t;

	for (unsigned n = 0; n < GATES_TURN && !g->full &&
	     slots_used(k->slots) < before + GATES_TURN && !k->failed &&
	     ahead_take(k->ahead, g->plane, g->turn, &t); n++)
		question_take(k, t.ref, &t.ask, t.fact);
	if (ahead_holds(k->ahead, g->plane) ||
	    (g->waits && ahead_has_room(k->ahead, g->plane)))
		loop_again(k->loop);
}

static bool is_heard(const struct keeper *k, const struct gates_gate *g)
{
	return !k->stopping &&
	    (!k->ahead || ahead_has_room(k->ahead, g->plane));
}

/* Which of them is read is who has room: the others are verified first. */
void gates_read(struct keeper *k)
{
	if (k->ahead && aside_is_over(k->verifier))
		ahead_landed(k);
	for (unsigned i = 0; i < CONF_PLANES && !k->stopping; i++)
		if (k->gates[i].chan && k->gates[i].waits && !k->failed &&
		    is_heard(k, &k->gates[i]))
			read_some(k, &k->gates[i]);
	if (!k->ahead || k->stopping)
		return;
	ahead_begin(k);
	for (unsigned i = 0; i < CONF_PLANES && !k->failed; i++)
		if (k->gates[i].chan)
			take_some(k, &k->gates[i]);
}

enum err gates_take(struct keeper *k, uint8_t plane, uint32_t turn, int fd)
{
	struct gates_gate *g;
	enum err e;

	if (plane == 0 || plane >= CONF_PLANES || !k->conf.plane[plane].enabled) {
		(void)close(fd);
		return ERR_RANGE;
	}
	g = &k->gates[plane];
	drop(g);
	g->k = k;
	g->plane = plane;
	g->turn = turn;
	g->full = false;
	e = chan_new(fd, MSG_KEEPER, MSG_GATE, QUEUE_MOST, &g->chan);
	if (e) {
		(void)close(fd);
		return e;
	}
	e = loop_watch(k->loop, fd, k->stopping ? 0 : LOOP_READ,
	    gate_ready, g, &g->watch);
	if (e)
		drop(g);	/* nobody flushes what nobody watches */
	return e;
}

uint32_t gates_turn(const struct keeper *k, uint8_t plane)
{
	return k->gates[plane].turn;
}

enum err gates_put(struct keeper *k, uint8_t plane, uint32_t turn,
    uint64_t ref, struct span body)
{
	struct gates_gate *g = &k->gates[plane];
	enum err e;

	if (!g->chan || g->turn != turn || g->full)
		return ERR_OK;
	e = chan_put(g->chan, MSG_ANSWER, ref, body);
	g->full = e == ERR_FULL;
	return g->full ? ERR_OK : e;
}

enum err gates_deafen(struct keeper *k)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < CONF_PLANES && !e; i++)
		if (k->gates[i].chan)
			e = loop_change(k->gates[i].watch, 0);
	return e;
}

void gates_flush(struct keeper *k)
{
	for (unsigned i = 0; i < CONF_PLANES; i++) {
		struct gates_gate *g = &k->gates[i];

		if (!g->chan)
			continue;
		if (g->full)
			unread(g);
		else if (chan_flush(g->chan) || loop_change(g->watch,
			(is_heard(k, g) ? LOOP_READ : 0) |
			(chan_wants_write(g->chan) ? LOOP_WRITE : 0)))
			gone(g);
	}
}

void gates_close(struct keeper *k)
{
	for (unsigned i = 0; i < CONF_PLANES; i++)
		chan_free(k->gates[i].chan);
}
