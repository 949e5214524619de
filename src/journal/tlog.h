/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One log: records in segments (journal/segment.h), an RFC 6962 tree over
 * their leaves, and a public folder with checkpoint, vkey and hash tiles
 * (c2sp.org/tlog-tiles). The journal and the registry are two of them.
 *
 * Order of things. tlog_append returns when its batch is on the disk: only
 * then may an answer leave. tlog_publish, once a second, writes the tiles of
 * what is durable, then the signed checkpoint. After the first failed write or
 * flush of records every call returns ERR_IO: what the kernel holds then is
 * not known, so nothing is answered from it, and the process ends and opens
 * again.
 *
 * Opening costs a few tiles and the records behind the last checkpoint, not
 * the whole log. A log that is shorter than its own signed checkpoint, whose
 * tree does not give its root, or whose last 256 records are not those of the
 * tree, is refused; every other record is checked against the tree when it is
 * read.
 *
 * For one thread. One writer at a time (a lock in the folder); any number of
 * readers, who see what is published.
 */
#pragma once
#include <stdbool.h>
#include "base/buf.h"
#include "crypto/sign.h"
#include "journal/checkpoint.h"
#include "journal/tree.h"

struct segment_io;	/* journal/segment.h */

struct tlog;

struct tlog_options {
	const char *dir;	/* records; made if missing, mode 0700 */
	const char *public_dir;	/* made if missing, mode 0755 */
	const char *origin;
	/* The log's key, to write; NULL to read. Not copied. */
	const struct sign_private *key;
	/* When writing: other keys of ours, of which one may have signed the
	 * checkpoint that stands there (tlog_turn). */
	const struct sign_private *const *others;
	size_t other_count;
	/* When reading: the key to trust; NULL trusts public_dir/vkey. */
	const struct note_key *vkey;
	/* Sizes when every record has the same (reading is then direct), or
	 * both 0: they vary. */
	uint32_t leaf_size, side_size;
	const struct segment_io *io;	/* NULL: the system's calls */
};

struct tlog_entry {
	struct span leaf;	/* hashed into the tree */
	/* Kept beside it, not hashed. May be empty; where the size is fixed,
	 * zeros then take its place, and are what tlog_read gives. An empty
	 * one that is read where sizes are fixed was purged. */
	struct span side;
};

struct tlog_record {
	uint64_t index;
	uint64_t batch;		/* index of the first entry of its batch */
	uint64_t released;	/* as given to tlog_append */
	struct span leaf, side;	/* until the next call on this log */
};

/*
 * Opens, or makes when writing and there is none. ERR_CORRUPT: shorter than
 * or different from its checkpoint, or no checkpoint beside records;
 * ERR_CRYPTO: the checkpoint is not signed by this key; ERR_STATE: another
 * process writes; ERR_UNKNOWN: nothing there to read; ERR_IO, ERR_NOMEM.
 */
MUST_CHECK enum err tlog_open(
    const struct tlog_options *options, struct tlog **ret);
void tlog_close(struct tlog *t);	/* NULL is fine; publishes nothing */

/*
 * Appends n entries (1 to TLOG_BATCH); durable when it returns ERR_OK.
 * released: all entries below it had their answers sent, or will never have;
 * it is written with each record, so that a restart knows which entries
 * "cannot be excluded": [released of the last record, size). ERR_LIMIT: a
 * batch or record too large, ERR_RANGE: released beyond the end, or sizes
 * other than promised (nothing was written).
 */
#define TLOG_BATCH 4096
#define TLOG_LEAF_MAX 65535	/* tlog-tiles: bundles count in 16 bits */
#define TLOG_SIDE_MAX 65535
MUST_CHECK enum err tlog_append(struct tlog *t,
    const struct tlog_entry *entries, size_t n, uint64_t released,
    uint64_t *ret_first);
/*
 * The same in two steps, so that the caller goes on while the disk writes:
 * *ret_fd, which stays the log's, is to be flushed (fdatasync), by any thread,
 * and tlog_landed told how that went. Until then tlog_size is what it was,
 * reading goes on, and what would write (tlog_append, tlog_write, tlog_publish,
 * tlog_purge) is ERR_STATE. -1: the entries are on the disk already, as where
 * a file of records ends. Spans of entries are not needed after tlog_write.
 */
MUST_CHECK enum err tlog_write(struct tlog *t,
    const struct tlog_entry *entries, size_t n, uint64_t released,
    int *ret_fd);
/* Not flushed: ERR_IO, and final. */
MUST_CHECK enum err tlog_landed(struct tlog *t, bool flushed);
/*
 * Tiles and checkpoint of all that is durable; nothing new, nothing done. Also
 * writes zeros ahead for the next batches. When the public folder cannot be
 * written (ERR_IO) entries are as durable as before, the old checkpoint
 * stands, and it may be tried again: tiles are then written anew.
 */
MUST_CHECK enum err tlog_publish(struct tlog *t);

/*
 * The same in three steps, so that the log grows on while tiles and checkpoint
 * are written: *ret is to be written (publication_write) by any thread, and
 * tlog_publish_end told how that went. Until then tlog_publish is ERR_STATE and
 * tlog_published what it was. NULL: nothing is left to do. tlog_publish_end
 * gives what it was told; after an error it may be tried again.
 */
struct publication;	/* journal/publication.h */
MUST_CHECK enum err tlog_publish_begin(
    struct tlog *t, const struct publication **ret);
MUST_CHECK enum err tlog_publish_end(struct tlog *t, enum err written);

/*
 * Who signs checkpoints from the next tlog_publish on, which makes one for it:
 * keys[0] is the log's key, the others are those before it that have not
 * ended; CHECKPOINT_SIGNERS at most, not copied. The file vkey follows the
 * checkpoint. Nothing happens if they do already. ERR_STATE: reading.
 */
MUST_CHECK enum err tlog_turn(
    struct tlog *t, const struct sign_private *const *keys, size_t n);
/* One step of taking away the sides of entries below end, which are published:
 * as segment_purge. */
MUST_CHECK enum err tlog_purge(struct tlog *t, uint64_t end, bool *ret_more);

uint64_t tlog_size(const struct tlog *t);
/* The size of the last checkpoint. */
uint64_t tlog_published(const struct tlog *t);
/* ERR_UNKNOWN: no such entry; ERR_CORRUPT: not what the tree holds; ERR_IO. */
MUST_CHECK enum err tlog_read(
    struct tlog *t, uint64_t index, struct tlog_record *ret);
/*
 * Of a log that is read: an entry that was written behind the checkpoint, as it
 * stands in the records; the next opening to write puts it into the tree. Whole,
 * and vouched for by nothing yet. ERR_UNKNOWN: none; ERR_IO.
 */
MUST_CHECK enum err tlog_read_behind(
    struct tlog *t, uint64_t index, struct tlog_record *ret);
/* Root of the first size entries, size <= tlog_size(). The current one is
 * kept at hand; older ones cost a few tiles. */
MUST_CHECK enum err tlog_root(
    struct tlog *t, uint64_t size, uint8_t ret[static HASH_SIZE]);
MUST_CHECK enum err tlog_leaf_hash(
    struct tlog *t, uint64_t index, uint8_t ret[static HASH_SIZE]);
/* The tree's nodes, for tree_inclusion and tree_consistency. Lives as t. */
struct tree_nodes tlog_nodes(struct tlog *t);
/* The key that verifies this log's checkpoints. */
const struct note_key *tlog_key(const struct tlog *t);
