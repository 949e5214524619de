/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run: questions are made, sent to the server beside if there is one, then
 * to the lock; each phase says what it measured. Questions are signed just
 * before the phase begins, so that signing does not take the cores from the
 * server, or, live, one by one while asking.
 */
#pragma once
#include "rights/load.h"
#include "rights/usage.h"

struct round_options {
	const char *pop, *pin, *url, *figures, *beside, *day;
	uint64_t connections, questions, seconds, warmup, skip, verify, seed;
	uint64_t bundle;	/* lines; 1: none */
	uint64_t pace;		/* a second; 0: as answers come */
	uint64_t doors;		/* new connections, before all; 0: none */
	const char *certificate, *certificate_key;
	bool plain, live, json;
};

/* What became of the questions of one phase. */
struct round_tally {
	size_t refused, unsigned_answers, checked, failed, covered;
	size_t head_bytes, body_bytes;	/* of all answers */
};

struct round {
	struct round_options o;
	struct pin pin;
	struct crowd crowd;
	struct post_about about;
	struct usage usage;
	struct usage_times before;
	struct post *posts;
	size_t first;		/* question of posts[0] */
	size_t count;		/* of posts */
	bool at_home;		/* the lock, not the server beside */
	double make_us;		/* of one question */
	struct round_tally tally;
};

/* Which machine, which crowd, what its disk does. */
void round_say_machine(const struct round *b);
/* false: a question was not answered as it should be. */
bool round_run(struct round *b);
