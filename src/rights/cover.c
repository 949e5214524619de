/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/cover.h"

int cover_order(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* By insertion: there are few, and most feeds have them in order already. */
static enum err sort_domains(
    const struct feed_line *line, const struct feed_domain **to)
{
	for (unsigned i = 0; i < line->domain_count; i++) {
		const struct feed_domain *d = &line->domains[i];
		unsigned at = i;

		while (at > 0 && cover_order(to[at - 1]->code, d->code) > 0) {
			to[at] = to[at - 1];
			at--;
		}
		if (at > 0 && span_equal(to[at - 1]->code, d->code))
			return ERR_EXISTS;
		to[at] = d;
	}
	return ERR_OK;
}

static void put_field(struct buf *out, struct span s)
{
	buf_put_u8(out, (uint8_t)s.n);
	buf_put_span(out, s);
}

enum err cover_pack(const struct feed_line *line, struct buf *out)
{
	const struct feed_domain *sorted[LIMIT_DOMAINS];
	enum err e = sort_domains(line, sorted);

	if (e)
		return e;
	put_field(out, line->contract);
	put_field(out, line->convention);
	put_field(out, line->csr);
	buf_put_u8(out, line->domain_count);
	for (unsigned i = 0; i < line->domain_count; i++) {
		put_field(out, sorted[i]->code);
		put_field(out, sorted[i]->level);
		buf_put_u8(out, sorted[i]->authorization);
	}
	return out->err;
}

static struct span get_field(struct reader *r)
{
	uint8_t n = read_u8(r);

	return read_bytes(r, n);
}

/* In its limits, and behind the one before: each cover has one spelling. */
static bool domain_fits(const struct feed_domain *d, bool first)
{
	return d->code.n <= LIMIT_DOMAIN && d->level.n <= LIMIT_LEVEL &&
	    (first || cover_order(d[-1].code, d->code) < 0);
}

enum err cover_unpack(struct span text, struct cover *ret)
{
	struct reader r = reader_of(text);

	ret->contract = get_field(&r);
	ret->convention = get_field(&r);
	ret->csr = get_field(&r);
	ret->domain_count = read_u8(&r);
	if (ret->domain_count > LIMIT_DOMAINS ||
	    ret->contract.n > LIMIT_CONTRACT ||
	    ret->convention.n > LIMIT_CONVENTION || ret->csr.n > LIMIT_CSR)
		return ERR_CORRUPT;
	for (unsigned i = 0; i < ret->domain_count; i++) {
		ret->domains[i].code = get_field(&r);
		ret->domains[i].level = get_field(&r);
		ret->domains[i].authorization = read_u8(&r);
		if (!domain_fits(&ret->domains[i], i == 0))
			return ERR_CORRUPT;
	}
	return reader_done(&r) ? ERR_OK : ERR_CORRUPT;
}

struct span cover_contract(struct span text)
{
	struct reader r = reader_of(text);

	return get_field(&r);
}

/* FNV-1a, 32 bits (Fowler, Noll, Vo; public domain). */
uint32_t cover_print(struct span text)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ text.p[i]) * 16777619u;
	return h;
}

static bool agree(struct span a, struct span b)
{
	return a.n == 0 || b.n == 0 || span_equal(a, b);
}

bool cover_on_route(
    const struct cover *c, struct span convention, struct span csr)
{
	return agree(c->convention, convention) && agree(c->csr, csr);
}

const struct feed_domain *cover_domain(
    const struct cover *c, struct span code)
{
	for (unsigned i = 0; i < c->domain_count; i++)
		if (span_equal(c->domains[i].code, code))
			return &c->domains[i];
	return NULL;
}
