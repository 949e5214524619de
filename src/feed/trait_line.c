/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "feed/trait_line.h"
#include "ids/nir.h"

#define AGE_CLASSES 3
#define DAY_MIN (-135140)	/* 1600-01-01, as base/date.h has it */
#define DAY_MAX 2932896		/* 9999-12-31 */
#define MONTH_MIN (1900 * 12)
#define MONTH_MAX (9999 * 12 + 11)

static enum err check_text(struct span s, size_t least, size_t most)
{
	if (s.n > most)
		return ERR_LIMIT;
	if (s.n < least)
		return ERR_SHAPE;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return ERR_SHAPE;
	return ERR_OK;
}

static enum err check_person(const struct feed_traits_line *m)
{
	struct nir nir;

	if (m->card_count > LIMIT_CARDS || m->handle.n > LIMIT_HANDLE)
		return ERR_LIMIT;
	if (!m->nir.n && !m->member.n && !m->card_count && !m->handle.n)
		return ERR_SHAPE;
	if (m->nir.n && (m->nir.n != FEED_TRAITS_NIR ||
	                    !ids_readable(nir_parse(m->nir, &nir))))
		return ERR_SHAPE;
	if (!text_digits(span_of(m->birth, FEED_TRAITS_BIRTH)) ||
	    m->rank < '0' || m->rank > '9')
		return ERR_SHAPE;
	return check_text(m->member, 0, LIMIT_MEMBER);
}

static bool day_ok(int32_t day)
{
	return day >= DAY_MIN && day <= DAY_MAX;
}

static enum err check_rights(const struct feed_traits_line *m)
{
	if (m->line == 0 || m->order == 0 || m->age_class > AGE_CLASSES ||
	    !day_ok(m->from_day) || !day_ok(m->to_day) ||
	    !day_ok(m->closed_day) || m->from_day > m->to_day ||
	    (m->closed_day != 0 && m->closed_day > m->to_day))
		return ERR_RANGE;
	if (m->age_change &&
	    (m->age_change < MONTH_MIN || m->age_change > MONTH_MAX))
		return ERR_RANGE;
	return m->domain_count > LIMIT_DOMAINS ? ERR_LIMIT : ERR_OK;
}

static enum err check_domain(const struct feed_traits_domain *d)
{
	enum err e = check_text(d->code, 1, LIMIT_DOMAIN);

	if (!e)
		e = check_text(d->level, 0, LIMIT_LEVEL);
	if (!e && d->authorization > 1)
		e = ERR_RANGE;
	return e;
}

static enum err check_bare(const struct feed_traits_line *m)
{
	if (m->line == 0 || m->kind > FEED_TRAITS_GONE)
		return ERR_RANGE;
	if (m->handle.n == 0)
		return ERR_SHAPE;
	return m->handle.n > LIMIT_HANDLE ? ERR_LIMIT : ERR_OK;
}

/* Both sides ask the same: what is packed here unpacks there. */
static enum err check(const struct feed_traits_line *m)
{
	enum err e = m->kind ? check_bare(m) : check_rights(m);

	if (m->kind)
		return e;

	if (!e)
		e = check_person(m);
	if (!e)
		e = check_text(m->contract, 0, LIMIT_CONTRACT);
	if (!e)
		e = check_text(m->convention, 0, LIMIT_CONVENTION);
	if (!e)
		e = check_text(m->csr, 0, LIMIT_CSR);
	for (unsigned i = 0; !e && i < m->domain_count; i++)
		e = check_domain(&m->domains[i]);
	return e;
}

static void put_s8(struct buf *out, struct span s)
{
	buf_put_u8(out, (uint8_t)s.n);
	buf_put_span(out, s);
}

static struct span read_s8(struct reader *r)
{
	uint8_t n = read_u8(r);

	return read_bytes(r, n);
}

static void put_bare(const struct feed_traits_line *m, struct buf *out)
{
	buf_put_u32(out, 0);
	buf_put_u32(out, m->line);
	buf_put_u8(out, m->kind);
	put_s8(out, m->handle);
}

static void put_line(const struct feed_traits_line *m, struct buf *out)
{
	buf_put_u32(out, m->line);
	put_s8(out, m->nir);
	buf_put(out, m->birth, FEED_TRAITS_BIRTH);
	buf_put_u8(out, (uint8_t)m->rank);
	put_s8(out, m->member);
	buf_put_u8(out, m->card_count);
	buf_put(out, m->cards, (size_t)m->card_count * FEED_TRAITS_CTI);
	put_s8(out, m->handle);
	put_s8(out, m->contract);
	put_s8(out, m->convention);
	put_s8(out, m->csr);
	buf_put_u8(out, m->order);
	buf_put_u32(out, (uint32_t)m->from_day);
	buf_put_u32(out, (uint32_t)m->to_day);
	buf_put_u32(out, (uint32_t)m->closed_day);
	buf_put_u8(out, m->age_class);
	buf_put_u32(out, m->age_change);
	buf_put_u8(out, m->domain_count);
	for (unsigned i = 0; i < m->domain_count; i++) {
		put_s8(out, m->domains[i].code);
		put_s8(out, m->domains[i].level);
		buf_put_u8(out, m->domains[i].authorization);
	}
}

enum err feed_traits_line_pack(
    const struct feed_traits_line *m, struct buf *out)
{
	size_t start = out->n;
	enum err e = check(m);

	if (e)
		return e;
	buf_put_u16(out, 0);
	if (m->kind)
		put_bare(m, out);
	else
		put_line(m, out);
	if (out->err) {
		out->n = start;
		return out->err;
	}
	put_be16(out->p + start, (uint16_t)(out->n - start - 2));
	return ERR_OK;
}

static enum err get_bare(struct reader *r, struct feed_traits_line *m)
{
	m->line = read_u32(r);
	m->kind = read_u8(r);
	m->handle = read_s8(r);
	return m->kind == FEED_TRAITS_RIGHT ? ERR_RANGE : ERR_OK;
}

/* All but the domains; counts over their arrays are refused before use. */
static enum err get_line(struct reader *r, struct feed_traits_line *m)
{
	m->line = read_u32(r);
	if (m->line == 0)
		return get_bare(r, m);
	m->nir = read_s8(r);
	read_copy(r, m->birth, FEED_TRAITS_BIRTH);
	m->rank = (char)read_u8(r);
	m->member = read_s8(r);
	m->card_count = read_u8(r);
	if (m->card_count > LIMIT_CARDS)
		return ERR_LIMIT;
	read_copy(r, m->cards, (size_t)m->card_count * FEED_TRAITS_CTI);
	m->handle = read_s8(r);
	m->contract = read_s8(r);
	m->convention = read_s8(r);
	m->csr = read_s8(r);
	m->order = read_u8(r);
	m->from_day = (int32_t)read_u32(r);
	m->to_day = (int32_t)read_u32(r);
	m->closed_day = (int32_t)read_u32(r);
	m->age_class = read_u8(r);
	m->age_change = read_u32(r);
	m->domain_count = read_u8(r);
	return m->domain_count > LIMIT_DOMAINS ? ERR_LIMIT : ERR_OK;
}

enum err feed_traits_line_unpack(
    struct reader *r, struct feed_traits_line *ret)
{
	struct reader in = reader_of(read_s16(r));
	struct feed_traits_line m = {0};
	enum err e;

	if (r->bad)
		return ERR_SHAPE;
	e = get_line(&in, &m);
	for (unsigned i = 0; !e && i < m.domain_count; i++) {
		m.domains[i].code = read_s8(&in);
		m.domains[i].level = read_s8(&in);
		m.domains[i].authorization = read_u8(&in);
	}
	if (in.bad || (!e && !reader_done(&in)))
		return ERR_SHAPE;
	if (!e)
		e = check(&m);
	if (!e)
		*ret = m;
	return e;
}
