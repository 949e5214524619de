/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/file.h"
#include "base/log.h"
#include "rights/intake.h"
#include "rights/lookup.h"
#include "rights/retain.h"
#include "rights/share_sql.h"
#include "vault/estimate.h"
#include "vault/lock.h"
#include "vault/missing.h"
#include "vault/outbox.h"
#include "vault/vault.h"
#include "vault/waiting.h"

#define PATIENCE_MS 1000	/* with counts that are not signed yet */
#define LIFE_STEPS 32	/* of a feed or a copy, between signs of life */

struct vault {
	struct roll roll;
	struct lookup lookup;
	struct lock *lock;
	struct intake *intake;
	struct chan *chan;	/* the caller's */
	struct buf text, out;	/* of the answer being made */
	struct outbox said;
	uint64_t feed_ref;	/* of the feed's message in work */
	unsigned feed_steps;	/* of that work since a word to the keeper */
	char copy_path[PATH_MAX];
	struct store_copy *copy;	/* under way, or NULL */
	uint64_t copy_ref;
	unsigned copy_steps;	/* since a word to the keeper */
	struct catalogue *catalogue;
	struct estimating estimating;
	struct waiting waiting;	/* contracts */
	struct retain_ask retain;	/* asked, in work after the answers */
	uint64_t retain_ref;
	bool retains;
	struct log_often feed_failed;
	bool more;		/* messages may wait that no poll shows */
	unsigned nth, count;	/* of the vaults */
};

/* The number of vaults is settled when a store is made. */
static enum err check_share(
    struct vault *v, const struct vault_options *options)
{
	unsigned nth = 0, count = 0;
	enum err e = share_sql_check(v->roll.store, options->nth,
	    options->count, &nth, &count);

	if (e == ERR_STATE)
		log_say(LOG_ERROR, "this store is of vault %u of %u, and "
		    "vault.count makes it vault %u of %u: set vault.count "
		    "back to %u", nth, count, options->nth, options->count,
		    count);
	return e == ERR_STATE ? ERR_RANGE : e;
}

enum err vault_open(const struct vault_options *options, struct vault **ret)
{
	struct store_options store = {STORE_SQLITE, options->path,
		options->cache_mib, options->map_mib};
	struct vault *v = calloc(1, sizeof(*v));
	enum err e;

	if (!v)
		return ERR_NOMEM;
	v->nth = options->nth;
	v->count = options->count;
	lookup_init(&v->lookup, &v->roll);
	buf_init(&v->text, LIMIT_BODY - 256);
	buf_init(&v->out, LIMIT_DATAGRAM);
	outbox_init(&v->said, options->flusher);
	e = file_path(v->copy_path, sizeof(v->copy_path), options->folder,
	    "store.db.copy");
	if (!e)
		e = roll_open(&v->roll, &store);
	if (!e)
		e = check_share(v, options);
	if (!e)
		e = lock_open(options->folder, options->clock,
		    options->random, &v->lock);
	v->said.lock = v->lock;
	if (!e)
		e = catalogue_open(
		    v->roll.store, options->rules, &v->catalogue);
	if (!e)
		e = intake_new(&v->roll, options->random, NULL, &v->intake);
	if (e)
		(void)vault_close(v);
	else
		*ret = v;
	return e;
}

enum err vault_close(struct vault *v)
{
	enum err e, counted, flushed;

	if (!v)
		return ERR_OK;
	flushed = outbox_release(&v->said);	/* else it is not signed */
	(void)store_copy_end(v->copy);
	counted = lock_close(v->lock);
	intake_free(v->intake);
	catalogue_close(v->catalogue);
	waiting_release(&v->waiting);
	lookup_release(&v->lookup);
	buf_release(&v->text);
	buf_release(&v->out);
	e = roll_close(&v->roll);
	free(v);
	return flushed ? flushed : e ? e : counted;
}

static enum err put(struct vault *v, enum msg_type type, uint64_t ref)
{
	return v->out.err ? v->out.err :
	    outbox_put(&v->said, type, ref, buf_span(&v->out));
}

enum err vault_greet(struct vault *v, struct chan *c)
{
	enum err e;

	v->chan = c;
	buf_clear(&v->out);
	e = roll_generations(&v->roll, &v->out);
	if (!e)
		e = put(v, MSG_VAULT_READY, 0);
	if (!e)
		e = outbox_settle(&v->said, c);
	return e ? e : chan_flush(c);
}

static enum err on_resolve(struct vault *v, const struct msg *m)
{
	struct rights_resolve asked;
	struct rights_resolved found = {0};
	enum err e = rights_resolve_unpack(m->body, &asked);

	if (!e)
		e = lookup_resolve(&v->lookup, &asked, &found.number);
	if (!e)
		e = lock_resolved(v->lock, &(struct lock_person){asked.cell,
		    roll_persons(&v->roll, asked.cell), found.number},
		    &found.over);
	if (e)
		return e;
	rights_resolved_pack(&found, &v->out);
	return put(v, MSG_RESOLVED, m->ref);
}

/* Counted under the entry that the keeper names; over the ceiling nothing of
 * the answer leaves. */
static enum err count_answer(
    struct vault *v, const struct rights_do *asked, bool *ret_over)
{
	struct lock_person person = {asked->cell,
	    roll_persons(&v->roll, asked->cell), asked->number};

	return lock_answered(v->lock, &person, asked->transaction,
	    asked->index, asked->blinding, ret_over);
}

/* What an estimate says, or which act cannot be priced. */
static enum err estimate(struct vault *v, const struct rights_do *asked,
    struct answer_facts *facts)
{
	struct estimating *m = &v->estimating;
	enum err e = estimate_make(m, v->catalogue, asked, facts);

	if (e)
		return e;
	facts->state = m->state;
	if (m->state != RIGHTS_UNFIT)
		return estimate_say(m, asked, &v->text);
	buf_put_u8(&v->text, (uint8_t)m->line);
	buf_text(&v->text, m->field);
	return v->text.err;
}

static enum err on_do(struct vault *v, const struct msg *m)
{
	struct answer_facts facts;
	struct rights_done done = {.state = RIGHTS_OVER};
	struct rights_do asked;
	bool over = false;
	enum err e = rights_do_unpack(m->body, &asked);

	if (!e)
		e = lookup_facts(&v->lookup, &asked, &facts);
	buf_clear(&v->text);
	if (!e)
		e = asked.purpose == RIGHTS_ESTIMATE ?
		    estimate(v, &asked, &facts) :
		    answer_write(&asked, &facts, &v->text);
	if (!e)
		e = count_answer(v, &asked, &over);
	if (e)
		return e;
	if (!over)
		done = (struct rights_done){.state = (uint8_t)facts.state,
			.authorization = facts.authorization,
			.until_day = facts.until_day,
			.level = facts.level, .body = buf_span(&v->text)};
	rights_done_pack(&done, &v->out);
	return put(v, MSG_DONE, m->ref);
}

static enum err on_handle(struct vault *v, const struct msg *m)
{
	struct rights_handle asked;
	uint8_t handle[LIMIT_HANDLE];
	size_t n = 0;
	enum err e = rights_handle_unpack(m->body, &asked);

	assert(!e);		/* of its one length: msg/msg.h */
	e = lookup_handle(&v->lookup, &asked, handle, &n);
	if (e)
		return e;
	rights_handled_pack(span_of(handle, n), &v->out);
	return put(v, MSG_HANDLED, m->ref);
}

/* What comes of it is the administrators' to know: the keeper tells them. */
static enum err on_act(struct vault *v, const struct msg *m)
{
	const char *words = "";
	enum err e = lock_act(v->lock, m->body, &words);

	if (e)
		log_say(LOG_WARN, "an act is not taken: %s: %s", words,
		    err_text(e));
	buf_put_u16(&v->out, (uint16_t)e);
	buf_text(&v->out, words);
	return put(v, MSG_VAULT_SAID, m->ref);
}

static enum err on_clock(struct vault *v, const struct msg *m)
{
	struct reader r = reader_of(m->body);

	return lock_time(v->lock, (int64_t)read_u64(&r));
}

/* Rows of any other would stay, and no keeper starts beside a vault that says
 * it has them (keeper/generations.h). */
static bool may_be_fed(const struct vault *v, uint32_t cell)
{
	return cell > 0 && cell <= LIMIT_CELLS && cell % v->count == v->nth;
}

static enum err on_begin(struct vault *v, const struct msg *m)
{
	struct feed_begin begin;
	enum err e = feed_begin_unpack(m->body, &begin);

	if (!e && !may_be_fed(v, begin.cell))
		e = ERR_RANGE;
	if (!e)
		e = intake_begin(v->intake, &begin);
	if (!e)
		v->feed_ref = m->ref;
	return e;
}

static enum err on_lines(struct vault *v, const struct msg *m)
{
	enum err e = ERR_STATE;

	if (!intake_owes(v->intake) || m->ref == v->feed_ref)
		e = intake_lines(v->intake, m->body);
	if (!e)
		v->feed_ref = m->ref;
	return e;
}

static enum err on_end(struct vault *v, const struct msg *m)
{
	uint8_t commit = m->body.p[0];	/* one byte: msg/msg.h */
	enum err e = commit > 1 ? ERR_SHAPE :
	    intake_end(v->intake, commit == 1);

	if (!e)
		v->feed_ref = m->ref;
	return e;
}

static enum err answer_copy(struct vault *v, enum err how)
{
	buf_clear(&v->out);
	buf_put_u16(&v->out, (uint16_t)how);
	return put(v, MSG_COPIED, v->copy_ref);
}

/* A copy that nobody fetched is of another day; who asks twice hears twice. */
static enum err on_copy(struct vault *v, const struct msg *m)
{
	enum err e = v->copy ? answer_copy(v, ERR_CLOSED) : ERR_OK;

	if (e)
		return e;
	v->copy_ref = m->ref;
	v->copy_steps = 0;
	(void)store_copy_end(v->copy);
	v->copy = NULL;
	(void)unlink(v->copy_path);
	e = store_copy_begin(v->roll.store, v->copy_path, &v->copy);
	return e ? answer_copy(v, e) : ERR_OK;
}

/* The keeper takes a vault that says nothing for one that hangs. */
static enum err tell_copying(struct vault *v)
{
	if (++v->copy_steps < LIFE_STEPS)
		return ERR_OK;
	v->copy_steps = 0;
	buf_clear(&v->out);
	return put(v, MSG_COPYING, v->copy_ref);
}

/* A few pages a turn; not inside a feed's transaction. */
static enum err work_on_copy(struct vault *v)
{
	enum err e, ended;

	if (!v->copy || store_busy(v->roll.store))
		return ERR_OK;
	e = store_copy_step(v->copy);
	if (!e)
		return tell_copying(v);
	ended = store_copy_end(v->copy);
	v->copy = NULL;
	if (e == ERR_UNKNOWN)
		e = ended;
	if (e)
		log_say(LOG_WARN, "copy: %s", err_text(e));
	return answer_copy(v, e);
}

/* Rows are deleted outside of the questions' transaction. */
static enum err on_retain(struct vault *v, const struct msg *m)
{
	enum err e = retain_ask_unpack(m->body, &v->retain);

	assert(!v->retains);	/* one at a time: msg/order.h */
	v->retain_ref = m->ref;
	v->retains = !e;
	return e;
}

static enum err work_on_retention(struct vault *v)
{
	struct retain_said said = {.state = RETAIN_BUSY};
	enum err e = ERR_OK;

	if (!v->retains)
		return ERR_OK;
	v->retains = false;
	if (retain_bound(&v->retain, lock_today(v->lock)))
		said.state = RETAIN_REFUSED;
	else if (!intake_has_feed(v->intake))	/* who else writes is done */
		e = retain_step(&v->roll, &v->retain, &said);
	if (e) {
		log_say(LOG_ERROR, "retention: %s", err_text(e));
		said = (struct retain_said){.state = RETAIN_BUSY};
	}
	buf_clear(&v->out);
	retain_said_pack(&said, &v->out);
	return put(v, MSG_RETAINED, v->retain_ref);
}

static enum err on_last(struct vault *v, const struct msg *m)
{
	struct feed_last last;
	enum err e = intake_last(v->intake, get_be32(m->body.p), &last);

	if (e)
		return e;
	feed_last_pack(&last, &v->out);
	return put(v, MSG_FEED_LASTED, m->ref);
}

static enum err say_contract(
    struct vault *v, uint64_t ref, const struct contracts_said *said)
{
	buf_clear(&v->out);
	contracts_said_pack(said, &v->out);
	return put(v, MSG_CONTRACT_SAID, ref);
}

/* It waits for its turn: questions are being read. */
static enum err on_contract(struct vault *v, const struct msg *m)
{
	struct contracts_said full = {.outcome = CONTRACTS_FAILED};
	enum err e = waiting_put(&v->waiting, m->ref, m->body);

	return e == ERR_FULL ? say_contract(v, m->ref, &full) : e;
}

/* Between two questions: the next one is priced by the new rules. */
static enum err on_rules(struct vault *v, const struct msg *m)
{
	catalogue_reload(v->catalogue, &v->out);
	return put(v, MSG_RULES_SAID, m->ref);
}

/* Not inside a feed's transaction, whose undoing would take it along. One a
 * turn: to read one and write it down takes as long as many questions. */
static enum err work_on_contracts(struct vault *v)
{
	struct contracts_put in;
	struct contracts_said said;
	struct buf body;
	uint64_t ref;
	enum err e;

	if (store_busy(v->roll.store) ||
	    !waiting_take(&v->waiting, &ref, &body))
		return ERR_OK;
	e = contracts_put_unpack(buf_span(&body), &in);
	if (!e) {
		catalogue_put(v->catalogue, &in, &said);
		e = say_contract(v, ref, &said);
	}
	buf_release(&body);
	return e;
}

/* Every message that the keeper may send, and who serves it. */
static const struct {
	enum msg_type type;
	enum err (*serve)(struct vault *v, const struct msg *m);
} served[] = {
	{MSG_RESOLVE, on_resolve},
	{MSG_DO, on_do},
	{MSG_HANDLE, on_handle},
	{MSG_VAULT_ACT, on_act},
	{MSG_VAULT_CLOCK, on_clock},
	{MSG_FEED_BEGIN, on_begin},
	{MSG_FEED_LINES, on_lines},
	{MSG_FEED_END, on_end},
	{MSG_COPY, on_copy},
	{MSG_CONTRACT, on_contract},
	{MSG_RULES, on_rules},
	{MSG_RETAIN, on_retain},
	{MSG_FEED_LAST, on_last},
};

static enum err serve(struct vault *v, const struct msg *m)
{
	enum err e = ERR_STATE;

	buf_clear(&v->out);
	for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++)
		if (served[i].type == m->type)
			e = served[i].serve(v, m);
	if (e)
		log_say(LOG_ERROR, "%s: %s", msg_name(m->type), err_text(e));
	return e;
}

/* All messages that wait, until the answers fill a datagram. */
static enum err take_messages(struct vault *v)
{
	struct msg m;
	enum err e = ERR_OK;

	v->more = true;
	while (vault_takes(v) && !e) {
		e = chan_get(v->chan, &m);
		if (e == ERR_STATE) {
			v->more = false;
			return ERR_OK;
		}
		if (!e)
			e = serve(v, &m);
	}
	return e;
}

static enum err put_state(struct vault *v, const struct feed_state *state)
{
	v->feed_steps = 0;
	buf_clear(&v->out);
	feed_state_pack(state, &v->out);
	return put(v, MSG_FEED_STATE, v->feed_ref);
}

/* Answers to the feed's messages; or, while one takes long, a sign of life:
 * the keeper stops a vault that says nothing. */
static enum err answer_feed(struct vault *v)
{
	struct feed_state state;
	struct missing missing;
	enum err e = ERR_OK;

	if (v->feed_steps >= LIFE_STEPS) {
		v->feed_steps = 0;
		buf_clear(&v->out);
		e = put(v, MSG_FEED_WORKS, v->feed_ref);
	}
	while (!e && intake_answer(v->intake, &state)) {
		if (state.outcome == FEED_COMMITTED)
			e = missing_look(
			    &missing, v->catalogue, v->intake, &state);
		if (!e)
			e = put_state(v, &state);
	}
	return e;
}

/* A feed that is left lying, for its mutuelle sends no more, does not keep
 * contracts and copies from the store. */
static enum err rest_feed(struct vault *v)
{
	return v->waiting.count > 0 || v->copy ? intake_yield(v->intake) : ERR_OK;
}

static enum err work_on_feed(struct vault *v)
{
	enum err e;

	if (intake_busy(v->intake)) {
		v->feed_steps += intake_owes(v->intake);
		e = intake_step(v->intake);
	} else {
		e = rest_feed(v);
	}
	if (e && e != ERR_SHAPE) {
		if (log_often_now(&v->feed_failed, "feeds that failed"))
			log_say(LOG_WARN, "feed: %s", err_text(e));
		e = ERR_OK;	/* undone, hidden and answered so */
	}
	return e;
}

/* A feed looks at all of the store: through the map it would be as large. */
static enum err answer_questions(struct vault *v)
{
	enum err e, ended;

	if (!store_busy(v->roll.store))
		store_map(v->roll.store, !intake_has_feed(v->intake));
	e = roll_read(&v->roll);
	if (!e)
		e = take_messages(v);
	ended = roll_read_end(&v->roll);
	return e ? e : ended;
}

enum err vault_turn(struct vault *v)
{
	enum err e = outbox_land(&v->said, v->chan);

	e = e ? e : chan_flush(v->chan);
	/* its own flush is the loop's: not while the thread is at one */
	if (!e && !outbox_is_landing(&v->said))
		e = lock_sign(v->lock);
	e = e ? e : answer_questions(v);
	e = e ? e : answer_feed(v);
	e = e ? e : outbox_settle(&v->said, v->chan);
	e = e ? e : chan_flush(v->chan);
	e = e ? e : work_on_feed(v);
	e = e ? e : work_on_retention(v);
	e = e ? e : work_on_copy(v);
	e = e ? e : work_on_contracts(v);
	e = e ? e : answer_feed(v);
	e = e ? e : outbox_settle(&v->said, v->chan);
	return e ? e : chan_flush(v->chan);
}

bool vault_takes(const struct vault *v)
{
	return !chan_wants_write(v->chan) && outbox_has_room(&v->said);
}

/* Else not until the keeper reads, or the disk wrote. */
bool vault_is_busy(const struct vault *v)
{
	return vault_takes(v) && (v->more || v->copy ||
	    v->waiting.count > 0 || intake_busy(v->intake));
}

int64_t vault_patience_ms(const struct vault *v)
{
	return vault_is_busy(v) ? 0 :
	    lock_is_unsigned(v->lock) ? PATIENCE_MS : -1;
}
