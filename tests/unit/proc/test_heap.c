/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: memory that was touched, freed and taken again is not faulted in
 * again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "proc/heap.h"

#define BLOCKS 4
#define BLOCK ((size_t)700 << 10)	/* 175 pages */
#define ROUNDS 10
#define FAULTS_MOST 700		/* of 7,000, had all pages gone each time */

static long faults(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_minflt;
}

static void take_and_free(void)
{
	void *block[BLOCKS];

	for (int i = 0; i < BLOCKS; i++) {
		block[i] = malloc(BLOCK);
		assert_non_null(block[i]);
		memset(block[i], i + 1, BLOCK);
		__asm__ volatile("" : : "r"(block[i]) : "memory");
	}
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
}

static void test_freed_memory_stays(void **state)
{
	long before;

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	skip();		/* another allocator */
#endif
	heap_keep();
	take_and_free();
	before = faults();
	for (int i = 0; i < ROUNDS; i++)
		take_and_free();
	assert_true(faults() - before < FAULTS_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_freed_memory_stays),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
