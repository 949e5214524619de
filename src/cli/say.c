/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include "base/err.h"
#include "cli/say.h"

void say(const char *format, ...)
{
	va_list ap;

	(void)fputs("ecluse: ", stderr);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

int say_usage(const char *command, const char *format, ...)
{
	va_list ap;

	(void)fprintf(stderr, "ecluse %s: ", command);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fprintf(stderr, "\nSee: ecluse %s --help\n", command);
	return SAY_USAGE;
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
