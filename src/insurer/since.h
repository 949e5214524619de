/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ecluse-insurer feed --since`: yesterday's book beside today's. Persons whose
 * lines differ are listed with all today's lines; who is not there any more
 * gets a row *gone*. A person with a faulty line in either book differs.
 */
#pragma once
#include "insurer/differ.h"
#include "insurer/handle.h"
#include "insurer/namesake.h"
#include "insurer/source.h"

struct since {
	const char *path;	/* yesterday's book; NULL: no such feed */
	struct differ *differ;
	struct differ_counts counts;
	uint64_t old_faulty;	/* lines of yesterday's book */
	bool settled;		/* the two are compared */
};

void since_release(struct since *s);
/* Reads yesterday's book. ERR_UNKNOWN; ERR_SHAPE: its head is wrong. */
MUST_CHECK enum err since_begin(struct since *s,
    const struct member_rules *rules, const struct handle_key *handles);
/* A line of today's book; faulty: its reference alone is known. room is the
 * caller's, for the packed line. */
MUST_CHECK enum err since_line(struct since *s, uint32_t number,
    const struct member *m, bool faulty, const struct handle_key *handles,
    struct buf *room);
MUST_CHECK enum err since_settle(struct since *s);
/* Is the line to be in the feed? true while nothing is settled. */
bool since_wants(const struct since *s, uint32_t number);
/* Rows *gone*, by number of yesterday's line, in its order. */
MUST_CHECK enum err since_gone(struct since *s,
    const struct member_rules *rules, const struct handle_key *handles,
    enum err (*put)(void *ctx, struct span packed), void *ctx);
