/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what one administrator's signature alone enrols in a day is counted
 * over all his acts, whatever times they say; a replay is not judged again,
 * and counts alike. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "registry/acts.h"

#define T0 ACTS_NOW
#define HOUR_MS INT64_C(3600000)

static int make(void **state)
{
	struct acts *a = calloc(1, sizeof(*a));

	acts_start(a, false);
	*state = a;
	return 0;
}

static int unmake(void **state)
{
	struct acts *a = *state;

	acts_replays(a);
	acts_end(a);
	free(a);
	return 0;
}

static enum err site(struct acts *a, unsigned signers, unsigned n,
    int64_t at_ms, int64_t live_ms)
{
	char line[80];

	(void)snprintf(
	    line, sizeof(line), "site id=S%u profession=optician\n", n);
	return acts_at(a, signers, at_ms, live_ms, line);
}

/* n keys from first on, at site S0. */
static enum err keys(struct acts *a, unsigned signers, unsigned first,
    unsigned n, int64_t at_ms)
{
	struct buf lines;
	enum err e;

	buf_init(&lines, 65536);
	for (unsigned i = first; i < first + n; i++)
		buf_printf(&lines, "key spki=%s site=S0\n", acts_ed25519(i));
	buf_put_u8(&lines, 0);
	e = acts_at(a, signers, at_ms, at_ms, (const char *)lines.p);
	buf_release(&lines);
	return e;
}

static void test_many_acts_a_day_are_bulk(void **state)
{
	struct acts *a = *state;

	for (unsigned i = 0; i < REGISTRY_ALONE_DAY; i++)
		assert_int_equal(site(a, 1, i, T0, T0), ERR_OK);
	assert_int_equal(site(a, 1, 100, T0, T0), ERR_REFUSED);
	assert_non_null(strstr(a->fault.words, "two administrators"));
	assert_int_equal(
	    site(a, 1, 100, T0 + 24 * HOUR_MS - 1, T0 + 24 * HOUR_MS - 1),
	    ERR_REFUSED);
	assert_int_equal(site(a, 2, 101, T0, T0), ERR_OK);
	assert_int_equal(
	    site(a, 1, 100, T0 + 24 * HOUR_MS, T0 + 24 * HOUR_MS), ERR_OK);
}

static void test_keys_and_sites_count_each_for_themselves(void **state)
{
	struct acts *a = *state;

	assert_int_equal(site(a, 1, 0, T0, T0), ERR_OK);
	assert_int_equal(keys(a, 1, 20, 4, T0), ERR_OK);
	assert_int_equal(keys(a, 1, 30, 3, T0 + HOUR_MS), ERR_OK);
	assert_int_equal(keys(a, 1, 40, 2, T0 + HOUR_MS), ERR_REFUSED);
	assert_int_equal(keys(a, 1, 40, 1, T0 + HOUR_MS), ERR_OK);
	assert_int_equal(keys(a, 1, 41, 1, T0 + HOUR_MS), ERR_REFUSED);
	/* signed by two they do not count for one */
	assert_int_equal(keys(a, 2, 50, 5, T0 + HOUR_MS), ERR_OK);
	/* sites have their own room, what enrols nothing has all */
	for (unsigned i = 1; i < REGISTRY_ALONE_DAY; i++)
		assert_int_equal(site(a, 1, i, T0, T0), ERR_OK);
	assert_int_equal(site(a, 1, 99, T0, T0), ERR_REFUSED);
	assert_int_equal(acts_at(a, 1, T0, T0, "revoke site=S1\n"), ERR_OK);
	assert_int_equal(acts_at(a, 1, T0, T0,
	    "professional rpps=99700000001\n"), ERR_OK);
	/* the first four keys leave the window before the others */
	assert_int_equal(keys(a, 1, 60, 4, T0 + 24 * HOUR_MS), ERR_OK);
	assert_int_equal(keys(a, 1, 70, 1, T0 + 24 * HOUR_MS), ERR_REFUSED);
}

static void test_what_enrols_nothing_pushes_nothing_out(void **state)
{
	struct acts *a = *state;
	char line[80];

	for (unsigned i = 0; i < REGISTRY_ALONE_DAY; i++)
		assert_int_equal(site(a, 1, i, T0, T0), ERR_OK);
	for (unsigned i = 0; i < 2 * REGISTRY_ALONE_ACTS; i++) {
		(void)snprintf(line, sizeof(line),
		    "professional rpps=997000001%02u\n", i);
		assert_int_equal(acts_at(a, 1, T0, T0, line), ERR_OK);
	}
	assert_int_equal(site(a, 1, 100, T0, T0), ERR_REFUSED);
}

static void test_dated_back_is_refused(void **state)
{
	struct acts *a = *state;

	assert_int_equal(site(a, 1, 1, T0 - 24 * HOUR_MS - 1, T0), ERR_TIME);
	assert_int_equal(site(a, 2, 2, T0 - 24 * HOUR_MS - 1, T0), ERR_OK);
	assert_int_equal(acts_at(a, 1, T0 - 100 * HOUR_MS, T0,
	    "professional rpps=99700000001\n"), ERR_OK);
	for (unsigned i = 0; i < REGISTRY_ALONE_DAY; i++)
		assert_int_equal(site(a, 1, 10 + i, T0, T0), ERR_OK);
	assert_int_equal(site(a, 1, 100, T0 - 23 * HOUR_MS, T0), ERR_REFUSED);
}

static void test_times_never_go_back(void **state)
{
	struct acts *a = *state;

	/* the oldest time first noted does not free the room earlier */
	for (unsigned i = 0; i < REGISTRY_ALONE_DAY; i++)
		assert_int_equal(site(a, 1, i, T0 - (i ? 23 * HOUR_MS : 0),
		    T0), ERR_OK);
	assert_int_equal(site(a, 1, 100, T0 + HOUR_MS, T0 + HOUR_MS),
	    ERR_REFUSED);
}

/* Dated a day back, then today: it is one day all the same, and a replay, which
 * knows when each was taken, counts alike. */
static void test_a_date_makes_no_room(void **state)
{
	struct acts *a = *state;

	assert_int_equal(site(a, 1, 0, T0 - 24 * HOUR_MS, T0), ERR_OK);
	assert_int_equal(keys(a, 1, 20, 4, T0), ERR_OK);
	for (unsigned i = 1; i < REGISTRY_ALONE_DAY; i++)
		assert_int_equal(
		    site(a, 1, i, T0 - 24 * HOUR_MS, T0), ERR_OK);
	assert_int_equal(site(a, 1, 100, T0, T0), ERR_REFUSED);
	assert_int_equal(site(a, 1, 100, T0 + 60000, T0), ERR_REFUSED);
	assert_int_equal(site(a, 1, 100, T0 + HOUR_MS, T0 + 24 * HOUR_MS - 1),
	    ERR_REFUSED);
	assert_int_equal(
	    site(a, 1, 100, T0 + HOUR_MS, T0 + 24 * HOUR_MS), ERR_OK);
}

/* Nor does it for the cap, which two signatures meet as well. */
static void test_a_date_lifts_no_cap(void **state)
{
	struct acts *a = *state;

	assert_int_equal(site(a, 2, 0, T0, T0), ERR_OK);
	assert_int_equal(acts_at(a, 2, T0, T0, "cap keys-day=2 "
	    "persons24=500 persons30=5000\n"), ERR_OK);
	for (unsigned i = 0; i < 4; i++) {
		char line[200];

		(void)snprintf(line, sizeof(line), "key spki=%s site=S0\n",
		    acts_ed25519(20 + i));
		assert_int_equal(acts_at(a, 2, T0 - (6 - i) * 24 * HOUR_MS, T0,
		    line), i < 2 ? ERR_OK : ERR_LIMIT);
	}
}

/* The log was accepted when it was written: replay does not judge again. */
static void test_replay_takes_all_and_counts(void **state)
{
	struct acts *a = *state;

	for (unsigned i = 0; i < 3 * REGISTRY_ALONE_DAY; i++)
		assert_int_equal(site(a, 1, i, T0, 0), ERR_OK);
	assert_int_equal(site(a, 1, 100, T0, T0), ERR_REFUSED);
}

static void test_a_failed_act_counts_nothing(void **state)
{
	struct acts *a = *state;

	assert_int_equal(site(a, 1, 0, T0, T0), ERR_OK);
	for (unsigned i = 0; i < 3 * REGISTRY_ALONE_DAY; i++)
		assert_int_equal(site(a, 1, 0, T0, T0), ERR_EXISTS);
	assert_int_equal(site(a, 1, 1, T0, T0), ERR_OK);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_many_acts_a_day_are_bulk),
		WITH(test_keys_and_sites_count_each_for_themselves),
		WITH(test_what_enrols_nothing_pushes_nothing_out),
		WITH(test_dated_back_is_refused),
		WITH(test_times_never_go_back),
		WITH(test_a_date_makes_no_room),
		WITH(test_a_date_lifts_no_cap),
		WITH(test_replay_takes_all_and_counts),
		WITH(test_a_failed_act_counts_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
