/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the store that fail, as failing.h has it for those of the kernel: a
 * test linked with failing_store_dep has every call of other folders into
 * store/ go through failing_store.c. A commit that fails has rolled back.
 */
#pragma once
#include <stdbool.h>
#include "base/err.h"

enum failing_store_kind {
	FAILING_STORE_BEGIN,	/* of a transaction that writes */
	FAILING_STORE_READ,	/* of one that reads */
	FAILING_STORE_COMMIT,
	FAILING_STORE_STEP,
	FAILING_STORE_RUN,
	FAILING_STORE_SETTLE
};

/* The call of that kind with number nth (from 0), and so many in a row with
 * it, fail with this error. */
void failing_store_set(enum failing_store_kind kind, unsigned nth,
    unsigned row, enum err error);
/* No call fails any more. Did one? */
bool failing_store_end(void);
/* Calls of that kind since they were set. */
unsigned failing_store_calls(void);
