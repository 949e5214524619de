/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/date.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/route_table.h"
#include "cli/table.h"
#include "lang/lang.h"
#include "registry/routes.h"

enum column { AMC, CONVENTION, CSR, OPERATOR, URL, FROM, UNTIL, COLUMNS };

static const struct table_column columns[COLUMNS] = {
	[AMC] = {"amc", true},
	[CONVENTION] = {"convention", false},
	[CSR] = {"csr", false},
	[OPERATOR] = {"operator", true},
	[URL] = {"url", false},
	[FROM] = {"from", true},
	[UNTIL] = {"until", false},
};
static const size_t most[COLUMNS] = {
	[AMC] = 10, [CONVENTION] = LIMIT_CONVENTION, [CSR] = LIMIT_CSR,
	[OPERATOR] = REGISTRY_NAME_SIZE - 1, [URL] = ROUTES_URL, [FROM] = 10,
	[UNTIL] = 10,
};

struct reading {
	unsigned long long count;
	struct buf *out;
};

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
	if (s.n > most[c])
		return N_("too long");
	if (!is_printable(s))
		return N_("a space, or not printable ASCII");
	if (c == AMC && (s.n != 10 || !text_digits(s)))
		return N_("not 10 digits");
	if ((c == FROM || c == UNTIL) && date_parse(s, &day))
		return N_("not a day (YYYY-MM-DD)");
	return NULL;
}

static enum err take_line(struct table *t, void *ctx)
{
	unsigned long long before = t->faults;
	struct reading *r = ctx;

	for (size_t c = 0; c < COLUMNS; c++) {
		const char *fault = fault_of((enum column)c, t->field[c]);

		if (fault)
			table_tell(t, c, fault);
	}
	if (t->faults > before)
		return ERR_OK;
	buf_text(r->out, "route");
	for (size_t c = 0; c < COLUMNS; c++) {
		if (t->field[c].n == 0)
			continue;
		buf_printf(r->out, " %s=", columns[c].name);
		buf_put_span(r->out, t->field[c]);
	}
	buf_text(r->out, "\n");
	r->count++;
	return r->out->err;
}

enum err route_table_read(
    const char *path, struct buf *out, unsigned long long *ret_count)
{
	struct reading r = {.out = out};
	struct table t = {.path = path, .columns = columns,
	    .column_count = COLUMNS, .line_most = ROUTE_TABLE_LINE,
	    .head = N_("columns are amc;operator;from, and convention, csr, "
		"until, url if wanted"),
	    .line = take_line, .ctx = &r};
	enum err e = table_read(&t);

	*ret_count = r.count;
	return e;
}
