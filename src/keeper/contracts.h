/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contracts on their way from mutuelles to vaults, one signed file each (feed/
 * contract_file.h), over the administrators' socket or the staff plane. The
 * keeper checks who signed, and that the file is neither over nor of a time to
 * come; the vault reads the text, compares versions and keeps it.
 */
#pragma once
#include "keeper/keeper.h"
#include "msg/contracts.h"

/* of: the only cell that it may be, whose key signed the request; NULL: the
 * one whose key signed the file. */
void contracts_take(struct keeper *k, const struct feed_carrier *by,
    const struct registry_insurer *of, struct span file);
void contracts_said(struct keeper *k, uint8_t vault, uint64_t ref,
    const struct contracts_said *said);
/* Once a second, and when a vault ended: who waited too long hears so. */
void contracts_look(struct keeper *k);
void contracts_admin_gone(struct keeper *k, const struct admin *a);
