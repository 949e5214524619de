/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new folder that appears whole: files are made in a hidden neighbour,
 * which gets its name at the end.
 */
#pragma once
#include <limits.h>
#include <stdio.h>
#include <sys/types.h>
#include "base/err.h"

struct folder {
	char path[PATH_MAX], temp[PATH_MAX];
};

/* ERR_EXISTS: there is something of that name; ERR_LIMIT; ERR_IO. */
MUST_CHECK enum err folder_begin(struct folder *f, const char *path);
/* The place of a file while it is being made. ERR_LIMIT. */
MUST_CHECK enum err folder_path(
    const struct folder *f, const char *name, char out[static PATH_MAX]);
MUST_CHECK enum err folder_mkdir(
    const struct folder *f, const char *name, mode_t mode);
/* A file to print to; close it with folder_close. */
MUST_CHECK enum err folder_create(
    const struct folder *f, const char *name, FILE **ret);
/* ERR_IO also for any earlier error on the file; *file becomes NULL. */
MUST_CHECK enum err folder_close(FILE **file);
/* The folder has its name from now on; ERR_EXISTS, ERR_IO: abandon it. */
MUST_CHECK enum err folder_commit(struct folder *f);
/* Removes what was made; harmless after a commit. */
void folder_abandon(struct folder *f);
