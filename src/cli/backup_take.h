/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies a running instance into a folder. Each thing is copied after what
 * refers to it, so that nothing in the copy names what is not in it: the
 * journal up to a point, then the vaults (the journal names their numbers),
 * then the registry (vaults are filled by its cells, entries name its size),
 * then keys and all the rest.
 */
#pragma once
#include "backup/files.h"
#include "backup/manifest.h"
#include "cli/link.h"

#define BACKUP_TAKE_TREE "instance"	/* the files, as they lie in DIR */

struct backup_take {
	const char *dir, *out;
	const char *months_out;	/* NULL: month keys are not copied */
	bool with_root;		/* keeper/root.key as well */
	struct link *link;
	struct files before;	/* of the backup that is there already */
	struct files list;
	struct manifest manifest;
	uint64_t copied, kept;	/* bytes */
	char words[256];	/* what went wrong, if anything is to be said */
};

MUST_CHECK enum err backup_take(struct backup_take *b);
void backup_take_release(struct backup_take *b);
