/* SPDX-License-Identifier: Apache-2.0 */
#include "msg/msg.h"

/* Every message must fit a datagram together with its head, or be cut. */
#define X(name, code, from, to, least, most)                                  \
	_Static_assert((most) + MSG_HEAD <= LIMIT_DATAGRAM ||                 \
	    (code) == MSG_ASK || (code) == MSG_ANSWER, #name);                \
	_Static_assert((least) <= (most), #name);
MSG_LIST(X)
#undef X
_Static_assert(MSG_WHOLE + MSG_HEAD <= LIMIT_DATAGRAM, "whole");
_Static_assert(131072 == LIMIT_CELLS * 8, "MSG_VAULT_READY: a row a cell");

static const struct row {
	const char *name;
	unsigned code;
	enum msg_peer from, to;
	size_t least, most;
} table[] = {
#define X(name, code, from, to, least, most)                                  \
	{#name, code, from, to, least, most},
    MSG_LIST(X)
#undef X
};

static const struct row *find(unsigned type)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == type)
			return &table[i];
	return NULL;
}

const char *msg_name(unsigned type)
{
	const struct row *row = find(type);

	return row ? row->name : "?";
}

enum err msg_check(unsigned type, enum msg_peer from, enum msg_peer to,
    size_t len)
{
	const struct row *row = find(type);

	if (!row || row->from != from || row->to != to)
		return ERR_STATE;
	if (len > row->most)
		return ERR_LIMIT;
	return len < row->least ? ERR_SHAPE : ERR_OK;
}

unsigned msg_part_of(unsigned whole)
{
#define X(name, part)                                                         \
	if (whole == (name))                                                  \
		return part;
	MSG_PARTED(X)
#undef X
	return 0;
}

unsigned msg_whole_of(unsigned part)
{
#define X(name, its_part)                                                     \
	if (part == (its_part))                                               \
		return name;
	MSG_PARTED(X)
#undef X
	return 0;
}

size_t msg_begin(struct buf *out, enum msg_type type, uint64_t ref)
{
	size_t begun = out->n;

	buf_put_u16(out, (uint16_t)type);
	buf_put_u16(out, 0);
	buf_put_u32(out, 0);
	buf_put_u64(out, ref);
	return begun;
}

void msg_end(struct buf *out, size_t begun)
{
	if (out->err)
		return;
	put_be32(out->p + begun + 4, (uint32_t)(out->n - begun - MSG_HEAD));
}

enum err msg_next(struct reader *r, enum msg_peer from, enum msg_peer to,
    struct msg *ret)
{
	unsigned type, zero;
	uint64_t ref;
	struct span body;
	uint32_t len;

	if (reader_done(r))
		return ERR_CLOSED;
	type = read_u16(r);
	zero = read_u16(r);
	len = read_u32(r);
	ref = read_u64(r);
	body = read_bytes(r, len);
	if (r->bad || zero != 0 || msg_check(type, from, to, body.n))
		return ERR_SHAPE;
	*ret = (struct msg){(enum msg_type)type, ref, body};
	return ERR_OK;
}
