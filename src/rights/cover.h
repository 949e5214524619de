/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cover: contract, convention, CSR and the domains with their levels. Most
 * members of a mutuelle share one of a few dozen, so a cell keeps each text
 * once and its rights name it by a small id.
 *
 * The text, canonical (equal covers are equal bytes):
 *	contract | convention | CSR | count | count x (code | level | auth)
 * each field behind one byte of length, count and auth one byte, the domains
 * in ascending order of their codes.
 */
#pragma once
#include "msg/feed.h"

#define COVER_TEXT_MAX                                                        \
	(LIMIT_CONTRACT + LIMIT_CONVENTION + LIMIT_CSR + 4 +                  \
	    LIMIT_DOMAINS * (LIMIT_DOMAIN + LIMIT_LEVEL + 3))

/* Spans view the text it was read from. */
struct cover {
	struct span contract, convention, csr;
	uint8_t domain_count;
	struct feed_domain domains[LIMIT_DOMAINS];	/* as feed lines say */
};

/* ERR_EXISTS: a domain is named twice. */
MUST_CHECK enum err cover_pack(const struct feed_line *line, struct buf *out);
/* ERR_CORRUPT: a field over its limit, domains out of order, or bytes left. */
MUST_CHECK enum err cover_unpack(struct span text, struct cover *ret);
/* The contract of a text, without reading the rest. */
struct span cover_contract(struct span text);
/* A short print of a text, by which stage.h keeps it at hand; who writes texts
 * can make any number of one print. */
uint32_t cover_print(struct span text);
/* Below, at or above 0 as a comes before, equals or follows b, by bytes. */
int cover_order(struct span a, struct span b);
/* May a question with this convention and CSR be answered by this cover? An
 * empty one, on either side, says nothing and excludes nothing. */
bool cover_on_route(
    const struct cover *c, struct span convention, struct span csr);
/* The domain of that code, or NULL. */
const struct feed_domain *cover_domain(
    const struct cover *c, struct span code);
