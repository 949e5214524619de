/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a single-threaded program, on epoll. One turn: wait, serve every
 * ready descriptor, run due timers, then call the hook of the turn's end once:
 * there channels are flushed and what was decided goes to the disk.
 *
 * Everything may be added, changed and dropped from inside any callback.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/clock.h"
#include "base/err.h"

/* Bits. A hang-up or an error shows as what is watched: try, and see. */
#define LOOP_READ 1u
#define LOOP_WRITE 2u

struct loop;
struct loop_watch;

/* Lives in its owner; init once, then set and clear as often as needed. */
struct loop_timer {
	void (*fire)(void *ctx);
	void *ctx;
	int64_t due_ms;
	size_t place;	/* in the loop's heap, from 1; 0: not set */
};

/* clock gives the timers their time (boot_ms). */
MUST_CHECK enum err loop_new(const struct clock *clock, struct loop **ret);
void loop_free(struct loop *l);	/* and its watches; closes no descriptor */

/* Watches fd until dropped; the descriptor stays its owner's. */
MUST_CHECK enum err loop_watch(struct loop *l, int fd, unsigned bits,
    void (*ready)(void *ctx, unsigned bits), void *ctx,
    struct loop_watch **ret);
/* Cheap when nothing changes. 0: watched for nothing (a hang-up still shows,
 * as both bits). */
MUST_CHECK enum err loop_change(struct loop_watch *w, unsigned bits);
/* Before its fd is closed; NULL is fine. ready is not called again. */
void loop_drop(struct loop_watch *w);

void loop_timer_init(
    struct loop_timer *t, void (*fire)(void *ctx), void *ctx);
/* Fires once, after at least after_ms (at least 1 ms); replaces an earlier
 * setting. ERR_NOMEM. */
MUST_CHECK enum err loop_timer_set(
    struct loop *l, struct loop_timer *t, int64_t after_ms);
/* Room for so many timers at once, for good: with it none of them fails to be
 * set. ERR_NOMEM. */
MUST_CHECK enum err loop_room(struct loop *l, size_t timers);
/* The same of one that is not set, where there is room: it was made, or this is
 * t's own fire, before another timer is set. So this cannot fail. */
void loop_timer_again(
    struct loop *l, struct loop_timer *t, int64_t after_ms);
void loop_timer_clear(struct loop *l, struct loop_timer *t);

/* Called once at the end of every turn; NULL takes it away. */
void loop_at_end(struct loop *l, void (*end)(void *ctx), void *ctx);

/*
 * Blocks the signals of the list (ended by 0) for the process and delivers
 * them as calls from the loop. Once per loop.
 */
MUST_CHECK enum err loop_signals(struct loop *l, const int *list,
    void (*came)(void *ctx, int number), void *ctx);

/* The next turn does not wait: there is work that no descriptor shows. */
void loop_again(struct loop *l);

/* One turn, waiting at most wait_ms (-1: without end). */
MUST_CHECK enum err loop_turn(struct loop *l, int64_t wait_ms);
/* Turns until loop_stop; the turn in which it is called is finished. Called
 * before, it means: no turn at all. */
MUST_CHECK enum err loop_run(struct loop *l);
void loop_stop(struct loop *l);
