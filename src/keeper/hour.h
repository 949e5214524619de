/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's time: never behind its last entry or act, doubtful when the wall
 * clock moves away from the boot clock, settable in a drill alone.
 */
#pragma once
#include <stdbool.h>
#include "base/clock.h"

/* A wall clock that strays so far from the boot clock is not believed. */
#define HOUR_STRAY_MS 60000

struct hour {
	struct clock clock;
	int64_t offset_ms;	/* drill: added to the wall clock */
	int64_t gap_ms;		/* wall minus boot when last confirmed */
	int64_t floor_ms;	/* of the last entry, written or decided, and of
				 * the last act */
	int64_t held_ms;	/* by so much the floor was ahead when asked */
	bool doubtful;		/* card only until two people confirm */
};

void hour_init(struct hour *h, struct clock clock, int64_t offset_ms);
/* The gap that was confirmed last, by a keeper that ran since the same boot;
 * doubtful: nobody confirmed what that one doubted. */
void hour_resume(struct hour *h, int64_t gap_ms, bool doubtful);
/*
 * The present time; looks for a jump each time it is asked. While the clock is
 * doubtful time goes on by the boot clock, as if it had not jumped.
 */
int64_t hour_now(struct hour *h);
/* Entries carry this time at least. */
void hour_floor(struct hour *h, int64_t ms);
/* Does time stand still at the last entry or act, for longer than a clock may
 * stray? A clock was wrong in the future when that was written. As of
 * hour_now(). */
bool hour_stands(const struct hour *h);
/* Two people say that the present wall clock is right. */
void hour_confirm(struct hour *h);
/* Drill: the present becomes now_ms; returns the new offset. */
int64_t hour_set(struct hour *h, int64_t now_ms);
