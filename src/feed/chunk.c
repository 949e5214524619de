/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "feed/chunk.h"

#define MAGIC "ECF1"
#define INFO_MAX 160	/* label, 10, 64 and 10 digits with line feeds */
#define DAY_MIN (-135140)	/* 1600-01-01, as base/date.h has it */
#define DAY_MAX 2932896		/* 9999-12-31 */

/* Where things stand in a chunk of the right form. */
struct frame {
	struct span head, sealed, before_signature;
	const uint8_t *enc, *signature;
};

static enum err check_head(const struct feed_chunk_head *h)
{
	if (!text_digits(span_of(h->amc, FEED_CHUNK_AMC)))
		return ERR_SHAPE;
	if (h->kind < FEED_CHUNK_FULL || h->kind > FEED_CHUNK_CHANGES ||
	    h->effective_day < DAY_MIN || h->effective_day > DAY_MAX ||
	    h->made_ms < 0 || (!h->last && h->lines > 0))
		return ERR_RANGE;
	return ERR_OK;
}

static void put_head(const struct feed_chunk_head *h, struct buf *out)
{
	buf_text(out, MAGIC);
	buf_put(out, h->amc, FEED_CHUNK_AMC);
	buf_put(out, h->id, FEED_CHUNK_ID);
	buf_put_u8(out, h->kind |
	    (h->keep_going ? FEED_CHUNK_KEEP_GOING : 0));
	buf_put_u8(out, FEED_CHUNK_VERSION);
	buf_put_u32(out, (uint32_t)h->effective_day);
	buf_put_u64(out, (uint64_t)h->made_ms);
	buf_put_u32(out, h->number);
	buf_put_u8(out, h->last);
	buf_put_u64(out, h->lines);
}

static enum err get_head(struct span in, struct feed_chunk_head *ret)
{
	struct reader r = reader_of(in);
	struct feed_chunk_head h = {""};
	struct span magic = read_bytes(&r, strlen(MAGIC));
	uint8_t kind, version, last;
	enum err e;

	read_copy(&r, h.amc, FEED_CHUNK_AMC);
	read_copy(&r, h.id, FEED_CHUNK_ID);
	kind = read_u8(&r);
	h.kind = kind & (uint8_t)~FEED_CHUNK_KEEP_GOING;
	h.keep_going = kind != h.kind;
	version = read_u8(&r);
	h.effective_day = (int32_t)read_u32(&r);
	h.made_ms = (int64_t)read_u64(&r);
	h.number = read_u32(&r);
	last = read_u8(&r);
	h.lines = read_u64(&r);
	h.last = last != 0;
	if (!reader_done(&r) || !span_is(magic, MAGIC) ||
	    version != FEED_CHUNK_VERSION || last > 1)
		return ERR_SHAPE;
	e = check_head(&h);
	if (!e)
		*ret = h;
	return e;
}

static enum err get_frame(
    struct span chunk, struct frame *f, struct feed_chunk_head *head)
{
	struct reader r = reader_of(chunk);
	uint32_t n;

	if (chunk.n > LIMIT_FEED_CHUNK)
		return ERR_LIMIT;
	f->head = read_bytes(&r, FEED_CHUNK_HEAD);
	f->enc = read_bytes(&r, HPKE_PUBLIC).p;
	n = read_u32(&r);
	f->sealed = read_bytes(&r, n);
	f->signature = read_bytes(&r, SIGN_SIZE).p;
	if (!reader_done(&r) || n <= AEAD_TAG)
		return ERR_SHAPE;
	f->before_signature = span_of(chunk.p, chunk.n - SIGN_SIZE);
	return get_head(f->head, head);
}

/* info of the seal; returns its length. */
static size_t put_info(
    const struct feed_chunk_head *h, char out[static INFO_MAX])
{
	char id[2 * FEED_CHUNK_ID + 1];

	text_hex(h->id, FEED_CHUNK_ID, id);
	return (size_t)snprintf(out, INFO_MAX,
	    "ecluse-feed-v1\n%.10s\n%s\n%" PRIu32, h->amc, id, h->number);
}

/* enc, length, ciphertext behind the header, which stands at start. */
static enum err put_sealed(const struct feed_chunk_head *h, size_t start,
    struct span plain, const uint8_t pk[static HPKE_PUBLIC],
    const struct random *random, struct buf *out)
{
	struct hpke_context hpke;
	char info[INFO_MAX];
	size_t info_n = put_info(h, info), n = plain.n + AEAD_TAG;
	uint8_t *to = buf_extend(out, HPKE_PUBLIC + 4 + n);
	enum err e;

	if (!to)
		return out->err;
	e = hpke_setup_sender(pk, span_of(info, info_n), random, to, &hpke);
	put_be32(to + HPKE_PUBLIC, (uint32_t)n);
	if (!e)
		e = hpke_seal(&hpke, span_of(out->p + start, FEED_CHUNK_HEAD),
		    plain, to + HPKE_PUBLIC + 4);
	secret_wipe(&hpke, sizeof(hpke));
	return e;
}

enum err feed_chunk_pack(const struct feed_chunk_head *head,
    struct span plain, const uint8_t pk[static HPKE_PUBLIC],
    const struct sign_private *key, const struct random *random,
    struct buf *out)
{
	size_t start = out->n;
	uint8_t sig[SIGN_SIZE];
	enum err e = check_head(head) ? ERR_RANGE : ERR_OK;

	if (e || plain.n == 0)
		return ERR_RANGE;
	if (plain.n > FEED_CHUNK_PLAIN)
		return ERR_LIMIT;
	put_head(head, out);
	e = out->err;
	if (!e)
		e = put_sealed(head, start, plain, pk, random, out);
	if (!e)
		e = sign_make(
		    key, span_of(out->p + start, out->n - start), sig);
	if (!e) {
		buf_put(out, sig, sizeof(sig));
		e = out->err;
	}
	if (e)
		out->n = start;
	return e;
}

enum err feed_chunk_length(const uint8_t prefix[static 4], size_t *ret)
{
	uint32_t n = get_be32(prefix);

	if (n > LIMIT_FEED_CHUNK)
		return ERR_LIMIT;
	if (n <= FEED_CHUNK_OVERHEAD)
		return ERR_SHAPE;
	*ret = n;
	return ERR_OK;
}

enum err feed_chunk_head_parse(
    struct span chunk, struct feed_chunk_head *ret)
{
	struct frame f;

	return get_frame(chunk, &f, ret);
}

enum err feed_chunk_verify(struct span chunk, const struct sign_public *key)
{
	struct feed_chunk_head head;
	struct frame f;
	enum err e = get_frame(chunk, &f, &head);

	return e ? e : sign_verify(key, f.before_signature, f.signature);
}

enum err feed_chunk_open(
    struct span chunk, const struct hpke_key *key, struct buf *plain)
{
	struct feed_chunk_head head;
	struct hpke_context hpke;
	struct frame f;
	char info[INFO_MAX];
	size_t start = plain->n;
	uint8_t *to;
	enum err e = get_frame(chunk, &f, &head);

	if (e)
		return e;
	e = hpke_setup_receiver(
	    key, f.enc, span_of(info, put_info(&head, info)), &hpke);
	if (e)
		return e;
	to = buf_extend(plain, f.sealed.n - AEAD_TAG);
	e = plain->err;
	if (!e)
		e = hpke_open(&hpke, f.head, f.sealed, to);
	if (e)
		plain->n = start;
	secret_wipe(&hpke, sizeof(hpke));
	return e;
}
