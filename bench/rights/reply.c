/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>
#include "base/text.h"
#include "rights/reply.h"

/* The field's value when line has that name; else an empty span. */
static struct span value_of(struct span line, const char *name)
{
	size_t n = strlen(name);

	if (line.n <= n || line.p[n] != ':' ||
	    strncasecmp((const char *)line.p, name, n) != 0)
		return span_of(NULL, 0);
	line = span_of(line.p + n + 1, line.n - n - 1);
	while (line.n > 0 && line.p[0] == ' ')
		line = span_of(line.p + 1, line.n - 1);
	return line;
}

static void keep(struct span line, const char *name, struct span *to)
{
	struct span value = value_of(line, name);

	if (value.n > 0)
		*to = value;
}

/* "HTTP/1.1 200 OK" */
static enum err parse_status(struct span line, uint16_t *ret)
{
	uint64_t status;

	if (line.n < 12 || memcmp(line.p, "HTTP/1.1 ", 9) != 0 ||
	    text_u64(span_of(line.p + 9, 3), 599, &status))
		return ERR_SHAPE;
	*ret = (uint16_t)status;
	return ERR_OK;
}

static struct span take_line(struct span *rest)
{
	const uint8_t *end = memmem(rest->p, rest->n, "\r\n", 2);
	struct span line = span_of(rest->p, (size_t)(end - rest->p));

	*rest = span_of(end + 2, rest->n - line.n - 2);
	return line;
}

enum err reply_parse(struct span in, struct reply *ret)
{
	const uint8_t *end = in.n ? memmem(in.p, in.n, "\r\n\r\n", 4) : NULL;
	struct span head, length = {NULL, 0};
	struct reply r = {0};
	uint64_t n = 0;
	enum err e;

	if (!end)
		return in.n < REPLY_MOST ? ERR_STATE : ERR_LIMIT;
	head = span_of(in.p, (size_t)(end - in.p) + 2);
	e = parse_status(take_line(&head), &r.status);
	while (head.n > 0) {
		struct span line = take_line(&head);

		keep(line, "content-length", &length);
		keep(line, "content-type", &r.type);
		keep(line, "content-digest", &r.digest);
		keep(line, "signature-input", &r.input);
		keep(line, "signature", &r.signature);
	}
	if (!e)
		e = text_u64(length, REPLY_MOST, &n);
	if (e)
		return e;
	r.size = (size_t)(end - in.p) + 4 + (size_t)n;
	r.body = span_of(end + 4, (size_t)n);
	if (r.size > in.n)
		return r.size < REPLY_MOST ? ERR_STATE : ERR_LIMIT;
	*ret = r;
	return ERR_OK;
}
