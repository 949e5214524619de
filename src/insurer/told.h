/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the platform says of a feed (docs/feed.md), for a claims team: what was
 * taken, and which lines of the mutuelle's own file were left out and why.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>

/* Does it say what became of a feed that was taken? */
bool told_is_report(const json_t *o);
/* One that is: to standard output, for people or as the object that came. */
void told_report(const json_t *report, bool json);
/* To standard error. */
void told_refusal(const json_t *error);
