/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that turn: the keyring follows the registry. An act is durable first;
 * then keys_settle puts in use what it said and destroys what it said, at
 * once, after any restart, and when a turn's time comes. What cannot be done
 * (a disk) stops the keeper, and is done at its next start.
 */
#pragma once
#include "keeper/keeper.h"

/* ERR_CORRUPT: the registry uses a key that the keyring has not: an old copy
 * of keys.sealed. */
MUST_CHECK enum err keys_settle(struct keeper *k);
/* May an act not be taken, though its signatures do? Then why, in words.
 * ERR_UNKNOWN: it names a key that was not made; ERR_STATE: persons would be
 * lost whom it does not name. */
#define KEYS_WORDS 320
MUST_CHECK enum err keys_fault(const struct keeper *k, struct span text,
    char words[static KEYS_WORDS]);

/* MSG_ADMIN_KEY_NEXT: makes the next key of a kind, or shows it. */
void keys_next(struct keeper *k, struct admin *a, uint64_t ref,
    struct span kind);
/* MSG_ADMIN_KEYS: one JSON line a key, those of mutuelles too, and month. */
void keys_list(struct keeper *k, struct admin *a, uint64_t ref);

/* A body for any sealing key that lives, into k->plain. Errors of
 * seal_open_request. */
MUST_CHECK enum err keys_open(struct keeper *k,
    const struct seal_about *about, struct span body,
    struct seal_context *ret);
/* The same for a chunk of a feed. */
MUST_CHECK enum err keys_open_chunk(
    struct keeper *k, struct span chunk, struct buf *out);
