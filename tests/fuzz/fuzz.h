/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every target shares. A target reads bytes that a stranger wrote and
 * says, by must(), what holds whatever they are: most often that what was
 * read is what would be written. docs/fuzzing.md lists targets and runs.
 *
 * Linked with libFuzzer (make fuzz T=name) or with replay.c (make check).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define must(what)                                                            \
	do {                                                                  \
		if (!(what)) {                                                \
			(void)fprintf(stderr, "%s:%d: not so: %s\n",          \
			    __FILE__, __LINE__, #what);                       \
			abort();                                              \
		}                                                             \
	} while (0)

/*
 * Behind a reader: some kept input must come by each of these (replay.c), or
 * what has to hold there is tried by chance alone.
 */
struct fuzz_place {
	const char *name;
	size_t met;
};

#define met(what)                                                             \
	do {                                                                  \
		static struct fuzz_place place_                               \
		    __attribute__((section("fuzz_places"), used)) = {what, 0}; \
		place_.met++;                                                 \
	} while (0)

/* The first byte chooses one of several readers of a family. */
static inline unsigned choose(struct span *in, unsigned many)
{
	unsigned first = in->n ? in->p[0] : 0;

	if (in->n)
		*in = span_of(in->p + 1, in->n - 1);
	return first % many;
}

/* Everything up to the first LF, which goes too. */
static inline struct span line_of(struct span *in)
{
	size_t n = 0;
	struct span line;

	while (n < in->n && in->p[n] != '\n')
		n++;
	line = span_of(in->p, n);
	n += n < in->n;
	*in = span_of(in->p + n, in->n - n);
	return line;
}
