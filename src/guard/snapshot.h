/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All counts as bytes, and back, in one pass either way. Big-endian but for
 * rows, which are words as they lie in memory:
 *	"ECLGRD03" | the word 0x01020304 as it lies in memory
 *	u64 now + 1 (0: nothing seen yet)
 *	keys, professionals, sites, newcomers: sets of each, led by u32 id; 0
 *	ends the level
 *	trades: u16 profession | u8 plane | alarms | set; 0 ends them
 *	cells: u32 id | alarms | set; 0 ends them
 *	alarms of the platform | set of cards | "end."
 * A set is u32 count, then rows from the oldest touch (guard/roll.h); alarms
 * are two times u64 rose_at + 1 (0: never) | u8 fell. Ids rise, empty ones are
 * left out: the same state gives the same bytes.
 *
 * The loader checks whatever may be checked without looking elsewhere: every
 * range, every order. That keys of a set differ, and that one set is within
 * another, is the word of who wrote it: the bytes come authenticated.
 */
#pragma once
#include "guard/state.h"

#define SNAPSHOT_MAGIC "ECLGRD03"
#define SNAPSHOT_END "end."

MUST_CHECK enum err snapshot_save(struct guard *g, struct guard_sink to);
MUST_CHECK enum err snapshot_load(
    struct guard *g, struct guard_source from, uint64_t *ret_size);
/* No counts, as if nothing had been seen. */
void snapshot_clear(struct guard *g);
