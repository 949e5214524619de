/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the files of figures are read whole or refused with line and reason. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/file.h"
#include "guard/figures.h"

#define P FIGURES_PROFESSIONS_HEAD "\n"
#define S FIGURES_SHARED_HEAD "\n"

static void test_read_professions_good_gives_rows(void **state)
{
	static const char text[] = "# words\n" P
	    "optician;Opticien;Optician;OPTI;40;100;400;1000;10;60;yes;x\n"
	    "# more\n"
	    "pharmacy;\"Pha;rmacie\";Pharmacy;PHAR PH7;220;500;3500;7000;44;"
	    "260;no;y\n";
	struct figures_professions p;
	struct figures_fault fault;
	const struct figures_profession *row;

	(void)state;
	assert_int_equal(figures_read_professions(
	    span_str(text), &p, &fault), ERR_OK);
	assert_int_equal(p.count, 2);
	row = figures_profession(&p, span_str("pharmacy"));
	assert_non_null(row);
	assert_int_equal(row->domain_count, 2);
	assert_string_equal(row->domains[1], "PH7");
	assert_int_equal(row->figures.of[GUARD_T24], 220);
	assert_int_equal(row->figures.of[GUARD_C24], 500);
	assert_int_equal(row->figures.of[GUARD_T30], 3500);
	assert_int_equal(row->figures.of[GUARD_C30], 7000);
	assert_int_equal(row->figures.of[GUARD_M24], 44);
	assert_int_equal(row->figures.of[GUARD_M30], 260);
	assert_false(row->confirmed);
	assert_true(p.rows[0].confirmed);
	assert_null(figures_profession(&p, span_str("dentist")));
}

struct bad {
	const char *text;
	enum err e;
	uint32_t line;
};

static void test_read_professions_bad_says_line(void **state)
{
	static const struct bad table[] = {
	    {"", ERR_SHAPE, 0},
	    {"code\n", ERR_SHAPE, 1},
	    {FIGURES_PROFESSIONS_HEAD, ERR_SHAPE, 1},	/* no end */
	    {P "\"gp;a;b;MED;1;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "g1;a;b;MED;1;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "gp;a;b;M!;1;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "gp;a;b;M:;1;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "gp;a;b;MED;1;2;3;4;5;6;yes;x", ERR_SHAPE, 2},
	    {P "gp;a;b;MED;1;2;3;4;5;6;yes\n", ERR_SHAPE, 2},
	    {P "gp;a;b;MED;1;2;3;4;5;6;yes;x;y\n", ERR_SHAPE, 2},
	    {P "gp;a;b;MED;1;2;3;4;5;6;yes;\n", ERR_SHAPE, 2},
	    {P "\n", ERR_SHAPE, 2},
	    {P "Gp;a;b;MED;1;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "g{;a;b;MED;1;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "abcdefghijklmnop;a;b;MED;1;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "gp;a;b;MED  X;1;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "gp;a;b;MED ;1;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "gp;a;b;MEDICALES;1;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "gp;a;b;A B C D E F G H I;1;2;3;4;5;6;yes;x\n", ERR_LIMIT, 2},
	    {P "gp;a;b;MED;01;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "gp;a;b;MED;-1;2;3;4;5;6;yes;x\n", ERR_SHAPE, 2},
	    {P "gp;a;b;MED;1;2;3;1000001;5;6;yes;x\n", ERR_RANGE, 2},
	    {P "gp;a;b;MED;3;2;3;4;5;6;yes;x\n", ERR_RANGE, 2},
	    {P "gp;a;b;MED;1;2;5;4;5;6;yes;x\n", ERR_RANGE, 2},
	    {P "gp;a;b;MED;4;9;3;9;5;6;yes;x\n", ERR_RANGE, 2},
	    {P "gp;a;b;MED;1;5;3;4;5;6;yes;x\n", ERR_RANGE, 2},
	    {P "gp;a;b;MED;1;2;3;4;7;6;yes;x\n", ERR_RANGE, 2},
	    {P "gp;a;b;MED;1;2;3;4;5;6;maybe;x\n", ERR_SHAPE, 2},
	    {P "gp;a;b;MED;1;2;3;4;5;6;yes;x\n# c\n"
	    "gp;a;b;MED;1;2;3;4;5;6;yes;x\n", ERR_EXISTS, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct figures_professions p = {.count = 99};
		struct figures_fault fault = {0};

		assert_int_equal(figures_read_professions(span_str(
		    table[i].text), &p, &fault), table[i].e);
		assert_int_equal(fault.line, table[i].line);
		assert_true(fault.words[0] != '\0');
		assert_int_equal(p.count, 99);
	}
}

static void test_read_shared_bad_says_line(void **state)
{
	static const struct bad table[] = {
	    {"scope\n", ERR_SHAPE, 1},
	    {S "country;*;1;2;3;4;yes;x\n", ERR_UNKNOWN, 2},
	    {S "cell;12;1;2;3;4;yes;x\n", ERR_SHAPE, 2},
	    {S "cell;123456789a;1;2;3;4;yes;x\n", ERR_SHAPE, 2},
	    {S "cell;*;a;2;3;4;yes;x\n", ERR_SHAPE, 2},
	    {S "cell;*;1;a;3;4;yes;x\n", ERR_SHAPE, 2},
	    {S "cell;*;1;2;a;4;yes;x\n", ERR_SHAPE, 2},
	    {S "cell;*;1;2;3;a;yes;x\n", ERR_SHAPE, 2},
	    {S "cell;*;1;2;3;4;maybe;x\n", ERR_SHAPE, 2},
	    {S "platform;gp;1;2;3;4;yes;x\n", ERR_SHAPE, 2},
	    {S "profession;GP;1;2;3;4;yes;x\n", ERR_SHAPE, 2},
	    {S "cell;*;5;2;3;4;yes;x\n", ERR_RANGE, 2},
	    {S "cell;*;1;5;3;4;yes;x\n", ERR_RANGE, 2},
	    {S "card;*;0;0;0;0;yes;x\n", ERR_RANGE, 2},
	    {S "card;*;15;0;0;0;yes;x\n", ERR_RANGE, 2},
	    {S "card;*;6;0;9;0;yes;x\n", ERR_RANGE, 2},
	    {S "card;*;6;1;0;0;yes;x\n", ERR_RANGE, 2},
	    {S "card;*;6;0;0;1;yes;x\n", ERR_RANGE, 2},
	    {S "cell;*;1;2;3;4;yes;x\ncell;*;1;2;3;4;yes;x\n", ERR_EXISTS, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct figures_shareds s = {.count = 99};
		struct figures_fault fault = {0};

		assert_int_equal(figures_read_shared(span_str(
		    table[i].text), &s, &fault), table[i].e);
		assert_int_equal(fault.line, table[i].line);
		assert_int_equal(s.count, 99);
	}
}

static void test_wide_grows_with_size(void **state)
{
	static const char text[] = S
	    "cell;*;500;8;2000;60;no;x\n"
	    "cell;0123456789;10;0;0;0;no;x\n"
	    "profession;gp;1;1000000;1;1000000;no;x\n"
	    "profession;lab;1000000;100;1000000;100;no;x\n";
	struct figures_shareds s;
	struct figures_fault fault;
	const struct figures_shared *row;
	struct guard_wide w;

	(void)state;
	assert_int_equal(
	    figures_read_shared(span_str(text), &s, &fault), ERR_OK);
	row = figures_shared(&s, FIGURES_CELL, span_str("9999999999"));
	w = figures_wide(row, 0);
	assert_int_equal(w.persons24, 500);
	w = figures_wide(row, 101);		/* 8.08 and 60.6: rounded up */
	assert_int_equal(w.persons24, 509);
	assert_int_equal(w.persons30, 2061);
	row = figures_shared(&s, FIGURES_CELL, span_str("0123456789"));
	w = figures_wide(row, 1000000);
	assert_int_equal(w.persons24, 10);
	assert_int_equal(w.persons30, 0);
	row = figures_shared(&s, FIGURES_PROFESSION, span_str("gp"));
	w = figures_wide(row, UINT64_MAX);
	assert_int_equal(w.persons24, UINT32_MAX);
	assert_null(figures_shared(&s, FIGURES_PLATFORM, span_str("*")));
	assert_null(figures_shared(&s, FIGURES_PROFESSION, span_str("audio")));
	/* one for each, and the floor above it: no further than it counts */
	row = figures_shared(&s, FIGURES_PROFESSION, span_str("lab"));
	w = figures_wide(row, UINT32_MAX - 1000000);
	assert_int_equal(w.persons24, UINT32_MAX);
	w = figures_wide(row, UINT32_MAX - 1000000 + 1);
	assert_int_equal(w.persons24, UINT32_MAX);
	w = figures_wide(row, UINT32_MAX - 1000001);
	assert_int_equal(w.persons24, UINT32_MAX - 1);
}

/* As many lines as there may be, each as long as it may be, and no more. */
static void test_read_too_many_or_too_long(void **state)
{
	struct figures_professions p;
	struct figures_shareds s;
	struct figures_fault fault;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 18);
	buf_text(&b, P);
	for (int i = 0; i <= FIGURES_PROFESSIONS; i++) {
		assert_int_equal(figures_read_professions(
		    buf_span(&b), &p, &fault), ERR_OK);
		assert_int_equal(p.count, i);
		buf_printf(&b, "%c%c;a;b;MED;1;2;3;4;5;6;yes;x\n",
		    'a' + i / 26, 'a' + i % 26);
	}
	assert_int_equal(figures_read_professions(
	    buf_span(&b), &p, &fault), ERR_LIMIT);
	assert_int_equal(fault.line, FIGURES_PROFESSIONS + 2);
	buf_clear(&b);
	buf_text(&b, S);
	for (int i = 0; i <= FIGURES_SHARED; i++) {
		assert_int_equal(figures_read_shared(
		    buf_span(&b), &s, &fault), ERR_OK);
		assert_int_equal(s.count, i);
		buf_printf(&b, "cell;%010d;1;2;3;4;yes;x\n", i);
	}
	assert_int_equal(figures_read_shared(
	    buf_span(&b), &s, &fault), ERR_LIMIT);
	assert_int_equal(fault.line, FIGURES_SHARED + 2);
	for (int more = 0; more < 2; more++) {
		buf_clear(&b);
		buf_text(&b, S "cell;*;1;2;3;4;yes;");
		while (b.n < sizeof(S) - 1 + LIMIT_FEED_LINE + (size_t)more)
			buf_text(&b, "x");
		buf_text(&b, "\n");
		assert_int_equal(figures_read_shared(buf_span(&b), &s,
		    &fault), more ? ERR_LIMIT : ERR_OK);
	}
	buf_release(&b);
}

/* The files that ship: all professions of the design, figures that a guard
 * accepts, every line with a source. */
static void test_shipped_files_are_accepted(void **state)
{
	static const char *const codes[] = {"optician", "audio", "pharmacy",
	    "gp", "specialist", "dentist", "orthoptist", "midwife", "nurse",
	    "physio", "lab", "radiology", "hospital", "transport"};
	struct figures_professions p;
	struct figures_shareds s;
	struct figures_fault fault;
	struct guard *g = guard_new();
	struct guard_wide w;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	assert_int_equal(file_read(DATA_DIR "/professions.csv", &b), ERR_OK);
	assert_int_equal(
	    figures_read_professions(buf_span(&b), &p, &fault), ERR_OK);
	assert_int_equal(p.count, sizeof(codes) / sizeof(codes[0]));
	buf_clear(&b);
	assert_int_equal(file_read(DATA_DIR "/wide.csv", &b), ERR_OK);
	assert_int_equal(
	    figures_read_shared(buf_span(&b), &s, &fault), ERR_OK);
	buf_release(&b);
	for (uint16_t i = 0; i < p.count; i++) {
		assert_non_null(figures_profession(&p, span_str(codes[i])));
		assert_int_equal(guard_set_figures(g, i + 1, 0, GUARD_NOBODY,
		    &p.rows[i].figures), ERR_OK);
		w = figures_wide(figures_shared(&s, FIGURES_PROFESSION,
		    span_str(p.rows[i].code)), 20000);
		assert_int_equal(
		    guard_set_profession(g, i + 1, 0, &w), ERR_OK);
		/* one site alone never holds up its profession */
		assert_true(w.persons24 > p.rows[i].figures.of[GUARD_C24]);
	}
	w = figures_wide(figures_shared(
	    &s, FIGURES_PLATFORM, span_str("*")), 68000000);
	assert_int_equal(guard_set_platform(g, &w), ERR_OK);
	assert_int_equal(guard_set_sites(g, figures_shared(
	    &s, FIGURES_CARD, span_str("*"))->floor24), ERR_OK);
	guard_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read_professions_good_gives_rows),
	    cmocka_unit_test(test_read_professions_bad_says_line),
	    cmocka_unit_test(test_read_shared_bad_says_line),
	    cmocka_unit_test(test_wide_grows_with_size),
	    cmocka_unit_test(test_read_too_many_or_too_long),
	    cmocka_unit_test(test_shipped_files_are_accepted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guard/figures", tests, NULL, NULL);
}
