/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
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

/* --- the whole --- */

static enum err put_act(struct work *w, struct span act)
{
	char path[PATH_MAX];
	enum err e = in(w, "keeper/continue", path);

	return e ? e : file_create(path, act, 0600);
}

enum err restore_new(
    struct restore_put *r, const char *origin, struct span act)
{
	struct work w = {r, origin};
	enum err e = say_of(&w, put_act(&w, act), "keeper/continue");

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
