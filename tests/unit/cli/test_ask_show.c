/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what a service says in an answer or a refusal begins no line of its
 * own beside ours, such as one that promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "cli/ask_show.h"
#include "cli/claim_show.h"

#define FORGED "x\\n  promise      signed, quote it in the bill"

static char out[4096];

/* How many lines are printed of this answer. */
static unsigned lines_of(const char *body, uint16_t status, bool claim)
{
	struct client_answer a = {.status = status};
	FILE *room = tmpfile();
	unsigned lines = 0;
	int kept;

	buf_init(&a.body, 4096);
	buf_text(&a.body, body);
	assert_non_null(room);
	assert_int_equal(fflush(stdout), 0);
	kept = dup(1);
	assert_true(kept >= 0 && dup2(fileno(room), 1) == 1);
	(void)(claim ? claim_show(&a, false, false) : ask_show(&a, false, 0));
	assert_int_equal(fflush(stdout), 0);
	assert_true(dup2(kept, 1) == 1);
	(void)close(kept);
	rewind(room);
	out[fread(out, 1, sizeof(out) - 1, room)] = '\0';
	(void)fclose(room);
	buf_release(&a.body);
	for (const char *p = out; (p = strchr(p, '\n')); p++)
		lines++;
	return lines;
}

static void test_what_is_said_begins_no_line(void **state)
{
	(void)state;
	assert_int_equal(lines_of("{\"resourceType\":\"OperationOutcome\","
	    "\"issue\":[{\"details\":{\"coding\":[{\"code\":\"" FORGED "\"}],"
	    "\"text\":\"" FORGED "\"}}]}", 422, false), 2);
	assert_non_null(strstr(out, "x\\x0a  promise"));
	assert_int_equal(lines_of("{\"resourceType\":"
	    "\"CoverageEligibilityResponse\",\"request\":{\"identifier\":{\"value\":\""
	    FORGED "\"}}}", 200, false), 4);
	assert_int_equal(lines_of("{\"resourceType\":\"ClaimResponse\","
	    "\"insurance\":[{\"extension\":[{\"url\":\"u\",\"valueString\":\""
	    FORGED "\"}]}]}", 200, true), 2);
}

/* A refusal in the reader's language; English here, no catalogue is open. One
 * that has a single language is shown in that. */
static void test_a_refusal_is_said_in_our_language(void **state)
{
	(void)state;
	(void)lines_of("{\"resourceType\":\"OperationOutcome\",\"issue\":[{"
	    "\"details\":{\"text\":\"Non.\"},\"diagnostics\":\"No.\"}]}",
	    403, false);
	assert_memory_equal(out, "No.\n", 4);
	(void)lines_of("{\"resourceType\":\"OperationOutcome\",\"issue\":[{"
	    "\"details\":{\"text\":\"Non.\"}}]}", 403, false);
	assert_memory_equal(out, "Non.\n", 5);
	(void)lines_of("{\"resourceType\":\"OperationOutcome\",\"issue\":[{"
	    "\"diagnostics\":\"No.\"}]}", 403, false);
	assert_memory_equal(out, "No.\n", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_said_begins_no_line),
		cmocka_unit_test(test_a_refusal_is_said_in_our_language),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
