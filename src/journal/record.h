/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record of a segment: a 40-byte head, the leaf, the side.
 *
 *   u32 magic "EJR1", u32 leaf length, u32 side length, u64 index, u64 batch,
 *   u64 released, u32 CRC-32C of the 36 bytes before it and of the body
 */
#pragma once
#include "base/buf.h"
#include "journal/crc.h"

#define RECORD_MAGIC "EJR1"
#define RECORD_MAGIC_LEN 4
#define RECORD_HEAD 40
#define RECORD_PART_MAX 65535	/* bytes of a leaf, and of a side */
#define RECORD_MAX (RECORD_HEAD + 2 * RECORD_PART_MAX)

/* The sizes that every record of a log has; both 0: they vary. Of fixed ones a
 * record may be bare: its side was purged (journal/bare.h), and is empty. */
struct record_shape {
	uint32_t leaf, side;
};

struct record {
	uint64_t index;		/* of the entry */
	uint64_t batch;		/* index of the first entry of its batch */
	uint64_t released;	/* entries below it were answered by then */
	struct span leaf, side;
};

/* Bytes of a record of a fixed shape; 0 when sizes vary. */
size_t record_fixed_size(struct record_shape shape);
/* Do these sizes fit shape and limits? An empty side fits any: zeros fill
 * it up. */
bool record_fits(struct record_shape shape, struct span leaf, struct span side);
/* Bytes that record_pack will write. */
size_t record_size(struct record_shape shape, const struct record *r);
void record_pack(const struct crc *crc, struct record_shape shape,
    const struct record *r, uint8_t *out);

/* Bytes that a record which was parsed takes. */
size_t record_taken(const struct record *r);

/* How long the record is that starts with this head; 0: no record does. */
size_t record_length(
    struct record_shape shape, const uint8_t head[static RECORD_HEAD]);
/* The record at the front of in, whole and unharmed; spans view in.
 * ERR_CORRUPT. */
MUST_CHECK enum err record_parse(const struct crc *crc,
    struct record_shape shape, struct span in, struct record *ret);
