/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: keys turn one generation after the other and only by two; what is in
 * use, or may still be needed, is not destroyed; a month lives its year.
 * acts_do checks after every failure that nothing has changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "journal/follow.h"
#include "registry/acts.h"
#include "registry/turns.h"

static int make(void **state)
{
	struct acts *a = calloc(1, sizeof(*a));

	acts_start(a, false);
	assert_int_equal(acts_do(a, 2, "insurer amc=0000000001 operator=x "
	    "feed-key=%s card-key=%s\n", acts_ed25519(2), acts_p256(1)),
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

static uint32_t used(const struct acts *a, enum keyring_kind kind)
{
	return turns_in_use(a->r, kind, a->now_ms);
}

static void test_a_key_turns(void **state)
{
	struct acts *a = *state;

	assert_int_equal(used(a, KEYRING_ANSWER), 1);
	assert_int_equal(acts_do(a, 1, "turn kind=answer key=%s\n",
	    acts_raw(5)), ERR_REFUSED);
	assert_int_equal(acts_do(a, 2, "turn kind=answer key=%s\n",
	    acts_raw(5)), ERR_OK);
	assert_int_equal(used(a, KEYRING_ANSWER), 2);
	assert_int_equal(used(a, KEYRING_PROMISE), 1);
	/* the same key never again, of whatever kind */
	assert_int_equal(acts_do(a, 2, "turn kind=answer key=%s\n",
	    acts_raw(5)), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "turn kind=promise key=%s\n",
	    acts_raw(5)), ERR_EXISTS);
}

static void test_a_turn_can_be_due(void **state)
{
	struct acts *a = *state;
	char stamp[DATE_STAMP_SIZE];
	int64_t from = a->now_ms + 5 * ACTS_STEP_MS;

	date_format_stamp(from, stamp);
	assert_int_equal(acts_do(a, 2, "turn kind=promise key=%s from=%s\n",
	    acts_raw(5), stamp), ERR_OK);
	assert_int_equal(used(a, KEYRING_PROMISE), 1);
	assert_int_equal(turns_last(a->r, KEYRING_PROMISE), 2);
	assert_int_equal(turns_in_use(a->r, KEYRING_PROMISE, from - 1), 1);
	assert_int_equal(turns_in_use(a->r, KEYRING_PROMISE, from), 2);
	/* one at a time, and the first is still in use */
	assert_int_equal(acts_do(a, 2, "turn kind=promise key=%s\n",
	    acts_raw(6)), ERR_STATE);
	assert_int_equal(acts_do(a, 2, "destroy kind=promise generation=1\n"),
	    ERR_STATE);
	date_format_stamp(a->now_ms - 1, stamp);
	assert_int_equal(acts_do(a, 2, "turn kind=answer key=%s from=%s\n",
	    acts_raw(6), stamp), ERR_SHAPE);
}

/* Live alone: what an older program let in is replayed as it stands. */
static void test_a_turn_has_a_year(void **state)
{
	struct acts *a = *state;
	int64_t far = a->now_ms + (LIMIT_TURN_AHEAD_DAYS + 2) * ACTS_STEP_MS;
	char stamp[DATE_STAMP_SIZE], line[256];

	date_format_stamp(far, stamp);
	assert_int_equal(acts_do(a, 2, "turn kind=promise key=%s from=%s\n",
	    acts_raw(5), stamp), ERR_RANGE);
	(void)snprintf(line, sizeof(line), "turn kind=promise key=%s from=%s\n",
	    acts_raw(5), stamp);
	assert_int_equal(acts_at(a, 2, a->now_ms, 0, line), ERR_OK);
	date_format_stamp(a->now_ms + LIMIT_TURN_AHEAD_DAYS * ACTS_STEP_MS,
	    stamp);
	assert_int_equal(acts_do(a, 2, "turn kind=answer key=%s from=%s\n",
	    acts_raw(6), stamp), ERR_OK);
}

static void test_what_is_not_a_turn(void **state)
{
	/* a log not without proof; months do not turn; 32 bytes no point */
	static const char *const bad[] = {
		"kind=log", "kind=registry", "kind=months", "kind=x", "",
		"kind=sealing", "kind=card", "kind=answer before=x",
	};
	struct acts *a = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(acts_do(a, 2, "turn %s%skey=%s\n", bad[i],
		    bad[i][0] ? " " : "", acts_raw(5)), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "turn kind=answer key=%sAA\n",
	    acts_raw(5)), ERR_SHAPE);
}

/* " before=… sig=…": what the nth key signs about another. */
static const char *proof(unsigned before, unsigned next, const char *name)
{
	static char out[256];
	char text[TEXT_B64_SIZE(SIGN_SIZE)];
	struct sign_private *old = acts_private(before);
	struct sign_private *new = acts_private(next);
	uint8_t sig[SIGN_SIZE];
	struct note_key to;

	assert_int_equal(note_key_make(span_str(name), sign_public_raw(
	    sign_private_public(new)), &to), ERR_OK);
	assert_int_equal(follow_sign(old, &to, sig), ERR_OK);
	text_b64url(sig, sizeof(sig), text);
	(void)snprintf(out, sizeof(out), "before=%s sig=%s",
	    acts_raw(before), text);
	sign_private_free(old);
	sign_private_free(new);
	return out;
}

static void test_a_log_names_its_next_key(void **state)
{
	static const char *const journal = ACTS_ORIGIN;
	static const char *const log = ACTS_ORIGIN "-registry";
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 1, "turn kind=log key=%s %s\n",
	    acts_raw(6), proof(5, 6, journal)), ERR_REFUSED);
	/* signed about another key, for another log, by another key */
	assert_int_equal(acts_do(a, 2, "turn kind=log key=%s %s\n",
	    acts_raw(7), proof(5, 6, journal)), ERR_CRYPTO);
	assert_int_equal(acts_do(a, 2, "turn kind=log key=%s %s\n",
	    acts_raw(6), proof(5, 6, log)), ERR_CRYPTO);
	assert_int_equal(acts_do(a, 2, "turn kind=log key=%s %s\n",
	    acts_raw(5), proof(5, 5, journal)), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "turn kind=log key=%s %s\n",
	    acts_raw(6), proof(5, 6, journal)), ERR_OK);
	assert_int_equal(used(a, KEYRING_LOG), 2);
	assert_int_equal(used(a, KEYRING_REGISTRY), 1);
	/* from the key in use alone; and what ended does not come back */
	assert_int_equal(acts_do(a, 2, "turn kind=log key=%s %s\n",
	    acts_raw(7), proof(5, 7, journal)), ERR_STATE);
	assert_int_equal(acts_do(a, 2, "turn kind=log key=%s %s\n",
	    acts_raw(5), proof(6, 5, journal)), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "turn kind=registry key=%s %s\n",
	    acts_raw(8), proof(9, 8, log)), ERR_OK);
	assert_int_equal(acts_do(a, 2, "destroy kind=log generation=1\n"),
	    ERR_OK);
}

static void test_so_many_generations(void **state)
{
	struct acts *a = *state;

	for (unsigned n = 5; n < 5 + TURNS_KEPT - 1; n++)
		assert_int_equal(acts_do(a, 2, "turn kind=answer key=%s\n",
		    acts_raw(n)), ERR_OK);
	assert_int_equal(acts_do(a, 2, "turn kind=answer key=%s\n",
	    acts_raw(20)), ERR_LIMIT);
	assert_int_equal(acts_do(a, 1, "destroy kind=answer generation=1\n"),
	    ERR_REFUSED);
	assert_int_equal(acts_do(a, 2, "destroy kind=answer generation=1\n"),
	    ERR_OK);
	assert_int_equal(acts_do(a, 2, "destroy kind=answer generation=1\n"),
	    ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "destroy kind=answer generation=4\n"),
	    ERR_STATE);
	assert_int_equal(acts_do(a, 2, "destroy kind=answer generation=9\n"),
	    ERR_UNKNOWN);
	assert_int_equal(acts_do(a, 2, "turn kind=answer key=%s\n",
	    acts_raw(20)), ERR_OK);
	assert_int_equal(used(a, KEYRING_ANSWER), TURNS_KEPT + 1);
}

static void test_a_month_lives_its_year(void **state)
{
	struct acts *a = *state;	/* now: the end of November 2026 */

	assert_int_equal(acts_do(a, 2, "destroy month=2025-12\n"),
	    ERR_STATE);
	assert_int_equal(acts_do(a, 1, "destroy month=2025-11\n"),
	    ERR_REFUSED);
	assert_int_equal(acts_do(a, 2, "destroy month=2025-11\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, "destroy month=2025-11\n"),
	    ERR_EXISTS);
	assert_true(turns_month_destroyed(a->r, 2025 * 12 + 10));
	assert_false(turns_month_destroyed(a->r, 2025 * 12 + 11));
	assert_int_equal(acts_do(a, 2, "destroy month=2025-13\n"), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "destroy month=2025\n"), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2,
	    "destroy month=2025-10 kind=promise\n"), ERR_SHAPE);
}

static void test_rights_that_ended_a_year_ago_may_go(void **state)
{
	static const char *const bad[] = {
		"ended=2025", "ended=2025-02-30", "ended=1969-12-31",
		"ended=2024-01-31 month=2024-01", "ended=", "",
	};
	struct acts *a = *state;
	int32_t late;
	char day[DATE_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(acts_do(a, 2, "purge%s%s\n",
		    bad[i][0] ? " " : "", bad[i]), ERR_SHAPE);
	assert_int_equal(acts_do(a, 1, "purge ended=2024-01-31\n"),
	    ERR_REFUSED);
	assert_int_equal(acts_do(a, 2, "purge ended=2024-01-31\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, "purge ended=2024-01-31\n"),
	    ERR_EXISTS);
	/* each act is of the next day: one too late, and just not */
	late = date_of_ms(a->now_ms) + 1 - LIMIT_PURGE_DAYS;
	date_format(late + 1, day);
	assert_int_equal(acts_do(a, 2, "purge ended=%s\n", day), ERR_STATE);
	late = date_of_ms(a->now_ms) + 1 - LIMIT_PURGE_DAYS;
	date_format(late, day);
	assert_int_equal(acts_do(a, 2, "purge ended=%s\n", day), ERR_OK);
	assert_int_equal(a->r->purged_day, late);
}

static void test_an_index_version_goes_after_its_months(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 2, "turn kind=index key=%s\n",
	    acts_raw(5)), ERR_OK);
	assert_int_equal(acts_do(a, 2, "destroy kind=index generation=1\n"),
	    ERR_STATE);
	a->now_ms += 366 * ACTS_STEP_MS;
	assert_int_equal(acts_do(a, 2, "destroy kind=index generation=1\n"),
	    ERR_STATE);
	assert_int_equal(acts_do(a, 2, "destroy month=2026-11\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, "destroy kind=index generation=1 "
	    "lose=0000000002\n"), ERR_UNKNOWN);
	assert_int_equal(acts_do(a, 2, "destroy kind=index generation=1 "
	    "lose=0000000001,\n"), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "destroy kind=answer generation=1 "
	    "lose=0000000001\n"), ERR_STATE);
	assert_int_equal(acts_do(a, 2, "destroy kind=feed amc=0000000001 "
	    "lose=0000000001\n"), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "destroy kind=index generation=1 "
	    "lose=0000000001\n"), ERR_OK);
}

static void test_a_mutuelles_keys_overlap(void **state)
{
	struct acts *a = *state;
	const struct registry_insurer *i = &a->r->insurers[0];

	assert_int_equal(acts_do(a, 2, "destroy kind=card amc=0000000001\n"),
	    ERR_STATE);
	assert_int_equal(acts_do(a, 1, "turn kind=card amc=0000000001 "
	    "key=%s\n", acts_p256(2)), ERR_REFUSED);
	assert_int_equal(acts_do(a, 2, "turn kind=card amc=0000000001 "
	    "key=%s\n", acts_ed25519(4)), ERR_SHAPE);
	assert_int_equal(acts_do(a, 2, "turn kind=card amc=0000000001 "
	    "key=%s\n", acts_p256(1)), ERR_EXISTS);
	assert_int_equal(acts_do(a, 2, "turn kind=card amc=0000000009 "
	    "key=%s\n", acts_p256(2)), ERR_UNKNOWN);
	assert_null(i->card_before);
	assert_int_equal(acts_do(a, 2, "turn kind=card amc=0000000001 "
	    "key=%s\n", acts_p256(2)), ERR_OK);
	assert_non_null(i->card_before);
	assert_null(i->feed_before);
	assert_int_equal(acts_do(a, 2, "turn kind=card amc=0000000001 "
	    "key=%s\n", acts_p256(3)), ERR_STATE);
	assert_int_equal(acts_do(a, 2, "turn kind=feed amc=0000000001 "
	    "key=%s\n", acts_ed25519(4)), ERR_OK);
	assert_int_equal(acts_do(a, 2, "destroy kind=card amc=0000000001\n"),
	    ERR_OK);
	assert_null(i->card_before);
	assert_non_null(i->feed_before);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_a_key_turns),
		WITH(test_a_turn_can_be_due),
		WITH(test_a_turn_has_a_year),
		WITH(test_what_is_not_a_turn),
		WITH(test_so_many_generations),
		WITH(test_a_log_names_its_next_key),
		WITH(test_a_month_lives_its_year),
		WITH(test_rights_that_ended_a_year_ago_may_go),
		WITH(test_an_index_version_goes_after_its_months),
		WITH(test_a_mutuelles_keys_overlap),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
