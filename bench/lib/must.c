/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include "lib/must.h"

void must(enum err e, const char *what)
{
	if (e == ERR_OK)
		return;
	(void)fflush(stdout);
	(void)fprintf(stderr, "bench: %s: %s\n", what, err_text(e));
	exit(1);
}

void must_true(bool good, const char *what)
{
	if (good)
		return;
	(void)fflush(stdout);
	(void)fprintf(stderr, "bench: %s\n", what);
	exit(1);
}
