/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <string.h>
#include "cli/link.h"
#include "cli/route_known.h"

#define KNOWN_TEXT (64u << 20)	/* bytes of a list */

static enum err add(struct registry *r, const json_t *o)
{
	struct span value[ROUTES_FIELDS];
	struct registry_route route;

	for (unsigned f = 0; f < ROUTES_FIELDS; f++) {
		const char *s = json_string_value(
		    json_object_get(o, routes_field(f)));

		value[f] = span_str(s ? s : "");
		if (!routes_fits(f, value[f]))
			return ERR_SHAPE;
	}
	if (routes_make(value, &route))
		return ERR_SHAPE;
	route.entry = (uint64_t)json_integer_value(
	    json_object_get(o, "entry"));
	return routes_add(r, &route);
}

static enum err add_all(struct registry *r, struct span text)
{
	enum err e = ERR_OK;

	while (text.n > 0 && !e) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		json_t *o = json_loadb((const char *)text.p, n, 0, NULL);

		e = add(r, o);
		json_decref(o);
		n += end ? 1 : 0;
		text = span_of(text.p + n, text.n - n);
	}
	return e;
}

/* A list of all AMCs' routes, on no day: replaced ones too (docs). */
static enum err ask(struct link *l, struct buf *out)
{
	char words[256] = "";
	struct buf body;
	enum err e;

	buf_init(&body, 16);
	buf_put_u8(&body, 0);
	buf_put_u32(&body, (uint32_t)ROUTES_FOREVER);
	for (int i = 0; i < 3; i++)
		buf_put_s16(&body, span_of(NULL, 0));
	e = body.err ? body.err : link_ask(l, MSG_ADMIN_ROUTES,
	    buf_span(&body), link_to_buf, out, words, sizeof(words));
	buf_release(&body);
	return e;
}

enum err route_known_read(const char *dir, struct registry *r)
{
	struct link *l;
	struct buf out;
	enum err e;

	if (link_open(dir, &l))
		return ERR_OK;
	buf_init(&out, KNOWN_TEXT);
	e = ask(l, &out);
	if (!e)
		e = add_all(r, buf_span(&out));
	buf_release(&out);
	link_close(l);
	return e;
}
