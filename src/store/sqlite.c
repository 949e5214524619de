/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded backend. The only file that includes sqlite3.h.
 *
 * The file is ours alone: one connection, exclusive lock (so that the index
 * of the log lives in our memory and no question costs a lock), write-ahead
 * log flushed at every commit. Settings after security.md §3.5.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "store/backend.h"
#include "store/sqlite_own.h"

#define VALUE_MAX (1 << 20)	/* bytes of one value or row */
#define SQL_MAX 16384		/* bytes of one text of SQL */
#define SQL_COLUMNS 32
#define SQL_VALUES 128		/* bound to one statement */
#define COPY_PAGES 64	/* in one step: a quarter of a millisecond */
#define SETTLE_PAGES 1000	/* of the log: 4 MB, some ms to move */

enum { BEGIN_READ, BEGIN_WRITE, COMMIT, ROLLBACK, PLAIN_COUNT };
static const char *const plain_sql[PLAIN_COUNT] = {
    "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"};

struct lite {
	struct store head;
	sqlite3 *db;
	sqlite3_vfs files;	/* the system's, but for names */
	char files_name[32];
	sqlite3_stmt *plain[PLAIN_COUNT];
	bool defining;		/* a migration runs: tables may be made */
	int log_pages;		/* in the log since the last checkpoint */
	int64_t map, mapped;	/* bytes that may be, and are asked to be */
};

struct lite_stmt {
	struct store_stmt head;
	sqlite3_stmt *q;
};

static enum err err_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
		return ERR_OK;
	case SQLITE_DONE:
		return ERR_UNKNOWN;
	case SQLITE_CONSTRAINT:
		return ERR_EXISTS;
	case SQLITE_FULL:
		return ERR_FULL;
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	case SQLITE_TOOBIG:
		return ERR_LIMIT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_STATE;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_CORRUPT;
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return ERR_REFUSED;
	case SQLITE_ERROR:
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
		return ERR_SHAPE;
	default:
		return ERR_IO;
	}
}

/* Asked when a statement is compiled, from the end of opening on. */
static int permit(void *ctx, int action, const char *a, const char *b,
    const char *database, const char *trigger)
{
	const struct lite *l = ctx;

	(void)a, (void)b, (void)database, (void)trigger;
	switch (action) {
	case SQLITE_ATTACH:
	case SQLITE_DETACH:
	case SQLITE_PRAGMA:
		return SQLITE_DENY;
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
	case SQLITE_TRANSACTION:
	case SQLITE_FUNCTION:
		return SQLITE_OK;
	default:
		return l->defining ? SQLITE_OK : SQLITE_DENY;
	}
}

static int count_log(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct lite *l = ctx;

	(void)db, (void)name;
	l->log_pages = pages;
	return SQLITE_OK;
}

static void set_limits(sqlite3 *db)
{
	static const int limits[][2] = {
	    {SQLITE_LIMIT_LENGTH, VALUE_MAX},
	    {SQLITE_LIMIT_SQL_LENGTH, SQL_MAX},
	    {SQLITE_LIMIT_COLUMN, SQL_COLUMNS},
	    {SQLITE_LIMIT_EXPR_DEPTH, 64},
	    {SQLITE_LIMIT_COMPOUND_SELECT, 4},
	    {SQLITE_LIMIT_FUNCTION_ARG, 8},
	    {SQLITE_LIMIT_ATTACHED, 0},
	    {SQLITE_LIMIT_VARIABLE_NUMBER, SQL_VALUES},
	    {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
	    {SQLITE_LIMIT_WORKER_THREADS, 0},
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		(void)sqlite3_limit(db, limits[i][0], limits[i][1]);
}

/* One pragma and, if it is not NULL, the word it must answer. */
static enum err pragma(sqlite3 *db, const char *sql, const char *expected)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
	const char *said = NULL;
	enum err e;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(q);
	e = rc == SQLITE_DONE ? ERR_OK : err_of(rc);
	if (rc == SQLITE_ROW)
		said = (const char *)sqlite3_column_text(q, 0);
	if (!e && expected && (!said || strcmp(said, expected) != 0))
		e = ERR_STATE;
	(void)sqlite3_finalize(q);
	return e;
}

static enum err set_pragmas(sqlite3 *db, const struct store_options *o)
{
	static const struct {
		const char *sql, *expected;
	} fixed[] = {
	    {"PRAGMA locking_mode = EXCLUSIVE", "exclusive"},
	    {"PRAGMA trusted_schema = OFF", NULL},
	    {"PRAGMA cell_size_check = ON", NULL},
	    {"PRAGMA foreign_keys = OFF", NULL},
	    {"PRAGMA secure_delete = ON", NULL},
	    {"PRAGMA temp_store = MEMORY", NULL},
	    {"PRAGMA journal_mode = WAL", "wal"},
	    {"PRAGMA synchronous = FULL", NULL},
	    {"PRAGMA wal_autocheckpoint = 0", NULL},
	};
	enum err e = ERR_OK;
	char sql[64];

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]) && !e; i++)
		e = pragma(db, fixed[i].sql, fixed[i].expected);
	if (e)
		return e;
	(void)snprintf(sql, sizeof(sql), "PRAGMA cache_size = -%llu",
	    o->cache_mib * 1024ULL);
	e = pragma(db, sql, NULL);
	(void)snprintf(sql, sizeof(sql), "PRAGMA mmap_size = %llu",
	    o->map_mib * 1024ULL * 1024);
	return e ? e : pragma(db, sql, NULL);
}

static enum err configure(struct lite *l, const struct store_options *o)
{
	int rc = SQLITE_OK, on = 0;
	enum err e;

	(void)sqlite3_extended_result_codes(l->db, 1);
	set_limits(l->db);
	rc = sqlite3_db_config(l->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &on);
	if (rc != SQLITE_OK || !on)
		return ERR_STATE;
	(void)sqlite3_db_config(
	    l->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	e = set_pragmas(l->db, o);
	l->map = l->mapped = (int64_t)o->map_mib * 1024 * 1024;
	(void)sqlite3_wal_hook(l->db, count_log, l);
	for (int i = 0; i < PLAIN_COUNT && !e; i++)
		e = err_of(sqlite3_prepare_v3(l->db, plain_sql[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &l->plain[i], NULL));
	if (!e)
		e = err_of(sqlite3_set_authorizer(l->db, permit, l));
	return e;
}

/*
 * SQLite would open the absolute path, and a process may have no way through
 * the folders above the one it started in: a name is taken as it is.
 */
static int as_it_is(sqlite3_vfs *files, const char *name, int size, char *out)
{
	size_t n = strlen(name) + 1;

	(void)files;
	if (size < 0 || n > (size_t)size)
		return SQLITE_CANTOPEN;
	memcpy(out, name, n);
	return SQLITE_OK;
}

static enum err open_db(struct lite *l, const char *where)
{
	const sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
	enum err e;

	if (!usual)
		return ERR_IO;
	l->files = *usual;
	(void)snprintf(l->files_name, sizeof(l->files_name), "as-is-%p",
	    (void *)l);
	l->files.zName = l->files_name;
	l->files.xFullPathname = as_it_is;
	e = err_of(sqlite3_vfs_register(&l->files, 0));
	if (e)
		return e;
	return err_of(sqlite3_open_v2(where, &l->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE,
	    l->files_name));
}

static enum err lite_close(struct store *s)
{
	struct lite *l = (struct lite *)s;
	int rc = SQLITE_OK;

	for (int i = 0; i < PLAIN_COUNT; i++)
		(void)sqlite3_finalize(l->plain[i]);
	if (l->db)	/* half opened, out of memory: NULL */
		rc = sqlite3_wal_checkpoint_v2(
		    l->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (sqlite3_close(l->db) != SQLITE_OK)
		rc = SQLITE_ERROR;	/* a statement was left: our bug */
	if (l->files.zName)
		(void)sqlite3_vfs_unregister(&l->files);
	free(l);
	return err_of(rc);
}

/*
 * Before the library's first use, or without effect: a process of ours has
 * one thread that knows it, and nobody reads its statistics; locks around
 * each allocation cost a tenth of a row.
 */
static void spare_locks(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum err lite_open(const struct store_options *o, struct store **ret)
{
	struct lite *l;
	enum err e = sqlite_claim_file(o->where);

	if (e)
		return e;
	spare_locks();
	l = calloc(1, sizeof(*l));
	if (!l)
		return ERR_NOMEM;
	l->head.back = &sqlite_backend;
	e = open_db(l, o->where);
	if (!e)
		e = configure(l, o);
	if (e)
		(void)lite_close(&l->head);
	else
		*ret = &l->head;
	return e;
}

static enum err run_plain(struct lite *l, int which)
{
	int rc = sqlite3_step(l->plain[which]);

	(void)sqlite3_reset(l->plain[which]);
	return rc == SQLITE_DONE ? ERR_OK : err_of(rc);
}

/* Another file has the name, or none: what is written here nobody will open. */
static bool has_moved(const struct lite *l)
{
	int moved = 1;	/* unless it is said that it is there */

	(void)sqlite3_file_control(
	    l->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved != 0;
}

static enum err lite_begin(struct store *s, enum store_mode mode)
{
	struct lite *l = (struct lite *)s;

	if (mode == STORE_READ)
		return run_plain(l, BEGIN_READ);
	return has_moved(l) ? ERR_IO : run_plain(l, BEGIN_WRITE);
}

static void lite_rollback(struct store *s)
{
	struct lite *l = (struct lite *)s;

	/* some errors have rolled back already */
	if (!sqlite3_get_autocommit(l->db))
		(void)run_plain(l, ROLLBACK);
}

static enum err lite_commit(struct store *s)
{
	enum err e = run_plain((struct lite *)s, COMMIT);

	if (e)
		lite_rollback(s);
	return e;
}

static enum err lite_settle(struct store *s)
{
	struct lite *l = (struct lite *)s;
	int rc;

	if (l->log_pages < SETTLE_PAGES)
		return ERR_OK;
	rc = sqlite3_wal_checkpoint_v2(
	    l->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (rc == SQLITE_OK)
		l->log_pages = 0;
	return err_of(rc);
}

/* It takes effect when no page is held; until then it is asked for again. */
static void lite_map(struct store *s, bool on)
{
	struct lite *l = (struct lite *)s;
	sqlite3_int64 want = on ? l->map : 0, now = want;

	if (l->mapped == want)
		return;
	(void)sqlite3_file_control(
	    l->db, "main", SQLITE_FCNTL_MMAP_SIZE, &now);
	now = -1;	/* asks; so it stays where nobody answers */
	(void)sqlite3_file_control(
	    l->db, "main", SQLITE_FCNTL_MMAP_SIZE, &now);
	l->mapped = now;
}

/* The log's file is cut to nothing, and not only written over from its start:
 * its end may hold pages from before. */
static enum err lite_scrub(struct store *s)
{
	struct lite *l = (struct lite *)s;
	int rc = sqlite3_wal_checkpoint_v2(
	    l->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	if (rc == SQLITE_OK)
		l->log_pages = 0;
	return err_of(rc);
}

struct lite_copy {
	struct store_copy head;
	sqlite3 *to;
	sqlite3_backup *work;
	bool whole;
	char where[];
};

/* A copy that is not whole is removed: no log of its own is needed. */
static enum err start_copy(struct lite *l, struct lite_copy *c)
{
	enum err e = err_of(sqlite3_open_v2(c->where, &c->to,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE, l->files_name));

	if (!e)
		e = pragma(c->to, "PRAGMA synchronous = OFF", NULL);
	if (!e)
		e = pragma(c->to, "PRAGMA journal_mode = OFF", "off");
	if (e)
		return e;
	c->work = sqlite3_backup_init(c->to, "main", l->db, "main");
	return c->work ? ERR_OK : err_of(sqlite3_errcode(c->to));
}

static enum err lite_copy_begin(
    struct store *s, const char *where, struct store_copy **ret)
{
	size_t n = strlen(where) + 1;
	struct lite_copy *c;
	enum err e;

	if (access(where, F_OK) == 0)
		return ERR_EXISTS;
	c = calloc(1, sizeof(*c) + n);
	if (!c)
		return ERR_NOMEM;
	c->head.back = &sqlite_backend;
	memcpy(c->where, where, n);
	e = sqlite_claim_file(where);
	if (!e)
		e = start_copy((struct lite *)s, c);
	if (e)
		(void)sqlite_backend.copy_end(&c->head);
	else
		*ret = &c->head;
	return e;
}

static enum err lite_copy_step(struct store_copy *head)
{
	struct lite_copy *c = (struct lite_copy *)head;
	enum err e = err_of(sqlite3_backup_step(c->work, COPY_PAGES));

	c->whole = e == ERR_UNKNOWN;
	return e;
}

static enum err flush_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	enum err e = fd >= 0 && fsync(fd) == 0 ? ERR_OK : ERR_IO;

	if (fd >= 0)
		(void)close(fd);
	return e;
}

static enum err lite_copy_end(struct store_copy *head)
{
	struct lite_copy *c = (struct lite_copy *)head;
	enum err e = ERR_OK;

	if (c->work)
		e = err_of(sqlite3_backup_finish(c->work));
	if (sqlite3_close(c->to) != SQLITE_OK && !e)
		e = ERR_IO;
	if (!e && c->whole)
		e = flush_file(c->where);
	if (e || !c->whole)
		(void)unlink(c->where);
	free(c);
	return e;
}

static enum err lite_define(struct store *s, const char *sql)
{
	struct lite *l = (struct lite *)s;
	struct buf text;
	enum err e;

	buf_init(&text, SQL_MAX);
	e = sqlite_put_words(sql, &text);
	l->defining = true;
	if (!e)
		e = err_of(sqlite3_exec(
		    l->db, (const char *)text.p, NULL, NULL, NULL));
	l->defining = false;
	buf_release(&text);
	return e;
}

/* $1 is a name to SQLite, ?1 is a number. */
static enum err compile(struct lite *l, const char *sql, sqlite3_stmt **ret)
{
	char own[SQL_MAX];
	size_t n = strlen(sql);
	const char *tail = NULL;
	enum err e;

	if (n >= sizeof(own))
		return ERR_LIMIT;
	memcpy(own, sql, n + 1);
	for (size_t i = 0; i < n; i++)
		if (own[i] == '$')
			own[i] = '?';
	e = err_of(sqlite3_prepare_v3(
	    l->db, own, -1, SQLITE_PREPARE_PERSISTENT, ret, &tail));
	if (!e && (!*ret || *tail)) {	/* nothing, or more than one */
		(void)sqlite3_finalize(*ret);
		e = ERR_SHAPE;
	}
	return e;
}

static enum err lite_prepare(
    struct store *s, const char *sql, struct store_stmt **ret)
{
	struct lite_stmt *q = calloc(1, sizeof(*q));
	enum err e;

	if (!q)
		return ERR_NOMEM;
	q->head.back = &sqlite_backend;
	q->head.store = s;
	e = compile((struct lite *)s, sql, &q->q);
	if (e)
		free(q);
	else
		*ret = &q->head;
	return e;
}

static void lite_finalize(struct store_stmt *head)
{
	(void)sqlite3_finalize(((struct lite_stmt *)head)->q);
	free(head);
}

static void note_bind(struct store_stmt *q, int rc)
{
	if (rc != SQLITE_OK && !q->bound)
		q->bound = err_of(rc);
}

static void lite_bind_int(struct store_stmt *q, unsigned nth, int64_t v)
{
	note_bind(q, sqlite3_bind_int64(
	    ((struct lite_stmt *)q)->q, (int)nth, v));
}

static void lite_bind_bytes(
    struct store_stmt *q, unsigned nth, struct span v)
{
	/* a NULL address would bind NULL */
	note_bind(q, sqlite3_bind_blob64(((struct lite_stmt *)q)->q, (int)nth,
	    v.n ? (const void *)v.p : "", v.n, SQLITE_STATIC));
}

static enum err lite_step(struct store_stmt *q)
{
	return err_of(sqlite3_step(((struct lite_stmt *)q)->q));
}

static int64_t lite_column_int(struct store_stmt *q, unsigned nth)
{
	return sqlite3_column_int64(((struct lite_stmt *)q)->q, (int)nth);
}

static struct span lite_column_bytes(struct store_stmt *head, unsigned nth)
{
	sqlite3_stmt *q = ((struct lite_stmt *)head)->q;
	const void *p = sqlite3_column_blob(q, (int)nth);

	return span_of(p, p ? (size_t)sqlite3_column_bytes(q, (int)nth) : 0);
}

static void lite_reset(struct store_stmt *q)
{
	(void)sqlite3_reset(((struct lite_stmt *)q)->q);
}

static int64_t lite_changed(struct store *s)
{
	return sqlite3_changes64(((struct lite *)s)->db);
}

const struct backend sqlite_backend = {
    .open = lite_open,
    .holder = sqlite_holder,
    .close = lite_close,
    .begin = lite_begin,
    .commit = lite_commit,
    .rollback = lite_rollback,
    .settle = lite_settle,
    .map = lite_map,
    .scrub = lite_scrub,
    .copy_begin = lite_copy_begin,
    .copy_step = lite_copy_step,
    .copy_end = lite_copy_end,
    .define = lite_define,
    .prepare = lite_prepare,
    .finalize = lite_finalize,
    .bind_int = lite_bind_int,
    .bind_bytes = lite_bind_bytes,
    .step = lite_step,
    .column_int = lite_column_int,
    .column_bytes = lite_column_bytes,
    .reset = lite_reset,
    .changed = lite_changed,
};
