/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/keeper.h"

#define QUEUE_MOST (64u << 20)	/* bytes a vault may leave unread */

/* A vault's word on slot s, or on a scope or a feed. */
static enum err vaults_take(struct vaults_vault *v, const struct msg *m)
{
	struct keeper *k = v->k;
	struct rights_resolved resolved;
	struct rights_done done;
	struct feed_state state;
	struct slot *s = slots_find(k->slots, m->ref);
	struct span handle;
	enum err e;

	switch (m->type) {
	case MSG_VAULT_READY:
		v->ready = true;
		return ERR_OK;
	case MSG_RESOLVED:
		e = rights_resolved_unpack(m->body, &resolved);
		if (!e && s && s->state == SLOT_RESOLVING)
			decide_found(k, s, resolved.number);
		return e;
	case MSG_DONE:
		e = rights_done_unpack(m->body, &done);
		if (!e && s && s->state == SLOT_DOING)
			reply_done(k, s, &done);
		return e;
	case MSG_HANDLED:
		e = rights_handled_unpack(m->body, &handle);
		if (!e)
			scope_handled(k, m->ref, handle);
		return e;
	case MSG_COPIED:
		backup_copied(k, m->body);
		return ERR_OK;
	default:
		e = feed_state_unpack(m->body, &state);
		if (!e)
			feed_state(k, &state);
		return e;
	}
}

static void vault_ready(void *ctx, unsigned bits)
{
	struct vaults_vault *v = ctx;
	struct msg m;
	enum err e;

	(void)bits;
	while (!(e = chan_get(v->chan, &m)) && !v->k->failed) {
		v->heard_ms = clock_boot_ms(&v->k->hour.clock);
		if (vaults_take(v, &m)) {
			keeper_fail(v->k, "a vault broke the protocol",
			    ERR_SHAPE);
			return;
		}
	}
	if (e && e != ERR_STATE)
		keeper_fail(v->k, "a vault is gone", e);
}

enum err vaults_open(struct keeper *k)
{
	enum err e = ERR_OK;

	k->vault_count = 1;
	for (uint32_t i = 0; i < k->vault_count && !e; i++) {
		struct vaults_vault *v = &k->vaults[i];

		v->k = k;
		v->nth = i;
		e = chan_new(KEEPER_FD_VAULT, MSG_KEEPER, MSG_VAULT,
		    QUEUE_MOST, &v->chan);
		if (!e)
			e = loop_watch(k->loop, KEEPER_FD_VAULT, LOOP_READ,
			    vault_ready, v, &v->watch);
	}
	return e;
}

void vaults_close(struct keeper *k)
{
	for (uint32_t i = 0; i < k->vault_count; i++)
		chan_free(k->vaults[i].chan);
}

void vaults_flush(struct keeper *k)
{
	for (uint32_t i = 0; i < k->vault_count; i++) {
		struct vaults_vault *v = &k->vaults[i];
		enum err e = chan_flush(v->chan);

		if (!e)
			e = loop_change(v->watch, LOOP_READ |
			    (chan_wants_write(v->chan) ? LOOP_WRITE : 0));
		if (e && !k->failed)
			keeper_fail(k, "a vault is gone", ERR_CLOSED);
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
	return vaults_of(k, cell)->ready;
}

enum err vaults_put(struct keeper *k, uint32_t cell, enum msg_type type,
    uint64_t ref, struct span body)
{
	return chan_put(vaults_of(k, cell)->chan, type, ref, body);
}
