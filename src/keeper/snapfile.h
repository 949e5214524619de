/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot's file: bytes written in one pass, read in any order, sealed in
 * chunks, so that neither side ever holds the whole.
 *
 *	"ECS3" | u32 month | u64 tree size | root (32) | salt (32) | chunks
 *
 * A chunk is AES-256-GCM of 16,384 bytes (the last one: of 1 to 16,384) under
 * a key of this file alone, drawn from the caller's key and the salt; its
 * nonce is its number from 0 and whether it is the last, the head is
 * associated data. So chunks cannot be moved, left out or cut off.
 */
#pragma once
#include "base/random.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

#define SNAPFILE_CHUNK 16384

struct snapfile_head {
	uint32_t month;
	uint64_t size;			/* of the tree */
	uint8_t root[HASH_SIZE];
};

struct snapfile;

/* Begins beside path, under the name temp, which another try replaces. */
MUST_CHECK enum err snapfile_make(const char *temp, const char *path,
    const struct snapfile_head *head, const struct secret *key,
    const struct random *random, struct snapfile **ret);
/* ctx is the snapfile: a guard_sink. */
MUST_CHECK enum err snapfile_put(void *ctx, struct span s);
/* On the disk under its name, and closed; or dropped, when it fails. */
MUST_CHECK enum err snapfile_end(struct snapfile *f);
void snapfile_drop(struct snapfile *f);	/* nothing is left of it */

/* ERR_UNKNOWN: there is none; ERR_SHAPE: not such a file; ERR_IO, ERR_NOMEM.
 * The head is what the file says until a chunk was opened with it. */
MUST_CHECK enum err snapfile_open(
    const char *path, struct snapfile_head *ret_head, struct snapfile **ret);
void snapfile_unlock(struct snapfile *f, const struct secret *key);
/* n bytes from at on. ctx is the snapfile: a guard_source. ERR_CORRUPT: beyond
 * its end; ERR_CRYPTO: not what was written; ERR_IO. */
MUST_CHECK enum err snapfile_fetch(
    void *ctx, uint64_t at, void *to, size_t n);
void snapfile_close(struct snapfile *f);	/* NULL is fine */
