/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "msg/ask.h"
#include "msg/field.h"

void ask_pack(const struct ask *a, struct buf *out)
{
	buf_put_u8(out, a->plane);
	buf_put_u8(out, a->method);
	field_put(out, a->authority, LIMIT_AUTHORITY);
	field_put(out, a->path, LIMIT_PATH);
	field_put(out, a->content_type, LIMIT_CONTENT_TYPE);
	field_put(out, a->content_digest, LIMIT_CONTENT_DIGEST);
	field_put(out, a->signature_input, LIMIT_SIGNATURE_INPUT);
	field_put(out, a->signature, LIMIT_SIGNATURE);
	field_put_long(out, a->body, LIMIT_BUNDLE);
}

enum err ask_unpack(struct span in, struct ask *ret)
{
	struct reader r = reader_of(in);
	enum err e = ERR_OK;
	struct ask a;

	a.plane = field_range(read_u8(&r), ASK_FLOW, ASK_STAFF, &e);
	a.method = field_range(read_u8(&r), ASK_GET, ASK_POST, &e);
	a.authority = field_get(&r, LIMIT_AUTHORITY, &e);
	a.path = field_get(&r, LIMIT_PATH, &e);
	a.content_type = field_get(&r, LIMIT_CONTENT_TYPE, &e);
	a.content_digest = field_get(&r, LIMIT_CONTENT_DIGEST, &e);
	a.signature_input = field_get(&r, LIMIT_SIGNATURE_INPUT, &e);
	a.signature = field_get(&r, LIMIT_SIGNATURE, &e);
	a.body = field_get_long(&r, LIMIT_BUNDLE, &e);
	e = field_end(&r, e);
	if (!e && (a.authority.n == 0 || a.path.n == 0))
		e = ERR_SHAPE;
	if (!e)
		*ret = a;
	return e;
}

void ask_answer_pack(const struct ask_answer *a, struct buf *out)
{
	buf_put_u16(out, a->status);
	buf_put_u16(out, a->retry_after_s);
	field_put(out, a->content_type, LIMIT_CONTENT_TYPE);
	field_put(out, a->content_digest, LIMIT_CONTENT_DIGEST);
	field_put(out, a->signature_input, LIMIT_SIGNATURE_INPUT);
	field_put(out, a->signature, LIMIT_SIGNATURE);
	field_put_long(out, a->body, LIMIT_BUNDLE);
}

enum err ask_answer_unpack(struct span in, struct ask_answer *ret)
{
	struct reader r = reader_of(in);
	enum err e = ERR_OK;
	struct ask_answer a;

	a.status = read_u16(&r);
	a.retry_after_s = read_u16(&r);
	if (a.status < 200 || a.status > 599)
		e = ERR_RANGE;
	a.content_type = field_get(&r, LIMIT_CONTENT_TYPE, &e);
	a.content_digest = field_get(&r, LIMIT_CONTENT_DIGEST, &e);
	a.signature_input = field_get(&r, LIMIT_SIGNATURE_INPUT, &e);
	a.signature = field_get(&r, LIMIT_SIGNATURE, &e);
	a.body = field_get_long(&r, LIMIT_BUNDLE, &e);
	e = field_end(&r, e);
	if (!e)
		*ret = a;
	return e;
}
