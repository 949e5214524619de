/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NIR that two persons of one book share once Corsica's 2A and 2B are read as
 * 19 and 18 (ident/canon.h; docs/decisions/0010): both go without NIR, for an
 * alias of two persons is no alias. They are found by card, member number and
 * reference.
 *
 * Memory: 16 bytes for each line of departments 2A, 2B, 18 and 19.
 */
#pragma once
#include <stdbool.h>
#include "insurer/member.h"

struct namesakes {
	struct namesake *list;
	size_t count, room;
	bool settled;		/* the list is the shared ones, sorted */
};

void namesakes_init(struct namesakes *n);	/* no allocation */
void namesakes_release(struct namesakes *n);
/* First reading: remembers the member if he could have a namesake. */
MUST_CHECK enum err namesakes_note(
    struct namesakes *n, const struct member *m);
/* The first reading is over; gives how many NIR are shared. */
size_t namesakes_settle(struct namesakes *n);
/* Is this member's NIR one of them? false before namesakes_settle(). */
bool namesakes_has(const struct namesakes *n, const struct member *m);
