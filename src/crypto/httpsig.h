/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP Message Signatures (RFC 9421) and Content-Digest (RFC 9530) in the one
 * profile of Écluse; anything else is ERR_SHAPE, so no parser of structured
 * fields is needed. Both sides are here: the client signs questions and
 * verifies answers, the keeper verifies questions and signs answers.
 *
 * Question (POST; for GET, which has no body, without "content-digest"):
 *   Content-Digest: sha-256=:<base64>:
 *   Signature-Input: ecluse=("@method" "@authority" "@path" "content-digest")
 *     ;created=N;expires=N;nonce="<22>";keyid="<43>";alg="A";tag="ecluse-v1"
 *   Signature: ecluse=:<base64 of 64 bytes>:
 * Each parameter once, in any order, alg optional (ed25519 or
 * ecdsa-p256-sha256); integers of 12 digits at most; nonce and keyid are
 * base64url of 16 and 32 bytes. Spaces are those shown, none around ";" "=".
 *
 * Answer: ("@status" "content-digest" "content-type" "signature";req;
 * key="ecluse") with created, keyid, alg="ed25519", tag="ecluse-answer-v1";
 * without the last component when the question bore no valid signature. The
 * value of that component is the question's own member, `:<base64>:` (RFC
 * 9421 §2.1.2, §2.4).
 *
 * Time is not judged here: the keeper holds expires - created to
 * LIMIT_SIGNATURE_LIFE_S and its clock to LIMIT_SKEW_S (base/limits.h).
 */
#pragma once
#include "base/limits.h"
#include "crypto/sign.h"

#define HTTPSIG_NONCE 16
#define HTTPSIG_DIGEST_TEXT 55	/* sha-256=:44: and NUL */
#define HTTPSIG_SIGNATURE_TEXT 98	/* ecluse=:88: and NUL */

/* A question's Signature-Input. */
struct httpsig_input {
	int64_t created_s, expires_s;	/* since 1970 */
	uint8_t nonce[HTTPSIG_NONCE];
	uint8_t keyid[SIGN_KEY_ID];
	enum sign_alg alg;	/* SIGN_NONE: not said */
	bool digest;		/* "content-digest" is covered */
	struct span params;	/* as signed: all behind "ecluse=" */
};

MUST_CHECK enum err httpsig_input_parse(
    struct span value, struct httpsig_input *ret);
MUST_CHECK enum err httpsig_signature_parse(
    struct span value, uint8_t out[static SIGN_SIZE]);
MUST_CHECK enum err httpsig_digest_parse(
    struct span value, uint8_t out[static 32]);
/* ERR_SHAPE, or ERR_CRYPTO when it is another body's. */
MUST_CHECK enum err httpsig_digest_check(
    struct span value, struct span body);
/* The same for a body whose SHA-256 is known. */
MUST_CHECK enum err httpsig_digest_is(
    struct span value, const uint8_t hash[static 32]);
void httpsig_digest(
    struct span body, char out[static HTTPSIG_DIGEST_TEXT]);

/* RFC 9421 §2.2.3: lower case, without the default port 443. ERR_SHAPE for a
 * character that no host and port has; ERR_LIMIT. */
MUST_CHECK enum err httpsig_authority(
    struct span in, char out[static LIMIT_AUTHORITY + 1]);

/*
 * What a question's signature covers: GET or POST, authority as above, the
 * raw path (from "/", no query), and the digest's field (empty for GET).
 */
struct httpsig_question {
	struct span method, authority, path, content_digest;
};

/* The field values of a message that we sign. */
struct httpsig_fields {
	char digest[HTTPSIG_DIGEST_TEXT];	/* empty for GET */
	char input[LIMIT_SIGNATURE_INPUT + 1];
	char signature[HTTPSIG_SIGNATURE_TEXT];
};

/*
 * RFC 9421 §2.5: the bytes that are signed, appended to out. ERR_SHAPE: a
 * value is not of the form above (no line feed comes in), or params does not
 * cover what the method calls for.
 */
MUST_CHECK enum err httpsig_question_base(const struct httpsig_question *q,
    struct span params, struct buf *out);

/*
 * Is this the question that key signed, with this body? in comes from
 * httpsig_input_parse(); the caller found key by in->keyid. ERR_SHAPE;
 * ERR_CRYPTO: another body, key, algorithm or message.
 */
MUST_CHECK enum err httpsig_question_verify(const struct httpsig_question *q,
    struct span body, const struct httpsig_input *in, struct span signature,
    const struct sign_public *key);
/* The same by the body's SHA-256; NULL: there is no body. */
MUST_CHECK enum err httpsig_question_verify_hash(
    const struct httpsig_question *q, const uint8_t *hash,
    const struct httpsig_input *in, struct span signature,
    const struct sign_public *key);

#define HTTPSIG_BASE 2048	/* bytes that are signed, at most */

/* What a key's signature has to be over, and what came as one. */
struct httpsig_signed {
	size_t n;
	uint8_t base[HTTPSIG_BASE];
	uint8_t signature[SIGN_SIZE];
};

/* All of that but sign_verify(): it is left to do with *ret. The same errors. */
MUST_CHECK enum err httpsig_question_signed(
    const struct httpsig_question *q, const uint8_t *hash,
    const struct httpsig_input *in, struct span signature,
    const struct sign_public *key, struct httpsig_signed *ret);

struct httpsig_signer {
	const struct sign_private *key;
	const struct random *random;	/* for the nonce */
	int64_t created_s, expires_s;
};

/* q->content_digest is not read: it is made of body (POST). */
MUST_CHECK enum err httpsig_question_sign(const struct httpsig_question *q,
    struct span body, const struct httpsig_signer *signer,
    struct httpsig_fields *ret);

/* What an answer's signature covers. */
struct httpsig_answer {
	uint16_t status;	/* 100 to 599 */
	struct span content_type;	/* not empty */
	struct span body;
	/* the question's Signature field; empty: it bore no valid one */
	struct span question;
};

MUST_CHECK enum err httpsig_answer_sign(const struct httpsig_answer *a,
    int64_t created_s, const struct sign_private *key,
    struct httpsig_fields *ret);
/*
 * Did key (Ed25519) sign this answer to this question? Answers to signed
 * questions must cover the question's signature. ERR_SHAPE; ERR_UNKNOWN: by
 * another key id; ERR_CRYPTO.
 */
MUST_CHECK enum err httpsig_answer_verify(const struct httpsig_answer *a,
    struct span digest, struct span input, struct span signature,
    const struct sign_public *key, int64_t *ret_created_s);
