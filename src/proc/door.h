/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listening socket in a loop. A connection that cannot be had, for want of
 * descriptors (EMFILE, ENFILE) or memory, stays in the queue, and epoll would
 * say so again at once and for ever: then the door rests a moment, and the
 * loop serves those whose end gives a descriptor back.
 */
#pragma once
#include "proc/listen.h"
#include "proc/loop.h"

#define DOOR_REST_MS 100

struct door {
	struct loop *loop;
	struct loop_watch *watch;	/* NULL: closed */
	struct loop_timer rest;
	int fd;
	bool wanted;
};

/* fd listens and stays its owner's; came takes connections by door_take. */
MUST_CHECK enum err door_open(struct door *d, struct loop *l, int fd,
    void (*came)(void *ctx, unsigned bits), void *ctx);
/* As listen_accept; the door rests after ERR_FULL and ERR_IO. */
MUST_CHECK enum err door_take(struct door *d, int *ret);
/* Is another connection wanted? One that was opened wants them. Cheap when
 * nothing changes. */
MUST_CHECK enum err door_want(struct door *d, bool wanted);
/* Harmless when it is closed. */
void door_close(struct door *d);
