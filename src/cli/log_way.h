/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a log's key as a backup's registry tells it: each turn names the
 * next key, and the key before signed that (registry/turns.h). A registry that
 * somebody made up leads nowhere that the first key did not say.
 */
#pragma once
#include "backup/manifest.h"
#include "registry/turns.h"

struct log_way {
	struct note_key keys[TURNS_MOST + 1];	/* oldest first, last in use */
	size_t count;				/* 0: it never turned */
};

/*
 * From the records of folder (keeper/registry), which were not checked yet:
 * turns that had come when the manifest was made. ERR_CORRUPT: a record is not
 * whole; ERR_LIMIT, ERR_IO, ERR_NOMEM.
 */
MUST_CHECK enum err log_way_read(const char *folder, const struct manifest *m,
    enum keyring_kind kind, struct log_way *ret);
/* A key of the way becomes the last one; another stays as it is. */
void log_way_follow(const struct log_way *w, struct note_key *key);
