/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "cli/route_table.h"
#include "cli/table.h"
#include "lang/lang.h"

/* In the order of enum routes_field. */
static const struct table_column columns[ROUTES_FIELDS] = {
	[ROUTES_AMC_NUMBER] = {"amc", true},
	[ROUTES_CONVENTION] = {"convention", false},
	[ROUTES_CSR] = {"csr", false},
	[ROUTES_OPERATOR] = {"operator", true},
	[ROUTES_ADDRESS] = {"url", false},
	[ROUTES_FROM] = {"from", true},
	[ROUTES_UNTIL] = {"until", false},
};
static const char *const faults[ROUTES_FIELDS] = {
	[ROUTES_AMC_NUMBER] = N_("not 10 digits"),
	[ROUTES_CONVENTION] = N_("longer than 8, or with a quote, star or "
	    "backslash"),
	[ROUTES_CSR] = N_("longer than 20, or with a quote, star or backslash"),
	[ROUTES_OPERATOR] = N_("1 to 40 letters, digits and . _ -"),
	[ROUTES_ADDRESS] = N_("begins with https:// and has 128 characters at "
	    "most, no quote, star and backslash"),
	[ROUTES_FROM] = N_("not a day (YYYY-MM-DD)"),
	[ROUTES_UNTIL] = N_("not a day (YYYY-MM-DD)"),
};

struct reading {
	struct registry *said;
	size_t known;		/* of its routes: the instance's own */
	int32_t today;
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

static const char *fault_of(enum routes_field f, struct span value)
{
	if (routes_fits(f, value))
		return NULL;
	if (value.n == 0)
		return N_("missing");
	return is_printable(value) ? faults[f] :
	    N_("a space, or not printable ASCII");
}

/* Of the line that said this route, or the instance's entry. */
static void tell_clash(struct table *t, const struct reading *r,
    const struct registry_route *at)
{
	char words[256];

	(void)snprintf(words, sizeof(words),
	    (size_t)(at - r->said->routes) < r->known ?
		_("a route of this AMC, convention and CSR holds on some of "
		  "these days: the instance's entry %llu") :
		_("a route of this AMC, convention and CSR holds on some of "
		  "these days: line %llu"),
	    (unsigned long long)at->entry);
	table_tell(t, ROUTES_FROM, words);
}

/* As the keeper will, behind what the instance and lines above said. */
static enum err add(struct table *t, struct reading *r)
{
	const struct registry_route *at;
	struct registry_route route;
	enum err e;

	if (routes_make(t->field, &route)) {
		table_tell(t, ROUTES_UNTIL, N_("before from (the day before "
		    "takes the route back)"));
		return ERR_OK;
	}
	if (route.from_day > r->today + LIMIT_ROUTE_AHEAD_DAYS) {
		table_tell(t, ROUTES_FROM, N_("more than three years ahead: is "
		    "the year right?"));
		return ERR_OK;
	}
	route.entry = t->lines.number;
	at = routes_clash(r->said, &route);
	if (at) {
		tell_clash(t, r, at);
		return ERR_OK;
	}
	e = routes_add(r->said, &route);
	if (e != ERR_LIMIT)
		return e;
	table_tell(t, ROUTES_AMC_NUMBER,
	    N_("the directory takes 512 lines of one AMC, 65,536 in all"));
	return ERR_OK;
}

static void put_line(const struct table *t, struct buf *out)
{
	buf_text(out, "route");
	for (unsigned f = 0; f < ROUTES_FIELDS; f++) {
		if (t->field[f].n == 0)
			continue;
		buf_printf(out, " %s=", columns[f].name);
		buf_put_span(out, t->field[f]);
	}
	buf_text(out, "\n");
}

static enum err take_line(struct table *t, void *ctx)
{
	unsigned long long before = t->faults;
	struct reading *r = ctx;
	enum err e;

	for (unsigned f = 0; f < ROUTES_FIELDS; f++) {
		const char *fault = fault_of(f, t->field[f]);

		if (fault)
			table_tell(t, f, fault);
	}
	if (t->faults > before)
		return ERR_OK;
	e = add(t, r);
	if (e || t->faults > before)
		return e;
	put_line(t, r->out);
	r->count++;
	return r->out->err;
}

enum err route_table_read(const char *path, int32_t today,
    struct registry *said, struct buf *out, unsigned long long *ret_count)
{
	struct reading r = {
	    .said = said, .known = said->route_count, .today = today,
	    .out = out};
	struct table t = {.path = path, .columns = columns,
	    .column_count = ROUTES_FIELDS, .line_most = ROUTE_TABLE_LINE,
	    .head = N_("columns are amc;operator;from, and convention, csr, "
		"until, url if wanted"),
	    .line = take_line, .ctx = &r};
	enum err e = table_read(&t);

	*ret_count = r.count;
	return e;
}
