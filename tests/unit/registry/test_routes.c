/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the directory says of every day which operator answers, keeps what it
 * said before, and cannot be made to say two things of one day. acts_do checks
 * after every failure that nothing changed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "failing.h"
#include "registry/acts.h"
#include "registry/routes.h"

#define AMC "0000000001"
#define R "route amc=" AMC " "

static int make(void **state)
{
	struct acts *a = calloc(1, sizeof(*a));

	acts_start(a, false);
	*state = a;
	return 0;
}

static int unmake(void **state)
{
	acts_replays(*state);
	acts_end(*state);
	free(*state);
	return 0;
}

static int32_t day(const char *text)
{
	int32_t d;

	assert_int_equal(date_parse(span_str(text), &d), ERR_OK);
	return d;
}

/* "GOOD op", "OVER op until", "WRONG", "UNSAID", "UNKNOWN" */
static const char *find(struct acts *a, const char *convention,
    const char *csr, const char *on)
{
	static const char *const words[] = {
		"UNKNOWN", "GOOD", "OVER", "WRONG", "UNSAID"};
	static char said[80];
	const struct registry_route *route = NULL;
	struct routes_ask ask = {span_str(AMC), span_str(convention),
	    span_str(csr), day(on)};
	enum routes_verdict v = routes_find(a->r, &ask, &route);

	assert_int_equal(route != NULL, v == ROUTES_GOOD || v == ROUTES_OVER);
	(void)snprintf(said, sizeof(said), "%s%s%s", words[v],
	    route ? " " : "", route ? route->operator : "");
	return said;
}

/* The right ones as "VM/E01 BF/". */
static const char *right(struct acts *a, const char *convention,
    const char *csr, const char *on)
{
	static char said[200];
	const struct registry_route *routes[ROUTES_NEAR];
	struct routes_ask ask = {span_str(AMC), span_str(convention),
	    span_str(csr), day(on)};
	unsigned n = routes_right(a->r, &ask, routes);

	said[0] = '\0';
	for (unsigned i = 0; i < n; i++)
		(void)snprintf(said + strlen(said),
		    sizeof(said) - strlen(said), "%s%s/%s", i ? " " : "",
		    routes[i]->convention, routes[i]->csr);
	return said;
}

static void test_two_sign(void **state)
{
	struct acts *a = *state;
	const char *line = R "convention=VM csr=E01 operator=x "
	    "from=2026-01-01\n";

	assert_int_equal(acts_do(a, 1, "%s", line), ERR_REFUSED);
	assert_int_equal(acts_do(a, 2, "%s", line), ERR_OK);
	assert_int_equal(a->r->route_count, 1);
	assert_int_equal(a->r->routes[0].until_day, ROUTES_FOREVER);
	assert_int_equal(a->r->routes[0].entry, 1);
}

static void test_forms(void **state)
{
	static const char *const bad[] = {
		"route amc=1 operator=x from=2026-01-01",
		"route amc=" AMC "@x operator=x from=2026-01-01",
		R "operator=x", R "from=2026-01-01",
		R "operator=x from=2026-02-30",
		R "operator=x from=2026-01-01 until=2025-12-30",
		R "operator=x from=2026-01-01 until=x",
		R "operator=x@y from=2026-01-01",
		R "operator=x from=2026-01-01 convention=123456789",
		R "operator=x from=2026-01-01 csr=123456789012345678901",
		R "operator=x from=2026-01-01 url=http://x.example",
		R "operator=x from=2026-01-01 url=https://",
	};
	struct acts *a = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(acts_do(a, 2, "%s\n", bad[i]), ERR_SHAPE);
	assert_int_equal(a->r->route_count, 0);
	assert_string_equal(find(a, "VM", "", "2026-01-01"), "UNKNOWN");
}

/* Also what no act's line could hold, and a table's could. */
static void test_fields_that_fit(void **state)
{
	static const struct {
		enum routes_field f;
		const char *value;
		bool fits;
	} cases[] = {
		{ROUTES_AMC_NUMBER, AMC, true},
		{ROUTES_AMC_NUMBER, "", false},
		{ROUTES_AMC_NUMBER, "000000000", false},
		{ROUTES_AMC_NUMBER, "000000000x", false},
		{ROUTES_CONVENTION, "", true},
		{ROUTES_CONVENTION, "V-M_1", true},
		{ROUTES_CONVENTION, "!~", true},
		{ROUTES_CONVENTION, "V M", false},
		{ROUTES_CONVENTION, "V\x7f", false},
		{ROUTES_CONVENTION, "V\xc9", false},
		{ROUTES_CSR, "E\"", false}, {ROUTES_CSR, "E\\", false},
		{ROUTES_CSR, "E*", false}, {ROUTES_CSR, "\t", false},
		{ROUTES_FROM, "2026-01-01", true}, {ROUTES_FROM, "", false},
		{ROUTES_UNTIL, "", true}, {ROUTES_UNTIL, "2026-13-01", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (routes_fits(cases[i].f, span_str(cases[i].value)) !=
		    cases[i].fits)
			fail_msg("%s=%s", routes_field(cases[i].f),
			    cases[i].value);
}

/* A year mistyped would have each question of that AMC refused. */
static void test_a_first_day_too_far(void **state)
{
	struct acts *a = *state;
	int32_t today = (int32_t)(a->now_ms / ACTS_STEP_MS);
	char far[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE], line[256];

	date_format(today + LIMIT_ROUTE_AHEAD_DAYS + 2, far);
	(void)snprintf(line, sizeof(line), R "operator=x from=%s\n", far);
	assert_int_equal(acts_do(a, 2, "%s", line), ERR_RANGE);
	assert_int_equal(a->r->route_count, 0);
	assert_int_equal(acts_at(a, 2, a->now_ms, 0, line), ERR_OK);
	date_format(today + LIMIT_ROUTE_AHEAD_DAYS, last);
	assert_int_equal(acts_do(a, 2, R "operator=x convention=VM from=%s "
	    "until=9999-12-31\n", last), ERR_OK);
}

static void test_days_and_names(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 2,
	    R "convention=VM csr=E01 operator=x from=2026-01-01 "
	    "until=2026-06-30\n"
	    R "convention=VM csr=E01 operator=y from=2026-07-01\n"
	    R "convention=BF operator=z url=https://z.example/fhir "
	    "from=2026-01-01\n"), ERR_OK);
	assert_string_equal(find(a, "VM", "E01", "2026-06-30"), "GOOD x");
	assert_string_equal(find(a, "VM", "E01", "2026-07-01"), "GOOD y");
	assert_string_equal(find(a, "VM", "E01", "2025-12-31"), "OVER y");
	assert_string_equal(find(a, "VM", "E02", "2026-06-30"), "WRONG");
	assert_string_equal(find(a, "ZZ", "", "2026-06-30"), "WRONG");
	assert_string_equal(find(a, "VM", "", "2026-06-30"), "GOOD x");
	assert_string_equal(find(a, "BF", "any", "2026-06-30"), "GOOD z");
	/* E01 alone: VM/E01 says it more exactly than BF does */
	assert_string_equal(find(a, "", "E01", "2026-06-30"), "GOOD x");
	assert_string_equal(find(a, "", "", "2026-06-30"), "UNSAID");
	assert_string_equal(right(a, "ZZ", "E01", "2026-06-30"), "VM/E01 BF/");
	assert_string_equal(right(a, "BF", "E09", "2026-06-30"), "BF/ VM/E01");
	assert_string_equal(right(a, "", "", "2025-06-30"), "");
}

/* The one that says most of what was asked, in whatever order they were said;
 * two that say as much of it are one answer when one operator gives it. */
static void test_the_most_exact_of_several(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 2,
	    R "operator=w from=2026-01-01\n"
	    R "convention=VM csr=E01 operator=x from=2026-01-01\n"
	    R "convention=VM operator=y from=2026-01-01\n"
	    R "csr=E02 operator=z from=2026-01-01\n"
	    R "csr=E03 operator=z from=2026-01-01\n"), ERR_OK);
	assert_string_equal(find(a, "VM", "E01", "2026-02-01"), "GOOD x");
	assert_string_equal(find(a, "VM", "E09", "2026-02-01"), "GOOD y");
	assert_string_equal(find(a, "ZZ", "E02", "2026-02-01"), "GOOD z");
	assert_string_equal(find(a, "ZZ", "E09", "2026-02-01"), "GOOD w");
	assert_string_equal(find(a, "VM", "", "2026-02-01"), "UNSAID");
	assert_string_equal(find(a, "", "", "2026-02-01"), "UNSAID");
	assert_int_equal(acts_do(a, 2, R "convention=VM operator=x "
	    "from=2026-01-01\n"), ERR_OK);
	assert_string_equal(find(a, "VM", "", "2026-02-01"), "GOOD x");
}

/* So many as are told; the nearest of more, and none that was replaced. */
static void test_more_right_ones_than_are_told(void **state)
{
	struct acts *a = *state;

	/* what was not asked is near to none, nor to those that do not say it */
	assert_int_equal(acts_do(a, 2,
	    R "csr=9 operator=x from=2026-01-01\n"
	    R "convention=D operator=x from=2026-01-01\n"
	    R "convention=A csr=1 operator=x from=2026-01-01\n"
	    R "convention=A csr=2 operator=x from=2026-01-01\n"
	    R "convention=B csr=1 operator=x from=2026-01-01\n"
	    R "convention=B csr=2 operator=x from=2026-01-01\n"
	    R "convention=C csr=1 operator=x from=2026-01-01\n"
	    R "convention=C csr=2 operator=x from=2026-01-01\n"
	    R "convention=C csr=2 operator=y from=2026-01-01\n"), ERR_OK);
	assert_string_equal(right(a, "", "", "2026-02-01"), "C/2 C/1 B/2 B/1");
	assert_string_equal(
	    right(a, "A", "", "2026-02-01"), "A/2 A/1 C/2 C/1");
	assert_string_equal(
	    right(a, "A", "1", "2026-02-01"), "A/1 A/2 C/1 B/1");
	assert_string_equal(
	    right(a, "", "1", "2026-02-01"), "C/1 B/1 A/1 C/2");
}

static void test_said_again(void **state)
{
	struct acts *a = *state;
	const struct registry_route *at;

	assert_int_equal(acts_do(a, 2, R "convention=VM csr=E01 operator=x "
	    "from=2026-01-01\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, R "convention=VM csr=E01 operator=y "
	    "from=2026-03-01\n"), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, R "convention=VM csr=E01 operator=y "
	    "from=2025-03-01 until=2026-01-01\n"), ERR_EXISTS);
	/* ended, and the next begins, in one act */
	assert_int_equal(acts_do(a, 2, R "convention=VM csr=E01 operator=x "
	    "from=2026-01-01 until=2026-02-28\n"
	    R "convention=VM csr=E01 operator=y from=2026-03-01\n"), ERR_OK);
	assert_string_equal(find(a, "VM", "E01", "2026-02-28"), "GOOD x");
	assert_string_equal(find(a, "VM", "E01", "2026-03-01"), "GOOD y");
	/* taken back */
	assert_int_equal(acts_do(a, 2, R "convention=VM csr=E01 operator=y "
	    "from=2026-03-01 until=2026-02-28\n"), ERR_OK);
	assert_string_equal(find(a, "VM", "E01", "2026-03-01"), "OVER x");
	/* all of it is still there to be read */
	at = routes_of(a->r, span_str(AMC));
	assert_int_equal(at - a->r->routes, 3);
	assert_int_equal(at->entry, 3);
	at = routes_before(a->r, at);
	assert_int_equal(at->behind, 4);
	assert_int_equal(routes_before(a->r, at)->behind, 0);
	assert_null(routes_before(a->r,
	    routes_before(a->r, routes_before(a->r, at))));
}

/* What ends before another begins, said in either order. */
static void test_days_apart(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 2, R "operator=y from=2026-03-01 "
	    "until=2026-04-30\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, R "operator=x from=2026-01-01 "
	    "until=2026-03-01\n"), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, R "operator=x from=2026-01-01 "
	    "until=2026-02-28\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, R "operator=z from=2026-04-30\n"),
	    ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, R "operator=z from=2026-05-01\n"),
	    ERR_OK);
	assert_string_equal(find(a, "", "", "2026-02-28"), "GOOD x");
	assert_string_equal(find(a, "", "", "2026-03-01"), "GOOD y");
	assert_string_equal(find(a, "", "", "2026-05-01"), "GOOD z");
}

static void test_an_act_that_fails_says_nothing(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 2, R "convention=VM operator=x "
	    "from=2026-01-01\n"), ERR_OK);
	acts_fails(a, ERR_SHAPE, 4, 2,
	    R "convention=VM operator=y from=2026-01-01\n"
	    R "convention=VM operator=z from=2026-01-01\n"
	    "route amc=0000000002 operator=z from=2026-01-01\n"
	    R "convention=VM operator=z\n");
	assert_string_equal(find(a, "VM", "", "2026-02-01"), "GOOD x");
	assert_int_equal(acts_do(a, 2, "route amc=0000000003 operator=z "
	    "from=2026-01-01\n"), ERR_OK);
	assert_null(routes_of(a->r, span_str("0000000002")));
	assert_string_equal(find(a, "VM", "", "2026-02-01"), "GOOD x");
	/* nor is what it named another's, that got its place */
	acts_fails(a, ERR_SHAPE, 2, 2,
	    "route amc=0000000004 operator=z from=2026-01-01\n"
	    R "convention=VM operator=z\n");
	assert_int_equal(acts_do(a, 2, "route amc=0000000005 operator=z "
	    "from=2026-01-01\n"), ERR_OK);
	assert_null(routes_of(a->r, span_str("0000000004")));
	assert_non_null(routes_of(a->r, span_str("0000000005")));
}

static void test_a_bound_for_each_amc(void **state)
{
	struct acts *a = *state;
	struct buf lines;

	buf_init(&lines, ACTS_TEXT);
	for (unsigned i = 0; i < ROUTES_AMC; i++)
		buf_printf(&lines, R "csr=%u operator=x from=2026-01-01\n", i);
	buf_put_u8(&lines, 0);
	assert_int_equal(lines.err, ERR_OK);
	assert_int_equal(acts_do(a, 2, "%s", (const char *)lines.p), ERR_OK);
	assert_int_equal(acts_do(a, 2, R "csr=x operator=x from=2026-01-01\n"),
	    ERR_LIMIT);
	assert_int_equal(acts_do(a, 2, "route amc=0000000002 operator=x "
	    "from=2026-01-01\n"), ERR_OK);
	buf_release(&lines);
}

/* One more than the whole directory takes, of however many AMCs. */
static void test_a_bound_for_all(void **state)
{
	struct registry_route route = {.operator = "x", .until_day = 9};
	struct registry *r = NULL;

	(void)state;
	assert_int_equal(registry_new(&r), ERR_OK);
	for (unsigned i = 0; i <= ROUTES_MOST; i++) {
		(void)snprintf(route.amc, sizeof(route.amc), "%010u", i);
		assert_int_equal(routes_add(r, &route),
		    i < ROUTES_MOST ? ERR_OK : ERR_LIMIT);
	}
	assert_int_equal(r->route_count, ROUTES_MOST);
	registry_free(r);
}

/* Where memory ends the directory says what it said. */
static void test_no_memory(void **state)
{
	struct registry_route route = {.amc = AMC, .operator = "x",
	    .until_day = 9};
	struct registry *r = NULL;
	bool failed = true;

	(void)state;
	for (int n = 0; failed; n++) {
		enum err e;

		assert_int_equal(registry_new(&r), ERR_OK);
		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = routes_add(r, &route);
		failed = failing_end();
		assert_int_equal(e, failed ? ERR_NOMEM : ERR_OK);
		assert_int_equal(r->route_count, failed ? 0 : 1);
		assert_true(!routes_of(r, span_str(AMC)) == failed);
		registry_free(r);
	}
}

static enum err insurer(struct acts *a, const char *operator, unsigned key)
{
	return acts_do(a, 2, "insurer amc=" AMC " operator=%s feed-key=%s "
	    "card-key=%s\n", operator, acts_ed25519(key), acts_p256(0));
}

static void test_an_amc_under_two_operators(void **state)
{
	struct acts *a = *state;
	const struct registry_insurer *i;
	char lines[800];

	assert_int_equal(insurer(a, "x", 20), ERR_OK);
	assert_int_equal(insurer(a, "x", 21), ERR_EXISTS);
	assert_int_equal(insurer(a, "y", 20), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "insurer amc=0000000002 operator=y "
	    "feed-key=%s card-key=%s\n", acts_ed25519(20), acts_p256(0)),
	    ERR_OK);
	i = registry_insurer(a->r, span_str(AMC "@x"));
	assert_ptr_equal(i, registry_insurer(a->r, span_str(AMC)));
	/* a second cell that is forgotten leaves the first one's name alone */
	(void)snprintf(lines, sizeof(lines), "insurer amc=" AMC " operator=y "
	    "feed-key=%s card-key=%s\ninsurer amc=" AMC " operator=z\n",
	    acts_ed25519(22), acts_p256(0));
	acts_fails(a, ERR_SHAPE, 2, 2, lines);
	assert_non_null(registry_insurer(a->r, span_str(AMC)));
	assert_int_equal(insurer(a, "y", 22), ERR_OK);
	assert_null(registry_insurer(a->r, span_str(AMC)));
	assert_null(registry_insurer(a->r, span_str(AMC "@z")));
	assert_null(registry_insurer(a->r, span_str(AMC "x")));
	i = registry_insurer(a->r, span_str(AMC "@y"));
	assert_int_equal(registry_cell(a->r, i), 3);
	i = registry_insurer_first(a->r, span_str(AMC));
	assert_string_equal(i->operator, "x");
	i = registry_insurer_next(a->r, i);
	assert_string_equal(i->operator, "y");
	assert_null(registry_insurer_next(a->r, i));
	assert_int_equal(acts_do(a, 1, "close amc=" AMC "\n"), ERR_UNKNOWN);
	assert_int_equal(acts_do(a, 1, "close amc=" AMC "@y\n"), ERR_OK);
	assert_true(i->closed);
	assert_false(registry_insurer_first(a->r, span_str(AMC))->closed);
	assert_string_equal(a->r->closings[0].gate, "amc:" AMC "@y");
	assert_int_equal(acts_do(a, 2, "turn kind=feed amc=" AMC "@y key=%s\n",
	    acts_ed25519(20)), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "turn kind=feed amc=" AMC "@y key=%s\n",
	    acts_ed25519(23)), ERR_OK);
	assert_int_equal(acts_do(a, 1, "revoke amc=" AMC "@x\n"), ERR_OK);
	assert_false(registry_insurer(a->r, span_str(AMC "@y"))->revoked);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_two_sign), WITH(test_forms),
		cmocka_unit_test(test_fields_that_fit),
		WITH(test_a_first_day_too_far),
		WITH(test_days_and_names),
		WITH(test_the_most_exact_of_several),
		WITH(test_more_right_ones_than_are_told),
		WITH(test_said_again),
		WITH(test_days_apart),
		WITH(test_an_act_that_fails_says_nothing),
		WITH(test_a_bound_for_each_amc),
		cmocka_unit_test(test_a_bound_for_all),
		cmocka_unit_test(test_no_memory),
		WITH(test_an_amc_under_two_operators),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
