/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a key may ask. Persons are counted, and asking again about one of
 * them is free (guard/guard.h); each time is an entry of the journal though,
 * so that whoever holds a key could fill the disk with one person, and stop
 * everybody.
 *
 * A key has a day's worth in hand and gets it back evenly over 24 hours, so
 * that no 24 hours hold more than twice that. Nothing of it is on the disk: a
 * keeper that starts again gives every key its whole day.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

#define PACE_FLOOR 1000		/* questions a day that every key has */
#define PACE_DAY_US INT64_C(86400000000)

struct pace;

struct pace *pace_new(void);	/* NULL: no memory */
void pace_free(struct pace *p);	/* NULL is fine */

/* A day's worth of a key that may read so many persons in 24 hours, each as
 * often as times. At most UINT32_MAX. */
uint32_t pace_day(uint32_t persons, uint32_t times);

/*
 * May this key (its place in the registry) ask once more? Counts it. day: its
 * day's worth, more than 0. now_ms: the boot clock, never before 0. ERR_FULL:
 * not now; ERR_NOMEM: nothing changed.
 */
MUST_CHECK enum err pace_take(
    struct pace *p, uint32_t key, uint32_t day, int64_t now_ms);
