/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: whatever nginx and the keeper do in whatever order, by a seed:
 * requests cut anywhere, answers in any order, large ones to who reads slowly,
 * connections that are closed, aborted or broken at any point, a keeper that
 * is away, busy or silent, and an end while all this is under way. Then each
 * request has one answer, which is its own or a refusal; a question whose
 * asker left is told once, and nobody is answered who left.
 *
 *   test_gate_front [SEED [STEPS [SEEDS]]]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/limits.h"
#include "base/random.h"
#include "gate/front.h"
#include "seeds.h"

#define SEEDS 4
#define SEEDS_LONG 400
#define STEPS 6000
#define CLIENTS 24
#define HELD 64
#define NOW INT64_C(1795341720000)
#define PATH "/fhir/CoverageEligibilityRequest"
#define MARK "request "

enum { BEGIN = 1, ABORT = 2, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

/* One of nginx's connections. */
struct client {
	int fd;			/* -1: none */
	unsigned id;		/* of the request that it sends or waits for */
	bool waits;		/* its request is out, whole */
	bool broken;		/* it sent what is no FastCGI: it is closed */
	bool last, over;	/* no request after this one; it is answered */
	struct buf out, in;	/* to be sent; come, and not read yet */
	size_t sent;
	struct buf text;	/* of the answer so far */
};

/* A question that the keeper has. */
struct held {
	struct front *front;	/* NULL: free */
	unsigned id;
	uint64_t ref;
};

struct sim {
	struct front_home home;
	struct random_seeded r;
	struct client clients[CLIENTS];
	struct held held[HELD];
	uint64_t ref;
	unsigned ids, step;
	unsigned answered, refused, left, closed;
	bool away;
};

static int64_t now_ms;

static int64_t time_now(void *ctx)
{
	(void)ctx;
	return now_ms;
}

static size_t below(struct sim *s, size_t n)
{
	return (size_t)random_seeded_below(&s->r, n);
}

/* --- what nginx writes --- */

static void record(struct buf *b, unsigned type, struct span s)
{
	unsigned padding = (unsigned)(-s.n & 7);

	buf_put_u8(b, 1);
	buf_put_u8(b, (uint8_t)type);
	buf_put_u16(b, 1);
	buf_put_u16(b, (uint16_t)s.n);
	buf_put_u8(b, (uint8_t)padding);
	buf_put_u8(b, 0);
	buf_put_span(b, s);
	for (unsigned i = 0; i < padding; i++)
		buf_put_u8(b, 0);
}

static void param(struct buf *b, const char *name, const char *value)
{
	buf_put_u8(b, (uint8_t)strlen(name));
	buf_put_u8(b, (uint8_t)strlen(value));
	buf_text(b, name);
	buf_text(b, value);
}

static void put_params(struct buf *b, const char *path, const char *length)
{
	param(b, "REQUEST_METHOD", "POST");
	param(b, "REQUEST_URI", path);
	param(b, "HTTP_HOST", "localhost:8443");
	param(b, "CONTENT_TYPE", "application/fhir+json");
	param(b, "CONTENT_LENGTH", length);
	param(b, "HTTP_CONTENT_DIGEST", "sha-256=:x:");
	param(b, "HTTP_SIGNATURE_INPUT", "ecluse=()");
	param(b, "HTTP_SIGNATURE", "ecluse=:x:");
	param(b, "CLIENT_VERIFY", "NONE");
}

/* The body begins with the request's number, in records of any length. */
static void put_body(struct sim *s, struct client *c, size_t length)
{
	struct buf body;

	buf_init(&body, LIMIT_BODY);
	buf_printf(&body, MARK "%u ", c->id);
	while (body.n < length)
		buf_put_u8(&body, 'x');
	for (size_t at = 0; at < body.n;) {
		size_t n = 1 + below(s, body.n);

		if (n > body.n - at)
			n = body.n - at;
		record(&c->out, STDIN, span_of(body.p + at, n));
		at += n;
	}
	buf_release(&body);
}

static void begins(struct sim *s, struct client *c)
{
	const uint8_t begin[8] = {0, 1, !c->last, 0, 0, 0, 0, 0};
	size_t length = below(s, 6) ? 40 : 40 + below(s, 60000);
	struct buf params;
	char text[16];

	c->id = ++s->ids;
	(void)snprintf(text, sizeof(text), "%zu", length);
	buf_init(&params, 4096);
	put_params(&params, below(s, 12) ? PATH : "/elsewhere", text);
	record(&c->out, BEGIN, span_of(begin, sizeof(begin)));
	record(&c->out, PARAMS, buf_span(&params));
	record(&c->out, PARAMS, span_of(begin, 0));
	put_body(s, c, length);
	record(&c->out, STDIN, span_of(begin, 0));
	buf_release(&params);
	assert_int_equal(c->out.err, ERR_OK);
}

static void opens(struct sim *s, struct client *c)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd), 0);
	assert_int_equal(front_open(&s->home, fd[0]), ERR_OK);
	*c = (struct client){.fd = fd[1], .last = below(s, 8) == 0};
	buf_init(&c->out, 1u << 20);
	buf_init(&c->in, 1u << 22);
	buf_init(&c->text, 1u << 20);
}

static void closes(struct client *c)
{
	(void)close(c->fd);
	c->fd = -1;
	buf_release(&c->out);
	buf_release(&c->in);
	buf_release(&c->text);
}

/* Some of what it has to send. */
static void sends(struct sim *s, struct client *c)
{
	size_t n = 1 + below(s, 4) * below(s, 30000);
	ssize_t put;

	if (n > c->out.n - c->sent)
		n = c->out.n - c->sent;
	if (n == 0)
		return;
	put = send(c->fd, c->out.p + c->sent, n, MSG_NOSIGNAL);
	if (put > 0)
		c->sent += (size_t)put;
	c->waits = c->sent == c->out.n;
}

static void aborts(struct client *c)
{
	struct buf b;

	buf_init(&b, 64);
	record(&b, ABORT, span_of(b.p, 0));
	(void)!send(c->fd, b.p, b.n, MSG_NOSIGNAL);
	buf_release(&b);
	c->broken = true;	/* nobody answers it any more */
}

static void breaks(struct client *c)
{
	(void)!send(c->fd, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL);
	c->broken = true;
}

/* --- what nginx reads --- */

/* The answer is its request's, or a refusal. */
static void take_answer(struct sim *s, struct client *c)
{
	const char *mark;

	buf_put_u8(&c->text, 0);
	assert_int_equal(c->text.err, ERR_OK);
	assert_true(c->id > 0);
	assert_int_equal(memcmp(c->text.p, "Status: ", 8), 0);
	mark = strstr((const char *)c->text.p, "\r\n\r\n" MARK);
	if (mark) {
		assert_true(c->waits);
		assert_int_equal(strtoul(mark + 4 + strlen(MARK), NULL, 10),
		    c->id);
		assert_int_equal(
		    memcmp(c->text.p, "Status: 200", 11), 0);
		s->answered++;
	} else {
		assert_null(strstr((const char *)c->text.p, MARK));
		s->refused++;
	}
	buf_clear(&c->text);
	buf_clear(&c->out);
	c->sent = 0;
	c->id = 0;
	c->waits = false;
	c->over = c->last;
}

static void take_records(struct sim *s, struct client *c)
{
	struct span in = buf_span(&c->in);

	while (in.n >= FASTCGI_HEAD) {
		size_t n = get_be16(in.p + 4);
		size_t whole = FASTCGI_HEAD + n + in.p[6];

		if (in.n < whole)
			break;
		if (in.p[1] == STDOUT)
			buf_put(&c->text, in.p + FASTCGI_HEAD, n);
		else if (in.p[1] == END)
			take_answer(s, c);
		in = span_of(in.p + whole, in.n - whole);
	}
	memmove(c->in.p, in.p, in.n);
	c->in.n = in.n;
}

/* Some of what there is; a connection that is over is closed here too. */
static void reads(struct sim *s, struct client *c)
{
	uint8_t room[20000];
	ssize_t n = recv(c->fd, room, 1 + below(s, sizeof(room)), 0);

	assert_true(!c->over || n == 0);
	if (n > 0 && !c->broken) {
		buf_put(&c->in, room, (size_t)n);
		take_records(s, c);
	} else if (n == 0) {
		/* not in the midst of an answer, unless it broke off */
		assert_true(c->broken || (c->text.n == 0 && c->in.n == 0));
		assert_true(c->broken || !c->waits);
		s->closed++;
		closes(c);
	} else if (n < 0) {
		assert_true(errno == EAGAIN || c->broken);
	}
}

/* --- the keeper --- */

static enum refuse_why asks(void *ctx, struct front *from,
    const struct ask *ask, uint64_t *ret_ref)
{
	struct sim *s = ctx;
	char text[32] = "";

	assert_true(ask->body.n >= 40);
	memcpy(text, ask->body.p, sizeof(text) - 1);
	if (s->away)
		return REFUSE_AWAY;
	for (size_t i = 0; i < HELD && below(s, 20); i++) {
		if (s->held[i].front)
			continue;
		s->held[i] = (struct held){from,
		    (unsigned)strtoul(text + strlen(MARK), NULL, 10),
		    ++s->ref};
		*ret_ref = s->ref;
		return REFUSE_NOT;
	}
	return REFUSE_BUSY;
}

/* Told once of each, and of none that was answered. */
static void asker_left(void *ctx, uint64_t ref)
{
	struct sim *s = ctx;

	for (size_t i = 0; i < HELD; i++) {
		if (!s->held[i].front || s->held[i].ref != ref)
			continue;
		s->held[i].front = NULL;
		s->left++;
		return;
	}
	fail_msg("step %u: question %llu left twice", s->step,
	    (unsigned long long)ref);
}

static void keeper_answers(struct sim *s, struct held *h)
{
	struct ask_answer a = {.status = 200,
	    .content_type = span_str("application/fhir+json")};
	size_t length = below(s, 5) ? 60 : below(s, LIMIT_BUNDLE - 100);
	struct front *to = h->front;
	struct buf body;

	if (!to)
		return;
	buf_init(&body, LIMIT_BUNDLE);
	buf_printf(&body, MARK "%u ", h->id);
	while (body.n < length)
		buf_put_u8(&body, 'y');
	a.body = buf_span(&body);
	h->front = NULL;
	assert_int_equal(front_answer(to, &a), ERR_OK);
	buf_release(&body);
}

static void keeper_goes(struct sim *s)
{
	for (size_t i = 0; i < HELD; i++)
		s->held[i].front = NULL;
	front_refuse_all(&s->home, REFUSE_AWAY);
	s->away = true;
}

/* --- what may happen --- */

static void client_does(struct sim *s, struct client *c)
{
	size_t dice = below(s, 1000);

	if (c->fd < 0 && s->home.draining)
		return;
	if (c->fd < 0)
		opens(s, c);
	else if (dice < 400 || c->over)
		reads(s, c);
	else if (c->id == 0 && !c->broken && dice < 960)
		begins(s, c);
	else if (c->broken || dice < 960)
		sends(s, c);
	else if (dice < 980)
		closes(c);
	else if (c->waits && dice < 990)
		aborts(c);
	else if (c->id == 0)
		breaks(c);
}

static void something(struct sim *s)
{
	size_t dice = below(s, 1000);
	struct held *h = &s->held[below(s, HELD)];

	if (dice < 700)
		client_does(s, &s->clients[below(s, CLIENTS)]);
	else if (dice < 980)
		keeper_answers(s, h);
	else if (dice < 982)
		keeper_goes(s);
	else if (dice < 996)
		s->away = false;
	else
		now_ms += FRONT_SILENT_MS / 2 + 1;
}

/* Who waits is answered, who has half a request is cut off, all is read. */
static void ends(struct sim *s)
{
	front_drain(&s->home);
	for (size_t i = 0; i < CLIENTS; i++)
		if (s->clients[i].fd >= 0 && s->clients[i].id &&
		    !s->clients[i].waits)
			closes(&s->clients[i]);
	for (unsigned n = 0; n < 4000 && s->home.count > 0; n++) {
		for (size_t i = 0; i < HELD; i++)
			keeper_answers(s, &s->held[i]);
		for (size_t i = 0; i < CLIENTS; i++)
			if (s->clients[i].fd >= 0)
				reads(s, &s->clients[i]);
		assert_int_equal(loop_turn(s->home.loop, 0), ERR_OK);
	}
	assert_int_equal(s->home.count, 0);
}

static void run(uint64_t seed, unsigned steps)
{
	static const struct clock clock = {time_now, time_now, NULL};
	struct sim *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	now_ms = NOW;
	(void)random_from_seed(&s->r, seed);
	assert_int_equal(loop_new(&clock, &s->home.loop), ERR_OK);
	s->home.rules = (struct request_rules){ASK_FLOW, false};
	s->home.ask = asks;
	s->home.left = asker_left;
	s->home.ctx = s;
	for (size_t i = 0; i < CLIENTS; i++)
		s->clients[i].fd = -1;
	for (s->step = 1; s->step <= steps; s->step++) {
		something(s);
		assert_int_equal(loop_turn(s->home.loop, 0), ERR_OK);
	}
	ends(s);
	for (size_t i = 0; i < CLIENTS; i++)
		if (s->clients[i].fd >= 0)
			closes(&s->clients[i]);
	for (size_t i = 0; i < HELD; i++)
		assert_null(s->held[i].front);
	(void)printf("# seed %llu, %u steps: %u requests, %u answered, %u "
	    "refused, %u left, %u closed\n", (unsigned long long)seed, steps,
	    s->ids, s->answered, s->refused, s->left, s->closed);
	assert_true(s->answered > steps / 100);
	loop_free(s->home.loop);
	free(s);
}

int main(int argc, char **argv)
{
	static const struct seeds seeds = {run, STEPS, SEEDS, SEEDS_LONG};

	return seeds_main(argc, argv, &seeds);
}
