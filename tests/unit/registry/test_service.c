/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the service keys' text is read as it was written, to the last byte,
 * and in no other form. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "registry/service.h"

static void fill(struct registry_service *s)
{
	memset(s, 0, sizeof(*s));
	memset(s->answer, 1, sizeof(s->answer));
	memset(s->promise, 2, sizeof(s->promise));
	memset(s->sealing, 4, sizeof(s->sealing));
}

static enum err read_text(const void *text, size_t n)
{
	uint8_t *p = malloc(n ? n : 1);
	struct registry_service s, before;
	struct span origin = {0};
	enum err e;

	assert_non_null(p);
	memcpy(p, text, n);
	memset(&s, 0xaa, sizeof(s));
	before = s;
	e = service_read(span_of(p, n), &origin, &s);
	if (e) {
		assert_memory_equal(&s, &before, sizeof(s));
		assert_null(origin.p);
	}
	free(p);
	return e;
}

static void test_what_is_written_is_read(void **state)
{
	struct registry_service s, got;
	struct span origin;
	struct buf b;

	(void)state;
	fill(&s);
	buf_init(&b, 1000);
	service_write(span_str("a.example/j"), &s, &b);
	assert_int_equal(b.err, ERR_OK);
	assert_int_equal(service_read(buf_span(&b), &origin, &got), ERR_OK);
	assert_true(span_is(origin, "a.example/j"));
	assert_memory_equal(&s, &got, sizeof(s));
	assert_non_null(memmem(b.p, b.n, "answer AQEBAQEBAQEBAQEBAQEBAQEB"
	    "AQEBAQEBAQEBAQEBAQE\n", 51));
	buf_release(&b);
}

#define A "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"

static void test_cuts_and_additions_are_refused(void **state)
{
	struct registry_service s;
	struct buf b;

	(void)state;
	fill(&s);
	buf_init(&b, 1000);
	service_write(span_str("o"), &s, &b);
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(read_text(b.p, n), ERR_SHAPE);
	assert_int_equal(read_text(b.p, b.n), ERR_OK);
	buf_text(&b, "\n");
	assert_int_equal(read_text(b.p, b.n), ERR_SHAPE);
	buf_clear(&b);
	/* of a later day: without those lines it is a note of init's */
	s.issued_ms = 5;
	s.promise_count = REGISTRY_PROMISES;
	service_write(span_str("o"), &s, &b);
	assert_int_equal(read_text(b.p, b.n), ERR_OK);
	buf_text(&b, "promise " A "\n");
	assert_int_equal(read_text(b.p, b.n), ERR_SHAPE);
	buf_release(&b);
}

#define S "BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ" \
	"EBAQEBAQEBAQEBAQEBAQEBAQ"

static void test_other_forms_are_refused(void **state)
{
	static const char *const bad[] = {
		"ecluse service keys v2\norigin o\nanswer " A "\npromise " A
		"\nsealing " S "\n",
		"origin o\nanswer " A "\npromise " A "\nsealing " S "\n",
		"ecluse service keys v1\norigin \nanswer " A "\npromise " A
		"\nsealing " S "\n",
		"ecluse service keys v1\norigin o\npromise " A "\nanswer " A
		"\nsealing " S "\n",
		"ecluse service keys v1\norigin o\nanswer " A "A\npromise " A
		"\nsealing " S "\n",
		"ecluse service keys v1\norigin o\nanswer " A "=\npromise " A
		"\nsealing " S "\n",
		"ecluse service keys v1\norigin o\nanswer " A "\npromise " A
		"\nsealing " A "\n",
		"ecluse service keys v1\norigin o\nanswer=" A "\npromise " A
		"\nsealing " S "\n",
	};
	static const char good[] = "ecluse service keys v1\norigin o\nanswer "
	    A "\npromise " A "\nsealing " S "\n";

	(void)state;
	assert_int_equal(read_text(good, sizeof(good) - 1), ERR_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_text(bad[i], strlen(bad[i])) != ERR_SHAPE)
			fail_msg("form %zu is taken", i);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_cuts_and_additions_are_refused),
		cmocka_unit_test(test_other_forms_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
