/* SPDX-License-Identifier: Apache-2.0 */
#include "msg/field.h"

static void note(enum err *e, enum err what)
{
	if (*e == ERR_OK)
		*e = what;
}

void field_put(struct buf *out, struct span s, size_t most)
{
	if (s.n > most)
		note(&out->err, ERR_LIMIT);
	else
		buf_put_s16(out, s);
}

void field_put_long(struct buf *out, struct span s, size_t most)
{
	if (s.n > most)
		note(&out->err, ERR_LIMIT);
	else
		buf_put_s32(out, s);
}

struct span field_get(struct reader *r, size_t most, enum err *e)
{
	struct span s = read_s16(r);

	if (s.n > most)
		note(e, ERR_LIMIT);
	return s;
}

struct span field_get_text(struct reader *r, size_t most, enum err *e)
{
	struct span s = field_get(r, most, e);

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			note(e, ERR_SHAPE);
	return s;
}

struct span field_get_long(struct reader *r, size_t most, enum err *e)
{
	struct span s = read_s32(r);

	if (s.n > most)
		note(e, ERR_LIMIT);
	return s;
}

uint8_t field_range(uint8_t v, uint8_t least, uint8_t most, enum err *e)
{
	if (v < least || v > most)
		note(e, ERR_RANGE);
	return v;
}

enum err field_end(const struct reader *r, enum err e)
{
	return reader_done(r) ? e : ERR_SHAPE;
}
