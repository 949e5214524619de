/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The act that opens a new log behind a restore, made and signed before
 * anything is laid out: who signs it is an administrator by the backup's own
 * registry, and the keeper's first start takes it, once two have signed.
 */
#pragma once
#include "cli/act_send.h"
#include "cli/backup_check.h"
#include "journal/checkpoint.h"

struct restore_act {
	const char *paths[ACT_SEND_KEYS];	/* of --admin-key */
	size_t count;
	struct buf note;	/* when it is made */
};

/*
 * from was checked. origin: of the new log; known NULL: it is not known how far
 * the old one went. Complains on stderr and gives ERR_REFUSED: nobody signs, or
 * somebody who is no administrator, or one of them twice, or the name cannot be
 * the log's; ERR_CORRUPT: the backup's registry is none that a keeper takes;
 * else of the files read.
 */
MUST_CHECK enum err restore_act_make(struct restore_act *a,
    const struct backup_check *from, const char *origin,
    const struct checkpoint *known);
void restore_act_release(struct restore_act *a);
