/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Freed memory stays with the process: up to HEAP_KEEP bytes of it. Messages
 * of bundles take a few hundred kilobytes for a moment; given back to the
 * kernel each time, every page of them is a fault again, which on a virtual
 * machine costs more than what is written into it.
 */
#pragma once

#define HEAP_KEEP (32 << 20)

void heap_keep(void);	/* before the first allocation of that size */
