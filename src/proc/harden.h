/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every program gives up first: files open to others (umask 077), core
 * files and being traced (not dumpable), new privileges by exec, SIGPIPE.
 * A program that cannot give it up does not start.
 */
#pragma once
#include <stddef.h>
#include <sys/types.h>
#include "base/err.h"

MUST_CHECK enum err harden_process(void);

/* At least most descriptors, as far as the hard limit goes: ERR_LIMIT. */
MUST_CHECK enum err harden_descriptors(size_t most);

/*
 * As root: becomes that user and nothing else, for good, and asks for
 * death_signal again (the kernel forgets it). Otherwise does nothing.
 * ERR_UNKNOWN: no such user.
 */
MUST_CHECK enum err harden_become(const char *user, int death_signal);
