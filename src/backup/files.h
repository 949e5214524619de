/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of a backup's files, and copying with a hash. A line is
 *
 *   f MODE UID GID SIZE SHA-256 path		a file
 *   d MODE UID GID 0 - path			a folder, before what is in it
 *
 * Paths are relative, of letters, digits and . _ - /, and lead nowhere else.
 */
#pragma once
#include <sys/types.h>
#include "base/buf.h"
#include "crypto/hash.h"

#define FILES_NAME "files"
#define FILES_PATH 200		/* bytes of a path, with its NUL */
#define FILES_MOST ((size_t)256 << 20)	/* bytes of the list */

struct files_row {
	bool folder;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t size;
	uint8_t hash[HASH_SIZE];
	char path[FILES_PATH];
};

struct files {
	struct files_row *rows;
	size_t count;
};

bool files_path_fits(struct span path);
MUST_CHECK enum err files_add(struct files *f, const struct files_row *row);
/* NULL: not in it. */
const struct files_row *files_find(const struct files *f, const char *path);
void files_write(const struct files *f, struct buf *out);
/* ERR_SHAPE. */
MUST_CHECK enum err files_parse(struct span text, struct files *ret);
void files_release(struct files *f);

#define FILES_WHOLE UINT64_MAX
/*
 * Copies the first most bytes (all, if there are fewer) beside to, flushes
 * and renames; mode and owner as row says, if we are root the owner too. Fills
 * row's size and hash. ERR_UNKNOWN: no such file; ERR_SHAPE: not a regular
 * one; ERR_IO.
 */
MUST_CHECK enum err files_copy(
    const char *from, const char *to, uint64_t most, struct files_row *row);
/* Size and hash of a file as they are now, of its first most bytes. ERR_SHAPE:
 * it is not a regular one. */
MUST_CHECK enum err files_hash(
    const char *path, uint64_t most, struct files_row *row);
/* Mode and owner, and whether it is a folder. */
MUST_CHECK enum err files_look(const char *path, struct files_row *row);
MUST_CHECK enum err files_make_folder(
    const char *path, const struct files_row *row);
/* Removes the file path (files_path_fits) below the folder top, if it is there;
 * nothing is reached through a link: who holds the medium may have put one. */
void files_drop(const char *top, const char *path);
