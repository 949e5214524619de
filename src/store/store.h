/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows on a disk: one small interface, several backends (style.md habit 20),
 * one test file that all of them pass. It knows statements, transactions and
 * values; it knows nobody's tables.
 *
 * SQL stays inside what SQLite and PostgreSQL both speak: parameters are $1,
 * $2, ... ; columns hold 64-bit integers or bytes; `INSERT ... ON CONFLICT`;
 * no function that only one of them has. A '$' or ':' stands nowhere else.
 *
 * One thread, one transaction at a time. After an error inside a transaction
 * only store_rollback may follow.
 */
#pragma once
#include <stdbool.h>
#include "base/buf.h"

struct store;
struct store_stmt;

enum store_kind { STORE_SQLITE = 1 };
enum store_mode { STORE_READ, STORE_WRITE };

struct store_options {
	enum store_kind kind;
	const char *where;	/* SQLite: path of the file, made if missing */
	unsigned cache_mib;	/* pages kept in memory */
	unsigned map_mib;	/* of the file, read in the kernel's memory */
};

/*
 * ERR_STATE: another process holds it; ERR_CORRUPT: not a store; ERR_REFUSED:
 * the file may be read by others than its owner; ERR_IO, ERR_NOMEM.
 */
MUST_CHECK enum err store_open(
    const struct store_options *options, struct store **ret);
/*
 * Who has it open, after ERR_STATE: his process, or -1 if he is none that this
 * machine's numbers name; 0: nobody, at this moment. Not while this process
 * has it open: its own locks would be gone.
 */
int64_t store_holder(const struct store_options *options);
/* Every statement must be finalized before. NULL is fine. ERR_IO if what was
 * committed could not be moved to its place (it is not lost). */
enum err store_close(struct store *s);

/* ERR_IO to write: also when the file is no longer the one under its name. */
MUST_CHECK enum err store_begin(struct store *s, enum store_mode mode);
/* On failure nothing of the transaction is left. */
MUST_CHECK enum err store_commit(struct store *s);
void store_rollback(struct store *s);	/* without a transaction: nothing */
bool store_busy(const struct store *s);	/* inside a transaction? */

/*
 * Housekeeping that a backend would otherwise do inside somebody's commit
 * (SQLite: the checkpoint of its log), if enough has come together. Outside
 * of transactions only.
 */
MUST_CHECK enum err store_settle(struct store *s);

/*
 * Whether the first map_mib of the file are read where the kernel keeps them
 * (SQLite: mmap), as from the opening on, or through cache_mib alone: what is
 * seen so counts as the process's. Between transactions.
 */
void store_map(struct store *s, bool on);

/*
 * What was deleted is overwritten where it stood (SQLite: secure_delete); after
 * this the backend's log holds none of it either. Outside of transactions.
 */
MUST_CHECK enum err store_scrub(struct store *s);

/*
 * A copy of the whole store into a new file, step by step, while statements
 * run in between: what is committed meanwhile is in it too. One at a time.
 * begin: ERR_EXISTS: the file is there. step: ERR_OK: some pages more;
 * ERR_UNKNOWN: all are there; ERR_STATE: a transaction writes, try again
 * behind it. end: on the disk if all were there, removed otherwise; NULL is
 * fine.
 */
struct store_copy;
MUST_CHECK enum err store_copy_begin(
    struct store *s, const char *where, struct store_copy **ret);
MUST_CHECK enum err store_copy_step(struct store_copy *c);
enum err store_copy_end(struct store_copy *c);

/* sql must stay where it is. ERR_SHAPE: the backend does not take it. */
MUST_CHECK enum err store_prepare(
    struct store *s, const char *sql, struct store_stmt **ret);
void store_finalize(struct store_stmt *q);	/* NULL is fine */

/*
 * Values for $nth, nth from 1. A failure shows at the next store_step. Bytes
 * stay the caller's and must live until store_reset; an empty span is an
 * empty string of bytes, not NULL.
 */
void store_bind_int(struct store_stmt *q, unsigned nth, int64_t v);
void store_bind_bytes(struct store_stmt *q, unsigned nth, struct span v);

/*
 * ERR_OK: a row is there; ERR_UNKNOWN: no more. ERR_EXISTS: the row breaks a
 * key; ERR_FULL: the disk; ERR_IO; ERR_CORRUPT; ERR_NOMEM; ERR_LIMIT: a value
 * too long.
 */
MUST_CHECK enum err store_step(struct store_stmt *q);
/* Columns of the row, nth from 0. Bytes live until the next step or reset. */
int64_t store_int(struct store_stmt *q, unsigned nth);
struct span store_bytes(struct store_stmt *q, unsigned nth);
/* To be bound and stepped again; bindings are kept. */
void store_reset(struct store_stmt *q);
/* How many statements were run so far, that is reset: for tests of what takes
 * the same way as what. */
uint64_t store_runs(const struct store *s);
/* For statements without rows: step to the end, then reset. */
MUST_CHECK enum err store_run(struct store_stmt *q);
/* Rows that the last store_run of any statement inserted, changed, deleted. */
int64_t store_changed(struct store *s);

/*
 * One step of a schema. sql may hold several statements; these words become
 * the backend's own:
 *	:int	a 64-bit integer		:bytes	a string of bytes
 *	:keyed	closes a table whose rows live in its primary key
 */
struct store_migration {
	unsigned number;	/* 1, 2, 3, ... */
	const char *name;	/* recorded; a later change of it is refused */
	const char *sql;
};

/*
 * Brings the tables of area up to list[count - 1], forward only, all or
 * nothing. ERR_STATE: the store is ahead of this program; ERR_CORRUPT: it
 * records other steps under these numbers; ERR_RANGE: list is not 1, 2, 3...
 */
MUST_CHECK enum err store_migrate(struct store *s, const char *area,
    const struct store_migration *list, unsigned count);

/*
 * A set of statements: a struct of pointers, prepared and finalized together.
 * at is offsetof the pointer in the struct. None is left if one fails.
 */
struct store_sql {
	size_t at;
	const char *sql;
};
MUST_CHECK enum err store_prepare_set(struct store *s, void *set,
    const struct store_sql *list, unsigned count);
void store_finalize_set(
    void *set, const struct store_sql *list, unsigned count);
