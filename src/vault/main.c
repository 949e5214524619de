/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecluse-vault --number N DIR, started by super: descriptor 3 is the channel
 * to the keeper. The store is DIR/vault/N/store.db; lock.h lists the
 * other files.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sabotage.h"
#include "base/standard.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/share.h"
#include "confine/confine.h"
#include "confine/landlock.h"
#include "crypto/sign.h"
#include "proc/aside.h"
#include "proc/harden.h"
#include "proc/loop.h"
#include "store/store.h"
#include "vault/vault.h"

#define KEEPER_FD 3
#define CACHE_MIB 96
#define MAP_MIB 2047	/* SQLite maps no more */
#define EXIT_FAILED 1
#define EXIT_USAGE 2

struct program {
	struct vault *vault;
	char rules[PATH_MAX];	/* the operator's tables */
	struct chan *chan;
	struct loop *loop;
	struct loop_watch *watch, *flusher_watch;
	struct aside *flusher;
	bool stopping;
};

/* Before there were several, the one vault's store stood a folder higher. */
static enum err check_place(const char *dir)
{
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), dir, "vault/store.db");

	if (e || access(path, F_OK) != 0)
		return e;
	log_say(LOG_ERROR, "vault/store.db: the store's place is vault/0/ "
	    "now: move vault/store.db* there");
	return ERR_STATE;
}

static enum err folder_of(const char *dir, unsigned nth, char out[PATH_MAX])
{
	char name[32];

	(void)snprintf(name, sizeof(name), "vault/%u", nth);
	return file_path(out, PATH_MAX, dir, name);
}

/* The thread that flushes opens no file. */
static enum err start_flusher(const struct conf *conf, struct aside **ret)
{
	struct landlock *l = NULL;
	enum err e = conf->unconfined ? ERR_OK : landlock_new(&l);

	if (!e || e == ERR_UNKNOWN)	/* confine() says why */
		e = aside_new(l ? confine_thread : NULL, l, ret);
	landlock_free(l);
	return e;
}

/* Nothing is read before but the configuration. No question reaches the rules:
 * they may be read later too. */
static enum err give_up(const struct conf *conf, const char *dir,
    unsigned nth, const char *rules)
{
	char folder[PATH_MAX], number[16];
	const struct confine_wish wish = {.who = POWERS_VAULT, .dir = dir,
	    .own = number, .reads = rules, .unconfined = conf->unconfined};
	struct confine_fault fault = {{0}};
	enum err e = folder_of(dir, nth, folder);

	(void)snprintf(number, sizeof(number), "%u", nth);
	if (!e)
		e = file_mkdir(folder, 0700);
	if (e && e != ERR_EXISTS)
		return e;
	sign_start();
	e = confine(&wish, &fault);
	if (e)
		log_say(LOG_ERROR, "%s", fault.text);
	else if (conf->unconfined)
		log_say(LOG_ERROR, "alarm: unconfined = yes: for development "
		    "alone");
	if (SABOTAGE != 0)
		log_say(LOG_ERROR, SABOTAGE_WORDS, SABOTAGE);
	return e;
}

/* Which file it is, who has it, and what to do. */
static void say_held(const char *path, unsigned nth)
{
	int64_t holder =
	    store_holder(&(struct store_options){STORE_SQLITE, path, 0, 0});

	if (holder > 0)
		log_say(LOG_ERROR, "vault/%u/store.db: process %lld has it "
		    "open: end that one, then start again; nothing was "
		    "changed", nth, (long long)holder);
	else if (holder < 0)
		log_say(LOG_ERROR, "vault/%u/store.db: another process has it "
		    "open: end that one, then start again; nothing was "
		    "changed", nth);
	else
		log_say(LOG_ERROR, "vault/%u/store.db: written by a newer "
		    "version of this program: start that one (or somebody had "
		    "it open until now: start again)", nth);
}

static enum err open_vault(
    const char *dir, unsigned nth, unsigned count,
    const char *rules, struct aside *flusher, struct vault **ret)
{
	char folder[PATH_MAX], path[PATH_MAX];
	struct vault_options o = {.path = path, .folder = folder,
		.cache_mib = CACHE_MIB, .map_mib = MAP_MIB,
		.random = random_system(), .clock = clock_system(),
		.nth = nth, .count = count, .rules = rules,
		.flusher = flusher};
	enum err e = folder_of(dir, nth, folder);

	if (!e)
		e = file_path(path, sizeof(path), folder, "store.db");
	if (!e)
		e = vault_open(&o, ret);
	if (e == ERR_CORRUPT)
		log_say(LOG_ERROR, "vault/%u: store.db, key.pem, counts and "
		    "checkpoint do not fit each other: one is missing, damaged "
		    "or of another day. Put all back from one backup "
		    "(docs/operations.md)", nth);
	if (e == ERR_STATE)
		say_held(path, nth);
	return e;
}

/* The turn of main() does the work; the loop only waits for it. */
static void wake(void *ctx, unsigned bits)
{
	(void)ctx, (void)bits;
}

static void stop(void *ctx, int number)
{
	struct program *p = ctx;

	(void)number;
	p->stopping = true;
}

static enum err set_up(struct program *p, const char *dir, unsigned nth)
{
	static const int signals[] = {SIGTERM, SIGINT, 0};
	struct clock clock = clock_system();
	struct conf_fault fault = {{0}};
	struct conf conf = {{0}};
	enum err e = harden_process();

	if (!e)
		e = confine_descriptors(POWERS_VAULT);
	if (!e)
		e = conf_started(dir, &conf, &fault);
	if (fault.text[0])
		log_say(LOG_ERROR, "%s", fault.text);

	if (!e)
		e = check_place(dir);
	if (!e) {
		share_path("data/rules", p->rules, sizeof(p->rules));
		e = start_flusher(&conf, &p->flusher);
	}
	if (!e)
		e = give_up(&conf, dir, nth, p->rules);
	if (!e)
		e = chan_new(KEEPER_FD, MSG_VAULT, MSG_KEEPER, VAULT_QUEUE,
		    &p->chan);
	if (!e)
		e = open_vault(dir, nth, conf.vault_count, p->rules,
		    p->flusher, &p->vault);
	if (!e)
		e = loop_new(&clock, &p->loop);
	if (!e)
		e = loop_signals(p->loop, signals, stop, p);
	if (!e)
		e = loop_watch(
		    p->loop, KEEPER_FD, LOOP_READ, wake, p, &p->watch);
	if (!e)
		e = loop_watch(p->loop, aside_descriptor(p->flusher),
		    LOOP_READ, wake, p, &p->flusher_watch);
	return e ? e : vault_greet(p->vault, p->chan);
}

static unsigned interest(const struct program *p)
{
	return chan_wants_write(p->chan) ? LOOP_WRITE :
	    vault_takes(p->vault) ? LOOP_READ : 0;
}

static enum err run(struct program *p)
{
	enum err e = ERR_OK;

	while (!p->stopping && !e) {
		e = loop_change(p->watch, interest(p));
		if (!e)
			e = loop_turn(
			    p->loop, vault_patience_ms(p->vault));
		if (!e)
			e = vault_turn(p->vault);
	}
	return e;
}

/* Zeros where set-up did not come. */
static enum err tear_down(struct program *p)
{
	enum err e;

	loop_drop(p->watch);
	loop_drop(p->flusher_watch);
	if (p->loop)
		loop_free(p->loop);
	e = vault_close(p->vault);
	aside_free(p->flusher);
	chan_free(p->chan);
	return e;
}

static const char usage[] =
"Usage: ecluse-vault --number N DIR\n"
"Started by ecluse-super; see `ecluse serve`.\n";

int main(int argc, char **argv)
{
	struct program p = {.vault = NULL};
	enum err e, closed;
	uint64_t nth = 0;
	int told = standard_told(argc, argv, "ecluse-vault " VERSION, usage);

	if (told >= 0)
		return told;
	log_init("vault", LOG_INFO);
	if (argc != 4 || strcmp(argv[1], "--number") != 0 ||
	    text_u64(span_str(argv[2]), CONF_VAULTS - 1, &nth)) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	e = set_up(&p, argv[3], (unsigned)nth);
	if (e)
		log_say(LOG_ERROR, "cannot start: %s", err_text(e));
	else
		e = run(&p);
	if (e == ERR_CLOSED)
		e = ERR_OK;	/* the keeper is gone, and so are we */
	else if (e == ERR_IO)
		log_say(LOG_ERROR, "vault/%llu/ cannot be read or written: "
		    "nothing is answered from it, look at the disk: stopping",
		    (unsigned long long)nth);
	else if (e)
		log_say(LOG_ERROR, "stopping: %s", err_text(e));
	closed = tear_down(&p);
	if (closed)
		log_say(LOG_ERROR, "closing: %s", err_text(closed));
	return e || closed ? EXIT_FAILED : 0;
}
