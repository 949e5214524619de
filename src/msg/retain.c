/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "msg/field.h"
#include "msg/retain.h"

void retain_ask_pack(const struct retain_ask *m, struct buf *out)
{
	buf_put_u32(out, m->cell);
	buf_put_u64(out, m->after);
	buf_put_u32(out, (uint32_t)m->ended_day);
	buf_put_u32(out, (uint32_t)m->today);
	buf_put_u32(out, (uint32_t)m->live_day);
	buf_put_u8(out, m->dry);
	buf_put_u16(out, m->count);
	for (unsigned i = 0; i < m->count; i++) {
		buf_put_u64(out, m->keep[i].person);
		buf_put_span(out, span_of(m->keep[i].tag, RIGHTS_TAG));
	}
}

enum err retain_ask_unpack(struct span in, struct retain_ask *ret)
{
	struct reader r = reader_of(in);
	enum err e = ERR_OK;

	ret->cell = read_u32(&r);
	ret->after = read_u64(&r);
	ret->ended_day = (int32_t)read_u32(&r);
	ret->today = (int32_t)read_u32(&r);
	ret->live_day = (int32_t)read_u32(&r);
	ret->dry = field_range(read_u8(&r), 0, 1, &e) != 0;
	ret->count = read_u16(&r);
	if (ret->count > RETAIN_MOST)
		return ERR_LIMIT;
	for (unsigned i = 0; i < ret->count; i++) {
		ret->keep[i].person = read_u64(&r);
		read_copy(&r, ret->keep[i].tag, RIGHTS_TAG);
	}
	return field_end(&r, e);
}

void retain_said_pack(const struct retain_said *m, struct buf *out)
{
	buf_put_u8(out, m->state);
	buf_put_u64(out, m->after);
	buf_put_u64(out, m->rights);
	buf_put_u64(out, m->persons);
	buf_put_u64(out, m->names);
	buf_put_u16(out, m->count);
	for (unsigned i = 0; i < m->count; i++) {
		buf_put_u64(out, m->gone[i].person);
		field_put(out, span_of(m->gone[i].handle,
		    m->gone[i].handle_len), LIMIT_HANDLE);
	}
}

enum err retain_said_unpack(struct span in, struct retain_said *ret)
{
	struct reader r = reader_of(in);
	enum err e = ERR_OK;

	ret->state = field_range(
	    read_u8(&r), RETAIN_MORE, RETAIN_REFUSED, &e);
	ret->after = read_u64(&r);
	ret->rights = read_u64(&r);
	ret->persons = read_u64(&r);
	ret->names = read_u64(&r);
	ret->count = read_u16(&r);
	if (ret->count > RETAIN_MOST)
		return ERR_LIMIT;
	for (unsigned i = 0; i < ret->count && !e; i++) {
		struct retain_gone *g = &ret->gone[i];
		struct span handle;

		g->person = read_u64(&r);
		handle = field_get(&r, LIMIT_HANDLE, &e);
		g->handle_len = (uint8_t)handle.n;
		if (!e && handle.n > 0)
			memcpy(g->handle, handle.p, handle.n);
	}
	return field_end(&r, e);
}
