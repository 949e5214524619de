/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "crypto/aead.h"
#include "journal/opening.h"

#define OPENING_VERSION 1
#define OPENING_LINE 2		/* the version with a line of a bundle */

_Static_assert(OPENING_SIZE == OPENING_PLAIN + AEAD_TAG, "sealed size");
/* Everything at its longest fits: 639 of 640. */
_Static_assert(1 + 1 + SIGN_KEY_ID + 4 + 8 + LEAF_BLINDING + OPENING_QUESTION + 1 +
        4 + SIGN_SIZE + HASH_SIZE + 5 * 2 + OPENING_SITE + OPENING_RPPS +
        LIMIT_DOMAIN + OPENING_PATH + OPENING_PARAMS <= OPENING_PLAIN,
    "opening layout");

static bool lengths_are_valid(const struct opening *o)
{
	return o->site.n <= OPENING_SITE && o->rpps.n <= OPENING_RPPS &&
	    o->domain.n <= LIMIT_DOMAIN && o->path.n <= OPENING_PATH &&
	    o->params.n <= OPENING_PARAMS;
}

/* The order of the fields here is the format: docs/journal.md. */
enum err opening_pack(
    const struct opening *o, uint8_t out[static OPENING_PLAIN])
{
	struct buf b = {.p = out, .cap = OPENING_PLAIN, .max = OPENING_PLAIN};

	if (!lengths_are_valid(o))
		return ERR_LIMIT;
	if (o->proof & ~OPENING_PROOF_ALL)
		return ERR_RANGE;
	buf_put_u8(&b, o->line ? OPENING_LINE : OPENING_VERSION);
	buf_put(&b, o->key_id, SIGN_KEY_ID);
	buf_put_u32(&b, o->cell);
	buf_put_u64(&b, o->number);
	buf_put(&b, o->blinding, LEAF_BLINDING);
	buf_put(&b, o->question, OPENING_QUESTION);
	buf_put_u8(&b, o->proof);
	buf_put_u32(&b, (uint32_t)o->care_day);
	buf_put(&b, o->signature, SIGN_SIZE);
	buf_put(&b, o->digest, HASH_SIZE);
	buf_put_s16(&b, o->site);
	buf_put_s16(&b, o->rpps);
	buf_put_s16(&b, o->domain);
	buf_put_s16(&b, o->path);
	buf_put_s16(&b, o->params);
	if (o->line)
		buf_put_u8(&b, o->line);
	memset(out + b.n, 0, OPENING_PLAIN - b.n);
	return b.err;
}

static bool rest_is_zero(const struct reader *r)
{
	for (const uint8_t *p = r->p; p < r->end; p++)
		if (*p != 0)
			return false;
	return true;
}

enum err opening_unpack(
    const uint8_t in[static OPENING_PLAIN], struct opening *ret)
{
	struct reader r = reader_of(span_of(in, OPENING_PLAIN));
	uint8_t version = read_u8(&r);
	struct opening o;

	if (version != OPENING_VERSION && version != OPENING_LINE)
		return ERR_SHAPE;
	read_copy(&r, o.key_id, SIGN_KEY_ID);
	o.cell = read_u32(&r);
	o.number = read_u64(&r);
	read_copy(&r, o.blinding, LEAF_BLINDING);
	read_copy(&r, o.question, OPENING_QUESTION);
	o.proof = read_u8(&r);
	o.care_day = (int32_t)read_u32(&r);
	read_copy(&r, o.signature, SIGN_SIZE);
	read_copy(&r, o.digest, HASH_SIZE);
	o.site = read_s16(&r);
	o.rpps = read_s16(&r);
	o.domain = read_s16(&r);
	o.path = read_s16(&r);
	o.params = read_s16(&r);
	o.line = version == OPENING_LINE ? read_u8(&r) : 0;
	if (version == OPENING_LINE &&
	    (o.line < 1 || o.line > LIMIT_BUNDLE_LINES))
		return ERR_SHAPE;
	if (r.bad || !lengths_are_valid(&o) || !rest_is_zero(&r))
		return ERR_SHAPE;
	if (o.proof & ~OPENING_PROOF_ALL)
		return ERR_RANGE;
	*ret = o;
	return ERR_OK;
}

enum err opening_seal(const struct opening *o, const struct secret *entry_key,
    uint8_t out[static OPENING_SIZE],
    uint8_t ret_commitment[static HASH_SIZE],
    uint8_t ret_hash[static HASH_SIZE])
{
	uint8_t plain[OPENING_PLAIN], commitment[HASH_SIZE];
	enum err e = opening_pack(o, plain);

	if (e)
		return e;
	leaf_commit(o->blinding, o->cell, o->number, commitment);
	e = aead_seal(entry_key, commitment, span_of(NULL, 0),
	    span_of(plain, sizeof(plain)), out);
	secret_wipe(plain, sizeof(plain));
	if (e)
		return e;
	hash_sha256(span_of(out, OPENING_SIZE), ret_hash);
	memcpy(ret_commitment, commitment, HASH_SIZE);
	return ERR_OK;
}

static bool is_zero(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != 0)
			return false;
	return true;
}

bool opening_is_named(struct span side, const struct leaf *l)
{
	uint8_t hash[HASH_SIZE];

	hash_sha256(side, hash);
	return memcmp(hash, l->opening_hash, HASH_SIZE) == 0 ||
	    (is_zero(span_of(l->opening_hash, HASH_SIZE)) && is_zero(side));
}

enum err opening_open(struct span sealed, const struct leaf *l,
    const struct secret *entry_key, uint8_t plain[static OPENING_PLAIN],
    struct opening *ret)
{
	uint8_t hash[HASH_SIZE], commitment[HASH_SIZE];
	struct opening o;
	enum err e;

	if (sealed.n != OPENING_SIZE)
		return ERR_SHAPE;
	hash_sha256(sealed, hash);
	if (memcmp(hash, l->opening_hash, HASH_SIZE) != 0)
		return ERR_CORRUPT;
	e = aead_open(
	    entry_key, l->commitment, span_of(NULL, 0), sealed, plain);
	if (!e)
		e = opening_unpack(plain, &o);
	if (e)
		return e;
	leaf_commit(o.blinding, o.cell, o.number, commitment);
	if (memcmp(commitment, l->commitment, HASH_SIZE) != 0)
		return ERR_CORRUPT;
	*ret = o;
	return ERR_OK;
}
