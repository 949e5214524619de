/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Claim (docs/api.md) from the person and asker of a rights question and a
 * line of acts as `ecluse price` takes it (docs/price.md).
 */
#pragma once
#include "api/compose.h"

#define CLAIM_WORDS 160

/* line: one JSON object; its date wins over c's. What it may not say here
 * (counters, rate, age) is refused: ERR_SHAPE with words for a person. */
MUST_CHECK enum err claim_write(const struct compose *c, struct span line,
    int64_t created_ms, struct buf *out, char words[static CLAIM_WORDS]);
