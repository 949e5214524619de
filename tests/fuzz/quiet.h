/* SPDX-License-Identifier: Apache-2.0 */
/* Words to a person go nowhere; what must() says is heard. */
#pragma once
#include <stdio.h>
#include "fuzz.h"

struct quiet {
	FILE *out, *err;
};

static inline struct quiet quiet_begin(void)
{
	static FILE *nowhere;
	struct quiet q = {stdout, stderr};

	if (!nowhere)
		nowhere = fopen("/dev/null", "we");
	must(nowhere);
	stdout = stderr = nowhere;
	return q;
}

static inline void quiet_end(struct quiet q)
{
	stdout = q.out;
	stderr = q.err;
}
