/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do the keys that were given open what the backup has? Asked of small files
 * alone, before the backup is read, which may take an hour. It changes nothing
 * and decides nothing: what lies in the new instance is asked again.
 */
#pragma once
#include "cli/restore_put.h"

/*
 * Of a backup whose list was checked, and not its files. What only the whole
 * reading can tell, or a token, is not asked. ERR_REFUSED: its settings, as
 * restore_own_check; else a key does not open. r->words: which.
 */
MUST_CHECK enum err restore_look(struct restore_put *r);
/* Why the month keys of this epoch do not open, into r->words. */
void restore_look_closed(
    struct restore_put *r, uint32_t epoch, enum err why);
