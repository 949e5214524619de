/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "journal/record.h"

#define CRC_AT (RECORD_HEAD - 4)

size_t record_fixed_size(struct record_shape shape)
{
	return shape.leaf ? RECORD_HEAD + (size_t)shape.leaf + shape.side : 0;
}

bool record_fits(struct record_shape shape, struct span leaf, struct span side)
{
	if (shape.leaf)
		return leaf.n == shape.leaf &&
		    (side.n == shape.side || side.n == 0);
	return leaf.n > 0 && leaf.n <= RECORD_PART_MAX &&
	    side.n <= RECORD_PART_MAX;
}

static size_t side_size(struct record_shape shape, const struct record *r)
{
	return shape.leaf ? shape.side : r->side.n;
}

size_t record_size(struct record_shape shape, const struct record *r)
{
	return RECORD_HEAD + r->leaf.n + side_size(shape, r);
}

size_t record_taken(const struct record *r)
{
	return RECORD_HEAD + r->leaf.n + r->side.n;
}

static uint32_t checksum(
    const struct crc *crc, const uint8_t *record, size_t n)
{
	uint32_t head = crc_of(crc, 0, span_of(record, CRC_AT));

	return crc_of(
	    crc, head, span_of(record + RECORD_HEAD, n - RECORD_HEAD));
}

void record_pack(const struct crc *crc, struct record_shape shape,
    const struct record *r, uint8_t *out)
{
	size_t side = side_size(shape, r), n = record_size(shape, r);
	uint8_t *to = out + RECORD_HEAD + r->leaf.n;

	memcpy(out, RECORD_MAGIC, RECORD_MAGIC_LEN);
	put_be32(out + 4, (uint32_t)r->leaf.n);
	put_be32(out + 8, (uint32_t)side);
	put_be64(out + 12, r->index);
	put_be64(out + 20, r->batch);
	put_be64(out + 28, r->released);
	memcpy(out + RECORD_HEAD, r->leaf.p, r->leaf.n);
	if (r->side.n)
		memcpy(to, r->side.p, side);
	else
		memset(to, 0, side);
	put_be32(out + CRC_AT, checksum(crc, out, n));
}

size_t record_length(
    struct record_shape shape, const uint8_t head[static RECORD_HEAD])
{
	uint32_t leaf = get_be32(head + 4), side = get_be32(head + 8);

	if (memcmp(head, RECORD_MAGIC, RECORD_MAGIC_LEN) != 0)
		return 0;
	if (shape.leaf ? leaf != shape.leaf ||
	            (side != shape.side && side != 0)
	               : leaf == 0 || leaf > RECORD_PART_MAX ||
	            side > RECORD_PART_MAX)
		return 0;
	return RECORD_HEAD + (size_t)leaf + side;
}

enum err record_parse(const struct crc *crc, struct record_shape shape,
    struct span in, struct record *ret)
{
	struct record r;
	size_t n = in.n < RECORD_HEAD ? 0 : record_length(shape, in.p);

	if (n == 0 || n > in.n || checksum(crc, in.p, n) !=
	        get_be32(in.p + CRC_AT))
		return ERR_CORRUPT;
	r.index = get_be64(in.p + 12);
	r.batch = get_be64(in.p + 20);
	r.released = get_be64(in.p + 28);
	r.leaf = span_of(in.p + RECORD_HEAD, get_be32(in.p + 4));
	r.side = span_of(r.leaf.p + r.leaf.n, get_be32(in.p + 8));
	if (r.batch > r.index || r.released > r.batch)
		return ERR_CORRUPT;
	*ret = r;
	return ERR_OK;
}
