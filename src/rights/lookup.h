/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the roll says to a question, at its cell's current generation.
 *
 * Rights are judged on the day of care (domain.md §2.5), from what is known
 * today about that day. Of several rights in force the answer comes from the
 * best: one on the asked route that covers the domain, else one on the route
 * that does not, else one on another route; among equals the first insurer by
 * order, then the latest to begin, then the lesser contract code. Of several
 * that cover, the next ones follow in that order, which is that of payment.
 *
 * A question about nobody (number 0) takes the same way: the same statements,
 * each at least once, in the same order (design §2.6).
 */
#pragma once
#include "rights/answer.h"
#include "rights/roll.h"

/* A right that may answer, and what its facts view. */
struct lookup_best {
	struct answer_facts facts;
	char level[LIMIT_LEVEL], contract[LIMIT_CONTRACT];
	char convention[LIMIT_CONVENTION], csr[LIMIT_CSR];
};

struct lookup {
	struct roll *roll;
	struct buf text;	/* of the cover being judged */
	/* of the last answer: the best first, in pool */
	struct lookup_best pool[ANSWER_MOST], *best[ANSWER_MOST];
	unsigned count;
};

void lookup_init(struct lookup *l, struct roll *roll);
void lookup_release(struct lookup *l);

/* The one number that all the aliases name; 0 if they do not meet one. Every
 * alias is looked up, whatever the first ones gave. ERR_CORRUPT: they name
 * somebody whose row is not there. */
MUST_CHECK enum err lookup_resolve(struct lookup *l,
    const struct rights_resolve *asked, uint64_t *ret_number);
/* The state and what goes with it; spans live until the next call. */
MUST_CHECK enum err lookup_facts(struct lookup *l,
    const struct rights_do *asked, struct answer_facts *ret);
/* *ret_n is 0 if there is no such person. ERR_CORRUPT as above. */
MUST_CHECK enum err lookup_handle(struct lookup *l,
    const struct rights_handle *asked, uint8_t ret[LIMIT_HANDLE],
    size_t *ret_n);
