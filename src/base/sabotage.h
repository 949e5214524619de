/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One check of the product, left out on purpose: `meson configure
 * -Dsabotage=N`. An attack of tests/attack must then succeed, and say so;
 * otherwise it proves nothing (tests/attack/README.md has, by number, what is
 * left out and which attack tells; attack/test_sabotage.py tries each).
 *
 *     if (!SABOTAGED(REPLAY) && seen)
 *             return ERR_EXISTS;
 *
 * N is 0 unless somebody asks for another: SABOTAGED() is then a constant
 * false, and a program holds nothing of this. With another, programs shout at
 * their start and run no instance but a drill (conf/conf.h).
 */
#pragma once

#include "base/sabotage_number.h"	/* SABOTAGE: meson writes it */

/* A number is never given again. */
enum sabotage {
	SABOTAGE_SIGNATURE = 1,
	SABOTAGE_DIGEST = 2,
	SABOTAGE_REPLAY = 3,
	SABOTAGE_TIMES = 4,
	SABOTAGE_AUTHORITY = 5,
	SABOTAGE_REVOKED = 6,
	SABOTAGE_OWN = 7,
	SABOTAGE_SEAL_OWNER = 8,
	SABOTAGE_PROFILE = 9,
	SABOTAGE_PATH = 10,
	SABOTAGE_NONCES = 11,
	SABOTAGE_BUDGET = 12,
	SABOTAGE_UNNAMED = 13,
	SABOTAGE_FOLD = 14,
	SABOTAGE_CLOCK = 15,
	SABOTAGE_MIDNIGHT = 16,
	SABOTAGE_CARD = 17,
	SABOTAGE_CARD_SITES = 18,
	SABOTAGE_NEWCOMERS = 19,
	SABOTAGE_ROUTE = 20,
	SABOTAGE_DECOY = 21,
	SABOTAGE_PADDING = 22,
	SABOTAGE_SWITCH = 23,
	SABOTAGE_SUMS = 24,
	SABOTAGE_TWO_SIGNATURES = 25,
	SABOTAGE_OLD_REGISTRY = 26,
	SABOTAGE_OLD_VAULT = 27,
	SABOTAGE_FLUSH = 28,
	SABOTAGE_GATE_PLANE = 29,
	SABOTAGE_DESCRIPTOR = 30,
	SABOTAGE_WHOSE_ANSWER = 31,
	SABOTAGE_CEILING = 32,
	SABOTAGE_COUNTS = 33,
	SABOTAGE_FEED_SIGNATURE = 34,
	SABOTAGE_FEED_REPLAY = 35,
	SABOTAGE_ANSWER_SIGNATURE = 36,
	SABOTAGE_INDEX_KEY = 37,
	SABOTAGE_QUIET = 38,
	SABOTAGE_FILES = 39,
	SABOTAGE_CALLS = 40,
	SABOTAGE_OWN_SETTINGS = 45,
	SABOTAGE_PROFESSIONAL = 51,
	SABOTAGE_SITE = 52,
	SABOTAGE_VAULT_TRUST = 53,
	SABOTAGE_MISS_WAY = 54,
	SABOTAGE_MISSES = 55,
	SABOTAGE_MONTH = 56,
	SABOTAGE_RAMP = 57,
	SABOTAGE_NOT_DISCLOSED = 58,
	SABOTAGE_IN_DOUBT = 59,
	SABOTAGE_PACE = 60,
	SABOTAGE_NARROWED = 61,
	SABOTAGE_SPENT = 62,
	SABOTAGE_LINE = 63,
};

#define SABOTAGED(check) ((unsigned)SABOTAGE_##check == SABOTAGE)

/* What such a program says at its start, with SABOTAGE. */
#define SABOTAGE_WORDS "ALARM: BUILT WITH A CHECK LEFT OUT (sabotage %u): " \
	"for tests alone"
