/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "gate/reply.h"
#include "upstream/fastcgi.h"

/* All fields at their limits and what stands around them; it stays inside
 * nginx's fastcgi_buffer_size (8k). */
#define HEAD_MOST                                                             \
	(LIMIT_CONTENT_TYPE + LIMIT_CONTENT_DIGEST + LIMIT_SIGNATURE_INPUT +  \
	    LIMIT_SIGNATURE + 1024)

static const char *phrase(unsigned status)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} phrases[] = {{200, "OK"}, {400, "Bad Request"},
	    {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
	    {405, "Method Not Allowed"}, {409, "Conflict"},
	    {413, "Content Too Large"}, {414, "URI Too Long"},
	    {415, "Unsupported Media Type"}, {422, "Unprocessable Content"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"}, {503, "Service Unavailable"},
	    {504, "Gateway Timeout"}};

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "-";
}

static bool is_one_line(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return true;
}

static void field(struct buf *head, const char *name, struct span value)
{
	if (value.n == 0)
		return;
	buf_text(head, name);
	buf_text(head, ": ");
	buf_put_span(head, value);
	buf_text(head, "\r\n");
}

static void status_line(
    struct buf *head, unsigned status, unsigned retry_after_s)
{
	buf_printf(head, "Status: %u %s\r\n", status, phrase(status));
	if (retry_after_s > 0)
		buf_printf(head, "Retry-After: %u\r\n", retry_after_s);
}

/* What every answer has: nothing of ours is kept on the way. */
static void finish(struct buf *head, struct span body, struct buf *out)
{
	buf_printf(head,
	    "Content-Length: %zu\r\nCache-Control: no-store\r\n\r\n", body.n);
	if (head->err)
		out->err = out->err ? out->err : head->err;
	else
		fastcgi_reply(buf_span(head), body, out);
	buf_release(head);
}

enum err reply_answer(const struct ask_answer *a, struct buf *out)
{
	const struct {
		const char *name;
		struct span value;
	} fields[] = {{"Content-Type", a->content_type},
	    {"Content-Digest", a->content_digest},
	    {"Signature-Input", a->signature_input},
	    {"Signature", a->signature}};
	const size_t count = sizeof(fields) / sizeof(fields[0]);
	struct buf head;

	for (size_t i = 0; i < count; i++)
		if (!is_one_line(fields[i].value))
			return ERR_SHAPE;
	buf_init(&head, HEAD_MOST);
	status_line(&head, a->status, a->retry_after_s);
	for (size_t i = 0; i < count; i++)
		field(&head, fields[i].name, fields[i].value);
	finish(&head, a->body, out);
	return out->err;
}

void reply_refuse(
    struct request_fault fault, struct span allow, struct buf *out)
{
	const struct refuse_text *t = refuse_text(fault.why);
	struct buf head, body;

	buf_init(&head, HEAD_MOST);
	buf_init(&body, REFUSE_MOST);
	refuse_write(fault.why, fault.field, &body);
	status_line(&head, t->status, t->retry_after_s);
	field(&head, "Content-Type", span_str(REFUSE_CONTENT_TYPE));
	field(&head, "Allow", allow);
	if (body.err)
		out->err = out->err ? out->err : body.err;
	finish(&head, buf_span(&body), out);
	buf_release(&body);
}
