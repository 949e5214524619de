/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "feed/trait_line.h"
#include "insurer/parcel.h"

static void put_domains(
    const struct member *m, struct feed_traits_line *line)
{
	line->domain_count = m->domain_count;
	for (uint8_t i = 0; i < m->domain_count; i++)
		line->domains[i] = (struct feed_traits_domain){
		    m->domains[i].code, m->domains[i].level,
		    m->domains[i].authorization};
}

enum err parcel_pack(const struct member *m, uint32_t number,
    const struct handle_key *handles, struct buf *out)
{
	uint8_t handle[HANDLE_SIZE];
	struct feed_traits_line line = {
	    .line = number, .rank = m->rank, .card_count = m->card_count,
	    .member = span_str(m->member), .contract = m->contract,
	    .convention = m->convention, .csr = m->csr, .order = m->order,
	    .from_day = m->from_day, .to_day = m->to_day,
	    .closed_day = m->closed_day, .age_class = (uint8_t)m->age,
	    .age_change = m->age_change,
	};
	size_t n = 0;
	enum err e = handle_seal(handles, m->ref, handle, &n);

	if (e)
		return e;
	line.handle = span_of(handle, n);
	if (m->has_nir)
		line.nir = span_of(m->nir.text, FEED_TRAITS_NIR);
	memcpy(line.birth, m->birth, FEED_TRAITS_BIRTH);
	memcpy(line.cards, m->cards, sizeof(line.cards));
	put_domains(m, &line);
	return feed_traits_line_pack(&line, out);
}

enum err parcel_pack_bare(uint8_t kind, struct span ref, uint32_t number,
    const struct handle_key *handles, struct buf *out)
{
	uint8_t handle[HANDLE_SIZE];
	struct feed_traits_line line = {
	    .line = number, .kind = kind};
	size_t n = 0;
	enum err e = handle_seal(handles, ref, handle, &n);

	if (e)
		return e;
	line.handle = span_of(handle, n);
	return feed_traits_line_pack(&line, out);
}

enum err parcel_open(struct parcel *p, const char *path,
    const struct feed_chunk_head *head, const uint8_t *sealing,
    const struct sign_private *key)
{
	*p = (struct parcel){
	    .head = *head, .sealing = sealing, .key = key,
	    .random = random_system(),
	};
	buf_init(&p->plain, FEED_CHUNK_PLAIN);
	buf_init(&p->chunk, LIMIT_FEED_CHUNK);
	/* room at once: a buffer that grows leaves traits behind */
	if (!buf_extend(&p->plain, FEED_CHUNK_PLAIN))
		return ERR_NOMEM;
	buf_clear(&p->plain);
	return outfile_open(&p->file, path, 0600);
}

static enum err write_chunk(struct parcel *p, bool last)
{
	uint8_t length[4];
	enum err e;

	p->head.last = last;
	p->head.lines = last ? p->lines : 0;
	buf_clear(&p->chunk);
	e = feed_chunk_pack(&p->head, buf_span(&p->plain), p->sealing, p->key,
	    &p->random, &p->chunk);
	if (e)
		return e;
	put_be32(length, (uint32_t)p->chunk.n);
	if (fwrite(length, 1, 4, p->file.f) != 4 ||
	    fwrite(p->chunk.p, 1, p->chunk.n, p->file.f) != p->chunk.n)
		return ERR_IO;
	p->bytes += 4 + p->chunk.n;
	p->head.number++;
	buf_clear(&p->plain);
	return ERR_OK;
}

enum err parcel_put(struct parcel *p, struct span packed)
{
	enum err e = ERR_OK;

	if (p->plain.n + packed.n > FEED_CHUNK_PLAIN)
		e = write_chunk(p, false);
	if (e)
		return e;
	buf_put_span(&p->plain, packed);
	p->lines++;
	return p->plain.err;
}

static void release(struct parcel *p)
{
	if (p->plain.p)
		secret_wipe(p->plain.p, p->plain.cap);
	buf_release(&p->plain);
	buf_release(&p->chunk);
}

enum err parcel_close(struct parcel *p)
{
	enum err e = write_chunk(p, true);

	if (!e)
		e = outfile_commit(&p->file, true);
	if (!e)
		release(p);
	return e;
}

void parcel_abandon(struct parcel *p)
{
	outfile_abandon(&p->file);
	release(p);
}
