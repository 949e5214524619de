/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of `cover`: id -> text, and back. */
#pragma once
#include "rights/cover.h"
#include "store/store.h"

struct cover_sql {
	struct store_stmt *text, *find, *add, *bound, *undo;
};

MUST_CHECK enum err cover_sql_open(struct cover_sql *q, struct store *s);
void cover_sql_close(struct cover_sql *q);
/* Appends the text to out; ERR_UNKNOWN. */
MUST_CHECK enum err cover_sql_text(
    struct cover_sql *q, uint32_t cell, int64_t id, struct buf *out);
/* The id of a text; ERR_UNKNOWN. */
MUST_CHECK enum err cover_sql_find(
    struct cover_sql *q, uint32_t cell, struct span text, int64_t *ret);
MUST_CHECK enum err cover_sql_add(struct cover_sql *q, uint32_t cell,
    int64_t id, uint32_t generation, struct span text);
/* As alias_sql_undo, by id. */
MUST_CHECK enum err cover_sql_undo(struct cover_sql *q, uint32_t cell,
    uint32_t generation, int64_t *from, unsigned rows, bool *ret_more);
