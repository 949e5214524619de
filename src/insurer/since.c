/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/secret.h"
#include "feed/trait_line.h"
#include "insurer/parcel.h"
#include "insurer/since.h"

/* Lines are compared by what is packed of them, under one number. */
#define ANY_LINE 1

/* One reading of yesterday's book. */
struct old {
	struct since *s;
	const struct handle_key *handles;
	struct namesakes namesakes;
	struct buf room;
	enum err (*put)(void *ctx, struct span packed);
	void *ctx;
};

void since_release(struct since *s)
{
	differ_free(s->differ);
	s->differ = NULL;
}

static enum err compare(struct since *s, enum differ_book book,
    uint32_t number, const struct member *m,
    const struct handle_key *handles, struct buf *room)
{
	enum err e = ERR_OK;

	buf_clear(room);
	if (handles)
		e = parcel_pack(m, ANY_LINE, handles, room);
	return e ? e : differ_put(
	    s->differ, book, number, m->ref, buf_span(room));
}

enum err since_line(struct since *s, uint32_t number, const struct member *m,
    bool faulty, const struct handle_key *handles, struct buf *room)
{
	return compare(
	    s, DIFFER_NEW, number, m, faulty ? NULL : handles, room);
}

static enum err take_old(struct old *o, const struct source *src,
    const struct member *m, bool faulty)
{
	struct member bare = *m;

	if (!faulty && namesakes_has(&o->namesakes, m))
		bare.has_nir = false;
	o->s->old_faulty += faulty ? 1 : 0;
	return compare(o->s, DIFFER_OLD, source_line(src), &bare,
	    faulty ? NULL : o->handles, &o->room);
}

static enum err note_old(struct old *o, const struct source *src,
    const struct member *m, bool faulty)
{
	(void)src;
	return faulty ? ERR_OK : namesakes_note(&o->namesakes, m);
}

static enum err put_gone(struct old *o, const struct source *src,
    const struct member *m, bool faulty)
{
	enum err e;

	(void)faulty;
	if (!differ_has(o->s->differ, DIFFER_OLD, source_line(src)))
		return ERR_OK;
	buf_clear(&o->room);
	e = parcel_pack_bare(FEED_TRAITS_GONE, m->ref, source_line(src),
	    o->handles, &o->room);
	return e ? e : o->put(o->ctx, buf_span(&o->room));
}

/* Lines whose reference can be read, one by one. */
static enum err read_old(struct old *o, const struct member_rules *rules,
    enum err (*take)(struct old *o, const struct source *src,
        const struct member *m, bool faulty))
{
	struct head_fault wrong[HEAD_FAULTS];
	struct member_faults faults;
	struct member m;
	struct source src;
	size_t count = 0;
	enum err e = source_open(&src, o->s->path, rules, wrong, &count);

	if (e)
		return e;
	while (!e) {
		e = source_next(&src, &m, &faults);
		if (!e)
			e = take(o, &src, &m, false);
		else if (e == ERR_SHAPE)
			e = member_has_ref(&faults) ?
			    take(o, &src, &m, true) : ERR_OK;
	}
	source_close(&src);
	secret_wipe(&m, sizeof(m));
	return e == ERR_CLOSED ? ERR_OK : e;
}

static void release(struct old *o)
{
	if (o->room.p)
		secret_wipe(o->room.p, o->room.cap);
	buf_release(&o->room);
	namesakes_release(&o->namesakes);
}

enum err since_begin(struct since *s, const struct member_rules *rules,
    const struct handle_key *handles)
{
	struct old o = {.s = s, .handles = handles};
	enum err e = differ_new(DIFFER_ROOM, &s->differ);

	buf_init(&o.room, FEED_TRAITS_PACKED_MAX);
	if (!e)
		e = read_old(&o, rules, note_old);
	(void)namesakes_settle(&o.namesakes);
	if (!e)
		e = read_old(&o, rules, take_old);
	release(&o);
	return e;
}

enum err since_settle(struct since *s)
{
	s->settled = true;
	return differ_settle(s->differ, &s->counts);
}

bool since_wants(const struct since *s, uint32_t number)
{
	return !s->settled || differ_has(s->differ, DIFFER_NEW, number);
}

enum err since_gone(struct since *s, const struct member_rules *rules,
    const struct handle_key *handles,
    enum err (*put)(void *ctx, struct span packed), void *ctx)
{
	struct old o = {
	    .s = s, .handles = handles, .put = put, .ctx = ctx};
	enum err e;

	buf_init(&o.room, FEED_TRAITS_PACKED_MAX);
	e = read_old(&o, rules, put_gone);
	release(&o);
	return e;
}
