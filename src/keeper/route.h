/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cell a question is for. The directory (registry/routes.h) says it by
 * AMC, convention, CSR and day of care; where it says nothing about an AMC,
 * its one cell. A wrong route is refused before anybody is looked up or
 * counted, with what the directory has for that day: the answer is the same
 * bytes for a person, a stranger and a decoy, and nobody has been read.
 */
#pragma once
#include "fhir/route.h"
#include "keeper/keeper.h"

/*
 * REFUSAL_COUNT: *ret is the cell, or NULL where the AMC is nobody's here;
 * else the refusal. Where the route does not tell operators apart, a card does
 * whose key one of them has.
 */
enum fhir_refusal route_find(const struct keeper *k,
    const struct fhir_question *q, const struct registry_insurer **ret);
bool route_is(enum fhir_refusal r);
/* The outcome of s, refused for its route, appended. */
void route_say(const struct keeper *k, const struct slot *s, struct buf *out);

/* MSG_ADMIN_ROUTES: what the directory says. */
void route_list(struct keeper *k, struct admin *a, uint64_t ref,
    struct span body);
