/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/act_send.h"
#include "cli/init_logs.h"
#include "cli/restore_new.h"
#include "cli/say.h"
#include "conf/edit.h"
#include "journal/public.h"
#include "registry/registry.h"
#include "lang/lang.h"

struct work {
	struct restore_put *r;
	const char *origin;
	const struct checkpoint *known;
	const struct restore_new_keys *admins;
};

static enum err say_of(struct work *w, enum err e, const char *what)
{
	if (e && !w->r->words[0])
		(void)snprintf(w->r->words, sizeof(w->r->words),
		    "%.200s: %s", lang_text(what), say_why(NULL, e));
	return e;
}

static enum err in(const struct work *w, const char *name, char *out)
{
	return file_path(out, PATH_MAX, w->r->dir, name);
}

/* --- the archive --- */

static enum err move(
    const struct work *w, const char *from, unsigned nth, const char *to)
{
	char a[PATH_MAX], b[PATH_MAX], name[64];
	enum err e = in(w, from, a);

	(void)snprintf(name, sizeof(name), "keeper/old/%u/%s", nth, to);
	if (!e)
		e = in(w, name, b);
	if (!e && rename(a, b) != 0)
		e = ERR_IO;
	return e;
}

/* A folder for the keeper, owned as keeper/ is. */
static enum err make_folder(const struct work *w, const char *name)
{
	struct files_row like;
	char path[PATH_MAX];
	enum err e = in(w, "keeper", path);

	if (!e)
		e = files_look(path, &like);
	if (!e)
		e = in(w, name, path);
	return e ? e : files_make_folder(path, &like);
}

static enum err archive(struct work *w)
{
	char name[32], path[PATH_MAX];
	unsigned nth = 0;
	enum err e = make_folder(w, "keeper/old");

	do {
		(void)snprintf(name, sizeof(name), "keeper/old/%u", ++nth);
		if (!e)
			e = in(w, name, path);
	} while (!e && access(path, F_OK) == 0);
	if (!e)
		e = make_folder(w, name);
	if (!e)
		e = move(w, "keeper/journal", nth, "records");
	return e ? e : move(w, "journal/public", nth, "public");
}

/* --- the names --- */

/* Of a log that ended before: the keeper would not take it again. */
static enum err check_name(struct work *w)
{
	char name[64], path[PATH_MAX];
	struct note_key key;
	enum err e = ERR_OK;

	if (strcmp(w->origin, w->r->from->manifest.origin) == 0)
		return say_of(w, ERR_REFUSED, N_("--new-origin: the old name"));
	for (unsigned nth = 1; !e; nth++) {
		(void)snprintf(name, sizeof(name), "keeper/old/%u/public", nth);
		e = in(w, name, path);
		if (e || access(path, F_OK) != 0)
			return e;
		e = say_of(w, public_read_vkey(path, &key), "keeper/old");
		if (!e && strcmp(w->origin, key.name) == 0)
			e = say_of(w, ERR_REFUSED,
			    N_("--new-origin: the name of a log that has "
			    "ended"));
	}
	return e;
}

static enum err put_settings(struct work *w)
{
	const struct edit_setting settings[] = {{"origin", w->origin},
	    {"root.origin", w->r->from->manifest.origin}};
	/* the token goes on being asked with the name that it was first */
	bool asked = w->r->token && !w->r->conf.root_origin[0];

	return edit_settings(w->r->dir, settings, asked ? 2 : 1);
}

/* The registry's tree goes on; under its new name it begins with all that it
 * held, so that no name stands for two histories. */
static enum err rename_registry(struct work *w)
{
	const struct sign_private *key = w->r->keys->registry;
	struct checkpoint c = {.size = w->r->from->manifest.registry.size};
	char path[PATH_MAX];
	struct note_key vkey;
	enum err e = in(w, "registry/public", path);

	memcpy(c.root, w->r->from->manifest.registry.root, HASH_SIZE);
	if (!e)
		e = registry_origin(w->origin, c.origin, sizeof(c.origin));
	if (!e)
		e = note_key_make(span_str(c.origin),
		    sign_public_raw(sign_private_public(key)), &vkey);
	if (!e)
		e = public_write_vkey(path, &vkey);
	return e ? e : public_write_checkpoint(path, &c, &key, 1);
}

/* --- the act --- */

static int64_t time_of(const struct work *w)
{
	struct clock clock = clock_system();
	int64_t now = clock_wall_ms(&clock);
	char path[PATH_MAX];
	struct buf text;
	uint64_t offset = 0;

	/* a drill's clock stands beside the wall's */
	buf_init(&text, 64);
	if (w->r->conf.drill && !in(w, "keeper/clock", path) &&
	    !file_read(path, &text) && text.n > 1) {
		bool minus = text.p[0] == '-';

		if (!text_u64(span_of(text.p + minus, text.n - minus - 1),
			INT64_MAX, &offset))
			now += minus ? -(int64_t)offset : (int64_t)offset;
	}
	buf_release(&text);
	return now;
}

static void write_act(const struct work *w, struct buf *out)
{
	const struct manifest *m = &w->r->from->manifest;
	struct random random = random_system();
	char root[2 * HASH_SIZE + 1];
	uint8_t nonce[16];

	random_fill(&random, nonce, sizeof(nonce));
	act_write_head(out, span_str(w->origin), time_of(w), nonce);
	text_hex(m->journal.root, HASH_SIZE, root);
	buf_printf(out, "continue from=%s size=%llu root=%s", m->origin,
	    (unsigned long long)m->journal.size, root);
	if (w->known) {
		text_hex(w->known->root, HASH_SIZE, root);
		buf_printf(out, " known-size=%llu known-root=%s",
		    (unsigned long long)w->known->size, root);
	}
	buf_text(out, "\n");
}

static enum err sign_act(struct work *w, struct span text, struct buf *note)
{
	struct sign_private *keys[RESTORE_NEW_ADMINS] = {NULL};
	char names[RESTORE_NEW_ADMINS][ACT_SEND_NAME];
	struct note_signer signers[RESTORE_NEW_ADMINS];
	size_t n = w->admins->count;
	enum err e = ERR_OK;

	for (size_t i = 0; i < n && !e; i++) {
		e = say_of(w, sign_private_load(w->admins->paths[i], &keys[i]),
		    w->admins->paths[i]);
		if (e)
			break;
		act_send_name(sign_private_public(keys[i]), names[i]);
		signers[i] = (struct note_signer){names[i], keys[i]};
	}
	if (!e)
		e = note_sign(text, signers, n, note);
	for (size_t i = 0; i < n; i++)
		sign_private_free(keys[i]);
	return e;
}

static enum err put_act(struct work *w)
{
	char path[PATH_MAX];
	struct buf text, note;
	enum err e = in(w, "keeper/continue", path);

	buf_init(&text, LIMIT_ACT);
	buf_init(&note, LIMIT_ACT);
	write_act(w, &text);
	if (!e)
		e = text.err ? text.err :
		    sign_act(w, buf_span(&text), &note);
	if (!e)
		e = file_create(path, buf_span(&note), 0600);
	buf_release(&text);
	buf_release(&note);
	return e;
}

enum err restore_new(struct restore_put *r, const char *origin,
    const struct checkpoint *known, const struct restore_new_keys *admins)
{
	struct work w = {r, origin, known, admins};
	enum err e = ERR_OK;

	if (admins->count == 0)
		e = say_of(&w, ERR_REFUSED, N_("--admin-key: the act that "
		    "opens a new log is signed, by two in the end"));
	if (!e)
		e = check_name(&w);
	if (!e)
		e = say_of(&w, put_act(&w), "keeper/continue");
	if (!e)
		e = say_of(&w, archive(&w), "keeper/old");
	if (!e)
		e = say_of(&w, put_settings(&w), CONF_FILE);
	if (!e)
		e = say_of(&w, rename_registry(&w), "registry/public");
	if (!e)
		e = say_of(&w, init_logs_journal(r->dir, origin, r->keys),
		    N_("the new journal"));
	if (!e)
		e = say_of(&w, init_logs_service(r->dir, origin, r->keys),
		    "journal/service-keys");
	return e;
}
