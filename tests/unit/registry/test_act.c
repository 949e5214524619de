/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: an act's text has one spelling. Whatever is not exactly a head and
 * lines of the form is refused where it stands, and no bytes make the readers
 * crash or read past the end. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/random.h"
#include "registry/act.h"

#define NONCE "AAECAwQFBgcICQoLDA0ODw"
#define HEAD "ecluse act v1\norigin a.example/j\n" \
	"time 2026-11-22T10:02:00.000Z\nnonce " NONCE "\n"
#define TIME_MS INT64_C(1795341720000)

/* text in a room of its very size, so that a read past its end is seen */
static uint8_t *exact(const void *text, size_t n)
{
	uint8_t *p = malloc(n ? n : 1);

	assert_non_null(p);
	memcpy(p, text, n);
	return p;
}

static enum err head_of(const char *text, struct act_head *h, struct span *rest)
{
	return act_head(span_str(text), h, rest);
}

static void test_a_head_is_read(void **state)
{
	struct act_head h;
	struct span rest;

	(void)state;
	assert_int_equal(head_of(HEAD "site id=1\n", &h, &rest), ERR_OK);
	assert_true(span_is(h.origin, "a.example/j"));
	assert_true(h.time_ms == TIME_MS);
	assert_true(span_is(h.nonce, NONCE));
	assert_true(span_is(rest, "site id=1\n"));
	assert_int_equal(head_of(HEAD, &h, &rest), ERR_OK);
	assert_int_equal(rest.n, 0);
	/* any time of RFC 3339 */
	assert_int_equal(head_of("ecluse act v1\norigin o\n"
	    "time 2026-11-22T11:02:00+01:00\nnonce " NONCE "\n", &h, &rest),
	    ERR_OK);
	assert_true(h.time_ms == TIME_MS);
}

static void test_other_heads_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"\n" HEAD,
		"ecluse act v1",
		"ecluse act v2\norigin o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "\n",
		"ecluse act v1 \norigin o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "\n",
		"Ecluse act v1\norigin o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "\n",
		"ecluse  act v1\norigin o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "\n",
		/* a line is missing, twice, or in another place */
		"origin o\ntime 2026-11-22T10:02:00.000Z\nnonce " NONCE "\n",
		"ecluse act v1\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "\n",
		"ecluse act v1\norigin o\nnonce " NONCE "\n",
		"ecluse act v1\norigin o\ntime 2026-11-22T10:02:00.000Z\n",
		"ecluse act v1\norigin o\norigin o\n"
		"time 2026-11-22T10:02:00.000Z\nnonce " NONCE "\n",
		"ecluse act v1\ntime 2026-11-22T10:02:00.000Z\norigin o\n"
		"nonce " NONCE "\n",
		/* empty values, other names */
		"ecluse act v1\norigin \ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "\n",
		"ecluse act v1\norigin\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "\n",
		"ecluse act v1\norigins o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "\n",
		"ecluse act v1\norigin=o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "\n",
		/* times */
		"ecluse act v1\norigin o\ntime 2026-11-22\nnonce " NONCE "\n",
		"ecluse act v1\norigin o\ntime 2026-02-30T10:02:00Z\n"
		"nonce " NONCE "\n",
		"ecluse act v1\norigin o\ntime 1795341720000\n"
		"nonce " NONCE "\n",
		/* nonces: short, long, another alphabet, a bit too many */
		"ecluse act v1\norigin o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce AAECAwQFBgcICQoLDA0OD\n",
		"ecluse act v1\norigin o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce AAECAwQFBgcICQoLDA0O\n",
		"ecluse act v1\norigin o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "A\n",
		"ecluse act v1\norigin o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce AAECAwQFBgcICQoLDA0O+w\n",
		"ecluse act v1\norigin o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce AAECAwQFBgcICQoLDA0ODx\n",
		/* no LF at the end of the head, another line end */
		"ecluse act v1\norigin o\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE,
		"ecluse act v1\r\norigin o\r\n"
		"time 2026-11-22T10:02:00.000Z\r\nnonce " NONCE "\r\n",
		/* characters beyond printable ASCII */
		"ecluse act v1\norigin o\tx\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "\n",
		"ecluse act v1\norigin o\x7f\ntime 2026-11-22T10:02:00.000Z\n"
		"nonce " NONCE "\n",
		"ecluse act v1\norigin \xc3\xa9\n"
		"time 2026-11-22T10:02:00.000Z\nnonce " NONCE "\n",
	};
	struct act_head h, before;
	struct span rest = {0};

	(void)state;
	memset(&h, 0xaa, sizeof(h));
	before = h;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (head_of(bad[i], &h, &rest) != ERR_SHAPE)
			fail_msg("head %zu is taken", i);
		assert_memory_equal(&h, &before, sizeof(h));
		assert_null(rest.p);
	}
}

static void test_an_empty_text_at_no_place_is_refused(void **state)
{
	struct act_head h;
	struct span rest;

	(void)state;
	assert_int_equal(act_head(span_of(NULL, 0), &h, &rest), ERR_SHAPE);
}

static void test_a_line_is_a_word_and_pairs(void **state)
{
	struct span rest = span_str(
	    "site id=A.1_b-2 profession=gp\nclock\nkey since= rpps=a=b%20c\n");
	struct act_line l = {0};

	(void)state;
	assert_int_equal(act_next(&rest, &l), ERR_OK);
	assert_int_equal(l.number, 1);
	assert_true(span_is(l.word, "site"));
	assert_int_equal(l.count, 2);
	assert_true(span_is(act_value(&l, "id"), "A.1_b-2"));
	assert_true(span_is(act_value(&l, "profession"), "gp"));
	assert_int_equal(act_value(&l, "i").n, 0);
	assert_int_equal(act_value(&l, "id=").n, 0);
	assert_int_equal(act_next(&rest, &l), ERR_OK);
	assert_int_equal(l.number, 2);
	assert_true(span_is(l.word, "clock"));
	assert_int_equal(l.count, 0);
	assert_int_equal(act_value(&l, "id").n, 0);
	/* an empty value stands; the first = parts; nothing is decoded */
	assert_int_equal(act_next(&rest, &l), ERR_OK);
	assert_int_equal(l.count, 2);
	assert_true(span_is(l.names[0], "since"));
	assert_int_equal(l.values[0].n, 0);
	assert_true(span_is(act_value(&l, "rpps"), "a=b%20c"));
	assert_int_equal(act_next(&rest, &l), ERR_CLOSED);
	assert_int_equal(l.number, 3);
}

static void test_other_lines_are_refused(void **state)
{
	static const char *const bad[] = {
		"\n", "site", "site id=1", " site id=1\n", "site id=1 \n",
		"site \n", " \n", "site  id=1\n", "site id=1  siret=2\n",
		"site id\n", "site =1\n", "site id=1 =\n", "site id=1 siret\n",
		"site id=1 id=2\n", "site id=1 x=2 id=1\n", "site id= id=\n",
		"site id=\t\n", "site id=1\r\n", "site id=\x01\n",
		"site id=\x7f\n", "site id=\xc3\xa9\n", "site\tid=1\n",
	};
	struct act_line l, before;

	(void)state;
	memset(&l, 0, sizeof(l));
	l.number = 7;
	before = l;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct span rest = span_str(bad[i]);

		if (act_next(&rest, &l) != ERR_SHAPE)
			fail_msg("line %zu is taken: %s", i, bad[i]);
		assert_memory_equal(&l, &before, sizeof(l));
		assert_true(span_is(rest, bad[i]));
	}
}

static void test_a_nul_is_a_control_character(void **state)
{
	static const char text[] = "site id=1\0002\n";
	struct span rest = span_of(text, sizeof(text) - 1);
	struct act_line l = {0};

	(void)state;
	assert_int_equal(act_next(&rest, &l), ERR_SHAPE);
}

static enum err with_pairs(unsigned n, struct act_line *l)
{
	char text[1000];
	size_t at = (size_t)snprintf(text, sizeof(text), "word");
	struct span rest;

	for (unsigned i = 0; i < n; i++)
		at += (size_t)snprintf(
		    text + at, sizeof(text) - at, " n%u=%u", i, i * i);
	at += (size_t)snprintf(text + at, sizeof(text) - at, "\n");
	rest = span_of(text, at);
	*l = (struct act_line){0};
	return act_next(&rest, l);
}

static void test_24_pairs_and_no_more(void **state)
{
	struct act_line l;

	(void)state;
	assert_int_equal(with_pairs(ACT_PAIRS, &l), ERR_OK);
	assert_int_equal(l.count, 24);
	assert_int_equal(with_pairs(ACT_PAIRS + 1, &l), ERR_SHAPE);
}

static void test_only_what_is_allowed(void **state)
{
	struct span rest = span_str("key spki=1 since=2\nclock\n");
	struct act_line l = {0};

	(void)state;
	assert_int_equal(act_next(&rest, &l), ERR_OK);
	assert_int_equal(act_only(&l, "spki site rpps since"), ERR_OK);
	assert_int_equal(act_only(&l, "since spki"), ERR_OK);
	assert_int_equal(act_only(&l, "spki"), ERR_SHAPE);
	assert_int_equal(act_only(&l, "spkis sinces"), ERR_SHAPE);
	assert_int_equal(act_only(&l, "spk sinc"), ERR_SHAPE);
	assert_int_equal(act_only(&l, ""), ERR_SHAPE);
	assert_int_equal(act_next(&rest, &l), ERR_OK);
	assert_int_equal(act_only(&l, ""), ERR_OK);
}

static void test_what_is_written_is_read(void **state)
{
	uint8_t nonce[16];
	struct act_head h;
	struct span rest;
	struct buf b;

	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		nonce[i] = i;
	buf_init(&b, 1000);
	act_write_head(&b, span_str("a.example/j"), TIME_MS, nonce);
	assert_true(span_is(buf_span(&b), HEAD));
	buf_printf(&b, "site id=%d\n", 5);
	assert_int_equal(b.err, ERR_OK);
	assert_int_equal(act_head(buf_span(&b), &h, &rest), ERR_OK);
	assert_true(h.time_ms == TIME_MS);
	assert_true(span_is(rest, "site id=5\n"));
	buf_release(&b);
}

/* Every line of what a head leaves; how many there were. */
static unsigned read_all(struct span text)
{
	struct act_line l = {0};
	struct act_head h;
	struct span rest;

	if (act_head(text, &h, &rest))
		return 0;
	while (!act_next(&rest, &l))
		for (unsigned i = 0; i < l.count; i++)
			(void)act_value(&l, "id");
	return l.number;
}

static const char whole[] = HEAD "site id=0A0000017 profession=optician\n"
    "key spki=MCow site=0A0000017 rpps=99700000017,99700000025\n"
    "revoke admin=x\n";

static void test_every_cut_is_seen_or_ends_at_a_line(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		uint8_t *p = exact(whole, n);
		unsigned lines = read_all(span_of(p, n));

		assert_true(lines < 3);
		free(p);
	}
	assert_int_equal(read_all(span_str(whole)), 3);
}

static void test_flipped_bits_do_no_harm(void **state)
{
	size_t size = sizeof(whole) - 1;

	(void)state;
	for (size_t i = 0; i < size * 8; i++) {
		uint8_t *p = exact(whole, size);

		p[i / 8] ^= (uint8_t)(1u << i % 8);
		(void)read_all(span_of(p, size));
		free(p);
	}
}

static void test_random_bytes_do_no_harm(void **state)
{
	static const char some[] = " =\n\n,abA0%\x7f\xff";
	struct random_seeded seed;
	struct random r = random_from_seed(&seed, 11);

	(void)state;
	(void)r;
	for (int round = 0; round < 20000; round++) {
		size_t n = random_seeded_below(&seed, 80);
		uint8_t *p = malloc(n + 1);
		struct act_line l = {0};
		struct span rest = span_of(p, n);

		assert_non_null(p);
		for (size_t i = 0; i < n; i++)
			p[i] = (uint8_t)some[random_seeded_below(
			    &seed, sizeof(some) - 1)];
		p = realloc(p, n ? n : 1);
		rest.p = p;
		while (!act_next(&rest, &l)) {
			assert_true(l.word.n > 0);
			assert_true(l.count <= ACT_PAIRS);
			for (unsigned i = 0; i < l.count; i++)
				assert_null(memchr(l.values[i].p, ' ',
				    l.values[i].n));
		}
		free(p);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_head_is_read),
		cmocka_unit_test(test_other_heads_are_refused),
		cmocka_unit_test(test_an_empty_text_at_no_place_is_refused),
		cmocka_unit_test(test_a_line_is_a_word_and_pairs),
		cmocka_unit_test(test_other_lines_are_refused),
		cmocka_unit_test(test_a_nul_is_a_control_character),
		cmocka_unit_test(test_24_pairs_and_no_more),
		cmocka_unit_test(test_only_what_is_allowed),
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_every_cut_is_seen_or_ends_at_a_line),
		cmocka_unit_test(test_flipped_bits_do_no_harm),
		cmocka_unit_test(test_random_bytes_do_no_harm),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
