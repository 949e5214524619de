/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the sanitizers of a build look at a test: the same whoever starts it.
 * ASAN_OPTIONS and UBSAN_OPTIONS still add to this, or change it.
 */
#define SHOWN __attribute__((visibility("default"), used))

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

SHOWN const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=1:"
	    "strict_string_checks=1:"
	    /* shadow of a large block is written, not mapped anew: the same
	     * checks, and no processor waits for another's tables */
	    "clear_shadow_mmap_threshold=16777216";
}

SHOWN const char *__ubsan_default_options(void)
{
	return "halt_on_error=1:print_stacktrace=1";
}
