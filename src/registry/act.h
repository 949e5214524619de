/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of an administrators' act, which is the text of a signed note
 * (journal/note.h): readable, and the bytes that were signed are the bytes
 * that are kept.
 *
 *     ecluse act v1
 *     origin drill.ecluse.example/journal
 *     time 2026-11-22T10:02:00.000Z
 *     nonce 3q2-7w...                     (22 characters, base64url)
 *     site id=0A0000017 profession=optician
 *     key spki=MCow... site=0A0000017 rpps=99700000017,99700000025
 *
 * After the four head lines, one line a fact: a word, then name=value pairs
 * parted by single spaces. Values have no space, no control character; what
 * needs them is percent-encoded by its writer. Each line ends with LF.
 */
#pragma once
#include "base/buf.h"

#define ACT_PAIRS 24	/* name=value pairs of one line */

struct act_head {
	struct span origin;
	int64_t time_ms;
	struct span nonce;
};

struct act_line {
	struct span word;
	uint32_t number;	/* of the line behind the head, from 1 */
	uint8_t count;
	struct span names[ACT_PAIRS], values[ACT_PAIRS];
};

/* Reads the head; *rest becomes the lines behind it. ERR_SHAPE. */
MUST_CHECK enum err act_head(
    struct span text, struct act_head *ret, struct span *rest);
/* Takes the next line off *rest; *line is {0} at first, then the line before:
 * numbers go on. ERR_CLOSED at the end, ERR_SHAPE: both then stay as they
 * were. A name twice in one line is ERR_SHAPE. */
MUST_CHECK enum err act_next(struct span *rest, struct act_line *line);
/* The value of a name, or an empty span. */
struct span act_value(const struct act_line *line, const char *name);
/* ERR_SHAPE when the line has a name that is not in allowed (space-parted
 * words). */
MUST_CHECK enum err act_only(const struct act_line *line, const char *allowed);

/* Writing: the head, then lines by buf_printf. */
void act_write_head(struct buf *out, struct span origin, int64_t time_ms,
    const uint8_t nonce[static 16]);
