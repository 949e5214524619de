/* SPDX-License-Identifier: Apache-2.0 */
/* Time is injected: whoever needs it takes a struct clock. */
#pragma once
#include <stdint.h>

struct clock {
	int64_t (*wall_ms)(void *ctx);	/* since 1970, UTC */
	int64_t (*boot_ms)(void *ctx);	/* monotonic, counts suspend too */
	void *ctx;
};

/* The machine's clocks: CLOCK_REALTIME and CLOCK_BOOTTIME. */
struct clock clock_system(void);
int64_t clock_wall_ms(const struct clock *c);
int64_t clock_boot_ms(const struct clock *c);
