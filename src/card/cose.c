/* SPDX-License-Identifier: Apache-2.0 */
#include "card/cbor.h"
#include "card/cose.h"

#define TAG_SIGN1 18	/* RFC 9052 §2 */
#define HEADER_ALG 1	/* RFC 9052 §3.1 */
#define HEADER_KID 4
#define ALG_ES256 (-7)	/* RFC 9053 §2.1 */
#define HEADER_MAX 16	/* bytes of our protected header: 13 */
#define SIGNED_MAX 4096	/* bytes; a card's are below 200 */

void cose_kid(const struct sign_public *key, uint8_t out[static COSE_KID])
{
	uint8_t id[SIGN_KEY_ID];

	sign_public_id(key, id);
	memcpy(out, id, COSE_KID);
}

void cose_sign1_signed(struct span header, struct span payload,
    struct buf *out)
{
	cbor_put_array(out, 4);
	cbor_put_text(out, span_str("Signature1"));
	cbor_put_bytes(out, header);
	cbor_put_bytes(out, span_of(NULL, 0));
	cbor_put_bytes(out, payload);
}

static void put_header(const struct sign_public *key, struct buf *out)
{
	uint8_t kid[COSE_KID];

	cose_kid(key, kid);
	cbor_put_map(out, 2);
	cbor_put_int(out, HEADER_ALG);
	cbor_put_int(out, ALG_ES256);
	cbor_put_int(out, HEADER_KID);
	cbor_put_bytes(out, span_of(kid, COSE_KID));
}

enum err cose_sign1_make(
    const struct sign_private *key, struct span payload, struct buf *out)
{
	const struct sign_public *public_key = sign_private_public(key);
	uint8_t signature[SIGN_SIZE];
	struct buf header, message;
	enum err e = ERR_SHAPE;

	buf_init(&header, HEADER_MAX);
	buf_init(&message, SIGNED_MAX);
	if (sign_public_alg(public_key) != SIGN_P256)
		goto out;
	put_header(public_key, &header);
	cose_sign1_signed(buf_span(&header), payload, &message);
	if ((e = header.err) != ERR_OK || (e = message.err) != ERR_OK)
		goto out;
	if ((e = sign_make(key, buf_span(&message), signature)) != ERR_OK)
		goto out;
	cbor_put_tag(out, TAG_SIGN1);
	cbor_put_array(out, 4);
	cbor_put_bytes(out, buf_span(&header));
	cbor_put_map(out, 0);
	cbor_put_bytes(out, payload);
	cbor_put_bytes(out, span_of(signature, SIGN_SIZE));
	e = out->err;
out:
	buf_release(&header);
	buf_release(&message);
	return e;
}

/* The kid of a protected header of the profile; NULL for any other header. */
static const uint8_t *parse_header(struct span header)
{
	struct reader r = reader_of(header);
	struct cbor_map map = cbor_map(&r);
	struct span kid = { NULL, 0 };
	int64_t key, alg = 0;

	while (cbor_next(&r, &map, &key)) {
		if (key == HEADER_ALG)
			alg = cbor_int(&r);
		else if (key == HEADER_KID)
			kid = cbor_bytes(&r);
		else
			return NULL;
	}
	if (!reader_done(&r) || alg != ALG_ES256 || kid.n != COSE_KID)
		return NULL;
	return kid.p;
}

enum err cose_sign1_parse(struct span in, struct cose_sign1 *ret)
{
	struct reader r = reader_of(in);
	struct cose_sign1 m = { 0 };
	struct span signature;

	cbor_tag(&r, TAG_SIGN1);
	cbor_array(&r, 4);
	m.header = cbor_bytes(&r);
	if (cbor_map(&r).left != 0)
		return ERR_SHAPE;
	m.payload = cbor_bytes(&r);
	signature = cbor_bytes(&r);
	if (!reader_done(&r) || signature.n != SIGN_SIZE)
		return ERR_SHAPE;
	m.signature = signature.p;
	m.kid = parse_header(m.header);
	if (m.kid == NULL)
		return ERR_SHAPE;
	*ret = m;
	return ERR_OK;
}

enum err cose_sign1_verify(
    const struct cose_sign1 *m, const struct sign_public *key)
{
	struct buf message;
	enum err e;

	if (sign_public_alg(key) != SIGN_P256)
		return ERR_CRYPTO;
	buf_init(&message, SIGNED_MAX);
	cose_sign1_signed(m->header, m->payload, &message);
	e = message.err;
	if (e == ERR_OK)
		e = sign_verify(key, buf_span(&message), m->signature);
	buf_release(&message);
	return e;
}
