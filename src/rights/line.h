/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a line of a feed sound by itself? The keeper's side has checked the
 * insurer's file already; the vault does not rely on it.
 */
#pragma once
#include "msg/feed.h"

#define LINE_DAY_FIRST (-25567)		/* 1900-01-01 */
#define LINE_DAY_LAST 2932896		/* 9999-12-31 */
#define LINE_MONTH_FIRST (1900 * 12)
#define LINE_MONTH_LAST (9999 * 12 + 11)

/* NULL, or what is wrong: a word of docs/feed-rules.md. */
const char *line_fault(const struct feed_line *line);
/* The word for an error of feed_line_unpack that is the line's own fault;
 * NULL if it is the sender's (docs/feed-rules.md). */
const char *line_unpack_fault(enum err e);
