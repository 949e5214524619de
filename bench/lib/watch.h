/* SPDX-License-Identifier: Apache-2.0 */
/* Two watches: time that went by, and time this process worked. */
#pragma once

double watch_wall_us(void);	/* since some moment, monotonic */
double watch_cpu_us(void);	/* of this process, all threads */
