/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/err.h"
#include "base/shown.h"
#include "cli/composed.h"
#include "cli/say.h"
#include "json/write.h"
#include "lang/help.h"
#include "lang/lang.h"
#include "told/unread.h"

#define SAY_WHY 1024

void say(const char *format, ...)
{
	va_list ap;

	(void)fputs("ecluse: ", stderr);
	va_start(ap, format);
	shown_print(stderr, lang_text(format), ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

int say_usage(const char *command, const char *format, ...)
{
	va_list ap;

	(void)fprintf(stderr, "ecluse %s: ", command);
	va_start(ap, format);
	shown_print(stderr, lang_text(format), ap);
	va_end(ap);
	(void)fprintf(stderr, _("\nSee: ecluse %s --help\n"), command);
	return SAY_USAGE;
}

int say_help(const char *help)
{
	help_print(help, stdout);
	return SAY_DONE;
}

int say_parts(const char *help, const char *word)
{
	bool asked = strcmp(word, "--help") == 0;

	help_print(help, asked ? stdout : stderr);
	return asked ? SAY_DONE : SAY_USAGE;
}

const char *say_why(const char *words, enum err e)
{
	static char out[SAY_WHY];	/* the program has one thread */

	if (!words || !words[0])
		return lang_text(err_text(e));
	composed_text(words, out, sizeof(out));
	return out;
}

const char *say_why_file(const char *path, enum err e)
{
	const char *why = unread_why(path, e);

	return why ? why : say_why(NULL, e);
}

enum err say_unread(const char *path, enum err e, const char *wanted)
{
	const char *why = unread_why(path, e);

	if (!why)
		why = wanted && e != ERR_IO && e != ERR_NOMEM ?
		    wanted : say_why(NULL, e);
	say("%s: %s", path, why);
	return e == ERR_NOMEM ? e : ERR_SHAPE;
}

void say_json(const char *name, const char *value, const char *words)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 16384);
	w = json_writer_of(&out);
	json_write_begin(&w, '{');
	json_write_pair(&w, name, shown_json(value));
	if (words)
		json_write_pair(&w, "words", shown_json(words));
	json_write_end(&w, '}');
	if (!out.err)
		(void)printf("%.*s\n", (int)out.n, (const char *)out.p);
	buf_release(&out);
}

int say_exit_of(enum err e)
{
	switch (e) {
	case ERR_OK:
		return SAY_DONE;
	case ERR_UNKNOWN:
		return SAY_UNKNOWN;
	case ERR_IO:
	case ERR_CLOSED:
	case ERR_NOMEM:
		return SAY_TRANSPORT;
	case ERR_SHAPE:
	case ERR_KEY:
	case ERR_CRYPTO:
	case ERR_CORRUPT:
		return SAY_CHECK_FAILED;
	default:
		return SAY_REFUSED;
	}
}
