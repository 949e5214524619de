/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What leaves: every answer, refusals and unknowns too, is signed over its
 * status, its bytes and the question's own signature (RFC 9421), so that
 * nothing between us and the asker can swap or invent one.
 */
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "base/sabotage.h"
#include "base/text.h"
#include "fhir/extension.h"
#include "fhir/metadata.h"
#include "fhir/outcome.h"
#include "json/read.h"
#include "keeper/batch.h"
#include "keeper/keeper.h"
#include "keeper/route.h"
#include "msg/estimate.h"

#define TYPE_SEALED "application/ecluse-sealed"
#define TYPE_FHIR "application/fhir+json"
#define TYPE_JSON "application/json"
#define QUESTION_SIGNATURE (sizeof("ecluse=::") + TEXT_B64_SIZE(SIGN_SIZE))

/* What a line of a bundle may have, so that fifty of them and what the keeper
 * writes around them are within a bundle's limits: arrays and objects that it
 * stands in, and values and names; two insurances have 185. */
#define LINE_LEVELS 3
#define LINE_TOKENS 512

_Static_assert(LIMIT_BUNDLE_LINES * (LINE_TOKENS + 128) <= LIMIT_BUNDLE_TOKENS,
    "a bundle's answer can be read");

/* Whose question is answered. */
struct to {
	uint8_t plane;
	uint32_t turn;	/* of its gate */
	uint64_t ref;
};

static struct to to_asker(
    const struct keeper *k, uint64_t ref, const struct ask *ask)
{
	return (struct to){ask->plane, gates_turn(k, ask->plane), ref};
}

/* Signs a and sends it to the gate. question: its Signature field, or "". */
static void send(struct keeper *k, const struct to *to, struct ask_answer *a,
    struct span question)
{
	struct httpsig_answer what = {.status = a->status,
	    .content_type = a->content_type, .body = a->body,
	    .question = question};
	struct httpsig_fields fields;
	enum err e = httpsig_answer_sign(
	    &what, keeper_now(k) / 1000, k->keys->answer, &fields);

	if (e) {
		keeper_fail(k, "signing an answer", e);
		return;
	}
	a->content_digest = span_str(fields.digest);
	a->signature_input = span_str(fields.input);
	a->signature = span_str(fields.signature);
	buf_clear(&k->scratch);
	ask_answer_pack(a, &k->scratch);
	e = k->scratch.err;
	if (!e)
		e = gates_put(k, to->plane, to->turn, to->ref,
		    buf_span(&k->scratch));
	if (e)
		often_line(k, OFTEN_UNHANDED, LOG_WARN,
		    "answer not handed over: %s", err_text(e));
}

/* The question's Signature field, as its asker sent it. */
static void question_field(
    const struct slot *s, char out[static QUESTION_SIGNATURE])
{
	char text[TEXT_B64_SIZE(SIGN_SIZE)];

	text_b64(s->signature, SIGN_SIZE, text);
	(void)snprintf(out, QUESTION_SIGNATURE, "ecluse=:%s:", text);
}

void reply_body(
    struct keeper *k, struct slot *s, uint16_t status, uint16_t retry_after_s)
{
	char question[QUESTION_SIGNATURE];
	struct to to = {s->plane, s->gate_turn, s->gate_ref};
	struct ask_answer a = {.status = status,
	    .retry_after_s = retry_after_s,
	    .content_type = span_str(s->sealed ? TYPE_SEALED : TYPE_FHIR)};
	enum err e = k->body.err;

	buf_clear(&k->plain);
	if (!e && s->sealed)
		e = seal_answer(&s->seal, buf_span(&k->body), &k->random,
		    &k->plain);
	a.body = buf_span(s->sealed ? &k->plain : &k->body);
	question_field(s, question);
	if (e)
		keeper_fail(k, "writing an answer", e);
	else
		send(k, &to, &a, span_str(question));
	slots_give(k->slots, s);
}

struct promise reply_promise(struct keeper *k, const struct slot *s,
    struct span level, bool authorization)
{
	return (struct promise){
	    .origin = span_str(k->conf.origin),
	    .amc = span_str(s->amc),
	    .site = span_str(s->site),
	    .domain = span_str(s->domain),
	    .level = level,
	    .rules = span_str("rights-1"),
	    .index = s->index,
	    .number = s->number,
	    .cell = s->ask.cell,
	    .authorization = authorization,
	    .care_day = s->care_day,
	    .now_ms = keeper_now(k),
	};
}

static enum err write_promise(struct keeper *k, const struct slot *s,
    const struct rights_done *done, struct buf *out)
{
	struct promise p =
	    reply_promise(k, s, done->level, done->authorization != 0);

	return promise_write(&p, &k->keys->blinding, k->keys->promise, out);
}

/* Spaces behind the JSON, up to the room of so many acts: the same length for
 * whoever is meant. */
static void fill_room(struct keeper *k, const struct slot *s)
{
	size_t room = estimate_room(s->act_count);

	if (s->purpose != RIGHTS_ESTIMATE || k->body.err)
		return;
	if (k->body.n > room)
		often_line(k, OFTEN_LONG, LOG_WARN, "an estimate of cell %u is "
		    "longer than its room", s->ask.cell);
	while (k->body.n < room && !k->body.err)
		buf_put_u8(&k->body, ' ');
}

/* Whole, or of cents: readers differ in what they take 1e999 for, and one that
 * takes it for a fault reads nothing of the whole. */
static bool are_plain(const struct json *j)
{
	int64_t ignored;

	for (uint16_t i = 0; i < j->count; i++)
		if (json_type(j, i) == JSON_NUMBER &&
		    json_decimal(j, i, 2, &ignored))
			return false;
	return true;
}

/* Arrays and objects within each other. */
static unsigned levels_of(const struct json *j)
{
	uint16_t ends[LIMIT_JSON_DEPTH];	/* no more were read */
	unsigned n = 0, most = 0;

	for (uint16_t i = 0; i < j->count; i++) {
		enum json_type type = json_type(j, i);

		while (n > 0 && i >= ends[n - 1])
			n--;
		if (type == JSON_OBJECT || type == JSON_ARRAY)
			ends[n++] = j->tokens[i].next;
		if (n > most)
			most = n;
	}
	return most;
}

/* Can a bundle hold fifty like it? */
static bool has_place(const struct json *j)
{
	return j->count <= LINE_TOKENS &&
	    levels_of(j) + LINE_LEVELS <= LIMIT_JSON_DEPTH;
}

bool reply_reads(struct keeper *k, const struct slot *s, struct span text)
{
	struct json j;
	size_t at;

	buf_clear(&k->scratch);
	buf_put_span(&k->scratch, text);
	buf_put_u8(&k->scratch, '}');
	/* the keeper adds its own extension behind a member that is there */
	return SABOTAGED(LINE) || (!k->scratch.err &&
	    !json_read(buf_span(&k->scratch), k->line_tokens,
		LIMIT_JSON_TOKENS, &j, &at) &&
	    json_type(&j, JSON_TOP) == JSON_OBJECT &&
	    json_count(&j, JSON_TOP) > 0 &&
	    json_member(&j, JSON_TOP, "extension") == JSON_NOWHERE &&
	    are_plain(&j) && (!s->line || has_place(&j)));
}

void reply_done(
    struct keeper *k, struct slot *s, const struct rights_done *done)
{
	struct extension_left left = {s->told.left_t24, s->told.left_c24};
	struct buf promise;
	enum err e = ERR_OK;

	if (s->line) {
		batch_done(k, s, done);
		return;
	}
	buf_init(&promise, 4096);
	/* an estimate promises nothing */
	if (done->state == RIGHTS_COVERED && s->purpose == RIGHTS_READ)
		e = write_promise(k, s, done, &promise);
	if (e) {
		keeper_fail(k, "writing a promise", e);
	} else {
		buf_clear(&k->body);
		buf_put_span(&k->body, done->body);
		extension_close(&left, buf_span(&promise), &k->body);
		fill_room(k, s);
		outstanding_settle(k->outstanding, s->index);
		reply_body(k, s, 200, 0);
	}
	buf_release(&promise);
}

void reply_outcome(
    const struct keeper *k, const struct slot *s, struct buf *out)
{
	if (s->has_fault)
		outcome_write_fault(&s->fault, out);
	else if (route_is(s->refusal))
		route_say(k, s, out);
	else
		outcome_write_refusal(s->refusal, out);
}

void reply_refuse(struct keeper *k, struct slot *s)
{
	const struct fhir_refusal_text *t = refusal_text(s->refusal);

	if (s->line) {
		batch_done(k, s, NULL);
		return;
	}
	buf_clear(&k->body);
	reply_outcome(k, s, &k->body);
	if (s->has_fault)
		reply_body(k, s, s->fault.status, 0);
	else
		reply_body(k, s, t->status, t->retry_after_s);
}

void reply_refuse_ask(struct keeper *k, uint64_t ref, const struct ask *ask,
    enum fhir_refusal refusal)
{
	const struct fhir_refusal_text *t = refusal_text(refusal);
	struct to to = to_asker(k, ref, ask);
	struct ask_answer a = {.status = t->status,
	    .retry_after_s = t->retry_after_s,
	    .content_type = span_str(TYPE_FHIR)};
	uint8_t ignored[SIGN_SIZE];
	struct span question = span_of(NULL, 0);

	/* bind the refusal to whatever well-formed signature came */
	if (!httpsig_signature_parse(ask->signature, ignored))
		question = ask->signature;
	buf_clear(&k->body);
	outcome_write_refusal(refusal, &k->body);
	a.body = buf_span(&k->body);
	if (k->body.err) {
		keeper_fail(k, "writing a refusal", k->body.err);
		return;
	}
	send(k, &to, &a, question);
}

void reply_json(struct keeper *k, const struct feed_carrier *by,
    uint16_t status, uint16_t retry_after_s, const struct buf *body)
{
	struct to to = {by->plane, by->turn, by->ref};
	struct ask_answer a = {.status = status,
	    .retry_after_s = retry_after_s,
	    .content_type = span_str(TYPE_JSON), .body = buf_span(body)};

	if (body->err)
		keeper_fail(k, "writing an answer about a feed", body->err);
	else
		send(k, &to, &a, span_str(by->question));
}

void reply_metadata(
    struct keeper *k, uint64_t ref, const struct ask *ask, bool verified)
{
	char base[LIMIT_AUTHORITY + 16];
	struct metadata m = {.version = span_str(VERSION),
	    .started_ms = k->started_ms, .plain = k->conf.plane[ask->plane].plain};
	struct to to = to_asker(k, ref, ask);
	struct ask_answer a = {.status = 200,
	    .content_type = span_str(METADATA_TYPE)};

	(void)snprintf(base, sizeof(base), "https://%s/fhir",
	    k->conf.plane[ask->plane].authority);
	m.base = span_str(base);
	buf_clear(&k->body);
	metadata_write(&m, &k->body);
	a.body = buf_span(&k->body);
	if (k->body.err) {
		keeper_fail(k, "writing the capability statement", k->body.err);
		return;
	}
	send(k, &to, &a, verified ? ask->signature : span_of(NULL, 0));
}
