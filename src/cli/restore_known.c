/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "backup/records.h"
#include "base/file.h"
#include "cli/restore_known.h"
#include "cli/say.h"
#include "journal/leaf.h"
#include "journal/opening.h"

static enum err say_of(struct restore_known *k, enum err e, const char *path,
    const char *what)
{
	(void)snprintf(
	    k->words, sizeof(k->words), "%.150s: %s", path, what);
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

enum err restore_known_take(struct restore_known *k,
    const struct backup_check *b, const struct note_key *key,
    const char *path)
{
	struct checkpoint c;
	struct buf note;
	enum err e;

	buf_init(&note, CHECKPOINT_MAX);
	e = file_read(path, &note);
	if (e)
		(void)say_of(k, e, path, say_why(NULL, e));
	else if (checkpoint_verify(buf_span(&note), key, &c))
		e = say_of(k, ERR_CRYPTO, path,
		    "not a checkpoint of this log, or not signed by its key");
	buf_release(&note);
	if (e)
		return e;
	e = compare(b, &c);
	if (!e && k->any && c.size == k->newest.size &&
	    memcmp(c.root, k->newest.root, HASH_SIZE) != 0)
		e = ERR_CORRUPT;
	if (e)
		return say_of(k, e, path, e == ERR_CORRUPT ? "another history "
		    "under the same name: keep both as evidence" :
		    say_why(NULL, e));
	if (!k->any || c.size > k->newest.size)
		k->newest = c;
	k->any = true;
	return ERR_OK;
}
