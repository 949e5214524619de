/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the table judges as configured, the shipped file says what the
 * program does without it, and every finding has its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ids/sentence.h"
#include "ids/severity.h"

static struct severity_verdict judge(
    const struct severity_table *t, enum ids_kind k, const char *in,
    bool strict)
{
	char text[IDS_TEXT_SIZE];

	return severity_judge(t, k, ids_parse(k, span_str(in), text), strict);
}

static void assert_verdict(struct severity_verdict v, enum severity severity,
    enum ids_finding finding)
{
	assert_int_equal(v.severity, severity);
	assert_int_equal(v.finding, finding);
}

static void test_defaults_judge(void **state)
{
	struct severity_table t = severity_defaults();

	(void)state;
	assert_verdict(judge(&t, IDS_NIR, "295109912611193", true),
	    SEVERITY_OK, IDS_CLEAN);
	assert_verdict(judge(&t, IDS_NIR, "123456789012244", false),
	    SEVERITY_WARNING, IDS_KEY);
	assert_verdict(judge(&t, IDS_NIR, "123456789012244", true),
	    SEVERITY_ERROR, IDS_KEY);
	assert_verdict(judge(&t, IDS_NIR, "253072C07300443", false),
	    SEVERITY_ERROR, IDS_CHARACTER);
	assert_verdict(judge(&t, IDS_NIR, "255555591104274", true),
	    SEVERITY_OK, IDS_FICTIVE);
	assert_verdict(judge(&t, IDS_NIR, "2951099126111", false),
	    SEVERITY_WARNING, IDS_NO_KEY);
	assert_verdict(judge(&t, IDS_FINESS, "0B0172805", false),
	    SEVERITY_WARNING, IDS_LETTERED);
	assert_verdict(judge(&t, IDS_SIREN, "404833047", false),
	    SEVERITY_ERROR, IDS_KEY);
	assert_verdict(judge(&t, IDS_SIRET, "35600000009075", true),
	    SEVERITY_OK, IDS_LA_POSTE);
	assert_verdict(judge(&t, IDS_AMC, "12345678", true),
	    SEVERITY_OK, IDS_PADDED);
}

static void test_a_file_changes_what_it_names_alone(void **state)
{
	struct severity_table t = severity_defaults();
	unsigned line = 0;

	(void)state;
	assert_int_equal(severity_read(span_str(
	    "# ours\n\n  nir\tkey   error # typed by hand\r\n"
	    "finess lettered ok"), &t, &line), ERR_OK);
	assert_verdict(judge(&t, IDS_NIR, "123456789012244", false),
	    SEVERITY_ERROR, IDS_KEY);
	assert_verdict(judge(&t, IDS_FINESS, "0B0172805", true),
	    SEVERITY_OK, IDS_LETTERED);
	assert_verdict(judge(&t, IDS_RPPS, "10102727017", false),
	    SEVERITY_WARNING, IDS_KEY);
}

static void test_a_file_that_means_nothing_is_refused_with_its_line(
    void **state)
{
	static const struct {
		const char *text;
		enum err e;
		unsigned line;
	} bad[] = {
		{ "nir key", ERR_SHAPE, 1 },
		{ "nir key ok ok", ERR_SHAPE, 1 },
		{ "nir key error\n\nnss key ok\n", ERR_UNKNOWN, 3 },
		{ "nir clef ok", ERR_UNKNOWN, 1 },
		{ "nir key fatal", ERR_UNKNOWN, 1 },
		{ "nir clean ok", ERR_UNKNOWN, 1 },
		{ "siren pseudo-month ok", ERR_REFUSED, 1 },
		{ "# a\nnir length ok", ERR_REFUSED, 2 },
		{ "amc zero warning", ERR_REFUSED, 1 },
		{ "nir key ok\nrpps key ok\nnir key error", ERR_EXISTS, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct severity_table before = severity_defaults();
		struct severity_table t = before;
		unsigned line = 0;

		assert_int_equal(severity_read(span_str(bad[i].text), &t,
		    &line), bad[i].e);
		assert_int_equal(line, bad[i].line);
		assert_memory_equal(&t, &before, sizeof(t));
	}
}

/* Reads the shipped file; IDENTIFIERS_CONF comes from the build. */
static void test_shipped_file_holds_the_defaults_all_of_them(void **state)
{
	struct severity_table defaults = severity_defaults(), t = { 0 };
	static char text[16384];
	FILE *f = fopen(IDENTIFIERS_CONF, "rb");
	unsigned line = 0;
	size_t n;

	(void)state;
	assert_non_null(f);
	n = fread(text, 1, sizeof(text), f);
	(void)fclose(f);
	assert_int_equal(severity_read(span_of(text, n), &t, &line), ERR_OK);
	for (unsigned k = 0; k < IDS_KINDS; k++)
		for (unsigned i = IDS_KEY; i < IDS_FINDINGS; i++)
			assert_int_equal(t.of[k][i], defaults.of[k][i]);
}

static void test_every_finding_has_words_in_both_languages(void **state)
{
	struct severity_table t = severity_defaults();

	(void)state;
	for (unsigned k = 0; k < IDS_KINDS; k++)
		for (unsigned f = IDS_CLEAN; f < IDS_FINDINGS; f++) {
			const char *en = sentence_of((enum ids_kind)k,
			    (enum ids_finding)f, SENTENCE_ENGLISH);
			const char *fr = sentence_of((enum ids_kind)k,
			    (enum ids_finding)f, SENTENCE_FRENCH);

			if (f == IDS_CLEAN) {
				assert_string_equal(en, "");
			} else if (t.of[k][f] != SEVERITY_NONE) {
				assert_true(strlen(en) > 0);
				assert_string_not_equal(en, fr);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_judge),
		cmocka_unit_test(test_a_file_changes_what_it_names_alone),
		cmocka_unit_test(
		    test_a_file_that_means_nothing_is_refused_with_its_line),
		cmocka_unit_test(
		    test_shipped_file_holds_the_defaults_all_of_them),
		cmocka_unit_test(
		    test_every_finding_has_words_in_both_languages),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
