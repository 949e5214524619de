/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/text.h"
#include "cli/backup_check.h"
#include "cli/backup_place.h"
#include "cli/backup_point.h"
#include "cli/backup_take.h"
#include "cli/copying.h"
#include "cli/say.h"
#include "journal/bare.h"
#include "journal/checkpoint.h"
#include "journal/leaf.h"
#include "journal/opening.h"
#include "journal/record.h"
#include "journal/segment.h"
#include "journal/tile.h"
#include "lang/lang.h"

#define COPY_END ".copy"	/* of a vault's store, beside it */
#define TRIES 3			/* of one during which keys turn */

/* Made anew by a start, copied apart, or not for a long life. */
static const char *const left_out[] = {"keeper/journal",
    "keeper/registry", "journal/public", "registry/public",
    "keeper/root.key", "keeper/months", "keeper/budgets", "keeper/released",
    "keeper/gap", "keeper/known-checkpoint", "keeper/generations",
    "keeper/fed", NULL};

/* --- the keeper --- */

static enum err take_point(struct backup_take *b, struct backup_point *p)
{
	enum err e = backup_point_take(
	    b->link, b->dir, p, b->words, sizeof(b->words));

	return copying_say(b, e, N_("the keeper's checkpoints"));
}

static enum err read_log(struct span note, struct manifest_log *ret,
    char origin[static NOTE_NAME_SIZE])
{
	struct span text, signatures;
	struct checkpoint c;
	enum err e = note_split(note, &text, &signatures);

	if (!e)
		e = checkpoint_parse(text, &c);
	if (e)
		return e;
	ret->size = c.size;
	memcpy(ret->root, c.root, HASH_SIZE);
	memcpy(origin, c.origin, NOTE_NAME_SIZE);
	return ERR_OK;
}

/* --- logs --- */

/* A full segment changes by a purge alone, which changes its size: what an
 * earlier backup took stays. */
static bool is_kept(struct backup_take *b, const char *path, uint64_t size)
{
	const struct files_row *old = files_find(&b->before, path);
	struct files_row now = {0};
	char p[2][PATH_MAX];

	if (!old || old->size != size || copying_paths(b, path, path, p) ||
	    files_look(p[1], &now) || now.folder ||
	    files_add(&b->list, old))
		return false;
	b->kept += size;
	return true;
}

/* Bytes of the first n records of a segment, here or as it was copied. */
static enum err segment_bytes(struct backup_take *b, const char *path,
    bool copied, uint64_t first, uint64_t n, uint64_t *ret)
{
	const struct record_shape shape = {LEAF_SIZE, OPENING_SIZE};
	uint64_t bare = 0;
	char p[2][PATH_MAX];
	int fd = -1;
	enum err e = copying_paths(b, path, path, p);

	if (!e)
		fd = open(p[copied ? 1 : 0], O_RDONLY | O_CLOEXEC);
	if (!e)
		e = fd < 0 ? ERR_IO : bare_count(fd, first, shape, &bare);
	if (fd >= 0)
		close(fd);
	*ret = (uint64_t)bare_offset(shape, bare, n);
	return copying_say(b, e, path);
}

/* A purge may put another file in its place while it is copied. */
static enum err copy_segment(struct backup_take *b, const char *path,
    uint64_t first, uint64_t n)
{
	size_t before = b->list.count;
	uint64_t bytes = 0, copied = 0;
	enum err e = segment_bytes(b, path, false, first, n, &bytes);

	if (!e && n == SEGMENT_RECORDS && is_kept(b, path, bytes))
		return ERR_OK;
	while (!e && copied != bytes) {
		b->list.count = before;
		e = copying_file(b, path, path, bytes);
		copied = bytes;
		if (!e)
			e = segment_bytes(b, path, true, first, n, &bytes);
	}
	return e;
}

static enum err copy_journal(struct backup_take *b)
{
	uint64_t size = b->manifest.journal.size;
	char path[FILES_PATH];
	enum err e = ERR_OK;

	for (uint64_t i = 0; i < size && !e; i += SEGMENT_RECORDS) {
		uint64_t n = size - i;

		(void)snprintf(path, sizeof(path),
		    "keeper/journal/seg-%012llu", (unsigned long long)i);
		e = copy_segment(b, path, i,
		    n < SEGMENT_RECORDS ? n : SEGMENT_RECORDS);
	}
	return e;
}

/* Its records vary: what stands behind the checkpoint comes too. */
static enum err copy_registry(struct backup_take *b)
{
	char path[FILES_PATH];
	enum err e = ERR_OK;

	for (uint64_t i = 0; i < b->manifest.registry.size && !e;
	    i += SEGMENT_RECORDS) {
		(void)snprintf(path, sizeof(path),
		    "keeper/registry/seg-%012llu", (unsigned long long)i);
		e = copying_file(b, path, path, FILES_WHOLE);
	}
	return e;
}

static enum err copy_if_there(struct backup_take *b, const char *path)
{
	struct files_row row = {0};
	char p[2][PATH_MAX];
	enum err e = copying_paths(b, path, path, p);

	if (!e)
		e = files_look(p[0], &row);
	return e == ERR_UNKNOWN ? ERR_OK :
	    e ? copying_say(b, e, path) : copying_file(b, path, path, FILES_WHOLE);
}

/* --- folders --- */

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_left_out(const struct backup_take *b, const char *path)
{
	if (b->with_root && strcmp(path, "keeper/root.key") == 0)
		return false;
	for (size_t i = 0; left_out[i]; i++)
		if (strcmp(path, left_out[i]) == 0)
			return true;
	/* the ports that were picked are in everybody's pins */
	if (strncmp(path, "run/", 4) == 0 && !ends_with(path, ".port"))
		return true;
	/* what must die outside of every backup */
	if (strncmp(path, "keeper/months-", 14) == 0)
		return true;
	return ends_with(path, "/lock") || strstr(path, ".new") != NULL;
}

typedef enum err (*visit)(struct backup_take *b, const char *path);

/* What is in DIR/path, by name. Files that went away meanwhile are over. */
static enum err each_in(struct backup_take *b, const char *path, visit f)
{
	char p[2][PATH_MAX], name[FILES_PATH];
	struct dirent **list = NULL;
	int n;
	enum err e = copying_paths(b, path, path, p);

	if (e)
		return e;
	n = scandir(p[0], &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (!e && list[i]->d_name[0] != '.') {
			int long_is = snprintf(name, sizeof(name), "%s%s%s",
			    path, path[0] ? "/" : "", list[i]->d_name);

			e = long_is < (int)sizeof(name) ? f(b, name) :
			    copying_say(b, ERR_LIMIT, list[i]->d_name);
		}
		free(list[i]);
	}
	free(list);
	return n < 0 ? copying_say(b, ERR_IO, path) : e;
}

static enum err visit_rest(struct backup_take *b, const char *path)
{
	struct files_row row = {0};
	char p[2][PATH_MAX];
	enum err e = is_left_out(b, path) ? ERR_UNKNOWN :
	    copying_paths(b, path, path, p);

	if (!e)
		e = files_look(p[0], &row);
	if (e == ERR_UNKNOWN)	/* gone */
		return ERR_OK;
	if (e == ERR_SHAPE)	/* a socket is nothing to copy */
		return copying_refuse(b, path);
	if (!e && row.folder) {
		e = copying_folder(b, path);
		return e || strcmp(path, "vault") == 0 ? e :
		    each_in(b, path, visit_rest);
	}
	return e ? e : copying_file(b, path, path, FILES_WHOLE);
}

/* What a vault keeps beside its store (vault/lock.h). Its checkpoint is read
 * before its counts, which may be longer then, never shorter. */
static bool is_of_lock(const char *path)
{
	return ends_with(path, "/key.pem") || ends_with(path, "/trust") ||
	    ends_with(path, "/checkpoint") || ends_with(path, "/counts");
}

/* The copy that its vault made of a store is there to be fetched. */
static enum err check_copy(struct backup_take *b, const char *path)
{
	struct files_row row = {0};
	char p[2][PATH_MAX];
	enum err e = copying_paths(b, path, path, p);

	if (!e && strlen(p[0]) + sizeof(COPY_END) > sizeof(p[0]))
		e = ERR_LIMIT;
	if (!e) {
		memcpy(p[0] + strlen(p[0]), COPY_END, sizeof(COPY_END));
		e = files_look(p[0], &row);
	}
	return copying_say(b, e, N_("the copy that the vault made of its store"));
}

/* Stores as their vaults copied them, under the store's own name. */
static enum err visit_vault(struct backup_take *b, const char *path)
{
	char to[FILES_PATH], p[2][PATH_MAX];
	struct files_row row = {0};
	enum err e = copying_paths(b, path, path, p);

	if (!e)
		e = files_look(p[0], &row);
	if (e == ERR_UNKNOWN || e == ERR_SHAPE)
		return ERR_OK;
	if (!e && row.folder) {
		e = copying_folder(b, path);
		return e ? e : each_in(b, path, visit_vault);
	}
	if (!e && ends_with(path, "/store.db"))
		return check_copy(b, path);
	if (e || !ends_with(path, COPY_END))
		return !e && is_of_lock(path) ?
		    copying_file(b, path, path, FILES_WHOLE) : e;
	(void)snprintf(to, sizeof(to), "%.*s",
	    (int)(strlen(path) - strlen(COPY_END)), path);
	e = copying_file(b, path, to, FILES_WHOLE);
	(void)unlink(p[0]);
	return e;
}

static enum err copy_vaults(struct backup_take *b)
{
	enum err e = link_ask(b->link, MSG_ADMIN_COPY, span_of(NULL, 0), NULL,
	    NULL, b->words, sizeof(b->words));

	if (!e)
		e = copying_folder(b, "vault");
	return e ? copying_say(b, e, N_("copies of the vaults")) :
	    each_in(b, "vault", visit_vault);
}

/* --- the whole --- */

/* No link of whoever had the medium: the folders in it are looked at as they
 * are made (files_make_folder). */
static enum err make_top(struct backup_take *b)
{
	struct files_row row = {0};
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), b->out, BACKUP_TAKE_TREE);

	if (!e)
		e = file_mkdir(path, 0700);
	if (e && e != ERR_EXISTS)
		return copying_say(b, e, b->out);
	e = files_look(path, &row);
	if (!e && row.folder)
		return ERR_OK;
	(void)snprintf(b->words, sizeof(b->words), _("%.200s: a folder must be "
	    "there, and no link to one: remove it"), path);
	return ERR_REFUSED;
}

static enum err make_places(struct backup_take *b)
{
	static const char *const folders[] = {"keeper", "keeper/journal",
	    "keeper/registry", "journal", "journal/public", "registry",
	    "registry/public", NULL};
	enum err e = make_top(b);

	for (size_t i = 0; folders[i] && !e; i++)
		e = copying_folder(b, folders[i]);
	return e;
}

/* Without its manifest a backup is none until the new one is whole. */
static enum err open_before(struct backup_take *b)
{
	char path[PATH_MAX];
	struct buf text;
	enum err e = file_path(path, sizeof(path), b->out, FILES_NAME);

	buf_init(&text, FILES_MOST);
	if (!e && !file_read_plain(path, &text) &&
	    files_parse(buf_span(&text), &b->before))
		b->before = (struct files){0};
	buf_release(&text);
	if (!e)
		e = file_path(path, sizeof(path), b->out, MANIFEST_NAME);
	if (!e)
		(void)unlink(path);
	return e;
}

static enum err put_keys(struct backup_take *b, const struct backup_point *p)
{
	enum err e = copying_put(b, "journal/public/vkey",
	    buf_span(&p->journal_key));

	return e ? e : copying_put(b, "registry/public/vkey",
	    buf_span(&p->registry_key));
}

/* The journal, of the first point; the vaults; the registry, of the second. */
static enum err copy_logs(struct backup_take *b, struct backup_point *first,
    struct backup_point *second)
{
	struct manifest *m = &b->manifest;
	char ignored[NOTE_NAME_SIZE];
	enum err e = make_places(b);

	if (!e)
		e = take_point(b, first);
	if (!e)
		e = read_log(buf_span(&first->journal), &m->journal,
		    m->origin);
	if (!e)
		e = copying_put(b, "journal/public/checkpoint",
		    buf_span(&first->journal));
	if (!e)
		e = copy_journal(b);
	/* before the vaults: it says what they must have at least */
	if (!e)
		e = copy_if_there(b, "keeper/generations");
	if (!e)
		e = copy_if_there(b, "keeper/fed");
	if (!e)
		e = copy_vaults(b);
	if (!e)
		e = take_point(b, second);
	if (!e)
		e = read_log(buf_span(&second->registry), &m->registry,
		    ignored);
	if (!e)
		e = copying_put(b, "registry/public/checkpoint",
		    buf_span(&second->registry));
	m->time_ms = second->time_ms;
	return e;
}

static enum err copy_months(struct backup_take *b)
{
	struct files_row row = {.mode = 0600, .uid = geteuid(),
	    .gid = getegid()};
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), b->dir, "keeper/months");

	if (!e)
		e = files_copy(path, b->months_out, FILES_WHOLE, &row);
	if (!e)
		e = file_sync_folder_of(b->months_out);
	if (e == ERR_UNKNOWN) {	/* nothing was asked yet: no key was made */
		e = backup_place_last(b->dir, b->months_out, b->words,
		    sizeof(b->words));
		if (!e)
			e = file_replace(
			    b->months_out, span_of(NULL, 0), 0600);
	}
	return copying_say(b, e, b->months_out);
}

/* The list, and what the keeper signs of it. */
static enum err vouch(struct backup_take *b, struct buf *note)
{
	char path[PATH_MAX];
	struct buf list, text;
	enum err e = file_path(path, sizeof(path), b->out, FILES_NAME);

	buf_init(&list, FILES_MOST);
	buf_init(&text, MANIFEST_MOST);
	files_write(&b->list, &list);
	b->manifest.count = b->list.count;
	hash_sha256(buf_span(&list), b->manifest.files);
	manifest_write(&b->manifest, &text);
	if (!e)
		e = list.err ? list.err : text.err;
	if (!e)
		e = file_replace(path, buf_span(&list), 0600);
	if (!e)
		e = link_ask(b->link, MSG_ADMIN_VOUCH, buf_span(&text),
		    link_to_buf, note, b->words, sizeof(b->words));
	buf_release(&list);
	buf_release(&text);
	return copying_say(b, e, N_("the manifest"));
}

/* The settings may have been written anew since the vaults were started by
 * them: of another count nothing comes back. */
static enum err check_needed(struct backup_take *b)
{
	struct backup_check c = {.folder = b->out, .list = b->list};
	enum err e = backup_check_needed(&c);

	if (e)
		memcpy(b->words, c.words, sizeof(b->words));
	return e ? ERR_REFUSED : ERR_OK;
}

static enum err copy_rest(
    struct backup_take *b, const struct backup_point *p, struct buf *note)
{
	enum err e = put_keys(b, p);

	if (!e)
		e = copy_registry(b);
	if (!e)
		e = each_in(b, "", visit_rest);
	if (!e && b->months_out)
		e = copy_months(b);
	if (!e)
		e = check_needed(b);
	return e ? e : vouch(b, note);
}

/* Once. *ret_turned: with keys of one moment and of another. */
static enum err copy_all(
    struct backup_take *b, struct buf *note, bool *ret_turned)
{
	struct backup_point p[2];
	enum err e;

	backup_point_init(&p[0]);
	backup_point_init(&p[1]);
	b->list.count = 0;
	buf_clear(note);
	e = copy_logs(b, &p[0], &p[1]);
	*ret_turned = !backup_point_same(&p[0], &p[1]);
	if (!e && !*ret_turned) {
		e = copy_rest(b, &p[1], note);
		if (!e)
			e = copying_say(b, backup_point_holds(
			    b->dir, &p[1], ret_turned), "keeper/keys.sealed");
	}
	backup_point_release(&p[0]);
	backup_point_release(&p[1]);
	return e;
}

/* Again when a key turned or was destroyed meanwhile. */
static enum err copy_until_whole(struct backup_take *b)
{
	char path[PATH_MAX];
	struct buf note;
	bool turned = true;
	enum err e = file_path(path, sizeof(path), b->out, MANIFEST_NAME);

	buf_init(&note, NOTE_MAX);
	for (int tries = 0; tries < TRIES && turned && !e; tries++)
		e = copy_all(b, &note, &turned);
	/* files have been flushed one by one, their names have not */
	if (!e && !turned)
		e = copying_say(b, tile_flush(b->out), b->out);
	if (!e && !turned)
		e = copying_say(b, file_replace(path, buf_span(&note), 0600),
		    N_("the manifest"));
	buf_release(&note);
	if (e || !turned)
		return e;
	(void)snprintf(b->words, sizeof(b->words), "%s", _("keys turned or were "
	    "destroyed meanwhile, each time: begin again when that is over"));
	return ERR_STATE;
}

/* What the instance has no more goes from an older backup too. */
static void drop_old(const struct backup_take *b)
{
	char top[PATH_MAX];

	if (file_path(top, sizeof(top), b->out, BACKUP_TAKE_TREE))
		return;
	for (size_t i = 0; i < b->before.count; i++) {
		const struct files_row *r = &b->before.rows[i];

		if (!r->folder && !files_find(&b->list, r->path))
			files_drop(top, r->path);
	}
}

enum err backup_take(struct backup_take *b)
{
	int lock = -1;
	enum err e = backup_place_lock(b->dir, &lock);

	if (e == ERR_STATE)
		(void)snprintf(b->words, sizeof(b->words), "%s",
		    N_("another backup is under way: wait for its end"));
	else
		e = copying_say(b, e, "keeper/journal");
	if (!e)
		e = copying_say(b, backup_place_take(b->dir, b->out, b->words,
		    sizeof(b->words)), b->out);
	if (!e && b->months_out)
		e = backup_place_months(b->dir, b->months_out, b->words,
		    sizeof(b->words));
	if (!e)
		e = open_before(b);
	if (!e)
		e = copy_until_whole(b);
	if (!e)
		drop_old(b);
	if (lock >= 0)
		(void)close(lock);
	return e;
}

void backup_take_release(struct backup_take *b)
{
	files_release(&b->before);
	files_release(&b->list);
}
