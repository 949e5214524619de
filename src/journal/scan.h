/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a segment file in order, to find where what is whole ends. */
#pragma once
#include <sys/types.h>
#include "journal/record.h"

struct scan;	/* a window over one file */

/* fd stays the caller's. ERR_NOMEM. */
MUST_CHECK enum err scan_new(int fd, const struct crc *crc,
    struct record_shape shape, struct scan **ret);
void scan_free(struct scan *s);
void scan_forget(struct scan *s);	/* the file may have grown */

/* The record at offset, which must have this index; spans live until the
 * next call. ERR_CORRUPT: none, torn or altered; ERR_IO. */
MUST_CHECK enum err scan_record(
    struct scan *s, off_t offset, uint64_t index, struct record *ret);
/*
 * What stands behind the last whole record, from offset on; index is the one
 * that should have come. A batch is written only when the one before is on the
 * disk: a whole record of a batch that begins behind index proves that entry
 * index was durable and was damaged later, which is ERR_CORRUPT. Otherwise
 * *ret_dirty tells whether there is anything but zeros (a torn batch).
 */
MUST_CHECK enum err scan_rest(
    struct scan *s, off_t offset, uint64_t index, bool *ret_dirty);
