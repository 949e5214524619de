/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: own figures of a site or a professional are taken, replaced and given
 * back; the cap holds new keys of a day, however many administrators signed,
 * and a replay is not asked again. acts_do checks after every failure that
 * nothing has changed. (profession, wide and mode: test_words.c) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "registry/acts.h"

#define HOUR INT64_C(3600000)
#define SIX "t24=1 c24=2 t30=3 c30=4 m24=5 m30=6"

static int make(void **state)
{
	struct acts *a = calloc(1, sizeof(*a));

	acts_start(a, false);
	assert_int_equal(acts_do(a, 2, "site id=s1 profession=gp\n"
	    "site id=s2 profession=gp\nprofessional rpps=99700000001\n"),
	    ERR_OK);
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

static void test_own_figures_come_and_go(void **state)
{
	struct acts *a = *state;
	const struct registry *r = a->r;

	acts_fails(a, ERR_STATE, 1, 2, "budget site=s1 default=yes\n");
	assert_int_equal(acts_do(a, 2, "budget site=s2 " SIX "\n"), ERR_OK);
	assert_int_equal(
	    acts_do(a, 2, "budget rpps=99700000001 " SIX "\n"), ERR_OK);
	assert_int_equal(r->own_count, 2);
	assert_int_equal(r->sites[1].own, 1);
	assert_int_equal(r->sites[0].own, 0);
	assert_int_equal(r->professionals[0].own, 2);
	assert_true(r->owns[0].is_site);
	assert_int_equal(r->owns[0].place, 1);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(r->owns[0].figures[i], i + 1);
	assert_int_equal(acts_do(a, 2, "budget site=s2 t24=9 c24=9 t30=9 "
	    "c30=9 m24=9 m30=9\n"), ERR_OK);
	assert_int_equal(r->own_count, 2);
	assert_int_equal(r->owns[0].figures[0], 9);
	assert_int_equal(
	    acts_do(a, 2, "budget site=s2 default=yes\n"), ERR_OK);
	assert_true(r->owns[0].preset);
	assert_int_equal(acts_do(a, 2, "budget site=s2 " SIX "\n"), ERR_OK);
	assert_false(r->owns[0].preset);
	assert_int_equal(r->own_count, 2);
}

/* Narrower in any kind than the profession's where the key asks, and only
 * while he speaks. */
static void test_who_is_narrowed(void **state)
{
	static const char *const kinds[] = {
	    "t24", "c24", "t30", "c30", "m24", "m30"};
	static const unsigned usual[] = {40, 200, 600, 2000, 10, 60};
	struct acts *a = *state;
	const struct registry *r = a->r;
	char line[120];

	assert_int_equal(acts_do(a, 2, "key spki=%s site=s1 "
	    "rpps=99700000001,99700000002\n", acts_ed25519(1)), ERR_OK);
	for (unsigned i = 0; i < 12; i++) {
		int n = 0;

		for (unsigned j = 0; j < 6; j++)
			n += snprintf(line + n, sizeof(line) - (size_t)n,
			    " %s=%u", kinds[j], usual[j] - (i == j) +
				(i == j + 6));
		assert_int_equal(acts_do(a, 2, "budget rpps=99700000002%s\n",
		    line), ERR_OK);
		assert_true(registry_key_narrowed(r, &r->keys[0]) == (i < 6));
	}
	assert_int_equal(acts_do(
	    a, 2, "budget rpps=99700000002 " SIX "\n"), ERR_OK);
	assert_true(registry_key_narrowed(r, &r->keys[0]));
	assert_int_equal(acts_do(
	    a, 2, "budget rpps=99700000002 default=yes\n"), ERR_OK);
	assert_false(registry_key_narrowed(r, &r->keys[0]));
	/* the site's own are no professional's */
	assert_int_equal(acts_do(a, 2, "budget site=s1 " SIX "\n"), ERR_OK);
	assert_false(registry_key_narrowed(r, &r->keys[0]));
	assert_int_equal(acts_do(
	    a, 2, "budget rpps=99700000002 " SIX "\n"), ERR_OK);
	/* where the profession has as little, there is no hole */
	assert_int_equal(acts_do(a, 2, "profession code=gp domains=MED "
	    "plane=flow " SIX "\n"), ERR_OK);
	assert_false(registry_key_narrowed(r, &r->keys[0]));
	assert_int_equal(acts_do(a, 2, "profession code=gp domains=MED "
	    "plane=flow t24=40 c24=200 t30=600 c30=2000 m24=10 m30=60\n"),
	    ERR_OK);
	assert_true(registry_key_narrowed(r, &r->keys[0]));
	assert_int_equal(acts_do(a, 1, "revoke rpps=99700000002\n"), ERR_OK);
	assert_false(registry_key_narrowed(r, &r->keys[0]));
}

static void test_what_are_no_figures(void **state)
{
	struct acts *a = *state;

	acts_fails(a, ERR_SHAPE, 1, 2, "budget " SIX "\n");
	acts_fails(a, ERR_SHAPE, 1, 2,
	    "budget site=s1 rpps=99700000001 " SIX "\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "budget site=s1 t24=1 c24=2\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "budget site=s1 " SIX " default=yes\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "budget site=s1 default=no\n");
	acts_fails(a, ERR_RANGE, 1, 2,
	    "budget site=s1 t24=3 c24=2 t30=3 c30=4 m24=5 m30=6\n");
	acts_fails(a, ERR_RANGE, 1, 2,
	    "budget site=s1 t24=1 c24=2 t30=3 c30=4 m24=7 m30=6\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "budget site=s9 " SIX "\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "budget rpps=99700000009 " SIX "\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "cap keys-day=1 persons24=1\n");
	acts_fails(
	    a, ERR_RANGE, 1, 2, "cap keys-day=0 persons24=1 persons30=1\n");
	acts_fails(
	    a, ERR_RANGE, 1, 2, "cap keys-day=1 persons24=0 persons30=1\n");
	acts_fails(
	    a, ERR_RANGE, 1, 2, "cap keys-day=1 persons24=2 persons30=1\n");
}

/* One key at one time; live_ms 0: a replay. */
static enum err enrol(struct acts *a, unsigned key, unsigned signers,
    int64_t time_ms, int64_t live_ms)
{
	char line[200];

	(void)snprintf(line, sizeof(line), "key spki=%s site=s1\n",
	    acts_ed25519(key));
	return acts_at(a, signers, time_ms, live_ms, line);
}

static void test_new_keys_of_a_day_are_capped(void **state)
{
	struct acts *a = *state;
	int64_t t;

	assert_int_equal(a->r->cap.keys_day, REGISTRY_CAP_KEYS);
	assert_int_equal(
	    acts_do(a, 2, "cap keys-day=3 persons24=7 persons30=8\n"), ERR_OK);
	assert_int_equal(a->r->cap.persons24, 7);
	assert_int_equal(a->r->cap.persons30, 8);
	t = a->now_ms;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(enrol(a, i, 2, t + i * HOUR, t + i * HOUR),
		    ERR_OK);
	/* one, two or three signatures: the cap is the cap */
	for (unsigned n = 1; n < 4; n++)
		assert_int_equal(
		    enrol(a, 3, n, t + 3 * HOUR, t + 3 * HOUR), ERR_LIMIT);
	/* an older act does not step out of the day */
	assert_int_equal(
	    enrol(a, 3, 2, t - 30 * HOUR, t + 3 * HOUR), ERR_LIMIT);
	/* the first leaves after 24 hours */
	assert_int_equal(enrol(a, 3, 2, t + 24 * HOUR - 1,
	    t + 24 * HOUR - 1), ERR_LIMIT);
	assert_int_equal(
	    enrol(a, 3, 2, t + 24 * HOUR, t + 24 * HOUR), ERR_OK);
	assert_int_equal(
	    enrol(a, 4, 2, t + 24 * HOUR, t + 24 * HOUR), ERR_LIMIT);
	/* acts without keys go on; the log is not asked again */
	assert_int_equal(acts_at(a, 2, t + 24 * HOUR, t + 24 * HOUR,
	    "site id=s7 profession=gp\n"), ERR_OK);
	assert_int_equal(enrol(a, 4, 2, t + 24 * HOUR, 0), ERR_OK);
}

static void test_old_keys_of_a_drill_are_not_new(void **state)
{
	struct acts a;
	char line[200];

	(void)state;
	acts_start(&a, true);
	assert_int_equal(acts_do(&a, 2, "site id=s1 profession=gp\n"), ERR_OK);
	assert_int_equal(
	    acts_do(&a, 2, "cap keys-day=1 persons24=1 persons30=1\n"), ERR_OK);
	for (unsigned i = 0; i < 3; i++) {
		(void)snprintf(line, sizeof(line), "key spki=%s site=s1 "
		    "since=2026-01-01T00:00:00Z\n", acts_ed25519(i));
		assert_int_equal(
		    acts_at(&a, 2, a.now_ms, a.now_ms, line), ERR_OK);
	}
	assert_int_equal(enrol(&a, 3, 2, a.now_ms, a.now_ms), ERR_OK);
	assert_int_equal(enrol(&a, 4, 2, a.now_ms, a.now_ms), ERR_LIMIT);
	acts_end(&a);
}

/* A new profession has its figures on every plane, whichever was named; then
 * a plane's are its own. */
static void test_figures_of_one_plane(void **state)
{
	struct acts *a = *state;
	const struct registry_profession *p;

	assert_int_equal(acts_do(a, 2, "profession code=x plane=portal "
	    "domains=MED " SIX "\n"), ERR_OK);
	p = registry_profession(a->r, span_str("x"));
	for (unsigned i = 1; i < REGISTRY_PLANES; i++)
		assert_int_equal(p->figures[i][1], 2);
	assert_int_equal(acts_do(a, 2, "profession code=x plane=staff "
	    "domains=MED t24=9 c24=9 t30=9 c30=9 m24=9 m30=9\n"), ERR_OK);
	p = registry_profession(a->r, span_str("x"));
	for (unsigned i = 1; i < REGISTRY_PLANES; i++)
		assert_int_equal(p->figures[i][1],
		    i == registry_plane(span_str("staff")) ? 9 : 2);
	assert_int_equal(acts_do(a, 2, "profession code=x domains=MED "
	    "t24=7 c24=7 t30=7 c30=7 m24=7 m30=7\n"), ERR_OK);
	p = registry_profession(a->r, span_str("x"));
	for (unsigned i = 1; i < REGISTRY_PLANES; i++)
		assert_int_equal(p->figures[i][1], 7);
	acts_fails(a, ERR_UNKNOWN, 1, 2, "profession code=x plane=sea "
	    "domains=MED " SIX "\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_figures_of_one_plane, make, unmake),
	    cmocka_unit_test_setup_teardown(
		test_own_figures_come_and_go, make, unmake),
	    cmocka_unit_test_setup_teardown(
		test_who_is_narrowed, make, unmake),
	    cmocka_unit_test_setup_teardown(
		test_what_are_no_figures, make, unmake),
	    cmocka_unit_test_setup_teardown(
		test_new_keys_of_a_day_are_capped, make, unmake),
	    cmocka_unit_test(test_old_keys_of_a_drill_are_not_new),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
