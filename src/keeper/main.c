/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse-keeper DIR: set-up, the loop, and its orderly end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/date.h"
#include "base/log.h"
#include "base/standard.h"
#include "confine/confine.h"
#include "crypto/sign.h"
#include "keeper/batch.h"
#include "keeper/ahead.h"
#include "keeper/decoys.h"
#include "keeper/gap.h"
#include "keeper/publish.h"
#include "keeper/retain.h"
#include "keeper/keeper.h"
#include "keeper/tagger.h"
#include "proc/aside.h"
#include "proc/harden.h"
#include "proc/heap.h"

#define STOP_WAIT_MS 25
#define STOP_MS 3000		/* a clean end waits so long for answers */

/* Two people end it, and no restart does. */
static void say_doubt(const struct keeper *k)
{
	log_say(LOG_ERROR, "alarm: the clock jumped: cards only until two "
	    "administrators confirm it (ecluse act: clock)");
	if (gap_save(k->dir, k->hour.gap_ms, true))
		log_say(LOG_WARN, "keeper/gap not written: a clock that comes "
		    "home before the next start will be believed");
}

/* Nothing ends it but that time: it is said at each start. */
static void say_stand(const struct keeper *k)
{
	char last[DATE_STAMP_SIZE], now[DATE_STAMP_SIZE];

	date_format_stamp(k->hour.floor_ms, last);
	date_format_stamp(k->hour.floor_ms - k->hour.held_ms, now);
	log_say(LOG_ERROR, "alarm: the last entry or act is of %s, the clock "
	    "says %s: until then time stands still and questions are refused as "
	    "expired (docs/operations.md, the clock)", last, now);
}

int64_t keeper_now(struct keeper *k)
{
	/* one time for a whole turn: what is counted and what is written
	 * carry the same */
	if (k->turn_ms == 0)
		k->turn_ms = hour_now(&k->hour);
	if (k->hour.doubtful && !k->doubt_said)
		say_doubt(k);
	k->doubt_said = k->hour.doubtful;
	if (hour_stands(&k->hour) && !k->stand_said)
		say_stand(k);
	k->stand_said = hour_stands(&k->hour);
	return k->turn_ms;
}

void keeper_fail(struct keeper *k, const char *words, enum err e)
{
	log_say(LOG_ERROR, "%s: %s: stopping", words, err_text(e));
	k->failed = true;
	loop_stop(k->loop);
}

/* Lets answers that are due leave, then writes the end and a snapshot. */
static void stop_cleanly(struct keeper *k)
{
	int64_t until = clock_boot_ms(&k->hour.clock) + STOP_MS;
	enum err e = ERR_OK;

	if (gates_deafen(k))
		return;
	while (slots_used(k->slots) && !k->failed && !e &&
	    clock_boot_ms(&k->hour.clock) < until)
		e = loop_turn(k->loop, STOP_WAIT_MS);
	if (k->failed || slots_used(k->slots))
		return;
	decide_summaries(k, true);
	often_say(k, true);
	decide_commit(k);
	if (!k->failed)
		e = start_mark(k, LEAF_STOP, 0, 0);
	if (!e)
		e = publish_now(k);
	if (!e)
		e = ledger_publish(k->ledger);
	if (!e)
		e = fold_save(&k->fold, FOLD_TEMP_STOP, keeper_now(k));
	if (e)
		log_say(LOG_ERROR, "no clean end: %s", err_text(e));
	else
		log_say(LOG_INFO, "stopped at %llu entries",
		    (unsigned long long)book_size(k->book));
}

static enum err open_memory(struct keeper *k)
{
	enum err e = slots_new(&k->slots);

	buf_init(&k->plain, LIMIT_BUNDLE + 4096);
	buf_init(&k->body, LIMIT_BUNDLE);
	buf_init(&k->scratch, LIMIT_BUNDLE + 4096);
	k->tokens = calloc(LIMIT_BUNDLE_TOKENS, sizeof(*k->tokens));
	k->line_tokens = calloc(LIMIT_JSON_TOKENS, sizeof(*k->line_tokens));
	if (!e && (!k->tokens || !k->line_tokens))
		e = ERR_NOMEM;
	if (!e)
		e = retain_new(&k->retain);
	if (!e)
		e = summary_new(&k->summary);
	k->pace = pace_new();
	return e || k->pace ? e : ERR_NOMEM;
}

static void release(struct keeper *k)
{
	scope_release(k);
	feed_release(k);
	decoys_admin_gone(k, NULL);
	decoys_list_gone(k, NULL);
	retain_admin_gone(k, NULL);
	admin_close(k);
	chan_free(k->super);
	vaults_close(k);
	gates_close(k);
	loop_free(k->loop);
	if (k->slots)
		batch_close(k);
	slots_free(k->slots);
	pace_free(k->pace);
	summary_free(k->summary);
	outstanding_close(k->outstanding);
	replay_free(k->replay);
	guard_free(k->guard);
	fold_end(&k->fold);
	tagger_free(k->tagger);
	decoys_close(k);
	retain_free(k->retain);
	past_close(k);
	aside_free(k->flusher);	/* they have files of the journal */
	aside_free(k->publisher);
	aside_free(k->verifier);
	ahead_free(k->ahead);
	book_close(k->book);
	ledger_close(k->ledger);
	keyring_free(k->keys);
	free(k->tokens);
	free(k->line_tokens);
	free(k->members);
	generations_release(k);
	buf_release(&k->plain);
	buf_release(&k->body);
	buf_release(&k->scratch);
	still_release(&k->snapshot.still);
}

static int complain(const char *what, enum err e)
{
	log_say(LOG_ERROR, "%s: %s", what, err_text(e));
	return 1;
}

/* What the kernel said last is the reason: behind it come closes alone. */
static const char *disk_says(void)
{
	return errno == ENOSPC || errno == EDQUOT ? "no room on the disk" :
	    errno == EROFS ? "the file system takes no writes" :
	    "look at the disk";
}

static int complain_start(const char *what, enum err e)
{
	if (e != ERR_IO)
		return complain(what, e);
	log_say(LOG_ERROR, "%s: %s: %s", what, err_text(e), disk_says());
	return 1;
}

static int run(struct keeper *k)
{
	enum err e = open_memory(k);

	errno = 0;
	if (!e)
		e = start_open(k);
	if (e)
		return complain_start("opening keys, registry and journal", e);
	e = start_resume(k);
	if (e)
		return complain_start("counting what the journal says", e);
	e = turn_channels(k);
	if (!e)
		e = turn_timers(k);
	if (!e)
		e = loop_run(k->loop);
	if (e)
		return complain("loop", e);
	if (k->stopping && !k->failed)
		stop_cleanly(k);
	return k->failed ? 1 : 0;
}

static const char usage[] =
"Usage: ecluse-keeper DIR\n"
"Started by ecluse-super; see `ecluse serve`.\n";

int main(int argc, char **argv)
{
	static struct keeper k;
	struct conf_fault fault;
	int status = standard_told(
	    argc, argv, "ecluse-keeper " VERSION, usage);

	if (status >= 0)
		return status;
	log_init("keeper", LOG_INFO);
	heap_keep();
	still_init(&k.snapshot.still);
	if (argc != 2 || argv[1][0] == '-') {
		(void)fputs(usage, stderr);
		return 2;
	}
	/* a file size limit shall be an error we can tell, not our death */
	(void)signal(SIGXFSZ, SIG_IGN);
	k.dir = argv[1];
	k.random = random_system();
	k.salts = random_pooled(&k.salts_pool, k.random);
	if (harden_process() || confine_descriptors(POWERS_KEEPER))
		return complain("giving up privileges", ERR_IO);
	if (conf_started(k.dir, &k.conf, &fault)) {
		log_say(LOG_ERROR, "%s", fault.text);
		return 1;
	}
	log_init("keeper", k.conf.log_level);
	sign_start();
	hour_init(&k.hour, clock_system(), start_offset(&k));
	if (start_gap(&k))
		return 1;
	k.started_ms = keeper_now(&k);
	status = run(&k);
	release(&k);
	return status;
}
