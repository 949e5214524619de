/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include "rights/pace.h"

#define STEPS (UINT64_C(1) << 53)	/* that a double can tell apart */

void pace_start(struct pace *p, double per_second, uint64_t seed)
{
	(void)random_from_seed(&p->chance, seed);
	p->mean_us = per_second > 0 ? 1e6 / per_second : 0;
	p->due_us = 0;
	pace_advance(p);
}

void pace_advance(struct pace *p)
{
	uint64_t n = random_seeded_below(&p->chance, STEPS) + 1;

	p->due_us -= p->mean_us * log((double)n / (double)STEPS);
}
