/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "msg/feed.h"
#include "msg/field.h"

#define REASON 256	/* bytes of the word that says why */
#define AGE_CLASSES 3

void feed_begin_pack(const struct feed_begin *m, struct buf *out)
{
	buf_put_u32(out, m->cell);
	buf_put_u8(out, m->kind);
	buf_put_u8(out, m->version);
	buf_put_u8(out, m->keep_going);
	buf_put_u32(out, (uint32_t)m->effective_day);
	buf_put_u64(out, (uint64_t)m->made_ms);
	buf_put(out, m->id, sizeof(m->id));
}

enum err feed_begin_unpack(struct span in, struct feed_begin *ret)
{
	struct reader r = reader_of(in);
	enum err e = ERR_OK;
	struct feed_begin m;

	m.cell = read_u32(&r);
	m.kind = field_range(read_u8(&r), FEED_FULL, FEED_CHANGES, &e);
	m.version = read_u8(&r);
	m.keep_going = field_range(read_u8(&r), 0, 1, &e);
	m.effective_day = (int32_t)read_u32(&r);
	m.made_ms = (int64_t)read_u64(&r);
	read_copy(&r, m.id, sizeof(m.id));
	e = field_end(&r, e);
	if (!e)
		*ret = m;
	return e;
}

static void put_domain(const struct feed_domain *d, struct buf *out)
{
	field_put(out, d->code, LIMIT_DOMAIN);
	field_put(out, d->level, LIMIT_LEVEL);
	buf_put_u8(out, d->authorization);
}

static struct feed_domain get_domain(struct reader *r, enum err *e)
{
	struct feed_domain d;

	d.code = field_get(r, LIMIT_DOMAIN, e);
	d.level = field_get(r, LIMIT_LEVEL, e);
	d.authorization = field_range(read_u8(r), 0, 1, e);
	return d;
}

void feed_line_pack(const struct feed_line *m, struct buf *out)
{
	if (m->tag_count > RIGHTS_TAGS_FED ||
	    m->card_count > m->tag_count || m->join_count > RIGHTS_JOINS ||
	    m->domain_count > LIMIT_DOMAINS) {
		out->err = out->err ? out->err : ERR_LIMIT;
		return;
	}
	buf_put_u32(out, m->line);
	buf_put_u8(out, m->kind);
	buf_put_u8(out, m->tag_count);
	buf_put_u8(out, m->card_count);
	buf_put(out, m->tags, (size_t)m->tag_count * RIGHTS_TAG);
	buf_put_u8(out, m->join_count);
	buf_put(out, m->joins, (size_t)m->join_count * RIGHTS_TAG);
	field_put(out, m->handle, LIMIT_HANDLE);
	field_put(out, m->contract, LIMIT_CONTRACT);
	field_put(out, m->convention, LIMIT_CONVENTION);
	field_put(out, m->csr, LIMIT_CSR);
	buf_put_u8(out, m->order);
	buf_put_u32(out, (uint32_t)m->from_day);
	buf_put_u32(out, (uint32_t)m->to_day);
	buf_put_u32(out, (uint32_t)m->closed_day);
	buf_put_u8(out, m->age_class);
	buf_put_u32(out, m->age_change);
	buf_put_u8(out, m->domain_count);
	for (unsigned i = 0; i < m->domain_count; i++)
		put_domain(&m->domains[i], out);
}

/* All but the domains; the two counts are inside their arrays or *e is set. */
static void get_line(struct reader *r, struct feed_line *m, enum err *e)
{
	m->line = read_u32(r);
	m->kind = field_range(
	    read_u8(r), FEED_LINE_RIGHT, FEED_LINE_GONE, e);
	m->tag_count = field_range(read_u8(r), 0, RIGHTS_TAGS_FED, e);
	m->card_count = field_range(read_u8(r), 0, m->tag_count, e);
	if (*e)
		return;
	read_copy(r, m->tags, (size_t)m->tag_count * RIGHTS_TAG);
	m->join_count = field_range(read_u8(r), 0, RIGHTS_JOINS, e);
	if (*e)
		return;
	read_copy(r, m->joins, (size_t)m->join_count * RIGHTS_TAG);
	m->handle = field_get(r, LIMIT_HANDLE, e);
	m->contract = field_get(r, LIMIT_CONTRACT, e);
	m->convention = field_get(r, LIMIT_CONVENTION, e);
	m->csr = field_get(r, LIMIT_CSR, e);
	m->order = read_u8(r);
	m->from_day = (int32_t)read_u32(r);
	m->to_day = (int32_t)read_u32(r);
	m->closed_day = (int32_t)read_u32(r);
	m->age_class = field_range(read_u8(r), 0, AGE_CLASSES, e);
	m->age_change = read_u32(r);
	m->domain_count = field_range(read_u8(r), 0, LIMIT_DOMAINS, e);
}

enum err feed_line_unpack(struct reader *r, struct feed_line *ret)
{
	struct feed_line m;
	enum err e = ERR_OK;

	memset(&m, 0, sizeof(m));
	get_line(r, &m, &e);
	if (e)
		return e;
	for (unsigned i = 0; i < m.domain_count; i++)
		m.domains[i] = get_domain(r, &e);
	if (r->bad)
		return ERR_SHAPE;
	if (!e)
		*ret = m;
	return e;
}

static void put_kept(const struct feed_kept *k, struct buf *out)
{
	field_put(out, k->reason, REASON);
	buf_put_u64(out, k->count);
	buf_put_u8(out, k->line_count);
	for (unsigned i = 0; i < k->line_count; i++)
		buf_put_u32(out, k->lines[i]);
}

static struct feed_kept get_kept(struct reader *r, enum err *e)
{
	struct feed_kept k = {.reason = field_get(r, REASON, e)};

	k.count = read_u64(r);
	k.line_count = field_range(read_u8(r), 0, FEED_KEPT_LINES, e);
	for (unsigned i = 0; !*e && i < k.line_count; i++)
		k.lines[i] = read_u32(r);
	return k;
}

void feed_state_pack(const struct feed_state *m, struct buf *out)
{
	buf_put_u8(out, m->outcome);
	buf_put_u32(out, m->generation);
	buf_put_u64(out, m->lines);
	buf_put_u64(out, m->added);
	buf_put_u64(out, m->changed);
	buf_put_u64(out, m->unchanged);
	buf_put_u64(out, m->dropped);
	buf_put_u64(out, m->persons_new);
	buf_put_u32(out, m->bad_line);
	field_put(out, m->reason, REASON);
	buf_put_u8(out, m->kept_count);
	for (unsigned i = 0; i < m->kept_count; i++)
		put_kept(&m->kept[i], out);
	buf_put_u32(out, m->missing_count);
	buf_put_u8(out, m->missing_listed);
	for (unsigned i = 0; i < m->missing_listed; i++)
		field_put(out, m->missing[i], LIMIT_CONTRACT);
}

enum err feed_state_unpack(struct span in, struct feed_state *ret)
{
	struct reader r = reader_of(in);
	enum err e = ERR_OK;
	struct feed_state m = {0};

	m.outcome = field_range(read_u8(&r), FEED_GOES_ON, FEED_ALREADY, &e);
	m.generation = read_u32(&r);
	m.lines = read_u64(&r);
	m.added = read_u64(&r);
	m.changed = read_u64(&r);
	m.unchanged = read_u64(&r);
	m.dropped = read_u64(&r);
	m.persons_new = read_u64(&r);
	m.bad_line = read_u32(&r);
	m.reason = field_get(&r, REASON, &e);
	m.kept_count = field_range(read_u8(&r), 0, FEED_KEPT_REASONS, &e);
	for (unsigned i = 0; !e && i < m.kept_count; i++)
		m.kept[i] = get_kept(&r, &e);
	m.missing_count = read_u32(&r);
	m.missing_listed = field_range(read_u8(&r), 0, FEED_MISSING, &e);
	for (unsigned i = 0; !e && i < m.missing_listed; i++)
		m.missing[i] = field_get(&r, LIMIT_CONTRACT, &e);
	e = field_end(&r, e);
	if (!e)
		*ret = m;
	return e;
}

void feed_last_pack(const struct feed_last *m, struct buf *out)
{
	buf_put_u32(out, m->generation);
	buf_put_u32(out, (uint32_t)m->effective_day);
	buf_put_u64(out, (uint64_t)m->made_ms);
	buf_put(out, m->id, sizeof(m->id));
}

enum err feed_last_unpack(struct span in, struct feed_last *ret)
{
	struct reader r = reader_of(in);
	struct feed_last m;
	enum err e;

	m.generation = read_u32(&r);
	m.effective_day = (int32_t)read_u32(&r);
	m.made_ms = (int64_t)read_u64(&r);
	read_copy(&r, m.id, sizeof(m.id));
	e = field_end(&r, ERR_OK);
	if (!e)
		*ret = m;
	return e;
}
