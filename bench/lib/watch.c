/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>
#include "lib/must.h"
#include "lib/watch.h"

static double read_us(clockid_t which)
{
	struct timespec t;

	must_true(clock_gettime(which, &t) == 0, "clock");
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

double watch_wall_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

double watch_cpu_us(void)
{
	return read_us(CLOCK_PROCESS_CPUTIME_ID);
}
