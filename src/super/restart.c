/* SPDX-License-Identifier: Apache-2.0 */
#include "super/restart.h"

int64_t restart_wait_ms(struct restart *r, int64_t now_ms)
{
	int64_t *oldest = &r->at_ms[r->oldest];

	if (*oldest > 0 && now_ms - *oldest < RESTART_WINDOW_MS)
		return *oldest + RESTART_WINDOW_MS - now_ms;
	*oldest = now_ms;
	r->oldest = (r->oldest + 1) % RESTART_MOST;
	return 0;
}
