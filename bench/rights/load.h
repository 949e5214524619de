/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends questions over kept connections, one in flight on each, and measures
 * how long each took: the next as soon as the answer is there, or, at a pace,
 * when it is due. Then its time begins when it was due: that no connection was
 * free is part of what its asker waited for.
 */
#pragma once
#include "lib/spread.h"
#include "rights/post.h"
#include "rights/tls.h"

struct load {
	const struct tls_door *door;
	unsigned connections;
	double seconds;		/* nothing new after; 0: until the end */
	size_t questions;
	double per_second;	/* the pace; 0: as answers come */
	uint64_t seed;		/* of the pace */
	/* The nth question; made just now, or before. */
	const struct post *(*next)(void *ctx, size_t nth);
	/* Every answer, whole; false: not what it should be. */
	bool (*judge)(void *ctx, size_t nth, const struct reply *r);
	void (*begin)(void *ctx);	/* connections stand: it starts */
	void *ctx;
};

struct load_result {
	size_t answered, wrong;		/* wrong: of those answered */
	size_t lost;			/* connections closed on a question */
	double seconds;
	struct spread us;	/* first byte out, or due, to last in */
};

void load_run(const struct load *l, struct load_result *ret);
