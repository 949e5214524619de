/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: who was read stands under read; who may have been read stands under
 * cannot_be_excluded, and so does who was read for certain, where an answer in
 * doubt may have told more; whoever was told nothing stands nowhere.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "keeper/listing.h"

#define IN_FORCE 1u
#define AMOUNTS 32u

static struct listing_hit hit(uint64_t number, uint64_t index,
    enum listing_state state, uint32_t fields)
{
	return (struct listing_hit){.cell = 1, .number = number,
	    .index = index, .state = state, .fields = fields};
}

/* What is written of these hits, as a text. */
static void write_all(
    struct listing_hit *hits, size_t count, struct buf *out)
{
	struct listing_handle handles[8] = {{0}};
	struct json_writer w = json_writer_of(out);
	struct registry *r;
	struct listing l = {.hits = hits, .handles = handles,
	    .count = count, .w = &w};

	assert_true(count <= 8);
	assert_int_equal(registry_new(&r), ERR_OK);
	l.registry = r;
	listing_sort(hits, count);
	for (size_t i = 0; i < count; i = listing_end(hits, count, i)) {
		handles[i].n = 1;
		handles[i].bytes[0] = (uint8_t)hits[i].number;
	}
	json_write_begin(&w, '{');
	while (listing_go_on(&l, 1u << 16))
		;
	json_write_end(&w, '}');
	buf_put_u8(out, 0);
	assert_int_equal(out->err, ERR_OK);
	registry_free(r);
}

/* Entries under a list's name, as "[1,2][3]": a pair of brackets a person. */
static void entries(const char *text, const char *list, char *ret)
{
	const char *p = strstr(text, list), *end;

	assert_non_null(p);
	end = strcmp(list, "\"read\"") == 0 ?
	    strstr(text, "\"cannot_be_excluded\"") : p + strlen(p);
	while ((p = strstr(p, "\"indexes\":")) && p < end) {
		p += strlen("\"indexes\":");
		while (*p != ']')
			*ret++ = *p++;
		*ret++ = ']';
	}
	*ret = '\0';
}

static void expect(struct listing_hit *hits, size_t count, const char *read,
    const char *doubt)
{
	char got[256];
	struct buf out;

	buf_init(&out, 1u << 16);
	write_all(hits, count, &out);
	entries((const char *)out.p, "\"read\"", got);
	assert_string_equal(got, read);
	entries((const char *)out.p, "\"cannot_be_excluded\"", got);
	assert_string_equal(got, doubt);
	buf_release(&out);
}

static void test_read_wins_over_doubt(void **state)
{
	struct listing_hit hits[] = {
	    hit(1, 4, LISTING_READ, IN_FORCE),
	    hit(1, 6, LISTING_CANNOT_EXCLUDE, IN_FORCE),
	    hit(2, 5, LISTING_CANNOT_EXCLUDE, IN_FORCE),
	    hit(3, 7, LISTING_NOT_DISCLOSED, IN_FORCE),
	};

	(void)state;
	expect(hits, 4, "[4]", "[5]");
}

static void test_what_doubt_may_have_told_more(void **state)
{
	struct listing_hit hits[] = {
	    hit(1, 4, LISTING_READ, IN_FORCE),
	    hit(1, 6, LISTING_CANNOT_EXCLUDE, IN_FORCE | AMOUNTS),
	    hit(1, 8, LISTING_CANNOT_EXCLUDE, IN_FORCE),
	    hit(2, 5, LISTING_READ, IN_FORCE | AMOUNTS),
	    hit(2, 9, LISTING_CANNOT_EXCLUDE, AMOUNTS),
	};

	(void)state;
	expect(hits, 5, "[4][5]", "[6,8]");
}

static void test_doubt_without_fields_is_doubt(void **state)
{
	struct listing_hit hits[] = {hit(1, 4, LISTING_CANNOT_EXCLUDE, 0)};

	(void)state;
	expect(hits, 1, "", "[4]");
	expect(hits, 0, "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_wins_over_doubt),
		cmocka_unit_test(test_what_doubt_may_have_told_more),
		cmocka_unit_test(test_doubt_without_fields_is_doubt),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
