/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Was there memory for all that jansson made? What it could not put in is not
 * there, and what it could not write is cut or empty: none of its callers that
 * tell something could go back on what they told. So a command asks once, when
 * all is told, and does not end as if it were whole.
 */
#pragma once
#include <stdbool.h>

/* First in main(), before jansson is used. */
void memory_watch(void);
bool memory_was_short(void);
