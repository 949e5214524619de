/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "msg/field.h"
#include "msg/estimate.h"
#include "msg/rights.h"

#define AMC_DIGITS 10

void rights_resolve_pack(const struct rights_resolve *m, struct buf *out)
{
	if (m->count > RIGHTS_TAGS_ASKED ||
	    m->older_count > RIGHTS_VERSIONS - 1) {
		out->err = out->err ? out->err : ERR_LIMIT;
		return;
	}
	buf_put_u32(out, m->cell);
	buf_put_u8(out, m->count);
	buf_put(out, m->tags, (size_t)m->count * RIGHTS_TAG);
	for (unsigned i = 0; i < m->older_count; i++)
		buf_put(out, m->older[i], (size_t)m->count * RIGHTS_TAG);
}

enum err rights_resolve_unpack(struct span in, struct rights_resolve *ret)
{
	struct reader r = reader_of(in);
	struct rights_resolve m = {0};
	enum err e = ERR_OK;

	m.cell = read_u32(&r);
	m.count = field_range(read_u8(&r), 0, RIGHTS_TAGS_ASKED, &e);
	if (!e)
		read_copy(&r, m.tags, (size_t)m.count * RIGHTS_TAG);
	while (!e && m.count > 0 && m.older_count < RIGHTS_VERSIONS - 1 &&
	    reader_left(&r) > 0)
		read_copy(&r, m.older[m.older_count++],
		    (size_t)m.count * RIGHTS_TAG);
	if (!e)
		e = field_end(&r, e);
	if (!e)
		*ret = m;
	return e;
}

void rights_resolved_pack(const struct rights_resolved *m, struct buf *out)
{
	buf_put_u64(out, m->over ? 0 : m->number);
	buf_put_u8(out, m->over);
}

enum err rights_resolved_unpack(struct span in, struct rights_resolved *ret)
{
	struct reader r = reader_of(in);
	struct rights_resolved m = {.number = read_u64(&r)};
	enum err e = ERR_OK;

	m.over = field_range(read_u8(&r), 0, 1, &e) == 1;
	/* a ceiling that tells the number after all is none */
	if (!e && m.over && m.number > 0)
		e = ERR_RANGE;
	e = field_end(&r, e);
	if (!e)
		*ret = m;
	return e;
}

void rights_do_pack(const struct rights_do *m, struct buf *out)
{
	buf_put_u64(out, m->index);
	buf_put_u32(out, m->cell);
	buf_put_u64(out, m->number);
	buf_put(out, m->blinding, RIGHTS_BLINDING);
	buf_put_u8(out, m->purpose);
	buf_put_u32(out, (uint32_t)m->care_day);
	buf_put_u64(out, (uint64_t)m->now_ms);
	field_put(out, m->domain, LIMIT_DOMAIN);
	field_put(out, m->convention, LIMIT_CONVENTION);
	field_put(out, m->csr, LIMIT_CSR);
	field_put(out, m->amc, AMC_DIGITS);
	field_put(out, m->transaction, LIMIT_TRANSACTION);
	field_put(out, m->acts, ESTIMATE_MOST);
}

enum err rights_do_unpack(struct span in, struct rights_do *ret)
{
	struct reader r = reader_of(in);
	enum err e = ERR_OK;
	struct rights_do m;

	m.index = read_u64(&r);
	m.cell = read_u32(&r);
	m.number = read_u64(&r);
	read_copy(&r, m.blinding, RIGHTS_BLINDING);
	m.purpose = field_range(read_u8(&r), RIGHTS_READ, RIGHTS_ESTIMATE, &e);
	m.care_day = (int32_t)read_u32(&r);
	m.now_ms = (int64_t)read_u64(&r);
	m.domain = field_get(&r, LIMIT_DOMAIN, &e);
	m.convention = field_get(&r, LIMIT_CONVENTION, &e);
	m.csr = field_get(&r, LIMIT_CSR, &e);
	m.amc = field_get(&r, AMC_DIGITS, &e);
	m.transaction = field_get(&r, LIMIT_TRANSACTION, &e);
	m.acts = field_get(&r, ESTIMATE_MOST, &e);
	e = field_end(&r, e);
	if (!e && (m.acts.n > 0) != (m.purpose == RIGHTS_ESTIMATE))
		e = ERR_SHAPE;
	if (!e && m.amc.n > 0 && (m.amc.n != AMC_DIGITS || !text_digits(m.amc)))
		e = ERR_SHAPE;
	if (!e)
		*ret = m;
	return e;
}

void rights_done_pack(const struct rights_done *m, struct buf *out)
{
	buf_put_u8(out, m->state);
	buf_put_u8(out, m->authorization);
	buf_put_u32(out, (uint32_t)m->until_day);
	field_put(out, m->level, LIMIT_LEVEL);
	field_put_long(out, m->body, LIMIT_BODY);
}

enum err rights_done_unpack(struct span in, struct rights_done *ret)
{
	struct reader r = reader_of(in);
	enum err e = ERR_OK;
	struct rights_done m;

	m.state = field_range(
	    read_u8(&r), RIGHTS_COVERED, RIGHTS_STATE_COUNT - 1, &e);
	m.authorization = field_range(read_u8(&r), 0, 1, &e);
	m.until_day = (int32_t)read_u32(&r);
	m.level = field_get_text(&r, LIMIT_LEVEL, &e);
	m.body = field_get_long(&r, LIMIT_BODY, &e);
	e = field_end(&r, e);
	if (!e)
		*ret = m;
	return e;
}

void rights_handle_pack(const struct rights_handle *m, struct buf *out)
{
	buf_put_u32(out, m->cell);
	buf_put_u64(out, m->number);
}

enum err rights_handle_unpack(struct span in, struct rights_handle *ret)
{
	struct reader r = reader_of(in);
	struct rights_handle m;
	enum err e;

	m.cell = read_u32(&r);
	m.number = read_u64(&r);
	e = field_end(&r, ERR_OK);
	if (!e)
		*ret = m;
	return e;
}

void rights_handled_pack(struct span handle, struct buf *out)
{
	field_put(out, handle, LIMIT_HANDLE);
}

enum err rights_handled_unpack(struct span in, struct span *ret)
{
	struct reader r = reader_of(in);
	enum err e = ERR_OK;
	struct span handle = field_get(&r, LIMIT_HANDLE, &e);

	e = field_end(&r, e);
	if (!e)
		*ret = handle;
	return e;
}
