/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: numbers that vaults named are explained by questions, by refusals that
 * were summed up, and by deaths of the keeper; by nothing else. */
#include <stdlib.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        test_entries_explain_what_was_named, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_death_explains_what_was_under_way, make, unmake),
	    cmocka_unit_test_setup_teardown(
	        test_a_death_waits_for_its_start, make, unmake),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("meter/compare", tests, NULL, NULL);
}
