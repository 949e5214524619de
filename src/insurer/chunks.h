/* SPDX-License-Identifier: Apache-2.0 */
/* A made feed, read chunk by chunk from its file. */
#pragma once
#include <stdio.h>
#include "feed/chunk.h"

struct chunks {
	FILE *f;
	uint64_t size, done;	/* bytes of the file; behind the chunk read */
	uint32_t number;	/* of the next one */
	struct feed_chunk_head head;	/* of the chunk read */
	struct buf chunk;
};

/* ERR_UNKNOWN: no such file; ERR_IO; ERR_NOMEM. */
MUST_CHECK enum err chunks_open(struct chunks *c, const char *path);
void chunks_close(struct chunks *c);
/* The chunk of that number. ERR_CLOSED: the file ends before; ERR_SHAPE: not
 * a feed. */
MUST_CHECK enum err chunks_read(struct chunks *c, uint32_t number);
