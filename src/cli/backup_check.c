/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "backup/records.h"
#include "base/file.h"
#include "cli/backup_check.h"
#include "cli/backup_take.h"
#include "cli/say.h"
#include "conf/conf.h"
#include "journal/leaf.h"
#include "journal/opening.h"
#include "journal/public.h"
#include "lang/lang.h"

static enum err wrong(struct backup_check *c, enum err e, const char *where,
    const char *what)
{
	if (!c->words[0])
		(void)snprintf(
		    c->words, sizeof(c->words), "%s: %s", where, what);
	return e;
}

enum err backup_check_path(
    const struct backup_check *c, const char *path, char *out, size_t size)
{
	int n = snprintf(out, size, "%s/" BACKUP_TAKE_TREE "%s%s", c->folder,
	    path[0] ? "/" : "", path);

	return n < 0 || (size_t)n >= size ? ERR_LIMIT : ERR_OK;
}

/* The key that folder names: never one that has turned since. */
static enum err check_named(struct backup_check *c, const char *folder,
    const struct log_way *way, struct note_key *ret)
{
	char path[PATH_MAX], where[64];
	struct note_key now;
	enum err e = backup_check_path(c, folder, path, sizeof(path));

	(void)snprintf(where, sizeof(where), "%s/vkey", folder);
	if (!e)
		e = public_read_vkey(path, ret);
	if (e)
		return wrong(c, e, where, say_why(NULL, e));
	now = *ret;
	log_way_follow(way, &now);
	return memcmp(now.raw, ret->raw, sizeof(now.raw)) == 0 ? ERR_OK :
	    wrong(c, ERR_CRYPTO, where,
		_("a key that has turned, by this backup's own registry"));
}

/* Who must have signed: what is read here leads by signatures alone, for
 * nothing of the backup is checked yet. */
static enum err find_key(struct backup_check *c)
{
	struct log_way registry;
	struct note_key named;
	char path[PATH_MAX];
	enum err e = backup_check_path(
	    c, "keeper/registry", path, sizeof(path));

	if (!e)
		e = log_way_read(path, &c->manifest, KEYRING_LOG, &c->way);
	if (!e)
		e = log_way_read(
		    path, &c->manifest, KEYRING_REGISTRY, &registry);
	if (e)
		return wrong(c, e, "keeper/registry", say_why(NULL, e));
	e = check_named(c, "registry/public", &registry, &named);
	if (!e)
		e = check_named(c, "journal/public", &c->way, &named);
	c->log = c->key ? *c->key : named;
	log_way_follow(&c->way, &c->log);
	return e;
}

static enum err read_manifest(struct backup_check *c)
{
	char path[PATH_MAX];
	struct span text, signatures;
	struct buf note;
	enum err e = file_path(path, sizeof(path), c->folder, MANIFEST_NAME);

	buf_init(&note, NOTE_MAX);
	if (!e)
		e = file_read_plain(path, &note);
	if (e == ERR_IO && access(path, F_OK) != 0)
		e = ERR_UNKNOWN;	/* FOLDER itself is a file, say */
	if (e)
		(void)wrong(c, e, MANIFEST_NAME, e == ERR_UNKNOWN ?
		    _("not there: no backup, or one that was not finished") :
		    say_why(NULL, e));
	if (!e && (note_split(buf_span(&note), &text, &signatures) ||
	    manifest_parse(text, &c->manifest)))
		e = wrong(c, ERR_CORRUPT, MANIFEST_NAME, _("not a manifest"));
	if (!e)
		e = find_key(c);
	if (!e && note_verify(buf_span(&note), &c->log, 1, &text, NULL))
		e = wrong(c, ERR_CRYPTO, MANIFEST_NAME,
		    _("not signed by the key that signs this log"));
	buf_release(&note);
	return e;
}

static const char *why_not(enum err e)
{
	return e == ERR_UNKNOWN ? _("not there") : say_why(NULL, e);
}

static enum err read_list(struct backup_check *c)
{
	uint8_t hash[HASH_SIZE];
	char path[PATH_MAX];
	struct buf text;
	enum err e = file_path(path, sizeof(path), c->folder, FILES_NAME);

	buf_init(&text, FILES_MOST);
	if (!e)
		e = file_read_plain(path, &text);
	hash_sha256(buf_span(&text), hash);
	if (e)
		(void)wrong(c, e, FILES_NAME, why_not(e));
	else if (memcmp(hash, c->manifest.files, HASH_SIZE) != 0 ||
	    files_parse(buf_span(&text), &c->list) ||
	    c->list.count != c->manifest.count)
		e = wrong(c, ERR_CORRUPT, FILES_NAME,
		    _("not the list that was signed"));
	buf_release(&text);
	return e;
}

static enum err check_there(struct backup_check *c, const char *path)
{
	return files_find(&c->list, path) ? ERR_OK : wrong(c, ERR_CORRUPT,
	    path, _("not in it, and without it there is no instance"));
}

/* Whoever made the list may have left out what it cannot be without. */
static enum err check_needed(struct backup_check *c)
{
	enum err e = check_there(c, CONF_FILE);

	return e ? e : check_there(c, "keeper/keys.sealed");
}

static enum err check_files(struct backup_check *c)
{
	char path[PATH_MAX];
	enum err e = ERR_OK;

	for (size_t i = 0; i < c->list.count && !e; i++) {
		const struct files_row *row = &c->list.rows[i];
		struct files_row now = {0};

		if (row->folder)
			continue;
		e = backup_check_path(c, row->path, path, sizeof(path));
		/* one byte more than was copied: whoever fills the place of a
		 * small file chooses not how long this takes */
		if (!e)
			e = files_hash(path, row->size + 1, &now);
		if (e)
			return wrong(c, e == ERR_UNKNOWN ? ERR_CORRUPT : e,
			    row->path, why_not(e));
		if (now.size != row->size ||
		    memcmp(now.hash, row->hash, HASH_SIZE) != 0)
			e = wrong(c, ERR_CORRUPT, row->path,
			    _("not the bytes that were copied"));
	}
	return e;
}

/* How many vaults it has is in its own settings. */
static enum err read_count(struct backup_check *c, unsigned *ret)
{
	struct conf_fault fault;
	struct conf conf;
	char path[PATH_MAX];
	enum err e = backup_check_path(c, "", path, sizeof(path));

	if (!e)
		e = conf_load(path, &conf, &fault);
	if (e)
		return wrong(c, ERR_CORRUPT, CONF_FILE,
		    say_why(fault.text, e));
	*ret = conf.vault_count;
	return ERR_OK;
}

/* Each vault's rows, and what it does not start without: those of its cells
 * would be nobody. */
enum err backup_check_vaults(struct backup_check *c, unsigned count)
{
	static const char *const needed[] = {"store.db", "key.pem", "trust"};
	char path[FILES_PATH];
	enum err e = ERR_OK;

	for (unsigned v = 0; v < count && !e; v++)
		for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]) &&
		    !e; i++) {
			(void)snprintf(path, sizeof(path), "vault/%u/%s", v,
			    needed[i]);
			e = check_there(c, path);
		}
	return e;
}

static enum err check_vaults(struct backup_check *c)
{
	unsigned count = 0;
	enum err e = read_count(c, &count);

	return e ? e : backup_check_vaults(c, count);
}

enum err backup_check_needed(struct backup_check *c)
{
	enum err e = check_needed(c);

	return e ? e : check_vaults(c);
}

static enum err check_log(struct backup_check *c, const char *name,
    struct record_shape shape, const struct manifest_log *said)
{
	uint8_t root[HASH_SIZE];
	char path[PATH_MAX], where[64];
	uint64_t bad = 0;
	enum err e = backup_check_path(c, name, path, sizeof(path));

	if (!e)
		e = records_root(path, shape, said->size, root, &bad);
	if (!e && memcmp(root, said->root, HASH_SIZE) != 0)
		return wrong(c, ERR_CORRUPT, name,
		    _("its records are not those of the signed root"));
	(void)snprintf(where, sizeof(where), "%s, %s %llu", name, _("record"),
	    (unsigned long long)bad);
	return e ? wrong(c, e, where, say_why(NULL, e)) : ERR_OK;
}

enum err backup_check_list(struct backup_check *c)
{
	enum err e = read_manifest(c);

	if (!e)
		e = read_list(c);
	return e ? e : check_needed(c);
}

enum err backup_check_bytes(struct backup_check *c)
{
	enum err e = check_files(c);

	if (!e)
		e = check_vaults(c);
	if (!e)
		e = check_log(c, "keeper/journal",
		    (struct record_shape){LEAF_SIZE, OPENING_SIZE},
		    &c->manifest.journal);
	if (!e)
		e = check_log(c, "keeper/registry",
		    (struct record_shape){0, 0}, &c->manifest.registry);
	return e;
}

enum err backup_check(struct backup_check *c)
{
	enum err e = backup_check_list(c);

	return e ? e : backup_check_bytes(c);
}

void backup_check_release(struct backup_check *c)
{
	files_release(&c->list);
}
