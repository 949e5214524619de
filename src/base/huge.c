/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "base/huge.h"

#define HUGE_PAGE ((uintptr_t)2 << 20)

void *huge_calloc(size_t n, size_t size)
{
	uint8_t *p = calloc(n, size);
	uintptr_t at = (uintptr_t)p;
	uintptr_t from = (at + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	uintptr_t to;

	if (!p)
		return NULL;
	to = (at + n * size) & ~(HUGE_PAGE - 1);
	/* a wish: a kernel without them says no, and all is as it was */
	if (from < to)
		(void)madvise(p + (from - at), to - from, MADV_HUGEPAGE);
	return p;
}
