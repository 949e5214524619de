/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "crypto/secret.h"
#include "rootkey/aside.h"

#define PIPE (STDERR_FILENO + 1)	/* the child's end */

/* What comes through the pipe. */
struct word {
	enum err e;
	struct rootkey_fault fault;
	uint8_t mac[PKCS11_MAC];
};

static void child(
    const struct pkcs11_place *place, struct span message, bool drop, int out)
{
	struct word w = {.e = ERR_IO};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    dup2(out, PIPE) != PIPE ||
	    close_range(PIPE + 1, ~0U, 0) != 0)
		_exit(1);
	w.e = drop ? pkcs11_drop(place, &w.fault) :
	    pkcs11_mac(place, message, w.mac, &w.fault);
	if (write(PIPE, &w, sizeof(w)) != (ssize_t)sizeof(w))
		_exit(1);
	secret_wipe(&w, sizeof(w));
	_exit(0);
}

/* A word is smaller than a pipe's buffer: it comes whole or not at all. */
static enum err hear(int in, struct word *ret)
{
	ssize_t n;

	do
		n = read(in, ret, sizeof(*ret));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*ret) && ret->e < ERR_COUNT ? ERR_OK :
	    ERR_IO;
}

enum err aside_mac(const struct pkcs11_place *place, struct span message,
    uint8_t *ret, struct rootkey_fault *fault)
{
	int ends[2], status;
	struct word w;
	enum err e;
	pid_t pid;

	if (pipe(ends) != 0)
		return ERR_IO;
	pid = fork();
	if (pid == 0)
		child(place, message, !ret, ends[1]);
	(void)close(ends[1]);
	e = pid < 0 ? ERR_NOMEM : hear(ends[0], &w);
	(void)close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (e) {
		(void)snprintf(fault->text, sizeof(fault->text),
		    "root.module: it ended without a word");
		return e;
	}
	e = w.e;
	*fault = w.fault;
	if (!e && ret)
		memcpy(ret, w.mac, PKCS11_MAC);
	secret_wipe(&w, sizeof(w));
	return e;
}
