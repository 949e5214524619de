/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A feed on its way from the insurer to the keeper, whoever carries it. The
 * file is a row of chunks, each `u32 length | chunk`; a chunk, big-endian:
 *
 *   "ECF1" | AMC, 10 digits | feed id 32 | u8 kind | u8 version of this form, 1
 *   | i32 effective day | i64 made, ms | u32 number, from 0 | u8 last
 *   | u64 lines of the feed (0 but in the last)              73 bytes: header
 *   | HPKE enc 65 | u32 n | ciphertext n
 *   | signature 64 by the insurer's feed key over all before it
 *
 * kind: 1 full, 2 delta, 3 changes; 128 is added when lines that the vault
 * finds a fault with shall be left out instead of undoing the feed.
 *
 * Sealed to the instance's sealing key (crypto/hpke.h) with
 *   info = "ecluse-feed-v1" LF AMC LF feed id in hex LF number
 *   ad   = the header.
 *
 * The feed id is the SHA-256 of the whole plaintext (feed/trait_line.h), so
 * the insurer packs its lines twice: once through a hash_stream, once into
 * chunks. It stands in clear, and cannot be searched for as long as lines
 * carry handles, which only the insurer's own key can make.
 */
#pragma once
#include "base/limits.h"
#include "crypto/hpke.h"
#include "crypto/sign.h"

#define FEED_CHUNK_VERSION 1
#define FEED_CHUNK_AMC 10
#define FEED_CHUNK_ID 32
#define FEED_CHUNK_HEAD 73
#define FEED_CHUNK_OVERHEAD                                                   \
	(FEED_CHUNK_HEAD + HPKE_PUBLIC + 4 + AEAD_TAG + SIGN_SIZE)
/* Bytes of plaintext in a chunk, at most. */
#define FEED_CHUNK_PLAIN (LIMIT_FEED_CHUNK - FEED_CHUNK_OVERHEAD)

/* The numbers of msg/feed.h's enum feed_kind. */
enum feed_chunk_kind {
	FEED_CHUNK_FULL = 1, FEED_CHUNK_DELTA = 2, FEED_CHUNK_CHANGES = 3
};
#define FEED_CHUNK_KEEP_GOING 0x80	/* added to the kind's byte */

struct feed_chunk_head {
	char amc[FEED_CHUNK_AMC + 1];
	uint8_t id[FEED_CHUNK_ID];	/* the same in all chunks of a feed */
	uint8_t kind;			/* enum feed_chunk_kind */
	int32_t effective_day;	/* state of the book on this day */
	int64_t made_ms;
	uint32_t number;	/* of this chunk, from 0 */
	bool last;
	uint64_t lines;		/* of the feed, in the last chunk; else 0 */
	bool keep_going;
};

/* Appends a chunk, without its length. ERR_RANGE: a field of the header or an
 * empty plaintext; ERR_LIMIT: plain over FEED_CHUNK_PLAIN, or out is full;
 * ERR_SHAPE: pk is not a point. */
MUST_CHECK enum err feed_chunk_pack(const struct feed_chunk_head *head,
    struct span plain, const uint8_t pk[static HPKE_PUBLIC],
    const struct sign_private *key, const struct random *random,
    struct buf *out);

/* Length of the next chunk from the 4 bytes before it; ERR_LIMIT, ERR_SHAPE
 * (too short for a chunk). */
MUST_CHECK enum err feed_chunk_length(
    const uint8_t prefix[static 4], size_t *ret);

/*
 * All three take a whole chunk and check its form to the last byte (ERR_SHAPE,
 * ERR_RANGE, ERR_LIMIT). Nothing of a head is to be believed before verify.
 */
MUST_CHECK enum err feed_chunk_head_parse(
    struct span chunk, struct feed_chunk_head *ret);
/* ERR_CRYPTO: not signed by key. */
MUST_CHECK enum err feed_chunk_verify(
    struct span chunk, const struct sign_public *key);
/* Appends the plaintext, which the caller wipes. ERR_CRYPTO: sealed to another
 * key, or changed. */
MUST_CHECK enum err feed_chunk_open(
    struct span chunk, const struct hpke_key *key, struct buf *plain);
