/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a backup's journal behind what is known of it? A known checkpoint is one
 * that somebody fetched, a witness kept, or the old public folder still has.
 */
#pragma once
#include "cli/backup_check.h"
#include "journal/checkpoint.h"

struct restore_known {
	bool any;
	struct checkpoint newest;	/* by size */
	char words[400];
};

/*
 * Takes the checkpoint of a file. It is signed by the backup's log key or, if
 * that turned since, by the last one that the notes after/ beside the file
 * lead to. One that only an earlier key signed speaks of entries that the
 * backup holds, or of nothing: whoever stole that key could sign it today.
 * ERR_CRYPTO: not of this log; ERR_CORRUPT: the backup's journal, or another
 * checkpoint, says otherwise: two histories of one name.
 */
MUST_CHECK enum err restore_known_take(struct restore_known *k,
    const struct backup_check *b, const char *path);
