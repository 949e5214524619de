/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "insurer/cmd.h"

int cmd_finish(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return CMD_OUTPUT;
	return status;
}

int cmd_file_fault(const char *command, const char *path, enum err e)
{
	const char *words = e == ERR_UNKNOWN ? "no such file" : err_text(e);

	fprintf(stderr, "ecluse-insurer %s: %s: %s\n", command, path, words);
	return e == ERR_IO || e == ERR_NOMEM ? CMD_OUTPUT : CMD_USAGE;
}

bool cmd_read_amc(const char *command, const char *text, struct amc *ret)
{
	if (ids_readable(amc_parse(span_str(text), ret)))
		return true;
	fprintf(stderr,
	    "ecluse-insurer %s: --amc wants a number of 10 digits\n",
	    command);
	return false;
}
