/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest of a backup: the text of a note that the running keeper signs
 * with the log's key. It says the point that was copied and, by its hash, the
 * list of the files (backup/files.h); docs/backup.md gives the form.
 */
#pragma once
#include "base/buf.h"
#include "crypto/hash.h"
#include "journal/note.h"

#define MANIFEST_NAME "manifest"
#define MANIFEST_FIRST "ecluse backup v1"	/* no origin has spaces */
#define MANIFEST_MOST 4096	/* bytes of the text */

struct manifest_log {
	uint64_t size;
	uint8_t root[HASH_SIZE];
};

struct manifest {
	char origin[NOTE_NAME_SIZE];
	int64_t time_ms;
	char version[32];		/* of the program, [0-9a-z.-] */
	struct manifest_log journal, registry;
	uint64_t count;			/* rows of the list */
	uint8_t files[HASH_SIZE];	/* SHA-256 of the list */
};

void manifest_write(const struct manifest *m, struct buf *out);
/* ERR_SHAPE: not such a text. One spelling: what is read is what is written. */
MUST_CHECK enum err manifest_parse(struct span text, struct manifest *ret);
