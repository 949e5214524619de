/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR bodies that tests of the keeper ask with: a question, a bundle of them,
 * an estimate's; and cards. */
#pragma once
#include "base/buf.h"

/* What a body says; NULL: it does not. */
struct bodies_one {
	const char *amc, *convention, *csr, *domain, *member, *card;
	const char *site, *rpps;
};

/* Texts live until the next call. member: about a person born in 1981. */
const char *bodies_question(struct bodies_one b);
/* So many acts of the mutuelle's estimate, from 1 to LIMIT_CLAIM_LINES. */
const char *bodies_claim(struct bodies_one b, unsigned acts);
/* Lines that are questions as above, or any JSON object. */
const char *bodies_bundle(const char *const *lines, unsigned count);
/* A card of an AMC, signed with the key that acts_p256(key) is of; it lives
 * for a year around now_ms. cti tells one from another. */
const char *bodies_card(
    const char *amc, unsigned key, uint8_t cti, int64_t now_ms);
