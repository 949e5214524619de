/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST and GET /feed/{amc} on the staff plane. The same profile of signatures
 * as a question's, by the insurer's own feed key and no other: it names no
 * professional, and a professional's key names no book.
 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "json/write.h"
#include "keeper/contracts.h"
#include "keeper/feed.h"
#include "keeper/signed.h"

#define TYPE "application/ecluse-feed"
#define TYPE_CONTRACT "application/ecluse-contract"
#define QUERY_MS 10000		/* the gate waits little longer */
#define STATE_MOST 20480

/* The AMC behind that head; false: the path is another. */
static bool is_below(struct span path, const char *head, struct span *ret)
{
	size_t n = strlen(head);

	if (path.n != n + FEED_CHUNK_AMC || memcmp(path.p, head, n) != 0)
		return false;
	*ret = span_of(path.p + n, FEED_CHUNK_AMC);
	return text_digits(*ret);
}

static bool is_contract(struct span path, struct span *ret_amc)
{
	return is_below(path, "/contracts/", ret_amc);
}

bool feed_is_path(struct span path)
{
	struct span amc;

	return is_below(path, "/feed/", &amc) || is_contract(path, &amc);
}

/* Refusals of a question whose words are a professional's: what they say of a
 * feed, or a contract, and of who sends it. */
static const struct {
	const char *fr, *en;
} words[REFUSAL_COUNT] = {
    [REFUSAL_UNSIGNED] = {"L'envoi n'est pas signé.",
	"What was sent carries no signature."},
    [REFUSAL_EXPIRED] = {
	"L'envoi est trop vieux, ou vient d'une horloge déréglée.",
	"What was sent is too old, or comes from a wrong clock."},
    [REFUSAL_REPLAYED] = {"Cet envoi a déjà été reçu.",
	"This was received before."},
    [REFUSAL_KEY_UNKNOWN] = {
	"Cette clé n'est pas la clé de flux de cette AMC.",
	"This key is not the feed key of this AMC."},
    [REFUSAL_BUSY] = {
	"Trop de demandes attendent : réessayer dans quelques secondes.",
	"Too many requests are waiting: try again in a few seconds."},
    [REFUSAL_VAULT] = {
	"Le coffre de cette AMC ne répond pas : réessayer plus tard.",
	"The vault of this AMC does not answer: try again later."},
};

/* A question's refusals, in this interface's form. */
static void refuse(struct keeper *k, const struct feed_carrier *by,
    enum fhir_refusal refusal)
{
	const struct fhir_refusal_text *t = refusal_text(refusal);
	const char *fr = words[refusal].fr, *en = words[refusal].en;
	struct json_writer w;
	struct buf out;

	buf_init(&out, 4096);
	w = json_writer_of(&out);
	json_write_begin(&w, '{');
	json_write_name(&w, "error");
	json_write_begin(&w, '{');
	json_write_pair(&w, "code", t->code);
	json_write_pair(&w, "message_fr", fr ? fr : t->fr);
	json_write_pair(&w, "message_en", en ? en : t->en);
	json_write_end(&w, '}');
	json_write_end(&w, '}');
	reply_json(k, by, t->status, t->retry_after_s, &out);
	buf_release(&out);
}

static bool is_key_of(
    const struct sign_public *key, const uint8_t id[static SIGN_KEY_ID])
{
	uint8_t own[SIGN_KEY_ID];

	if (!key)
		return false;
	sign_public_id(key, own);
	return memcmp(own, id, sizeof(own)) == 0;
}

/* The feed key of that id, or the one before it, of a cell of the AMC (*ret);
 * NULL: none. */
static const struct sign_public *key_of(const struct registry *r,
    struct span amc, const uint8_t id[static SIGN_KEY_ID],
    const struct registry_insurer **ret)
{
	const struct registry_insurer *i = registry_insurer_first(r, amc);

	for (; i; i = registry_insurer_next(r, i)) {
		*ret = i;
		if (is_key_of(i->feed_key, id))
			return i->feed_key;
		if (is_key_of(i->feed_before, id))
			return i->feed_before;
	}
	return NULL;
}

/* REFUSAL_COUNT: signed, now and once, by the feed key of cell *ret. */
static enum fhir_refusal check(struct keeper *k, const struct ask *ask,
    struct span amc, const struct registry_insurer **ret, uint8_t *reason)
{
	const struct registry_insurer *i = NULL;
	const struct sign_public *key;
	uint8_t tag[REPLAY_TAG], digest[HASH_SIZE];
	char authority[LIMIT_AUTHORITY + 1];
	struct httpsig_input in;
	enum fhir_refusal no = signed_input(k, ask, &in, authority, reason);
	enum err e;

	if (no != REFUSAL_COUNT)
		return no;
	key = key_of(k->registry, amc, in.keyid, &i);
	if (!key) {
		*reason = LEAF_REASON_STRANGER;
		return REFUSAL_KEY_UNKNOWN;
	}
	no = signed_verify(ask, &in, authority, key, digest);
	if (no != REFUSAL_COUNT)
		return no;
	*reason = LEAF_REASON_REVOKED;
	if (i->revoked)
		return REFUSAL_KEY_REVOKED;
	*reason = LEAF_REASON_SIGNATURE;
	*ret = i;
	replay_tag(k->replay, in.keyid, in.nonce, tag);
	e = replay_admit(k->replay, tag, keeper_now(k));
	return e == ERR_EXISTS ? REFUSAL_REPLAYED :
	    e ? REFUSAL_BUSY : REFUSAL_COUNT;
}

static void ask_last(struct keeper *k, const struct feed_carrier *by,
    uint32_t cell)
{
	uint8_t body[4];
	struct feed_query *q = k->feed_queries;

	while (q < k->feed_queries + FEED_QUERIES && q->cell != 0)
		q++;
	if (q == k->feed_queries + FEED_QUERIES) {
		refuse(k, by, REFUSAL_BUSY);
		return;
	}
	put_be32(body, cell);
	*q = (struct feed_query){.cell = cell, .turn = ++k->feed_turn,
	    .due_ms = clock_boot_ms(&k->hour.clock) + QUERY_MS,
	    .by = *by};
	if (vaults_put(k, cell, MSG_FEED_LAST, q->turn,
		span_of(body, sizeof(body)))) {
		q->cell = 0;
		refuse(k, by, REFUSAL_VAULT);
	}
}

static void write_last(struct keeper *k, uint32_t cell,
    const struct feed_last *last, struct json_writer *w)
{
	char day[DATE_TEXT_SIZE], made[DATE_STAMP_SIZE];
	char id[2 * FEED_CHUNK_ID + 1];
	struct span report = feed_report(k, cell, last->id);

	date_format(last->effective_day, day);
	date_format_stamp(last->made_ms, made);
	text_hex(last->id, FEED_CHUNK_ID, id);
	json_write_begin(w, '{');
	json_write_pair(w, "id", id);
	json_write_pair(w, "effective", day);
	json_write_pair(w, "made", made);
	json_write_name(w, "generation");
	json_write_int(w, last->generation);
	if (report.n) {
		json_write_name(w, "report");
		buf_put_span(w->out, report);
		w->comma = true;
	}
	json_write_end(w, '}');
}

static void say_state(struct keeper *k, const struct feed_query *q,
    const struct feed_last *last)
{
	struct feed_carrier by = q->by;
	struct json_writer w;
	struct buf out;

	buf_init(&out, STATE_MOST);
	w = json_writer_of(&out);
	json_write_begin(&w, '{');
	json_write_pair(&w, "amc",
	    registry_of_cell(k->registry, q->cell)->amc);
	json_write_name(&w, "open");
	if (!feed_write_open(k, q->cell, &w))
		json_write_bool(&w, false);
	json_write_name(&w, "last");
	if (last->generation > 0)
		write_last(k, q->cell, last, &w);
	else
		json_write_bool(&w, false);
	json_write_end(&w, '}');
	feed_answer(k, &by, &out, true, "");
	buf_release(&out);
}

void feed_lasted(struct keeper *k, uint8_t vault, uint64_t ref,
    const struct feed_last *last)
{
	for (size_t i = 0; i < FEED_QUERIES; i++) {
		struct feed_query *q = &k->feed_queries[i];

		if (q->cell == 0 || q->turn != ref ||
		    vaults_of(k, q->cell)->nth != vault)
			continue;
		say_state(k, q, last);
		q->cell = 0;
		return;
	}
}

void feed_queries_look(struct keeper *k)
{
	for (size_t i = 0; i < FEED_QUERIES; i++) {
		struct feed_query *q = &k->feed_queries[i];

		if (q->cell == 0 || (vaults_runs(k, q->cell) &&
		    q->due_ms > clock_boot_ms(&k->hour.clock)))
			continue;
		refuse(k, &q->by, REFUSAL_VAULT);
		q->cell = 0;
	}
}

static bool is_feed(struct span type)
{
	return span_is(type, TYPE);
}

void feed_ask(struct keeper *k, uint64_t ref, const struct ask *ask)
{
	struct span amc = {0};
	bool contract = is_contract(ask->path, &amc) ||
	    !is_below(ask->path, "/feed/", &amc);
	const struct registry_insurer *i = NULL;
	struct feed_carrier by = {.plane = ask->plane,
	    .turn = gates_turn(k, ask->plane), .ref = ref};
	uint8_t reason, ignored[SIGN_SIZE];
	enum fhir_refusal no = check(k, ask, amc, &i, &reason);

	/* a refusal too is bound to whatever well-formed signature came */
	if (!httpsig_signature_parse(ask->signature, ignored) &&
	    text_copy(ask->signature, by.question, sizeof(by.question)))
		by.question[0] = '\0';
	if (no != REFUSAL_COUNT) {
		summary_add(k->summary, SUMMARY_STRANGERS, ask->plane, reason,
		    keeper_now(k));
		refuse(k, &by, no);
	} else if (k->registry->closed_planes >> ask->plane & 1) {
		refuse(k, &by, REFUSAL_CLOSED_PLANE);
	} else if (i->closed) {
		refuse(k, &by, REFUSAL_CLOSED_CELL);
	} else if (contract && ask->method != ASK_POST) {
		refuse(k, &by, REFUSAL_METHOD);
	} else if (contract && span_is(ask->content_type, TYPE_CONTRACT)) {
		contracts_take(k, &by, i, ask->body);
	} else if (contract) {
		refuse(k, &by, REFUSAL_MEDIA_TYPE);
	} else if (ask->method == ASK_GET) {
		ask_last(k, &by, registry_cell(k->registry, i));
	} else if (!is_feed(ask->content_type)) {
		feed_refuse(k, &by, FEED_NO_TYPE, NULL);
	} else {
		feed_take(k, &by, i, ask->body);
	}
}
