/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "base/file.h"
#include "cli/believed.h"
#include "cli/keys_root.h"
#include "cli/say.h"
#include "cli/where.h"
#include "conf/conf.h"
#include "conf/edit.h"
#include "journal/months.h"
#include "lang/lang.h"

struct work {
	struct keys_root *r;
	struct conf conf;
	char folder[PATH_MAX];		/* DIR/keeper */
	struct rootkey_source from, to;
	struct secret old, new;
	struct random random;
	struct keyring *keys;
};

static enum err take_lock(const struct work *w)
{
	enum err e = where_lock(w->r->dir);

	if (e == ERR_STATE)
		say("%s runs: the root key is read at a start, stop it first",
		    w->r->dir);
	else if (e)
		say("%s/run/lock: %s", w->r->dir, strerror(errno));
	return e;
}

static enum err read_settings(struct work *w)
{
	const struct conf *c = &w->conf;
	const char *origin;
	enum err e = believed_conf(w->r->dir, &w->conf);

	if (e)
		return e;
	e = file_path(w->folder, sizeof(w->folder), w->r->dir, "keeper");
	origin = c->root_origin[0] ? c->root_origin : c->origin;
	w->from = (struct rootkey_source){w->folder, origin, c->root_module,
	    c->root_token, c->root_key, c->root_pin_file};
	w->to = w->r->to.source;
	w->to.folder = w->folder;
	w->to.origin = origin;
	return e;
}

/* The key in force opens the file. */
static enum err open_old(struct work *w)
{
	struct rootkey_fault fault;
	enum err e = rootkey_open(&w->from, &w->old, &fault);

	if (e) {
		say("%s", say_why(fault.text, e));
		return e;
	}
	e = keyring_load(w->folder, &w->old, &w->keys);
	if (e)
		say("keeper/keys.sealed, with the root key in force: %s",
		    say_why(NULL, e));
	return e;
}

static enum err draw_new(struct work *w)
{
	struct rootkey_fault fault = {""};
	enum err e = ERR_OK;

	if (w->r->file)
		random_fill(&w->random, w->new.key, sizeof(w->new.key));
	else
		e = rootkey_make(&w->to, &w->random, &w->new, &fault);
	if (!e && memcmp(w->new.key, w->old.key, sizeof(w->old.key)) == 0) {
		e = ERR_EXISTS;
		(void)snprintf(fault.text, sizeof(fault.text),
		    N_("--token-key: this key is the one in force"));
	}
	if (e)
		say("%s", say_why(fault.text, e));
	return e;
}

/* A copy of the old root.key, for backups of before. */
static enum err keep_old(const struct work *w)
{
	enum err e;

	if (!w->r->keep)
		return ERR_OK;
	if (rootkey_is_token(&w->from)) {
		say("--keep: the token keeps its key itself");
		return ERR_RANGE;
	}
	e = file_create(w->r->keep,
	    span_of(w->old.key, sizeof(w->old.key)), 0600);
	if (e)
		say("%s: %s", w->r->keep, say_why(NULL, e));
	return e;
}

/* What the settings hold now is judged too: it becomes root's own. */
static enum err put_settings(
    const char *dir, const struct edit_setting *settings, size_t n)
{
	struct buf text;
	enum err e;

	buf_init(&text, CONF_FILE_MOST);
	e = believed_text(dir, &text);
	if (!e)
		e = edit_text(dir, buf_span(&text), settings, n);
	buf_release(&text);
	return e;
}

/* The one change that brings the new key in force. */
static enum err enforce(struct work *w)
{
	const struct rootkey_source *to = &w->to;
	const struct edit_setting settings[] = {
	    {"root.module", w->r->file ? "" : to->module},
	    {"root.token", w->r->file ? "" : to->token},
	    {"root.key", w->r->file ? "" : to->key},
	    {"root.pin-file", w->r->file ? "" : to->pin_file}};
	enum err e = ERR_OK;

	if (w->r->file)
		e = rootkey_put(&w->to, &w->new);
	if (!e && (!w->r->file || rootkey_is_token(&w->from)))
		e = put_settings(w->r->dir, settings,
		    sizeof(settings) / sizeof(settings[0]));
	if (e)
		say("the new root key is not in force: %s", say_why(NULL, e));
	return e;
}

/* --- the key apart of the months, which is where the root key is --- */

#define AHEAD 8		/* epochs that a token has keys for, at the most */

struct apart {
	const struct rootkey_source *source;
	const struct random *random;
};

static enum err apart_get(
    void *ctx, uint32_t epoch, bool make, struct secret *ret)
{
	const struct apart *a = ctx;
	struct rootkey_fault fault;
	enum err e = rootkey_apart(
	    a->source, epoch, make, a->random, ret, &fault);

	if (e && e != ERR_UNKNOWN)
		say("%s", say_why(fault.text, e));
	return e;
}

static void apart_drop(void *ctx, uint32_t epoch)
{
	const struct apart *a = ctx;
	struct rootkey_fault fault;
	enum err e = rootkey_apart_drop(a->source, epoch, &fault);

	if (e)
		say("%s", say_why(fault.text, e));
}

static enum err open_months(struct work *w,
    const struct rootkey_source *source, struct months **ret)
{
	struct apart a = {source, &w->random};
	const struct months_apart apart = {&a, apart_get, apart_drop};
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), w->folder, "months");

	if (!e)
		e = months_open(
		    path, &w->keys->months, &apart, &w->random, ret);
	if (e)
		say("keeper/months: %s", say_why(NULL, e));
	return e;
}

/* From one file to another the months' keys apart stay where they are. */
static bool moves(const struct work *w)
{
	return !w->r->file || rootkey_is_token(&w->from);
}

static enum err prepare_months(struct work *w)
{
	struct apart a = {&w->to, &w->random};
	const struct months_apart apart = {&a, apart_get, apart_drop};
	struct months *months = NULL;
	enum err e = moves(w) ? open_months(w, &w->from, &months) : ERR_OK;

	if (!e && months)
		e = months_prepare(months, &apart);
	months_close(months);
	return e;
}

/* The new keys apart open the months; those of before go. */
static enum err finish_months(struct work *w)
{
	struct apart a = {&w->from, &w->random};
	struct months *months = NULL;
	enum err e = moves(w) ? open_months(w, &w->to, &months) : ERR_OK;

	if (!e && months)
		for (uint32_t i = 0; i < AHEAD; i++)
			apart_drop(&a, months_epoch(months) + i);
	months_close(months);
	return e;
}

/* keys.sealed under the new key takes its place, and a root.key that nothing
 * needs goes. */
static enum err finish(struct work *w)
{
	struct keyring *again = NULL;
	enum err e = keyring_load(w->folder, &w->new, &again);

	keyring_free(again);
	if (!e)
		e = finish_months(w);
	if (!e && !w->r->file)
		e = rootkey_remove(&w->to);
	if (e)
		say("the new root key is in force; the rest is done at the "
		    "next start: %s", say_why(NULL, e));
	return e;
}

static enum err rotate(struct work *w)
{
	enum err e = read_settings(w);

	if (!e)
		e = take_lock(w);
	if (!e)
		e = open_old(w);
	if (!e)
		e = draw_new(w);
	if (!e)
		e = keep_old(w);
	if (!e) {
		e = keyring_prepare(
		    w->keys, w->folder, &w->new, &w->random);
		if (e)
			say("keeper/keys.sealed.next: %s", say_why(NULL, e));
	}
	if (!e)
		e = prepare_months(w);
	if (!e)
		e = enforce(w);
	return e ? e : finish(w);
}

int keys_root_rotate(struct keys_root *r)
{
	struct work w = {.r = r, .random = random_system()};
	enum err e = rotate(&w);

	if (!e)
		say("keys.sealed is under another root key. Backups of before "
		    "open with the old one alone: make a new backup now");
	keyring_free(w.keys);
	secret_wipe(&w, sizeof(w));
	return say_exit_of(e);
}
