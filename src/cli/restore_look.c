/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "cli/restore_look.h"
#include "cli/say.h"
#include "journal/months.h"
#include "lang/lang.h"
#include "rootkey/rootkey.h"

#define KEEPER "keeper"
#define SEALED KEEPER "/keys.sealed"
#define ROOT KEEPER "/root.key"

void restore_look_closed(struct restore_put *r, uint32_t epoch, enum err why)
{
	char name[64];

	(void)snprintf(name, sizeof(name), ROOTKEY_APART, epoch);
	if (why == ERR_CRYPTO || why == ERR_CORRUPT)
		(void)snprintf(r->words, sizeof(r->words), _("these month keys "
		    "do not open: --months-key is another key than their %s, "
		    "or the file of --months is damaged or of another log"),
		    name);
	else
		(void)snprintf(r->words, sizeof(r->words), _("these month keys "
		    "need %s, which is not in a backup: --months-key FILE. If "
		    "a month was destroyed since, it is gone, and a later copy "
		    "of the month keys is needed"), name);
}

/* 32 bytes; whatever else a file holds is a key that opens nothing. */
static enum err read_secret(const char *path, struct secret *ret)
{
	struct buf b;
	enum err e;

	buf_init(&b, SECRET_SIZE);
	e = file_read_plain(path, &b);
	if (e == ERR_LIMIT || e == ERR_SHAPE || (!e && b.n != SECRET_SIZE))
		e = ERR_CRYPTO;
	if (!e)
		memcpy(ret->key, b.p, SECRET_SIZE);
	if (b.p)
		secret_wipe(b.p, b.cap);
	buf_release(&b);
	return e;
}

static enum err apart_get(
    void *ctx, uint32_t epoch, bool make, struct secret *ret)
{
	const struct restore_put *r = ctx;

	(void)epoch;
	(void)make;
	return r->months_key ? read_secret(r->months_key, ret) : ERR_UNKNOWN;
}

/* Empty: no key was made when it was copied. */
static enum err look_months(struct restore_put *r, const struct keyring *keys)
{
	const struct months_apart apart = {r, apart_get, NULL};
	uint32_t epoch = 0;
	struct buf file;
	enum err e;

	buf_init(&file, MONTHS_FILE_MOST);
	e = file_read_plain(r->months, &file);
	if (!e && file.n > 0) {
		e = months_file_epoch(buf_span(&file), &epoch);
		if (!e)
			e = months_look(
			    buf_span(&file), &keys->months, &apart);
		if (e && epoch > 0)
			restore_look_closed(r, epoch, e);
	}
	buf_release(&file);
	if (e && !r->words[0])
		(void)snprintf(r->words, sizeof(r->words), "%.200s: %s",
		    r->months, say_why(NULL, e));
	return e;
}

/* Is it the file that was copied? Else the whole reading names it. */
static bool is_copied(const struct restore_put *r, const char *name)
{
	const struct files_row *row = files_find(&r->from->list, name);
	struct files_row now = {0};
	char path[PATH_MAX];

	return row && backup_check_path(
		r->from, name, path, sizeof(path)) == ERR_OK &&
	    files_hash(path, row->size + 1, &now) == ERR_OK &&
	    now.size == row->size &&
	    memcmp(now.hash, row->hash, HASH_SIZE) == 0;
}

/* The root key that is given, or else the backup's own; ERR_UNKNOWN: none. */
static enum err find_root(const struct restore_put *r, struct secret *ret)
{
	char path[PATH_MAX];
	enum err e;

	if (r->root)
		return read_secret(r->root, ret);
	if (!files_find(&r->from->list, ROOT))
		return ERR_UNKNOWN;
	e = backup_check_path(r->from, ROOT, path, sizeof(path));
	return e ? e : read_secret(path, ret);
}

static enum err look_files(struct restore_put *r)
{
	char folder[PATH_MAX];
	struct keyring *keys = NULL;
	struct secret root;
	enum err e = find_root(r, &root);

	if (!e)
		e = backup_check_path(
		    r->from, KEEPER, folder, sizeof(folder));
	if (!e)
		e = keyring_look(folder, &root, &keys);
	secret_wipe(&root, sizeof(root));
	if (e == ERR_UNKNOWN)
		(void)snprintf(r->words, sizeof(r->words), _(
		    "keeper/root.key is not in this backup: --root FILE"));
	else if (e)
		(void)snprintf(r->words, sizeof(r->words), "%s: %s",
		    _("keeper/keys.sealed, with this root key"),
		    say_why(NULL, e));
	else
		e = look_months(r, keys);
	keyring_free(keys);
	return e;
}

enum err restore_look(struct restore_put *r)
{
	enum err e;

	if (!is_copied(r, CONF_FILE) || !is_copied(r, SEALED))
		return ERR_OK;
	e = restore_put_settings(r);
	if (!e)
		e = restore_own_apply(&r->own, &r->conf);
	return e || r->conf.root_module[0] ? e : look_files(r);
}
