/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sabotage.h"
#include "base/text.h"
#include "card/base45.h"
#include "card/cbor.h"
#include "card/token.h"

enum claim {	/* RFC 8392 §3.1; below -65536 is for private use (§9.1) */
	CLAIM_ISS = 1, CLAIM_EXP = 4, CLAIM_NBF = 5, CLAIM_IAT = 6,
	CLAIM_CTI = 7, CLAIM_ROUTE = -65537
};
enum route { ROUTE_CONVENTION = 1, ROUTE_CSR = 2 };

#define PREFIX_LEN (sizeof(CARD_TOKEN_PREFIX) - 1)
#define BYTES_MAX ((LIMIT_CARD - PREFIX_LEN) / 3 * 2 + 1)
#define CLAIMS_MAX 128	/* bytes; the longest are 99 */
#define LAST_SECOND INT64_C(253402300799)	/* of the year 9999 */

static bool is_routable(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return n == 0 || (text[0] != ' ' && text[n - 1] != ' ');
}

static bool is_sound(const struct card_token *t)
{
	return strlen(t->amc) == CARD_TOKEN_AMC &&
	    text_digits(span_str(t->amc)) && t->issued_s > 0 &&
	    t->issued_s < t->expires_s && t->expires_s <= LAST_SECOND &&
	    t->not_before_s >= 0 && t->not_before_s < t->expires_s &&
	    is_routable(t->convention) && is_routable(t->csr);
}

static void put_route(const struct card_token *t, struct buf *out)
{
	bool convention = t->convention[0] != '\0', csr = t->csr[0] != '\0';

	if (!convention && !csr)
		return;
	cbor_put_int(out, CLAIM_ROUTE);
	cbor_put_map(out, (uint64_t)convention + (uint64_t)csr);
	if (convention) {
		cbor_put_int(out, ROUTE_CONVENTION);
		cbor_put_text(out, span_str(t->convention));
	}
	if (csr) {
		cbor_put_int(out, ROUTE_CSR);
		cbor_put_text(out, span_str(t->csr));
	}
}

static void put_claims(const struct card_token *t, struct buf *out)
{
	bool route = t->convention[0] != '\0' || t->csr[0] != '\0';
	bool early = t->not_before_s != 0;

	cbor_put_map(out, 4 + (uint64_t)early + (uint64_t)route);
	cbor_put_int(out, CLAIM_ISS);
	cbor_put_text(out, span_str(t->amc));
	cbor_put_int(out, CLAIM_EXP);
	cbor_put_int(out, t->expires_s);
	if (early) {
		cbor_put_int(out, CLAIM_NBF);
		cbor_put_int(out, t->not_before_s);
	}
	cbor_put_int(out, CLAIM_IAT);
	cbor_put_int(out, t->issued_s);
	cbor_put_int(out, CLAIM_CTI);
	cbor_put_bytes(out, span_of(t->cti, CARD_TOKEN_CTI));
	put_route(t, out);
}

enum err card_token_issue(const struct card_token *t,
    const struct sign_private *key, struct buf *out)
{
	struct buf claims, message;
	enum err e = ERR_RANGE;

	buf_init(&claims, CLAIMS_MAX);
	buf_init(&message, BYTES_MAX);
	if (!is_sound(t))
		goto out;
	put_claims(t, &claims);
	if ((e = claims.err) != ERR_OK)
		goto out;
	e = cose_sign1_make(key, buf_span(&claims), &message);
	if (e != ERR_OK)
		goto out;
	buf_text(out, CARD_TOKEN_PREFIX);
	base45_encode(buf_span(&message), out);
	e = out->err;
out:
	buf_release(&claims);
	buf_release(&message);
	return e;
}

/* A text claim; an empty one is not how "none" is spelled. */
static void read_text(struct reader *r, char *out, size_t size)
{
	struct span s = cbor_text(r);

	if (s.n == 0 || text_copy(s, out, size) != ERR_OK)
		r->bad = true;
}

static void read_route(struct reader *r, struct card_token *t)
{
	struct cbor_map map = cbor_map(r);
	int64_t key;

	if (map.left == 0)
		r->bad = true;
	while (cbor_next(r, &map, &key)) {
		if (key == ROUTE_CONVENTION)
			read_text(r, t->convention, sizeof(t->convention));
		else if (key == ROUTE_CSR)
			read_text(r, t->csr, sizeof(t->csr));
		else
			r->bad = true;
	}
}

static void read_claim(struct reader *r, int64_t key, struct card_token *t)
{
	struct span cti;

	switch (key) {
	case CLAIM_ISS:
		read_text(r, t->amc, sizeof(t->amc));
		break;
	case CLAIM_EXP:
		t->expires_s = cbor_int(r);
		break;
	case CLAIM_NBF:
		t->not_before_s = cbor_int(r);
		if (t->not_before_s == 0)	/* our spelling of "none" */
			r->bad = true;
		break;
	case CLAIM_IAT:
		t->issued_s = cbor_int(r);
		break;
	case CLAIM_CTI:
		cti = cbor_bytes(r);
		if (cti.n == CARD_TOKEN_CTI)
			memcpy(t->cti, cti.p, CARD_TOKEN_CTI);
		else
			r->bad = true;
		break;
	case CLAIM_ROUTE:
		read_route(r, t);
		break;
	default:
		r->bad = true;
		break;
	}
}

static enum err parse_claims(struct span in, struct card_token *ret)
{
	struct reader r = reader_of(in);
	struct cbor_map map = cbor_map(&r);
	struct card_token t = { 0 };
	bool has_cti = false;
	int64_t key;

	while (cbor_next(&r, &map, &key)) {
		read_claim(&r, key, &t);
		has_cti |= key == CLAIM_CTI;
	}
	if (!reader_done(&r) || !has_cti)
		return ERR_SHAPE;
	if (!is_sound(&t))	/* also without iss, exp or iat */
		return ERR_RANGE;
	*ret = t;
	return ERR_OK;
}

/* The message inside the text; its bytes go to bytes[BYTES_MAX]. */
static enum err open_text(
    struct span text, uint8_t *bytes, struct cose_sign1 *ret)
{
	size_t n;
	enum err e;

	if (text.n > LIMIT_CARD)
		return ERR_LIMIT;
	if (text.n < PREFIX_LEN ||
	    memcmp(text.p, CARD_TOKEN_PREFIX, PREFIX_LEN) != 0)
		return ERR_SHAPE;
	text = span_of(text.p + PREFIX_LEN, text.n - PREFIX_LEN);
	e = base45_decode(text, bytes, BYTES_MAX, &n);
	return e != ERR_OK ? e : cose_sign1_parse(span_of(bytes, n), ret);
}

enum err card_token_parse(struct span text,
    struct card_token *ret, uint8_t ret_kid[static COSE_KID])
{
	uint8_t bytes[BYTES_MAX];
	struct cose_sign1 m;
	enum err e;

	if ((e = open_text(text, bytes, &m)) != ERR_OK ||
	    (e = parse_claims(m.payload, ret)) != ERR_OK)
		return e;
	memcpy(ret_kid, m.kid, COSE_KID);
	return ERR_OK;
}

enum err card_token_verify(struct span text,
    const struct sign_public *key, int64_t now_ms, struct card_token *ret)
{
	uint8_t bytes[BYTES_MAX], kid[COSE_KID];
	struct card_token t;
	struct cose_sign1 m;
	enum err e;

	if ((e = open_text(text, bytes, &m)) != ERR_OK ||
	    (e = parse_claims(m.payload, &t)) != ERR_OK)
		return e;
	cose_kid(key, kid);
	if (memcmp(kid, m.kid, COSE_KID) != 0 && !SABOTAGED(CARD))
		return ERR_UNKNOWN;
	if (!SABOTAGED(CARD) && (e = cose_sign1_verify(&m, key)) != ERR_OK)
		return e;
	if (card_token_state_at(&t, now_ms) != CARD_TOKEN_LIVE)
		return ERR_TIME;
	*ret = t;
	return ERR_OK;
}

enum card_token_state card_token_state_at(
    const struct card_token *t, int64_t now_ms)
{
	int64_t from_s = t->issued_s > t->not_before_s ?
	    t->issued_s : t->not_before_s;

	if (now_ms >= t->expires_s * 1000)
		return CARD_TOKEN_EXPIRED;
	if (now_ms < (from_s - LIMIT_SKEW_S) * 1000)
		return CARD_TOKEN_EARLY;
	return CARD_TOKEN_LIVE;
}
