/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of how many vaults a store belongs to: one row, written when it is
 * empty. Under another count most cells would be asked for where they are not,
 * and their people would seem unknown.
 */
#pragma once
#include "store/store.h"

/*
 * ERR_STATE: the store is another vault's, or was one of another count;
 * *ret_nth and *ret_count say which.
 */
MUST_CHECK enum err share_sql_check(struct store *s, unsigned nth,
    unsigned count, unsigned *ret_nth, unsigned *ret_count);
