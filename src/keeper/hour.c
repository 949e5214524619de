/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sabotage.h"
#include "keeper/hour.h"

static int64_t gap(const struct hour *h)
{
	return clock_wall_ms(&h->clock) - clock_boot_ms(&h->clock);
}

void hour_init(struct hour *h, struct clock clock, int64_t offset_ms)
{
	*h = (struct hour){.clock = clock, .offset_ms = offset_ms};
	h->gap_ms = gap(h);
}

void hour_resume(struct hour *h, int64_t gap_ms, bool doubtful)
{
	h->gap_ms = gap_ms;
	h->doubtful = doubtful;
}

static bool is_stray(const struct hour *h)
{
	int64_t stray = gap(h) - h->gap_ms;

	return !SABOTAGED(CLOCK) &&
	    (stray > HOUR_STRAY_MS || stray < -HOUR_STRAY_MS);
}

/* What the wall clock says, or would say had it not jumped: entries with the
 * time of a wrong clock would end everybody's windows, and time never goes
 * back behind them. */
static int64_t believed(struct hour *h)
{
	h->doubtful = h->doubtful || is_stray(h);
	return h->doubtful ? clock_boot_ms(&h->clock) + h->gap_ms :
	    clock_wall_ms(&h->clock);
}

int64_t hour_now(struct hour *h)
{
	int64_t now = believed(h) + h->offset_ms;

	h->held_ms = h->floor_ms > now ? h->floor_ms - now : 0;
	return now + h->held_ms;
}

bool hour_stands(const struct hour *h)
{
	return h->held_ms > HOUR_STRAY_MS;
}

void hour_floor(struct hour *h, int64_t ms)
{
	if (ms > h->floor_ms)
		h->floor_ms = ms;
}

void hour_confirm(struct hour *h)
{
	h->gap_ms = gap(h);
	h->doubtful = false;
}

int64_t hour_set(struct hour *h, int64_t now_ms)
{
	h->offset_ms = now_ms - believed(h);
	return h->offset_ms;
}
