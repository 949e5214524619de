/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "journal/frontier.h"
#include "journal/public.h"
#include "journal/publication.h"
#include "journal/segment.h"
#include "journal/tlog.h"

#define CHECKED_AT_OPENING TILE_WIDTH	/* records compared with the tree */

struct tlog {
	char *dir, *public_dir;
	/* the first is the log's; none: reading */
	const struct sign_private *keys[CHECKPOINT_SIGNERS];
	size_t key_count;
	bool turned;			/* others than the checkpoint's */
	struct note_key trusted;	/* verifies this log's checkpoints */
	int lock;
	bool failed;
	struct record_shape shape;
	const struct segment_io *io;
	struct segments *segments;
	struct segment_entry *batch;	/* TLOG_BATCH, when writing; */
	uint8_t (*hashes)[HASH_SIZE];	/* of its leaves */
	size_t landing;			/* of them wait for a flush */
	struct frontier frontier;
	struct tile_reader *tiles;	/* full tiles that are published */
	struct publication *publication;	/* under way; or NULL */
	uint64_t published;
	uint64_t written;	/* tiles that are on the disk: a size */
};

static enum err get_node(void *ctx, unsigned level, uint64_t index,
    uint8_t ret[static HASH_SIZE])
{
	struct tlog *t = ctx;
	struct tree_nodes tiles = tile_reader_nodes(t->tiles);
	enum err e = frontier_node(&t->frontier, level, index, ret);

	if (e == ERR_UNKNOWN)
		e = tiles.get(tiles.ctx, level, index, ret);
	return e;
}

struct tree_nodes tlog_nodes(struct tlog *t)
{
	return (struct tree_nodes){get_node, t};
}

uint64_t tlog_size(const struct tlog *t)
{
	return t->frontier.edge.size;
}

uint64_t tlog_published(const struct tlog *t)
{
	return t->published;
}

const struct note_key *tlog_key(const struct tlog *t)
{
	return &t->trusted;
}

enum err tlog_leaf_hash(
    struct tlog *t, uint64_t index, uint8_t ret[static HASH_SIZE])
{
	if (t->failed)
		return ERR_IO;
	return index < tlog_size(t) ? get_node(t, 0, index, ret) : ERR_UNKNOWN;
}

enum err tlog_root(
    struct tlog *t, uint64_t size, uint8_t ret[static HASH_SIZE])
{
	struct tree_nodes nodes = tlog_nodes(t);
	struct tree_edge edge;
	enum err e;

	if (t->failed)
		return ERR_IO;
	if (size > tlog_size(t))
		return ERR_UNKNOWN;
	if (size == tlog_size(t)) {
		tree_edge_root(&t->frontier.edge, ret);
		return ERR_OK;
	}
	e = tree_edge_load(&nodes, size, &edge);
	if (!e)
		tree_edge_root(&edge, ret);
	return e;
}

enum err tlog_read(struct tlog *t, uint64_t index, struct tlog_record *ret)
{
	uint8_t expected[HASH_SIZE], got[HASH_SIZE];
	struct record r;
	enum err e = tlog_leaf_hash(t, index, expected);

	if (!e)
		e = segment_read(t->segments, index, &r);
	if (e == ERR_UNKNOWN && index < tlog_size(t))
		return ERR_CORRUPT;	/* the tree has it, the files do not */
	if (e)
		return e;
	tree_leaf_hash(r.leaf, got);
	if (memcmp(got, expected, HASH_SIZE) != 0)
		return ERR_CORRUPT;
	*ret = (struct tlog_record){r.index, r.batch, r.released, r.leaf,
	    r.side};
	return ERR_OK;
}

enum err tlog_read_behind(
    struct tlog *t, uint64_t index, struct tlog_record *ret)
{
	struct record r;
	enum err e = segment_behind(t->segments, index, &r);

	if (!e)
		*ret = (struct tlog_record){
		    r.index, r.batch, r.released, r.leaf, r.side};
	return e;
}

static void hash_leaves(struct tlog *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tree_leaf_hash(t->batch[i].leaf, t->hashes[i]);
}

/* The first n hashes are those of entries that are durable: to the tree. */
static void grow(struct tlog *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		frontier_append(&t->frontier, t->hashes[i]);
}

/* A batch on the disk has to enter the tree: so memory for that first. */
static enum err prepare_batch(
    struct tlog *t, const struct tlog_entry *entries, size_t n)
{
	if (t->failed)
		return ERR_IO;
	if (!t->key_count || t->landing)
		return ERR_STATE;
	if (n == 0 || n > TLOG_BATCH)
		return ERR_LIMIT;
	for (size_t i = 0; i < n; i++)
		t->batch[i] = (struct segment_entry){
		    entries[i].leaf, entries[i].side};
	return frontier_reserve(&t->frontier, n);
}

/* Written, and in the tree; flushed before that unless ret_fd: then -1 says
 * that it was, and else it waits for its flush. */
static enum err put_batch(struct tlog *t, const struct tlog_entry *entries,
    size_t n, uint64_t released, int *ret_fd)
{
	enum err e = prepare_batch(t, entries, n);

	if (e)
		return e;
	e = ret_fd ?
	    segment_write(t->segments, t->batch, n, released, ret_fd) :
	    segment_append(t->segments, t->batch, n, released);
	if (e == ERR_IO)
		t->failed = true;
	if (e)
		return e;
	hash_leaves(t, n);
	if (ret_fd && *ret_fd >= 0)
		t->landing = n;
	else
		grow(t, n);
	return ERR_OK;
}

enum err tlog_write(struct tlog *t, const struct tlog_entry *entries,
    size_t n, uint64_t released, int *ret_fd)
{
	*ret_fd = -1;
	return put_batch(t, entries, n, released, ret_fd);
}

enum err tlog_landed(struct tlog *t, bool flushed)
{
	size_t n = t->landing;
	enum err e = segment_landed(t->segments, flushed);

	t->landing = 0;
	if (e)
		t->failed = true;
	else
		grow(t, n);
	return e;
}

enum err tlog_append(struct tlog *t, const struct tlog_entry *entries,
    size_t n, uint64_t released, uint64_t *ret_first)
{
	uint64_t first = tlog_size(t);
	enum err e = put_batch(t, entries, n, released, NULL);

	if (!e)
		*ret_first = first;
	return e;
}

static enum err sign_checkpoint(const struct tlog *t, struct buf *note)
{
	struct checkpoint c = {.size = tlog_size(t)};

	memcpy(c.origin, t->trusted.name, sizeof(c.origin));
	tree_edge_root(&t->frontier.edge, c.root);
	return checkpoint_sign(&c, t->keys, t->key_count, note);
}

static enum err write_checkpoint(struct tlog *t)
{
	struct buf note;
	enum err e;

	buf_init(&note, CHECKPOINT_MAX);
	e = sign_checkpoint(t, &note);
	if (!e)
		e = public_put_checkpoint(t->public_dir, buf_span(&note));
	buf_release(&note);
	return e;
}

/* While nobody waits: room for the next batches. */
static enum err prepare(struct tlog *t)
{
	enum err e = segment_ahead(t->segments);

	if (e)
		t->failed = true;
	return e;
}

/* A log of size has its tiles and a checkpoint. */
static void settle(struct tlog *t, uint64_t size)
{
	t->published = size;
	t->written = size;
	tile_reader_resize(t->tiles, size);
	frontier_settle(&t->frontier, size, t->public_dir);
}

static enum err may_publish(const struct tlog *t)
{
	if (t->failed)
		return ERR_IO;
	return t->key_count && !t->landing && !t->publication ? ERR_OK :
	    ERR_STATE;
}

static bool has_news(const struct tlog *t)
{
	uint64_t size = tlog_size(t);

	return size != t->published || size != t->written || t->turned;
}

enum err tlog_publish(struct tlog *t)
{
	enum err e = may_publish(t);

	if (e || !has_news(t))
		return e ? e : prepare(t);
	e = frontier_write(&t->frontier, t->public_dir, t->written);
	if (!e)
		e = write_checkpoint(t);
	/* behind it, so that vkey's key has always signed the checkpoint */
	if (!e && t->turned)
		e = public_write_vkey(t->public_dir, &t->trusted);
	if (e)
		return e;
	t->turned = false;
	settle(t, tlog_size(t));
	return prepare(t);
}

enum err tlog_publish_begin(
    struct tlog *t, const struct publication **ret)
{
	struct buf note;
	enum err e = may_publish(t);

	*ret = NULL;
	if (e || t->turned || !has_news(t))	/* a new key is rare */
		return e ? e : tlog_publish(t);
	buf_init(&note, CHECKPOINT_MAX);
	e = prepare(t);
	if (!e)
		e = sign_checkpoint(t, &note);
	if (!e)
		e = publication_new(&t->frontier, t->written,
		    buf_span(&note), t->public_dir, &t->publication);
	buf_release(&note);
	if (!e)
		*ret = t->publication;
	return e;
}

enum err tlog_publish_end(struct tlog *t, enum err written)
{
	uint64_t size = publication_size(t->publication);

	publication_free(t->publication);
	t->publication = NULL;
	if (t->failed)
		return ERR_IO;
	if (!written)
		settle(t, size);
	return written;
}

static enum err key_named(const char *name, const struct sign_private *key,
    struct note_key *ret)
{
	const uint8_t *raw = sign_public_raw(sign_private_public(key));

	return raw ? note_key_make(span_str(name), raw, ret) : ERR_RANGE;
}

enum err tlog_turn(
    struct tlog *t, const struct sign_private *const *keys, size_t n)
{
	struct note_key trusted;
	enum err e;

	if (!t->key_count)
		return ERR_STATE;
	if (n == 0 || n > CHECKPOINT_SIGNERS)
		return ERR_LIMIT;
	if (n == t->key_count && memcmp(keys, t->keys, n * sizeof(*keys)) == 0)
		return ERR_OK;
	e = key_named(t->trusted.name, keys[0], &trusted);
	if (e)
		return e;
	memcpy(t->keys, keys, n * sizeof(*keys));
	t->key_count = n;
	t->trusted = trusted;
	t->turned = true;
	return ERR_OK;
}

enum err tlog_purge(struct tlog *t, uint64_t end, bool *ret_more)
{
	if (t->failed)
		return ERR_IO;
	if (t->landing)
		return ERR_STATE;
	return end > t->published ? ERR_RANGE :
	    segment_purge(t->segments, end, ret_more);
}

/*
 * Opening.
 */

/* The key that checkpoints must be signed with. */
static enum err find_trusted(struct tlog *t, const struct tlog_options *o)
{
	if (o->key)
		return key_named(o->origin, o->key, &t->trusted);
	if (!o->vkey)
		return public_read_vkey(o->public_dir, &t->trusted);
	t->trusted = *o->vkey;
	return ERR_OK;
}

static enum err read_checkpoint(const struct tlog *t,
    const struct tlog_options *o, struct checkpoint *ret)
{
	struct note_key other;
	struct buf note;
	enum err e;

	buf_init(&note, CHECKPOINT_MAX);
	e = public_read_checkpoint(t->public_dir, &t->trusted, &note, ret);
	for (size_t i = 0; i < o->other_count && e == ERR_CRYPTO; i++) {
		buf_clear(&note);
		e = key_named(t->trusted.name, o->others[i], &other);
		if (!e)
			e = public_read_checkpoint(
			    t->public_dir, &other, &note, ret);
	}
	buf_release(&note);
	return e;
}

/* Folders and the lock of a writer. */
static enum err take_place(struct tlog *t)
{
	char path[PATH_MAX];
	enum err e = file_mkdir(t->dir, 0700);

	if (!e || e == ERR_EXISTS)
		e = file_mkdir(t->public_dir, 0755);
	if (e && e != ERR_EXISTS)
		return e;
	e = file_path(path, sizeof(path), t->dir, "lock");
	if (e)
		return e;
	t->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (t->lock < 0)
		return ERR_IO;
	if (flock(t->lock, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? ERR_STATE : ERR_IO;
	return ERR_OK;
}

static enum err open_segments(struct tlog *t, uint64_t known)
{
	const struct segment_options o = {.dir = t->dir, .shape = t->shape,
	    .io = t->io, .write = t->key_count > 0, .known = known};

	return segment_open(&o, &t->segments);
}

/* Puts the records from the tree's size to end into the tree. */
static enum err hash_records(struct tlog *t, uint64_t end)
{
	struct record r;
	enum err e = ERR_OK;

	for (uint64_t i = tlog_size(t); i < end; i++) {
		uint8_t hash[HASH_SIZE];

		e = frontier_reserve(&t->frontier, 1);
		if (!e)
			e = segment_read(t->segments, i, &r);
		if (e)
			break;
		tree_leaf_hash(r.leaf, hash);
		frontier_append(&t->frontier, hash);
	}
	return e;
}

static bool root_is(const struct tlog *t, const struct checkpoint *c)
{
	uint8_t root[HASH_SIZE];

	tree_edge_root(&t->frontier.edge, root);
	return memcmp(root, c->root, HASH_SIZE) == 0;
}

/*
 * The tree of the checkpoint: from the tiles of its right edge when they give
 * its root. If not, and we write, from all the records; the tiles are then
 * written again with the next checkpoint.
 */
static enum err load_tree(struct tlog *t, const struct checkpoint *c)
{
	enum err e = frontier_load(&t->frontier, t->public_dir, c->size);

	t->written = c->size;
	if (!e && root_is(t, c))
		return ERR_OK;
	if (e && e != ERR_UNKNOWN && e != ERR_CORRUPT)
		return e;
	if (!t->key_count)
		return ERR_CORRUPT;
	frontier_release(&t->frontier);
	t->written = 0;
	e = hash_records(t, c->size);
	if (!e && !root_is(t, c))
		e = ERR_CORRUPT;
	return e;
}

/* The last known records are those of the tree. */
static enum err check_last(struct tlog *t, uint64_t known)
{
	uint64_t i = known > CHECKED_AT_OPENING ? known - CHECKED_AT_OPENING
	                                        : 0;
	struct tlog_record r;
	enum err e = ERR_OK;

	for (; i < known && !e; i++)
		e = tlog_read(t, i, &r);
	return e;
}

static enum err open_existing(struct tlog *t, const struct checkpoint *c)
{
	enum err e = open_segments(t, c->size);

	if (!e)
		e = tile_reader_new(t->public_dir, c->size, &t->tiles);
	if (!e)
		e = load_tree(t, c);
	t->published = c->size;
	if (e || !t->key_count)	/* a reader checks what it reads */
		return e;
	e = check_last(t, c->size);
	if (!e)
		e = hash_records(t, segment_size(t->segments));
	return e;
}

/* A new log begins with the checkpoint of the empty tree, so that records
 * without a checkpoint are always a log that lost it. */
static enum err make_new(struct tlog *t)
{
	enum err e = open_segments(t, 0);

	if (!e && segment_size(t->segments) > 0)
		e = ERR_CORRUPT;
	if (!e)
		e = tile_reader_new(t->public_dir, 0, &t->tiles);
	if (!e)
		e = public_write_vkey(t->public_dir, &t->trusted);
	if (!e)
		e = write_checkpoint(t);
	return e;
}

static enum err open_log(struct tlog *t, const struct tlog_options *o)
{
	struct checkpoint c;
	enum err e = find_trusted(t, o);

	if (!e && t->key_count) {
		t->batch = calloc(TLOG_BATCH, sizeof(*t->batch));
		t->hashes = calloc(TLOG_BATCH, sizeof(*t->hashes));
		e = t->batch && t->hashes ? take_place(t) : ERR_NOMEM;
	}
	if (e)
		return e;
	e = read_checkpoint(t, o, &c);
	if (e == ERR_UNKNOWN && t->key_count)
		return make_new(t);
	return e ? e : open_existing(t, &c);
}

enum err tlog_open(const struct tlog_options *o, struct tlog **ret)
{
	struct tlog *t = calloc(1, sizeof(*t));
	enum err e = ERR_NOMEM;

	if (!t)
		return ERR_NOMEM;
	t->lock = -1;
	t->keys[0] = o->key;
	t->key_count = o->key ? 1 : 0;
	t->io = o->io;
	t->shape = (struct record_shape){o->leaf_size, o->side_size};
	frontier_init(&t->frontier);
	t->dir = strdup(o->dir);
	t->public_dir = strdup(o->public_dir);
	if (t->dir && t->public_dir)
		e = open_log(t, o);
	if (e) {
		tlog_close(t);
		return e;
	}
	*ret = t;
	return ERR_OK;
}

void tlog_close(struct tlog *t)
{
	if (!t)
		return;
	segment_close(t->segments);
	tile_reader_free(t->tiles);
	publication_free(t->publication);
	frontier_release(&t->frontier);
	if (t->lock >= 0)
		close(t->lock);
	free(t->batch);
	free(t->hashes);
	free(t->dir);
	free(t->public_dir);
	free(t);
}
