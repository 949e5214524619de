/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line into an open feed.
 *
 * Its tags say whom it is about: nobody known yet (a new number is drawn), one
 * person, or two, which is an error of the insurer's file; a person whose
 * rights are all over and whom this feed has not listed gives way, so that a
 * person filed twice can be joined. Then the right: (contract, order, first
 * day) names it inside its person; the rest is what may have changed.
 */
#pragma once
#include "rights/stage.h"

/*
 * ERR_REFUSED: *ret_fault is a word of docs/feed-rules.md, and the line changed
 * nothing. After any other error (the store's) the feed must be undone.
 */
MUST_CHECK enum err merge_line(struct stage *st,
    const struct feed_line *line, const char **ret_fault);
