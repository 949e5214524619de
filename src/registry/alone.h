/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was enrolled in the last 24 hours, inside registry/ alone: by one
 * signature, and by any. Four keys to an act is no limit if acts are not counted (design §3).
 * Time is the keeper's, at which it took them, and never goes back: whatever
 * dates acts bear, a day is a day. It stands beside each act in the log, so that
 * a replay counts alike; of logs from before, the act's own.
 */
#pragma once
#include "registry/registry.h"

/* Would so many more be over REGISTRY_ALONE_DAY? */
bool alone_is_bulk(const struct registry *r, unsigned keys, unsigned sites,
    int64_t time_ms);
/* Would so many new keys be more than the cap in 24 hours, however many
 * signed? */
bool alone_is_capped(
    const struct registry *r, unsigned new_keys, int64_t time_ms);
/* They were enrolled; none of either is nothing to remember. */
void alone_note(
    struct registry *r, unsigned keys, unsigned sites, int64_t time_ms);
