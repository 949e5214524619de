/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table that an operator wrote: UTF-8, fields parted by ";" (RFC 4180
 * quotes), the first line names the columns, in any order, each once. Every
 * fault is told on standard error with line and column.
 */
#pragma once
#include "base/buf.h"
#include "base/lines.h"

#define TABLE_COLUMNS 16
#define TABLE_TOLD 200	/* faults that are told; the rest are counted */

struct table_column {
	const char *name;
	bool needed;		/* the table must have it */
};

struct table {
	/* the caller's, from table_read on until it returns */
	const char *path;
	const struct table_column *columns;
	size_t column_count;		/* at most TABLE_COLUMNS */
	size_t line_most;		/* bytes of a line */
	const char *head;		/* N_(): what columns there are */
	/* Takes a line, its fields by place in columns (absent ones empty);
	 * what is wrong with them it tells. An error ends the reading. */
	enum err (*line)(struct table *t, void *ctx);
	void *ctx;
	/* what was read */
	struct span field[TABLE_COLUMNS];
	struct lines lines;
	int place[TABLE_COLUMNS];	/* in the table; -1: not there */
	unsigned long long faults, taken;	/* lines without an empty one */
};

/* words: N_(); column: place in columns. */
void table_tell(struct table *t, size_t column, const char *words);

/*
 * Reads it all. ERR_SHAPE: faults, no line, or another head; else as reading
 * files or line() does. All are said.
 */
MUST_CHECK enum err table_read(struct table *t);
