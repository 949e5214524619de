/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeper finds on the disk at its start. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/log.h"
#include "base/sabotage.h"
#include "base/text.h"
#include "confine/confine.h"
#include "keeper/ahead.h"
#include "keeper/decoys.h"
#include "keeper/gap.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "keeper/tagger.h"
#include "keeper/wide.h"
#include "rootkey/rootkey.h"
#include "proc/aside.h"

#define REPLAY_MOST (1u << 21)	/* nonces of one life at 10,000 a second */

static enum err profession_figures(struct keeper *k)
{
	const struct registry *r = k->registry;
	enum err e = ERR_OK;

	for (size_t i = 0; i < r->profession_count && !e; i++)
		for (uint8_t plane = 1; plane < REGISTRY_PLANES && !e; plane++) {
			struct guard_figures f;

			memcpy(f.of, r->professions[i].figures[plane],
			    sizeof(f.of));
			e = guard_set_figures(k->guard, (uint16_t)(i + 1),
			    plane, GUARD_NOBODY, &f);
		}
	return e;
}

static enum err set_own(struct keeper *k, enum guard_level level,
    uint32_t place, const struct registry_own *own)
{
	struct guard_figures f;

	memcpy(f.of, own->figures, sizeof(f.of));
	return guard_set_own(
	    k->guard, level, place + 1, own->preset ? NULL : &f);
}

/* A site's own figures are its keys' too: a key's would hold it down. */
static enum err own_figures(struct keeper *k)
{
	const struct registry *r = k->registry;
	enum err e = ERR_OK;

	for (size_t i = 0; i < r->own_count && !e; i++)
		e = set_own(k, r->owns[i].is_site ? GUARD_SITE :
		    GUARD_PROFESSIONAL, r->owns[i].place, &r->owns[i]);
	for (size_t i = 0; i < r->key_count && r->own_count > 0 && !e; i++) {
		uint32_t own = r->sites[r->keys[i].site].own;

		if (own > 0)
			e = set_own(k, GUARD_KEY, (uint32_t)i,
			    &r->owns[own - 1]);
	}
	return e;
}

static enum err cap_figures(struct keeper *k)
{
	const struct guard_wide cap = {k->registry->cap.persons24,
	    k->registry->cap.persons30};

	return guard_set_newcomers(k->guard, &cap);
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
	if (!e)
		e = own_figures(k);
	if (!e)
		e = cap_figures(k);
	guard_set_mode(k->guard, GUARD_BUDGETS, mode_of(k, "budget"));
	guard_set_mode(k->guard, GUARD_SHARED, mode_of(k, "wide"));
	guard_set_mode(k->guard, GUARD_PRESENCE, mode_of(k, "presence"));
	book_cells(k->book, (uint32_t)k->registry->insurer_count);
	return e;
}

enum err start_mark(
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

int64_t start_offset(const struct keeper *k)
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

enum err start_gap(struct keeper *k)
{
	struct gap was = {.stale = true};
	enum err e = gap_load(k->dir, &was);

	if (e == ERR_IO || e == ERR_NOMEM) {
		log_say(LOG_ERROR, "keeper/gap: %s: whether the clock is in "
		    "doubt is not known", err_text(e));
		return e;
	}
	if (e && e != ERR_UNKNOWN) {
		log_say(LOG_ERROR, "keeper/gap: damaged: it may have held a "
		    "doubt about the clock, and so there is one");
		was.doubtful = true;
	}
	if (e || was.stale)
		was.ms = k->hour.gap_ms;
	hour_resume(&k->hour, was.ms, was.doubtful);
	if (was.stale && gap_save(k->dir, was.ms, was.doubtful))
		log_say(LOG_WARN, "keeper/gap not written: a jump of the clock "
		    "before the next start will not be seen");
	return ERR_OK;
}

/* A thread that may open nothing, or what stands in folder. */
static enum err start_thread(
    struct keeper *k, const char *folder, struct aside **ret)
{
	const bool free = k->conf.unconfined || SABOTAGED(FILES);
	struct landlock *l = NULL;
	int fd = folder ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	enum err e = folder && fd < 0 ? ERR_IO : ERR_OK;

	if (!e && !free)
		e = landlock_new(&l);
	if (!e && l && folder)
		e = landlock_add(l, fd, LANDLOCK_OWN);
	if (!e || e == ERR_UNKNOWN)	/* confine() says why */
		e = aside_new(l ? confine_thread : NULL, l, ret);
	landlock_free(l);
	if (fd >= 0)
		(void)close(fd);
	return e;
}

static enum err start_threads(struct keeper *k)
{
	char public[PATH_MAX];
	enum err e = file_path(public, sizeof(public), k->dir,
	    "journal/public");

	if (!e)
		e = file_mkdir(public, 0755);
	if (!e || e == ERR_EXISTS)
		e = start_thread(k, public, &k->publisher);
	if (!e)
		e = start_thread(k, NULL, &k->flusher);
	if (!e)
		e = start_thread(k, NULL, &k->verifier);
	if (!e && !(k->ahead = ahead_new()))
		e = ERR_NOMEM;
	return e;
}

/* Once the token has spoken nothing outside our folders is needed again. */
static enum err give_up(struct keeper *k)
{
	const struct confine_wish wish = {
	    .who = POWERS_KEEPER, .dir = k->dir, .unconfined = k->conf.unconfined};
	struct confine_fault fault;
	enum err e = start_threads(k);

	if (e) {
		log_say(LOG_ERROR, "threads: %s", err_text(e));
		return e;
	}
	e = confine(&wish, &fault);
	if (e)
		log_say(LOG_ERROR, "%s", fault.text);
	else if (k->conf.unconfined)
		log_say(LOG_ERROR, "alarm: unconfined = yes: for development "
		    "alone");
	if (SABOTAGE != 0)
		log_say(LOG_ERROR, SABOTAGE_WORDS, SABOTAGE);
	return e;
}

/* Which file, what it means, and what to do. */
static void say_file(const char *name, enum err e)
{
	bool lost = e == ERR_UNKNOWN;

	if (lost || e == ERR_SHAPE || e == ERR_CORRUPT || e == ERR_CRYPTO)
		log_say(LOG_ERROR, "%s: %s: put it back from a backup "
		    "(docs/operations.md)", name,
		    lost ? "not there" : "damaged, or of another day");
	else
		log_say(LOG_ERROR, "%s: %s", name, err_text(e));
}

/* The root key opens the others, and is forgotten. */
static enum err open_keys(struct keeper *k)
{
	struct rootkey_source source = {.origin =
	    k->conf.root_origin[0] ? k->conf.root_origin : k->conf.origin,
	    .module = k->conf.root_module, .token = k->conf.root_token,
	    .key = k->conf.root_key, .pin_file = k->conf.root_pin_file};
	struct rootkey_fault fault;
	struct secret root;
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), k->dir, "keeper");

	if (e)
		return e;
	source.folder = path;
	e = rootkey_open(&source, &root, &fault);
	if (e) {
		log_say(LOG_ERROR, "the root key: %s", fault.text);
		return e;
	}
	e = keyring_load(path, &root, &k->keys);
	secret_wipe(&root, sizeof(root));
	if (e == ERR_CRYPTO)
		log_say(LOG_ERROR, "keeper/keys.sealed: %s does not open it: "
		    "another key, or a damaged file",
		    rootkey_is_token(&source) ? "the token's root.key" :
		    "keeper/root.key");
	else if (e)
		say_file("keeper/keys.sealed", e);
	return e;
}

/* Of a log, which is its records and the signed end of them. */
static void say_log(const char *records, const char *end, enum err e)
{
	if (e == ERR_CORRUPT || e == ERR_CRYPTO)
		log_say(LOG_ERROR, "%s and %s do not agree, or keys.sealed is "
		    "of another day: a file is missing, damaged or older. "
		    "Nothing was changed; put them back from one backup "
		    "(docs/operations.md)", records, end);
	else if (e)
		say_file(records, e);
}

static enum err open_ledger(struct keeper *k)
{
	enum err e =
	    ledger_open(k->dir, k->conf.origin, k->keys, &k->ledger);

	say_log("keeper/registry", "registry/public/checkpoint", e);
	return e;
}

static enum err open_book(struct keeper *k)
{
	struct months_apart apart = apart_for(&k->apart);
	const char *at = "keeper/months";
	struct book_options options = {.dir = k->dir, .apart = &apart,
	    .at = &at, .origin = k->conf.origin, .random = &k->random,
	    .keys = k->keys};
	enum err e = apart_init(&k->apart, k->dir, &k->conf, &k->random);

	if (!e)
		e = book_open(&options, &k->book);
	if (e == ERR_STATE)
		log_say(LOG_ERROR, "keeper/months: its key apart is not there: "
		    "a copy from before a month was destroyed, or months-N.key "
		    "is missing? See docs/operations.md");
	else if (e && strcmp(at, "keeper/months") == 0)
		say_file("keeper/months or keeper/months-N.key", e);
	else
		say_log("keeper/journal", "journal/public/checkpoint", e);
	return e ? e :
	    apart_settle(&k->apart, months_epoch(book_months(k->book)));
}

/* Keys, registry, journal, budgets: all that comes from the disk. */
enum err start_open(struct keeper *k)
{
	uint8_t root[HASH_SIZE];
	enum err e = open_keys(k);

	if (!e)
		e = open_ledger(k);
	if (e)
		return e;
	k->registry = ledger_registry(k->ledger);
	hour_floor(&k->hour, ledger_taken(k->ledger));
	if (k->conf.drill != k->registry->drill) {
		log_say(LOG_ERROR, "ecluse.conf and the registry's first entry "
		    "do not agree whether this is a drill");
		return ERR_STATE;
	}
	e = past_continue(k);
	if (!e)
		e = open_book(k);
	if (!e)
		e = give_up(k);
	if (!e)
		e = replay_new(&k->keys->replay, REPLAY_MOST,
		    REPLAY_LIFE_MS, &k->replay);
	if (!e)
		e = tagger_new(&k->keys->question, &k->tagger);
	if (!e)
		e = keys_settle(k);
	if (!e)
		e = decoys_open(k);
	if (e)
		return e;
	k->guard = guard_new();
	if (!k->guard)
		return ERR_NOMEM;
	ledger_root(k->ledger, root);
	book_registry(k->book, ledger_size(k->ledger), root);
	e = past_check_known(k);
	if (!e)
		e = past_open(k);
	if (!e)
		e = generations_load(k);
	if (!e)
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

	if (size == 0 || SABOTAGED(OLD_REGISTRY))
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
enum err start_resume(struct keeper *k)
{
	struct fold_result found;
	char path[PATH_MAX];
	uint64_t released, mark;
	enum err e;

	k->fold = (struct fold){k->book, k->guard, k->replay, k->registry,
	    k->keys, &k->random, k->dir, k->pasts, k->registry->past_count,
	    NULL, 0};
	e = check_registry(k);
	if (!e)
		e = fold_run(&k->fold, keeper_now(k), &found);
	if (e == ERR_UNKNOWN)
		log_say(LOG_ERROR, "keeper/months: it has not the key of a "
		    "month that the journal speaks of: put the newest copy "
		    "back (docs/operations.md)");
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
	e = start_mark(k, LEAF_START, released, found.size);
	/* now: who verifies in the first second would miss the tiles that a
	 * crash took */
	if (!e)
		e = book_publish(k->book);
	if (!e)
		e = ledger_publish(k->ledger);
	if (!e)
		e = outstanding_open(
		    path, book_size(k->book), &k->outstanding);
	if (!e && released < found.size)
		log_say(LOG_WARN, "entries %llu to %llu cannot be excluded",
		    (unsigned long long)released,
		    (unsigned long long)found.size - 1);
	k->snapshot.size = found.from;
	return e;
}
