/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/must.h"
#include "told/memory.h"

#define ALIGNED sizeof(max_align_t)

/*
 * jansson hands nothing on that could hold it; and 2.14 does not look whether
 * its reader's text had room to grow, and writes behind it. So it is refused
 * nothing: where memory ends it has this, to come to its own end with.
 */
static bool refused;
static _Alignas(max_align_t) char reserve[262144];
static size_t used;

static void *take(size_t n)
{
	size_t whole = (n + ALIGNED - 1) / ALIGNED * ALIGNED;
	void *p = malloc(n);

	if (p)
		return p;
	refused = true;
	must_have(whole >= n && whole <= sizeof(reserve) - used, "JSON");
	p = reserve + used;
	used += whole;
	return p;
}

void memory_give(void *p)
{
	uintptr_t at = (uintptr_t)p, first = (uintptr_t)reserve;

	if (at < first || at >= first + sizeof(reserve))
		free(p);
}

void memory_watch(void)
{
	json_set_alloc_funcs(take, memory_give);
}

bool memory_was_short(void)
{
	return refused;
}
