/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of routes for `ecluse route bulk`, checked whole before one byte is
 * written. UTF-8, fields parted by ";" (RFC 4180 quotes), the first line names
 * the columns, in any order:
 *
 *   amc         the mutuelle, 10 digits
 *   operator    who answers
 *   from        first day, YYYY-MM-DD
 *   convention csr url until   as on the card; may be empty or left out
 *
 * Every fault is told with line and column on standard error.
 */
#pragma once
#include "base/buf.h"

#define ROUTE_TABLE_LINE 1024	/* bytes of a line */
#define ROUTE_TABLE_TOLD 200	/* faults told; the rest are counted */

/* Appends the lines of the acts to *out. ERR_SHAPE: there were faults (said);
 * else as reading files does (said). */
MUST_CHECK enum err route_table_read(
    const char *path, struct buf *out, unsigned long long *ret_count);
