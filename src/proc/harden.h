/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every program gives up first: files open to others (umask 077), core
 * files and being traced (not dumpable), new privileges by exec, SIGPIPE.
 * A program that cannot give it up does not start.
 */
#pragma once
#include <stddef.h>
#include "base/err.h"

MUST_CHECK enum err harden_process(void);

/* At least most descriptors, as far as the hard limit goes: ERR_LIMIT. */
MUST_CHECK enum err harden_descriptors(size_t most);
