/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>
#include "base/clock.h"

static int64_t read_ms(clockid_t id)
{
	struct timespec t = {0};

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_wall(void *ctx)
{
	(void)ctx;
	return read_ms(CLOCK_REALTIME);
}

static int64_t system_boot(void *ctx)
{
	(void)ctx;
	return read_ms(CLOCK_BOOTTIME);
}

struct clock clock_system(void)
{
	return (struct clock){system_wall, system_boot, NULL};
}

int64_t clock_wall_ms(const struct clock *c)
{
	return c->wall_ms(c->ctx);
}

int64_t clock_boot_ms(const struct clock *c)
{
	return c->boot_ms(c->ctx);
}
