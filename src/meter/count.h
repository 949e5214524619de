/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a vault counts, as it keeps it: one record a turn of its loop, written
 * before the turn's answers leave, in one append-only file.
 *
 *     "ECVC" | u32 entries | u32 cells | u64 time | 32 origin
 *     entries x  u64 index | 16 commitment
 *     cells x    u32 cell | u32 resolved | u32 answered | u32 persons | u32 over
 *     32 chain = SHA-256(the chain before || all of the above)
 *
 * big-endian; the chain before the first record is zeros. An entry is one
 * question that was answered: the index of the journal's entry that the keeper
 * named, and the first 16 bytes of that entry's commitment to cell and person
 * (journal/leaf.h), which the vault makes itself from the person that it
 * answered about and the blinding that the keeper gave. So whoever holds
 * journal and counts can say of every single answer of the vault whether it is
 * written in the journal, and about that very person; and nothing here leads
 * to a person when the month's keys are gone. The top bit of index says that
 * there was a person.
 *
 * resolved, answered: numbers returned in this turn; persons: distinct ones of
 * the hour so far; over: refused by the ceiling in this turn. time: by the
 * vault's clock. origin: SHA-256 of the origin of the journal that goes on, as
 * two administrators signed it (trust.h).
 *
 * Beside it checkpoint: a signed note (journal/note.h) of the vault's own key
 * over how long the file is and its chain, at most a second behind.
 */
#pragma once
#include "base/buf.h"
#include "crypto/hash.h"
#include "journal/note.h"
#include "registry/act.h"

#define COUNT_COMMITMENT 16
#define COUNT_ENTRY (8 + COUNT_COMMITMENT)
#define COUNT_CELL 20
#define COUNT_HEAD 52
#define COUNT_FOUND (UINT64_C(1) << 63)
#define COUNT_MOST 65536	/* entries or cells of one record */
#define COUNT_NAME "vault"	/* the name of its key in notes */
#define COUNT_OTHERS UINT32_MAX	/* of hours: each cell without a line */

struct count_entry {
	uint64_t index;
	bool found;
	uint8_t commitment[COUNT_COMMITMENT];
};

struct count_cell {
	uint32_t cell, resolved, answered, persons, over;
};

struct count_record {
	int64_t time_ms;
	uint8_t origin[HASH_SIZE];
	uint32_t entries, cells;
	struct span entry_bytes, cell_bytes;
	uint8_t chain[HASH_SIZE];
};

/* The state of a file so far. */
struct count_head {
	uint64_t size, records;
	uint64_t resolved, answered, over;	/* all of it */
	uint8_t chain[HASH_SIZE];
};

/* One more record for the file that stands at *h, which moves on. r->chain is
 * filled. ERR_LIMIT and errors of buf. */
MUST_CHECK enum err count_put(
    struct count_head *h, struct count_record *r, struct buf *out);
/*
 * The next record of a file's bytes; *h moves on. ERR_CLOSED: the end;
 * ERR_SHAPE: what is left is not a whole record; ERR_CORRUPT: its chain is not
 * what stands before it.
 */
MUST_CHECK enum err count_next(
    struct reader *r, struct count_head *h, struct count_record *ret);
/*
 * Of a record that is not whole (ERR_CORRUPT): was it altered since, or is it
 * one that was being written when the power went? Where there are answers in
 * it, it was flushed before another was written: then a whole one stands behind
 * it if it was altered.
 */
bool count_is_altered(struct reader r);
struct count_entry count_entry(const struct count_record *r, uint32_t nth);
struct count_cell count_cell(const struct count_record *r, uint32_t nth);
void count_put_entry(const struct count_entry *e, struct buf *out);
void count_put_cell(const struct count_cell *c, struct buf *out);

/*
 * checkpoint; the key's name is COUNT_NAME. hours: lines that say how many
 * persons each cell met in the hour so far, as count_put_hour writes them; the
 * last may be one of COUNT_OTHERS: no cell without a line met more.
 */
MUST_CHECK enum err count_sign(const struct count_head *h, int64_t time_ms,
    struct span hours, const struct sign_private *key, struct buf *out);
void count_put_hour(
    uint32_t cell, int64_t hour, uint32_t persons, struct buf *out);
/* ERR_CRYPTO, ERR_UNKNOWN: not signed by key; ERR_SHAPE. *ret_hours views
 * the lines of hours in note. */
MUST_CHECK enum err count_verify(struct span note,
    const struct note_key *key, struct count_head *ret,
    struct span *ret_hours);
/* Takes the next of them. ERR_CLOSED: the end; ERR_SHAPE. */
MUST_CHECK enum err count_next_hour(struct span *rest, uint32_t *ret_cell,
    int64_t *ret_hour, uint32_t *ret_persons);
