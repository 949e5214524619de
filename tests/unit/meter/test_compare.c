/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: numbers that vaults named are explained by questions, by refusals that
 * were summed up, and by deaths of the keeper; by nothing else. An answer that
 * is in no journal is excused by being new alone, whatever times are chosen. And
 * who has no memory to read a vault's signature does not say that it is wrong. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "failing.h"
#include "keeper/house.h"
#include "meter/compare.h"

static int make(void **state)
{
	struct house *h = calloc(1, sizeof(*h));

	house_make(h);
	*state = h;
	return 0;
}

static int unmake(void **state)
{
	struct house *h = *state;

	house_unmake(h);
	free(h);
	return 0;
}

static void note(struct house *h, uint8_t kind)
{
	struct leaf leaf = {.kind = kind, .time_ms = HOUSE_NOW};

	if (kind == LEAF_SUMMARY) {
		leaf.plane = 1;
		leaf.count = 3;
		leaf.reason = LEAF_REASON_STRANGER;
	}
	(void)house_notes(h, leaf, 0);
}

static void asks(struct house *h, uint64_t number)
{
	(void)house_asks(h, (struct house_ask){.key = 1,
	    .cell = number ? 1 : 0, .number = number, .now_ms = HOUSE_NOW});
}

/* So many and not one more. */
static void explains(struct house *h, uint64_t most)
{
	struct compare_report report = {.words = ""};

	assert_int_equal(compare_resolved(
	    book_log(h->book), most, false, &report), ERR_OK);
	assert_int_equal(compare_resolved(
	    book_log(h->book), most + 1, false, &report), ERR_CORRUPT);
	assert_true(report.words[0] != '\0');
}

static void test_entries_explain_what_was_named(void **state)
{
	struct house *h = *state;

	explains(h, 0);
	note(h, LEAF_START);
	explains(h, 0);
	asks(h, 5);
	asks(h, 0);		/* met nobody: no number was named */
	explains(h, 1);
	note(h, LEAF_SUMMARY);
	explains(h, 4);
	note(h, LEAF_STOP);
	note(h, LEAF_START);
	asks(h, 6);
	explains(h, 5);
}

/* The vault's count was on the disk, the entry was not written yet. */
static void test_a_death_explains_what_was_under_way(void **state)
{
	struct house *h = *state;

	note(h, LEAF_CONTINUE);	/* who died before it died in another log */
	note(h, LEAF_START);
	asks(h, 5);
	note(h, LEAF_START);
	explains(h, 1 + COMPARE_CUT);
	note(h, LEAF_START);
	note(h, LEAF_STOP);
	note(h, LEAF_START);
	explains(h, 1 + 2 * COMPARE_CUT);
}

static bool left_open(struct house *h, uint64_t named, bool ended)
{
	struct compare_report report = {.words = ""};

	assert_int_equal(compare_resolved(
	    book_log(h->book), named, ended, &report), ERR_OK);
	return report.open[0] != '\0';
}

/* Files as a death left them: the next start is what will explain that. */
static void test_a_death_waits_for_its_start(void **state)
{
	struct house *h = *state;
	struct compare_report report = {.words = ""};

	note(h, LEAF_START);
	asks(h, 5);
	assert_false(left_open(h, 1, true));
	explains(h, 1);		/* while it runs nothing more */
	assert_true(left_open(h, 2, true));
	assert_true(left_open(h, 1 + COMPARE_CUT, true));
	assert_int_equal(compare_resolved(book_log(h->book),
	    2 + COMPARE_CUT, true, &report), ERR_CORRUPT);
	note(h, LEAF_STOP);	/* and who was stopped did not die */
	assert_false(left_open(h, 1, true));
	assert_int_equal(compare_resolved(
	    book_log(h->book), 2, true, &report), ERR_CORRUPT);
}

/* The vault answered for an entry that is not there; last: a record later. The
 * nth allocation of who compares fails, -1: none. */
static enum err answered(struct house *h, int64_t time_ms, int64_t last_ms,
    int nth, struct compare_report *ret)
{
	const struct count_entry entry = {.index = 7, .found = true};
	struct count_record r = {.time_ms = time_ms, .entries = 1};
	const struct count_head none = {0};
	struct compare c = {.origin = "a", .log = book_log(h->book)};
	uint8_t seed[SIGN_ED25519_KEY] = {4};
	struct sign_private *key;
	struct count_head head = {0};
	struct buf bytes, line, note;
	enum err e;

	buf_init(&bytes, 4096);
	buf_init(&line, COUNT_ENTRY);
	buf_init(&note, NOTE_MAX);
	assert_int_equal(sign_private_ed25519(seed, &key), ERR_OK);
	assert_int_equal(note_key_make(span_str(COUNT_NAME),
	    sign_public_raw(sign_private_public(key)), &c.key), ERR_OK);
	assert_int_equal(count_sign(
	    &none, HOUSE_NOW, span_of(NULL, 0), key, &note), ERR_OK);
	hash_sha256(span_str(c.origin), r.origin);
	count_put_entry(&entry, &line);
	r.entry_bytes = buf_span(&line);
	assert_int_equal(count_put(&head, &r, &bytes), ERR_OK);
	r.time_ms = last_ms;
	r.entries = 0;
	r.entry_bytes = span_of(NULL, 0);
	assert_int_equal(count_put(&head, &r, &bytes), ERR_OK);
	assert_int_equal(tape_of(buf_span(&bytes), &c.counts), ERR_OK);
	c.note = buf_span(&note);
	failing_set(FAILING_MEMORY, nth, ENOMEM);
	e = compare_run(&c, ret);
	(void)failing_end();
	tape_free(c.counts);
	sign_private_free(key);
	buf_release(&bytes);
	buf_release(&line);
	buf_release(&note);
	return e;
}

static void test_times_that_a_vault_chooses(void **state)
{
	static const int64_t times[][2] = {
	    {HOUSE_NOW, HOUSE_NOW + COMPARE_LATE_MS + 1},
	    {INT64_MIN, INT64_MAX}, {INT64_MIN, HOUSE_NOW},
	    {INT64_MAX, INT64_MIN}};
	struct house *h = *state;
	struct compare_report report;

	assert_int_equal(answered(h, HOUSE_NOW,
	    HOUSE_NOW + COMPARE_LATE_MS, -1, &report), ERR_OK);
	assert_int_equal(report.ahead, 1);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_int_equal(answered(h, times[i][0], times[i][1],
		    -1, &report), ERR_CORRUPT);
		assert_non_null(strstr(report.words, "does not hold"));
	}
}

static void test_no_memory_is_no_wrong_signature(void **state)
{
	struct house *h = *state;
	struct compare_report report;
	enum err e;
	int n = 0;

	while ((e = answered(h, HOUSE_NOW, HOUSE_NOW + COMPARE_LATE_MS, n,
	    &report)) != ERR_OK) {
		assert_int_equal(e, ERR_NOMEM);
		assert_string_equal(report.words, "");
		n++;
	}
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        test_entries_explain_what_was_named, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_death_explains_what_was_under_way, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_death_waits_for_its_start, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_times_that_a_vault_chooses, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_no_memory_is_no_wrong_signature, make, unmake),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("meter/compare", tests, NULL, NULL);
}
