/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each card was shown in the last 24 hours. One token at more sites than
 * a person visits in a day is a copy going round: no longer a presence.
 *
 * A node keeps the latest SIGHTS_KEPT sites of a card: enough to say exactly
 * whether they are more than any limit below that.
 */
#pragma once
#include "guard/guard.h"
#include "guard/roll.h"

#define SIGHTS_KEPT (GUARD_SITES_MOST + 1)
#define SIGHTS_WORDS (1 + 2 * SIGHTS_KEPT)

void sights_init(struct roll *r);
/*
 * Distinct sites (SIGHTS_KEPT at most) of card q in the last 24 h, with site
 * among them whether seen or not; site 0: those seen alone.
 */
uint32_t sights_count(const struct roll *r, const uint32_t *q, uint32_t site);
/* The card is shown at site now; after roll_reserve(). */
void sights_add(struct roll *r, const uint32_t *q, uint32_t site);

/* Could these be the extra words of a node at r->at? For snapshots. */
bool sights_are_sound(const struct roll *r, const uint32_t *extra);
