/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The opening: the names behind one leaf, 640 bytes, kept beside the leaf as
 * 656 encrypted bytes. With the registry it is enough to verify the asker's
 * own signature again. docs/journal.md gives the layout.
 *
 * Encryption is AES-256-GCM under the entry's own key (months_entry_key).
 * The nonce is the first 12 bytes of the leaf's commitment, which holds 32
 * random bytes: an index that is written twice, because the machine stopped
 * while the first record went to the disk, then has the same key but never
 * the same nonce.
 */
#pragma once
#include "base/buf.h"
#include "base/limits.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "journal/leaf.h"

#define OPENING_PLAIN 640
#define OPENING_SIZE 656	/* encrypted, with its tag */
#define OPENING_SITE 20		/* characters of a site's number */
#define OPENING_RPPS 12
#define OPENING_QUESTION 16	/* bytes of the tag that was asked */
#define OPENING_PATH 64
#define OPENING_PARAMS 330	/* bytes of the signature's parameters */

enum opening_proof {	/* bits: what the person was named by */
	OPENING_CARD = 1,
	OPENING_MEMBER = 2,
	OPENING_NIR = 4,
	OPENING_DECOY = 8,	/* and it names a decoy */
	OPENING_PROOF_ALL = 15
};

/* Spans view the caller's bytes (pack) or the plaintext (unpack). */
struct opening {
	uint8_t key_id[SIGN_KEY_ID];	/* the asker's enrolled key */
	struct span site;		/* text, may be empty */
	struct span rpps;		/* text, may be empty */
	uint32_t cell;
	uint64_t number;		/* beneficiary; 0: nobody */
	uint8_t blinding[LEAF_BLINDING];
	uint8_t question[OPENING_QUESTION];
	uint8_t proof;			/* bits of enum opening_proof */
	struct span domain;		/* at most LIMIT_DOMAIN */
	int32_t care_day;		/* days since 1970 */
	uint8_t signature[SIGN_SIZE];	/* of the question */
	uint8_t digest[HASH_SIZE];	/* SHA-256 of the question's body */
	struct span path;
	/* The value after "ecluse=" in Signature-Input, as it came. */
	struct span params;
	uint8_t line;	/* of a bundle, from 1; 0: a question of its own */
};

/* ERR_LIMIT: a text is too long; ERR_RANGE: proof. */
MUST_CHECK enum err opening_pack(
    const struct opening *o, uint8_t out[static OPENING_PLAIN]);
/* ERR_SHAPE (padding, lengths), ERR_RANGE. */
MUST_CHECK enum err opening_unpack(
    const uint8_t in[static OPENING_PLAIN], struct opening *ret);

/*
 * Packs and encrypts; gives the leaf's commitment and opening_hash too, so
 * that the three cannot differ. Errors of opening_pack.
 */
MUST_CHECK enum err opening_seal(const struct opening *o,
    const struct secret *entry_key, uint8_t out[static OPENING_SIZE],
    uint8_t ret_commitment[static HASH_SIZE],
    uint8_t ret_hash[static HASH_SIZE]);
/* Is side the one that the leaf names: by its hash, or zeros both, where there
 * never was an opening? */
bool opening_is_named(struct span side, const struct leaf *l);
/*
 * Opens sealed, the side of the record whose leaf is l, and checks that the
 * two belong together. plain is the caller's room; *ret views it. ERR_CRYPTO:
 * another key or altered; ERR_CORRUPT: the leaf says something else.
 */
MUST_CHECK enum err opening_open(struct span sealed, const struct leaf *l,
    const struct secret *entry_key, uint8_t plain[static OPENING_PLAIN],
    struct opening *ret);
