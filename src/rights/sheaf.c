/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/sheaf.h"

#define ALIKE 1
#define MIXED 2
#define ALIKE_HEAD 7		/* bytes before the rows */
#define MIXED_HEAD 2
#define ALIKE_ROW (RIGHTS_TAG + 5)
#define MIXED_ROW (RIGHTS_TAG + 14)
#define NUMBER 8		/* bytes of a number as a tag */
#define CARD_FLAG 1
#define NUMBER_FLAG 2


_Static_assert((SHEAF_BYTES - ALIKE_HEAD) / ALIKE_ROW <= SHEAF_ROWS,
    "more rows than SHEAF_ROWS");

bool sheaf_takes(struct span tag)
{
	return tag.n == RIGHTS_TAG || tag.n == NUMBER;
}

static size_t row_bytes(const struct sheaf *s)
{
	return s->alike ? ALIKE_ROW : MIXED_ROW;
}

enum err sheaf_open(struct span value, struct sheaf *ret)
{
	struct reader r = reader_of(value);
	struct sheaf s = {.rows = NULL};
	uint8_t kind = read_u8(&r);

	s.count = read_u8(&r);
	s.alike = kind == ALIKE;
	if (s.alike) {
		s.version = read_u8(&r);
		s.gen_from = read_u32(&r);
	} else if (kind != MIXED) {
		return ERR_CORRUPT;
	}
	s.rows = r.p;
	if (value.n != SHEAF_BYTES || s.count > SHEAF_ROWS ||
	    s.count * row_bytes(&s) > reader_left(&r))
		return ERR_CORRUPT;
	*ret = s;
	return ERR_OK;
}

void sheaf_row(const struct sheaf *s, size_t nth, struct sheaf_row *ret)
{
	const uint8_t *p = s->rows + nth * row_bytes(s);

	memcpy(ret->tag, p, RIGHTS_TAG);
	p += RIGHTS_TAG;
	ret->n = *p & NUMBER_FLAG ? NUMBER : RIGHTS_TAG;
	ret->card = *p & CARD_FLAG;
	ret->person = get_be32(p + 1);
	ret->version = s->alike ? s->version : p[5];
	ret->gen_from = s->alike ? s->gen_from : get_be32(p + 6);
	ret->gen_to = s->alike ? 0 : get_be32(p + 10);
}

/* A number comes before a tag that begins like it. */
size_t sheaf_find(const struct sheaf *s, struct span tag)
{
	size_t low = 0, high = s->count, size = row_bytes(s);
	uint8_t padded[RIGHTS_TAG] = {0};

	memcpy(padded, tag.p, tag.n);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const uint8_t *p = s->rows + mid * size;
		int c = memcmp(p, padded, RIGHTS_TAG);

		if (c < 0 || (c == 0 && tag.n == RIGHTS_TAG &&
		    (p[RIGHTS_TAG] & NUMBER_FLAG)))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int sheaf_order(const struct sheaf_row *a, const struct sheaf_row *b)
{
	int c = memcmp(a->tag, b->tag, RIGHTS_TAG);

	return c ? c : (a->n > b->n) - (a->n < b->n);
}

struct span sheaf_between(const struct sheaf_row *a,
    const struct sheaf_row *b, uint8_t to[RIGHTS_TAG])
{
	size_t n = 0;

	memcpy(to, b->tag, RIGHTS_TAG);
	while (n < RIGHTS_TAG && a->tag[n] == b->tag[n])
		n++;
	if (n == RIGHTS_TAG)
		return span_of(to, n);
	for (unsigned bit = 0x80; bit > 0; bit >>= 1)
		if ((a->tag[n] ^ b->tag[n]) & bit) {
			to[n] &= (uint8_t)-bit;
			break;
		}
	return span_of(to, n + 1);
}

static bool are_alike(const struct sheaf_row *a, const struct sheaf_row *b)
{
	return b->gen_to == 0 && a->gen_from == b->gen_from &&
	    a->version == b->version;
}

size_t sheaf_fits(const struct sheaf_row *rows, size_t count)
{
	const size_t most = (SHEAF_BYTES - ALIKE_HEAD) / ALIKE_ROW;
	const size_t mixed = (SHEAF_BYTES - MIXED_HEAD) / MIXED_ROW;
	size_t n = 0;

	while (n < count && n < most && are_alike(&rows[0], &rows[n]))
		n++;
	if (n == count || n >= mixed)
		return n;
	return count < mixed ? count : mixed;
}

static uint8_t *write_row(uint8_t *p, const struct sheaf_row *row)
{
	memcpy(p, row->tag, RIGHTS_TAG);
	p += RIGHTS_TAG;
	*p++ = (uint8_t)((row->card ? CARD_FLAG : 0) |
	    (row->n == NUMBER ? NUMBER_FLAG : 0));
	put_be32(p, row->person);
	return p + 4;
}

static uint8_t *write_more(uint8_t *p, const struct sheaf_row *row)
{
	*p++ = row->version;
	put_be32(p, row->gen_from);
	put_be32(p + 4, row->gen_to);
	return p + 8;
}

void sheaf_write(
    const struct sheaf_row *rows, size_t count, struct buf *out)
{
	bool alike = true;
	uint8_t *p, *end;

	for (size_t i = 0; i < count; i++)
		alike = alike && are_alike(&rows[0], &rows[i]);
	alike = alike && count > 0;
	p = buf_extend(out, SHEAF_BYTES);
	if (!p)
		return;
	end = p + SHEAF_BYTES;
	*p++ = alike ? ALIKE : MIXED;
	*p++ = (uint8_t)count;
	if (alike) {
		*p = rows[0].version;
		put_be32(p + 1, rows[0].gen_from);
		p += 5;
	}
	for (size_t i = 0; i < count; i++) {
		p = write_row(p, &rows[i]);
		if (!alike)
			p = write_more(p, &rows[i]);
	}
	memset(p, 0, (size_t)(end - p));
}
