/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: invented persons have the form that questions and feeds take, a NIR
 * with a right key in department 00, and the mutuelle's form of numbers; a
 * form that names one person is refused; a set's hash stands for all of it. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include "ident/canon.h"
#include "keeper/decoys.h"
#include "keeper/keeper.h"

/* of the program, which no test here needs */
int64_t keeper_now(struct keeper *k)
{
	(void)k;
	return 0;
}

void keeper_fail(struct keeper *k, const char *words, enum err e)
{
	(void)k;
	(void)e;
	fail_msg("%s", words);
}

static void test_forms(void **state)
{
	static const char *const good[] = {"#####", "02######", "A?-##/##?",
	    "####################"};
	static const char *const bad[] = {"", "####", "1234567890####",
	    "#####a", "##### ", "#####;", "#####################"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(decoys_pattern_ok(span_str(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(decoys_pattern_ok(span_str(bad[i])));
}

static void test_persons(void **state)
{
	struct random_seeded seed;
	struct random random = random_from_seed(&seed, 5);
	struct canon_member member;
	struct canon_birth birth;
	struct canon_nir nir;
	struct decoys_person p;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		decoys_invent(
		    &random, span_str("#A?-####"), i % 2 == 0, 2026, &p);
		assert_int_equal(strlen(p.member), 8);
		assert_true(p.member[0] >= '1' && p.member[0] <= '9');
		assert_true(p.member[1] == 'A' && p.member[3] == '-');
		assert_int_equal(canon_member(
		    span_str(p.member), &member), ERR_OK);
		assert_int_equal(
		    canon_birth(span_str(p.birth), &birth), ERR_OK);
		assert_true(strcmp(p.birth, "1942") > 0 &&
		    strcmp(p.birth, "2007") < 0);
		if (i % 2) {
			assert_string_equal(p.nir, "");
			continue;
		}
		assert_int_equal(
		    canon_nir(span_str(p.nir), NULL, &nir), ERR_OK);
		assert_memory_equal(p.nir + 5, "00", 2);
		assert_memory_equal(p.nir + 1, p.birth + 2, 4);
		assert_int_equal((p.nir[13] - '0') * 10 + p.nir[14] - '0',
		    nir_key(p.nir));
	}
}

static void test_hashes(void **state)
{
	static struct decoys_set s = {.cell = 1, .persons = 1, .tag_count = 2};
	uint8_t first[HASH_SIZE], other[HASH_SIZE];

	(void)state;
	decoys_hash(&s, first);
	decoys_hash(&s, other);
	assert_memory_equal(first, other, HASH_SIZE);
	s.tags[1][15] ^= 1;
	decoys_hash(&s, other);
	assert_memory_not_equal(first, other, HASH_SIZE);
	s.tags[1][15] ^= 1;
	s.salt[0] ^= 1;
	decoys_hash(&s, other);
	assert_memory_not_equal(first, other, HASH_SIZE);
	s.salt[0] ^= 1;
	s.cell = 2;
	decoys_hash(&s, other);
	assert_memory_not_equal(first, other, HASH_SIZE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_persons),
		cmocka_unit_test(test_hashes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
