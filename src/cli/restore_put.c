/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "cli/restore_look.h"
#include "cli/restore_put.h"
#include "cli/say.h"
#include "journal/leaf.h"
#include "journal/months.h"
#include "journal/opening.h"
#include "journal/public.h"
#include "journal/tlog.h"
#include "registry/registry.h"
#include "rootkey/rootkey.h"
#include "lang/lang.h"

static enum err say_of(struct restore_put *r, enum err e, const char *what)
{
	if (e && !r->words[0])
		(void)snprintf(r->words, sizeof(r->words), "%.200s: %s", lang_text(what),
		    say_why(NULL, e));
	return e;
}

static enum err put_row(struct restore_put *r, const struct files_row *row)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct files_row copy = *row;
	enum err e =
	    backup_check_path(r->from, row->path, from, sizeof(from));

	restore_own_row(&copy);
	if (!e)
		e = file_path(to, sizeof(to), r->dir, row->path);
	if (!e)
		e = row->folder ? files_make_folder(to, &copy) :
		    files_copy(from, to, row->size, &copy);
	/* read once more, and the disk may lie: what lies there is checked */
	if (!e && !row->folder &&
	    memcmp(copy.hash, row->hash, HASH_SIZE) != 0)
		e = ERR_CORRUPT;
	return say_of(r, e, row->path);
}

/* A file of the keeper's own, beside keys.sealed. */
static enum err put_private(
    struct restore_put *r, const char *from, const char *name)
{
	struct files_row row = {.mode = 0600};
	char to[PATH_MAX];
	enum err e = file_path(to, sizeof(to), r->dir, name);

	restore_own_row(&row);
	if (!e)
		e = files_copy(from, to, FILES_WHOLE, &row);
	return say_of(r, e, from);
}

/* The key apart under the name of its epoch, which the file of months says.
 */
static enum err put_months_key(struct restore_put *r)
{
	char name[64];
	struct buf file;
	uint32_t epoch;
	enum err e;

	buf_init(&file, MONTHS_FILE_MOST);
	e = say_of(r, file_read(r->months, &file), r->months);
	if (!e)
		e = say_of(r, months_file_epoch(buf_span(&file), &epoch),
		    r->months);
	buf_release(&file);
	if (e)
		return e;
	(void)snprintf(name, sizeof(name), "keeper/" ROOTKEY_APART, epoch);
	return put_private(r, r->months_key, name);
}

/* Empty: no key was made when it was copied. */
static enum err put_months(struct restore_put *r)
{
	struct files_row row = {0};
	enum err e = say_of(r, files_hash(r->months, FILES_WHOLE, &row), r->months);

	if (e || row.size == 0)
		return e;
	e = put_private(r, r->months, "keeper/months");
	return e || !r->months_key ? e : put_months_key(r);
}

static enum err apart_get(
    void *ctx, uint32_t epoch, bool make, struct secret *ret)
{
	struct rootkey_fault fault;

	(void)make;
	return rootkey_apart(ctx, epoch, false, NULL, ret, &fault);
}

/* The keeper's first start does. */
static void apart_keep(void *ctx, uint32_t epoch)
{
	(void)ctx;
	(void)epoch;
}

/* The months open, or it is said now and not by the keeper's first start. */
static enum err check_months(
    struct restore_put *r, struct rootkey_source *source)
{
	const struct months_apart apart = {source, apart_get, apart_keep};
	const struct random random = random_system();
	struct months *months = NULL;
	char path[PATH_MAX];
	struct buf file;
	uint32_t epoch = 0;
	enum err e = file_path(path, sizeof(path), source->folder, "months");

	buf_init(&file, MONTHS_FILE_MOST);
	if (!e)
		e = file_read(path, &file);
	if (e == ERR_UNKNOWN) {
		buf_release(&file);
		return ERR_OK;
	}
	if (!e)
		e = months_file_epoch(buf_span(&file), &epoch);
	buf_release(&file);
	if (!e)
		e = months_open(path, &r->keys->months, &apart, &random,
		    &months);
	months_close(months);
	if (e)
		restore_look_closed(r, epoch, e);
	return e;
}

static enum err open_keys(struct restore_put *r)
{
	struct rootkey_source source = {.origin =
	    r->conf.root_origin[0] ? r->conf.root_origin : r->conf.origin,
	    .module = r->conf.root_module, .token = r->conf.root_token,
	    .key = r->conf.root_key, .pin_file = r->conf.root_pin_file};
	struct rootkey_fault fault;
	struct secret root;
	char folder[PATH_MAX];
	enum err e = file_path(folder, sizeof(folder), r->dir, "keeper");

	if (e)
		return e;
	source.folder = folder;
	r->token = rootkey_is_token(&source);
	e = rootkey_open(&source, &root, &fault);
	if (e) {
		(void)snprintf(r->words, sizeof(r->words), "%s", fault.text);
		return e;
	}
	e = keyring_load(folder, &root, &r->keys);
	secret_wipe(&root, sizeof(root));
	e = say_of(r, e, N_("keeper/keys.sealed, with this root key"));
	return e ? e : check_months(r, &source);
}

static enum err load(struct restore_put *r, const char *dir)
{
	struct conf_fault fault;
	enum err e = conf_load(dir, &r->conf, &fault);

	if (e)
		(void)snprintf(r->words, sizeof(r->words), "%s", fault.text);
	return e;
}

static enum err check_own(struct restore_put *r)
{
	return restore_own_check(
	    &r->own, &r->conf, r->words, sizeof(r->words));
}

enum err restore_put_settings(struct restore_put *r)
{
	static const char name[] = "/" CONF_FILE;
	char path[PATH_MAX];
	enum err e = backup_check_path(
	    r->from, name + 1, path, sizeof(path));

	if (e)
		return say_of(r, e, name + 1);
	path[strlen(path) - strlen(name)] = '\0';
	e = load(r, path);
	return e ? e : check_own(r);
}

/* The settings that hold here, and the same log. Asked again of what lies here:
 * a medium that somebody else holds may have shown another file before. */
static enum err settle(struct restore_put *r)
{
	enum err e = load(r, r->dir);

	if (!e)
		e = check_own(r);
	if (!e)
		e = say_of(r, restore_own_put(&r->own, r->dir), CONF_FILE);
	if (!e)
		e = load(r, r->dir);
	if (!e && strcmp(r->conf.origin, r->from->manifest.origin) != 0)
		e = say_of(r, ERR_CORRUPT, N_("ecluse.conf names another log"));
	if (!e)
		e = backup_check_vaults(r->from, r->conf.vault_count);
	if (e && !r->words[0])
		(void)snprintf(
		    r->words, sizeof(r->words), "%s", r->from->words);
	return e;
}

/* Is it needed for the keys to open, or beside those that are: a root key that
 * is in the backup, too? What is given here comes over it. */
static bool is_for_keys(const struct files_row *row)
{
	static const char keeper[] = "keeper/";
	const size_t n = sizeof(keeper) - 1;

	return row->folder || strcmp(row->path, CONF_FILE) == 0 ||
	    (strncmp(row->path, keeper, n) == 0 && !strchr(row->path + n, '/'));
}

static enum err put_rows(struct restore_put *r, bool for_keys)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < r->from->list.count && !e; i++)
		if (is_for_keys(&r->from->list.rows[i]) == for_keys)
			e = put_row(r, &r->from->list.rows[i]);
	return e;
}

/* First, and what is large behind them: a wrong key shall not show behind an
 * hour of copying. */
static enum err put_keys(struct restore_put *r)
{
	enum err e = put_rows(r, true);

	if (!e)
		e = put_months(r);
	if (!e && r->root)
		e = put_private(r, r->root, "keeper/root.key");
	if (!e)
		e = settle(r);
	return e ? e : open_keys(r);
}

enum err restore_put_files(struct restore_put *r)
{
	static const struct files_row top = {.folder = true, .mode = 0755};
	struct files_row row = top;
	enum err e;

	row.uid = geteuid();
	row.gid = getegid();
	e = restore_put_settings(r);
	if (e)
		return e;
	/* ours alone: of two at once one stops here */
	e = say_of(r, file_mkdir(r->dir, 0700), r->dir);
	if (!e)
		e = say_of(r, files_make_folder(r->dir, &row), r->dir);
	if (!e)
		e = put_keys(r);
	return e ? e : put_rows(r, false);
}

/* Of a log's keys the one that its public folder names: it may have turned. The
 * journal's is who signed the backup: a medium may have named a stranger when
 * that was asked, and only here the root key vouches for the name. */
static const struct sign_private *key_of(
    const struct restore_put *r, enum keyring_kind kind, const char *folder)
{
	struct note_key named;

	if (public_read_vkey(folder, &named) || (kind == KEYRING_LOG &&
	    memcmp(named.raw, r->from->log.raw, sizeof(named.raw)) != 0))
		return NULL;
	for (size_t i = 0; i < r->keys->count; i++)
		if (r->keys->rows[i].kind == kind && memcmp(
		    r->keys->rows[i].name, named.raw, sizeof(named.raw)) == 0)
			return r->keys->rows[i].sign;
	return NULL;
}

static enum err open_log(struct restore_put *r, bool registry,
    struct tlog **ret)
{
	char dir[PATH_MAX], public_dir[PATH_MAX], name[NOTE_NAME_SIZE];
	struct tlog_options o = {.dir = dir, .public_dir = public_dir,
	    .origin = name,
	    .leaf_size = registry ? 0 : LEAF_SIZE,
	    .side_size = registry ? 0 : OPENING_SIZE};
	enum err e = file_path(dir, sizeof(dir), r->dir,
	    registry ? "keeper/registry" : "keeper/journal");

	if (!e)
		e = file_path(public_dir, sizeof(public_dir), r->dir,
		    registry ? "registry/public" : "journal/public");
	if (!e && registry)
		e = registry_origin(r->conf.origin, name, sizeof(name));
	else if (!e)
		(void)snprintf(name, sizeof(name), "%s", r->conf.origin);
	if (!e)
		o.key = key_of(r, registry ? KEYRING_REGISTRY : KEYRING_LOG,
		    public_dir);
	if (!e)
		e = o.key ? tlog_open(&o, ret) : ERR_CRYPTO;
	if (!e)
		e = tlog_publish(*ret);
	return e;
}

static enum err compare(
    struct tlog *t, const struct manifest_log *said)
{
	uint8_t root[HASH_SIZE];
	enum err e = tlog_root(t, said->size, root);

	if (!e && memcmp(root, said->root, HASH_SIZE) != 0)
		e = ERR_CORRUPT;
	return e;
}

/* The last entry says how long the registry was, and what it was. */
static enum err check_pair(struct tlog *journal, struct tlog *registry)
{
	struct manifest_log said;
	struct tlog_record record;
	struct leaf leaf;
	enum err e;

	if (tlog_size(journal) == 0)
		return ERR_OK;
	e = tlog_read(journal, tlog_size(journal) - 1, &record);
	if (!e)
		e = leaf_unpack(record.leaf, &leaf);
	if (e)
		return e;
	said.size = leaf.registry_size;
	memcpy(said.root, leaf.registry_root, HASH_SIZE);
	return compare(registry, &said);
}

enum err restore_put_logs(struct restore_put *r)
{
	struct tlog *journal = NULL, *registry = NULL;
	enum err e = say_of(r, open_log(r, false, &journal), N_("the journal"));

	if (!e)
		e = say_of(r, open_log(r, true, &registry), N_("the registry"));
	if (!e)
		e = say_of(r, compare(journal, &r->from->manifest.journal),
		    N_("the journal's root"));
	if (!e)
		e = say_of(r, compare(registry, &r->from->manifest.registry),
		    N_("the registry's root"));
	if (!e)
		e = say_of(r, check_pair(journal, registry),
		    N_("the registry, as the journal's last entry names it"));
	tlog_close(journal);
	tlog_close(registry);
	return e;
}

void restore_put_release(struct restore_put *r)
{
	keyring_free(r->keys);
}
