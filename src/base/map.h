/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map from short byte strings to 32-bit numbers: open addressing, doubled at
 * 3/4 full. Keys are copied. Only for keys that insiders choose (enrolled
 * identifiers), not for what strangers send: the hash is not keyed.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

#define MAP_KEY_MAX 47	/* bytes; a longer key is ERR_LIMIT */

struct map {
	struct map_cell *cells;
	size_t count, size;	/* size is 0 or a power of two */
};

void map_init(struct map *m);	/* no allocation */
void map_release(struct map *m);
/* Room for one more key: the next map_put of a key that is not too long does
 * not fail. ERR_NOMEM. */
MUST_CHECK enum err map_reserve(struct map *m);
/* Puts or replaces. ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK enum err map_put(struct map *m, struct span key, uint32_t value);
/* Brings the place where key stands, or would, nearer to the processor: what
 * is looked up a little later does not wait for memory then. */
void map_expect(const struct map *m, struct span key);
/* false, *ret untouched, if the key is not there. */
bool map_find(const struct map *m, struct span key, uint32_t *ret);
