/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a vault says leaves in its order, and not before what it counted for it
 * is on the disk (vault/lock.h). A thread flushes one turn's counts at a time;
 * what is said meanwhile waits behind them, and has the next flush.
 */
#pragma once
#include "msg/chan.h"
#include "proc/aside.h"
#include "vault/lock.h"

struct outbox {
	struct aside *flusher;	/* the caller's; NULL: outbox_settle flushes */
	struct lock *lock;	/* the caller's */
	struct outbox_words {
		struct buf bytes;	/* messages, packed */
		unsigned count;
	} said, landing;	/* landing: whose counts are being flushed */
	int landing_fd;		/* what is flushed */
};

void outbox_init(struct outbox *o, struct aside *flusher);
/* Waits for the flush that is under way; what it would have said is lost.
 * ERR_IO: it failed, and the lock knows. */
MUST_CHECK enum err outbox_release(struct outbox *o);
/* May more be asked for? No: a datagram of answers waits behind a flush. */
bool outbox_has_room(const struct outbox *o);
/* One more word. ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK enum err outbox_put(struct outbox *o, enum msg_type type,
    uint64_t ref, struct span body);
/* Is a flush under way? */
bool outbox_is_landing(const struct outbox *o);
/* If it is over, what it was for goes to the channel. ERR_IO: it failed, which
 * is final; errors of chan_put. */
MUST_CHECK enum err outbox_land(struct outbox *o, struct chan *c);
/* The end of a turn: its counts are written, their flush begins if none is
 * under way; what needs none goes to the channel. Errors of lock_put,
 * chan_put. */
MUST_CHECK enum err outbox_settle(struct outbox *o, struct chan *c);
