/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields inside messages: bytes behind their length, never longer than the
 * limit of their kind; numbers inside their range. Both sides check, so that
 * a sender's bug shows at the sender.
 */
#pragma once
#include "base/buf.h"

/* A 16-bit (32-bit) length and the bytes; longer than most: ERR_LIMIT. */
void field_put(struct buf *out, struct span s, size_t most);
void field_put_long(struct buf *out, struct span s, size_t most);

/*
 * The same, read. A longer one sets *e to ERR_LIMIT unless an error stands
 * there already; what the reader lacks shows in reader_done().
 */
struct span field_get(struct reader *r, size_t most, enum err *e);
struct span field_get_long(struct reader *r, size_t most, enum err *e);

/* The same as field_get of printable ASCII; anything else is ERR_SHAPE. */
struct span field_get_text(struct reader *r, size_t most, enum err *e);

/* v, and ERR_RANGE in *e (if none stands there) outside least..most. */
uint8_t field_range(uint8_t v, uint8_t least, uint8_t most, enum err *e);

/* What an unpack function returns: the shape first, then e. */
MUST_CHECK enum err field_end(const struct reader *r, enum err e);
