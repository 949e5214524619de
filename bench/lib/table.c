/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/csv.h"
#include "base/file.h"
#include "base/text.h"
#include "lib/must.h"
#include "lib/table.h"

#define LINE_MOST 4096

static bool next_line(struct table *t, size_t *ret_count)
{
	char *text;
	size_t n;
	enum err e;

	do {
		e = lines_next(&t->lines, &text, &n);
		if (e == ERR_CLOSED)
			return false;
		must(e, t->path);
	} while (n == 0 || text[0] == '#');
	must(csv_split(text, n, ';', t->cells, TABLE_COLUMNS, ret_count),
	    t->path);
	return true;
}

void table_open(struct table *t, const char *folder, const char *name)
{
	must(file_path(t->path, sizeof(t->path), folder, name), name);
	must(lines_open(&t->lines, t->path, LINE_MOST), t->path);
	must_true(next_line(t, &t->columns), t->path);
	for (size_t i = 0; i < t->columns; i++)
		must(text_copy(t->cells[i], t->names[i],
			 sizeof(t->names[i])), t->path);
}

void table_close(struct table *t)
{
	lines_close(&t->lines);
}

bool table_next(struct table *t)
{
	size_t count = 0;

	if (!next_line(t, &count))
		return false;
	must_true(count == t->columns, t->path);
	return true;
}

size_t table_column(const struct table *t, const char *name)
{
	size_t i = 0;

	while (i < t->columns && strcmp(t->names[i], name) != 0)
		i++;
	must_true(i < t->columns, t->path);
	return i;
}

void table_text(const struct table *t, size_t column, char *out, size_t size)
{
	must(text_copy(t->cells[column], out, size), t->path);
}
