/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the two logs turn (journal/follow.h): who signs checkpoints and
 * the note of service keys, and the notes that lead from one key to the next.
 * All of it follows the registry, as keys_settle does.
 */
#pragma once
#include "keeper/keeper.h"

/* The key in use first, then those before it that were not destroyed; gives
 * how many, CHECKPOINT_SIGNERS at most. */
size_t logkeys_signers(struct keeper *k, enum keyring_kind kind,
    const struct sign_private *ret[static CHECKPOINT_SIGNERS]);
/* Both logs are signed by those from their next checkpoints on. Before what
 * was destroyed leaves the keyring. */
MUST_CHECK enum err logkeys_turn(struct keeper *k);
/* Before a key of this kind goes: the checkpoint on the disk is signed by those
 * that stay, or a keeper that died now would not believe it. Behind
 * logkeys_turn(); other kinds leave nothing behind. */
MUST_CHECK enum err logkeys_leave(struct keeper *k, enum keyring_kind kind);
/* What an act that turns to this next key says more: " before=… sig=…". */
MUST_CHECK enum err logkeys_prove(struct keeper *k, enum keyring_kind kind,
    const struct keyring_row *next, struct buf *out);
/* The notes after/… of both public folders, where they are missing. */
MUST_CHECK enum err logkeys_lead(struct keeper *k);
