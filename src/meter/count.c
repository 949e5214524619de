/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "meter/count.h"

#define HOUR_FORM "hour cell=%u hour=%lld persons=%u\n"

static const uint8_t magic[4] = {'E', 'C', 'V', 'C'};

void count_put_entry(const struct count_entry *e, struct buf *out)
{
	buf_put_u64(out, e->index | (e->found ? COUNT_FOUND : 0));
	buf_put(out, e->commitment, COUNT_COMMITMENT);
}

void count_put_cell(const struct count_cell *c, struct buf *out)
{
	buf_put_u32(out, c->cell);
	buf_put_u32(out, c->resolved);
	buf_put_u32(out, c->answered);
	buf_put_u32(out, c->persons);
	buf_put_u32(out, c->over);
}

struct count_entry count_entry(const struct count_record *r, uint32_t nth)
{
	const uint8_t *p = r->entry_bytes.p + (size_t)nth * COUNT_ENTRY;
	uint64_t v = get_be64(p);
	struct count_entry e = {v & ~COUNT_FOUND, (v & COUNT_FOUND) != 0, {0}};

	memcpy(e.commitment, p + 8, COUNT_COMMITMENT);
	return e;
}

struct count_cell count_cell(const struct count_record *r, uint32_t nth)
{
	const uint8_t *p = r->cell_bytes.p + (size_t)nth * COUNT_CELL;

	return (struct count_cell){get_be32(p), get_be32(p + 4),
	    get_be32(p + 8), get_be32(p + 12), get_be32(p + 16)};
}

/* Moves h behind a record whose bytes before the chain are body. */
static void move_on(struct count_head *h, struct count_record *r,
    struct span body)
{
	const struct span parts[] = {{h->chain, HASH_SIZE}, body};

	hash_sha256_parts(parts, 2, r->chain);
	memcpy(h->chain, r->chain, HASH_SIZE);
	h->size += body.n + HASH_SIZE;
	h->records++;
	for (uint32_t i = 0; i < r->cells; i++) {
		struct count_cell c = count_cell(r, i);

		h->resolved += c.resolved;
		h->answered += c.answered;
		h->over += c.over;
	}
}

enum err count_put(
    struct count_head *h, struct count_record *r, struct buf *out)
{
	size_t begun = out->n;

	if (r->entries > COUNT_MOST || r->cells > COUNT_MOST)
		return ERR_LIMIT;
	buf_put(out, magic, sizeof(magic));
	buf_put_u32(out, r->entries);
	buf_put_u32(out, r->cells);
	buf_put_u64(out, (uint64_t)r->time_ms);
	buf_put(out, r->origin, HASH_SIZE);
	buf_put_span(out, r->entry_bytes);
	buf_put_span(out, r->cell_bytes);
	if (out->err)
		return out->err;
	move_on(h, r, span_of(out->p + begun, out->n - begun));
	buf_put(out, r->chain, HASH_SIZE);
	return out->err;
}

/* The bytes that its numbers say, whatever they are. ERR_CLOSED, ERR_SHAPE. */
static enum err frame(
    struct reader *r, struct count_record *ret, struct span *ret_hashed)
{
	const uint8_t *begun = r->p;
	struct reader at = *r;
	struct count_record c;
	struct span head;

	if (reader_left(r) == 0)
		return ERR_CLOSED;
	head = read_bytes(&at, sizeof(magic));
	c.entries = read_u32(&at);
	c.cells = read_u32(&at);
	c.time_ms = (int64_t)read_u64(&at);
	read_copy(&at, c.origin, HASH_SIZE);
	if (at.bad || memcmp(head.p, magic, sizeof(magic)) != 0 ||
	    c.entries > COUNT_MOST || c.cells > COUNT_MOST)
		return ERR_SHAPE;
	c.entry_bytes = read_bytes(&at, (size_t)c.entries * COUNT_ENTRY);
	c.cell_bytes = read_bytes(&at, (size_t)c.cells * COUNT_CELL);
	*ret_hashed = span_of(begun, (size_t)(at.p - begun));
	read_copy(&at, c.chain, HASH_SIZE);
	if (at.bad)
		return ERR_SHAPE;
	*r = at;
	*ret = c;
	return ERR_OK;
}

enum err count_next(
    struct reader *r, struct count_head *h, struct count_record *ret)
{
	struct count_head next = *h;
	uint8_t chain[HASH_SIZE];
	struct reader at = *r;
	struct count_record c;
	struct span hashed;
	enum err e = frame(&at, &c, &hashed);

	if (e)
		return e;
	memcpy(chain, c.chain, HASH_SIZE);
	move_on(&next, &c, hashed);
	if (memcmp(c.chain, chain, HASH_SIZE) != 0)
		return ERR_CORRUPT;
	*r = at;
	*h = next;
	*ret = c;
	return ERR_OK;
}

bool count_is_altered(struct reader r)
{
	struct count_head h = {0};
	struct count_record c;
	struct span hashed;

	if (frame(&r, &c, &hashed) || c.entries == 0)
		return false;
	memcpy(h.chain, c.chain, HASH_SIZE);
	return !count_next(&r, &h, &c);
}

enum err count_sign(const struct count_head *h, int64_t time_ms,
    struct span hours, const struct sign_private *key, struct buf *out)
{
	struct note_signer signer = {COUNT_NAME, key};
	char chain[TEXT_B64_SIZE(HASH_SIZE)], stamp[DATE_STAMP_SIZE];
	struct buf text;
	enum err e;

	text_b64url(h->chain, HASH_SIZE, chain);
	date_format_stamp(time_ms, stamp);
	buf_init(&text, NOTE_MAX - 4096);
	buf_printf(&text, "ecluse vault counts v1\ncounts time=%s size=%llu "
	    "records=%llu resolved=%llu answered=%llu over=%llu chain=%s\n",
	    stamp, (unsigned long long)h->size,
	    (unsigned long long)h->records, (unsigned long long)h->resolved,
	    (unsigned long long)h->answered, (unsigned long long)h->over,
	    chain);
	buf_put_span(&text, hours);
	e = text.err ? text.err : note_sign(buf_span(&text), &signer, 1, out);
	buf_release(&text);
	return e;
}

void count_put_hour(
    uint32_t cell, int64_t hour, uint32_t persons, struct buf *out)
{
	buf_printf(out, HOUR_FORM, cell, (long long)hour, persons);
}

enum err count_next_hour(struct span *rest, uint32_t *ret_cell,
    int64_t *ret_hour, uint32_t *ret_persons)
{
	struct act_line line = {0};
	uint64_t cell, hour, persons;
	struct span behind = *rest;
	char again[96];
	enum err e = act_next(&behind, &line);
	int n;

	if (e)
		return e;
	if (text_u64(act_value(&line, "cell"), UINT32_MAX, &cell) ||
	    text_u64(act_value(&line, "hour"), INT64_MAX, &hour) ||
	    text_u64(act_value(&line, "persons"), UINT32_MAX, &persons))
		return ERR_SHAPE;
	/* one spelling: nothing else that could be meant is passed over */
	n = snprintf(again, sizeof(again), HOUR_FORM, (unsigned)cell,
	    (long long)hour, (unsigned)persons);
	if (n != (int)(behind.p - rest->p) ||
	    memcmp(again, rest->p, (size_t)n) != 0)
		return ERR_SHAPE;
	*rest = behind;
	*ret_cell = (uint32_t)cell;
	*ret_hour = (int64_t)hour;
	*ret_persons = (uint32_t)persons;
	return ERR_OK;
}

static enum err read_text(
    struct span text, struct count_head *h, struct span *ret_hours)
{
	static const char first[] = "ecluse vault counts v1\n";
	size_t n = sizeof(first) - 1, len = 0;
	struct act_line line = {0};

	if (text.n < n || memcmp(text.p, first, n) != 0)
		return ERR_SHAPE;
	text = span_of(text.p + n, text.n - n);
	if (act_next(&text, &line) ||
	    text_u64(act_value(&line, "size"), INT64_MAX, &h->size) ||
	    text_u64(act_value(&line, "records"), INT64_MAX, &h->records) ||
	    text_u64(act_value(&line, "resolved"), INT64_MAX, &h->resolved) ||
	    text_u64(act_value(&line, "answered"), INT64_MAX, &h->answered) ||
	    text_u64(act_value(&line, "over"), INT64_MAX, &h->over) ||
	    text_unb64url(act_value(&line, "chain"), h->chain, HASH_SIZE,
	        &len) || len != HASH_SIZE)
		return ERR_SHAPE;
	*ret_hours = text;
	return ERR_OK;
}

enum err count_verify(struct span note, const struct note_key *key,
    struct count_head *ret, struct span *ret_hours)
{
	struct count_head h = {0};
	struct span text;
	enum err e = note_verify(note, key, 1, &text, NULL);

	if (!e)
		e = read_text(text, &h, ret_hours);
	if (!e)
		*ret = h;
	return e;
}
