/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/sabotage.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/rows.h"

#define ROWS_MOST 64		/* settings, for the mark of doubles */
#define PORT_FILE_MOST 32

void conf_defaults(struct conf *ret)
{
	const struct rows_row *row;

	memset(ret, 0, sizeof(*ret));
	ret->plane[CONF_FLOW].enabled = true;
	for (size_t i = 0; (row = rows_at(i)) != NULL; i++)
		if (row->preset &&
		    rows_set(row, span_str(row->preset), ret) != ERR_OK)
			abort();	/* a preset its own row refuses */
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct span trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* What stands before the first c; *rest is what comes after it. */
static struct span cut(struct span s, uint8_t c, struct span *rest)
{
	const uint8_t *at = s.n ? memchr(s.p, c, s.n) : NULL;
	size_t n = at ? (size_t)(at - s.p) : s.n;

	*rest = at ? span_of(at + 1, s.n - n - 1) : span_of(s.p, 0);
	return span_of(s.p, n);
}

/* A name as it may be shown: short, and nothing but printable ASCII. */
static void show(struct span s, char out[static 41])
{
	size_t n = s.n < 40 ? s.n : 40;

	for (size_t i = 0; i < n; i++)
		out[i] = s.p[i] >= ' ' && s.p[i] <= '~' ? (char)s.p[i] : '?';
	out[n] = '\0';
}

struct parse {
	struct conf conf;
	unsigned line;
	unsigned seen[ROWS_MOST];	/* line of each row, 0: not yet */
	struct conf_fault *fault;
};

static enum err no_such(struct parse *p, struct span name)
{
	char shown[41];

	show(name, shown);
	(void)snprintf(p->fault->text, sizeof(p->fault->text),
	    "line %u: %s: no such setting; did you mean %s?", p->line, shown,
	    rows_nearest(name));
	return ERR_UNKNOWN;
}

static enum err set_row(struct parse *p, size_t i, struct span value)
{
	const struct rows_row *row = rows_at(i);
	char shown[41];

	if (p->seen[i] > 0) {
		(void)snprintf(p->fault->text, sizeof(p->fault->text),
		    "line %u: %s: said before on line %u; keep one of them",
		    p->line, row->name, p->seen[i]);
		return ERR_EXISTS;
	}
	p->seen[i] = p->line;
	if (rows_set(row, value, &p->conf) == ERR_OK)
		return ERR_OK;
	show(value, shown);
	(void)snprintf(p->fault->text, sizeof(p->fault->text),
	    "line %u: %s: '%s' does not fit; write %s", p->line, row->name,
	    shown, row->form);
	return ERR_RANGE;
}

/* "#" begins one at the line's begin and behind a blank: a value that holds
 * one is refused by its row, not cut. */
static struct span without_comment(struct span line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '#' && (i == 0 || is_blank(line.p[i - 1])))
			return span_of(line.p, i);
	return line;
}

static enum err parse_line(struct parse *p, struct span line)
{
	const struct rows_row *row;
	struct span value, name;

	line = trim(without_comment(line));
	if (line.n == 0)
		return ERR_OK;
	name = trim(cut(line, '=', &value));
	if (name.n == line.n) {
		(void)snprintf(p->fault->text, sizeof(p->fault->text),
		    "line %u: no '='; write: name = value", p->line);
		return ERR_SHAPE;
	}
	for (size_t i = 0; (row = rows_at(i)) != NULL; i++)
		if (span_is(name, row->name))
			return set_row(p, i, trim(value));
	return no_such(p, name);
}

static const struct rows_row *row_of(const char *name)
{
	const struct rows_row *row = NULL;

	for (size_t i = 0; (row = rows_at(i)) != NULL; i++)
		if (strcmp(row->name, name) == 0)
			break;
	return row;
}

enum err conf_get(const struct conf *c, const char *name, struct buf *out)
{
	const struct rows_row *row = row_of(name);

	if (!row)
		return ERR_UNKNOWN;
	rows_get(row, c, out);
	return out->err;
}

enum err conf_set(struct conf *c, const char *name, struct span value)
{
	const struct rows_row *row = row_of(name);

	return row ? rows_set(row, value, c) : ERR_UNKNOWN;
}

static enum err check_said(struct parse *p)
{
	const struct rows_row *row;

	for (size_t i = 0; (row = rows_at(i)) != NULL; i++)
		if (!row->preset && p->seen[i] == 0) {
			(void)snprintf(p->fault->text, sizeof(p->fault->text),
			    "%s: missing; add a line: %s = (%s)", row->name,
			    row->name, row->form);
			return ERR_SHAPE;
		}
	if (SABOTAGE != 0 && !p->conf.drill) {
		(void)snprintf(p->fault->text, sizeof(p->fault->text),
		    "this program was built with a check left out (sabotage "
		    "%u): it runs drills alone", SABOTAGE);
		return ERR_REFUSED;
	}
	if (p->conf.unconfined && !p->conf.drill) {
		(void)snprintf(p->fault->text, sizeof(p->fault->text),
		    "unconfined: only a drill (drill = yes) may say yes");
		return ERR_RANGE;
	}
	return ERR_OK;
}

enum err conf_parse(
    struct span text, struct conf *ret, struct conf_fault *fault)
{
	struct parse p = {.fault = fault};
	enum err e = ERR_OK;

	if (rows_at(ROWS_MOST))
		abort();	/* the table outgrew seen[] */
	conf_defaults(&p.conf);
	while (!e && text.n > 0) {
		p.line++;
		e = parse_line(&p, cut(text, '\n', &text));
	}
	if (!e)
		e = check_said(&p);
	if (!e)
		*ret = p.conf;
	return e;
}

static const char *const plane_words[CONF_PLANES] = {
    [CONF_FLOW] = "flow",
    [CONF_PORTAL] = "portal",
    [CONF_MEMBER] = "member",
    [CONF_STAFF] = "staff"};

const char *conf_plane_word(unsigned nth)
{
	return nth < CONF_PLANES ? plane_words[nth] : NULL;
}

unsigned conf_plane_of(struct span word)
{
	for (unsigned nth = 1; nth < CONF_PLANES; nth++)
		if (span_is(word, plane_words[nth]))
			return nth;
	return 0;
}

static enum err port_path(
    const char *dir, unsigned plane, char *out, size_t size)
{
	char name[PORT_FILE_MOST];

	(void)snprintf(
	    name, sizeof(name), "run/%s.port", plane_words[plane]);
	return file_path(out, size, dir, name);
}

/* 0 if there is none yet or it is not ours: then super picks another. */
static uint32_t saved_port(const char *dir, unsigned plane)
{
	char path[PATH_MAX];
	struct buf b;
	uint64_t port = 0;

	buf_init(&b, 16);
	if (port_path(dir, plane, path, sizeof(path)) == ERR_OK &&
	    file_read(path, &b) == ERR_OK && b.n > 0 &&
	    text_u64(span_of(b.p, b.n - (b.p[b.n - 1] == '\n')), 65535,
		&port) != ERR_OK)
		port = 0;
	buf_release(&b);
	return (uint32_t)port;
}

enum err conf_save_port(const char *dir, unsigned plane, uint32_t port)
{
	char path[PATH_MAX], text[16];
	int n = snprintf(text, sizeof(text), "%u\n", port);
	enum err e = port_path(dir, plane, path, sizeof(path));

	if (!e)
		e = file_replace(path, span_of(text, (size_t)n), 0644);
	return e;
}

static void settle(const char *dir, unsigned plane, struct conf_plane *p)
{
	p->port_picked = p->port == 0;
	if (p->port_picked)
		p->port = saved_port(dir, plane);
	if (p->authority[0] == '\0' && p->port != 0)
		(void)snprintf(p->authority, sizeof(p->authority),
		    p->port == 443 ? "localhost" : "localhost:%u", p->port);
}

static enum err read_text(
    const char *dir, const char *name, struct buf *out)
{
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), dir, name);

	return e ? e : file_read(path, out);
}

enum err conf_take(const char *dir, enum err how, struct span text,
    struct conf *ret, struct conf_fault *fault)
{
	struct conf c;
	enum err e = how;

	if (e)
		(void)snprintf(fault->text, sizeof(fault->text),
		    CONF_FILE ": cannot be read: %s; was the instance made "
		    "by `ecluse init`?", e == ERR_UNKNOWN ? "no such file" :
		    err_text(e));
	else
		e = conf_parse(text, &c, fault);
	if (e)
		return e;
	for (unsigned nth = 1; nth < CONF_PLANES; nth++)
		settle(dir, nth, &c.plane[nth]);
	*ret = c;
	return ERR_OK;
}

enum err conf_load(
    const char *dir, struct conf *ret, struct conf_fault *fault)
{
	struct buf b;
	enum err e;

	buf_init(&b, CONF_FILE_MOST);
	e = read_text(dir, CONF_FILE, &b);
	e = conf_take(dir, e, buf_span(&b), ret, fault);
	buf_release(&b);
	return e;
}

enum err conf_started(
    const char *dir, struct conf *ret, struct conf_fault *fault)
{
	struct buf b;
	enum err e;

	buf_init(&b, CONF_FILE_MOST);
	e = read_text(dir, CONF_STARTED, &b);
	if (e == ERR_UNKNOWN)
		e = read_text(dir, CONF_FILE, &b);
	e = conf_take(dir, e, buf_span(&b), ret, fault);
	buf_release(&b);
	return e;
}

enum err conf_start(const char *dir, const struct conf *c)
{
	char path[PATH_MAX];
	struct buf text;
	enum err e = file_path(path, sizeof(path), dir, CONF_STARTED);

	buf_init(&text, CONF_FILE_MOST);
	conf_write(c, &text);
	if (!e)
		e = text.err ? text.err :
		    file_replace(path, buf_span(&text), 0644);
	buf_release(&text);
	return e;
}

static void comment(const char *text, struct buf *out)
{
	struct span left = span_str(text), line;

	while (left.n > 0) {
		line = cut(left, '\n', &left);
		buf_text(out, "# ");
		buf_put_span(out, line);
		buf_put_u8(out, '\n');
	}
}

void conf_write(const struct conf *c, struct buf *out)
{
	const struct rows_row *row;

	comment("Settings of this Ecluse instance; read at start.\n"
	        "Budgets, keys, sites and switches are not here: they are\n"
	        "signed acts in the registry.", out);
	for (size_t i = 0; (row = rows_at(i)) != NULL; i++) {
		buf_put_u8(out, '\n');
		comment(row->help, out);
		buf_printf(out, "# %s", row->form);
		if (row->preset && row->preset[0])
			buf_printf(out, "; default %s", row->preset);
		buf_printf(out, "\n%s = ", row->name);
		rows_get(row, c, out);
		buf_put_u8(out, '\n');
	}
}
