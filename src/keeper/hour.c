/* SPDX-License-Identifier: Apache-2.0 */
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

int64_t hour_now(struct hour *h)
{
	int64_t stray = gap(h) - h->gap_ms;
	int64_t now = clock_wall_ms(&h->clock) + h->offset_ms;

	if (stray > HOUR_STRAY_MS || stray < -HOUR_STRAY_MS)
		h->doubtful = true;
	return now > h->floor_ms ? now : h->floor_ms;
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
	h->offset_ms = now_ms - clock_wall_ms(&h->clock);
	return h->offset_ms;
}
