/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/csv.h"
#include "base/text.h"
#include "guard/figures.h"

#define COLUMNS 12	/* of the longer file */

/* One file being read: the lines, the fields of one, the first fault. */
struct sheet {
	struct span rest;
	uint32_t line;
	size_t columns;
	char copy[LIMIT_FEED_LINE];
	struct span field[COLUMNS];
	struct figures_fault *fault;
};

static enum err fail(struct sheet *s, enum err e, const char *words)
{
	s->fault->line = s->line;
	(void)snprintf(s->fault->words, sizeof(s->fault->words), "%s", words);
	return e;
}

/* The next line that is not a comment; ERR_CLOSED: there is none. */
static enum err next_line(struct sheet *s, struct span *ret)
{
	do {
		const uint8_t *end;

		if (s->rest.n == 0)
			return ERR_CLOSED;
		s->line++;
		end = memchr(s->rest.p, '\n', s->rest.n);
		if (!end)
			return fail(s, ERR_SHAPE, "the line does not end");
		*ret = span_of(s->rest.p, (size_t)(end - s->rest.p));
		s->rest.p += ret->n + 1;
		s->rest.n -= ret->n + 1;
	} while (ret->n > 0 && ret->p[0] == '#');
	return ERR_OK;
}

static enum err open_sheet(
    struct sheet *s, struct span text, const char *head)
{
	struct span line;
	enum err e;

	s->rest = text;
	s->columns = 1;
	for (const char *p = head; *p; p++)
		s->columns += *p == ';';
	e = next_line(s, &line);
	if (e == ERR_CLOSED || (!e && !span_is(line, head)))
		return fail(s, ERR_SHAPE, "the first line names the columns");
	return e;
}

/* The fields of the next row; ERR_CLOSED: there is none. */
static enum err next_row(struct sheet *s)
{
	struct span line;
	size_t n = 0;
	enum err e = next_line(s, &line);

	if (e)
		return e;
	if (line.n > sizeof(s->copy))
		return fail(s, ERR_LIMIT, "the line is too long");
	if (line.n)
		memcpy(s->copy, line.p, line.n);
	e = csv_split(s->copy, line.n, ';', s->field, s->columns, &n);
	if (e || n != s->columns)
		return fail(s, ERR_SHAPE, "wrong number of columns");
	for (size_t i = 0; i < n; i++)
		if (s->field[i].n == 0)
			return fail(s, ERR_SHAPE, "an empty column");
	return ERR_OK;
}

static enum err take_number(struct sheet *s, size_t column, uint32_t *ret)
{
	uint64_t v;
	enum err e = text_u64(s->field[column], FIGURES_MOST, &v);

	if (e)
		return fail(s, e, "figures are whole numbers to 1000000");
	*ret = (uint32_t)v;
	return ERR_OK;
}

static enum err take_yes(struct sheet *s, size_t column, bool *ret)
{
	if (!span_is(s->field[column], "yes") &&
	    !span_is(s->field[column], "no"))
		return fail(s, ERR_SHAPE, "confirmed is yes or no");
	*ret = span_is(s->field[column], "yes");
	return ERR_OK;
}

static bool all_in(struct span text, char from, char to, bool digits)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = (char)text.p[i];

		if (!(c >= from && c <= to) &&
		    !(digits && c >= '0' && c <= '9'))
			return false;
	}
	return text.n > 0;
}

static enum err take_profession_code(
    struct sheet *s, size_t column, char ret[static FIGURES_CODE])
{
	if (!all_in(s->field[column], 'a', 'z', false) ||
	    text_copy(s->field[column], ret, FIGURES_CODE))
		return fail(s, ERR_SHAPE, "a code is 1 to 15 letters a to z");
	return ERR_OK;
}

static enum err take_domains(
    struct sheet *s, size_t column, struct figures_profession *p)
{
	struct span list = s->field[column];

	for (;;) {
		const uint8_t *space = memchr(list.p, ' ', list.n);
		size_t n = space ? (size_t)(space - list.p) : list.n;
		struct span one = span_of(list.p, n);

		if (p->domain_count == FIGURES_DOMAINS)
			return fail(s, ERR_LIMIT, "too many domains");
		if (!all_in(one, 'A', 'Z', true) || text_copy(one,
		    p->domains[p->domain_count], LIMIT_DOMAIN + 1))
			return fail(s, ERR_SHAPE,
			    "domains: codes of A-Z 0-9, one space between");
		p->domain_count++;
		if (!space)
			return ERR_OK;
		list = span_of(list.p + n + 1, list.n - n - 1);
	}
}

static enum err take_figures(
    struct sheet *s, size_t column, struct guard_figures *f)
{
	for (size_t k = 0; k < GUARD_KINDS; k++) {
		enum err e = take_number(s, column + k, &f->of[k]);

		if (e)
			return e;
	}
	if (!guard_figures_agree(f))
		return fail(s, ERR_RANGE,
		    "T is at most C, and 24 h at most 30 days");
	return ERR_OK;
}

static enum err take_profession(
    struct sheet *s, struct figures_profession *ret)
{
	struct figures_profession p = {0};
	enum err e = take_profession_code(s, 0, p.code);

	if (!e)
		e = take_domains(s, 3, &p);
	if (!e)
		e = take_figures(s, 4, &p.figures);
	if (!e)
		e = take_yes(s, 10, &p.confirmed);
	if (!e)
		*ret = p;
	return e;
}

enum err figures_read_professions(struct span text,
    struct figures_professions *ret, struct figures_fault *fault)
{
	struct figures_professions all = {0};
	struct sheet s = {.fault = fault};
	enum err e = open_sheet(&s, text, FIGURES_PROFESSIONS_HEAD);

	while (!e) {
		struct figures_profession p;

		e = next_row(&s);
		if (!e)
			e = take_profession(&s, &p);
		if (e)
			break;
		if (figures_profession(&all, span_str(p.code)))
			return fail(&s, ERR_EXISTS, "this code stands twice");
		if (all.count == FIGURES_PROFESSIONS)
			return fail(&s, ERR_LIMIT, "too many lines");
		all.rows[all.count++] = p;
	}
	if (e != ERR_CLOSED)
		return e;
	*ret = all;
	return ERR_OK;
}

static enum err take_scope(struct sheet *s, enum figures_scope *ret)
{
	static const char *const words[] = {
	    [FIGURES_PROFESSION] = "profession", [FIGURES_CELL] = "cell",
	    [FIGURES_PLATFORM] = "platform", [FIGURES_CARD] = "card"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is(s->field[0], words[i])) {
			*ret = (enum figures_scope)i;
			return ERR_OK;
		}
	return fail(s, ERR_UNKNOWN,
	    "scope is profession, cell, platform or card");
}

static enum err take_shared_code(struct sheet *s, struct figures_shared *r)
{
	struct span code = s->field[1];

	if (span_is(code, "*"))
		return text_copy(code, r->code, sizeof(r->code));
	if (r->scope == FIGURES_PROFESSION)
		return take_profession_code(s, 1, r->code);
	if (r->scope == FIGURES_CELL && text_digits(code) && code.n == 10)
		return text_copy(code, r->code, sizeof(r->code));
	return fail(s, ERR_SHAPE, "code: a profession, an AMC number, or *");
}

static enum err check_shared(struct sheet *s, const struct figures_shared *r)
{
	bool month = r->floor30 > 0 || r->each30 > 0;

	if (r->scope == FIGURES_CARD &&
	    (r->floor24 == 0 || r->floor24 > GUARD_SITES_MOST ||
	    r->each24 > 0 || month))
		return fail(s, ERR_RANGE,
		    "card: 1 to 14 sites in floor24, the rest 0");
	if (month && (r->floor24 > r->floor30 || r->each24 > r->each30))
		return fail(s, ERR_RANGE, "24 h is at most 30 days");
	return ERR_OK;
}

static enum err take_shared(struct sheet *s, struct figures_shared *ret)
{
	struct figures_shared r = {0};
	enum err e = take_scope(s, &r.scope);

	if (!e)
		e = take_shared_code(s, &r);
	if (!e)
		e = take_number(s, 2, &r.floor24);
	if (!e)
		e = take_number(s, 3, &r.each24);
	if (!e)
		e = take_number(s, 4, &r.floor30);
	if (!e)
		e = take_number(s, 5, &r.each30);
	if (!e)
		e = check_shared(s, &r);
	if (!e)
		e = take_yes(s, 6, &r.confirmed);
	if (!e)
		*ret = r;
	return e;
}

static const struct figures_shared *find_shared(
    const struct figures_shareds *s, enum figures_scope scope,
    struct span code)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->rows[i].scope == scope &&
		    span_is(code, s->rows[i].code))
			return &s->rows[i];
	return NULL;
}

enum err figures_read_shared(struct span text, struct figures_shareds *ret,
    struct figures_fault *fault)
{
	struct figures_shareds all = {0};
	struct sheet s = {.fault = fault};
	enum err e = open_sheet(&s, text, FIGURES_SHARED_HEAD);

	while (!e) {
		struct figures_shared r;

		e = next_row(&s);
		if (!e)
			e = take_shared(&s, &r);
		if (e)
			break;
		if (find_shared(&all, r.scope, span_str(r.code)))
			return fail(&s, ERR_EXISTS, "this code stands twice");
		if (all.count == FIGURES_SHARED)
			return fail(&s, ERR_LIMIT, "too many lines");
		all.rows[all.count++] = r;
	}
	if (e != ERR_CLOSED)
		return e;
	*ret = all;
	return ERR_OK;
}

const struct figures_profession *figures_profession(
    const struct figures_professions *p, struct span code)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (span_is(code, p->rows[i].code))
			return &p->rows[i];
	return NULL;
}

const struct figures_shared *figures_shared(const struct figures_shareds *s,
    enum figures_scope scope, struct span code)
{
	const struct figures_shared *row = find_shared(s, scope, code);

	return row ? row : find_shared(s, scope, span_str("*"));
}

static uint32_t grown(uint32_t least, uint32_t each, uint64_t size)
{
	uint64_t more;

	if (each && size > UINT32_MAX / (uint64_t)each * FIGURES_PER)
		return UINT32_MAX;
	more = (size * each + FIGURES_PER - 1) / FIGURES_PER;
	return more > UINT32_MAX - least ? UINT32_MAX : least + (uint32_t)more;
}

struct guard_wide figures_wide(const struct figures_shared *row, uint64_t size)
{
	return (struct guard_wide){
	    .persons24 = grown(row->floor24, row->each24, size),
	    .persons30 = grown(row->floor30, row->each30, size)};
}
