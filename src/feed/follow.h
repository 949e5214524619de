/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiver's view of a feed: are these chunks, in this order, one whole
 * feed? Numbers from 0 without a gap, one header for all, and at the end as
 * many lines as said and a plaintext whose SHA-256 is the feed's id.
 */
#pragma once
#include "feed/chunk.h"

struct feed_follow;

MUST_CHECK struct feed_follow *feed_follow_new(void);	/* NULL: no memory */
void feed_follow_free(struct feed_follow *f);

/*
 * Takes the next chunk: its verified head, its plaintext and how many lines
 * are in it. ERR_STATE: not the next chunk of this feed, or behind the last
 * one; ERR_CORRUPT: it is the last one and lines or id are not as said. After
 * an error f takes nothing more.
 */
MUST_CHECK enum err feed_follow_chunk(struct feed_follow *f,
    const struct feed_chunk_head *head, struct span plain, uint64_t lines);
/* The last chunk came and all is as said: only then may a feed be committed. */
bool feed_follow_whole(const struct feed_follow *f);
uint64_t feed_follow_lines(const struct feed_follow *f);	/* so far */
