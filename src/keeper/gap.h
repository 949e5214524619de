/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DIR/keeper/gap: how far the wall clock stood from the boot clock when it was
 * last believed, and the id of the boot this is about: a keeper that ends and
 * starts again believes a clock that jumped no more than the one before it. A
 * doubt outlives clocks that come home, and boots: two people end it. A file
 * that is there and cannot be read may have held one.
 *
 *	<id of the boot, as Linux gives it> <milliseconds>[ doubtful] LF
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

struct gap {
	int64_t ms;
	bool doubtful;
	bool stale;	/* of another boot: ms says nothing */
};

/* ERR_UNKNOWN: there is none; ERR_SHAPE, ERR_LIMIT: it is damaged; ERR_IO,
 * ERR_NOMEM: it was not read, and may be the next time. */
MUST_CHECK enum err gap_load(const char *dir, struct gap *ret);
MUST_CHECK enum err gap_save(const char *dir, int64_t ms, bool doubtful);
