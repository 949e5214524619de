/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs that ended before this one (design §5). A restore that was behind a
 * known checkpoint opens a new log: its first entry quotes the old one, and
 * until two people say otherwise, or 30 days are over, it answers with cards
 * only: every budget without a card counts as spent. All of that is read from
 * registry and journal at start; no file can be taken away to undo it.
 */
#pragma once
#include <stdbool.h>
#include "json/write.h"
#include "base/err.h"

struct keeper;

/* After the registry: takes the act that a restore left in keeper/continue.
 * ERR_UNKNOWN, said: the registry is of another origin, and there is none;
 * ERR_STATE: it is another act. Errors of ledger_take, said. */
MUST_CHECK enum err past_continue(struct keeper *k);
/* After the journal: the archives of the logs before, and, if this one is
 * empty and should not be, its first entry. */
MUST_CHECK enum err past_open(struct keeper *k);
void past_close(struct keeper *k);
/* Are budgets without a card spent, because of a restore? */
bool past_spent(struct keeper *k);
/* "gap": what was read there is not known; "other_logs": what was read there
 * is asked with log=. Both only where they touch [from, to). */
MUST_CHECK enum err past_write(struct keeper *k, int64_t from_ms,
    int64_t to_ms, struct json_writer *w);
/* keeper/known-checkpoint, if somebody put one there: this log must not be
 * behind it. ERR_CORRUPT, said. */
MUST_CHECK enum err past_check_known(struct keeper *k);
