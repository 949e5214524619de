/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/shown.h"

#define CUT "..."
#define ESCAPED 4	/* "\xNN" */

static bool is_seen(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} unseen[] = {
	    {0, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c},
	    {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},
	    {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
	    {0xe0000, 0xe007f}};

	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (c >= unseen[i].first && c <= unseen[i].last)
			return false;
	return true;
}

/* One character, or byte that is none, off the front of *in into one; gives
 * its length. */
static size_t take(struct span *in, char one[static 4 * ESCAPED + 1])
{
	struct span from = *in;
	size_t n = 0, bytes;
	uint32_t c;

	if (utf8_next(in, &c)) {
		*in = span_of(in->p + 1, in->n - 1);
		c = 0;
	}
	bytes = from.n - in->n;
	if (is_seen(c)) {
		memcpy(one, from.p, bytes);
		return bytes;
	}
	for (size_t i = 0; i < bytes; i++, n += ESCAPED)
		(void)snprintf(one + n, ESCAPED + 1, "\\x%02x", from.p[i]);
	return n;
}

const char *shown_text(struct span text, char *out, size_t size)
{
	char one[4 * ESCAPED + 1];
	size_t at = 0, n;

	while (text.n > 0) {
		n = take(&text, one);
		if (at + n + sizeof(CUT) > size) {
			memcpy(out + at, CUT, sizeof(CUT));
			return out;
		}
		memcpy(out + at, one, n);
		at += n;
	}
	out[at] = '\0';
	return out;
}

static bool is_word(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,:=@%+-")] == '\0';
}

const char *shown_quoted(const char *text, char *out, size_t size)
{
	const char *before = text[0] == '-' ? "./" : "", *p;
	char seen[SHOWN_SIZE / ESCAPED];
	int n;

	if (is_word(text)) {
		(void)snprintf(out, size, "%s%s", before, text);
		return out;
	}
	p = shown_text(span_str(text), seen, sizeof(seen));
	n = snprintf(out, size, "'%s", before);
	for (; *p && (size_t)n + 2 * ESCAPED < size; p++)
		n += snprintf(out + n, size - (size_t)n,
		    *p == '\'' ? "'\\''" : "%c", *p);
	(void)snprintf(out + n, size - (size_t)n, "'");
	return out;
}

void shown_print(FILE *f, const char *format, va_list values)
{
	char text[2 * SHOWN_SIZE], line[SHOWN_SIZE];
	const char *at = text, *end;

	(void)vsnprintf(text, sizeof(text), format, values);
	for (; (end = strchr(at, '\n')); at = end + 1)
		(void)fprintf(f, "%s\n", shown_text(span_of(at,
		    (size_t)(end - at)), line, sizeof(line)));
	(void)fputs(shown_text(span_str(at), line, sizeof(line)), f);
}

void shown_say(FILE *f, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	shown_print(f, format, values);
	va_end(values);
}
