/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "json/spell.h"
#include "json/write.h"

struct json_writer json_writer_of(struct buf *out)
{
	return (struct json_writer){out, false};
}

static void comma(struct json_writer *w)
{
	if (w->comma)
		buf_put_u8(w->out, ',');
	w->comma = true;
}

void json_write_begin(struct json_writer *w, char bracket)
{
	comma(w);
	buf_put_u8(w->out, (uint8_t)bracket);
	w->comma = false;
}

void json_write_end(struct json_writer *w, char bracket)
{
	buf_put_u8(w->out, (uint8_t)bracket);
	w->comma = true;
}

/* Control characters as \u00xx, quote and backslash behind a backslash. */
static void put_special(struct buf *out, uint8_t c)
{
	if (c == '"' || c == '\\')
		buf_printf(out, "\\%c", c);
	else
		buf_printf(out, "\\u%04x", c);
}

static void put_string(struct buf *out, struct span text)
{
	const uint8_t *p = text.p, *end = p + text.n, *from = p;

	buf_put_u8(out, '"');
	for (;;) {
		size_t n = 0;

		p += spell_plain(span_of(p, (size_t)(end - p)));
		if (p == end)
			break;
		if (*p >= 0x80)
			n = spell_check(span_of(p, (size_t)(end - p)));
		if (n == 0 && (*p >= 0x80 || *p == 0)) {
			out->err = out->err ? out->err : ERR_SHAPE;
			return;
		}
		if (n == 0) {
			buf_put(out, from, (size_t)(p - from));
			put_special(out, *p);
			from = ++p;
		}
		p += n;
	}
	buf_put(out, from, (size_t)(p - from));
	buf_put_u8(out, '"');
}

/*
 * A text that needs no escape, with what stands around it, at once; behind is
 * the byte after it, or none. False: nothing was written, text is no such.
 */
static bool put_plain(struct json_writer *w, struct span text, char behind)
{
	size_t n = spell_plain(text);
	uint8_t *p;

	if (n != text.n)
		return false;
	p = buf_extend(w->out, n + 2 + (w->comma ? 1 : 0) + (behind ? 1 : 0));
	if (!p)
		return true;
	if (w->comma)
		*p++ = ',';
	*p++ = '"';
	if (n > 0)
		memcpy(p, text.p, n);
	p[n] = '"';
	if (behind)
		p[n + 1] = (uint8_t)behind;
	return true;
}

void json_write_span(struct json_writer *w, struct span text)
{
	if (put_plain(w, text, '\0')) {
		w->comma = true;
		return;
	}
	comma(w);
	put_string(w->out, text);
}

void json_write_text(struct json_writer *w, const char *text)
{
	json_write_span(w, span_str(text));
}

void json_write_name(struct json_writer *w, const char *name)
{
	if (!put_plain(w, span_str(name), ':')) {
		json_write_text(w, name);
		buf_put_u8(w->out, ':');
	}
	w->comma = false;
}

void json_write_int(struct json_writer *w, int64_t v)
{
	char text[24];
	size_t at = sizeof(text);
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;

	comma(w);
	do
		text[--at] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (v < 0)
		text[--at] = '-';
	buf_put(w->out, text + at, sizeof(text) - at);
}

void json_write_bool(struct json_writer *w, bool v)
{
	comma(w);
	buf_text(w->out, v ? "true" : "false");
}

void json_write_pair(struct json_writer *w, const char *name, const char *text)
{
	json_write_name(w, name);
	json_write_text(w, text);
}
