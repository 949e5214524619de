/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/extension.h"
#include "json/write.h"

static void write_count(struct json_writer *w, const char *url, uint32_t n)
{
	json_write_begin(w, '{');
	json_write_pair(w, "url", url);
	json_write_name(w, "valueUnsignedInt");
	json_write_int(w, n < INT32_MAX ? n : INT32_MAX);
	json_write_end(w, '}');
}

static void write_left(
    struct json_writer *w, const struct extension_left *left)
{
	json_write_begin(w, '{');
	json_write_pair(w, "url", EXTENSION_BUDGET_LEFT);
	json_write_name(w, "extension");
	json_write_begin(w, '[');
	write_count(w, "t24", left->t24);
	write_count(w, "c24", left->c24);
	json_write_end(w, ']');
	json_write_end(w, '}');
}

/* Parts of base64url between so many full stops (RFC 7515 section 7.1). */
static bool is_compact(struct span s, size_t stops)
{
	size_t dots = 0;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '.')
			dots++;
		else if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return dots == stops;
}

static void write_promise(struct json_writer *w, const char *url, size_t stops,
    struct span promise)
{
	if (!is_compact(promise, stops)) {
		w->out->err = w->out->err ? w->out->err : ERR_SHAPE;
		return;
	}
	json_write_begin(w, '{');
	json_write_pair(w, "url", url);
	json_write_name(w, "valueString");
	json_write_span(w, promise);
	json_write_end(w, '}');
}

static void close_with(const struct extension_left *left, const char *url,
    size_t stops, struct span promise, struct buf *out)
{
	struct json_writer w = json_writer_of(out);

	if (left || promise.n) {	/* FHIR knows no empty array */
		w.comma = true;
		json_write_name(&w, "extension");
		json_write_begin(&w, '[');
		if (left)
			write_left(&w, left);
		if (promise.n)
			write_promise(&w, url, stops, promise);
		json_write_end(&w, ']');
	}
	json_write_end(&w, '}');
}

void extension_close(const struct extension_left *left, struct span promise,
    struct buf *out)
{
	close_with(left, EXTENSION_PROMISE, 2, promise, out);
}

void extension_close_line(const struct extension_left *left,
    struct span line, struct buf *out)
{
	close_with(left, EXTENSION_PROMISE_LINE, 3, line, out);
}
