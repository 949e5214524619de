/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Was there memory for all that jansson made? Refused some, it leaves out and
 * cuts, and writes where it must not; none of its callers that tell something
 * could go back on what they told. So it goes on in a room that is kept for
 * that, and a command asks once, when all is told, and does not end as if there
 * had been enough. Past that room the program ends at once (base/must.h).
 */
#pragma once
#include <stdbool.h>

/* First in main(), before jansson is used. */
void memory_watch(void);
/* What jansson hands over to be freed, a text it wrote. NULL is fine. */
void memory_give(void *p);
bool memory_was_short(void);
