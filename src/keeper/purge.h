/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an act purge took away, done: openings of months whose keys are
 * destroyed, in the journal and in the logs before it, between questions. The
 * registry says how far; what a kill left undone is done after the next start.
 */
#pragma once
#include "keeper/keys.h"

/* Once a second: begins what the registry says and was not begun yet. */
void purge_settle(struct keeper *k);
/* Why an act purge cannot be taken, though the registry would. */
MUST_CHECK enum err purge_fault(const struct keeper *k,
    const struct act_line *line, char words[static KEYS_WORDS]);
/* The first day of the oldest month that can be opened; none: INT32_MAX. */
int32_t purge_live_day(const struct keeper *k);
/* MSG_ADMIN_PURGE: what an act would take away, in JSON. */
void purge_look(struct keeper *k, struct admin *a, uint64_t ref);
