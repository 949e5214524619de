/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "json/read.h"
#include "json/spell.h"

struct reading {
	const uint8_t *text, *p, *end;
	struct json_token *tokens;
	size_t count, max;
	unsigned depth;
	enum err err;
};

static bool fail(struct reading *r, enum err e)
{
	r->err = e;
	return false;
}

static bool shape(struct reading *r)
{
	return fail(r, ERR_SHAPE);
}

static void skip_space(struct reading *r)
{
	while (r->p < r->end &&
	    (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
		r->p++;
}

static bool take(struct reading *r, uint8_t c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* A new token that starts at p; its index, or max if there is no room. */
static size_t open_token(struct reading *r, enum json_type type)
{
	size_t at = r->count;

	if (at == r->max) {
		r->err = ERR_LIMIT;
		return at;
	}
	r->tokens[at] = (struct json_token){
	    .start = (uint32_t)(r->p - r->text), .type = (uint8_t)type};
	r->count++;
	return at;
}

static bool close_token(struct reading *r, size_t at, const uint8_t *end)
{
	r->tokens[at].end = (uint32_t)(end - r->text);
	r->tokens[at].next = (uint16_t)r->count;
	return true;
}

/* p stands behind the opening quote; reads past the closing one. */
static bool read_string(struct reading *r, enum json_type type)
{
	size_t at = open_token(r, type), n;

	if (r->err)
		return false;
	for (;;) {
		r->p += spell_plain(
		    (struct span){r->p, (size_t)(r->end - r->p)});
		if (r->p == r->end)
			return shape(r);
		if (*r->p == '"')
			break;
		if (*r->p == '\\')
			r->tokens[at].escaped = 1;
		n = spell_check((struct span){r->p, (size_t)(r->end - r->p)});
		if (n == 0)
			return shape(r);
		r->p += n;
	}
	close_token(r, at, r->p);
	r->p++;
	return true;
}

static bool read_digits(struct reading *r)
{
	const uint8_t *from = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return r->p > from;
}

/* RFC 8259 section 6: -? (0 | [1-9][0-9]*) (.[0-9]+)? ([eE][+-]?[0-9]+)? */
static bool read_number(struct reading *r)
{
	size_t at = open_token(r, JSON_NUMBER);

	if (r->err)
		return false;
	(void)take(r, '-');
	if (!take(r, '0') && !read_digits(r))
		return shape(r);
	if (take(r, '.') && !read_digits(r))
		return shape(r);
	if (take(r, 'e') || take(r, 'E')) {
		if (!take(r, '+'))
			(void)take(r, '-');
		if (!read_digits(r))
			return shape(r);
	}
	return close_token(r, at, r->p);
}

static bool read_word(struct reading *r, const char *word, enum json_type type)
{
	size_t at = open_token(r, type), n = strlen(word);

	if (r->err)
		return false;
	if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
		return shape(r);
	r->p += n;
	return close_token(r, at, r->p);
}

static struct span raw(const struct reading *r, size_t at)
{
	return (struct span){r->text + r->tokens[at].start,
	    r->tokens[at].end - r->tokens[at].start};
}

static bool same_name(const struct reading *r, size_t a, size_t b)
{
	struct span x = raw(r, a), y = raw(r, b);

	if (r->tokens[a].escaped || r->tokens[b].escaped)
		return spell_same(
		    x, r->tokens[a].escaped, y, r->tokens[b].escaped);
	return x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
}

/* Is the name at `at` the first of its kind in the object `object`? */
static bool name_is_new(const struct reading *r, size_t object, size_t at)
{
	for (size_t i = object + 1; i < at; i = r->tokens[i + 1].next)
		if (same_name(r, i, at))
			return false;
	return true;
}

static bool read_value(struct reading *r);

static bool read_member(struct reading *r, size_t object)
{
	size_t at = r->count;

	skip_space(r);
	if (!take(r, '"'))
		return shape(r);
	if (!read_string(r, JSON_NAME))
		return false;
	if (raw(r, at).n > LIMIT_JSON_NAME ||
	    r->tokens[object].count >= LIMIT_JSON_MEMBERS)
		return fail(r, ERR_LIMIT);
	if (!name_is_new(r, object, at))
		return fail(r, ERR_EXISTS);
	skip_space(r);
	if (!take(r, ':'))
		return shape(r);
	return read_value(r);
}

/* An object or an array; p stands on its bracket. */
static bool read_inside(struct reading *r, enum json_type type, uint8_t close)
{
	size_t at = open_token(r, type);

	if (r->err)
		return false;
	if (r->depth == LIMIT_JSON_DEPTH)
		return fail(r, ERR_LIMIT);
	r->depth++;
	r->p++;
	skip_space(r);
	if (!take(r, close)) {
		do {
			if (type == JSON_OBJECT ? !read_member(r, at)
						: !read_value(r))
				return false;
			r->tokens[at].count++;
			skip_space(r);
		} while (take(r, ','));
		if (!take(r, close))
			return shape(r);
	}
	r->depth--;
	return close_token(r, at, r->p);
}

static bool read_value(struct reading *r)
{
	skip_space(r);
	if (r->p == r->end)
		return shape(r);
	switch (*r->p) {
	case '"':
		r->p++;
		return read_string(r, JSON_STRING);
	case '{':
		return read_inside(r, JSON_OBJECT, '}');
	case '[':
		return read_inside(r, JSON_ARRAY, ']');
	case 't':
		return read_word(r, "true", JSON_TRUE);
	case 'f':
		return read_word(r, "false", JSON_FALSE);
	case 'n':
		return read_word(r, "null", JSON_NULL);
	default:
		return read_number(r);
	}
}

static enum err read_all(struct span text, size_t most,
    struct json_token *tokens, size_t max, struct json *ret, size_t *ret_at)
{
	static const uint8_t nothing[1];
	const uint8_t *from = text.n ? text.p : nothing;
	struct reading r = {.text = from, .p = from, .end = from + text.n,
	    .tokens = tokens, .max = max};

	if (text.n > most) {
		*ret_at = most;
		return ERR_LIMIT;
	}
	if (read_value(&r)) {
		skip_space(&r);
		if (r.p != r.end)
			r.err = ERR_SHAPE;
	}
	if (r.err) {
		*ret_at = (size_t)(r.p - r.text);
		return r.err;
	}
	*ret = (struct json){from, tokens, (uint16_t)r.count};
	return ERR_OK;
}

enum err json_read(struct span text, struct json_token *tokens, size_t max,
    struct json *ret, size_t *ret_at)
{
	if (max > LIMIT_JSON_TOKENS)
		max = LIMIT_JSON_TOKENS;
	return read_all(text, LIMIT_BODY, tokens, max, ret, ret_at);
}

enum err json_read_bundle(struct span text,
    struct json_token tokens[static LIMIT_BUNDLE_TOKENS], struct json *ret,
    size_t *ret_at)
{
	return read_all(text, LIMIT_BUNDLE, tokens, LIMIT_BUNDLE_TOKENS, ret,
	    ret_at);
}
