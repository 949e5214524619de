/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "base/csv.h"
#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"
#include "rules/load.h"

#define FILE_MOST (4u << 20)

enum err load_say(
    struct load *l, enum err e, const char *column, const char *words)
{
	(void)snprintf(l->fault->words, sizeof(l->fault->words),
	    "%s:%u: %s: %s", l->file, l->line, column, words);
	return e;
}

static size_t columns_of(const char *head)
{
	size_t n = 1;

	for (const char *p = head; *p; p++)
		n += *p == ';';
	return n;
}

/* One line without its end: the head, a comment, or a row. */
static enum err take(struct load *l, char *line, size_t n, const char *head,
    bool *headed, enum err (*row)(struct load *l))
{
	char copy[RULES_LINE + 1];
	enum err e;

	if (n > 0 && line[n - 1] == '\r')
		n--;
	if (n == 0 || line[0] == '#')
		return ERR_OK;
	if (n > RULES_LINE)
		return load_say(l, ERR_LIMIT, "line", "over 2,048 bytes");
	memcpy(copy, line, n);
	if (!*headed) {
		*headed = true;
		if (n == strlen(head) && memcmp(line, head, n) == 0)
			return ERR_OK;
		return load_say(l, ERR_SHAPE, "line",
		    "the first line must name the columns, as "
		    "docs/rules.md lists them");
	}
	e = csv_split(copy, n, ';', l->fields,
	    sizeof(l->fields) / sizeof(l->fields[0]), &l->count);
	if (e || l->count != columns_of(head))
		return load_say(l, ERR_SHAPE, "line",
		    "not as many fields as columns, or a quote astray");
	return row(l);
}

static enum err each_line(struct load *l, struct buf *text, const char *head,
    enum err (*row)(struct load *l))
{
	char *p = (char *)text->p, *end = p + text->n;
	bool headed = false;
	enum err e = ERR_OK;

	for (l->line = 1; p < end && !e; l->line++) {
		char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((lf ? lf : end) - p);

		e = take(l, p, n, head, &headed, row);
		p += n + 1;
	}
	if (!e && !headed)
		e = load_say(l, ERR_SHAPE, "line", "the file is empty");
	return e;
}

enum err load_file(struct load *l, const char *folder, const char *head,
    enum err (*row)(struct load *l))
{
	char path[PATH_MAX];
	struct buf text;
	enum err e = file_path(path, sizeof(path), folder, l->file);

	buf_init(&text, FILE_MOST);
	l->line = 0;
	if (!e)
		e = file_read(path, &text);
	if (e)
		e = load_say(l, e, "file", "cannot be read");
	else
		e = each_line(l, &text, head, row);
	buf_release(&text);
	return e;
}

enum err load_text(struct load *l, struct span text, uint32_t *ret)
{
	struct buf *b = &l->rules->texts;

	*ret = (uint32_t)b->n;
	if (!utf8_is_plain(text))
		return load_say(l, ERR_SHAPE, "text",
		    "not UTF-8, or a control character");
	buf_put_span(b, text);
	buf_put_u8(b, 0);
	return b->err;
}

enum err load_word(struct load *l, size_t at, const char *column, bool empty,
    char *out, size_t size)
{
	struct span s = l->fields[at];

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return load_say(l, ERR_SHAPE, column,
			    "letters, digits, - and _ alone");
	}
	if (s.n == 0 && !empty)
		return load_say(l, ERR_SHAPE, column, "must not be empty");
	if (text_copy(s, out, size))
		return load_say(l, ERR_LIMIT, column, "too long");
	return ERR_OK;
}

enum err load_tail(struct load *l, size_t n, struct load_tail *ret)
{
	struct span to = l->fields[n + 1], source = l->fields[n + 3];
	struct load_tail t = {.to_day = RULES_NO_END};
	enum err e = date_parse(l->fields[n], &t.from_day);

	if (e)
		return load_say(l, e, "from", "a day as 2026-03-01");
	if (to.n > 0 && date_parse(to, &t.to_day))
		return load_say(l, ERR_SHAPE, "to",
		    "a day as 2026-03-01, or nothing");
	if (t.to_day < t.from_day)
		return load_say(l, ERR_RANGE, "to", "before from");
	t.confirmed = span_is(l->fields[n + 2], "yes");
	if (!t.confirmed && !span_is(l->fields[n + 2], "no"))
		return load_say(l, ERR_SHAPE, "confirmed", "yes or no");
	if (source.n == 0 || source.p[0] == ' ')
		return load_say(l, ERR_SHAPE, "source",
		    "say where the figure was read");
	e = load_text(l, source, &t.source);
	if (!e)
		*ret = t;
	return e;
}
