/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV file with ';' and a head: its rows, and cells by the head's names.
 * Anything wrong ends the program. Lines that begin with '#' are skipped. */
#pragma once
#include "base/buf.h"
#include "base/lines.h"

#define TABLE_COLUMNS 24

struct table {
	struct lines lines;
	char path[4096];
	char names[TABLE_COLUMNS][24];
	struct span cells[TABLE_COLUMNS];
	size_t columns;
};

void table_open(struct table *t, const char *folder, const char *name);
void table_close(struct table *t);
bool table_next(struct table *t);
/* Which column that is; ends the program if the file has none. */
size_t table_column(const struct table *t, const char *name);
/* Copies a cell of the row, with NUL. */
void table_text(const struct table *t, size_t column, char *out, size_t size);
