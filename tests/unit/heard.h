/* SPDX-License-Identifier: Apache-2.0 */
/* What a program's log says, for a test: all levels, between heard_begin and
 * heard_end. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/log.h"

struct heard {
	FILE *room;
	int kept;
	char text[65536];
};

static inline void heard_begin(struct heard *h)
{
	h->room = tmpfile();
	assert_non_null(h->room);
	h->kept = dup(2);
	assert_true(h->kept >= 0);
	assert_int_equal(dup2(fileno(h->room), 2), 2);
	log_init("heard", LOG_DEBUG);
}

static inline void heard_end(struct heard *h)
{
	size_t n;

	assert_int_equal(dup2(h->kept, 2), 2);
	close(h->kept);
	rewind(h->room);
	n = fread(h->text, 1, sizeof(h->text) - 1, h->room);
	h->text[n] = '\0';
	fclose(h->room);
	log_init("ecluse", LOG_INFO);
}

/* How many lines have these words. */
static inline unsigned heard_count(const struct heard *h, const char *words)
{
	unsigned count = 0;

	for (const char *at = h->text; (at = strstr(at, words)); at++)
		count++;
	return count;
}
