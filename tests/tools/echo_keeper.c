/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for the keeper in tests of super, gate and nginx: says it is ready
 * when the vault did, and answers each question with what it saw. A body that
 * is one of the words below makes it behave badly.
 *
 *   test_echo_keeper DIR   descriptors as ecluse-keeper
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/log.h"
#include "msg/ask.h"
#include "msg/chan.h"
#include "msg/sibling.h"
#include "proc/harden.h"
#include "proc/loop.h"

#define QUEUE (64 * LIMIT_BODY)

static struct loop *loop;
/* one vault, and a gate for each plane; the one being answered */
static bool ready_said;
static struct chan *super, *vault, *gate, *gates[8];
static struct loop_watch *super_watch, *vault_watch, *watches[8];
static uint64_t held[8192];	/* questions that said "hold" */
static size_t held_count;

static void must(enum err e, const char *what)
{
	if (!e)
		return;
	log_say(LOG_ERROR, "%s: %s", what, err_text(e));
	exit(70);
}

static void put_answer(uint64_t ref, const struct ask_answer *a)
{
	struct buf b;

	buf_init(&b, LIMIT_DATAGRAM);
	ask_answer_pack(a, &b);
	must(b.err, "pack");
	must(chan_put(gate, MSG_ANSWER, ref, buf_span(&b)), "put");
	buf_release(&b);
}

static struct ask_answer answer_of(struct span body)
{
	return (struct ask_answer){
	    .status = 200,
	    .content_type = span_str("application/fhir+json"),
	    .content_digest = span_str("sha-256=:ZWNobw==:"),
	    .signature_input = span_str("ecluse=(\"@status\");tag=\"x\""),
	    .signature = span_str("ecluse=:ZWNobw==:"),
	    .body = body,
	};
}

/* JSON of what the gate passed; tests send nothing that needs escapes. */
static void describe(const struct ask *a, struct buf *b)
{
	const struct {
		const char *name;
		struct span value;
	} rows[] = {{"authority", a->authority}, {"path", a->path},
	    {"type", a->content_type}, {"digest", a->content_digest},
	    {"signature", a->signature}};

	buf_printf(b, "{\"held\":%zu,\"plane\":%u,\"method\":%u,\"bytes\":%zu",
	    held_count, a->plane, a->method, a->body.n);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_printf(b, ",\"%s\":\"", rows[i].name);
		buf_put_span(b, rows[i].value);
		buf_text(b, "\"");
	}
	buf_printf(b, ",\"input_bytes\":%zu,\"first\":%u,\"last\":%u}",
	    a->signature_input.n, a->body.n ? a->body.p[0] : 0,
	    a->body.n ? a->body.p[a->body.n - 1] : 0);
}

static void echo(uint64_t ref, const struct ask *a)
{
	struct ask_answer answer;
	struct buf b;

	buf_init(&b, LIMIT_BODY);
	describe(a, &b);
	answer = answer_of(buf_span(&b));
	put_answer(ref, &answer);
	buf_release(&b);
}

static void big(uint64_t ref)
{
	static uint8_t bytes[LIMIT_BODY];
	struct ask_answer answer;

	memset(bytes, 'z', sizeof(bytes));
	answer = answer_of(span_of(bytes, sizeof(bytes)));
	put_answer(ref, &answer);
}

static void release_held(void)
{
	struct ask_answer answer = answer_of(span_str("{\"held\":true}"));

	while (held_count > 0)
		put_answer(held[--held_count], &answer);
}

/* True if the body was one of the words. */
static bool misbehave(uint64_t ref, const struct ask *a)
{
	struct ask_answer answer = answer_of(span_str("{}"));

	if (span_is(a->body, "die"))
		_exit(9);
	if (span_is(a->body, "hold")) {
		if (held_count == sizeof(held) / sizeof(held[0]))
			exit(71);
		held[held_count++] = ref;
		return true;
	}
	if (span_is(a->body, "release")) {
		release_held();
		return false;
	}
	if (span_is(a->body, "other-ref"))
		put_answer(ref + 1, &answer);
	else if (span_is(a->body, "two-lines")) {
		answer.signature = span_str("a\r\nSet-Cookie: b");
		put_answer(ref, &answer);
	} else if (span_is(a->body, "accel")) {
		answer.content_type = span_str("text/x; X-Accel-Redirect");
		put_answer(ref, &answer);
	} else if (span_is(a->body, "spent")) {
		answer.status = 429;
		answer.retry_after_s = 3600;
		put_answer(ref, &answer);
	} else if (span_is(a->body, "big"))
		big(ref);
	else
		return false;
	return true;
}

/* The end of one may be heard behind the next one's channel. */
static void forget(struct chan **chan, struct loop_watch **watch)
{
	loop_drop(*watch);
	*watch = NULL;
	chan_free(*chan);
	*chan = NULL;
}

static void gate_ready(void *ctx, unsigned bits)
{
	size_t nth = (size_t)((struct chan **)ctx - gates);
	struct msg m;
	struct ask a;
	enum err e;

	(void)bits;
	gate = gates[nth];
	while ((e = chan_get(gate, &m)) == ERR_OK) {
		must(ask_unpack(m.body, &a), "ask");
		if (!misbehave(m.ref, &a))
			echo(m.ref, &a);
	}
	if (e == ERR_CLOSED) {
		forget(&gates[nth], &watches[nth]);
		held_count = 0;
	} else if (e != ERR_STATE)
		must(e, "gate");
}

static void vault_ready(void *ctx, unsigned bits)
{
	struct msg m;
	enum err e;

	(void)ctx, (void)bits;
	while ((e = chan_get(vault, &m)) == ERR_OK) {
		if (!ready_said)
			must(chan_put(super, MSG_READY, 0, span_of(NULL, 0)),
			    "ready");
		ready_said = true;
	}
	if (e == ERR_CLOSED)
		forget(&vault, &vault_watch);
	else if (e != ERR_STATE)
		must(e, "vault");
}

/* Channels come from super, as they are made. */
static void super_ready(void *ctx, unsigned bits)
{
	struct sibling who;
	struct msg m;
	enum err e;
	int fd;

	(void)ctx, (void)bits;
	while ((e = chan_get(super, &m)) == ERR_OK) {
		must(sibling_unpack(m.body, &who), "sibling");
		fd = chan_fd_came(super);
		if (who.kind == SIBLING_VAULT) {
			forget(&vault, &vault_watch);
			must(chan_new(fd, MSG_KEEPER, MSG_VAULT, QUEUE,
			         &vault), "vault");
			must(loop_watch(loop, fd, LOOP_READ, vault_ready,
			         NULL, &vault_watch), "watch");
			continue;
		}
		forget(&gates[who.nth], &watches[who.nth]);
		must(chan_new(fd, MSG_KEEPER, MSG_GATE, 8 * QUEUE,
		         &gates[who.nth]), "gate");
		must(loop_watch(loop, fd, LOOP_READ, gate_ready,
		         &gates[who.nth], &watches[who.nth]), "watch");
	}
	if (e != ERR_STATE)
		loop_stop(loop);
}

static void turn_ends(void *ctx)
{
	enum err e;

	(void)ctx;
	e = chan_flush(super);
	if (e != ERR_CLOSED)
		must(e, "super");
	for (size_t i = 0; i < 8; i++) {
		if (!gates[i])
			continue;
		e = chan_flush(gates[i]);
		if (e != ERR_CLOSED)
			must(e, "gate");
		must(loop_change(watches[i], chan_wants_write(gates[i])
		                     ? LOOP_READ | LOOP_WRITE
		                     : LOOP_READ), "watch");
	}
}

static void signal_came(void *ctx, int number)
{
	(void)ctx;
	(void)number;
	loop_stop(loop);
}

int main(int argc, char **argv)
{
	static const int signals[] = {SIGTERM, SIGINT, 0};
	struct clock clock = clock_system();
	char path[512];

	log_init("echo-keeper", LOG_INFO);
	if (argc != 2)
		return 2;
	(void)snprintf(path, sizeof(path), "%s/keeper-fails", argv[1]);
	if (access(path, F_OK) == 0)	/* a keeper that cannot start */
		return 6;
	must(harden_process(), "harden");
	must(loop_new(&clock, &loop), "loop");
	must(chan_new(3, MSG_KEEPER, MSG_SUPER, QUEUE, &super), "super");
	chan_take_fds(super);
	must(loop_watch(loop, 3, LOOP_READ, super_ready, NULL, &super_watch),
	    "watch");
	must(loop_signals(loop, signals, signal_came, NULL), "signals");
	loop_at_end(loop, turn_ends, NULL);
	must(loop_run(loop), "run");
	/* a clean end, for the test to see */
	(void)snprintf(path, sizeof(path), "%s/keeper/stopped", argv[1]);
	must(file_replace(path, span_str("clean\n"), 0600), "file");
	chan_free(super);
	chan_free(vault);
	for (size_t i = 0; i < 8; i++)
		chan_free(gates[i]);
	loop_free(loop);
	return 0;
}
