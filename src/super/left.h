/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an earlier run left behind whose super was killed. Keeper, vaults and
 * gates end by themselves then, and so does nginx's master, with its workers
 * (proc/spawn.h). Workers whose master was killed too do not: they go on to
 * accept at ports that belong to nobody any more.
 *
 * They are found in /proc by the folder they run in and a descriptor that super
 * gives its children, whatever number or name they have. For who holds the
 * instance's lock and has started nobody yet: all that is found is left over
 * (decision 0175).
 */
#pragma once
#include <sys/types.h>
#include "base/err.h"

/*
 * Ends every process of an nginx of the instance in dir. *ret_count is how many
 * there were. ERR_STATE: *ret_stays did not end, though it was killed.
 */
MUST_CHECK enum err left_end(
    const char *dir, unsigned *ret_count, pid_t *ret_stays);
/* A keeper or vault that holds the instance's lock; 0: none is seen. */
pid_t left_holder(const char *dir);
