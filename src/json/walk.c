/* SPDX-License-Identifier: Apache-2.0 */
/* The way through a document that json_read made (json/read.h). */
#include <stdio.h>
#include <string.h>
#include "json/read.h"
#include "json/spell.h"

enum json_type json_type(const struct json *j, uint16_t at)
{
	return at < j->count ? j->tokens[at].type : JSON_NONE;
}

struct span json_raw(const struct json *j, uint16_t at)
{
	if (at >= j->count)
		return (struct span){0};
	return (struct span){j->text + j->tokens[at].start,
	    j->tokens[at].end - j->tokens[at].start};
}

/* Does this string or name spell text? */
static bool spells(
    const struct json *j, const struct json_token *t, struct span text)
{
	struct span s = {j->text + t->start, t->end - t->start};

	if (t->escaped)
		return spell_same(s, true, text, false);
	return s.n == text.n && memcmp(s.p, text.p, s.n) == 0;
}

bool json_is(const struct json *j, uint16_t at, const char *text)
{
	if (at >= j->count || (j->tokens[at].type != JSON_STRING &&
	    j->tokens[at].type != JSON_NAME))
		return false;
	return spells(j, &j->tokens[at], span_str(text));
}

static bool holds(enum json_type type)
{
	return type == JSON_OBJECT || type == JSON_ARRAY;
}

uint16_t json_first(const struct json *j, uint16_t at)
{
	if (!holds(json_type(j, at)) || j->tokens[at].count == 0)
		return JSON_NOWHERE;
	return (uint16_t)(at + 1);
}

uint16_t json_after(const struct json *j, uint16_t at, uint16_t child)
{
	uint16_t value = child;

	if (!holds(json_type(j, at)) || child >= j->count)
		return JSON_NOWHERE;
	if (j->tokens[child].type == JSON_NAME)
		value++;
	value = j->tokens[value].next;
	return value < j->tokens[at].next ? value : JSON_NOWHERE;
}

uint16_t json_member(const struct json *j, uint16_t at, const char *name)
{
	struct span text = span_str(name);
	uint16_t end, i;

	if (json_type(j, at) != JSON_OBJECT)
		return JSON_NOWHERE;
	end = j->tokens[at].next;
	for (i = (uint16_t)(at + 1); i < end; i = j->tokens[i + 1].next)
		if (spells(j, &j->tokens[i], text))
			return (uint16_t)(i + 1);
	return JSON_NOWHERE;
}

uint16_t json_element(const struct json *j, uint16_t at, size_t nth)
{
	uint16_t i;

	if (json_type(j, at) != JSON_ARRAY)
		return JSON_NOWHERE;
	i = json_first(j, at);
	while (i != JSON_NOWHERE && nth-- > 0)
		i = json_after(j, at, i);
	return i;
}

size_t json_count(const struct json *j, uint16_t at)
{
	return holds(json_type(j, at)) ? j->tokens[at].count : 0;
}

/* Decodes s into out, or only counts if out is NULL; the length. */
static size_t decode(struct span s, char *out)
{
	const uint8_t *p = s.p, *end = p + s.n;
	uint8_t one[4];
	size_t n = 0;

	while (p < end) {
		size_t k = spell_next(&p, one);

		if (out)
			memcpy(out + n, one, k);
		n += k;
	}
	return n;
}

enum err json_text(const struct json *j, uint16_t at, char *out, size_t size)
{
	struct span s = json_raw(j, at);
	bool escaped;
	size_t n;

	if (at >= j->count)
		return ERR_UNKNOWN;
	if (j->tokens[at].type != JSON_STRING)
		return ERR_SHAPE;
	escaped = j->tokens[at].escaped;
	n = escaped ? decode(s, NULL) : s.n;
	if (n >= size)
		return ERR_LIMIT;
	if (escaped)
		(void)decode(s, out);
	else
		memcpy(out, s.p, n);
	out[n] = '\0';
	return ERR_OK;
}

enum err json_bool(const struct json *j, uint16_t at, bool *ret)
{
	enum json_type type = json_type(j, at);

	if (type == JSON_NONE)
		return ERR_UNKNOWN;
	if (type != JSON_TRUE && type != JSON_FALSE)
		return ERR_SHAPE;
	*ret = type == JSON_TRUE;
	return ERR_OK;
}

/* Adds the digits of s to *v, negative: -INT64_MIN has no positive. */
static enum err add_digits(struct span s, int64_t *v)
{
	for (size_t i = 0; i < s.n; i++)
		if (__builtin_mul_overflow(*v, 10, v) ||
		    __builtin_sub_overflow(*v, s.p[i] - '0', v))
			return ERR_RANGE;
	return ERR_OK;
}

enum err json_decimal(
    const struct json *j, uint16_t at, unsigned places, int64_t *ret)
{
	static const uint8_t zeros[] = "000000000";
	struct span s = json_raw(j, at), whole, part = {0};
	const uint8_t *dot;
	bool minus;
	int64_t v = 0;

	if (at >= j->count)
		return ERR_UNKNOWN;
	if (j->tokens[at].type != JSON_NUMBER)
		return ERR_SHAPE;
	minus = s.p[0] == '-';
	whole = (struct span){s.p + minus, s.n - minus};
	if (memchr(s.p, 'e', s.n) || memchr(s.p, 'E', s.n))
		return ERR_RANGE;
	dot = memchr(whole.p, '.', whole.n);
	if (dot) {
		part = (struct span){
		    dot + 1, (size_t)(s.p + s.n - dot) - 1};
		whole.n = (size_t)(dot - whole.p);
	}
	if (places > 9 || part.n > places ||
	    add_digits(whole, &v) || add_digits(part, &v) ||
	    add_digits((struct span){zeros, places - part.n}, &v) ||
	    (!minus && v == INT64_MIN))
		return ERR_RANGE;
	*ret = minus ? v : -v;
	return ERR_OK;
}

enum err json_int(const struct json *j, uint16_t at, int64_t *ret)
{
	struct span s = json_raw(j, at);

	if (at >= j->count)
		return ERR_UNKNOWN;
	if (j->tokens[at].type != JSON_NUMBER || memchr(s.p, '.', s.n) ||
	    memchr(s.p, 'e', s.n) || memchr(s.p, 'E', s.n))
		return ERR_SHAPE;
	return json_decimal(j, at, 0, ret);
}

static size_t put_step(const struct json *j, uint16_t holder, uint16_t child,
    size_t nth, char *out, size_t size)
{
	struct span name = json_raw(j, child);
	int n;

	if (j->tokens[holder].type == JSON_ARRAY)
		n = snprintf(out, size, "[%zu]", nth);
	else
		n = snprintf(out, size, "%s%.*s", holder == JSON_TOP ? "" : ".",
		    (int)name.n, (const char *)name.p);
	return (size_t)n < size ? (size_t)n : size - 1;
}

void json_path(const struct json *j, uint16_t at, char *out, size_t size)
{
	uint16_t holder = JSON_TOP, child;
	size_t n = 0, nth;

	out[0] = '\0';
	while (holder != at && at < j->count) {
		child = json_first(j, holder);
		for (nth = 0; child != JSON_NOWHERE; nth++) {
			uint16_t behind = json_after(j, holder, child);

			if (at < behind)	/* JSON_NOWHERE is the last */
				break;
			child = behind;
		}
		if (child == JSON_NOWHERE)
			return;
		n += put_step(j, holder, child, nth, out + n, size - n);
		if (child == at)	/* a name: as its value */
			return;
		holder = child;
		if (j->tokens[child].type == JSON_NAME)
			holder++;
	}
}
