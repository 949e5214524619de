/* SPDX-License-Identifier: Apache-2.0 */
/* An auditor's own look at the professional's signature in an opening. */
#pragma once
#include "journal/opening.h"

/*
 * Did the asker that o names sign this question? spki is the public key as the
 * release gives it: its SHA-256 must be o->key_id; authority is the name that
 * the plane had then. ERR_SHAPE: not a key or a signature's parameters;
 * ERR_CRYPTO: no.
 */
MUST_CHECK enum err open_signed(
    const struct opening *o, struct span spki, struct span authority);
