/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "lang/help.h"
#include "lang/lang.h"

#define USAGE "Usage: "

/* Columns of UTF-8: the bytes that begin a character. */
static size_t columns(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* Lines under the first one stand as far right as the translated word. */
static void print_usage(const char *english, size_t n, FILE *to)
{
	const size_t width = sizeof(USAGE) - 1;
	const char *word = _("Usage: "), *end = english + n;
	const char *line = english + width;

	(void)fputs(word, to);
	for (;;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((stop ? stop : end) - line);

		(void)fprintf(to, "%.*s", (int)length, line);
		if (!stop)
			return;
		line = stop + 1;
		(void)fprintf(to, "\n%*s", (int)(columns(word) - width), "");
	}
}

static void print_paragraph(const char *english, size_t n, FILE *to)
{
	char text[HELP_PARAGRAPH];

	if (n >= sizeof(text)) {
		(void)fwrite(english, 1, n, to);
		return;
	}
	memcpy(text, english, n);
	text[n] = '\0';
	(void)fputs(lang_text(text), to);
}

void help_print(const char *english, FILE *to)
{
	for (;;) {
		const char *stop = strstr(english, "\n\n");
		size_t n = stop ? (size_t)(stop - english) : strlen(english);

		/* the last line feed is no part of the last paragraph */
		if (!stop && n > 0 && english[n - 1] == '\n')
			n--;
		if (strncmp(english, USAGE, sizeof(USAGE) - 1) == 0)
			print_usage(english, n, to);
		else
			print_paragraph(english, n, to);
		(void)fputs(stop ? "\n\n" : "\n", to);
		if (!stop)
			return;
		english = stop + 2;
	}
}
