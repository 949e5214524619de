/* SPDX-License-Identifier: Apache-2.0 */
/* What a vault is given by `ecluse init`: the key by which it signs what it
 * counted, and whom it believes (meter/trust.h). */
#pragma once
#include "base/buf.h"
#include "base/random.h"

/* Makes folder/key.pem and appends the vault's line to the first act. */
MUST_CHECK enum err init_vault_key(const char *folder, uint32_t number,
    const struct random *random, struct buf *act);
/* folder/trust, from the whole first act. */
MUST_CHECK enum err init_vault_trust(const char *folder, struct span act);
