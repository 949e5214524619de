/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nginx says on its standard error comes to super first, for it has no
 * bound: each connection that comes when nginx holds all that it may leaves an
 * alert, as many as a stranger opens. These are counted, and told once a
 * minute. Of all others HEARD_LINES a minute go on as they are, but for what
 * nginx adds of a client and its request, and for what a terminal would obey,
 * which stands as base/shown writes it; the rest is counted too.
 *
 * Super reads HEARD_BYTES each HEARD_REST_MS, whatever comes, and nginx waits
 * for nobody: what finds no room in the pipe is lost. What is counted is a
 * least number.
 */
#pragma once
#include "proc/loop.h"
#include "super/instance.h"

#define HEARD_LINES 100
#define HEARD_LINE 512		/* bytes; a longer one is cut */
#define HEARD_BYTES 8192
#define HEARD_REST_MS 100
#define HEARD_MINUTE_MS 60000
#define HEARD_TIMERS (2 * CONF_PLANES)	/* at most, in its loop */

/* One plane's nginx. */
struct heard_one {
	struct loop *loop;
	struct loop_watch *watch;	/* NULL: there is none */
	struct loop_timer rest, minute;
	const char *plane;
	int from;		/* our end; nginx's is instance_plane.words */
	char line[HEARD_LINE];
	size_t n;
	/* of this minute, which begins with a line */
	bool counting, full_said;
	unsigned passed;
	unsigned long long full, left_out;
};

struct heard {
	struct heard_one one[CONF_PLANES];
};

/* For every plane that is enabled, before an nginx starts. */
MUST_CHECK enum err heard_open(
    struct heard *h, struct loop *loop, struct instance *in);
/* When none runs any more, before the loop is freed: says what is left. */
void heard_close(struct heard *h);
