/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A feed file in the making: members become packed lines (feed/trait_line.h),
 * lines are gathered into chunks (feed/chunk.h), sealed, signed and written.
 * The same members in the same order give the same packed lines, whose
 * SHA-256 is the feed's id; so the file is read once for the id and once more
 * to write. Memory: one chunk.
 */
#pragma once
#include "base/outfile.h"
#include "feed/chunk.h"
#include "insurer/handle.h"
#include "insurer/member.h"

struct parcel {
	struct outfile file;
	struct feed_chunk_head head;
	const uint8_t *sealing;		/* HPKE_PUBLIC bytes */
	const struct sign_private *key;
	struct random random;
	struct buf plain, chunk;
	uint64_t lines, bytes;		/* bytes of the file so far */
};

/* Appends the member as line number to out. ERR_CRYPTO: no handle. */
MUST_CHECK enum err parcel_pack(const struct member *m, uint32_t number,
    const struct handle_key *handles, struct buf *out);

/* The same for a row that names a person and no right: FEED_TRAITS_STAYS,
 * whoever has this reference stays as he was, or FEED_TRAITS_GONE
 * (docs/feed-rules.md). */
MUST_CHECK enum err parcel_pack_bare(uint8_t kind, struct span ref,
    uint32_t number, const struct handle_key *handles, struct buf *out);

/* head: amc, id, kind, effective_day, made_ms; sealing and key outlive p.
 * Abandon it after any error. */
MUST_CHECK enum err parcel_open(struct parcel *p, const char *path,
    const struct feed_chunk_head *head, const uint8_t *sealing,
    const struct sign_private *key);
MUST_CHECK enum err parcel_put(struct parcel *p, struct span packed);
/* The last chunk, which every feed has: ERR_RANGE without a line. */
MUST_CHECK enum err parcel_close(struct parcel *p);
void parcel_abandon(struct parcel *p);
