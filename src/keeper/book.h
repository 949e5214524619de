/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal as the keeper writes it: entries gathered during a turn of the
 * loop, made durable by one commit, before which nothing may be answered.
 * Holds the month keys, the askers' pseudonyms and sequence numbers.
 */
#pragma once
#include "base/random.h"
#include "journal/leaf.h"
#include "journal/months.h"
#include "journal/opening.h"
#include "journal/tlog.h"
#include "registry/keyring.h"

#define BOOK_BATCH 4096	/* entries of one turn at most */

struct book;

struct book_options {
	const char *dir;	/* of the instance */
	const char *origin;
	const struct keyring *keys;
	const struct random *random;
	const struct months_apart *apart;
	const char **at;	/* what was opened last; or NULL */
};

/* ERR_CORRUPT and the rest as tlog_open and months_open. */
MUST_CHECK enum err book_open(
    const struct book_options *o, struct book **ret);
/*
 * A log that ended before this one: keeper/old/NTH, to read. Its month keys are
 * those of now, so that what is destroyed is destroyed there too. Closed
 * before now.
 */
MUST_CHECK enum err book_open_past(const struct book_options *o,
    struct book *now, unsigned nth, struct book **ret);
void book_close(struct book *b);

/* What the registry is now; it goes into every entry. */
void book_registry(struct book *b, uint64_t size,
    const uint8_t root[static HASH_SIZE]);

/*
 * Gathers one entry of a question. leaf: kind, time, plane, purpose, fields,
 * existed, decision and replay are the caller's; asker, sequence, commitment,
 * opening_hash and registry are filled here. key is the asker's place in the
 * registry. The entry's index goes to *ret_index. ERR_FULL: commit first.
 */
MUST_CHECK enum err book_asked(struct book *b, struct leaf *leaf,
    uint32_t key, const struct opening *opening, uint64_t *ret_index);
/* An entry of another kind; key: its asker for a summary of one key, or
 * BOOK_NOBODY. */
#define BOOK_NOBODY UINT32_MAX
MUST_CHECK enum err book_note(struct book *b, struct leaf *leaf, uint32_t key,
    const uint8_t *key_id, uint64_t *ret_index);

/* How many entries wait for commit. */
size_t book_waiting(const struct book *b);
/* One append and one flush of all that waits. Any error is final: nothing
 * that waited may be answered, and the process stops. */
MUST_CHECK enum err book_commit(struct book *b, uint64_t released);
/*
 * The same in two steps, as tlog_write and tlog_landed: what waits is written,
 * and more may be gathered, but not written, until it landed.
 */
MUST_CHECK enum err book_write(
    struct book *b, uint64_t released, int *ret_fd);
MUST_CHECK enum err book_landed(struct book *b, bool flushed);
MUST_CHECK enum err book_publish(struct book *b);

uint64_t book_size(const struct book *b);	/* durable entries */
struct tlog *book_log(struct book *b);
struct months *book_months(struct book *b);

/* Cells are numbered 0 to most: what book_read has to try. */
void book_cells(struct book *b, uint32_t most);

/* Reads entry index back; *ret_opened tells whether *opening (into plain) was
 * given: an ASKED entry whose month lives. */
MUST_CHECK enum err book_read(struct book *b, uint64_t index,
    struct leaf *leaf, struct opening *opening,
    uint8_t plain[static OPENING_PLAIN], bool *ret_opened,
    uint64_t *ret_released);
/* The same of one cell's entries alone: others stay closed. */
MUST_CHECK enum err book_read_of(struct book *b, uint64_t index,
    uint32_t cell, struct leaf *leaf, struct opening *opening,
    uint8_t plain[static OPENING_PLAIN], bool *ret_opened);
/* The key that opens one entry, of a leaf and its cell. Errors of months_get.
 */
MUST_CHECK enum err book_entry_key(struct book *b, uint64_t index,
    const struct leaf *leaf, uint32_t cell, struct secret *ret);
/* The fold found this entry of a key: sequence numbers go on behind it. */
MUST_CHECK enum err book_resume(struct book *b, uint32_t key,
    const uint8_t key_id[static SIGN_KEY_ID], const struct leaf *leaf);
/* Saves and restores the sequence numbers with a snapshot. */
void book_save(const struct book *b, struct buf *out);
MUST_CHECK enum err book_load(struct book *b, struct reader *r);
