/* SPDX-License-Identifier: Apache-2.0 */
#include "card/cbor.h"

enum major {	/* RFC 8949 §3.1 */
	UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG
};

static void put_head(struct buf *out, enum major major, uint64_t v)
{
	uint8_t type = (uint8_t)(major << 5);

	if (v < 24) {
		buf_put_u8(out, (uint8_t)(type | v));
	} else if (v <= UINT8_MAX) {
		buf_put_u8(out, type | 24);
		buf_put_u8(out, (uint8_t)v);
	} else if (v <= UINT16_MAX) {
		buf_put_u8(out, type | 25);
		buf_put_u16(out, (uint16_t)v);
	} else if (v <= UINT32_MAX) {
		buf_put_u8(out, type | 26);
		buf_put_u32(out, (uint32_t)v);
	} else {
		buf_put_u8(out, type | 27);
		buf_put_u64(out, v);
	}
}

void cbor_put_int(struct buf *out, int64_t v)
{
	if (v >= 0)
		put_head(out, UNSIGNED, (uint64_t)v);
	else
		put_head(out, NEGATIVE, (uint64_t)(-1 - v));
}

void cbor_put_bytes(struct buf *out, struct span s)
{
	put_head(out, BYTES, s.n);
	buf_put_span(out, s);
}

void cbor_put_text(struct buf *out, struct span s)
{
	put_head(out, TEXT, s.n);
	buf_put_span(out, s);
}

void cbor_put_array(struct buf *out, uint64_t items)
{
	put_head(out, ARRAY, items);
}

void cbor_put_map(struct buf *out, uint64_t pairs)
{
	put_head(out, MAP, pairs);
}

void cbor_put_tag(struct buf *out, uint64_t tag)
{
	put_head(out, TAG, tag);
}

/* The argument of a head whose low five bits are info; bad unless no shorter
 * head would do. 28 to 31 are reserved or indefinite. */
static uint64_t argument(struct reader *r, unsigned info)
{
	uint64_t v = 0, least = 0;

	switch (info) {
	case 24:
		v = read_u8(r);
		least = 24;
		break;
	case 25:
		v = read_u16(r);
		least = UINT64_C(1) << 8;
		break;
	case 26:
		v = read_u32(r);
		least = UINT64_C(1) << 16;
		break;
	case 27:
		v = read_u64(r);
		least = UINT64_C(1) << 32;
		break;
	default:
		v = info;
		r->bad |= info > 24;
		break;
	}
	if (v < least)
		r->bad = true;
	return r->bad ? 0 : v;
}

static uint64_t read_head(struct reader *r, enum major major)
{
	uint8_t head = read_u8(r);

	if (head >> 5 != major)
		r->bad = true;
	return argument(r, head & 31);
}

int64_t cbor_int(struct reader *r)
{
	uint8_t head = read_u8(r);
	uint64_t v = argument(r, head & 31);

	if (head >> 5 > NEGATIVE || v > INT64_MAX)
		r->bad = true;
	if (r->bad)
		return 0;
	return head >> 5 == NEGATIVE ? -1 - (int64_t)v : (int64_t)v;
}

static struct span read_string(struct reader *r, enum major major)
{
	uint64_t n = read_head(r, major);

	if (n > reader_left(r)) {
		r->bad = true;
		n = 0;
	}
	return read_bytes(r, (size_t)n);
}

struct span cbor_bytes(struct reader *r)
{
	return read_string(r, BYTES);
}

struct span cbor_text(struct reader *r)
{
	struct span s = read_string(r, TEXT);

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			r->bad = true;
	return r->bad ? span_of(NULL, 0) : s;
}

void cbor_array(struct reader *r, uint64_t items)
{
	if (read_head(r, ARRAY) != items)
		r->bad = true;
}

void cbor_tag(struct reader *r, uint64_t tag)
{
	if (read_head(r, TAG) != tag)
		r->bad = true;
}

struct cbor_map cbor_map(struct reader *r)
{
	struct cbor_map map = { read_head(r, MAP), span_of(NULL, 0) };

	return map;
}

/* Whether a comes before b. A key's first byte tells its length, so that keys
 * of two lengths differ there. */
static bool precedes(struct span a, struct span b)
{
	return memcmp(a.p, b.p, a.n < b.n ? a.n : b.n) < 0;
}

bool cbor_next(struct reader *r, struct cbor_map *map, int64_t *ret_key)
{
	const uint8_t *start = r->p;
	struct span key;
	int64_t v;

	if (map->left == 0 || r->bad)
		return false;
	v = cbor_int(r);
	if (r->bad)
		return false;
	key = span_of(start, (size_t)(r->p - start));
	if (map->key.n > 0 && !precedes(map->key, key)) {
		r->bad = true;
		return false;
	}
	map->left--;
	map->key = key;
	*ret_key = v;
	return true;
}
