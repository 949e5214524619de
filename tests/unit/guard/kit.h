/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the guard share: a small world to ask in. */
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "guard/guard.h"

#define KIT_START INT64_C(1760000000000)
#define KIT_HOUR INT64_C(3600000)
#define KIT_OPTICIAN 1
#define KIT_FLOW 1

/* A question of site 1's old key about person n, by its way-th alias. */
static inline struct guard_ask kit_ask(uint64_t n, unsigned way)
{
	struct guard_ask a = {.key = 1, .professional = 1, .site = 1,
	    .profession = KIT_OPTICIAN, .plane = KIT_FLOW, .cell = 1,
	    .key_since_ms = KIT_START - 100 * GUARD_DAY_MS};

	memcpy(a.q, &n, sizeof(n));
	a.q[8] = (uint8_t)way;
	return a;
}

static inline struct guard *kit_guard(struct guard_figures f)
{
	struct guard *g = guard_new();

	assert_non_null(g);
	assert_int_equal(guard_set_figures(g, KIT_OPTICIAN, 0, GUARD_NOBODY,
	    &f), ERR_OK);
	return g;
}

/* Room as all that the asker learns, and the reason. */
static inline struct guard_verdict kit_room(
    struct guard *g, struct guard_ask a, int64_t now)
{
	struct guard_verdict v;

	guard_room(g, &a, now, &v);
	return v;
}

static inline struct guard_verdict kit_count(
    struct guard *g, struct guard_ask a, uint64_t number, int64_t now)
{
	struct guard_verdict v;

	assert_int_equal(guard_count(g, &a, number, now, &v), ERR_OK);
	return v;
}

/* Room, then the count, as the keeper does: was it answered? */
static inline bool kit_answered(
    struct guard *g, struct guard_ask a, uint64_t number, int64_t now)
{
	if (kit_room(g, a, now).told.decision != GUARD_GO)
		return false;
	return kit_count(g, a, number, now).told.decision == GUARD_GO;
}

static inline uint32_t kit_used(struct guard *g, struct guard_ask a,
    enum guard_level level, enum guard_kind kind, int64_t now)
{
	struct guard_line line;

	guard_look(g, &a, level, now, &line);
	return line.used[kind];
}
