/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Count, decide, write, and only then answer. One turn of the loop gathers
 * entries; decide_commit puts them on the disk with one flush and releases
 * what hangs on them.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/sabotage.h"
#include "fhir/claim.h"
#include "keeper/batch.h"
#include "keeper/keeper.h"
#include "proc/aside.h"

/* The most that an answer to a rights question may tell: in force, period,
 * level, prior authorisation, route (docs/journal.md, mask of fields). */
#define FIELDS_RIGHTS 31u
/* Of an estimate: in force, amounts of the acts; and of its explanation, what
 * the contract says of them and the end of a waiting period. */
#define FIELDS_ESTIMATE 39u

/* Behind each entry that was added, so that the batch always takes one more,
 * of whichever kind: a vault that falls silent on thousands of questions at
 * once fails these, and not the keeper. */
static void make_room(struct keeper *k)
{
	if (k->decided.count + book_waiting(k->book) >= BOOK_BATCH)
		decide_commit(k);
}

/* For an entry: time never goes behind it, however long the disk takes until
 * it is there. */
static int64_t time_entry(struct keeper *k)
{
	int64_t now = keeper_now(k);

	hour_floor(&k->hour, now);
	return now;
}

static void put_decided(struct keeper *k, struct slot *s, uint8_t decision)
{
	struct keeper_decided *d = &k->decided;

	s->state = SLOT_DECIDED;
	s->decision = decision;
	s->decided_ms = time_entry(k);
	s->next = NULL;
	*(d->last ? &d->last->next : &d->first) = s;
	d->last = s;
	if (++d->count == KEEPER_DECIDED)
		decide_commit(k);
	else
		make_room(k);
}

void decide_refuse(struct keeper *k, struct slot *s, uint8_t decision,
    enum fhir_refusal refusal)
{
	int64_t now = keeper_now(k);

	s->refusal = refusal;
	s->number = 0;
	if (batch_holds(k, s, decision))
		return;
	if (summary_alone(k->summary, s->key, now)) {
		put_decided(k, s, decision);
		return;
	}
	summary_add(k->summary, s->key, s->plane, decision, now);
	reply_refuse(k, s);
}

/* What the operator hears of; the asker hears nothing of it. */
static void tell_alarms(const struct slot *s, uint32_t alarms)
{
	static const struct {
		uint32_t bit;
		const char *words;
	} table[] = {
		{GUARD_ALARM_PROFESSION24, "profession, 24 hours"},
		{GUARD_ALARM_PROFESSION30, "profession, 30 days"},
		{GUARD_ALARM_CELL24, "cell, 24 hours"},
		{GUARD_ALARM_CELL30, "cell, 30 days"},
		{GUARD_ALARM_PLATFORM24, "platform, 24 hours"},
		{GUARD_ALARM_PLATFORM30, "platform, 30 days"},
		{GUARD_ALARM_CARD, "one card at too many sites"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (alarms & table[i].bit)
			log_say(LOG_WARN,
			    "alarm: budget reached: %s (site %u, cell %u)",
			    table[i].words, s->ask.site, s->ask.cell);
}

void decide_found(struct keeper *k, struct slot *s, uint64_t number)
{
	struct guard_verdict v;
	enum err e;

	if (batch_found(k, s, number))
		return;
	/* closed while the vault looked */
	if (question_barred(k, s))
		return;
	e = guard_count(k->guard, &s->ask, number, keeper_now(k), &v);
	if (e) {
		often_line(k, OFTEN_COUNT, LOG_ERROR, "counting failed: %s",
		    err_text(e));
		decide_refuse(k, s, LEAF_REFUSED_SLOW, REFUSAL_BUSY);
		return;
	}
	tell_alarms(s, v.alarms);
	s->told = v.told;
	if (v.told.decision != GUARD_GO) {
		decide_refuse(k, s, LEAF_REFUSED_BUDGET, REFUSAL_BUDGET);
		return;
	}
	s->number = number;
	put_decided(k, s, LEAF_ANSWERED);
}

static void fill_opening(const struct keeper *k, const struct slot *s,
    struct opening *o)
{
	*o = (struct opening){
	    .site = span_str(s->site),
	    .rpps = span_str(s->rpps),
	    .cell = s->ask.cell,
	    .number = s->number,
	    .proof = s->proof,
	    .domain = span_str(s->domain),
	    .care_day = s->care_day,
	    .path = span_str(s->path),
	    .line = s->line,
	    .params = span_str(s->params),
	};
	memcpy(o->key_id, k->registry->keys[s->key].id, SIGN_KEY_ID);
	memcpy(o->question, s->ask.q, OPENING_QUESTION);
	memcpy(o->signature, s->signature, SIGN_SIZE);
	memcpy(o->digest, s->digest, HASH_SIZE);
}

static enum err write_entry(struct keeper *k, struct slot *s, int64_t now)
{
	struct leaf leaf = {
	    .kind = LEAF_ASKED,
	    .time_ms = now,
	    .plane = s->plane,
	    .purpose = s->purpose,
	    .fields = s->decision != LEAF_ANSWERED ? 0 :
		s->purpose == RIGHTS_ESTIMATE ? FIELDS_ESTIMATE :
		FIELDS_RIGHTS,
	    .existed = s->number != 0,
	    .decision = s->decision,
	};
	struct opening o;

	fill_opening(k, s, &o);
	random_fill(&k->salts, s->blinding, LEAF_BLINDING);
	memcpy(o.blinding, s->blinding, LEAF_BLINDING);
	memcpy(leaf.replay, s->replay, LEAF_REPLAY);
	return book_asked(k->book, &leaf, s->key, &o, &s->index);
}

static void ask_vault(struct keeper *k, struct slot *s)
{
	char transaction[NOTE_NAME_SIZE + 24];
	struct rights_do m = {
	    .index = s->index,
	    .cell = s->ask.cell,
	    .number = s->number,
	    .purpose = s->purpose,
	    .care_day = s->care_day,
	    .now_ms = keeper_now(k),
	    .domain = span_str(s->domain),
	    .convention = span_str(s->convention),
	    .csr = span_str(s->csr),
	    .amc = span_str(s->amc),
	    .acts = span_of(s->acts, s->acts_n),
	};
	int n = snprintf(transaction, sizeof(transaction), "%s/%llu",
	    k->conf.origin, (unsigned long long)s->index);

	memcpy(m.blinding, s->blinding, RIGHTS_BLINDING);
	m.transaction = span_of(transaction, (size_t)n);
	buf_clear(&k->scratch);
	rights_do_pack(&m, &k->scratch);
	s->state = SLOT_DOING;
	s->due_ms = clock_boot_ms(&k->hour.clock) + k->conf.vault_timeout_ms;
	if (k->scratch.err || !vaults_answers(k, s->ask.cell) ||
	    vaults_put(k, s->ask.cell, MSG_DO,
	    slots_ref(k->slots, s), buf_span(&k->scratch)))
		decide_silent(k, s);
}

/* The first of d, taken away; NULL: none is left. */
static struct slot *take(struct keeper_decided *d)
{
	struct slot *s = d->first;

	if (!s)
		return NULL;
	d->first = s->next;
	if (!d->first)
		d->last = NULL;
	d->count--;
	return s;
}

/* The batch is durable: answers may be asked for, refusals may leave. More may
 * be decided meanwhile, and even another batch be committed. */
static void release(struct keeper *k, struct keeper_decided d)
{
	struct slot *s;

	while ((s = take(&d))) {
		if (s->decision == LEAF_ANSWERED) {
			ask_vault(k, s);
		} else {
			outstanding_settle(k->outstanding, s->index);
			reply_refuse(k, s);
		}
	}
}

static void refuse_all(struct keeper *k, struct keeper_decided *d)
{
	struct slot *s;

	while ((s = take(d))) {
		s->decision = LEAF_REFUSED_SLOW;
		s->has_fault = false;
		s->refusal = REFUSAL_JOURNAL;
		reply_refuse(k, s);
	}
}

/* Nothing may be answered any more: say so to those who wait, and stop. */
static void give_up(struct keeper *k, enum err e)
{
	refuse_all(k, &k->landing.decided);
	refuse_all(k, &k->decided);
	keeper_fail(k, "the journal cannot be written: nothing is answered, "
	    "look at the disk", e);
}

/*
 * Entries carry the time of their count, so that a start counts the same; those
 * behind notes of this batch, which may be younger, its own: times never fall.
 */
static enum err write_entries(struct keeper *k, const struct keeper_landing *l)
{
	enum err e = ERR_OK;

	for (struct slot *s = l->decided.first; s && !e; s = s->next)
		e = write_entry(k, s, l->notes ? l->now_ms : s->decided_ms);
	return e;
}

/* What is due, written, and flushed too unless ret_fd: that is then to be
 * flushed, or -1. */
static enum err write_batch(struct keeper *k, int *ret_fd)
{
	struct keeper_landing *l = &k->landing;
	enum err e;

	*l = (struct keeper_landing){.decided = k->decided,
	    .first = book_size(k->book),
	    .notes = book_waiting(k->book),
	    .now_ms = time_entry(k)};
	k->decided = (struct keeper_decided){0};
	e = write_entries(k, l);
	if (!e)
		e = outstanding_add(
		    k->outstanding, l->first, l->notes + l->decided.count);
	if (e)
		return e;
	return ret_fd ? book_write(k->book,
	    outstanding_released(k->outstanding), ret_fd) :
	    book_commit(k->book, outstanding_released(k->outstanding));
}

/* The batch is on the disk, or e. */
static void go_on(struct keeper *k, enum err e)
{
	struct keeper_landing l = k->landing;

	if (e && !SABOTAGED(FLUSH)) {
		give_up(k, e);
		return;
	}
	k->landing.decided = (struct keeper_decided){0};
	for (size_t i = 0; i < l.notes; i++)
		outstanding_settle(k->outstanding, l.first + i);
	release(k, l.decided);
}

static bool is_under_way(const struct keeper *k)
{
	return k->flusher && aside_is_busy(k->flusher);
}

static bool is_due(const struct keeper *k)
{
	return !k->failed &&
	    (k->decided.count > 0 || book_waiting(k->book) > 0);
}

static enum err flush(const void *job)
{
	const int *fd = job;

	return fdatasync(*fd) == 0 ? ERR_OK : ERR_IO;
}

void decide_begin(struct keeper *k)
{
	enum err e;

	if (!k->flusher) {
		decide_commit(k);
		return;
	}
	if (is_under_way(k) && aside_is_over(k->flusher))
		decide_landed(k);
	if (is_under_way(k) || !is_due(k))
		return;
	e = write_batch(k, &k->landing_fd);
	if (e || k->landing_fd < 0)
		go_on(k, e);
	else
		aside_begin(k->flusher, flush, &k->landing_fd);
}

void decide_landed(struct keeper *k)
{
	enum err e;

	if (!is_under_way(k))
		return;
	e = aside_wait(k->flusher);
	go_on(k, book_landed(k->book, !e));
}

void decide_commit(struct keeper *k)
{
	decide_landed(k);
	if (is_due(k))
		go_on(k, write_batch(k, NULL));
}

/* An entry that says that nothing left for s. */
static enum err note_not_disclosed(
    struct keeper *k, const struct slot *s, uint8_t reason)
{
	struct leaf leaf = {
	    .kind = LEAF_NOT_DISCLOSED,
	    .time_ms = time_entry(k),
	    .first = s->index,
	    .end = s->index + 1,
	    .reason = reason,
	};
	uint64_t index;
	enum err e = book_note(k->book, &leaf, BOOK_NOBODY, NULL, &index);

	if (!e)
		make_room(k);
	return e;
}

/* No answer will come of the vault; the asker hears refusal. */
static void fail(struct keeper *k, struct slot *s, uint8_t reason,
    enum fhir_refusal refusal)
{
	enum err e;

	s->refusal = refusal;
	if (s->state == SLOT_DOING) {
		e = SABOTAGED(NOT_DISCLOSED) ? ERR_OK :
		    note_not_disclosed(k, s, reason);
		if (e) {
			keeper_fail(k, "not-disclosed entry", e);
			return;
		}
		outstanding_settle(k->outstanding, s->index);
	} else if (batch_holds(k, s, LEAF_REFUSED_SLOW)) {
		return;
	} else {
		summary_add(k->summary, s->key, s->plane, LEAF_REFUSED_SLOW,
		    keeper_now(k));
	}
	s->decision = LEAF_REFUSED_SLOW;
	reply_refuse(k, s);
}

void decide_silent(struct keeper *k, struct slot *s)
{
	vaults_unheard(k, s->ask.cell);
	fail(k, s, LEAF_REASON_VAULT_SILENT, REFUSAL_VAULT);
}

void decide_later(struct keeper *k, struct slot *s, enum fhir_refusal refusal)
{
	fail(k, s, 0, refusal);	/* nothing was asked yet: no reason is due */
}

void decide_unfit(struct keeper *k, struct slot *s, struct span which)
{
	struct reader r = reader_of(which);
	unsigned line = read_u8(&r);

	s->fault = claim_unfit(line, read_bytes(&r, reader_left(&r)));
	s->has_fault = true;
	summary_unfit(k->summary, s->key, keeper_now(k));
	fail(k, s, LEAF_REASON_UNFIT, REFUSAL_INTERNAL);
}

void decide_no_room(struct keeper *k, struct slot *s)
{
	often_line(k, OFTEN_NO_ROOM, LOG_WARN, "an answer of cell %u is too "
	    "long for its bundle", s->ask.cell);
	fail(k, s, LEAF_REASON_NO_ROOM, REFUSAL_VAULT);
}

void decide_held(struct keeper *k, struct slot *s)
{
	if (s->decision == LEAF_REFUSED_SLOW)
		fail(k, s, 0, s->refusal);	/* asked before: no entry */
	else
		decide_refuse(k, s, s->decision, s->refusal);
}

void decide_over(struct keeper *k, struct slot *s)
{
	often_line(k, OFTEN_OVER, LOG_WARN, "alarm: the vault's ceiling of "
	    "persons is reached (site %u, cell %u)", s->ask.site, s->ask.cell);
	fail(k, s, LEAF_REASON_CEILING, REFUSAL_CEILING);
}

/* Whoever uses a stolen key runs into its budget, and goes on: the operator
 * hears of it within two minutes, once for all keys. */
static void tell_spent(const struct keeper *k,
    const struct summary_line *lines, uint32_t n)
{
	const struct summary_line *most = NULL;
	uint32_t keys = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (lines[i].key == SUMMARY_STRANGERS ||
		    lines[i].reason != LEAF_REFUSED_BUDGET)
			continue;
		keys++;
		if (!most || lines[i].count > most->count)
			most = &lines[i];
	}
	if (most)
		log_say(LOG_WARN, "alarm: budget spent, and it goes on: %u "
		    "refused in a minute beyond the first %u (site %u, key "
		    "%u), other keys: %u", most->count, SUMMARY_ALONE,
		    k->registry->keys[most->key].site + 1, most->key + 1,
		    keys - 1);
}

void decide_summaries(struct keeper *k, bool all)
{
	int64_t now = keeper_now(k);
	const struct summary_line *lines;
	uint32_t n;

	if (!all && !summary_due(k->summary, now))
		return;
	lines = summary_take(k->summary, &n);
	tell_spent(k, lines, n);
	for (uint32_t i = 0; i < n; i++) {
		bool one = lines[i].key != SUMMARY_STRANGERS;
		struct leaf leaf = {
		    .kind = LEAF_SUMMARY,
		    .time_ms = time_entry(k),
		    .plane = lines[i].plane,
		    .count = lines[i].count,
		    .reason = lines[i].reason,
		};
		uint64_t index;
		enum err e = book_note(k->book, &leaf,
		    one ? lines[i].key : BOOK_NOBODY,
		    one ? k->registry->keys[lines[i].key].id : NULL, &index);

		if (e) {
			keeper_fail(k, "summary entry", e);
			return;
		}
		make_room(k);
	}
}
