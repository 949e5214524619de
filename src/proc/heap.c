/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include "proc/heap.h"

#define MAPPED_FROM (1 << 20)	/* longer ones are tables, and grow */

/* Where the C library does not know these, memory goes back as before. */
void heap_keep(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
	(void)mallopt(M_TRIM_THRESHOLD, HEAP_KEEP);
}
