/* SPDX-License-Identifier: Apache-2.0 */
/* Is a backup whole, and what the keeper signed? */
#pragma once
#include "backup/files.h"
#include "backup/manifest.h"
#include "cli/log_way.h"

struct backup_check {
	const char *folder;
	const struct note_key *key;	/* NULL: the one in the backup */
	struct log_way way;		/* of the log's keys, by its registry */
	struct note_key log;		/* the last of it: signed the manifest */
	struct manifest manifest;
	struct files list;
	char words[256];		/* what is wrong, where */
};

/*
 * The manifest against the key that signs the log now, to which a turn in the
 * registry may lead from key; every file against its hash, the rows of every
 * vault that its settings have, both logs against the manifest's roots.
 * ERR_UNKNOWN: no backup, or one that was not finished; ERR_CRYPTO,
 * ERR_CORRUPT: it is not what was signed; ERR_IO.
 */
MUST_CHECK enum err backup_check(struct backup_check *c);
/* Its two halves: what was signed, and then every byte of it. */
MUST_CHECK enum err backup_check_list(struct backup_check *c);
MUST_CHECK enum err backup_check_bytes(struct backup_check *c);
/* Does the list alone, with the settings in folder, have all that no instance
 * is without? ERR_CORRUPT, words: what it has not. */
MUST_CHECK enum err backup_check_needed(struct backup_check *c);
/* The same of so many vaults, by settings that lie elsewhere. */
MUST_CHECK enum err backup_check_vaults(
    struct backup_check *c, unsigned count);
void backup_check_release(struct backup_check *c);
/* FOLDER/instance/path of the backup. */
MUST_CHECK enum err backup_check_path(
    const struct backup_check *c, const char *path, char *out, size_t size);
