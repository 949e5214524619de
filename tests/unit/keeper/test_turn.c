/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: the loop turns whatever its peers do: super's word alone says who is
 * connected, questions that wait are looked at, what is due every second is
 * done; what the keeper cannot go on without stops it, and nothing else does.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "failing.h"
#include "keeper/ahead.h"
#include "keeper/bodies.h"
#include "keeper/publish.h"
#include "keeper/whole.h"
#include "proc/aside.h"
#include "registry/turns.h"

#define SECOND INT64_C(1000)
#define SNAPSHOT 20000	/* entries between two */

/* The time that the next timers find. */
static void later(struct whole *w, int64_t ms)
{
	struct keeper *k = &w->d.k;

	desk_at(&w->d, keeper_now(k) + ms);
	whole_turn(w);
}

/* --- super --- */

static void test_ready_is_said_once_all_vaults_are(void **state)
{
	struct whole *w = *state;
	struct chan *first;
	struct msg m;

	w->d.k.conf.vault_count = 2;
	whole_loops(w);
	whole_starts(w, SIBLING_VAULT, 0, 3);
	whole_says(w, MSG_VAULT_READY, 0, span_of(NULL, 0));
	whole_turn(w);
	whole_turn(w);
	assert_true(w->d.k.vaults[0].ready);
	assert_false(whole_told(w, &m));
	first = w->d.vault;
	w->d.vault = NULL;
	whole_starts(w, SIBLING_VAULT, 1, 4);
	whole_says(w, MSG_VAULT_READY, 0, span_of(NULL, 0));
	whole_turn(w);
	whole_turn(w);
	assert_true(whole_told(w, &m));
	assert_int_equal(m.type, MSG_READY);
	/* one that comes again is no news */
	chan_free(first);
	whole_turn(w);
	assert_false(w->d.k.vaults[0].ready);
	first = w->d.vault;
	w->d.vault = NULL;
	whole_starts(w, SIBLING_VAULT, 0, 5);
	whole_says(w, MSG_VAULT_READY, 0, span_of(NULL, 0));
	whole_turn(w);
	whole_turn(w);
	assert_true(w->d.k.vaults[0].ready);
	assert_false(whole_told(w, &m));
	assert_null(desk_failed());
	chan_free(first);
}

/* What super may not say: then it is not super any more. */
static void test_what_is_no_channel(void **state)
{
	static const struct {
		uint8_t kind, nth;
		uint64_t turn;
		bool fd;
	} rows[] = {
		{9, 0, 1, true}, {9, 0, 1, false},
		{SIBLING_VAULT, 0, 1, false},
		{SIBLING_GATE, ASK_FLOW, UINT64_C(1) << 32, true},
		{SIBLING_GATE, ASK_PORTAL, 1, true},	/* not enabled */
		{SIBLING_VAULT, 1, 1, true},		/* there is one */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint8_t body[SIBLING_SIZE] = {rows[i].kind, rows[i].nth};
		struct whole *w = calloc(1, sizeof(*w));
		char byte;
		int fd[2];

		whole_make(w);
		whole_loops(w);
		assert_int_equal(socketpair(
		    AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
		if (rows[i].fd)
			assert_int_equal(chan_put_fd(w->super, MSG_CHANNEL,
			    rows[i].turn, span_of(body, sizeof(body)),
			    fd[0]), ERR_OK);
		else
			assert_int_equal(chan_put(w->super, MSG_CHANNEL,
			    rows[i].turn, span_of(body, sizeof(body))),
			    ERR_OK);
		assert_int_equal(chan_flush(w->super), ERR_OK);
		if (!rows[i].fd)
			(void)close(fd[0]);
		whole_turn(w);
		assert_string_equal(desk_failed(), "super's channel");
		assert_false(w->d.k.stopping);
		/* nobody kept the other end */
		assert_int_equal(read(fd[1], &byte, 1), 0);
		(void)close(fd[1]);
		whole_unmake(w);
		free(w);
	}
}

static void test_super_is_gone(void **state)
{
	struct whole *w = *state;

	whole_opens(w);
	(void)shutdown(chan_fd(w->super), SHUT_RDWR);
	assert_int_equal(loop_run(w->d.k.loop), ERR_OK);
	assert_true(w->d.k.stopping);
	assert_null(desk_failed());
}

/* What it was to be told is lost: no clean end either. */
static void test_super_is_gone_when_told(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;

	whole_opens(w);
	keeper_stop_sibling(k, SIBLING_VAULT, 0, 3);
	assert_null(desk_failed());
	(void)shutdown(chan_fd(w->super), SHUT_RDWR);
	whole_turn(w);
	assert_string_equal(desk_failed(), "super is gone");
	/* said once */
	whole_turn(w);
	assert_string_equal(desk_failed(), "super is gone");
}

/* One that reads late is told all of it, in order, and wakes nobody by being
 * ready for more before. */
static void test_a_super_that_reads_late(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	struct msg m;
	uint32_t put = 0, got = 0;

	whole_opens(w);
	while (!chan_wants_write(k->super)) {
		keeper_stop_sibling(k, SIBLING_VAULT, 0, ++put);
		whole_turn(w);
		assert_null(desk_failed());
	}
	keeper_stop_sibling(k, SIBLING_VAULT, 0, ++put);
	whole_turn(w);
	assert_true(chan_wants_write(k->super));
	while (got < put) {
		if (!chan_get(w->super, &m))
			assert_int_equal(m.ref, ++got);
		else	/* the socket has room again: the loop knows */
			whole_turn(w);
	}
	assert_false(chan_wants_write(k->super));
	assert_null(desk_failed());
}

/* Nobody is ended of whom super has not told. */
static void test_nobody_to_stop(void **state)
{
	struct whole *w = *state;

	whole_loops(w);
	keeper_stop_sibling(&w->d.k, SIBLING_VAULT, 0, 3);
	assert_string_equal(desk_failed(), "super");
}

static void test_no_memory_to_say_ready(void **state)
{
	struct whole *w = *state;

	whole_loops(w);
	whole_starts(w, SIBLING_VAULT, 0, 3);
	whole_turn(w);
	w->d.k.vaults[0].ready = true;
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	whole_turn(w);
	assert_true(failing_end());
	assert_string_equal(desk_failed(), "super");
}

/* --- signals --- */

static void test_signals(void **state)
{
	static const int ends[] = {SIGTERM, SIGINT};
	struct whole *w = *state;
	struct keeper *k = &w->d.k;

	whole_loops(w);
	assert_int_equal(kill(getpid(), SIGCHLD), 0);
	whole_turn(w);
	assert_false(k->stopping);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		k->stopping = false;
		assert_int_equal(kill(getpid(), ends[i]), 0);
		assert_int_equal(loop_run(k->loop), ERR_OK);
		assert_true(k->stopping);
	}
	assert_null(desk_failed());
}

/* --- questions that wait --- */

/* A question, up to the vault that looks for its person. */
static struct slot *ask(struct whole *w)
{
	struct slot *s;
	uint8_t type = 0;

	desk_asks(&w->d, desk_plain());
	whole_turn(w);
	s = desk_told(&w->d, &type);
	assert_non_null(s);
	assert_int_equal(type, MSG_RESOLVE);
	assert_int_equal(s->state, SLOT_RESOLVING);
	return s;
}

static void test_a_slowed_question_goes_on(void **state)
{
	struct whole *w = *state;
	struct slot *s, *other;
	uint8_t type = 0;

	whole_opens(w);
	s = ask(w);
	other = ask(w);
	/* as question.c leaves one that the shared budgets slow */
	s->state = SLOT_WAITING;
	s->due_ms = HOUSE_NOW + 100;
	later(w, 50);
	assert_null(desk_told(&w->d, &type));
	assert_int_equal(s->state, SLOT_WAITING);
	later(w, 50);
	assert_ptr_equal(desk_told(&w->d, &type), s);
	assert_int_equal(type, MSG_RESOLVE);
	assert_int_equal(s->state, SLOT_RESOLVING);
	assert_int_equal(other->state, SLOT_RESOLVING);
	assert_int_equal(desk_status(&w->d), 0);
}

/* Whoever waits for it is refused, and the next ones at once, until it says
 * something again. Those that wait for something else wait on. */
static void test_a_silent_vault(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	struct slot *found, *held;
	const uint8_t nobody[9] = {0};
	uint64_t late;
	uint8_t type = 0;

	whole_opens(w);
	found = ask(w);
	decide_found(k, found, 77);
	whole_turn(w);
	assert_ptr_equal(desk_told(&w->d, &type), found);
	assert_int_equal(type, MSG_DO);
	held = ask(w);
	held->state = SLOT_HELD;
	late = slots_ref(k->slots, ask(w));
	later(w, k->conf.vault_timeout_ms - 1);
	assert_false(k->vaults[0].silent);
	assert_int_equal(slots_used(k->slots), 3);
	later(w, 26);
	assert_true(k->vaults[0].silent);
	assert_int_equal(slots_used(k->slots), 1);
	assert_int_equal(desk_leaf(&w->d).kind, LEAF_NOT_DISCLOSED);
	w->d.ref = 1;
	assert_int_equal(desk_status(&w->d), 503);
	w->d.ref = 3;
	assert_int_equal(desk_status(&w->d), 503);
	desk_asks(&w->d, desk_plain());
	whole_turn(w);
	whole_turn(w);
	assert_int_equal(desk_status(&w->d), 503);
	/* it speaks: too late for those, in time for the next */
	assert_int_equal(chan_put(w->d.vault, MSG_RESOLVED, late,
	    span_of(nobody, sizeof(nobody))), ERR_OK);
	assert_int_equal(chan_flush(w->d.vault), ERR_OK);
	whole_turn(w);
	assert_false(k->vaults[0].silent);
	(void)ask(w);
	held->state = SLOT_RESOLVING;
	later(w, k->conf.vault_timeout_ms + 26);
	assert_int_equal(slots_used(k->slots), 0);
	later(w, 26);	/* nobody waits */
	assert_null(desk_failed());
}

/* --- every second --- */

static uint64_t published(struct whole *w)
{
	return tlog_published(book_log(w->d.k.book));
}

/* A refusal of a stranger, which is summed up. */
static void refused(struct whole *w)
{
	struct desk_ask a = desk_plain();

	a.unsigned_ = true;
	desk_asks(&w->d, a);
	whole_turn(w);
	assert_int_equal(desk_status(&w->d), 401);
}

static void test_what_is_due_every_second(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;

	whole_opens(w);
	refused(w);
	later(w, SECOND - 1);
	assert_true(k->keys_said == 0);
	later(w, 1);
	assert_true(k->keys_said != 0);	/* the service's note is there */
	assert_int_equal(book_size(k->book), 0);
	/* a minute is over: its sum is written, and published behind it */
	later(w, SUMMARY_MINUTE_MS);
	assert_int_equal(book_size(k->book), 1);
	assert_int_equal(desk_leaf(&w->d).kind, LEAF_SUMMARY);
	assert_int_equal(desk_leaf(&w->d).count, 1);
	assert_int_equal(published(w), 1);
	refused(w);
	later(w, SUMMARY_MINUTE_MS);
	assert_int_equal(published(w), 2);
	assert_null(desk_failed());
}

/* Every call that writes in a second, failing one after the other: said, and
 * the checkpoint is the old one or the new. */
static void test_a_second_that_cannot_be_written(void **state)
{
	static const enum failing_kind kinds[] = {FAILING_OPEN, FAILING_WRITE,
	    FAILING_FLUSH, FAILING_NAME};
	int keys = 0, checkpoints = 0, others = 0, unsaid = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			struct whole *w = calloc(1, sizeof(*w));
			const char *words;

			whole_make(w);
			whole_opens(w);
			refused(w);
			failing_set(kinds[i], n, EIO);
			later(w, SUMMARY_MINUTE_MS);
			failed = failing_end();
			words = desk_failed();
			/* what may fail costs precision alone */
			if (!words)
				assert_int_equal(published(w), 1);
			unsaid += failed && !words;
			keys += words && !strcmp(words, "keys");
			checkpoints += words && !strcmp(words, PUBLISH_FAILED);
			others += words && strstr(words, "the journal");
			assert_true(published(w) <= book_size(w->d.k.book));
			whole_unmake(w);
			free(w);
		}
	}
	print_message("# failed: %d keys, %d checkpoints, %d entries, %d "
	    "without a word\n", keys, checkpoints, others, unsaid);
	assert_true(keys > 0 && checkpoints > 0 && others > 0 && unsaid < 3);
}

/* So is what the registry took since. */
static void test_a_registry_that_is_not_published(void **state)
{
	const struct tlog_entry entry = {.leaf = span_str("an act")};
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	uint64_t index;

	whole_opens(w);
	later(w, SECOND);
	assert_int_equal(tlog_append(
	    ledger_log(k->ledger), &entry, 1, 0, &index), ERR_OK);
	failing_set(FAILING_NAME, 0, EIO);
	later(w, SECOND);
	assert_true(failing_end());
	assert_string_equal(desk_failed(), PUBLISH_FAILED);
	assert_int_equal(tlog_published(ledger_log(k->ledger)), 1);
}

/* A sum that cannot be written ends it: nobody may be refused unseen. */
static void test_no_memory_for_a_sum(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;

	whole_opens(w);
	summary_add(k->summary, 0, ASK_FLOW, LEAF_REFUSED_FORM,
	    keeper_now(k));
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	later(w, SUMMARY_MINUTE_MS);
	assert_true(failing_end());
	assert_string_equal(desk_failed(), "summary entry");
	assert_true(k->keys_said == 0);	/* nothing was done behind it */
}

/* Other keys than the registry's. */
static void test_keys_of_another_day(void **state)
{
	struct whole *w = *state;

	whole_opens(w);
	w->d.k.registry->turns[0].name[0] ^= 1;
	later(w, SECOND);
	assert_string_equal(desk_failed(), "keys");
}

/* Budgets whose snapshot can no longer be read: nobody is counted by guess. */
static void test_budgets_that_cannot_be_read(void **state)
{
	struct whole *w = *state;
	struct house *h = &w->d.h;
	struct keeper *k = &w->d.k;
	struct guard_verdict v;
	struct guard_ask ask;

	for (uint64_t i = 1; i < 4000; i++) {
		fold_ask(k->registry, &k->registry->keys[i % HOUSE_KEYS],
		    ASK_FLOW, span_of(NULL, 0), &ask);
		ask.cell = 1;
		put_be64(ask.q, i);
		assert_int_equal(guard_apply(
		    k->guard, &ask, i, HOUSE_NOW + (int64_t)i), ERR_OK);
	}
	assert_int_equal(fold_save(
	    &h->fold, FOLD_TEMP_CHILD, HOUSE_NOW + 4000), ERR_OK);
	house_again(h, HOUSE_NOW + 4000);
	k->book = h->book;
	k->guard = h->guard;
	k->replay = h->replay;
	whole_loops(w);
	whole_turn(w);
	assert_null(desk_failed());
	fold_ask(k->registry, k->registry->keys, ASK_FLOW,
	    span_of(NULL, 0), &ask);
	ask.cell = 1;
	failing_set(FAILING_READ, 0, EIO);
	guard_room(k->guard, &ask, HOUSE_NOW + 4001, &v);
	assert_true(failing_end());
	assert_int_equal(guard_failed(k->guard), ERR_IO);
	whole_turn(w);
	assert_string_equal(desk_failed(),
	    "keeper/budgets cannot be read again");
	/* said once */
	whole_turn(w);
	assert_string_equal(desk_failed(),
	    "keeper/budgets cannot be read again");
}

/* --- snapshots --- */

static const char *snapshot_path(struct whole *w)
{
	return rig_in(w->d.h.dir, "keeper/budgets");
}

static bool has_snapshot(struct whole *w)
{
	return access(snapshot_path(w), F_OK) == 0;
}

/* As many entries as lie between two snapshots. */
static void fill(struct whole *w)
{
	struct keeper *k = &w->d.k;
	uint64_t index, end = book_size(k->book) + SNAPSHOT;

	while (book_size(k->book) < end) {
		for (int i = 0; i < SNAPSHOT / 10; i++) {
			struct leaf l = {.kind = LEAF_NOT_DISCLOSED, .end = 1,
			    .time_ms = keeper_now(k),
			    .reason = LEAF_REASON_VAULT_SILENT};

			assert_int_equal(book_note(k->book, &l, BOOK_NOBODY,
			    NULL, &index), ERR_OK);
		}
		assert_int_equal(book_commit(k->book, 0), ERR_OK);
	}
}

/* The child has ended and is not waited for yet. */
static void wait_for_end(struct whole *w)
{
	siginfo_t info;

	assert_true(w->d.k.snapshot.child > 0);
	assert_int_equal(waitid(P_PID, (id_t)w->d.k.snapshot.child, &info,
	    WEXITED | WNOWAIT), 0);
}

static void test_snapshots(void **state)
{
	struct whole *w = *state;
	struct turn_snapshot *s = &w->d.k.snapshot;

	whole_loops(w);
	later(w, SECOND);
	assert_int_equal(s->child, 0);
	fill(w);
	later(w, SECOND);
	assert_true(s->child > 0);
	assert_int_equal(s->size, SNAPSHOT);
	wait_for_end(w);
	assert_true(has_snapshot(w));
	/* it took a second, and is followed after nine */
	fill(w);
	later(w, SECOND);
	assert_int_equal(s->child, 0);
	later(w, 8 * SECOND);
	assert_int_equal(s->child, 0);
	later(w, SECOND);
	assert_true(s->child > 0);
	assert_int_equal(s->size, 2 * SNAPSHOT);
	wait_for_end(w);
	/* as many entries are waited for again */
	later(w, SECOND);
	later(w, 100 * SECOND);
	assert_int_equal(s->child, 0);
	assert_null(desk_failed());
}

/* One at a time, however long it takes. */
static void test_one_snapshot_at_a_time(void **state)
{
	struct whole *w = *state;
	struct turn_snapshot *s = &w->d.k.snapshot;
	int status;

	whole_loops(w);
	fill(w);
	s->child = getpid();	/* nobody's that ends */
	later(w, SECOND);
	assert_int_equal(s->child, getpid());
	assert_int_equal(waitpid(-1, &status, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_false(has_snapshot(w));
}

/* A second later: is the log told that the snapshot was not written? */
static bool complains(struct whole *w)
{
	const char *path = rig_in(w->d.h.dir, "log");
	int log = dup(2), fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	uint8_t *said;
	size_t n;
	bool found;

	assert_true(log >= 0 && fd >= 0);
	assert_int_equal(dup2(fd, 2), 2);
	later(w, SECOND);
	assert_int_equal(dup2(log, 2), 2);
	(void)close(log);
	(void)close(fd);
	said = rig_load(rig_in(w->d.h.dir, "log"), &n);
	found = memmem(said, n, "snapshot not written", 20) != NULL;
	free(said);
	return found;
}

/* The child cannot write it: said, and the next one tries again. */
static void test_a_snapshot_that_is_not_written(void **state)
{
	struct whole *w = *state;
	struct turn_snapshot *s = &w->d.k.snapshot;

	whole_loops(w);
	fill(w);
	w->d.k.fold.dir = "/nowhere/at/all";
	later(w, SECOND);
	wait_for_end(w);
	assert_false(has_snapshot(w));
	w->d.k.fold.dir = w->d.h.dir;
	assert_true(complains(w));
	assert_int_equal(s->child, 0);
	fill(w);
	later(w, 100 * SECOND);
	wait_for_end(w);
	assert_true(has_snapshot(w));
	assert_false(complains(w));
	assert_null(desk_failed());
}

/* No process, or no key of its month: later. */
static void test_a_snapshot_that_is_not_begun(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	struct turn_snapshot *s = &k->snapshot;

	whole_loops(w);
	fill(w);
	failing_set(FAILING_PROCESS, 0, EAGAIN);
	later(w, SECOND);
	assert_true(failing_end());
	assert_true(s->child < 0);
	assert_int_equal(s->size, SNAPSHOT);
	fill(w);
	s->next_ms = INT64_MAX;
	later(w, SECOND);
	assert_true(s->child < 0);
	s->next_ms = 0;
	/* the next month */
	desk_at(&w->d, HOUSE_NOW + INT64_C(31) * 86400 * SECOND);
	failing_set(FAILING_WRITE, 0, ENOSPC);
	whole_turn(w);
	assert_true(failing_end());
	assert_true(s->child < 0);
	assert_int_equal(s->size, SNAPSHOT);
	later(w, SECOND);
	wait_for_end(w);
	assert_int_equal(s->size, 2 * SNAPSHOT);
	assert_true(has_snapshot(w));
	later(w, SECOND);
	assert_null(desk_failed());
}

/* --- its beginning --- */

/* Whatever there is no memory for: said, and it may be tried again. */
static void begin_without_memory(struct whole *w)
{
	struct keeper *k = &w->d.k;
	int failures = 0;
	bool failed = true;

	for (int n = 0; failed; n++) {
		enum err e;

		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = turn_channels(k);
		if (!e)
			e = turn_timers(k);
		failed = failing_end();
		failures += failed;
		assert_int_equal(e, failed ? ERR_NOMEM : ERR_OK);
		whole_drop(w);
	}
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 4);
}

static void test_no_memory_to_begin(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;

	begin_without_memory(w);
	assert_int_equal(aside_new(NULL, NULL, &k->publisher), ERR_OK);
	begin_without_memory(w);
	assert_int_equal(aside_new(NULL, NULL, &k->flusher), ERR_OK);
	begin_without_memory(w);
	assert_int_equal(aside_new(NULL, NULL, &k->verifier), ERR_OK);
	begin_without_memory(w);
	aside_free(k->publisher);
	aside_free(k->flusher);
	aside_free(k->verifier);
}

/* A turn that waits for the threads. */
static void wait_turn(struct whole *w)
{
	assert_int_equal(loop_turn(w->d.k.loop, -1), ERR_OK);
	assert_null(desk_failed());
}

/* What the threads have done is taken up by the loop. */
static void test_threads(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	uint8_t type = 0;

	assert_int_equal(aside_new(NULL, NULL, &k->publisher), ERR_OK);
	assert_int_equal(aside_new(NULL, NULL, &k->flusher), ERR_OK);
	whole_opens(w);
	/* the first batch makes the file, the second is flushed aside */
	for (int i = 0; i < 2; i++) {
		struct slot *s = ask(w);

		decide_found(k, s, 77);
		while (s->state != SLOT_DOING)
			wait_turn(w);
		assert_ptr_equal(desk_told(&w->d, &type), s);
		assert_int_equal(type, MSG_DO);
	}
	assert_int_equal(book_size(k->book), 2);
	later(w, SECOND);
	while (published(w) < 2)
		wait_turn(w);
	assert_false(aside_is_busy(k->publisher));
	assert_null(desk_failed());
	aside_free(k->publisher);
	aside_free(k->flusher);
}

#define LINES 40	/* of a bundle */

/* The one that verifies wakes the loop, which takes what it verified. */
static void test_verified_ahead(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	struct desk_ask a = desk_plain();
	const char *lines[LINES];

	for (int i = 0; i < LINES; i++)
		lines[i] = a.body;
	assert_int_equal(aside_new(NULL, NULL, &k->verifier), ERR_OK);
	k->ahead = ahead_new();
	assert_non_null(k->ahead);
	whole_opens(w);
	desk_asks(&w->d, desk_plain());
	desk_asks(&w->d, desk_plain());
	while (slots_used(k->slots) < 2)
		wait_turn(w);
	assert_false(aside_is_busy(k->verifier));
	/* bundles are more than a turn's: no descriptor tells of the second,
	 * nor does a timer here: if nobody does, this waits for good */
	loop_timer_clear(k->loop, &k->second);
	loop_timer_clear(k->loop, &k->retry);
	a.path = "/fhir";
	a.body = bodies_bundle(lines, LINES);
	for (int i = 0; i < 3; i++)
		desk_asks(&w->d, a);
	while (slots_used(k->slots) < 2 + 3 * (1 + LINES))
		wait_turn(w);
	aside_free(k->verifier);
	ahead_free(k->ahead);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, whole_setup, whole_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_ready_is_said_once_all_vaults_are),
	    cmocka_unit_test(test_what_is_no_channel),
	    CASE(test_super_is_gone),
	    CASE(test_super_is_gone_when_told),
	    CASE(test_a_super_that_reads_late),
	    CASE(test_nobody_to_stop),
	    CASE(test_no_memory_to_say_ready),
	    CASE(test_signals),
	    CASE(test_a_slowed_question_goes_on),
	    CASE(test_a_silent_vault),
	    CASE(test_what_is_due_every_second),
	    cmocka_unit_test(test_a_second_that_cannot_be_written),
	    CASE(test_a_registry_that_is_not_published),
	    CASE(test_no_memory_for_a_sum),
	    CASE(test_keys_of_another_day),
	    CASE(test_budgets_that_cannot_be_read),
	    CASE(test_snapshots),
	    CASE(test_one_snapshot_at_a_time),
	    CASE(test_a_snapshot_that_is_not_written),
	    CASE(test_a_snapshot_that_is_not_begun),
	    CASE(test_no_memory_to_begin),
	    CASE(test_threads),
	    CASE(test_verified_ahead),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
