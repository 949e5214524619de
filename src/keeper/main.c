/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse-keeper DIR: set-up, the loop, and its orderly end. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/date.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "keeper/keeper.h"
#include "keeper/tagger.h"
#include "keeper/wide.h"
#include "proc/harden.h"

#define QUEUE_MOST (64u << 20)	/* bytes a peer may leave unread */
#define REPLAY_MOST (1u << 21)	/* nonces of one life at 10,000 a second */
#define RETRY_MS 25		/* how often waiting questions are looked at */
#define SECOND_MS 1000
#define SNAPSHOT_ENTRIES 200000	/* entries between two snapshots */
#define STOP_MS 3000		/* a clean end waits so long for answers */

int64_t keeper_now(struct keeper *k)
{
	/* one time for a whole turn: what is counted and what is written
	 * carry the same */
	if (k->turn_ms == 0)
		k->turn_ms = hour_now(&k->hour);
	return k->turn_ms;
}

void keeper_fail(struct keeper *k, const char *words, enum err e)
{
	log_say(LOG_ERROR, "%s: %s: stopping", words, err_text(e));
	k->failed = true;
	loop_stop(k->loop);
}

static enum err profession_figures(struct keeper *k)
{
	const struct registry *r = k->registry;
	enum err e = ERR_OK;

	for (size_t i = 0; i < r->profession_count && !e; i++) {
		struct guard_figures f;

		memcpy(f.of, r->professions[i].figures, sizeof(f.of));
		e = guard_set_figures(k->guard, (uint16_t)(i + 1), 0,
		    GUARD_NOBODY, &f);
	}
	return e;
}

static enum guard_mode mode_of(const struct keeper *k, const char *control)
{
	return registry_observes(k->registry, control) ? GUARD_OBSERVE :
	    GUARD_ENFORCE;
}

enum err keeper_figures(struct keeper *k)
{
	enum err e = profession_figures(k);

	if (!e)
		e = wide_apply(k);
	guard_set_mode(k->guard, GUARD_BUDGETS, mode_of(k, "budget"));
	guard_set_mode(k->guard, GUARD_SHARED, mode_of(k, "wide"));
	guard_set_mode(k->guard, GUARD_PRESENCE, mode_of(k, "presence"));
	book_cells(k->book, (uint32_t)k->registry->insurer_count);
	return e;
}

/* The vault's word on slot s, or on a scope or a feed. */
static enum err take_vault(struct keeper *k, const struct msg *m)
{
	struct rights_resolved resolved;
	struct rights_done done;
	struct feed_state state;
	struct slot *s = slots_find(k->slots, m->ref);
	struct span handle;
	enum err e;

	switch (m->type) {
	case MSG_VAULT_READY:
		k->vault_ready = true;
		return ERR_OK;
	case MSG_RESOLVED:
		e = rights_resolved_unpack(m->body, &resolved);
		if (!e && s && s->state == SLOT_RESOLVING)
			decide_found(k, s, resolved.number);
		return e;
	case MSG_DONE:
		e = rights_done_unpack(m->body, &done);
		if (!e && s && s->state == SLOT_DOING)
			reply_done(k, s, &done);
		return e;
	case MSG_HANDLED:
		e = rights_handled_unpack(m->body, &handle);
		if (!e)
			scope_handled(k, m->ref, handle);
		return e;
	default:
		e = feed_state_unpack(m->body, &state);
		if (!e)
			feed_state(k, &state);
		return e;
	}
}

static void vault_ready(void *ctx, unsigned bits)
{
	struct keeper *k = ctx;
	struct msg m;
	enum err e;

	(void)bits;
	while (!(e = chan_get(k->vault, &m)) && !k->failed)
		if (take_vault(k, &m)) {
			keeper_fail(k, "the vault broke the protocol",
			    ERR_SHAPE);
			return;
		}
	if (e && e != ERR_STATE)
		keeper_fail(k, "the vault is gone", e);
}

/* At an orderly end the gate goes first; otherwise super starts all anew. */
static void gate_gone(struct keeper *k)
{
	loop_drop(k->gate_watch);
	chan_free(k->gate);
	k->gate_watch = NULL;
	k->gate = NULL;
	log_say(LOG_INFO, "the gate is gone");
}

static void gate_ready(void *ctx, unsigned bits)
{
	struct keeper *k = ctx;
	struct ask ask;
	struct msg m;
	enum err e;

	(void)bits;
	while (!(e = chan_get(k->gate, &m)) && !k->failed) {
		if (ask_unpack(m.body, &ask) || ask.plane != ASK_FLOW) {
			keeper_fail(k, "the gate broke the protocol",
			    ERR_SHAPE);
			return;
		}
		question_take(k, m.ref, &ask);
	}
	if (e == ERR_SHAPE)
		keeper_fail(k, "the gate broke the protocol", e);
	else if (e && e != ERR_STATE)
		gate_gone(k);
}

static void super_ready(void *ctx, unsigned bits)
{
	struct keeper *k = ctx;
	struct msg m;
	enum err e;

	(void)bits;
	while (!(e = chan_get(k->super, &m)))
		;
	if (e != ERR_STATE) {
		k->stopping = true;
		loop_stop(k->loop);
	}
}

static void say_ready(struct keeper *k)
{
	if (k->ready_said || !k->vault_ready)
		return;
	k->ready_said = true;
	log_say(LOG_INFO, "ready: %llu entries, %zu keys, %zu cells",
	    (unsigned long long)book_size(k->book), k->registry->key_count,
	    k->registry->insurer_count);
	if (chan_put(k->super, MSG_READY, 0, span_of(NULL, 0)))
		keeper_fail(k, "super", ERR_CLOSED);
}

static enum err flush(struct chan *c, struct loop_watch *w, bool reads)
{
	enum err e = chan_flush(c);

	if (!e)
		e = loop_change(w, (reads ? LOOP_READ : 0) |
		    (chan_wants_write(c) ? LOOP_WRITE : 0));
	return e;
}

/* Once per turn: the disk, then whoever waits for it. */
static void end_of_turn(void *ctx)
{
	struct keeper *k = ctx;

	if (!k->failed)
		decide_commit(k);
	say_ready(k);
	if (flush(k->vault, k->vault_watch, true) && !k->failed)
		keeper_fail(k, "the vault is gone", ERR_CLOSED);
	if (k->gate && flush(k->gate, k->gate_watch, !k->stopping))
		gate_gone(k);
	if (flush(k->super, k->super_watch, true) && !k->failed)
		keeper_fail(k, "super is gone", ERR_CLOSED);
	admin_flush(k);
	if (!k->failed)
		outstanding_mark(k->outstanding);
	k->turn_ms = 0;
}

/* Slowed questions go on; what the vault left too long is refused. */
static void look_at_slots(void *ctx)
{
	struct keeper *k = ctx;
	int64_t now = clock_boot_ms(&k->hour.clock);

	for (uint32_t i = 0; i < SLOT_COUNT && slots_used(k->slots); i++) {
		struct slot *s = slots_at(k->slots, i);

		if (s->state == SLOT_FREE || s->due_ms > now)
			continue;
		if (s->state == SLOT_WAITING)
			question_go_on(k, s);
		else if (s->state != SLOT_DECIDED)
			decide_silent(k, s);
	}
	if (loop_timer_set(k->loop, &k->retry, RETRY_MS))
		keeper_fail(k, "timer", ERR_NOMEM);
}

/*
 * A snapshot is written by a forked child: the state stands still there while
 * questions go on here.
 */
static void snapshot(struct keeper *k)
{
	struct secret month;
	pid_t child;

	if (book_size(k->book) < k->snapshot_size + SNAPSHOT_ENTRIES)
		return;
	/* a month's key is made here: the child's would be lost with it */
	if (months_need(book_months(k->book),
		date_month_of_ms(keeper_now(k)), &month))
		return;
	secret_wipe(&month, sizeof(month));
	k->snapshot_size = book_size(k->book);
	child = fork();
	if (child == 0)
		_exit(fold_save(&k->fold, keeper_now(k)) ? 1 : 0);
	if (child < 0)
		log_say(LOG_WARN, "snapshot: no process");
}

static void reap(void)
{
	int status;

	while (waitpid(-1, &status, WNOHANG) > 0)
		if (status != 0)
			log_say(LOG_WARN, "snapshot not written");
}

static void every_second(void *ctx)
{
	struct keeper *k = ctx;
	enum err e;

	decide_summaries(k, false);
	if (k->failed)
		return;
	decide_commit(k);
	e = book_publish(k->book);
	if (!e)
		e = ledger_publish(k->ledger);
	if (e) {
		keeper_fail(k, "checkpoints cannot be written", e);
		return;
	}
	reap();
	snapshot(k);
	if (loop_timer_set(k->loop, &k->second, SECOND_MS))
		keeper_fail(k, "timer", ERR_NOMEM);
}

static void came(void *ctx, int number)
{
	struct keeper *k = ctx;

	if (number == SIGTERM || number == SIGINT) {
		k->stopping = true;
		loop_stop(k->loop);
	}
}

static enum err write_mark(
    struct keeper *k, uint8_t kind, uint64_t first, uint64_t end)
{
	struct leaf leaf = {.kind = kind, .time_ms = keeper_now(k),
	    .first = first, .end = end};
	uint64_t index;
	enum err e = book_note(k->book, &leaf, BOOK_NOBODY, NULL, &index);

	if (!e)
		e = book_commit(k->book, kind == LEAF_START ? first :
		    book_size(k->book));
	if (!e)
		hour_floor(&k->hour, leaf.time_ms);
	return e;
}

/* Lets answers that are due leave, then writes the end and a snapshot. */
static void stop_cleanly(struct keeper *k)
{
	int64_t until = clock_boot_ms(&k->hour.clock) + STOP_MS;
	enum err e = ERR_OK;

	if (k->gate && loop_change(k->gate_watch, 0))
		return;
	while (slots_used(k->slots) && !k->failed && !e &&
	    clock_boot_ms(&k->hour.clock) < until)
		e = loop_turn(k->loop, RETRY_MS);
	if (k->failed || slots_used(k->slots))
		return;
	decide_summaries(k, true);
	decide_commit(k);
	if (!k->failed)
		e = write_mark(k, LEAF_STOP, 0, 0);
	if (!e)
		e = book_publish(k->book);
	if (!e)
		e = ledger_publish(k->ledger);
	if (!e)
		e = fold_save(&k->fold, keeper_now(k));
	if (e)
		log_say(LOG_ERROR, "no clean end: %s", err_text(e));
	else
		log_say(LOG_INFO, "stopped at %llu entries",
		    (unsigned long long)book_size(k->book));
}

static int64_t drill_offset(const struct keeper *k)
{
	char path[PATH_MAX];
	struct buf text;
	uint64_t v = 0;
	bool minus;
	struct span s;

	if (!k->conf.drill || file_path(
	    path, sizeof(path), k->dir, "keeper/clock"))
		return 0;
	buf_init(&text, 64);
	if (file_read(path, &text) || text.n < 2) {
		buf_release(&text);
		return 0;
	}
	minus = text.p[0] == '-';
	s = span_of(text.p + minus, text.n - minus - 1);
	if (text_u64(s, INT64_MAX, &v))
		v = 0;
	buf_release(&text);
	return minus ? -(int64_t)v : (int64_t)v;
}

/* Keys, registry, journal, budgets: all that comes from the disk. */
static enum err open_state(struct keeper *k)
{
	struct book_options options = {.dir = k->dir,
	    .origin = k->conf.origin, .random = &k->random};
	char path[PATH_MAX];
	uint8_t root[HASH_SIZE];
	enum err e = file_path(path, sizeof(path), k->dir, "keeper");

	if (!e)
		e = keyring_load(path, &k->keys);
	if (!e)
		e = ledger_open(k->dir, k->conf.origin, k->keys, &k->ledger);
	if (e)
		return e;
	k->registry = ledger_registry(k->ledger);
	options.keys = k->keys;
	e = book_open(&options, &k->book);
	if (!e)
		e = replay_new(&k->keys->replay, REPLAY_MOST,
		    (LIMIT_SIGNATURE_LIFE_S + 2 * LIMIT_SKEW_S) * 1000,
		    &k->replay);
	if (!e)
		e = tagger_new(&k->keys->index, &k->tagger);
	if (e)
		return e;
	k->guard = guard_new();
	if (!k->guard)
		return ERR_NOMEM;
	ledger_root(k->ledger, root);
	book_registry(k->book, ledger_size(k->ledger), root);
	e = wide_load(k);
	return e ? e : keeper_figures(k);
}

/*
 * The journal's last entry says how long the registry was and what it was: an
 * older or another one, from a backup say, would give revoked keys their
 * rights back.
 */
static enum err check_registry(struct keeper *k)
{
	struct tlog_record record;
	struct leaf leaf;
	uint64_t size = book_size(k->book);
	enum err e;

	if (size == 0)
		return ERR_OK;
	e = tlog_read(book_log(k->book), size - 1, &record);
	if (!e)
		e = leaf_unpack(record.leaf, &leaf);
	if (!e)
		e = ledger_holds(
		    k->ledger, leaf.registry_size, leaf.registry_root);
	if (e == ERR_CORRUPT)
		log_say(LOG_ERROR, "the registry is behind the journal, or "
		    "another: an old backup? See docs/operations.md");
	return e;
}

/*
 * What the journal tells: budgets, nonces, time; and what a stop that was not
 * clean left open: those persons cannot be excluded, says a restart entry.
 */
static enum err resume(struct keeper *k)
{
	struct fold_result found;
	char path[PATH_MAX];
	uint64_t released, mark;
	enum err e;

	k->fold = (struct fold){k->book, k->guard, k->replay, k->registry,
	    k->keys, &k->random, k->dir};
	e = check_registry(k);
	if (!e)
		e = fold_run(&k->fold, keeper_now(k), &found);
	if (!e)
		e = file_path(path, sizeof(path), k->dir, "keeper/released");
	if (e)
		return e;
	mark = outstanding_read(path);
	released = found.released;
	if (mark > released && mark <= found.size)
		released = mark;
	if (found.stopped)
		released = found.size;
	hour_floor(&k->hour, found.last_ms);
	k->turn_ms = 0;
	e = write_mark(k, LEAF_START, released, found.size);
	if (!e)
		e = outstanding_open(
		    path, book_size(k->book), &k->outstanding);
	if (!e && released < found.size)
		log_say(LOG_WARN, "entries %llu to %llu cannot be excluded",
		    (unsigned long long)released,
		    (unsigned long long)found.size - 1);
	k->snapshot_size = found.from;
	return e;
}

static enum err open_channels(struct keeper *k)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGCHLD, 0};
	enum err e = chan_new(KEEPER_FD_SUPER, MSG_KEEPER, MSG_SUPER,
	    QUEUE_MOST, &k->super);

	if (!e)
		e = chan_new(KEEPER_FD_VAULT, MSG_KEEPER, MSG_VAULT,
		    QUEUE_MOST, &k->vault);
	if (!e)
		e = chan_new(KEEPER_FD_FLOW, MSG_KEEPER, MSG_GATE, QUEUE_MOST,
		    &k->gate);
	if (!e)
		e = loop_new(&k->hour.clock, &k->loop);
	if (!e)
		e = loop_signals(k->loop, signals, came, k);
	if (!e)
		e = loop_watch(k->loop, KEEPER_FD_SUPER, LOOP_READ,
		    super_ready, k, &k->super_watch);
	if (!e)
		e = loop_watch(k->loop, KEEPER_FD_VAULT, LOOP_READ,
		    vault_ready, k, &k->vault_watch);
	if (!e)
		e = loop_watch(k->loop, KEEPER_FD_FLOW, LOOP_READ, gate_ready,
		    k, &k->gate_watch);
	return e ? e : admin_listen(k);
}

static enum err open_memory(struct keeper *k)
{
	enum err e = slots_new(&k->slots);

	buf_init(&k->plain, LIMIT_BODY + 4096);
	buf_init(&k->body, LIMIT_BODY);
	buf_init(&k->scratch, LIMIT_DATAGRAM);
	k->tokens = calloc(LIMIT_JSON_TOKENS, sizeof(*k->tokens));
	if (!e && !k->tokens)
		e = ERR_NOMEM;
	return e ? e : summary_new(&k->summary);
}

static enum err start_timers(struct keeper *k)
{
	enum err e;

	loop_timer_init(&k->second, every_second, k);
	loop_timer_init(&k->retry, look_at_slots, k);
	loop_at_end(k->loop, end_of_turn, k);
	e = loop_timer_set(k->loop, &k->second, SECOND_MS);
	return e ? e : loop_timer_set(k->loop, &k->retry, RETRY_MS);
}

static void release(struct keeper *k)
{
	scope_release(k);
	feed_release(k);
	admin_close(k);
	chan_free(k->super);
	chan_free(k->vault);
	chan_free(k->gate);
	loop_free(k->loop);
	slots_free(k->slots);
	summary_free(k->summary);
	outstanding_close(k->outstanding);
	replay_free(k->replay);
	guard_free(k->guard);
	tagger_free(k->tagger);
	book_close(k->book);
	ledger_close(k->ledger);
	keyring_free(k->keys);
	free(k->tokens);
	free(k->members);
	buf_release(&k->plain);
	buf_release(&k->body);
	buf_release(&k->scratch);
}

static int complain(const char *what, enum err e)
{
	log_say(LOG_ERROR, "%s: %s", what, err_text(e));
	return 1;
}

static int run(struct keeper *k)
{
	enum err e = open_memory(k);

	if (!e)
		e = open_state(k);
	if (e)
		return complain("opening keys, registry and journal", e);
	e = resume(k);
	if (e)
		return complain("counting what the journal says", e);
	e = open_channels(k);
	if (!e)
		e = start_timers(k);
	if (!e)
		e = loop_run(k->loop);
	if (e)
		return complain("loop", e);
	if (k->stopping && !k->failed)
		stop_cleanly(k);
	return k->failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct keeper k;
	struct conf_fault fault;
	int status;

	log_init("keeper", LOG_INFO);
	if (argc != 2) {
		(void)fprintf(stderr, "usage: ecluse-keeper DIR\n"
		    "Started by ecluse-super; see ecluse serve.\n");
		return 2;
	}
	/* a file size limit shall be an error we can tell, not our death */
	(void)signal(SIGXFSZ, SIG_IGN);
	k.dir = argv[1];
	k.random = random_system();
	if (harden_process())
		return complain("giving up privileges", ERR_IO);
	if (conf_load(k.dir, &k.conf, &fault)) {
		log_say(LOG_ERROR, "%s", fault.text);
		return 1;
	}
	log_init("keeper", k.conf.log_level);
	hash_start();
	hour_init(&k.hour, clock_system(), drill_offset(&k));
	k.started_ms = keeper_now(&k);
	status = run(&k);
	release(&k);
	return status;
}
