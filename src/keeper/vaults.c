/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/sabotage.h"
#include "keeper/batch.h"
#include "keeper/contracts.h"
#include "keeper/decoys.h"
#include "keeper/feed.h"
#include "keeper/keeper.h"
#include "keeper/retain.h"
#include "keeper/tables.h"
#include "meter/trust.h"
#include "msg/sibling.h"

#define QUEUE_MOST (64u << 20)	/* bytes a vault may leave unread */
#define DATAGRAMS_TURN 4	/* of one vault read in one turn */

/* The slot that ref means, if it waits for this very vault: another one's
 * questions are none of its business. */
static struct slot *slot_of(
    const struct vaults_vault *v, uint64_t ref, enum slot_state state)
{
	struct slot *s = slots_find(v->k->slots, ref);

	return s && s->state == state && (SABOTAGED(WHOSE_ANSWER) ||
	    vaults_of(v->k, s->ask.cell) == v) ? s : NULL;
}

static enum err tell(void *ctx, uint64_t index, struct span note)
{
	struct vaults_vault *v = ctx;

	return chan_put(v->chan, MSG_VAULT_ACT, index, note);
}

static enum err set_clock(struct vaults_vault *v)
{
	uint8_t now[8];

	if (!v->k->registry->drill)
		return ERR_OK;
	put_be64(now, (uint64_t)keeper_now(v->k));
	return chan_put(v->chan, MSG_VAULT_CLOCK, 0, span_of(now, 8));
}

static void say_unheard(struct vaults_vault *v)
{
	if (v->unheard)
		log_say(LOG_WARN, "vault %u: questions failed for want of its "
		    "answer: %llu", v->nth, (unsigned long long)v->unheard);
	v->unheard = 0;
}

/* It may have missed acts that the registry holds: what it has already changes
 * nothing. */
static enum err greeted(struct vaults_vault *v)
{
	enum err e = set_clock(v);

	if (!e)
		e = ledger_for_vaults(v->k->ledger, tell, v);
	v->ready = !e;
	say_unheard(v);
	return e;
}

/* Whether it took an act. One that the registry took and a vault did not is
 * for people to look at. */
static enum err said(struct vaults_vault *v, const struct msg *m)
{
	struct reader r = reader_of(m->body);
	enum err e = read_u16(&r);
	struct span words = read_bytes(&r, reader_left(&r));

	if (e)
		log_say(LOG_ERROR, "alarm: vault %u did not take the act of "
		    "registry entry %llu: %.*s", v->nth,
		    (unsigned long long)m->ref, (int)words.n,
		    (const char *)words.p);
	return ERR_OK;
}

/* Only an estimate can be, and only of an act that it has. */
static enum err unfit(struct keeper *k, struct slot *s, struct span which)
{
	if (s->purpose != RIGHTS_ESTIMATE || which.n == 0 ||
	    which.p[0] >= s->act_count)
		return ERR_SHAPE;
	decide_unfit(k, s, which);
	return ERR_OK;
}

/* Who is nobody was counted and written down as a miss: no rights are told of
 * him, and nothing is promised. */
static bool is_his(const struct slot *s, const struct rights_done *done)
{
	return s->number != 0 || done->state == RIGHTS_UNKNOWN;
}

static enum err done(struct vaults_vault *v, const struct msg *m)
{
	struct slot *s = slot_of(v, m->ref, SLOT_DOING);
	struct rights_done done;
	enum err e = rights_done_unpack(m->body, &done);

	if (e || !s)
		return e;
	if (done.state == RIGHTS_OVER)
		decide_over(v->k, s);
	else if (done.state == RIGHTS_UNFIT)
		return unfit(v->k, s, done.body);
	else if (!is_his(s, &done) || !reply_reads(v->k, s, done.body))
		return ERR_SHAPE;
	else
		reply_done(v->k, s, &done);
	return ERR_OK;
}

static enum err copied(struct vaults_vault *v, const struct msg *m)
{
	struct reader r = reader_of(m->body);
	uint16_t code = read_u16(&r);

	backup_copied(v->k, v, m->ref,
	    code < ERR_COUNT ? (enum err)code : ERR_SHAPE);
	return ERR_OK;
}

/* A vault's word on a question, or on a scope or a feed. */
static enum err serve(struct vaults_vault *v, const struct msg *m)
{
	struct keeper *k = v->k;
	struct rights_resolved resolved;
	struct contracts_said said_contract;
	struct feed_state state;
	struct feed_last last;
	struct slot *s;
	struct span handle;
	enum err e;

	switch (m->type) {
	case MSG_VAULT_READY:
		e = generations_check(k, v->nth, m->body);
		if (e == ERR_CORRUPT && !k->ready_said)
			keeper_fail(k, "a vault has not what was loaded", e);
		if (e)
			return e == ERR_CORRUPT ? ERR_OK : e;
		return greeted(v);
	case MSG_RESOLVED:
		e = rights_resolved_unpack(m->body, &resolved);
		if (!e && (scope_resolved(k, v->nth, m->ref, &resolved) ||
		    decoys_resolved(k, v->nth, m->ref, &resolved)))
			return ERR_OK;
		s = slot_of(v, m->ref, SLOT_RESOLVING);
		if (!e && s && resolved.over)
			decide_over(k, s);
		else if (!e && s)
			decide_found(k, s, resolved.number);
		return e;
	case MSG_DONE:
		return done(v, m);
	case MSG_VAULT_SAID:
		return said(v, m);
	case MSG_HANDLED:
		e = rights_handled_unpack(m->body, &handle);
		if (!e)
			scope_handled(k, v->nth, m->ref, handle);
		return e;
	case MSG_CONTRACT_SAID:
		e = contracts_said_unpack(m->body, &said_contract);
		if (!e)
			contracts_said(k, v->nth, m->ref, &said_contract);
		return e;
	case MSG_RULES_SAID:
		return tables_said(k, v, m->ref, m->body);
	case MSG_COPIED:
		return copied(v, m);
	case MSG_COPYING:
	case MSG_FEED_WORKS:
		return ERR_OK;	/* it lives: heard_ms */
	case MSG_RETAINED:
		return retain_said(k, v->nth, m->ref, m->body);
	case MSG_FEED_LASTED:
		e = feed_last_unpack(m->body, &last);
		assert(!e);	/* of its length any bytes are one */
		feed_lasted(k, v->nth, m->ref, &last);
		return e;
	default:
		e = feed_state_unpack(m->body, &state);
		return e ? e : feed_state(k, v->nth, m->ref, &state);
	}
}

static void drop(struct vaults_vault *v)
{
	loop_drop(v->watch);
	chan_free(v->chan);
	v->watch = NULL;
	v->chan = NULL;
	v->ready = false;
	v->silent = false;
}

/* No answer will come: what waits for it fails now. */
static void gone(struct vaults_vault *v)
{
	struct keeper *k = v->k;

	drop(v);
	log_say(LOG_WARN, "vault %u is gone", v->nth);
	for (uint32_t i = 0; i < slots_reach(k->slots) && !k->failed; i++) {
		struct slot *s = slots_at(k->slots, i);

		if ((s->state == SLOT_RESOLVING || s->state == SLOT_DOING) &&
		    vaults_of(k, s->ask.cell) == v)
			decide_silent(k, s);
	}
	backup_copied(k, v, v->copying_for, ERR_CLOSED);
	tables_vault_gone(k, v);
	feed_look(k);
	contracts_look(k);
	scope_look(k);
}

/* Its answers to a turn are one datagram, mostly. One that was taken over may
 * say that it copies as fast as that is read: others have their turn. */
static void vault_ready(void *ctx, unsigned bits)
{
	struct vaults_vault *v = ctx;
	struct keeper *k = v->k;
	unsigned datagrams = 0;
	struct msg m;
	bool breach = false;
	enum err e = ERR_OK;

	(void)bits;
	while (!k->failed && !breach && datagrams < DATAGRAMS_TURN &&
	    !(e = chan_get(v->chan, &m))) {
		v->heard_ms = clock_boot_ms(&k->hour.clock);
		if (v->silent) {
			log_say(LOG_INFO, "vault %u answers again", v->nth);
			say_unheard(v);
		}
		v->silent = false;
		breach = serve(v, &m) != ERR_OK;
		datagrams += !chan_holds(v->chan);
	}
	if (k->failed || (!breach && (e == ERR_OK || e == ERR_STATE)))
		return;
	if (breach || e != ERR_CLOSED) {
		log_say(LOG_ERROR, "vault %u broke the protocol: stopped",
		    v->nth);
		keeper_stop_sibling(k, SIBLING_VAULT, v->nth, v->turn);
	}
	gone(v);
}

void vaults_open(struct keeper *k)
{
	k->vault_count = k->conf.vault_count;
	for (uint32_t i = 0; i < k->vault_count; i++)
		k->vaults[i] = (struct vaults_vault){
		    .k = k, .nth = (uint8_t)i};
}

void vaults_close(struct keeper *k)
{
	for (uint32_t i = 0; i < k->vault_count; i++)
		chan_free(k->vaults[i].chan);
}

enum err vaults_take(struct keeper *k, uint8_t nth, uint32_t turn, int fd)
{
	struct vaults_vault *v;
	enum err e = ERR_RANGE;

	if (nth < k->vault_count) {
		v = &k->vaults[nth];
		if (v->chan)
			gone(v);
		e = chan_new(fd, MSG_KEEPER, MSG_VAULT, QUEUE_MOST, &v->chan);
	}
	if (e) {
		(void)close(fd);
		return e;
	}
	v->turn = turn;
	v->heard_ms = clock_boot_ms(&k->hour.clock);
	e = loop_watch(
	    k->loop, fd, LOOP_READ, vault_ready, v, &v->watch);
	if (e)
		drop(v);
	return e;
}

void vaults_flush(struct keeper *k)
{
	for (uint32_t i = 0; i < k->vault_count; i++) {
		struct vaults_vault *v = &k->vaults[i];

		if (v->chan && (chan_flush(v->chan) ||
			loop_change(v->watch, LOOP_READ |
			    (chan_wants_write(v->chan) ? LOOP_WRITE : 0))))
			gone(v);
	}
}

bool vaults_all_ready(const struct keeper *k)
{
	for (uint32_t i = 0; i < k->vault_count; i++)
		if (!k->vaults[i].ready)
			return false;
	return true;
}

struct vaults_vault *vaults_of(struct keeper *k, uint32_t cell)
{
	return &k->vaults[cell % k->vault_count];
}

bool vaults_answers(struct keeper *k, uint32_t cell)
{
	const struct vaults_vault *v = vaults_of(k, cell);

	return v->ready && !v->silent;
}

void vaults_silent(struct keeper *k, uint32_t cell)
{
	struct vaults_vault *v = vaults_of(k, cell);

	if (v->ready && !v->silent)
		log_say(LOG_WARN, "vault %u is silent: its cells' questions "
		    "are refused until it answers", v->nth);
	v->silent = v->ready;
}

void vaults_unheard(struct keeper *k, uint32_t cell)
{
	struct vaults_vault *v = vaults_of(k, cell);

	if (v->unheard++ == 0)
		v->unheard_ms = clock_boot_ms(&k->hour.clock);
}

void vaults_say(struct keeper *k)
{
	int64_t now_ms = clock_boot_ms(&k->hour.clock);

	for (uint32_t i = 0; i < k->vault_count; i++)
		if (now_ms - k->vaults[i].unheard_ms >= LOG_OFTEN_MS)
			say_unheard(&k->vaults[i]);
}

bool vaults_runs(struct keeper *k, uint32_t cell)
{
	return vaults_of(k, cell)->chan != NULL;
}

void vaults_stop(struct keeper *k, uint32_t cell)
{
	const struct vaults_vault *v = vaults_of(k, cell);

	log_say(LOG_ERROR, "vault %u says nothing: stopped", v->nth);
	keeper_stop_sibling(k, SIBLING_VAULT, v->nth, v->turn);
}

bool vaults_stuck(struct keeper *k, uint32_t cell, int64_t since_ms)
{
	const struct vaults_vault *v = vaults_of(k, cell);
	int64_t last = v->heard_ms > since_ms ? v->heard_ms : since_ms;

	return !v->ready ||
	    clock_boot_ms(&k->hour.clock) - last >= VAULTS_STUCK_MS;
}

enum err vaults_put(struct keeper *k, uint32_t cell, enum msg_type type,
    uint64_t ref, struct span body)
{
	struct vaults_vault *v = vaults_of(k, cell);

	enum err e = v->chan ? chan_put(v->chan, type, ref, body) :
	    ERR_CLOSED;

	v->copying |= !e && type == MSG_COPY;
	return e;
}

/* One that cannot take it now is told all when it is ready again. */
void vaults_tell(struct keeper *k, uint64_t index, struct span note)
{
	for (uint32_t i = 0; i < k->vault_count; i++) {
		struct vaults_vault *v = &k->vaults[i];

		if (v->chan && v->ready && tell(v, index, note))
			log_say(LOG_WARN, "vault %u is not told an act yet",
			    v->nth);
	}
}

void vaults_clock(struct keeper *k)
{
	for (uint32_t i = 0; i < k->vault_count; i++) {
		struct vaults_vault *v = &k->vaults[i];

		if (v->chan && v->ready && set_clock(v))
			log_say(LOG_WARN, "vault %u has another time", v->nth);
	}
}
