/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include "insurer/leave.h"

static const int asking[] = {SIGINT, SIGTERM, SIGHUP};

#define ASKING (sizeof(asking) / sizeof(asking[0]))

/* Blocked, an ignored one would wait too. */
static bool is_ignored(int number)
{
	struct sigaction now;

	return sigaction(number, NULL, &now) == 0 &&
	    now.sa_handler == SIG_IGN;
}

void leave_hold(sigset_t *ret_before)
{
	sigset_t held;

	(void)sigemptyset(&held);
	for (size_t i = 0; i < ASKING; i++)
		if (!is_ignored(asking[i]))
			(void)sigaddset(&held, asking[i]);
	(void)sigprocmask(SIG_BLOCK, &held, ret_before);
}

bool leave_asked(void)
{
	sigset_t waits;

	if (sigpending(&waits) != 0)
		return false;
	for (size_t i = 0; i < ASKING; i++)
		if (sigismember(&waits, asking[i]) == 1)
			return true;
	return false;
}

void leave_let(const sigset_t *before)
{
	(void)sigprocmask(SIG_SETMASK, before, NULL);
}
