/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/text.h"
#include "fhir/bundle.h"
#include "fhir/extension.h"
#include "keeper/batch.h"
#include "keeper/keeper.h"
#include "keeper/promises.h"
#include "keeper/route.h"

/* What the keeper writes around a vault's answer: claims of some 400 bytes, a
 * salt, six hashes, the entry's own words. */
#define LINE_AROUND 1536
/* Of a sealed answer, and for each line: one covered by one contract has some
 * 2,500 bytes, a second contract 600 more. */
#define ROOM_HEAD 4096
#define ROOM_LINE 3072

_Static_assert(ROOM_HEAD + LIMIT_BUNDLE_LINES * ROOM_LINE + SEAL_PAD +
    SEAL_ANSWER_OVERHEAD <= LIMIT_BUNDLE, "a bundle's room is an answer");
_Static_assert(LIMIT_BUNDLE_LINES * (ROUTE_OUTCOME + 64) + SEAL_PAD +
    SEAL_ANSWER_OVERHEAD <= LIMIT_BUNDLE, "what the keeper writes is one");

struct batch {
	struct slot *head;
	unsigned count;
	unsigned resolving;	/* lines that the vaults look for, and 1 while
				   they are being sent */
	unsigned done;
	uint32_t wait_ms;	/* the most that a line is slowed */
	bool counting, counted;
	struct slot *lines[LIMIT_BUNDLE_LINES];
	struct buf text;	/* what vaults answered, one behind the other */
};

/* --- the end --- */

static void release(struct keeper *k, struct batch *b)
{
	for (unsigned i = 0; i < b->count; i++)
		slots_give(k->slots, b->lines[i]);
	buf_release(&b->text);
	free(b);
}

void batch_close(struct keeper *k)
{
	for (uint32_t i = 0; i < slots_reach(k->slots); i++) {
		struct slot *s = slots_at(k->slots, i);

		if (!s->batch || s->line)
			continue;
		release(k, s->batch);
		slots_give(k->slots, s);
	}
}

static bool is_answered(const struct slot *s)
{
	return s->decision == LEAF_ANSWERED;
}

static enum err promise_lines(
    struct keeper *k, const struct batch *b, struct promises *p)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < b->count && !e; i++) {
		const struct slot *s = b->lines[i];
		struct promise one = reply_promise(k, s,
		    span_str(s->rights_level), s->rights_authorization);

		if (is_answered(s) && s->rights_state == RIGHTS_COVERED)
			e = promises_add(p, i, &one, &k->keys->blinding,
			    &k->salts);
	}
	return e;
}

static void write_line(const struct keeper *k, const struct batch *b,
    unsigned nth, const struct promises *p, struct buf *line, struct buf *out)
{
	const struct slot *s = b->lines[nth];
	struct extension_left left = {s->told.left_t24, s->told.left_c24};
	uint16_t status = is_answered(s) ? 200 :
	    s->has_fault ? s->fault.status : refusal_text(s->refusal)->status;

	bundle_line_open(nth, status, is_answered(s), out);
	if (is_answered(s)) {
		buf_clear(line);
		promises_line(p, nth, line);
		buf_put(out, b->text.p + s->text_at, s->text_n);
		extension_close_line(&left, buf_span(line), out);
	} else {
		reply_outcome(k, s, out);
	}
	bundle_line_close(is_answered(s), status, out);
}

/* Spaces behind the JSON: sealed, so many lines have one length, whoever of
 * them is covered. */
static void fill_room(struct keeper *k, const struct batch *b)
{
	size_t n = k->body.n, room = ROOM_HEAD + b->count * ROOM_LINE;

	if (b->head->sealed && n < room && buf_extend(&k->body, room - n))
		memset(k->body.p + n, ' ', room - n);
}

static enum err write_answer(
    struct keeper *k, const struct batch *b, struct promises *p)
{
	struct buf line;
	enum err e = promise_lines(k, b, p);

	buf_init(&line, 4096);
	if (!e)
		e = promises_sign(p, k->conf.origin, keeper_now(k),
		    k->keys->promise, &line);
	buf_clear(&k->body);
	bundle_open(buf_span(&line), &k->body);
	for (unsigned i = 0; i < b->count && !e; i++) {
		write_line(k, b, i, p, &line, &k->body);
		e = line.err;
	}
	bundle_close(&k->body);
	fill_room(k, b);
	buf_release(&line);
	return e ? e : k->body.err;
}

static void finish(struct keeper *k, struct batch *b)
{
	struct promises *p = promises_new();
	enum err e = p ? write_answer(k, b, p) : ERR_NOMEM;

	promises_free(p);
	for (unsigned i = 0; i < b->count && !e; i++)
		if (is_answered(b->lines[i]))
			outstanding_settle(
			    k->outstanding, b->lines[i]->index);
	if (e) {
		keeper_fail(k, "writing a bundle's answer", e);
		slots_give(k->slots, b->head);
	} else {
		reply_body(k, b->head, 200, 0);
	}
	release(k, b);
}

/* Of the room for texts, what s's vault leaves to others that have not said all:
 * each has the share of its lines. */
static size_t others_share(
    struct keeper *k, const struct slot *s, size_t room)
{
	const struct vaults_vault *own = vaults_of(k, s->ask.cell);
	size_t lines[CONF_VAULTS] = {0}, has[CONF_VAULTS] = {0};
	size_t all = 0, share = 0;
	bool open[CONF_VAULTS] = {false};

	for (unsigned i = 0; i < s->batch->count; i++) {
		const struct slot *one = s->batch->lines[i];
		size_t v = (size_t)(vaults_of(k, one->ask.cell) - k->vaults);

		if (!is_answered(one))
			continue;
		all++;
		lines[v]++;
		has[v] += one->text_n;
		open[v] |= one->state != SLOT_DONE;
	}
	for (size_t v = 0; v < k->vault_count; v++)
		if (open[v] && own != &k->vaults[v] &&
		    lines[v] * room / all > has[v])
			share += lines[v] * room / all - has[v];
	return share;
}

/* A vault may say up to LIMIT_BODY for each line: that is its own affair until
 * the whole, sealed if it is, no longer goes in one message, or another vault
 * would have to be silent for it. */
static bool has_room(
    struct keeper *k, const struct slot *s, const struct rights_done *done)
{
	const struct batch *b = s->batch;
	size_t around = b->count * LINE_AROUND +
	    (b->head->sealed ? SEAL_PAD + SEAL_ANSWER_OVERHEAD : 0);

	for (unsigned i = 0; i < b->count; i++)
		if (route_is(b->lines[i]->refusal))
			around += ROUTE_OUTCOME - LINE_AROUND + 64;
	return b->text.n + done->body.n +
	    others_share(k, s, LIMIT_BUNDLE - around) <= LIMIT_BUNDLE - around;
}

static void keep(struct slot *s, const struct rights_done *done)
{
	struct batch *b = s->batch;
	enum err e = text_copy(
	    done->level, s->rights_level, sizeof(s->rights_level));

	assert(!e);	/* a text of that length: msg/rights.h */
	(void)e;
	s->rights_state = done->state;
	s->rights_authorization = done->authorization != 0;
	s->text_at = b->text.n;
	s->text_n = done->body.n;
	buf_put_span(&b->text, done->body);
}

void batch_done(
    struct keeper *k, struct slot *s, const struct rights_done *done)
{
	struct batch *b = s->batch;

	if (done && !has_room(k, s, done)) {
		decide_no_room(k, s);	/* comes back here, with NULL */
		return;
	}
	s->state = SLOT_DONE;
	if (done)
		keep(s, done);
	if (b->text.err) {
		keeper_fail(k, "a line of a bundle", b->text.err);
		return;
	}
	b->done++;
	if (b->counted && b->done == b->count)
		finish(k, b);
}

/* --- the count, in order --- */

static void count(struct keeper *k, struct batch *b)
{
	b->counting = true;
	for (unsigned i = 0; i < b->count && !k->failed; i++) {
		struct slot *s = b->lines[i];

		if (s->decision)
			decide_held(k, s);
		else
			decide_found(k, s, s->number);
	}
	b->counted = true;
	if (b->done == b->count)
		finish(k, b);
}

static void settle(struct keeper *k, struct batch *b)
{
	if (--b->resolving == 0)
		count(k, b);
}

bool batch_found(struct keeper *k, struct slot *s, uint64_t number)
{
	if (!s->line || s->batch->counting)
		return false;
	s->number = number;
	s->state = SLOT_HELD;
	settle(k, s->batch);
	return true;
}

bool batch_holds(struct keeper *k, struct slot *s, uint8_t decision)
{
	bool resolving = s->state == SLOT_RESOLVING;

	if (!s->line || s->batch->counting)
		return false;
	s->state = SLOT_HELD;
	s->decision = decision;
	if (resolving)
		settle(k, s->batch);
	return true;
}

/* --- the lines --- */

void batch_admitted(struct slot *s, uint32_t wait_ms)
{
	s->state = SLOT_HELD;
	if (wait_ms > s->batch->wait_ms)
		s->batch->wait_ms = wait_ms;
}

static void resolve(struct keeper *k, struct batch *b)
{
	b->head->state = SLOT_BUNDLE;
	b->resolving = 1;
	for (unsigned i = 0; i < b->count; i++) {
		if (b->lines[i]->decision)
			continue;
		b->resolving++;
		question_resolve(k, b->lines[i]);
	}
	settle(k, b);
}

void batch_go_on(struct keeper *k, struct slot *head)
{
	struct batch *b = head->batch;

	for (unsigned i = 0; i < b->count; i++)
		if (!b->lines[i]->decision)
			question_go_on(k, b->lines[i]);
	resolve(k, b);
}

/* Who asks is the head's, line by line. */
static void copy_asker(const struct slot *head, struct slot *s)
{
	s->plane = head->plane;
	memcpy(s->signature, head->signature, sizeof(s->signature));
	memcpy(s->digest, head->digest, sizeof(s->digest));
	memcpy(s->path, head->path, sizeof(s->path));
	memcpy(s->params, head->params, sizeof(s->params));
	memcpy(s->replay, head->replay, sizeof(s->replay));
	memcpy(s->site, head->site, sizeof(s->site));
}

/* Slots for all lines, or none. */
static struct batch *open_batch(
    struct keeper *k, struct slot *head, unsigned count)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	buf_init(&b->text, LIMIT_BUNDLE);
	b->head = head;
	while (b->count < count) {
		struct slot *s = slots_take(k->slots, head->plane);

		if (s)
			b->lines[b->count++] = s;
		if (!s || slots_own(k->slots, s, head->key)) {
			release(k, b);
			return NULL;
		}
		copy_asker(head, s);
		s->batch = b;
		s->line = (uint8_t)b->count;
		s->state = SLOT_HELD;
	}
	head->batch = b;
	head->state = SLOT_BUNDLE;
	return b;
}

void batch_start(struct keeper *k, struct slot *head, struct span body)
{
	struct bundle_lines lines;
	struct batch *b;

	if (bundle_read(body, k->tokens, &lines, &head->fault)) {
		head->has_fault = true;
		decide_refuse(k, head, LEAF_REFUSED_FORM, REFUSAL_INTERNAL);
		return;
	}
	b = open_batch(k, head, lines.count);
	if (!b) {
		decide_refuse(k, head, LEAF_REFUSED_SLOW, REFUSAL_BUSY);
		return;
	}
	for (unsigned i = 0; i < b->count; i++) {
		struct slot *s = b->lines[i];

		if (lines.of[i].question.n > 0) {
			question_line(k, s, lines.of[i].question);
			continue;
		}
		s->fault = lines.of[i].fault;
		s->has_fault = true;
		decide_refuse(k, s, LEAF_REFUSED_FORM, REFUSAL_INTERNAL);
	}
	if (b->wait_ms == 0) {
		resolve(k, b);
		return;
	}
	head->state = SLOT_WAITING;
	head->due_ms = clock_boot_ms(&k->hour.clock) + b->wait_ms;
}
