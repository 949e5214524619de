/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of this run's, for readers that want a path: in TMPDIR or in memory,
 * and gone at the end. A run that finds something leaves it behind; tools/
 * fuzz.sh, which names a TMPDIR, takes that away too.
 */
#pragma once
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "fuzz.h"

#define FOLDER_SIZE 128

static char folder_made[FOLDER_SIZE];

static inline int folder_drop_one(
    const char *path, const struct stat *st, int what, struct FTW *at)
{
	(void)st;
	(void)what;
	(void)at;
	return remove(path);
}

static inline void folder_drop(void)
{
	(void)nftw(folder_made, folder_drop_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline const char *folder(void)
{
	const char *base = getenv("TMPDIR");

	if (folder_made[0])
		return folder_made;
	if (!base || !base[0])
		base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	must(snprintf(folder_made, sizeof(folder_made),
	    "%s/ecluse-fuzz-XXXXXX", base) < FOLDER_SIZE);
	must(mkdtemp(folder_made) && atexit(folder_drop) == 0);
	return folder_made;
}

/* name in it; good until the same nth is asked for again. */
static inline const char *folder_path(unsigned nth, const char *name)
{
	static char path[4][FOLDER_SIZE + 64];

	must(snprintf(path[nth % 4], sizeof(path[0]), "%s/%s", folder(),
	    name) < (int)sizeof(path[0]));
	return path[nth % 4];
}

static inline void folder_store(const char *path, struct span text)
{
	FILE *f = fopen(path, "we");

	must(f && fchmod(fileno(f), 0600) == 0);
	must(fwrite(text.n ? text.p : (const uint8_t *)"", 1, text.n, f) ==
	    text.n && fclose(f) == 0);
}

/* The file is what is expected; it goes. */
static inline void folder_expect(const char *path, struct span text)
{
	struct buf b;

	buf_init(&b, 1u << 24);
	must(file_read(path, &b) == ERR_OK);
	must(span_equal(buf_span(&b), text));
	buf_release(&b);
	must(unlink(path) == 0);
}
