/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cold set was told while its rows lay elsewhere (guard/roll.h): keys,
 * extra words and the time of each, in order.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct late {
	uint32_t *rows;		/* time (two words), key, extra words */
	uint32_t n, cap;
	uint8_t key_words, extra_words;
};

void late_init(struct late *l, unsigned key_words, unsigned extra_words);
void late_release(struct late *l);	/* empty, memory given back */
MUST_CHECK enum err late_reserve(struct late *l);	/* for one more */
/* After late_reserve(). extra: NULL where there are no extra words. */
void late_put(struct late *l, int64_t at_ms, const uint32_t *key,
    const uint32_t *extra);
int64_t late_time(const struct late *l, uint32_t nth);
const uint32_t *late_key(const struct late *l, uint32_t nth);
size_t late_memory(const struct late *l);
