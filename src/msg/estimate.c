/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/money.h"
#include "base/text.h"
#include "msg/estimate.h"
#include "msg/field.h"

#define QUANTITY_MOST 100000

#define ROOM_HEAD 7168	/* with every flag there is */
#define ROOM_LINE 4608	/* six amounts, steps in two languages */
#define ROOM_STEP 4096

size_t estimate_room(unsigned lines)
{
	size_t n = ROOM_HEAD + (size_t)lines * ROOM_LINE;

	return (n + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
}

static void put_line(const struct estimate_line *l, struct buf *out)
{
	buf_put_u32(out, l->n);
	field_put(out, span_str(l->act), ESTIMATE_WORD);
	field_put(out, span_str(l->exemption), ESTIMATE_WORD);
	buf_put_u32(out, l->quantity);
	buf_put_u64(out, (uint64_t)l->price);
	buf_put_u8(out, l->given);
	buf_put_u64(out, (uint64_t)l->base);
	buf_put_u64(out, (uint64_t)l->amo);
	buf_put_u64(out, (uint64_t)l->participation);
	buf_put_u64(out, (uint64_t)l->other);
	buf_put_u8(out, l->class);
	buf_put_u8(out, l->optam);
	buf_put_u8(out, l->network);
	buf_put_u8(out, l->off_pathway);
	buf_put_u8(out, l->side);
}

void estimate_pack(const struct estimate *m, struct buf *out)
{
	if (m->count == 0 || m->count > LIMIT_CLAIM_LINES) {
		out->err = out->err ? out->err : ERR_RANGE;
		return;
	}
	buf_put_u8(out, m->local);
	field_put(out, span_str(m->zone), ESTIMATE_WORD);
	buf_put_u8(out, m->count);
	for (unsigned i = 0; i < m->count; i++)
		put_line(&m->lines[i], out);
}

static void get_word(
    struct reader *r, char out[static ESTIMATE_WORD + 1], enum err *e)
{
	struct span s = field_get(r, ESTIMATE_WORD, e);

	if (text_copy(s, out, ESTIMATE_WORD + 1) && !*e)
		*e = ERR_SHAPE;
}

/* absent: it must be nothing. */
static int64_t get_cents(struct reader *r, bool absent, enum err *e)
{
	uint64_t v = read_u64(r);

	if (v > (absent ? 0 : (uint64_t)MONEY_MOST) && !*e)
		*e = ERR_RANGE;
	return (int64_t)v;
}

static void get_line(
    struct reader *r, struct estimate_line *l, enum err *e)
{
	l->n = read_u32(r);
	get_word(r, l->act, e);
	get_word(r, l->exemption, e);
	l->quantity = read_u32(r);
	l->price = get_cents(r, false, e);
	l->given = field_range(read_u8(r), 0, ESTIMATE_BASE | ESTIMATE_AMO |
	    ESTIMATE_PARTICIPATION, e);
	l->base = get_cents(r, !(l->given & ESTIMATE_BASE), e);
	l->amo = get_cents(r, !(l->given & ESTIMATE_AMO), e);
	l->participation =
	    get_cents(r, !(l->given & ESTIMATE_PARTICIPATION), e);
	l->other = get_cents(r, false, e);
	l->class = field_range(
	    read_u8(r), ESTIMATE_CLASS_NONE, ESTIMATE_CLASS_MODERATE, e);
	l->optam = field_range(read_u8(r), ESTIMATE_UNSAID, ESTIMATE_NO, e);
	l->network = field_range(read_u8(r), ESTIMATE_UNSAID, ESTIMATE_NO, e);
	l->off_pathway = field_range(read_u8(r), 0, 1, e);
	l->side = field_range(
	    read_u8(r), ESTIMATE_NO_SIDE, ESTIMATE_RIGHT, e);
	if (!*e && (l->quantity == 0 || l->quantity > QUANTITY_MOST))
		*e = ERR_RANGE;
}

enum err estimate_unpack(struct span in, struct estimate *ret)
{
	struct reader r = reader_of(in);
	struct estimate m = {0};
	enum err e = ERR_OK;

	m.local = field_range(read_u8(&r), 0, 1, &e);
	get_word(&r, m.zone, &e);
	m.count = field_range(read_u8(&r), 1, LIMIT_CLAIM_LINES, &e);
	for (unsigned i = 0; i < m.count && !e; i++)
		get_line(&r, &m.lines[i], &e);
	e = field_end(&r, e);
	if (!e)
		*ret = m;
	return e;
}
