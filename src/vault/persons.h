/* SPDX-License-Identifier: Apache-2.0 */
/* A set of beneficiary numbers: whom a cell's questions met this hour. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct persons {
	uint64_t *slots;	/* 0: free; numbers are never 0 */
	size_t count, size;
};

void persons_release(struct persons *p);	/* empty again */
bool persons_has(const struct persons *p, uint64_t number);
/* Again is harmless. ERR_NOMEM. */
MUST_CHECK enum err persons_add(struct persons *p, uint64_t number);
