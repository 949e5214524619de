/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON reader beside jansson: what ours takes, jansson takes too and finds
 * the same in it (numbers that its types cannot hold excepted: docs/json.md).
 */
#include <string.h>
#include "fuzz.h"
#include "json/read.h"
#include "other.h"

static void same(const struct json *j, uint16_t at, void *other);

static void same_text(const struct json *j, uint16_t at, const void *other)
{
	static char text[LIMIT_BUNDLE + 1];
	const char *theirs;
	size_t n;

	must(other_kind(other) == 's');
	theirs = other_text(other, &n);
	must(json_text(j, at, text, sizeof(text)) == ERR_OK);
	must(strlen(text) == n && memcmp(text, theirs, n) == 0);
	must(json_is(j, at, theirs));
}

static void same_array(const struct json *j, uint16_t at, const void *other)
{
	size_t i = 0;

	must(other_kind(other) == '[' &&
	    json_count(j, at) == other_count(other));
	for (uint16_t e = json_first(j, at); e != JSON_NOWHERE;
	     e = json_after(j, at, e))
		same(j, e, other_element(other, i++));
	must(i == other_count(other));
}

struct object {
	const struct json *j;
	uint16_t at;
};

static void same_member(void *ctx, const char *name, void *value)
{
	struct object *o = ctx;
	uint16_t member = json_member(o->j, o->at, name);

	must(member != JSON_NOWHERE);
	same(o->j, member, value);
}

static void same_number(const struct json *j, uint16_t at, const void *other)
{
	char kind = other_kind(other);
	int64_t v;

	must(kind == 'i' || kind == 'r');
	if (kind == 'i')
		must(json_int(j, at, &v) == ERR_OK && v == other_int(other));
	else
		must(json_int(j, at, &v) != ERR_OK);
}

static void same(const struct json *j, uint16_t at, void *other)
{
	struct object object = {j, at};
	char path[200];

	json_path(j, at, path, sizeof(path));
	switch (json_type(j, at)) {
	case JSON_NULL:
		must(other_kind(other) == '0');
		break;
	case JSON_FALSE:
		must(other_kind(other) == 'f');
		break;
	case JSON_TRUE:
		must(other_kind(other) == 't');
		break;
	case JSON_NUMBER:
		same_number(j, at, other);
		break;
	case JSON_STRING:
		same_text(j, at, other);
		break;
	case JSON_ARRAY:
		same_array(j, at, other);
		break;
	default:
		must(json_type(j, at) == JSON_OBJECT &&
		    other_kind(other) == '{' &&
		    json_count(j, at) == other_count(other));
		other_members(other, &object, same_member);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct json_token tokens[LIMIT_BUNDLE_TOKENS];
	struct span in = span_of(p, n);
	bool beyond, bundle;
	struct json j;
	void *other;
	size_t at;
	enum err e;

	bundle = choose(&in, 2) != 0;
	e = bundle ? json_read_bundle(in, tokens, &j, &at) :
	    json_read(in, tokens, LIMIT_JSON_TOKENS, &j, &at);
	if (e) {
		must(at <= in.n);
		return 0;
	}
	if (bundle)
		met("a text in the limits of a bundle");
	else
		met("a text in the limits of a question");
	other = other_read(in.p, in.n, &beyond);
	must(other || beyond);
	if (other)
		same(&j, JSON_TOP, other);
	other_free(other);
	return 0;
}
