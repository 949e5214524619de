/* SPDX-License-Identifier: Apache-2.0 */
/* The insides of struct guard, for the files of this folder alone. */
#pragma once
#include "guard/guard.h"
#include "guard/shared.h"
#include "guard/sights.h"
#include "guard/subject.h"

#define STATE_TIME_MOST (INT64_C(1) << 53)

struct guard {
	struct guard_figures
	    figures[GUARD_PROFESSIONS][GUARD_PLANES][GUARD_LEVELS];
	enum guard_mode mode[GUARD_CONTROLS];
	uint32_t sites;			/* a card at more is no presence */
	int64_t now;			/* INT64_MIN: nothing seen yet */
	struct shelf shelf[GUARD_LEVELS];	/* [GUARD_NOBODY]: unused */
	struct shared shared;
	struct roll cards;
	struct roll_store store;	/* of sets that are cold */
	struct buf own;			/* where they lie after guard_load() */
	uint32_t sweep_level, sweep_id;	/* the next subject to settle */
};
