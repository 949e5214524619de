/* SPDX-License-Identifier: Apache-2.0 */
/* One turn of the keeper's loop: peers, timers, and what ends the turn. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/date.h"
#include "base/log.h"
#include "keeper/ahead.h"
#include "keeper/contracts.h"
#include "keeper/decoys.h"
#include "keeper/keys.h"
#include "keeper/publish.h"
#include "keeper/purge.h"
#include "keeper/retain.h"
#include "keeper/tables.h"
#include "msg/sibling.h"
#include "proc/aside.h"
#include "proc/loop.h"

#define QUEUE_MOST (1u << 20)	/* bytes super may leave unread */
#define RETRY_MS 25		/* how often waiting questions are looked at */
#define SECOND_MS 1000
#ifndef SNAPSHOT_ENTRIES	/* fewer in tests/tools */
#define SNAPSHOT_ENTRIES 20000	/* entries between two snapshots */
#endif
#define SNAPSHOT_NICE 10
#define SNAPSHOT_REST 9	/* and so many times as long as the last one took */

void keeper_stop_sibling(
    struct keeper *k, uint8_t kind, uint8_t nth, uint32_t turn)
{
	struct sibling s = {kind, nth};
	uint8_t body[SIBLING_SIZE];

	sibling_pack(&s, body);
	if (chan_put(k->super, MSG_STOP, turn, span_of(body, sizeof(body))))
		keeper_fail(k, "super", ERR_CLOSED);
}

/* Super says one thing: here is the channel to a gate or a vault that was just
 * started. */
static enum err take_sibling(struct keeper *k, const struct msg *m)
{
	int fd = chan_fd_came(k->super);
	struct sibling s;
	enum err e = sibling_unpack(m->body, &s);

	if (!e && (fd < 0 || m->ref > UINT32_MAX))
		e = ERR_SHAPE;
	if (e) {
		if (fd >= 0)
			(void)close(fd);
		return e;
	}
	return s.kind == SIBLING_GATE ?
	    gates_take(k, s.nth, (uint32_t)m->ref, fd) :
	    vaults_take(k, s.nth, (uint32_t)m->ref, fd);
}

static void super_ready(void *ctx, unsigned bits)
{
	struct keeper *k = ctx;
	struct msg m;
	enum err e, took = ERR_OK;

	(void)bits;
	while (!took && !(e = chan_get(k->super, &m)))
		took = take_sibling(k, &m);
	if (took) {
		keeper_fail(k, "super's channel", took);
	} else if (e != ERR_STATE) {
		k->stopping = true;
		loop_stop(k->loop);
	}
}

static void say_ready(struct keeper *k)
{
	if (k->ready_said || !vaults_all_ready(k))
		return;
	k->ready_said = true;
	log_say(LOG_INFO, "ready: %llu entries, %zu keys, %zu cells",
	    (unsigned long long)book_size(k->book), k->registry->key_count,
	    k->registry->insurer_count);
	if (chan_put(k->super, MSG_READY, 0, span_of(NULL, 0)))
		keeper_fail(k, "super", ERR_CLOSED);
}

static enum err flush(struct chan *c, struct loop_watch *w)
{
	enum err e = chan_flush(c);

	if (!e)
		e = loop_change(w, LOOP_READ |
		    (chan_wants_write(c) ? LOOP_WRITE : 0));
	return e;
}

static void flushed(void *ctx, unsigned bits)
{
	(void)bits;
	decide_landed(ctx);
}

static void published(void *ctx, unsigned bits)
{
	(void)bits;
	publish_landed(ctx);
}

static void verified(void *ctx, unsigned bits)
{
	(void)bits;
	ahead_landed(ctx);
}

static enum err watch_threads(struct keeper *k)
{
	enum err e = ERR_OK;

	if (k->flusher)
		e = loop_watch(k->loop, aside_descriptor(k->flusher),
		    LOOP_READ, flushed, k, &k->flusher_watch);
	if (!e && k->publisher)
		e = loop_watch(k->loop, aside_descriptor(k->publisher),
		    LOOP_READ, published, k, &k->publisher_watch);
	if (!e && k->verifier)
		e = loop_watch(k->loop, aside_descriptor(k->verifier),
		    LOOP_READ, verified, k, &k->verifier_watch);
	return e;
}

/* To the disk, and to whoever waits. */
static void settle(struct keeper *k)
{
	decide_begin(k);
	vaults_flush(k);
	gates_flush(k);
	if (!k->failed)
		outstanding_mark(k->outstanding);
}

/* Once per turn. What vaults said goes on its way before new questions are
 * read: so vaults and gates have work while these are verified. */
static void end_of_turn(void *ctx)
{
	struct keeper *k = ctx;

	if (guard_failed(k->guard) && !k->failed)
		keeper_fail(k, "keeper/budgets cannot be read again",
		    guard_failed(k->guard));
	settle(k);
	gates_read(k);
	settle(k);
	say_ready(k);
	if (flush(k->super, k->super_watch) && !k->failed)
		keeper_fail(k, "super is gone", ERR_CLOSED);
	admin_flush(k);
	k->turn_ms = 0;
}

/* Slowed questions go on; what the vault left too long is refused. */
static void look_at_slots(void *ctx)
{
	struct keeper *k = ctx;
	int64_t now = clock_boot_ms(&k->hour.clock);

	loop_timer_again(k->loop, &k->retry, RETRY_MS);
	for (uint32_t i = 0;
	     i < slots_reach(k->slots) && slots_used(k->slots); i++) {
		struct slot *s = slots_at(k->slots, i);

		if (s->state == SLOT_FREE || s->due_ms > now)
			continue;
		if (s->state == SLOT_WAITING)
			question_go_on(k, s);
		else if (s->state == SLOT_RESOLVING ||
		    s->state == SLOT_DOING) {
			vaults_silent(k, s->ask.cell);
			decide_silent(k, s);
		}
	}
}

/* Nobody waits for it: whoever answers questions goes before. Its status is
 * the error. */
_Noreturn static void write_snapshot(struct keeper *k)
{
	(void)setpriority(PRIO_PROCESS, 0, SNAPSHOT_NICE);
	_exit((int)fold_save(&k->fold, FOLD_TEMP_CHILD, keeper_now(k)));
}

/*
 * A snapshot is written by a forked child: the state stands still there while
 * questions go on here. What is written behind it is folded at a start, so
 * they follow one another closely, but take a tenth of the time at most.
 */
static void snapshot(struct keeper *k)
{
	struct turn_snapshot *s = &k->snapshot;
	int64_t now_ms = clock_boot_ms(&k->hour.clock);
	struct secret month;
	pid_t child;

	if (s->child > 0 || now_ms < s->next_ms ||
	    book_size(k->book) < s->size + SNAPSHOT_ENTRIES)
		return;
	/* a month's key is made here: the child's would be lost with it */
	if (months_need(book_months(k->book),
		date_month_of_ms(keeper_now(k)), &month))
		return;
	secret_wipe(&month, sizeof(month));
	s->size = book_size(k->book);
	s->began_ms = now_ms;
	child = still_fork(&s->still);
	if (child == 0)
		write_snapshot(k);
	s->child = child;
	if (child < 0) {
		still_end(&s->still);
		log_say(LOG_WARN, "snapshot: no process");
	}
}

static void reap(struct keeper *k)
{
	struct turn_snapshot *s = &k->snapshot;
	int64_t now_ms = clock_boot_ms(&k->hour.clock);
	int status;

	while (waitpid(-1, &status, WNOHANG) > 0) {
		s->child = 0;
		still_end(&s->still);
		s->next_ms = now_ms + (now_ms - s->began_ms) * SNAPSHOT_REST;
		if (status != 0)
			log_say(LOG_WARN, "snapshot not written");
	}
}

static void every_second(void *ctx)
{
	struct keeper *k = ctx;
	enum err e;

	loop_timer_again(k->loop, &k->second, SECOND_MS);
	publish_look(k);
	decide_summaries(k, false);
	if (k->failed)
		return;
	decide_commit(k);
	e = keys_settle(k);
	if (e) {
		keeper_fail(k, "keys", e);
		return;
	}
	e = publish_begin(k);
	if (!e)
		e = ledger_publish(k->ledger);
	if (e) {
		keeper_fail(k, PUBLISH_FAILED, e);
		return;
	}
	still_widen(&k->snapshot.still);
	reap(k);
	snapshot(k);
	feed_look(k);
	contracts_look(k);
	scope_look(k);
	backup_look(k);
	tables_look(k);
	decoys_look(k);
	decoys_say(k);
	vaults_say(k);
	often_say(k, false);
	purge_settle(k);
	retain_settle(k);
}

static void came(void *ctx, int number)
{
	struct keeper *k = ctx;

	if (number == SIGTERM || number == SIGINT) {
		k->stopping = true;
		loop_stop(k->loop);
	}
}

enum err turn_channels(struct keeper *k)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGCHLD, 0};
	enum err e = chan_new(KEEPER_FD_SUPER, MSG_KEEPER, MSG_SUPER,
	    QUEUE_MOST, &k->super);

	if (!e)
		e = loop_new(&k->hour.clock, &k->loop);
	if (!e)
		e = loop_signals(k->loop, signals, came, k);
	if (!e)
		e = loop_watch(k->loop, KEEPER_FD_SUPER, LOOP_READ,
		    super_ready, k, &k->super_watch);
	if (e)
		return e;
	e = watch_threads(k);
	if (e)
		return e;
	chan_take_fds(k->super);
	vaults_open(k);
	return admin_listen(k);
}

enum err turn_timers(struct keeper *k)
{
	enum err e;

	loop_timer_init(&k->second, every_second, k);
	loop_timer_init(&k->retry, look_at_slots, k);
	loop_at_end(k->loop, end_of_turn, k);
	e = loop_timer_set(k->loop, &k->second, SECOND_MS);
	return e ? e : loop_timer_set(k->loop, &k->retry, RETRY_MS);
}
