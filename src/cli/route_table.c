/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/csv.h"
#include "base/date.h"
#include "base/limits.h"
#include "base/lines.h"
#include "base/text.h"
#include "cli/route_table.h"
#include "cli/say.h"
#include "lang/lang.h"
#include "registry/routes.h"

enum column { AMC, CONVENTION, CSR, OPERATOR, URL, FROM, UNTIL, COLUMNS };

static const struct {
	const char *name;
	size_t most;
	bool needed;
} columns[COLUMNS] = {
	[AMC] = {"amc", 10, true},
	[CONVENTION] = {"convention", LIMIT_CONVENTION, false},
	[CSR] = {"csr", LIMIT_CSR, false},
	[OPERATOR] = {"operator", REGISTRY_NAME_SIZE - 1, true},
	[URL] = {"url", ROUTES_URL, false},
	[FROM] = {"from", 10, true},
	[UNTIL] = {"until", 10, false},
};

struct reading {
	const char *path;
	struct lines lines;
	int place[COLUMNS];		/* in the table; -1: not there */
	struct span field[COLUMNS];	/* of this line */
	unsigned long long faults, count;
	struct buf *out;
};

static void tell(struct reading *r, const char *column, const char *words)
{
	if (r->faults++ < ROUTE_TABLE_TOLD)
		say("%s:%u: %s: %s", r->path, r->lines.number, column,
		    lang_text(words));
}

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f)
			return false;
	return true;
}

static const char *fault_of(enum column c, struct span s)
{
	int32_t day;

	if (s.n == 0)
		return columns[c].needed ? N_("missing") : NULL;
	if (s.n > columns[c].most)
		return N_("too long");
	if (!is_printable(s))
		return N_("a space, or not printable ASCII");
	if (c == AMC && (s.n != 10 || !text_digits(s)))
		return N_("not 10 digits");
	if ((c == FROM || c == UNTIL) && date_parse(s, &day))
		return N_("not a day (YYYY-MM-DD)");
	return NULL;
}

static void take_line(struct reading *r)
{
	unsigned long long before = r->faults;

	for (int c = 0; c < COLUMNS; c++) {
		const char *fault = fault_of((enum column)c, r->field[c]);

		if (fault)
			tell(r, columns[c].name, fault);
	}
	if (r->faults > before)
		return;
	buf_text(r->out, "route");
	for (int c = 0; c < COLUMNS; c++) {
		if (r->field[c].n == 0)
			continue;
		buf_printf(r->out, " %s=", columns[c].name);
		buf_put_span(r->out, r->field[c]);
	}
	buf_text(r->out, "\n");
	r->count++;
}

/* The fields of a line by column; absent ones are empty. */
static enum err split(struct reading *r, char *line, size_t n, bool head)
{
	struct span fields[COLUMNS];
	size_t count = 0, known = 0;
	enum err e = csv_split(line, n, ';', fields, COLUMNS, &count);

	for (int c = 0; c < COLUMNS && !e; c++) {
		for (size_t i = 0; i < count && head; i++)
			if (span_is(fields[i], columns[c].name)) {
				r->place[c] = (int)i;
				known++;
			}
		r->field[c] = r->place[c] >= 0 && (size_t)r->place[c] < count ?
		    fields[r->place[c]] : span_of(NULL, 0);
		if (head && columns[c].needed && r->place[c] < 0)
			e = ERR_STATE;
	}
	return !e && head && known < count ? ERR_STATE : e;
}

static enum err read_head(struct reading *r)
{
	char *line;
	size_t n;
	enum err e = lines_next(&r->lines, &line, &n);

	for (int c = 0; c < COLUMNS; c++)
		r->place[c] = -1;
	if (!e)
		e = split(r, line, n, true);
	if (e)
		say("%s:1: columns are amc;operator;from, and convention, csr, "
		    "until, url if wanted", r->path);
	return e ? ERR_SHAPE : ERR_OK;
}

static enum err read_lines(struct reading *r)
{
	char *line;
	size_t n;
	enum err e;

	for (;;) {
		e = lines_next(&r->lines, &line, &n);
		if (e == ERR_CLOSED)
			return ERR_OK;
		if (e && e != ERR_LIMIT)
			return e;
		if (!e && n == 0)
			continue;
		if (e || split(r, line, n, false))
			tell(r, "line", N_("too long, too many fields, or a "
			    "quote that does not close"));
		else
			take_line(r);
		if (r->out->err)
			return r->out->err;
	}
}

enum err route_table_read(
    const char *path, struct buf *out, unsigned long long *ret_count)
{
	struct reading r = {.path = path, .out = out};
	enum err e = lines_open(&r.lines, path, ROUTE_TABLE_LINE);

	if (e) {
		say("%s: cannot be read: %s", path, say_why(NULL, e));
		return e;
	}
	e = read_head(&r);
	if (!e) {
		e = read_lines(&r);
		if (e)
			say("%s: %s", path, say_why(NULL, e));
	}
	lines_close(&r.lines);
	if (!e && r.count + r.faults == 0) {
		say("%s: no line in it", path);
		e = ERR_SHAPE;
	}
	if (r.faults > ROUTE_TABLE_TOLD)
		say("%s: %llu more faults", path,
		    r.faults - ROUTE_TABLE_TOLD);
	*ret_count = r.count;
	return e ? e : r.faults ? ERR_SHAPE : ERR_OK;
}
