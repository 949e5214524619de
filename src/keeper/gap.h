/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DIR/keeper/gap: how far the wall clock stood from the boot clock when it was
 * last believed, and the id of the boot this is about: a keeper that ends and
 * starts again believes a clock that jumped no more than the one before it.
 *
 *	<id of the boot, as Linux gives it> <milliseconds> LF
 */
#pragma once
#include <stdint.h>
#include "base/err.h"

/* ERR_UNKNOWN: there is none of this boot; ERR_IO: cannot be read. */
MUST_CHECK enum err gap_load(const char *dir, int64_t *ret_ms);
MUST_CHECK enum err gap_save(const char *dir, int64_t ms);
