/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card token: "TP1:" and base45 of a COSE_Sign1 (card/cose.h) over a CWT
 * (RFC 8392), signed by a card key that the mutuelle holds. About 230
 * characters: a Data Matrix of 52 x 52 modules (security.md §4.2).
 *
 *   1  iss  the AMC number, text of 10 digits
 *   4  exp  seconds since 1970: not accepted from then on
 *   5  nbf  the same, optional: not accepted before (start of the rights)
 *   6  iat  the same: when it was made
 *   7  cti  16 random bytes: the card
 *   -65537  a map, optional: 1 convention, 2 CSR, texts, each optional; they
 *           route the question (domain.md §2.1)
 *
 * Nothing else, and a token with anything else is refused: no name, birth
 * date, NIR or member number ever stands in one, whoever made it. The member
 * number is left out because the card is an alias by its cti alone (design
 * §4), and a copied card should teach nothing that opens another door.
 * What a later form needs gets another prefix.
 *
 * A token proves that a mutuelle made a card, not who shows it and not that
 * the card was not revoked: the caller asks the feed.
 */
#pragma once
#include "base/limits.h"
#include "card/cose.h"

#define CARD_TOKEN_PREFIX "TP1:"
#define CARD_TOKEN_AMC 10
#define CARD_TOKEN_CTI 16
#define CARD_TOKEN_SIZE (LIMIT_CARD + 1)	/* any token's text and NUL */

struct card_token {
	char amc[CARD_TOKEN_AMC + 1];
	uint8_t cti[CARD_TOKEN_CTI];
	int64_t issued_s, expires_s;
	int64_t not_before_s;			/* 0: none */
	char convention[LIMIT_CONVENTION + 1];	/* "": none */
	char csr[LIMIT_CSR + 1];		/* "": none */
};

enum card_token_state {
	CARD_TOKEN_EARLY,	/* before nbf, or made in the future */
	CARD_TOKEN_LIVE,
	CARD_TOKEN_EXPIRED
};

/*
 * Appends the text to out, without NUL. ERR_RANGE: an AMC that is not 10
 * digits; a text that is not printable ASCII or begins or ends with a space;
 * times that are not 0 < iat < exp, 0 < nbf < exp, in years up to 9999.
 * ERR_SHAPE: the key is not of P-256.
 */
MUST_CHECK enum err card_token_issue(const struct card_token *t,
    const struct sign_private *key, struct buf *out);

/*
 * What the text says, and which key is said to have signed it; verifies
 * nothing. ERR_LIMIT: longer than LIMIT_CARD; ERR_SHAPE: not of this form to
 * the last byte; ERR_RANGE as above.
 */
MUST_CHECK enum err card_token_parse(struct span text,
    struct card_token *ret, uint8_t ret_kid[static COSE_KID]);

/*
 * The same, signed by key and live at now_ms. The caller has found key under
 * the AMC and kid that card_token_parse told, and must have: nothing here ties
 * a key to an insurer. Errors of card_token_parse; ERR_UNKNOWN: the kid is
 * another key's; ERR_CRYPTO: the signature is not this key's; then ERR_TIME.
 */
MUST_CHECK enum err card_token_verify(struct span text,
    const struct sign_public *key, int64_t now_ms, struct card_token *ret);

/* nbf and iat forgive a clock that is LIMIT_SKEW_S late, exp forgives none. */
enum card_token_state card_token_state_at(
    const struct card_token *t, int64_t now_ms);
