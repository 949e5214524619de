/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "msg/contracts.h"
#include "msg/field.h"

#define WORDS 200

void contracts_put_pack(const struct contracts_put *m, struct buf *out)
{
	buf_put_u32(out, m->cell);
	buf_put_u64(out, (uint64_t)m->made_ms);
	buf_put(out, m->id, CONTRACTS_ID);
	field_put(out, m->amc, CONTRACTS_AMC);
	field_put_long(out, m->text, LIMIT_CONTRACT_FILE);
}

enum err contracts_put_unpack(struct span in, struct contracts_put *ret)
{
	struct reader r = reader_of(in);
	struct contracts_put m;
	enum err e = ERR_OK;

	m.cell = read_u32(&r);
	m.made_ms = (int64_t)read_u64(&r);
	read_copy(&r, m.id, CONTRACTS_ID);
	m.amc = field_get(&r, CONTRACTS_AMC, &e);
	m.text = field_get_long(&r, LIMIT_CONTRACT_FILE, &e);
	e = field_end(&r, e);
	if (!e && (m.amc.n != CONTRACTS_AMC || !text_digits(m.amc) ||
	    m.cell == 0 || m.made_ms < 0))
		e = ERR_RANGE;
	if (!e)
		*ret = m;
	return e;
}

void contracts_said_pack(const struct contracts_said *m, struct buf *out)
{
	buf_put_u8(out, m->outcome);
	buf_put_u32(out, m->line);
	buf_put_u32(out, m->column);
	field_put(out, m->words, WORDS);
	field_put(out, m->code, LIMIT_CONTRACT);
	buf_put_u32(out, (uint32_t)m->from_day);
}

enum err contracts_said_unpack(struct span in, struct contracts_said *ret)
{
	struct reader r = reader_of(in);
	struct contracts_said m;
	enum err e = ERR_OK;

	m.outcome = field_range(
	    read_u8(&r), CONTRACTS_TAKEN, CONTRACTS_OUTCOMES - 1, &e);
	m.line = read_u32(&r);
	m.column = read_u32(&r);
	m.words = field_get(&r, WORDS, &e);
	m.code = field_get(&r, LIMIT_CONTRACT, &e);
	m.from_day = (int32_t)read_u32(&r);
	e = field_end(&r, e);
	if (!e)
		*ret = m;
	return e;
}
