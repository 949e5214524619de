/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a backup's journal behind what is known of it? A known checkpoint is one
 * that somebody fetched, a witness kept, or the old public folder still has.
 */
#pragma once
#include "cli/backup_check.h"
#include "journal/checkpoint.h"

#define RESTORE_KNOWN_MOST 16

struct restore_known {
	struct restore_known_one {
		const char *path;	/* the caller's */
		struct checkpoint c;
	} all[RESTORE_KNOWN_MOST];
	size_t count;
	const struct checkpoint *newest;	/* by size; NULL: none is known */
	char words[400];
};

/*
 * Takes the checkpoint of a file. It is signed by the backup's log key or, if
 * that turned since, by the last one that the notes after/ beside the file
 * lead to. One that only an earlier key signed speaks of entries that the
 * backup holds, or of nothing: whoever stole that key could sign it today.
 * ERR_CRYPTO: not of this log; ERR_CORRUPT: another checkpoint says otherwise;
 * ERR_LIMIT: they are too many.
 */
MUST_CHECK enum err restore_known_take(struct restore_known *k,
    const struct backup_check *b, const char *path);
/*
 * Does the backup hold the very entries that they speak of? Its journal is read
 * once for all of them, and what is read then is the journal of the manifest:
 * a medium may show one journal here, and another to be copied. ERR_CORRUPT: no,
 * two histories of one name; or it was another journal.
 */
MUST_CHECK enum err restore_known_compare(
    struct restore_known *k, const struct backup_check *b);
