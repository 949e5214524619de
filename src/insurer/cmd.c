/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include "base/outfile.h"
#include "base/shown.h"
#include "base/standard.h"
#include "insurer/cmd.h"
#include "lang/lang.h"
#include "told/memory.h"
#include "told/unread.h"

int cmd_finish(int status)
{
	if (standard_flush() && !memory_was_short())
		return status;
	(void)fprintf(stderr, "%s", memory_was_short() ?
	    _("ecluse-insurer: out of memory: what was told is not whole\n") :
	    _("ecluse-insurer: standard output: cannot be written\n"));
	return status == CMD_DONE || status == CMD_FAULT ? CMD_OUTPUT : status;
}

void cmd_say(const char *command, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "ecluse-insurer %s: ", command);
	va_start(ap, format);
	shown_print(stderr, lang_text(format), ap);
	va_end(ap);
	fputc('\n', stderr);
}

int cmd_try(const char *command)
{
	fprintf(stderr, _("Try: ecluse-insurer %s --help\n"), command);
	return CMD_USAGE;
}

const char *cmd_why(enum err e)
{
	return lang_text(err_text(e));
}

int cmd_file_fault(const char *command, const char *path, enum err e)
{
	const char *why = unread_why(path, e);

	cmd_say(command, "%s: %s", path, why ? why : cmd_why(e));
	return e == ERR_IO || e == ERR_NOMEM ? CMD_OUTPUT : CMD_USAGE;
}

int cmd_out_fault(const char *command, const char *path, enum err e)
{
	cmd_say(command, "%s: %s", path, cmd_why(e));
	return e == ERR_IO || e == ERR_NOMEM ? CMD_OUTPUT : CMD_USAGE;
}

bool cmd_would_lose(const char *command, const char *path,
    const char *const *read, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (outfile_same(path, read[i])) {
			cmd_say(command, "%s: it is read, and would be lost: "
			    "name another file to write", path);
			return true;
		}
	return false;
}

bool cmd_read_amc(const char *command, const char *text, struct amc *ret)
{
	if (ids_readable(amc_parse(span_str(text), ret)))
		return true;
	cmd_say(command, "--amc wants a number of 10 digits");
	return false;
}
