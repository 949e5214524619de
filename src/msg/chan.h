/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A channel: one SOCK_SEQPACKET socket with packed datagrams both ways. What
 * is put during a turn of the loop leaves in as few datagrams as fit; what the
 * socket does not take at once is queued, up to a limit given at creation.
 * What may be put and got in which state is in msg/order.h.
 */
#pragma once
#include "msg/msg.h"

struct chan;

/* Takes over fd (made non-blocking). most: bytes queued at most. */
MUST_CHECK enum err chan_new(int fd, enum msg_peer us, enum msg_peer them,
    size_t most, struct chan **ret);
void chan_free(struct chan *c);	/* closes the socket */
int chan_fd(const struct chan *c);

/*
 * Adds one message to this turn's datagram. ERR_LIMIT: longer than the table
 * allows; ERR_STATE: not now; ERR_FULL: the peer does not read and the queue is
 * full.
 */
MUST_CHECK enum err chan_put(
    struct chan *c, enum msg_type type, uint64_t ref, struct span body);
/*
 * The same with a descriptor, in a datagram of its own behind what was put
 * before. Takes fd over, also on failure.
 */
MUST_CHECK enum err chan_put_fd(struct chan *c, enum msg_type type,
    uint64_t ref, struct span body, int fd);
/* Sends what was put. ERR_OK also when some stays queued; ERR_CLOSED, ERR_IO */
MUST_CHECK enum err chan_flush(struct chan *c);
bool chan_wants_write(const struct chan *c);

/*
 * The next message received, reading a datagram when the last one is used
 * up. ERR_OK; ERR_STATE when nothing waits; ERR_CLOSED; ERR_SHAPE: the peer
 * broke the protocol (log it and stop it). body lives until the next call.
 */
MUST_CHECK enum err chan_get(struct chan *c, struct msg *ret);
/*
 * From now on a datagram may bring one descriptor; on every other channel one
 * is a breach of the protocol. Two at once always are.
 */
void chan_take_fds(struct chan *c);
/* The descriptor that came with the message just got, for the caller to close
 * (it is closed by itself if nobody takes it before the next datagram); -1:
 * none. */
int chan_fd_came(struct chan *c);
/* Is a part of the last datagram still unread? No poll shows that. */
bool chan_holds(const struct chan *c);
