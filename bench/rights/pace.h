/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When independent askers ask: a Poisson process of so many questions a
 * second on average, the same for the same seed. They do not wait for one
 * another's answers, as those who each have a connection and ask again when
 * they are answered do.
 */
#pragma once
#include "base/random.h"

struct pace {
	struct random_seeded chance;
	double mean_us;		/* between two; 0: as fast as answers come */
	double due_us;		/* of the next question, since the start */
};

void pace_start(struct pace *p, double per_second, uint64_t seed);
void pace_advance(struct pace *p);	/* that one was asked */
