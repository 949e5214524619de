/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/shown.h"
#include "super/heard.h"

/* nginx's words, of a worker that has no room for a connection more. */
#define FULL " worker_connections are not enough"
/* Behind this come a client's address and request. */
#define CLIENT ", client: "
/* Of a line whose every byte is told in four; and the end, uncut. */
#define SHOWN (4 * HEARD_LINE + sizeof("...") + 1)
#define PIPE_READS 16	/* as much as a pipe holds (pipe(7)), and again */

/* --- one line --- */

static void pass_on(struct heard_one *o)
{
	char *client = memmem(o->line, o->n, CLIENT, strlen(CLIENT));
	char out[SHOWN];
	size_t n;

	if (client)
		o->n = (size_t)(client - o->line);
	/* an nginx that was taken over: a terminal does what it is told */
	n = strlen(shown_text(span_of(o->line, o->n), out, sizeof(out) - 1));
	out[n++] = '\n';
	(void)!write(STDERR_FILENO, out, n);
	o->passed++;
}

static void say_full(struct heard_one *o)
{
	log_say(LOG_ERROR, "alarm: nginx of plane %s holds all connections "
	    "that it may: each one more is closed", o->plane);
	o->full_said = true;
}

static void take_line(struct heard_one *o)
{
	if (memmem(o->line, o->n, FULL, strlen(FULL)) == NULL) {
		if (o->passed < HEARD_LINES)
			pass_on(o);
		else
			o->left_out++;
	} else if (o->full_said) {
		o->full++;
	} else {
		say_full(o);
	}
	o->n = 0;
	if (!o->counting)
		o->counting = loop_timer_set(
		    o->loop, &o->minute, HEARD_MINUTE_MS) == ERR_OK;
}

/* --- the minute --- */

static void say_counts(struct heard_one *o)
{
	if (o->full > 0)
		log_say(LOG_ERROR, "alarm: nginx of plane %s holds all "
		    "connections that it may: %llu more were closed in a "
		    "minute, or more", o->plane, o->full);
	if (o->left_out > 0)
		log_say(LOG_WARN, "nginx of plane %s: %llu lines of its log "
		    "are left out", o->plane, o->left_out);
}

static void minute_over(void *ctx)
{
	struct heard_one *o = ctx;

	say_counts(o);
	/* it goes on: the next one is of the next minute's count */
	o->full_said = o->full > 0;
	o->counting = o->full > 0 || o->passed > 0;
	o->passed = 0;
	o->full = o->left_out = 0;
	if (o->counting)
		loop_timer_again(o->loop, &o->minute, HEARD_MINUTE_MS);
}

/* --- the pipe --- */

static size_t read_some(struct heard_one *o)
{
	char bytes[HEARD_BYTES];
	ssize_t n = read(o->from, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			take_line(o);
		else if (o->n < sizeof(o->line) - 1)	/* and its end */
			o->line[o->n++] = bytes[i];
	}
	return n > 0 ? (size_t)n : 0;
}

static void rested(void *ctx)
{
	struct heard_one *o = ctx;

	(void)!loop_change(o->watch, LOOP_READ);
}

static void spoke(void *ctx, unsigned bits)
{
	struct heard_one *o = ctx;

	(void)bits;
	(void)read_some(o);
	if (loop_timer_set(o->loop, &o->rest, HEARD_REST_MS) == ERR_OK)
		(void)!loop_change(o->watch, 0);
}

static enum err open_one(
    struct heard_one *o, struct loop *loop, int *words, const char *plane)
{
	int ends[2];
	enum err e;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return ERR_IO;
	*o = (struct heard_one){.loop = loop, .plane = plane, .from = ends[0]};
	*words = ends[1];
	loop_timer_init(&o->rest, rested, o);
	loop_timer_init(&o->minute, minute_over, o);
	e = loop_watch(loop, o->from, LOOP_READ, spoke, o, &o->watch);
	if (e)
		(void)close(o->from);
	return e;
}

enum err heard_open(
    struct heard *h, struct loop *loop, struct instance *in)
{
	enum err e = ERR_OK;

	for (unsigned p = 1; p < CONF_PLANES && !e; p++)
		if (in->conf.plane[p].enabled)
			e = open_one(&h->one[p], loop, &in->plane[p].words,
			    conf_plane_word(p));
	return e;
}

void heard_close(struct heard *h)
{
	for (unsigned p = 1; p < CONF_PLANES; p++) {
		struct heard_one *o = &h->one[p];

		if (!o->watch)
			continue;
		for (int i = 0; i < PIPE_READS && read_some(o) > 0; i++)
			;
		say_counts(o);
		loop_timer_clear(o->loop, &o->rest);
		loop_timer_clear(o->loop, &o->minute);
		loop_drop(o->watch);
		(void)close(o->from);
		o->watch = NULL;
	}
}
