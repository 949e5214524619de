/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often one child may be started again: RESTART_MOST times within
 * RESTART_WINDOW_MS. Time is an argument.
 */
#pragma once
#include <stdint.h>

#define RESTART_MOST 5
#define RESTART_WINDOW_MS 60000

struct restart {
	int64_t at_ms[RESTART_MOST];	/* the last ones, a ring; 0: never */
	unsigned oldest;
};

/* 0: it may start now, and that is noted. Otherwise so many ms must go by. */
int64_t restart_wait_ms(struct restart *r, int64_t now_ms);
