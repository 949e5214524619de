/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bar on the terminal for long work: share done, rate, time left. Nothing
 * is written when standard error is not a terminal.
 *
 *     sealing [#########...........]  45 %  120000 lines/s  3 s left
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/clock.h"

struct progress {
	const char *what, *unit;
	uint64_t total;
	int64_t start_ms, shown_ms;
	const struct clock *clock;
	bool on;
};

/* what and unit are shown; clock outlives p; total 0 counts without a bar. */
void progress_start(struct progress *p, const char *what, const char *unit,
    uint64_t total, const struct clock *clock);
void progress_step(struct progress *p, uint64_t done);	/* 10 times a second */
void progress_end(struct progress *p);	/* wipes the line */
