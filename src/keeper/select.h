/* SPDX-License-Identifier: Apache-2.0 */
/* Which askers a request means: "key:...", "rpps:...", "site:...", several
 * with commas between (design §11). Any of them fits. "key:#N" and "site:#N"
 * are those that the log calls key N and site N. */
#pragma once
#include "registry/registry.h"

#define SELECT_MOST 64

struct select {
	size_t count;
	enum select_kind { SELECT_KEY, SELECT_RPPS, SELECT_SITE }
	    kinds[SELECT_MOST];
	struct span values[SELECT_MOST];	/* views of the text */
};

/* ERR_SHAPE, ERR_LIMIT. */
MUST_CHECK enum err select_parse(struct span text, struct select *ret);
/* Could this key have asked for one of them? */
bool select_has_key(const struct select *s, const struct registry *r,
    const struct registry_key *k);
/* Did it, when it named this site and this professional (may be empty)? */
bool select_has(const struct select *s, const struct registry *r,
    const struct registry_key *k, struct span site, struct span rpps);
