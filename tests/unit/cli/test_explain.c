/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: who signs is told all of what she signs, in full, from the signed text
 * alone: each word of an act has a sentence whose braces close, each value is
 * in it whole, none deceives a terminal. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "cli/explain.h"

static char said[8192];

static const char *say(const char *text)
{
	struct span rest = span_str(text);
	struct act_line line = {0};
	struct buf out;

	buf_init(&out, sizeof(said) - 1);
	assert_int_equal(act_next(&rest, &line), ERR_OK);
	explain_line(&line, &out);
	assert_int_equal(out.err, ERR_OK);
	memcpy(said, out.p, out.n);
	said[out.n] = '\0';
	buf_release(&out);
	assert_null(strpbrk(said, "{}[]#?"));
	return said;
}

static void test_each_word_is_a_sentence(void **state)
{
	static const char *const lines[][2] = {
		{"instance drill=yes\n", "Says whether this is a drill: yes"},
		{"admin key=KK name=admin-1\n", "Makes admin-1 an "
		    "ADMINISTRATOR, who may sign acts like this one; public "
		    "key KK"},
		{"insurer amc=1 operator=aval feed-key=F card-key=C\n",
		    "Enrols insurer 1 under operator aval: its feeds are those "
		    "that key F signs, its cards those of key C"},
		{"insurer amc=1 operator=a hosted-by=h feed-key=F card-key=C "
		    "label=l\n", "Enrols insurer 1 under operator a, hosted "
		    "by h, called l: its feeds are those that key F signs, "
		    "its cards those of key C"},
		{"profession code=gp domains=MED t24=1 c24=2 t30=3 c30=4 "
		    "m24=5 m30=6\n", "Sets what each gp may read, in domains "
		    "MED: without a card 1 persons in 24 hours and 3 in 30 "
		    "days, in any way 2 and 4; misses 5 and 6"},
		{"wide scope=card code=* floor24=6 each24=0 floor30=0 "
		    "each30=0\n", "A card seen at more than 6 sites in 24 "
		    "hours no longer counts as presence (*); each24=0; "
		    "floor30=0; each30=0"},
		{"mode control=wide mode=observe\n", "TURNS OFF control wide: "
		    "it only observes, and refuses nothing"},
		{"mode control=wide mode=enforce\n",
		    "Turns control wide to enforce"},
		{"scope asker=site:s1 from=A to=B\n",
		    "LISTS exactly whom site:s1 read from A up to B"},
		{"who amc=1 ref=q from=A to=B\n",
		    "LISTS everybody who read person q of insurer 1 from A "
		    "up to B"},
		{"release amc=1 from=A to=B\n", "RELEASES what opens each "
		    "entry of insurer 1 from A up to B, to whoever holds the "
		    "file"},
		{"site id=s1 profession=gp siret=12\n",
		    "Enrols site s1, profession gp, SIRET 12"},
		{"professional rpps=99700000001\n",
		    "Enrols professional 99700000001"},
		{"revoke admin=admin-1\n",
		    "Revokes administrator admin-1 for good"},
		{"close profession=gp plane=flow reason=x\n",
		    "Closes profession gp on plane flow, reason x"},
		{"close plane=flow\n", "Closes the whole plane flow"},
		{"open site=s1\n", "REOPENS site s1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_string_equal(say(lines[i][0]), lines[i][1]);
}

static void test_nothing_is_left_out(void **state)
{
	(void)state;
	/* names that a sentence does not mention, and words that have none */
	assert_string_equal(say("revoke site=s1 key=k amc=3\n"),
	    "Revokes key k for good; site=s1; amc=3");
	assert_string_equal(say("mode control=wide mode=observe x=observe\n"),
	    "TURNS OFF control wide: it only observes, and refuses nothing; "
	    "x=observe");
	assert_string_equal(say("unheard of=it b=\n"), "unheard; of=it; b=");
	assert_false(explain_knows(span_str("unheard")));
	assert_true(explain_knows(span_str("open")));
}

static void test_a_key_is_told_by_its_id(void **state)
{
	(void)state;
	/* printf %s "$spki" | base64 -d | openssl dgst -sha256 -binary */
	assert_string_equal(say("key spki=MCowBQYDK2VwAyEA11qYAYKxCrfVS_7TyWQ"
	    "HOg7hcvPapiMlrwIaaPcHURo site=s1\n"),
	    "Enrols key BuP9j9opu2CrWVV95h7bCuzbIxE0vjDnW0Vfjht5L6k for site "
	    "s1: it may read persons within that site's budgets");
}

static void test_a_long_value_is_whole(void **state)
{
	char text[4200], wanted[4300];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "revoke site=", 12);
	text[4100] = '\n';
	text[4101] = '\0';
	(void)snprintf(wanted, sizeof(wanted), "Revokes site %.*s with all its "
	    "keys for good", 4088, text + 12);
	assert_string_equal(say(text), wanted);
}

static void test_strange_bytes_are_shown(void **state)
{
	static const char bad[] = "a\x1b[2K\xe2\x80\xae\nb";
	struct buf out;

	(void)state;
	buf_init(&out, 200);
	explain_raw(span_str(bad), &out);
	assert_true(span_is(buf_span(&out), "a\\x1b[2K\\xe2\\x80\\xae\\x0ab"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_word_is_a_sentence),
	    cmocka_unit_test(test_nothing_is_left_out),
	    cmocka_unit_test(test_a_key_is_told_by_its_id),
	    cmocka_unit_test(test_a_long_value_is_whole),
	    cmocka_unit_test(test_strange_bytes_are_shown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
