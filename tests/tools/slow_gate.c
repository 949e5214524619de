/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A gate as it is, but for its end: the channel is closed long before the
 * process is gone (tests/integration/test_end.py).
 */
#include <poll.h>
#include "gate/gate.h"

#define LONG_MS 300

void __real_gate_free(struct gate *g);
void __wrap_gate_free(struct gate *g);

void __wrap_gate_free(struct gate *g)
{
	__real_gate_free(g);
	(void)poll(NULL, 0, LONG_MS);
}
