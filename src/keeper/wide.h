/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared budgets grow with the size of what shares them: enrolled sites of a
 * profession, members of a cell. Members are what the last full feed said,
 * remembered in DIR/keeper/members ("<AMC> <count>" lines): these budgets only
 * slow down, so a stale count costs no promise.
 */
#pragma once
#include "keeper/keeper.h"

MUST_CHECK enum err wide_apply(struct keeper *k);
/* A full feed of a cell was committed. */
MUST_CHECK enum err wide_members(
    struct keeper *k, uint32_t cell, uint64_t members);
MUST_CHECK enum err wide_load(struct keeper *k);
