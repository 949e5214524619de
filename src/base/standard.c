/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/standard.h"

/* open() gives the lowest number that is free: this one, from below. */
static enum err open_closed(int for_input, int for_output)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == STDIN_FILENO ? for_input :
			for_output) != fd)
			return ERR_IO;
	return ERR_OK;
}

void standard_open(void)
{
	/* the wrong way round */
	(void)!open_closed(O_WRONLY, O_RDONLY);
}

bool standard_flush(void)
{
	return fflush(stdout) == 0 && !ferror(stdout);
}

enum err standard_fill(void)
{
	return open_closed(O_RDWR, O_RDWR);
}

int standard_told(
    int argc, char **argv, const char *version, const char *usage)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "--version") == 0)
		(void)puts(version);
	else if (strcmp(what, "--help") == 0)
		(void)fputs(usage, stdout);
	else
		return -1;
	return standard_flush() ? 0 : 5;
}
