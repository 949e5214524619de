/* SPDX-License-Identifier: Apache-2.0 */
/* The count: one reading, or one miss, written down everywhere at once. */
#pragma once
#include "guard/room.h"

/*
 * Count person (three words; NULL: a miss) for the question of an open room,
 * deciding nothing. The GUARD_ALARM_* that rose to *ret_alarms. ERR_NOMEM,
 * ERR_RANGE, ERR_LIMIT: nothing was counted.
 */
MUST_CHECK enum err tally_count(struct guard *g, struct room *r,
    const uint32_t *person, uint32_t *ret_alarms);
