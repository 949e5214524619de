/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rights an open feed has listed: one bit for each id that the cell ever
 * gave, 125 kB a million. Lost with the process, as the feed is.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

#define SEEN_MOST (INT64_C(1) << 30)	/* ids of one cell; 128 MB */

struct seen {
	uint8_t *bits;
	size_t size;
};

void seen_init(struct seen *s);		/* no allocation */
void seen_release(struct seen *s);
/* ERR_NOMEM; ERR_LIMIT: an id below 1 or above SEEN_MOST. */
MUST_CHECK enum err seen_add(struct seen *s, int64_t id);
bool seen_has(const struct seen *s, int64_t id);
