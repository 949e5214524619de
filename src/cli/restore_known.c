/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "backup/records.h"
#include "base/file.h"
#include "cli/restore_known.h"
#include "cli/say.h"
#include "journal/follow.h"
#include "journal/leaf.h"
#include "journal/opening.h"
#include "lang/lang.h"

static enum err say_of(struct restore_known *k, enum err e, const char *path,
    const char *what)
{
	(void)snprintf(
	    k->words, sizeof(k->words), "%.150s: %s", path, lang_text(what));
	return e;
}

/* Does the backup hold the very entries that c speaks of? */
static enum err compare(const struct backup_check *b, struct checkpoint *c)
{
	uint8_t root[HASH_SIZE];
	char folder[PATH_MAX];
	uint64_t bad;
	enum err e;

	if (c->size > b->manifest.journal.size)
		return ERR_OK;
	e = backup_check_path(b, "keeper/journal", folder, sizeof(folder));
	if (!e)
		e = records_root(folder,
		    (struct record_shape){LEAF_SIZE, OPENING_SIZE}, c->size,
		    root, &bad);
	if (!e && memcmp(root, c->root, HASH_SIZE) != 0)
		e = ERR_CORRUPT;
	return e;
}

/* The key in use where the file comes from: its folder is a log's, or has no
 * way and leads nowhere. */
static enum err newest_key(
    const char *path, const struct note_key *from, struct note_key *ret)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	unsigned turns;

	*ret = *from;
	if (snprintf(folder, sizeof(folder), "%.*s", slash ?
	    (int)(slash - path + 1) : 1, slash ? path : ".") >=
	    (int)sizeof(folder))
		return ERR_LIMIT;
	return follow_public(folder, ret, &turns);
}

static enum err verify(struct restore_known *k, const struct backup_check *b,
    const char *path, struct span note, struct checkpoint *ret)
{
	struct note_key newest;

	if (newest_key(path, &b->log, &newest))
		return say_of(k, ERR_CRYPTO, path,
		    N_("after/ beside it does not lead from this log's key"));
	if (!checkpoint_verify(note, &newest, ret))
		return ERR_OK;
	for (size_t i = 0; i + 1 < b->way.count; i++)
		if (!checkpoint_verify(note, &b->way.keys[i], ret))
			return ret->size <= b->manifest.journal.size ?
			    ERR_OK : say_of(k, ERR_CRYPTO, path,
			    N_("only a key that has turned since signed it: "
			    "give one that the key in use signed"));
	return say_of(k, ERR_CRYPTO, path, N_("not a checkpoint of this log, "
	    "or not signed by its key; if that turned since the backup, the "
	    "folder after/ of the log's public files belongs beside it"));
}

enum err restore_known_take(struct restore_known *k,
    const struct backup_check *b, const char *path)
{
	struct checkpoint c;
	struct buf note;
	enum err e;

	buf_init(&note, CHECKPOINT_MAX);
	e = file_read(path, &note);
	if (e)
		(void)say_of(k, e, path, say_why(NULL, e));
	else
		e = verify(k, b, path, buf_span(&note), &c);
	buf_release(&note);
	if (e)
		return e;
	e = compare(b, &c);
	if (!e && k->any && c.size == k->newest.size &&
	    memcmp(c.root, k->newest.root, HASH_SIZE) != 0)
		e = ERR_CORRUPT;
	if (e)
		return say_of(k, e, path, e == ERR_CORRUPT ? N_("another "
		    "history under the same name: keep both as evidence") :
		    say_why(NULL, e));
	if (!k->any || c.size > k->newest.size)
		k->newest = c;
	k->any = true;
	return ERR_OK;
}
