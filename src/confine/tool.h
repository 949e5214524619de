/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command gives up (ecluse, ecluse-insurer). It has the user's files and
 * keys beside bytes that somebody else wrote: an answer, a release, a list of
 * persons, a feed, a backup, a card. So nobody with the same user reads its
 * memory, no core file keeps it, and who takes it over runs no program, listens
 * for nobody and, unless the command itself needs the network, sends nothing
 * away. Files stay the user's: their names are on the command line.
 */
#pragma once
#include <stdbool.h>
#include "base/err.h"

enum tool_needs {
	TOOL_FILES,	/* files, and the sockets of this machine */
	TOOL_NETWORK,
	TOOL_TOKEN,	/* a PKCS#11 module, which may do what it likes */
	TOOL_PROGRAM,	/* it becomes one, which gives up its own: nothing */
};

/*
 * Once the command is known, before anything is read. ERR_IO: it cannot be
 * given up. ERR_UNKNOWN: all was but system calls, of which this kernel takes
 * no list; to go on is the caller's to decide, and to be told.
 */
MUST_CHECK enum err tool_give_up(enum tool_needs needs);
