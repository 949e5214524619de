/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of tags that is small and errs on one side: it never lacks a tag that
 * was added, and has one in two hundred that were not (a Bloom filter in
 * blocks of one cache line, twelve bits a tag).
 */
#pragma once
#include <stdbool.h>
#include "base/buf.h"

struct sieve {
	uint8_t *blocks;
	uint64_t count;		/* of them; 0: no set */
};

/* For so many tags; more only make it err more often. ERR_NOMEM. */
MUST_CHECK enum err sieve_new(uint64_t most, struct sieve *ret);
void sieve_release(struct sieve *s);	/* zeros are fine */
/* Tags have RIGHTS_TAG bytes at most; in ascending order it is cheapest. */
void sieve_add(struct sieve *s, struct span tag);
bool sieve_has(const struct sieve *s, struct span tag);
/* The tag is looked up soon: its place comes into the cache. */
void sieve_expect(const struct sieve *s, struct span tag);
