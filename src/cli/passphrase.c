/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "cli/passphrase.h"
#include "lang/lang.h"

/* One line without its end; -1: none. Byte by byte: nothing stays in a buffer
 * of ours. */
static int read_line(int fd, char *to, int size)
{
	int n = 0;
	char c;

	for (;;) {
		if (read(fd, &c, 1) != 1)
			return -1;
		if (c == '\n')
			return n;
		if (n == size)
			return -1;
		to[n++] = c;
	}
}

int passphrase_ask(void *ctx, char *to, int size)
{
	struct termios before, quiet;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), n;

	if (fd < 0)
		return -1;
	if (tcgetattr(fd, &before) != 0) {
		(void)close(fd);
		return -1;
	}
	quiet = before;
	quiet.c_lflag &= (tcflag_t)~(unsigned)ECHO;
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	(void)dprintf(fd, _("Passphrase of %s: "), (const char *)ctx);
	n = read_line(fd, to, size);
	(void)tcsetattr(fd, TCSAFLUSH, &before);
	(void)dprintf(fd, "\n");
	(void)close(fd);
	return n;
}

int passphrase_confirm(const char *question)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), n;
	char line[64];

	if (fd < 0)
		return -1;
	(void)dprintf(fd, "%s ", question);
	n = read_line(fd, line, sizeof(line));
	(void)close(fd);
	return n > 0 && strchr("yYoO", line[0]) ? 1 : 0;
}
