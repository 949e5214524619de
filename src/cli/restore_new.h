/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new log after a restore that is behind (design §5). The old journal
 * becomes an archive, keeper/old/N; the registry goes on under the new name;
 * the act that says so waits, signed, in keeper/continue for the keeper's
 * first start (docs/journal.md).
 */
#pragma once
#include "cli/restore_put.h"

/* act: restore_act_make's note. */
MUST_CHECK enum err restore_new(
    struct restore_put *r, const char *origin, struct span act);
