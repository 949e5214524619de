/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/sabotage.h"
#include "cli/restore_own.h"
#include "lang/lang.h"

#define SETTING_MOST 512	/* bytes of a value */

/* Programs, users, and files of the machine outside of DIR. */
static const char *const names[] = {
    "nginx", "users.base", "root.module", "root.pin-file"};
#define NAMES (sizeof(names) / sizeof(names[0]))

_Static_assert(NAMES == RESTORE_OWN_MOST, "each once");

static const char *name_of(const char *text)
{
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(names[i], text) == 0)
			return names[i];
	return NULL;
}

static const struct edit_setting *find(
    const struct restore_own *o, const char *name)
{
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->said[i].name, name) == 0)
			return &o->said[i];
	return NULL;
}

enum err restore_own_take(struct restore_own *o, char *text)
{
	char *equals = strchr(text, '=');
	const char *name;
	struct conf any;
	enum err e;

	if (!equals)
		return ERR_UNKNOWN;
	*equals = '\0';
	name = name_of(text);
	if (!name)
		return ERR_UNKNOWN;
	if (find(o, name))
		return ERR_EXISTS;
	conf_defaults(&any);
	e = conf_set(&any, name, span_str(equals + 1));
	if (!e)
		o->said[o->count++] =
		    (struct edit_setting){name, equals + 1};
	return e;
}

static enum err check_one(const char *name, const struct conf *theirs,
    char *words, size_t size)
{
	struct buf value, preset;
	struct conf any;
	enum err e;

	conf_defaults(&any);
	buf_init(&value, SETTING_MOST);
	buf_init(&preset, SETTING_MOST);
	e = conf_get(theirs, name, &value);
	if (!e)
		e = conf_get(&any, name, &preset);
	if (!e && !span_equal(buf_span(&value), buf_span(&preset))) {
		e = ERR_REFUSED;
		(void)snprintf(words, size, _("the backup's ecluse.conf says "
		    "%s = %.*s, and no backup decides that: say what it is on "
		    "this machine, --setting %s=VALUE"), name,
		    (int)(value.n < 150 ? value.n : 150), value.p, name);
	}
	buf_release(&value);
	buf_release(&preset);
	return e;
}

enum err restore_own_check(const struct restore_own *o,
    const struct conf *theirs, char *words, size_t size)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < NAMES && !e && !SABOTAGED(OWN_SETTINGS); i++)
		if (!find(o, names[i]))
			e = check_one(names[i], theirs, words, size);
	return e;
}

enum err restore_own_apply(const struct restore_own *o, struct conf *conf)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < o->count && !e; i++)
		e = conf_set(conf, o->said[i].name, span_str(o->said[i].value));
	return e;
}

enum err restore_own_put(const struct restore_own *o, const char *dir)
{
	return o->count ? edit_settings(dir, o->said, o->count) : ERR_OK;
}

static bool begins(const char *path, const char *with)
{
	size_t n = strlen(with);

	return strncmp(path, with, n) == 0 &&
	    (path[n] == '/' || path[n] == '\0');
}

/* What every user of the machine may read: no key is in it. */
static bool is_public(const char *path)
{
	size_t n = strlen(path);

	return begins(path, CONF_FILE) || begins(path, "run") ||
	    begins(path, "journal") || begins(path, "registry") ||
	    (begins(path, "tls") &&
	    !(n > 4 && strcmp(path + n - 4, ".key") == 0));
}

void restore_own_row(struct files_row *row)
{
	if (SABOTAGED(OWN_SETTINGS))
		return;
	row->uid = geteuid();
	row->gid = getegid();
	row->mode &= is_public(row->path) ? 0755 : 0700;
}
