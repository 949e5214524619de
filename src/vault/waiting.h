/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contracts that wait for the store: it reads for questions when they come, and
 * may be inside a feed's transaction. First come, first taken.
 */
#pragma once
#include "base/buf.h"

#define WAITING_MOST 16

struct waiting {
	unsigned count;
	struct {
		uint64_t ref;
		struct buf body;
	} list[WAITING_MOST];
};

/* Keeps a copy of body. ERR_FULL; ERR_NOMEM. */
MUST_CHECK enum err waiting_put(
    struct waiting *w, uint64_t ref, struct span body);
/* false: none waits. *ret_body is the caller's to release. */
bool waiting_take(
    struct waiting *w, uint64_t *ret_ref, struct buf *ret_body);
void waiting_release(struct waiting *w);
