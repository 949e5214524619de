/* SPDX-License-Identifier: Apache-2.0 */
/* What a vault is given by `ecluse init`: the key by which it signs what it
 * counted, and whom it believes (meter/trust.h). */
#pragma once
#include "base/buf.h"
#include "base/random.h"

/*
 * Keys for as many vaults as there may be, whatever vault.count says: it may be
 * set until the first start, and the registry's first entry knows them all.
 * dir/vault is there. Makes its folders and their key.pem, and appends the
 * vaults' lines to the first act.
 */
MUST_CHECK enum err init_vault_keys(
    const char *dir, const struct random *random, struct buf *act);
/* Each one's file of trust, from the whole first act. */
MUST_CHECK enum err init_vault_trusts(const char *dir, struct span act);
