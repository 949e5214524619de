/* SPDX-License-Identifier: Apache-2.0 */
/* Is a backup whole, and what the keeper signed? */
#pragma once
#include "backup/files.h"
#include "backup/manifest.h"

struct backup_check {
	const char *folder;
	const struct note_key *key;	/* NULL: the one in the backup */
	struct manifest manifest;
	struct files list;
	char words[256];		/* what is wrong, where */
};

/*
 * Every file against its hash, both logs against the manifest's roots.
 * ERR_UNKNOWN: no backup, or one that was not finished; ERR_CRYPTO,
 * ERR_CORRUPT: it is not what was signed; ERR_IO.
 */
MUST_CHECK enum err backup_check(struct backup_check *c);
void backup_check_release(struct backup_check *c);
/* FOLDER/instance/path of the backup. */
MUST_CHECK enum err backup_check_path(
    const struct backup_check *c, const char *path, char *out, size_t size);
