/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segment files whose first records are bare: purged, that is without their
 * side (its length in the head is 0). Bare records stand at the front alone, in
 * front of whole ones, and a log is purged from its beginning on, so that one
 * number tells where each record of a file is. It stands nowhere: it is found
 * again from the file, by halving.
 */
#pragma once
#include <sys/types.h>
#include "journal/record.h"

/* How many records of the file whose first is first are bare; 0 where sizes
 * vary. ERR_IO. */
MUST_CHECK enum err bare_count(
    int fd, uint64_t first, struct record_shape shape, uint64_t *ret);
/* Where the nth record of a file begins, bare of them being so. */
off_t bare_offset(struct record_shape shape, uint64_t bare, uint64_t nth);
