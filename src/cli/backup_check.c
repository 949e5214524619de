/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "backup/records.h"
#include "base/file.h"
#include "cli/backup_check.h"
#include "cli/backup_take.h"
#include "cli/say.h"
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

static enum err find_key(struct backup_check *c, struct note_key *ret)
{
	char path[PATH_MAX];
	enum err e;

	if (c->key) {
		*ret = *c->key;
		return ERR_OK;
	}
	e = backup_check_path(c, "journal/public", path, sizeof(path));
	if (!e)
		e = public_read_vkey(path, ret);
	return e ? wrong(c, e, "journal/public/vkey", say_why(NULL, e)) : ERR_OK;
}

static enum err read_manifest(struct backup_check *c)
{
	char path[PATH_MAX];
	struct note_key key;
	struct span text;
	struct buf note;
	enum err e = file_path(path, sizeof(path), c->folder, MANIFEST_NAME);

	buf_init(&note, NOTE_MAX);
	if (!e)
		e = file_read(path, &note);
	if (e)
		(void)wrong(c, e, MANIFEST_NAME, e == ERR_UNKNOWN ?
		    _("not there: no backup, or one that was not finished") :
		    say_why(NULL, e));
	if (!e)
		e = find_key(c, &key);
	if (!e && note_verify(buf_span(&note), &key, 1, &text, NULL))
		e = wrong(c, ERR_CRYPTO, MANIFEST_NAME,
		    _("not signed by this log's key"));
	if (!e && manifest_parse(text, &c->manifest))
		e = wrong(c, ERR_CORRUPT, MANIFEST_NAME, _("not a manifest"));
	buf_release(&note);
	return e;
}

static enum err read_list(struct backup_check *c)
{
	uint8_t hash[HASH_SIZE];
	char path[PATH_MAX];
	struct buf text;
	enum err e = file_path(path, sizeof(path), c->folder, FILES_NAME);

	buf_init(&text, FILES_MOST);
	if (!e)
		e = file_read(path, &text);
	hash_sha256(buf_span(&text), hash);
	if (e)
		(void)wrong(c, e, FILES_NAME, say_why(NULL, e));
	else if (memcmp(hash, c->manifest.files, HASH_SIZE) != 0 ||
	    files_parse(buf_span(&text), &c->list) ||
	    c->list.count != c->manifest.count)
		e = wrong(c, ERR_CORRUPT, FILES_NAME,
		    _("not the list that was signed"));
	buf_release(&text);
	return e;
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
		if (!e)
			e = files_hash(path, &now);
		if (e)
			return wrong(c, e == ERR_UNKNOWN ? ERR_CORRUPT : e,
			    row->path, say_why(NULL, e));
		if (now.size != row->size ||
		    memcmp(now.hash, row->hash, HASH_SIZE) != 0)
			e = wrong(c, ERR_CORRUPT, row->path,
			    _("not the bytes that were copied"));
	}
	return e;
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

enum err backup_check(struct backup_check *c)
{
	enum err e = read_manifest(c);

	if (!e)
		e = read_list(c);
	if (!e)
		e = check_files(c);
	if (!e)
		e = check_log(c, "keeper/journal",
		    (struct record_shape){LEAF_SIZE, OPENING_SIZE},
		    &c->manifest.journal);
	if (!e)
		e = check_log(c, "keeper/registry",
		    (struct record_shape){0, 0}, &c->manifest.registry);
	return e;
}

void backup_check_release(struct backup_check *c)
{
	files_release(&c->list);
}
