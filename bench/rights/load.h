/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends questions over kept connections, one in flight on each, the next as
 * soon as the answer is there, and measures how long each took.
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
	struct spread us;	/* first byte out to last in */
};

void load_run(const struct load *l, struct load_result *ret);
