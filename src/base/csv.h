/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a CSV file (RFC 4180, but one line a record): fields parted by
 * a separator; a field may stand in double quotes, inside which "" means ".
 */
#pragma once
#include "base/buf.h"

/*
 * Splits line[0..n), writing over it where quotes are taken away. At most max
 * fields: ERR_LIMIT beyond. ERR_SHAPE: a quote inside a bare field, or bytes
 * behind a closing quote, or no closing quote. An empty line is one empty
 * field.
 */
MUST_CHECK enum err csv_split(char *line, size_t n, char separator,
    struct span *fields, size_t max, size_t *ret_count);
