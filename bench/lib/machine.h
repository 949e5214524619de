/* SPDX-License-Identifier: Apache-2.0 */
/* What the figures were measured on, and what its disk can do. */
#pragma once

#define MACHINE_TEXT 160

struct machine {
	char cpu[MACHINE_TEXT], kernel[MACHINE_TEXT];
	long cores;
};

void machine_read(struct machine *ret);

/*
 * fdatasync calls a second that follow one another, each behind a write of
 * bytes into a file of zeros in folder (as the journal's segments are):
 * medians over seconds. ret_p99_us: of one write with its flush.
 */
double machine_flushes(const char *folder, unsigned bytes, double seconds,
    double *ret_p50_us, double *ret_p99_us);
