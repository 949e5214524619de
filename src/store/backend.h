/* SPDX-License-Identifier: Apache-2.0 */
/* What a backend of the store offers. Only store/ includes this file. */
#pragma once
#include "store/store.h"

/* First member of every backend's own struct. */
struct store {
	const struct backend *back;
	bool busy;		/* inside a transaction; kept by store.c */
	uint64_t runs;		/* statements; kept by store.c */
};

/* First member of every backend's own. */
struct store_copy {
	const struct backend *back;
};

struct store_stmt {
	const struct backend *back;
	struct store *store;
	enum err bound;		/* first failure of a bind; kept by backends */
};

struct backend {
	enum err (*open)(const struct store_options *o, struct store **ret);
	int64_t (*holder)(const struct store_options *o);
	enum err (*close)(struct store *s);
	enum err (*begin)(struct store *s, enum store_mode mode);
	enum err (*commit)(struct store *s);	/* rolls back if it fails */
	void (*rollback)(struct store *s);
	enum err (*settle)(struct store *s);
	void (*map)(struct store *s, bool on);
	enum err (*scrub)(struct store *s);
	enum err (*copy_begin)(
	    struct store *s, const char *where, struct store_copy **ret);
	enum err (*copy_step)(struct store_copy *c);
	enum err (*copy_end)(struct store_copy *c);
	/* Statements of a migration, with the words of store_migration. */
	enum err (*define)(struct store *s, const char *sql);
	enum err (*prepare)(
	    struct store *s, const char *sql, struct store_stmt **ret);
	void (*finalize)(struct store_stmt *q);
	void (*bind_int)(struct store_stmt *q, unsigned nth, int64_t v);
	void (*bind_bytes)(struct store_stmt *q, unsigned nth, struct span v);
	enum err (*step)(struct store_stmt *q);
	int64_t (*column_int)(struct store_stmt *q, unsigned nth);
	struct span (*column_bytes)(struct store_stmt *q, unsigned nth);
	void (*reset)(struct store_stmt *q);
	int64_t (*changed)(struct store *s);
};

extern const struct backend sqlite_backend;	/* sqlite.c */
