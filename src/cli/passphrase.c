/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>
#include "base/shown.h"
#include "cli/passphrase.h"
#include "lang/lang.h"

/* Waits for a key; false: a signal is to end the program first. */
static bool wait_key(int fd, int signals)
{
	struct pollfd on[] = {{.fd = fd, .events = POLLIN},
	    {.fd = signals, .events = POLLIN}};

	while (poll(on, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	return on[1].revents == 0;
}

/* One line without its end; -1: none. Byte by byte: nothing stays in a buffer
 * of ours. */
static int read_line(int fd, int signals, char *to, int size)
{
	int n = 0;
	char c;

	for (;;) {
		if (!wait_key(fd, signals) || read(fd, &c, 1) != 1)
			return -1;
		if (c == '\n')
			return n;
		if (n == size)
			return -1;
		to[n++] = c;
	}
}

/*
 * Signals that end a program wait until the terminal shows again what is
 * typed; then they do. -1: they do not wait. *before goes to
 * signals_release.
 */
static int signals_hold(sigset_t *before)
{
	sigset_t ends;
	int fd;

	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaddset(&ends, SIGQUIT);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGHUP);
	fd = signalfd(-1, &ends, SFD_CLOEXEC);
	if (fd >= 0)
		(void)sigprocmask(SIG_BLOCK, &ends, before);
	return fd;
}

static void signals_release(int fd, const sigset_t *before)
{
	if (fd < 0)
		return;
	(void)close(fd);
	(void)sigprocmask(SIG_SETMASK, before, NULL);
}

int passphrase_ask(void *ctx, char *to, int size)
{
	struct termios shows, quiet;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), signals, n;
	sigset_t before;

	if (fd < 0)
		return -1;
	if (tcgetattr(fd, &shows) != 0) {
		(void)close(fd);
		return -1;
	}
	signals = signals_hold(&before);
	quiet = shows;
	quiet.c_lflag &= (tcflag_t)~(unsigned)ECHO;
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	(void)dprintf(fd, _("Passphrase of %s: "),
	    shown((const char *)ctx));
	n = read_line(fd, signals, to, size);
	(void)tcsetattr(fd, TCSAFLUSH, &shows);
	(void)dprintf(fd, "\n");
	(void)close(fd);
	signals_release(signals, &before);
	return n;
}

int passphrase_confirm(const char *question)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), n;
	char line[64];

	if (fd < 0)
		return -1;
	(void)dprintf(fd, "%s ", question);
	n = read_line(fd, -1, line, sizeof(line));
	(void)close(fd);
	return n > 0 && strchr("yYoO", line[0]) ? 1 : 0;
}
