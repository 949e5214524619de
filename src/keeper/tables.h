/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that price estimates, read again while the instance runs: each
 * vault reads data/rules by itself, between two questions, and says how many
 * rows there are or which one is wrong. One at a time; a vault that is not
 * there reads them when it starts.
 */
#pragma once
#include "base/buf.h"

struct admin;
struct keeper;
struct vaults_vault;

/* MSG_ADMIN_RULES: a JSON object a vault, then the first fault, or none. */
void tables_reload(struct keeper *k, struct admin *a, uint64_t ref);
/* MSG_RULES_SAID. ERR_SHAPE: it broke the protocol. */
MUST_CHECK enum err tables_said(struct keeper *k,
    const struct vaults_vault *v, uint64_t ref, struct span body);
void tables_vault_gone(struct keeper *k, const struct vaults_vault *v);
/* Once a second: gives up a vault that says nothing. */
void tables_look(struct keeper *k);
void tables_admin_gone(struct keeper *k, const struct admin *a);
