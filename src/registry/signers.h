/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who signed an act, and might they? By this alone the log of acts is
 * replayed: by the keeper at its start (keeper/ledger.h), and by who trusts no
 * keeper (`ecluse journal verify`).
 */
#pragma once
#include "registry/registry.h"

/* The one act that the log's own key signs after the first entry closes a key
 * for this reason. */
#define SIGNERS_REASON "decoy"

/* Administrators whom a registry ever enrols, revoked ones too: what vaults keep
 * (meter/trust.h). */
#define SIGNERS_EVER 128

/* Verifies the note against the living administrators; how many distinct ones
 * signed it. Errors of note_verify. */
MUST_CHECK enum err signers_of(const struct registry *r, struct span note,
    struct span *ret_text, unsigned *ret_signers);
/*
 * Is this the act by which the registry log's first key turned? Then that key,
 * by which the first entry is signed.
 */
bool signers_first(
    struct span note, uint8_t ret[static SIGN_ED25519_KEY]);

#define SIGNERS_TAKEN 8	/* bytes beside an act: when it was taken */

/* What stands beside an act in the log: when the keeper took it. 0: nothing
 * does, in a log from before. */
int64_t signers_taken(struct span side);
/*
 * Applies entry index of the log: signed by as many administrators of that time
 * as it takes, or by the log's key (first: of init) where that may sign.
 * taken_ms: when the keeper took it, 0: not known. On error nothing changed and
 * *fault says what is wrong. ERR_CRYPTO, ERR_UNKNOWN, ERR_REFUSED: of the
 * signatures; else as registry_apply. *ret_text views the act's text in note.
 */
MUST_CHECK enum err signers_replay(struct registry *r, uint64_t index,
    struct span note, int64_t taken_ms,
    const uint8_t first[static SIGN_ED25519_KEY],
    struct span *ret_text, struct registry_fault *fault);
