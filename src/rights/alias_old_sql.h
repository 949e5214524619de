/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of `alias`, one for each tag, as stores of before have them. */
#pragma once
#include "rights/alias_sql.h"

/*
 * Moves all of them into `tags`, so many in one transaction that each is
 * short; what a crash left is moved at the next opening. Outside of
 * transactions.
 */
MUST_CHECK enum err alias_old_sql_move(
    struct store *s, struct alias_sql *to);
