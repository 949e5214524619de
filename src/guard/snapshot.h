/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All counts as bytes, and back. Big-endian:
 *	"ECLGRD02" | u64 now + 1 (0: nothing seen yet)
 *	keys, professionals, sites, newcomers: u32 count, each u32 id | its
 *	sets
 *	trades: u32 count, each u16 profession | u8 plane | alarms | set
 *	cells: u32 count, each u32 id | alarms | set
 *	alarms of the platform | set of cards | SHA-256 of all before
 * A set is u32 count, then from the oldest touch: key | u32 age in ms | extra;
 * alarms are two times u64 rose_at + 1 (0: never) | u8 fell. Ids rise, empty
 * ones are left out: the same state gives the same bytes. The loader checks
 * every order, range and inclusion besides the hash.
 */
#pragma once
#include "guard/state.h"

#define SNAPSHOT_MAGIC "ECLGRD02"

MUST_CHECK enum err snapshot_save(struct guard *g, struct buf *out);
MUST_CHECK enum err snapshot_load(struct guard *g, struct span in);
