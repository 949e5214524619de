/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"
#include "cli/say.h"
#include "cli/table.h"
#include "lang/lang.h"

static void tell(struct table *t, const char *what, const char *words)
{
	if (t->faults++ < TABLE_TOLD)
		say("%s:%u: %s: %s", t->path, t->lines.number, what,
		    lang_text(words));
}

void table_tell(struct table *t, size_t column, const char *words)
{
	tell(t, t->columns[column].name, words);
}

/* Where each column is; ERR_STATE: one is missing, unknown or there twice. */
static enum err place(struct table *t, const struct span *names, size_t count)
{
	size_t known = 0;

	for (size_t c = 0; c < t->column_count; c++) {
		t->place[c] = -1;
		for (size_t i = 0; i < count; i++)
			if (span_is(names[i], t->columns[c].name)) {
				if (t->place[c] >= 0)
					return ERR_STATE;
				t->place[c] = (int)i;
				known++;
			}
		if (t->columns[c].needed && t->place[c] < 0)
			return ERR_STATE;
	}
	return known < count ? ERR_STATE : ERR_OK;
}

static enum err read_head(struct table *t)
{
	struct span names[TABLE_COLUMNS];
	size_t n, count = 0;
	char *line;
	enum err e = lines_next(&t->lines, &line, &n);

	if (!e)
		e = csv_split(line, n, ';', names, t->column_count, &count);
	if (!e)
		e = place(t, names, count);
	if (e)
		say("%s:1: %s", t->path, lang_text(t->head));
	return e ? ERR_SHAPE : ERR_OK;
}

static enum err split(struct table *t, char *line, size_t n)
{
	struct span fields[TABLE_COLUMNS];
	size_t count = 0;
	enum err e = csv_split(line, n, ';', fields, t->column_count, &count);

	for (size_t c = 0; c < t->column_count; c++)
		t->field[c] = !e && t->place[c] >= 0 &&
		    (size_t)t->place[c] < count ? fields[t->place[c]] :
		    span_of(NULL, 0);
	return e;
}

static enum err read_lines(struct table *t)
{
	char *line;
	size_t n;
	enum err e;

	for (;;) {
		e = lines_next(&t->lines, &line, &n);
		if (e == ERR_CLOSED)
			return ERR_OK;
		if (e && e != ERR_LIMIT)
			return e;
		if (!e && n == 0)
			continue;
		t->taken++;
		if (e || split(t, line, n)) {
			tell(t, "line", N_("too long, too many fields, or a "
			    "quote that does not close"));
			continue;
		}
		e = t->line(t, t->ctx);
		if (e)
			return e;
	}
}

enum err table_read(struct table *t)
{
	enum err e = lines_open(&t->lines, t->path, t->line_most);

	if (e) {
		say("%s: cannot be read: %s", t->path,
		    say_why_file(t->path, e));
		return e;
	}
	e = read_head(t);
	if (!e) {
		e = read_lines(t);
		if (e)
			say("%s: %s", t->path, say_why(NULL, e));
	}
	lines_close(&t->lines);
	if (!e && t->taken == 0) {
		say("%s: no line in it", t->path);
		e = ERR_SHAPE;
	}
	if (t->faults > TABLE_TOLD)
		say("%s: %s", t->path, lang_count(t->faults - TABLE_TOLD,
		    "more fault", "more faults"));
	return e ? e : t->faults ? ERR_SHAPE : ERR_OK;
}
