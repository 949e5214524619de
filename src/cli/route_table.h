/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table (table.h) of routes for `ecluse route bulk`, checked whole before
 * one byte is written:
 *
 *   amc         the mutuelle, 10 digits
 *   operator    who answers
 *   from        first day, YYYY-MM-DD
 *   convention csr url until   as on the card; may be empty or left out
 *
 * Every fault is told with line and column on standard error: what the keeper
 * would refuse later, line after line, is refused here (registry/routes.h).
 */
#pragma once
#include "registry/routes.h"

#define ROUTE_TABLE_LINE 1024	/* bytes of a line */

/* Appends the lines of the acts to *out. said: what the directory has already,
 * as far as that can be known; the table's lines are added to it. today: of the
 * instance, from which a first day may lie LIMIT_ROUTE_AHEAD_DAYS. ERR_SHAPE:
 * there were faults (said); else as reading files does (said). */
MUST_CHECK enum err route_table_read(const char *path, int32_t today,
    struct registry *said, struct buf *out, unsigned long long *ret_count);
