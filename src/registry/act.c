/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "registry/act.h"

#define ACT_HEAD_LINES 4
#define ACT_NONCE 16
#define ACT_NONCE_TEXT 22

/* The text up to the next LF, taken off *rest. */
static enum err take_line(struct span *rest, struct span *line)
{
	const uint8_t *end;

	if (rest->n == 0)
		return ERR_CLOSED;
	end = memchr(rest->p, '\n', rest->n);
	if (!end || end == rest->p)
		return ERR_SHAPE;
	*line = span_of(rest->p, (size_t)(end - rest->p));
	*rest = span_of(end + 1, rest->n - line->n - 1);
	for (size_t i = 0; i < line->n; i++)
		if (line->p[i] < 0x20 || line->p[i] > 0x7e)
			return ERR_SHAPE;
	return ERR_OK;
}

/* "name value": checks the name, gives the value. */
static enum err take_head(
    struct span *rest, const char *name, struct span *value)
{
	struct span line;
	size_t n = strlen(name);
	enum err e = take_line(rest, &line);

	if (e)
		return e == ERR_CLOSED ? ERR_SHAPE : e;
	if (line.n < n + 2 || memcmp(line.p, name, n) != 0 || line.p[n] != ' ')
		return ERR_SHAPE;
	*value = span_of(line.p + n + 1, line.n - n - 1);
	return ERR_OK;
}

enum err act_head(struct span text, struct act_head *ret, struct span *rest)
{
	struct act_head h;
	struct span version, stamp;
	uint8_t nonce[ACT_NONCE];
	size_t n;

	if (take_head(&text, "ecluse", &version) || !span_is(version, "act v1"))
		return ERR_SHAPE;
	if (take_head(&text, "origin", &h.origin) ||
	    take_head(&text, "time", &stamp) ||
	    take_head(&text, "nonce", &h.nonce))
		return ERR_SHAPE;
	if (date_parse_stamp(stamp, &h.time_ms) || h.nonce.n != ACT_NONCE_TEXT ||
	    text_unb64url(h.nonce, nonce, sizeof(nonce), &n))
		return ERR_SHAPE;
	*ret = h;
	*rest = text;
	return ERR_OK;
}

/* Takes the text up to the next space off *line. */
static struct span take_word(struct span *line)
{
	const uint8_t *space = memchr(line->p, ' ', line->n);
	struct span word = *line;

	if (space)
		word.n = (size_t)(space - line->p);
	*line = space ? span_of(space + 1, line->n - word.n - 1) :
	    span_of(line->p + line->n, 0);
	return word;
}

static enum err add_pair(struct act_line *line, struct span pair)
{
	const uint8_t *equals = memchr(pair.p, '=', pair.n);
	struct span name;

	if (!equals || equals == pair.p || line->count == ACT_PAIRS)
		return ERR_SHAPE;
	name = span_of(pair.p, (size_t)(equals - pair.p));
	for (unsigned i = 0; i < line->count; i++)
		if (span_equal(line->names[i], name))
			return ERR_SHAPE;
	line->names[line->count] = name;
	line->values[line->count] =
	    span_of(equals + 1, pair.n - name.n - 1);
	line->count++;
	return ERR_OK;
}

enum err act_next(struct span *rest, struct act_line *line)
{
	struct act_line l = {.number = line->number + 1};
	struct span text, behind = *rest;
	enum err e = take_line(&behind, &text);

	if (e)
		return e;
	if (text.p[0] == ' ' || text.p[text.n - 1] == ' ')
		return ERR_SHAPE;
	l.word = take_word(&text);
	while (text.n > 0) {
		e = add_pair(&l, take_word(&text));
		if (e)
			return e;
	}
	*rest = behind;
	*line = l;
	return ERR_OK;
}

struct span act_value(const struct act_line *line, const char *name)
{
	for (unsigned i = 0; i < line->count; i++)
		if (span_is(line->names[i], name))
			return line->values[i];
	return span_of(NULL, 0);
}

static bool in_words(struct span name, const char *words)
{
	struct span rest = span_str(words);

	while (rest.n > 0)
		if (span_equal(take_word(&rest), name))
			return true;
	return false;
}

enum err act_only(const struct act_line *line, const char *allowed)
{
	for (unsigned i = 0; i < line->count; i++)
		if (!in_words(line->names[i], allowed))
			return ERR_SHAPE;
	return ERR_OK;
}

void act_write_head(struct buf *out, struct span origin, int64_t time_ms,
    const uint8_t nonce[static 16])
{
	char stamp[DATE_STAMP_SIZE], text[TEXT_B64_SIZE(16)];

	date_format_stamp(time_ms, stamp);
	text_b64url(nonce, 16, text);
	buf_text(out, "ecluse act v1\norigin ");
	buf_put_span(out, origin);
	buf_printf(out, "\ntime %s\nnonce %s\n", stamp, text);
}
