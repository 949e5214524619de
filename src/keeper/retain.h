/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retention in the vaults (rights/retain.h): the keeper goes from cell to cell
 * and from step to step, and knows which tag is that of a handle. Begun by an
 * act `purge ended=`; after a restart from the start again: vaults remember
 * which cells are done. While a vault has a feed, or is not there, it is asked
 * again once a second.
 */
#pragma once
#include "base/err.h"
#include "base/buf.h"

struct admin;
struct keeper;
struct retain;

MUST_CHECK enum err retain_new(struct retain **ret);
void retain_free(struct retain *r);	/* NULL is fine */

/* Once a second: begins what the registry says; asks again. */
void retain_settle(struct keeper *k);
/* MSG_RETAINED of that vault; of another than the asked one it is nothing.
 * ERR_SHAPE or another: it broke the protocol. */
MUST_CHECK enum err retain_said(
    struct keeper *k, uint8_t vault, uint64_t ref, struct span body);
/* MSG_ADMIN_RETAIN: what would go, a JSON object a cell; nothing goes. */
void retain_look(
    struct keeper *k, struct admin *a, uint64_t ref, struct span body);
void retain_admin_gone(struct keeper *k, const struct admin *a);
