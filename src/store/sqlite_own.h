/* SPDX-License-Identifier: Apache-2.0 */
/* Of the SQLite backend, inside store/ alone: what needs no connection. */
#pragma once
#include "store/store.h"

/* Makes the file if there is none; SQLite gives its log the same mode.
 * ERR_REFUSED: a link, not a file, or others may read it. */
MUST_CHECK enum err sqlite_claim_file(const char *path);
/* store_holder() of the file. */
int64_t sqlite_holder(const struct store_options *o);
/* A definition in store.h's words as SQLite's own, with a NUL. */
MUST_CHECK enum err sqlite_put_words(const char *sql, struct buf *out);
