/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a manifest comes back as it was written, and has one spelling. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include "backup/manifest.h"

static struct manifest sample(void)
{
	struct manifest m = {.origin = "a.example/journal",
	    .time_ms = 1795770000123, .version = "0.1.0", .count = 12};

	m.journal = (struct manifest_log){70000, {1, 2, 3}};
	m.registry = (struct manifest_log){9, {0xff}};
	m.files[31] = 0x10;
	return m;
}

static void test_it_comes_back(void **state)
{
	struct manifest m = sample(), back;
	struct buf b;

	(void)state;
	buf_init(&b, MANIFEST_MOST);
	manifest_write(&m, &b);
	assert_int_equal(manifest_parse(buf_span(&b), &back), ERR_OK);
	assert_string_equal(back.origin, m.origin);
	assert_int_equal(back.time_ms, m.time_ms);
	assert_string_equal(back.version, m.version);
	assert_int_equal(back.journal.size, 70000);
	assert_memory_equal(back.journal.root, m.journal.root, HASH_SIZE);
	assert_int_equal(back.registry.size, 9);
	assert_int_equal(back.count, 12);
	assert_memory_equal(back.files, m.files, HASH_SIZE);
	buf_release(&b);
}

/* Every shorter text, and every byte more, is another text. */
static void test_one_spelling(void **state)
{
	struct manifest m = sample(), back;
	struct buf b;

	(void)state;
	buf_init(&b, MANIFEST_MOST);
	manifest_write(&m, &b);
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(manifest_parse(
		    span_of(b.p, n), &back), ERR_SHAPE);
	for (size_t i = 0; i < b.n; i++) {
		uint8_t was = b.p[i];

		b.p[i] = ' ';
		if (was != ' ')
			assert_int_equal(manifest_parse(
			    buf_span(&b), &back), ERR_SHAPE);
		b.p[i] = '\n';
		if (was != '\n')
			assert_int_equal(manifest_parse(
			    buf_span(&b), &back), ERR_SHAPE);
		b.p[i] = was;
	}
	buf_put_u8(&b, '\n');
	assert_int_equal(manifest_parse(buf_span(&b), &back), ERR_SHAPE);
	buf_release(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_comes_back),
		cmocka_unit_test(test_one_spelling),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
