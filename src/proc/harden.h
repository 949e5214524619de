/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every program gives up first: files open to others (umask 077), core
 * files and being traced (not dumpable), new privileges by exec, SIGPIPE.
 * A program that cannot give it up does not start.
 *
 * And what it may have from whoever started it and does not bear: SIGCHLD
 * ignored (the ends of its children would not show), signals blocked.
 */
#pragma once
#include <stddef.h>
#include "base/err.h"

MUST_CHECK enum err harden_process(void);

/* As many descriptors as it may have, if that is less than most; *ret: how many
 * it has now. */
MUST_CHECK enum err harden_descriptors(size_t most, size_t *ret);
