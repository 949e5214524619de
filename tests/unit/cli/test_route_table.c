/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what `route bulk` takes, a keeper takes; what a keeper would refuse
 * later is said at once, with line and column. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/route_table.h"
#include "registry/acts.h"

#define HEAD "amc;operator;from;convention;csr;url;until\n"
#define TWENTY "abcdefghijklmnopqrst"
#define LONG_URL "https://" TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY

static char path[] = "/tmp/route-table-XXXXXX";
static char said[65536];

/* Reads it as a table, with what is said on standard error. */
static enum err read_table(
    const char *text, struct registry *known, struct buf *out)
{
	unsigned long long count = 0;
	FILE *f = fopen(path, "w"), *room = tmpfile();
	int kept = dup(2);
	enum err e;
	size_t n;

	assert_non_null(f);
	assert_non_null(room);
	assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
	assert_true(kept >= 0 && dup2(fileno(room), 2) == 2);
	e = route_table_read(
	    path, (int32_t)(ACTS_NOW / 86400000), known, out, &count);
	assert_int_equal(fflush(stderr), 0);
	assert_true(dup2(kept, 2) == 2);
	close(kept);
	rewind(room);
	n = fread(said, 1, sizeof(said) - 1, room);
	said[n] = '\0';
	fclose(room);
	return e;
}

static int make(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

/* Rows behind the head, as a table and, as they stand, as lines of an act. */
static const struct {
	const char *table, *act;
	const char *fault;	/* ":LINE: COLUMN: "; NULL: none */
} rows[] = {
	{"0000000001;aval;2026-01-01;;;;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01\n", NULL},
	{"0000000001;a.V_1-;2026-01-01;VM;E01;https://x;2026-01-01\n",
	    "route amc=0000000001 operator=a.V_1- from=2026-01-01 "
	    "convention=VM csr=E01 url=https://x until=2026-01-01\n", NULL},
	{"0000000001;aval;2026-01-02;;;;2026-01-01\n",
	    "route amc=0000000001 operator=aval from=2026-01-02 "
	    "until=2026-01-01\n", NULL},
	{"0000000001;aval;2026-01-03;;;;2026-01-01\n",
	    "route amc=0000000001 operator=aval from=2026-01-03 "
	    "until=2026-01-01\n", ":2: until: "},
	{"000000001;aval;2026-01-01;;;;\n",
	    "route amc=000000001 operator=aval from=2026-01-01\n",
	    ":2: amc: "},
	{"000000000x;aval;2026-01-01;;;;\n",
	    "route amc=000000000x operator=aval from=2026-01-01\n",
	    ":2: amc: "},
	{";aval;2026-01-01;;;;\n",
	    "route operator=aval from=2026-01-01\n", ":2: amc: missing"},
	{"0000000001;;2026-01-01;;;;\n",
	    "route amc=0000000001 from=2026-01-01\n",
	    ":2: operator: missing"},
	{"0000000001;aval!;2026-01-01;;;;\n",
	    "route amc=0000000001 operator=aval! from=2026-01-01\n",
	    ":2: operator: "},
	{"0000000001;" TWENTY TWENTY ";2026-01-01;;;;\n",
	    "route amc=0000000001 operator=" TWENTY TWENTY
	    " from=2026-01-01\n", NULL},
	{"0000000001;" TWENTY TWENTY "x;2026-01-01;;;;\n",
	    "route amc=0000000001 operator=" TWENTY TWENTY
	    "x from=2026-01-01\n", ":2: operator: "},
	{"0000000001;aval;;;;;\n",
	    "route amc=0000000001 operator=aval\n", ":2: from: missing"},
	{"0000000001;aval;2126-01-01;;;;\n",
	    "route amc=0000000001 operator=aval from=2126-01-01\n",
	    ":2: from: more than three years"},
	{"0000000001;aval;2026-02-29;;;;\n",
	    "route amc=0000000001 operator=aval from=2026-02-29\n",
	    ":2: from: "},
	{"0000000001;aval;2026-01-01;;;;2026-13-01\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "until=2026-13-01\n", ":2: until: "},
	{"0000000001;aval;2026-01-01;V*;;;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "convention=V*\n", ":2: convention: "},
	{"0000000001;aval;2026-01-01;V\\;;;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "convention=V\\\n", ":2: convention: "},
	{"0000000001;aval;2026-01-01;123456789;;;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "convention=123456789\n", ":2: convention: "},
	{"0000000001;aval;2026-01-01;;\"E\"\"1\";;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 csr=E\"1\n",
	    ":2: csr: "},
	{"0000000001;aval;2026-01-01;;" TWENTY "x;;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "csr=" TWENTY "x\n", ":2: csr: "},
	{"0000000001;aval;2026-01-01;;\303\251;;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "csr=\303\251\n", ":2: csr: "},
	{"0000000001;aval;2026-01-01;;E 1;;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 csr=E 1\n",
	    ":2: csr: "},
	{"0000000001;aval;2026-01-01;;;http://x;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "url=http://x\n", ":2: url: "},
	{"0000000001;aval;2026-01-01;;;https://;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "url=https://\n", ":2: url: "},
	{"0000000001;aval;2026-01-01;;;https://x*;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "url=https://x*\n", ":2: url: "},
	{"0000000001;aval;2026-01-01;;;" LONG_URL ";\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "url=" LONG_URL "\n", NULL},
	{"0000000001;aval;2026-01-01;;;" LONG_URL "x;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "url=" LONG_URL "x\n", ":2: url: "},
	/* two of one name never hold on one day, but one takes the other's
	 * place if it begins with it */
	{"0000000001;aval;2026-01-01;VM;;;2026-06-30\n"
	    "0000000001;aval;2026-06-30;VM;;;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "convention=VM until=2026-06-30\n"
	    "route amc=0000000001 operator=aval from=2026-06-30 "
	    "convention=VM\n", ":3: from: "},
	{"0000000001;aval;2026-01-01;VM;;;2026-06-30\n"
	    "0000000001;aval;2026-07-01;VM;;;\n"
	    "0000000001;aval;2026-07-01;VM;;;2026-07-31\n"
	    "0000000001;aval;2026-08-01;VM;;;\n"
	    "0000000001;aval;2026-08-01;VM;E01;;\n"
	    "0000000002;aval;2026-07-01;VM;;;\n",
	    "route amc=0000000001 operator=aval from=2026-01-01 "
	    "convention=VM until=2026-06-30\n"
	    "route amc=0000000001 operator=aval from=2026-07-01 "
	    "convention=VM\n"
	    "route amc=0000000001 operator=aval from=2026-07-01 "
	    "convention=VM until=2026-07-31\n"
	    "route amc=0000000001 operator=aval from=2026-08-01 "
	    "convention=VM\n"
	    "route amc=0000000001 operator=aval from=2026-08-01 "
	    "convention=VM csr=E01\n"
	    "route amc=0000000002 operator=aval from=2026-07-01 "
	    "convention=VM\n", NULL},
};

static bool keeper_takes(const char *lines)
{
	struct acts keeper;
	enum err e;

	acts_start(&keeper, false);
	e = acts_do(&keeper, 2, "%s", lines);
	acts_end(&keeper);
	return e == ERR_OK;
}

/* A row is a fault of the table when a keeper refuses the act, and only
 * then. */
static void test_as_the_keeper(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct registry *known;
		struct buf out;
		char text[4096];
		enum err e;

		(void)snprintf(text, sizeof(text), HEAD "%s", rows[i].table);
		assert_int_equal(registry_new(&known), ERR_OK);
		buf_init(&out, 65536);
		e = read_table(text, known, &out);
		assert_int_equal(e, rows[i].fault ? ERR_SHAPE : ERR_OK);
		if (rows[i].fault && !strstr(said, rows[i].fault))
			fail_msg("%s: %s", rows[i].table, said);
		if (keeper_takes(rows[i].act) != !rows[i].fault)
			fail_msg("keeper: %s", rows[i].act);
		buf_put_u8(&out, 0);
		if (!rows[i].fault)
			assert_true(keeper_takes((const char *)out.p));
		buf_release(&out);
		registry_free(known);
	}
}

/* What the instance has said stands, and its entry is named. */
static void test_beside_what_is_known(void **state)
{
	struct registry_route route;
	const struct span value[ROUTES_FIELDS] = {
	    [ROUTES_AMC_NUMBER] = span_str("0000000001"),
	    [ROUTES_OPERATOR] = span_str("amont"),
	    [ROUTES_FROM] = span_str("2026-01-01")};
	struct registry *known;
	struct buf out;

	(void)state;
	assert_int_equal(registry_new(&known), ERR_OK);
	assert_int_equal(routes_make(value, &route), ERR_OK);
	route.entry = 4711;
	assert_int_equal(routes_add(known, &route), ERR_OK);
	buf_init(&out, 65536);
	assert_int_equal(read_table(HEAD "0000000001;aval;2026-05-01;;;;\n"
	    "0000000001;aval;2026-06-01;VM;;;\n"
	    "0000000001;aval;2026-07-01;VM;;;\n", known, &out), ERR_SHAPE);
	assert_non_null(strstr(said, ":2: from: a route of this AMC, "
	    "convention and CSR holds on some of these days: the instance's "
	    "entry 4711\n"));
	assert_non_null(strstr(said, ":4: from: a route of this AMC, "
	    "convention and CSR holds on some of these days: line 3\n"));
	registry_free(known);
	buf_release(&out);
}

/* Lines of one AMC, in the file or before it. */
static void test_too_many(void **state)
{
	struct registry *known;
	struct buf out, text;

	(void)state;
	assert_int_equal(registry_new(&known), ERR_OK);
	buf_init(&out, 1u << 20);
	buf_init(&text, 1u << 20);
	buf_text(&text, HEAD);
	for (int i = 0; i < ROUTES_AMC + 1; i++)
		buf_printf(&text, "0000000001;aval;2026-01-01;C%d;;;\n", i);
	buf_put_u8(&text, 0);
	assert_int_equal(read_table((const char *)text.p, known, &out),
	    ERR_SHAPE);
	assert_non_null(strstr(said, ":514: amc: the directory takes 512"));
	assert_null(strstr(said, ":513: "));
	registry_free(known);
	buf_release(&text);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_the_keeper),
		cmocka_unit_test(test_beside_what_is_known),
		cmocka_unit_test(test_too_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make, unmake);
}
