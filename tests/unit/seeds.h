/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main of a simulation, whose one case runs seed after seed:
 *
 *   test_… [SEED [STEPS [SEEDS]]]
 *
 * SEED alone is one seed, the one that failed say; nothing is a few of them,
 * and with ECLUSE_LONG as many as `make check-long` takes.
 */
#pragma once
#include <stdint.h>

struct seeds {
	void (*run)(uint64_t seed, unsigned steps);
	unsigned steps, few, many;	/* what is usual; many: when long */
};

int seeds_main(int argc, char **argv, const struct seeds *s);
