/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle on its way through the keeper: one slot for who asks (the head) and
 * one for each line. Lines are checked, looked up and answered like questions
 * of their own, but for two things: all are looked up before the first is
 * counted, so that they are counted in their order and the budget ends at the
 * same line whatever the vaults' order; and they leave together.
 *
 *   head: BUNDLE -> (WAITING) -> BUNDLE -> FREE
 *   line: HELD -> RESOLVING -> HELD -> DECIDED -> DOING -> DONE -> FREE
 *
 * A line that was refused before the count waits for it, HELD, so that its
 * entry stands in its place.
 */
#pragma once
#include "keeper/slot.h"

struct keeper;

/* body: the FHIR bytes of head's bundle. */
void batch_start(struct keeper *k, struct slot *head, struct span body);
/* The keeper ends: what is on its way is forgotten. */
void batch_close(struct keeper *k);
/* A slowed bundle's time has come. */
void batch_go_on(struct keeper *k, struct slot *head);

/* Is s a line whose count has not come? Then its refusal waits: true. */
bool batch_holds(struct keeper *k, struct slot *s, uint8_t decision);
/* A line has room; it wants to be slowed so long. */
void batch_admitted(struct slot *s, uint32_t wait_ms);
/* The vault named line s's person; false: s is to be counted now. */
bool batch_found(struct keeper *k, struct slot *s, uint64_t number);
/* Line s is over: with the vault's answer, or (NULL) refused. */
void batch_done(
    struct keeper *k, struct slot *s, const struct rights_done *done);
