/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is looked up everywhere: under pages of 4 KiB nearly every look
 * costs a walk of the processor's tables, on a virtual machine two of them
 * inside each other.
 */
#pragma once
#include <stddef.h>

/* n * size zeroed bytes for free(), with large pages under them where the
 * kernel has some and there is room for one; NULL: no memory. */
void *huge_calloc(size_t n, size_t size);
