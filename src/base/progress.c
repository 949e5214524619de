/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/progress.h"

#define BAR 20
#define EVERY_MS 100
#define WIPE "\r\033[K"

void progress_start(struct progress *p, const char *what, const char *unit,
    uint64_t total, const struct clock *clock)
{
	*p = (struct progress){
	    .what = what, .unit = unit, .total = total, .clock = clock,
	    .start_ms = clock_boot_ms(clock),
	    .on = isatty(STDERR_FILENO) == 1,
	};
	p->shown_ms = p->start_ms;
}

static void show(const struct progress *p, uint64_t done, int64_t spent_ms)
{
	char bar[BAR + 1] = "";
	uint64_t rate = done * 1000 / (uint64_t)(spent_ms > 0 ? spent_ms : 1);
	uint64_t left;
	size_t full;

	if (p->total == 0) {
		fprintf(stderr, WIPE "%-8s %" PRIu64 "  %" PRIu64 " %s/s",
		    p->what, done, rate, p->unit);
		return;
	}
	if (done > p->total)
		done = p->total;
	full = (size_t)(done * BAR / p->total);
	memset(bar, '.', BAR);
	memset(bar, '#', full);
	left = (p->total - done) / (rate > 0 ? rate : 1);
	fprintf(stderr,
	    WIPE "%-8s [%s] %3" PRIu64 " %%  %" PRIu64 " %s/s  %" PRIu64
	    " s left",
	    p->what, bar, done * 100 / p->total, rate, p->unit, left);
}

void progress_step(struct progress *p, uint64_t done)
{
	int64_t now;

	if (!p->on)
		return;
	now = clock_boot_ms(p->clock);
	if (now - p->shown_ms < EVERY_MS)
		return;
	p->shown_ms = now;
	show(p, done, now - p->start_ms);
	(void)fflush(stderr);
}

void progress_end(struct progress *p)
{
	if (p->on && p->shown_ms != p->start_ms) {
		(void)fputs(WIPE, stderr);
		(void)fflush(stderr);
	}
	p->on = false;
}
