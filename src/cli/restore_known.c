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

#define OTHER_HISTORY                                                         \
	N_("another history under the same name: keep both as evidence")

static enum err add(
    struct restore_known *k, const char *path, const struct checkpoint *c)
{
	if (k->count == RESTORE_KNOWN_MOST)
		return say_of(k, ERR_LIMIT, path, say_why(NULL, ERR_LIMIT));
	for (size_t i = 0; i < k->count; i++)
		if (k->all[i].c.size == c->size &&
		    memcmp(k->all[i].c.root, c->root, HASH_SIZE) != 0)
			return say_of(k, ERR_CORRUPT, path, OTHER_HISTORY);
	k->all[k->count] = (struct restore_known_one){path, *c};
	if (!k->newest || c->size > k->newest->size)
		k->newest = &k->all[k->count].c;
	k->count++;
	return ERR_OK;
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
	return e ? e : add(k, path, &c);
}

struct comparison {
	const struct restore_known *k;
	const char *other;	/* the file that says otherwise; or NULL */
};

static void compare(
    void *of, struct span leaf, const struct tree_edge *so_far)
{
	struct comparison *w = of;
	uint8_t root[HASH_SIZE];

	(void)leaf;
	for (size_t i = 0; i < w->k->count && !w->other; i++) {
		const struct restore_known_one *one = &w->k->all[i];

		if (one->c.size != so_far->size)
			continue;
		tree_edge_root(so_far, root);
		if (memcmp(root, one->c.root, HASH_SIZE) != 0)
			w->other = one->path;
	}
}

enum err restore_known_compare(
    struct restore_known *k, const struct backup_check *b)
{
	const struct manifest_log *said = &b->manifest.journal;
	struct comparison w = {.k = k};
	struct tree_edge none;
	uint8_t root[HASH_SIZE];
	char path[PATH_MAX];
	uint64_t bad;
	enum err e =
	    backup_check_path(b, "keeper/journal", path, sizeof(path));

	tree_edge_init(&none);
	compare(&w, span_of(NULL, 0), &none);
	if (!e && k->count > 0)
		e = records_each(path,
		    (struct record_shape){LEAF_SIZE, OPENING_SIZE}, said->size,
		    compare, &w, root, &bad);
	if (e)
		return say_of(k, e, "keeper/journal", say_why(NULL, e));
	if (k->count > 0 && memcmp(root, said->root, HASH_SIZE) != 0)
		return say_of(k, ERR_CORRUPT, "keeper/journal",
		    N_("the medium shows another one than before"));
	return w.other ? say_of(k, ERR_CORRUPT, w.other, OTHER_HISTORY) :
	    ERR_OK;
}
