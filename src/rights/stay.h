/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that bring no right: persons of whom a feed says only that they stay
 * as they are, or that they have no line any more.
 */
#pragma once
#include "rights/stage.h"

/*
 * Whoever the line's tags name keeps rights and tags, listed or not: his line
 * was left out, here or at the insurer, and nobody loses his cover by a slip
 * of the pen.
 */
MUST_CHECK enum err stay_line(struct stage *st, const struct feed_line *line);

/*
 * A line that is no right (line->kind). ERR_REFUSED: *ret_fault is a word of
 * docs/feed-rules.md and nothing was written; or it is untouched, and the
 * refusal the store's.
 */
MUST_CHECK enum err stay_bare(struct stage *st, const struct feed_line *line,
    const char **ret_fault);
