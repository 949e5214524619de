/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse decoy test: are decoys answered as unknown, and seen by the keeper? */
#pragma once
#include "cli/link.h"

/* Asks about each line of the file in (as plant wrote it). An exit status. */
int decoy_test(const char *dir, const char *amc, const char *in,
    const char *key, const char *domain);

/* cmd_decoy.c: sets, and hits between two times, as JSON lines. Complains on
 * standard error. */
MUST_CHECK enum err decoy_list(struct link *l, int64_t from_ms, int64_t to_ms,
    struct buf *ret);
