/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An estimate: what the mutuelle would pay for these acts, by the contract of
 * the right that answers and the rules of the day of care. No promise: what
 * other acts have used of its ceilings is not known here, and it says so.
 *
 * Acts that no rule prices are unfit, whoever is asked about: they are priced
 * against a contract that pays nothing before anybody is looked at. What only his
 * age contradicts is an answer. A question about nobody takes the same way as one
 * about somebody.
 */
#pragma once
#include "msg/estimate.h"
#include "rights/lookup.h"
#include "vault/catalogue.h"

/* One estimate in the making; large, so there is one for all. */
struct estimating {
	struct estimate acts;
	struct price_ask ask;
	struct price_result result;
	enum rights_state state;	/* UNFIT: line and field */
	bool priced;		/* result holds; else why not: */
	bool no_contract;	/* covered, and no such contract is here */
	bool contradicted;	/* covered, and at his age the amounts given do
				 * not fit */
	bool second;		/* another contract of his would pay too */
	unsigned line;
	const char *field;
};

/* ERR_SHAPE: acts that the keeper may not send; the store's errors. facts is
 * what lookup_facts found. */
MUST_CHECK enum err estimate_make(struct estimating *m, struct catalogue *c,
    const struct rights_do *asked, const struct answer_facts *facts);

/* estimate_say.c: the ClaimResponse without its last brace, never longer than
 * ESTIMATE_ROOM(count) less what the keeper adds. */
MUST_CHECK enum err estimate_say(const struct estimating *m,
    const struct rights_do *asked, struct buf *out);
