/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/door.h"

static enum err watch_it(const struct door *d)
{
	return loop_change(d->watch,
	    d->wanted && d->rest.place == 0 ? LOOP_READ : 0);
}

static void rested(void *ctx)
{
	struct door *d = ctx;

	/* what is not watched again now is at the next door_want() */
	(void)!watch_it(d);
}

enum err door_open(struct door *d, struct loop *l, int fd,
    void (*came)(void *ctx, unsigned bits), void *ctx)
{
	*d = (struct door){.loop = l, .fd = fd, .wanted = true};
	loop_timer_init(&d->rest, rested, d);
	return loop_watch(l, fd, LOOP_READ, came, ctx, &d->watch);
}

enum err door_take(struct door *d, int *ret)
{
	enum err e = listen_accept(d->fd, ret);

	/* without memory for the timer the loop turns as it did */
	if (e && e != ERR_STATE &&
	    !loop_timer_set(d->loop, &d->rest, DOOR_REST_MS))
		(void)!watch_it(d);
	return e;
}

enum err door_want(struct door *d, bool wanted)
{
	if (!d->watch)
		return ERR_OK;
	d->wanted = wanted;
	return watch_it(d);
}

void door_close(struct door *d)
{
	if (!d->watch)
		return;
	loop_timer_clear(d->loop, &d->rest);
	loop_drop(d->watch);
	d->watch = NULL;
}
