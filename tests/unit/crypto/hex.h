/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors written as hex in tests of any folder. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/text.h"

/* The bytes of a vector; lives until the 64th call after it. */
static inline struct span hex(const char *text)
{
	static uint8_t rows[64][2048];
	static unsigned next;
	uint8_t *row = rows[next++ % 64];
	size_t n = strlen(text) / 2;

	assert_true(n <= sizeof(rows[0]));
	assert_int_equal(text_unhex(span_str(text), row, n), ERR_OK);
	return span_of(row, n);
}

static inline void assert_hex(const void *p, size_t n, const char *text)
{
	struct span want = hex(text);

	assert_int_equal(n, want.n);
	if (n)
		assert_memory_equal(p, want.p, n);
}
