/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of segments read from the first record on, without tiles. */
#pragma once
#include "crypto/hash.h"
#include "journal/record.h"
#include "journal/tree.h"

/*
 * Root of the first size leaves, each record whole (CRC) and at its place; where
 * there are sides (the journal), each the one that its leaf names, or purged.
 * ERR_CORRUPT: one is not, with its index in *ret_bad; ERR_IO, ERR_NOMEM.
 */
MUST_CHECK enum err records_root(const char *folder,
    struct record_shape shape, uint64_t size, uint8_t ret[static HASH_SIZE],
    uint64_t *ret_bad);
/* The same, each leaf shown on the way, and the tree up to it: before its root
 * is known to be right. */
typedef void (*records_visit)(
    void *of, struct span leaf, const struct tree_edge *so_far);
MUST_CHECK enum err records_each(const char *folder,
    struct record_shape shape, uint64_t size, records_visit visit, void *of,
    uint8_t ret[static HASH_SIZE], uint64_t *ret_bad);
