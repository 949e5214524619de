/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/sabotage.h"
#include "keeper/ahead.h"
#include "keeper/keeper.h"
#include "keeper/signed.h"

static enum fhir_refusal check_times(
    struct keeper *k, const struct httpsig_input *in)
{
	int64_t now_s = keeper_now(k) / 1000;

	if (SABOTAGED(TIMES))
		return REFUSAL_COUNT;
	if (in->expires_s < in->created_s ||
	    in->expires_s - in->created_s > LIMIT_SIGNATURE_LIFE_S ||
	    in->created_s > now_s + LIMIT_SKEW_S ||
	    in->expires_s < now_s - LIMIT_SKEW_S)
		return REFUSAL_EXPIRED;
	return REFUSAL_COUNT;
}

enum fhir_refusal signed_input(struct keeper *k, const struct ask *ask,
    struct httpsig_input *in, char authority[static LIMIT_AUTHORITY + 1],
    uint8_t *reason)
{
	*reason = LEAF_REASON_UNSIGNED;
	if (!ask->signature.n || !ask->signature_input.n ||
	    (ask->method == ASK_POST && !ask->content_digest.n))
		return REFUSAL_UNSIGNED;
	*reason = LEAF_REASON_SIGNATURE;
	if (httpsig_input_parse(ask->signature_input, in) ||
	    httpsig_authority(ask->authority, authority) ||
	    (!SABOTAGED(AUTHORITY) &&
	    strcmp(authority, k->conf.plane[ask->plane].authority) != 0))
		return REFUSAL_SIGNATURE;
	return check_times(k, in);
}

/* What the signature has to be over, with key; REFUSAL_COUNT: *ret is it. */
static enum fhir_refusal read_signature(const struct ask *ask,
    const struct httpsig_input *in, const char *authority,
    const struct sign_public *key, uint8_t ret_digest[static HASH_SIZE],
    struct httpsig_signed *ret)
{
	bool post = ask->method == ASK_POST;
	struct httpsig_question q = {
	    .method = span_str(post ? "POST" : "GET"),
	    .authority = span_str(authority),
	    .path = ask->path,
	    .content_digest = ask->content_digest,
	};

	hash_sha256(ask->body, ret_digest);
	if (post && httpsig_digest_is(ask->content_digest, ret_digest))
		return REFUSAL_DIGEST;
	if (httpsig_question_signed(&q, post || ask->body.n > 0 ?
		ret_digest : NULL, in, ask->signature, key, ret))
		return REFUSAL_SIGNATURE;
	return REFUSAL_COUNT;
}

static enum fhir_refusal verify(const struct ask *ask,
    const struct httpsig_input *in, const char *authority,
    const struct sign_public *key, const struct ahead_fact *fact,
    uint8_t ret_digest[static HASH_SIZE])
{
	struct httpsig_signed s;
	enum fhir_refusal refusal = read_signature(
	    ask, in, authority, key, ret_digest, &s);

	if (SABOTAGED(SIGNATURE) && refusal == REFUSAL_SIGNATURE)
		return REFUSAL_COUNT;
	if (refusal == REFUSAL_COUNT && !SABOTAGED(SIGNATURE) &&
	    ahead_verify(fact, key, &s))
		return REFUSAL_SIGNATURE;
	return refusal;
}

enum fhir_refusal signed_verify(const struct ask *ask,
    const struct httpsig_input *in, const char *authority,
    const struct sign_public *key, uint8_t ret_digest[static HASH_SIZE])
{
	return verify(ask, in, authority, key, NULL, ret_digest);
}

bool signed_what(struct keeper *k, const struct ask *ask,
    const struct sign_public **key, struct httpsig_signed *ret)
{
	char authority[LIMIT_AUTHORITY + 1];
	const struct registry_key *by;
	struct httpsig_input in;
	uint8_t digest[HASH_SIZE], reason;

	if (signed_input(k, ask, &in, authority, &reason) != REFUSAL_COUNT)
		return false;
	by = registry_key(k->registry, in.keyid);
	if (!by || read_signature(ask, &in, authority, by->key, digest,
	    ret) != REFUSAL_COUNT)
		return false;
	*key = by->key;
	return true;
}

enum fhir_refusal signed_check(struct keeper *k,
    const struct ask *ask, const struct ahead_fact *fact,
    struct signed_by *by, uint8_t *reason)
{
	char authority[LIMIT_AUTHORITY + 1];
	const struct registry_key *key;
	enum fhir_refusal refusal =
	    signed_input(k, ask, &by->in, authority, reason);

	if (refusal != REFUSAL_COUNT)
		return refusal;
	key = registry_key(k->registry, by->in.keyid);
	if (!key || key->plane != ask->plane) {
		*reason = LEAF_REASON_STRANGER;
		return REFUSAL_KEY_UNKNOWN;	/* here */
	}
	refusal = verify(
	    ask, &by->in, authority, key->key, fact, by->digest);
	if (refusal != REFUSAL_COUNT)
		return refusal;
	*reason = LEAF_REASON_REVOKED;
	if (!registry_key_lives(k->registry, key))
		return REFUSAL_KEY_REVOKED;
	by->key = key;
	return REFUSAL_COUNT;
}
