/* SPDX-License-Identifier: Apache-2.0 */
/* An auditor's own look at the professional's signature in an opening. */
#pragma once
#include "journal/opening.h"

/*
 * Did the asker that o names sign this question, for that time? spki is the
 * public key as the release gives it: its SHA-256 must be o->key_id, and so must
 * the key id that was signed; authority is the name that the plane had then,
 * time_ms the entry's. What the keeper demands of a question is demanded here
 * too: its profile, its algorithm, and that it was not over or yet to come, for
 * an old question must not stand for a new one. ERR_SHAPE: not a key or a
 * signature's parameters; ERR_RANGE: of another time; ERR_CRYPTO: no.
 */
MUST_CHECK enum err open_signed(const struct opening *o, struct span spki,
    struct span authority, int64_t time_ms);
