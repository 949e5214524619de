/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: askers are named in one form, and each kind meets its own alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "keeper/select.h"
#include "registry/acts.h"

static int make(void **state)
{
	struct acts *a = calloc(1, sizeof(*a));

	acts_start(a, false);
	assert_int_equal(acts_do(a, 2, "site id=s1 profession=gp\n"
	    "site id=s2 profession=optician\n"
	    "key spki=%s site=s1 rpps=99700000001,99700000002\n"
	    "key spki=%s site=s2\n", acts_ed25519(1), acts_ed25519(2)),
	    ERR_OK);
	*state = a;
	return 0;
}

static int unmake(void **state)
{
	struct acts *a = *state;

	acts_end(a);
	free(a);
	return 0;
}

static void test_forms(void **state)
{
	static const char *const bad[] = {"", ",", "key:", "rpps:", "site:",
	    "rpps", "99700000001", "Key:x", "siret:1", " rpps:1",
	    "rpps:1,", ",rpps:1", "rpps:1,,site:2", "rpps:1,site:"};
	struct select s, before;

	(void)state;
	memset(&s, 0xaa, sizeof(s));
	before = s;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (select_parse(span_str(bad[i]), &s) != ERR_SHAPE)
			fail_msg("taken: \"%s\"", bad[i]);
		assert_memory_equal(&s, &before, sizeof(s));
	}
	assert_int_equal(select_parse(span_of(NULL, 0), &s), ERR_SHAPE);
	assert_int_equal(
	    select_parse(span_str("key:a,rpps:b,site:c:d"), &s), ERR_OK);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.kinds[0], SELECT_KEY);
	assert_int_equal(s.kinds[1], SELECT_RPPS);
	assert_int_equal(s.kinds[2], SELECT_SITE);
	assert_true(span_is(s.values[0], "a"));
	assert_true(span_is(s.values[2], "c:d"));
}

static void test_so_many(void **state)
{
	struct select s;
	struct buf text;

	(void)state;
	buf_init(&text, 10000);
	for (int i = 0; i < SELECT_MOST; i++)
		buf_printf(&text, "%ssite:%d", i ? "," : "", i);
	assert_int_equal(select_parse(buf_span(&text), &s), ERR_OK);
	assert_int_equal(s.count, SELECT_MOST);
	buf_text(&text, ",site:x");
	assert_int_equal(select_parse(buf_span(&text), &s), ERR_LIMIT);
	buf_release(&text);
}

static bool has_key(struct acts *a, const char *text, unsigned key)
{
	struct select s;

	assert_int_equal(select_parse(span_str(text), &s), ERR_OK);
	return select_has_key(
	    &s, a->r, registry_key(a->r, acts_id(key)));
}

static bool has(struct acts *a, const char *text, unsigned key,
    const char *site, const char *rpps)
{
	struct select s;

	assert_int_equal(select_parse(span_str(text), &s), ERR_OK);
	return select_has(&s, a->r, registry_key(a->r, acts_id(key)),
	    span_str(site), span_str(rpps));
}

static void test_could_this_key_have_asked(void **state)
{
	struct acts *a = *state;
	char text[100];

	(void)snprintf(text, sizeof(text), "key:%s", acts_id_text(1));
	assert_true(has_key(a, text, 1));
	assert_false(has_key(a, text, 2));
	assert_true(has_key(a, "site:s1", 1));
	assert_false(has_key(a, "site:s1", 2));
	assert_false(has_key(a, "site:s", 1));
	assert_true(has_key(a, "rpps:99700000002", 1));
	assert_false(has_key(a, "rpps:99700000002", 2));
	assert_false(has_key(a, "rpps:99700000003", 1));
	/* each kind meets its own */
	assert_false(has_key(a, "rpps:s1", 1));
	assert_false(has_key(a, "site:99700000001", 1));
	assert_true(has_key(a, "site:x,rpps:y,site:s2", 2));
	/* by the number that the log has */
	assert_true(has_key(a, "key:#2", 2));
	assert_false(has_key(a, "key:#2", 1));
	assert_true(has_key(a, "site:#1", 1));
	assert_false(has_key(a, "site:#1,key:#3,rpps:#2", 2));
	assert_false(has_key(a, "key:#,key:#0,site:# 2,site:#02,site:2", 2));
	assert_false(has_key(a, "site:#18446744073709551617", 1));
	/* a revoked professional was one: the past is asked about */
	assert_int_equal(acts_do(a, 1, "revoke rpps=99700000001\n"), ERR_OK);
	assert_true(has_key(a, "rpps:99700000001", 1));
}

static void test_did_it(void **state)
{
	struct acts *a = *state;
	char text[100];

	(void)snprintf(text, sizeof(text), "key:%s", acts_id_text(1));
	assert_true(has(a, text, 1, "s1", ""));
	assert_false(has(a, text, 2, "s1", ""));
	assert_true(has(a, "site:s1", 1, "s1", ""));
	assert_false(has(a, "site:s2", 1, "s1", ""));
	/* the professional it named, not one it might have named */
	assert_true(has(a, "rpps:99700000001", 1, "s1", "99700000001"));
	assert_false(has(a, "rpps:99700000002", 1, "s1", "99700000001"));
	assert_false(has(a, "rpps:99700000001", 1, "s1", ""));
	assert_false(has(a, "rpps:s1", 1, "s1", "99700000001"));
	assert_true(has(a, "rpps:0,site:s1", 1, "s1", ""));
	assert_true(has(a, "site:#1", 1, "s1", ""));
	assert_false(has(a, "site:#1", 1, "s2", ""));
	assert_false(has(a, "site:#2", 1, "s1", ""));
	assert_true(has(a, "key:#1", 1, "s1", ""));
	assert_false(has(a, "key:#1,rpps:#1", 2, "s2", "1"));
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_so_many),
		WITH(test_could_this_key_have_asked),
		WITH(test_did_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
