/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: our reader and jansson accept the same texts with the same content,
 * and refuse the same ones, over a corpus and its mutations (fixed seed).
 * Three differences are known and allowed (docs/json.md): a number too big for
 * jansson's types, our own limits, and a zero byte behind a number, which
 * jansson swallows.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/random.h"
#include "base/text.h"
#include "json/read.h"
#include "theirs.h"

#define MUTATIONS 2000	/* of each small text */
#define MUTATIONS_BIG 60	/* of each file: jansson needs its time */

static struct json_token ours[LIMIT_JSON_TOKENS];
static struct json_token again[LIMIT_JSON_TOKENS];
static size_t agreed_good, agreed_bad, excused;

static const char *const corpus[] = {
    "{\"resourceType\":\"CoverageEligibilityRequest\",\"status\":\"active\","
    "\"purpose\":[\"benefits\",\"validation\"],\"created\":\"2026-11-22\","
    "\"item\":[{\"category\":{\"coding\":[{\"code\":\"OPTI\"}]}}]}",
    "[1,2.5,-3e7,0,-0,1E+2,true,false,null,\"\",{},[]]",
    "{\"\\u00e9\":\"\\ud83d\\ude00\",\"\xc3\xa8\":\"\xf0\x9f\x98\x80\"}",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", " { \"a\" : [ { } , [ ] ] } ",
    "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "-12.75", "null", "0.1e-5",
    "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}",
    "{\"ab\":1,\"ba\":2,\"aa\":3,\"bb\":4,\"\\u0062a\\u0061\":5}",
    "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\xe0\xa0\x80\xc2\x80\"",
};

static void same_number(struct span a, struct span b)
{
	char x[512], y[512];

	if (text_copy(a, x, sizeof(x)) || text_copy(b, y, sizeof(y)))
		return;	/* longer than anybody writes */
	assert_true(strtod(x, NULL) == strtod(y, NULL));
}

static void same_text(
    const struct json *a, const struct json *b, uint16_t at)
{
	static char x[LIMIT_BODY + 1], y[LIMIT_BODY + 1];

	if (json_type(a, at) == JSON_NAME)
		return;	/* compared through json_is below */
	assert_int_equal(json_text(a, at, x, sizeof(x)), ERR_OK);
	assert_int_equal(json_text(b, at, y, sizeof(y)), ERR_OK);
	assert_string_equal(x, y);
	assert_true(json_is(a, at, y));
}

/* Their spelling, read by us, must be the same tree in the same order. */
static void same_tree(const struct json *j, char *spelling)
{
	struct json k;
	size_t at = 0;

	assert_int_equal(json_read(span_str(spelling), again,
		LIMIT_JSON_TOKENS, &k, &at), ERR_OK);
	assert_int_equal(j->count, k.count);
	for (uint16_t i = 0; i < j->count; i++) {
		assert_int_equal(ours[i].type, again[i].type);
		assert_int_equal(ours[i].count, again[i].count);
		assert_int_equal(ours[i].next, again[i].next);
		if (ours[i].type == JSON_NUMBER)
			same_number(json_raw(j, i), json_raw(&k, i));
		if (ours[i].type == JSON_STRING || ours[i].type == JSON_NAME)
			same_text(j, &k, i);
	}
}

static void compare(struct span text)
{
	char *spelling = NULL;
	struct json j;
	size_t at = 0;
	enum err e = json_read(text, ours, LIMIT_JSON_TOKENS, &j, &at);
	enum theirs t = theirs_read(text.p, text.n, &spelling);

	if (e == ERR_LIMIT || t == THEIRS_OVERFLOW ||
	    (e && text.n && memchr(text.p, 0, text.n))) {
		excused++;
	} else if ((e == ERR_OK) != (t == THEIRS_GOOD)) {
		fail_msg("we say %d, jansson %d: %.*s", e, t,
		    (int)(text.n < 200 ? text.n : 200), (const char *)text.p);
	} else if (e == ERR_OK) {
		agreed_good++;
		same_tree(&j, spelling);
	} else {
		agreed_bad++;
	}
	free(spelling);
}

static uint64_t below(struct random_seeded *s, uint64_t n)
{
	return n ? random_seeded_below(s, n) : 0;
}

/* One small change of text[0..n): a byte, a cut, a doubled or moved piece. */
static size_t mutate(struct random_seeded *s, uint8_t *text, size_t n,
    size_t max)
{
	static const char marks[] = "{}[]\",:\\u0eE+-.dD8cC/ \n\x80\xff\xc0";
	size_t at = below(s, n), len = 1 + below(s, 8);

	if (len > n - at)
		len = n - at;
	switch (below(s, 5)) {
	case 0:
		text[at] = (uint8_t)below(s, 256);
		return n;
	case 1:
		text[at] = (uint8_t)marks[below(s, sizeof(marks))];
		return n;
	case 2:
		memmove(text + at, text + at + len, n - at - len);
		return n - len;
	case 3:
		if (n + len > max)
			return n;
		memmove(text + at + len, text + at, n - at);
		return n + len;
	default:
		return at;	/* cut off */
	}
}

static void compare_mutations(struct span text, uint64_t seed, int times)
{
	static uint8_t copy[LIMIT_BODY];
	struct random_seeded s;

	(void)random_from_seed(&s, seed);
	for (int i = 0; i < times; i++) {
		size_t n = text.n;

		memcpy(copy, text.p, n);
		for (uint64_t k = 0; k <= below(&s, 3) && n > 0; k++)
			n = mutate(&s, copy, n, sizeof(copy));
		compare(span_of(copy, n));
	}
}

static void test_small_texts_and_their_mutations_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(corpus) / sizeof(corpus[0]); i++) {
		compare(span_str(corpus[i]));
		compare_mutations(span_str(corpus[i]), i, MUTATIONS);
	}
	print_message("# both accept %zu, both refuse %zu, excused %zu\n",
	    agreed_good, agreed_bad, excused);
	assert_true(agreed_good > 1000 && agreed_bad > 1000);
}

static bool compare_file(const char *name)
{
	static uint8_t text[LIMIT_BODY];
	char path[1024];
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/fhir-pas-2.0.1/%s",
	    SHARED_DATA, name);
	f = fopen(path, "rb");
	if (!f)
		return false;
	n = fread(text, 1, sizeof(text), f);
	(void)fclose(f);
	compare(span_of(text, n));
	compare_mutations(span_of(text, n), n, MUTATIONS_BIG);
	return true;
}

static void test_published_examples_and_their_mutations_agree(void **state)
{
	DIR *d = opendir(SHARED_DATA "/fhir-pas-2.0.1");
	struct dirent *e;
	size_t files = 0;

	(void)state;
	if (!d) {
		print_message("# skipped: no %s\n", SHARED_DATA);
		skip();
	}
	while ((e = readdir(d)))
		if (strstr(e->d_name, ".json") && compare_file(e->d_name))
			files++;
	(void)closedir(d);
	print_message("# %zu files\n", files);
	assert_int_equal(files, 39);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_small_texts_and_their_mutations_agree),
	    cmocka_unit_test(test_published_examples_and_their_mutations_agree),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
