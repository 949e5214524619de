/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: the same seed gives the same bytes, the files agree with each other,
 * cards verify, and the next month changes what it says it changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ftw.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/csv.h"
#include "base/file.h"
#include "base/lines.h"
#include "base/text.h"
#include "card/token.h"
#include "crypto/hash.h"
#include "people/day.h"
#include "people/next.h"
#include "people/population.h"

#define MEMBERS 3000
#define INSURERS 4
#define COLUMNS 24

/* SHA-256 over the files below for the population of make_all(). If a change
 * of the generator is meant, the new value stands in the failure. */
static const char golden[] =
    "9110bbf992bc5b296c15c05ac7811cbebbc5bb2e500a332a8f58caa5a5d4082c";
static const char *const hashed[] = {
    "people.csv", "cards.csv", "sites.csv", "insurers.csv", "day.ndjson",
    "day.csv", "population.txt", "feed/0099100001.csv", "keys/0E2000008.pem",
    "insurers/0099100001/card.pem", "insurers/0099100001/feed.pem",
    "insurers/0099100001/handle.key"};

static char top[] = "/tmp/ecluse-people-XXXXXX";
static struct clock clock_of_tests;
static struct population_report report;

struct table {
	struct lines lines;
	struct span c[COLUMNS];
	size_t columns;
};

static void path_of(char out[static PATH_MAX], const char *name)
{
	assert_int_equal(file_path(out, PATH_MAX, top, name), ERR_OK);
}

static struct population request(const char *out)
{
	struct population p = {
	    .members = MEMBERS, .insurers = INSURERS, .seed = 7,
	    .out = out, .clock = &clock_of_tests};

	assert_int_equal(
	    date_parse(span_str(PLAN_DAY_DEFAULT), &p.day), ERR_OK);
	return p;
}

static void table_open(struct table *t, const char *name)
{
	char path[PATH_MAX], *line;
	size_t n;

	path_of(path, name);
	assert_int_equal(lines_open(&t->lines, path, 4096), ERR_OK);
	assert_int_equal(lines_next(&t->lines, &line, &n), ERR_OK);
}

static bool table_next(struct table *t)
{
	char *line;
	size_t n;
	enum err e = lines_next(&t->lines, &line, &n);

	if (e == ERR_CLOSED) {
		lines_close(&t->lines);
		return false;
	}
	assert_int_equal(e, ERR_OK);
	assert_int_equal(
	    csv_split(line, n, ';', t->c, COLUMNS, &t->columns), ERR_OK);
	return true;
}

static uint64_t count_rows(const char *name)
{
	struct table t;
	uint64_t n = 0;

	table_open(&t, name);
	while (table_next(&t))
		n++;
	return n;
}

static void hash_folder(const char *folder, char hex[static 65])
{
	struct hash_stream *s = hash_stream_new();
	uint8_t digest[HASH_SIZE];

	assert_non_null(s);
	for (size_t i = 0; i < sizeof(hashed) / sizeof(hashed[0]); i++) {
		char at[PATH_MAX], path[PATH_MAX];
		struct buf b;

		path_of(at, folder);
		assert_int_equal(
		    file_path(path, sizeof(path), at, hashed[i]), ERR_OK);
		buf_init(&b, 1 << 26);
		assert_int_equal(file_read(path, &b), ERR_OK);
		hash_stream_put(s, buf_span(&b));
		buf_release(&b);
	}
	hash_stream_end(s, digest);
	hash_stream_free(s);
	text_hex(digest, sizeof(digest), hex);
}

static void test_population_has_the_bytes_of_its_seed(void **state)
{
	char hex[65];

	(void)state;
	hash_folder("one", hex);
	assert_string_equal(hex, golden);
}

static void test_population_of_another_seed_differs(void **state)
{
	char path[PATH_MAX], one[65], other[65];
	struct population p;
	struct population_report r;

	(void)state;
	path_of(path, "other");
	p = request(path);
	p.seed = 8;
	assert_int_equal(population_make(&p, &r), ERR_OK);
	hash_folder("one", one);
	hash_folder("other", other);
	assert_string_not_equal(one, other);
}

static void test_population_refuses_what_is_there(void **state)
{
	char path[PATH_MAX];
	struct population p;
	struct population_report r;

	(void)state;
	path_of(path, "one");
	p = request(path);
	assert_int_equal(population_make(&p, &r), ERR_EXISTS);
}

static void test_population_that_fails_leaves_nothing(void **state)
{
	char path[PATH_MAX];
	struct population p;
	struct population_report r;

	(void)state;
	path_of(path, "never");
	p = request(path);
	p.professionals = span_str("sorcerer=3");
	assert_int_equal(population_make(&p, &r), ERR_UNKNOWN);
	assert_int_equal(access(path, F_OK), -1);
	path_of(path, "absent/never");
	p = request(path);
	assert_int_equal(population_make(&p, &r), ERR_IO);
}

static void test_population_files_agree_on_their_counts(void **state)
{
	struct table t;
	uint64_t lines = 0;

	(void)state;
	assert_int_equal(report.members, MEMBERS);
	assert_int_equal(count_rows("one/people.csv"), report.rows);
	assert_int_equal(count_rows("one/cards.csv"), report.tokens);
	assert_int_equal(count_rows("one/sites.csv"), report.sites);
	assert_int_equal(count_rows("one/day.csv"), report.questions);
	table_open(&t, "one/insurers.csv");
	while (table_next(&t)) {
		char name[64];
		uint64_t n;

		(void)snprintf(name, sizeof(name), "one/%.*s",
		    (int)t.c[9].n, (const char *)t.c[9].p);
		assert_int_equal(text_u64(t.c[10], MEMBERS * 2, &n), ERR_OK);
		assert_int_equal(count_rows(name), n);
		lines += n;
	}
	assert_int_equal(lines, report.rows);
}

static void test_population_rows_survive_reading_and_writing(void **state)
{
	char path[PATH_MAX], copy[PATH_MAX], *line, before[ROW_LINE_MAX];
	struct lines in;
	struct row row;
	struct buf b;
	size_t n;
	FILE *f;

	(void)state;
	path_of(path, "one/people.csv");
	path_of(copy, "row");
	assert_int_equal(lines_open(&in, path, ROW_LINE_MAX), ERR_OK);
	assert_int_equal(lines_next(&in, &line, &n), ERR_OK);
	while (lines_next(&in, &line, &n) == ERR_OK) {
		memcpy(before, line, n);
		assert_int_equal(row_people_parse(line, n, &row), ERR_OK);
		f = fopen(copy, "w");
		assert_non_null(f);
		row_people_line(f, &row);
		assert_int_equal(fclose(f), 0);
		buf_init(&b, ROW_LINE_MAX + 1);
		assert_int_equal(file_read(copy, &b), ERR_OK);
		assert_int_equal(b.n, n + 1);
		assert_memory_equal(b.p, before, n);
		buf_release(&b);
	}
	lines_close(&in);
}

static void test_row_parse_refuses_what_it_would_not_write(void **state)
{
	static const char *const bad[] = {
	    "", "P1;single;1;2;3", "Q00000001;single;0099100001;A;;19800101;1;"
	    "1;;ECO;1;BF;E01;2026-01-01;2026-12-31;;adult;;PHAR=TM",
	    "P00000001;nobody;0099100001;A;;19800101;1;"
	    "1;;ECO;1;BF;E01;2026-01-01;2026-12-31;;adult;;PHAR=TM",
	    "P00000001;single;0099100001;A;;19800101;1;"
	    "1;;ECO;1;BF;E01;2026-01-01;2026-13-31;;adult;;PHAR=TM",
	    "P00000001;single;0099100001;A;;19800101;1;"
	    "1;abc;ECO;1;BF;E01;2026-01-01;2026-12-31;;adult;;PHAR=TM",
	    "P00000001;single;0099100001;A;;19800101;1;"
	    "1;;ECO;1;BF;E01;2026-01-01;2026-12-31;;adult;2046-13;PHAR=TM"};
	char line[256];
	struct row row;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(line, sizeof(line), "%s", bad[i]);
		assert_int_not_equal(
		    row_people_parse(line, strlen(line), &row), ERR_OK);
	}
}

static void test_population_cards_verify_with_their_mutuelle(void **state)
{
	struct sign_public *key = NULL;
	struct table t;
	char path[PATH_MAX];
	unsigned seen = 0;

	(void)state;
	path_of(path, "one/insurers/0099100001/card.pem");
	assert_int_equal(sign_public_load(path, &key), ERR_OK);
	table_open(&t, "one/cards.csv");
	while (table_next(&t)) {
		bool ours = span_is(t.c[0], "0099100001");
		struct card_token token;
		uint8_t kid[COSE_KID];
		char cti[33];
		enum err e;

		assert_int_equal(
		    card_token_parse(t.c[3], &token, kid), ERR_OK);
		text_hex(token.cti, sizeof(token.cti), cti);
		assert_true(span_is(t.c[2], cti));
		if (ours && seen++ > 50)
			continue;
		e = card_token_verify(
		    t.c[3], key, token.issued_s * 1000, &token);
		assert_int_equal(e, ours ? ERR_OK : ERR_UNKNOWN);
	}
	assert_true(seen > 50);
	sign_public_free(key);
}

static void test_population_cards_change_no_feed(void **state)
{
	char path[PATH_MAX];
	struct population p;
	struct population_report r;
	struct table a, b;

	(void)state;
	path_of(path, "some");
	p = request(path);
	p.cards = BOOK_CARDS_SOME;
	assert_int_equal(population_make(&p, &r), ERR_OK);
	assert_in_range(r.tokens, report.tokens / 20, report.tokens / 5);
	table_open(&a, "one/feed/0099100001.csv");
	table_open(&b, "some/feed/0099100001.csv");
	while (table_next(&a)) {
		assert_true(table_next(&b));
		for (size_t i = 0; i < a.columns; i++)
			assert_true(span_equal(a.c[i], b.c[i]));
	}
	assert_false(table_next(&b));
}

static void test_sites_are_all_professions_the_first_on_the_quay(
    void **state)
{
	struct plan plan;
	struct site_plan s;
	struct site site;

	(void)state;
	assert_int_equal(plan_make(100000, 12, 1, 20780, &plan), ERR_OK);
	site_plan_make(&plan, &s);
	for (unsigned i = 0; i < PROFESSION_COUNT; i++)
		assert_true(s.count[i] >= SITE_LEAST);
	assert_int_equal(s.count[PROFESSION_OPTICIAN], 50);
	site_make(&s, 0, &site);
	assert_string_equal(site.label, "Optique du Quai");
	site_make(&s, s.total - 1, &site);
	assert_string_equal(
	    profession_get(site.profession)->code, "orthoptist");
	assert_int_equal(site_plan_scale(&s, 20000), ERR_OK);
	assert_int_equal(s.total, 20000);
	/* the members' day does not grow with the sites */
	assert_in_range(site_day_tenths(&plan, &s, 2), 1, 100);
	assert_int_equal(site_plan_scale(&s, 13), ERR_RANGE);
	assert_int_equal(site_plan_scale(&s, SITE_MAX + 1), ERR_RANGE);
}

static void test_sites_of_a_list(void **state)
{
	struct plan plan;
	struct site_plan s, before;

	(void)state;
	assert_int_equal(plan_make(1000, 1, 1, 20780, &plan), ERR_OK);
	site_plan_make(&plan, &s);
	before = s;
	assert_int_equal(
	    site_plan_set(&s, span_str("optician=9,gp=20")), ERR_OK);
	assert_int_equal(s.count[PROFESSION_OPTICIAN], 9);
	assert_int_equal(s.count[3], 20);
	assert_int_equal(s.first[1], 9);
	assert_int_equal(site_plan_set(&s, span_str("gp")), ERR_SHAPE);
	assert_int_equal(site_plan_set(&s, span_str("gp=x")), ERR_SHAPE);
	assert_int_equal(site_plan_set(&s, span_str("gp=0")), ERR_RANGE);
	assert_int_equal(site_plan_set(&s, span_str("=1")), ERR_UNKNOWN);
	assert_int_equal(
	    site_plan_set(&s, span_str("gp=100000,lab=1")), ERR_RANGE);
	assert_int_equal(s.count[3], 20);
	assert_int_not_equal(before.total, s.total);
}

static void test_day_is_in_order_with_a_few_misses(void **state)
{
	char path[PATH_MAX], last[32] = "", *line;
	unsigned misses = 0, without_card = 0, with_card = 0;
	struct lines in;
	struct table t;
	size_t n;

	(void)state;
	table_open(&t, "one/day.csv");
	while (table_next(&t)) {
		bool card = span_is(t.c[3], "card");

		assert_int_equal(
		    span_is(t.c[2], "unknown"), t.c[4].n > 0);
		misses += span_is(t.c[2], "unknown");
		without_card += !card;
		with_card += card;
	}
	assert_in_range(misses, without_card / 100, without_card * 6 / 100);
	assert_true(with_card > without_card / 10);
	path_of(path, "one/day.ndjson");
	assert_int_equal(lines_open(&in, path, 1024), ERR_OK);
	while (lines_next(&in, &line, &n) == ERR_OK) {
		const char *time = memmem(line, n, "\"time\":\"", 8);

		assert_non_null(time);
		assert_true(memcmp(time + 8, last, 20) >= 0);
		memcpy(last, time + 8, 20);
	}
	lines_close(&in);
}

static struct next next_request(const char *from, const char *out,
    const char *day)
{
	struct next n = {.from = from, .out = out, .seed = 3,
	    .clock = &clock_of_tests};

	assert_int_equal(date_parse(span_str(day), &n.day), ERR_OK);
	return n;
}

static void test_next_changes_what_it_says(void **state)
{
	char from[PATH_MAX], out[PATH_MAX];
	struct next_report r;
	struct next n;
	uint64_t noted;

	(void)state;
	path_of(from, "one");
	path_of(out, "december");
	n = next_request(from, out, "2026-12-14");
	assert_int_equal(next_make(&n, &r), ERR_OK);
	noted = r.changed + r.card + r.closed + r.dropped + r.joined;
	assert_int_equal(count_rows("december/changes.csv"), noted);
	assert_int_equal(r.renewed, 0);
	assert_int_equal(r.rows, report.rows - r.dropped + r.joined);
	assert_in_range(r.changed, report.rows / 100, report.rows * 3 / 100);
	assert_true(r.card && r.closed && r.dropped && r.joined);
}

/* Lines that changes.csv does not name are the same as before. */
static void test_next_leaves_the_others_alone(void **state)
{
	struct table t;
	char path[PATH_MAX];
	struct buf noted, before;
	unsigned same = 0;

	(void)state;
	buf_init(&noted, 1 << 24);
	buf_init(&before, 1 << 26);
	path_of(path, "december/changes.csv");
	assert_int_equal(file_read(path, &noted), ERR_OK);
	path_of(path, "one/people.csv");
	assert_int_equal(file_read(path, &before), ERR_OK);
	table_open(&t, "december/people.csv");
	while (table_next(&t)) {
		char key[128];
		size_t n = (size_t)snprintf(key, sizeof(key),
		    "%.*s;%.*s;%.*s;", (int)t.c[2].n, (const char *)t.c[2].p,
		    (int)t.c[3].n, (const char *)t.c[3].p, (int)t.c[7].n,
		    (const char *)t.c[7].p);
		/* nothing was split with quotes: the line is still whole */
		size_t len = (size_t)(t.c[18].p + t.c[18].n - t.c[0].p);

		if (memmem(noted.p, noted.n, key, n))
			continue;
		assert_non_null(memmem(before.p, before.n, t.c[0].p, len));
		same++;
	}
	assert_true(same > report.rows * 8 / 10);
	buf_release(&noted);
	buf_release(&before);
}

static void test_next_year_renews_to_its_last_day(void **state)
{
	char from[PATH_MAX], out[PATH_MAX];
	struct next_report r;
	struct next n;
	struct table t;
	uint64_t renewed = 0;

	(void)state;
	path_of(from, "december");
	path_of(out, "january");
	n = next_request(from, out, "2027-01-02");
	assert_int_equal(next_make(&n, &r), ERR_OK);
	assert_true(r.renewed > report.rows * 7 / 10);
	table_open(&t, "january/people.csv");
	while (table_next(&t))
		renewed += span_is(t.c[14], "2027-12-31");
	/* all of them but those dropped the same month, and the new ones */
	assert_in_range(
	    renewed, r.renewed - r.dropped, r.renewed + r.joined);
	assert_int_equal(
	    next_make(&n, &r), ERR_EXISTS);
	n = next_request(out, from, "2027-01-02");
	assert_int_equal(next_make(&n, &r), ERR_TIME);
	n = next_request("/nowhere", out, "2027-01-02");
	assert_int_equal(next_make(&n, &r), ERR_UNKNOWN);
}

static int remove_one(const char *path, const struct stat *st, int type,
    struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int make_all(void **state)
{
	char path[PATH_MAX];
	struct population p;

	(void)state;
	clock_of_tests = clock_system();
	if (!mkdtemp(top) || file_path(path, sizeof(path), top, "one"))
		return -1;
	p = request(path);
	return population_make(&p, &report) ? -1 : 0;
}

static int remove_all(void **state)
{
	(void)state;
	return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_population_has_the_bytes_of_its_seed),
	    cmocka_unit_test(test_population_of_another_seed_differs),
	    cmocka_unit_test(test_population_refuses_what_is_there),
	    cmocka_unit_test(test_population_that_fails_leaves_nothing),
	    cmocka_unit_test(test_population_files_agree_on_their_counts),
	    cmocka_unit_test(
	        test_population_rows_survive_reading_and_writing),
	    cmocka_unit_test(test_row_parse_refuses_what_it_would_not_write),
	    cmocka_unit_test(
	        test_population_cards_verify_with_their_mutuelle),
	    cmocka_unit_test(test_population_cards_change_no_feed),
	    cmocka_unit_test(
	        test_sites_are_all_professions_the_first_on_the_quay),
	    cmocka_unit_test(test_sites_of_a_list),
	    cmocka_unit_test(test_day_is_in_order_with_a_few_misses),
	    cmocka_unit_test(test_next_changes_what_it_says),
	    cmocka_unit_test(test_next_leaves_the_others_alone),
	    cmocka_unit_test(test_next_year_renews_to_its_last_day),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_all, remove_all);
}
