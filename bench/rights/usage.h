/* SPDX-License-Identifier: Apache-2.0 */
/* Processor time of processes, as the kernel counts it (utime and stime of
 * /proc/PID/stat, ticks of 10 ms), summed by name. */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

#define USAGE_PROCESSES 32
#define USAGE_NAME 16

struct usage {
	struct usage_process {
		char name[USAGE_NAME];
		pid_t pid;
	} list[USAGE_PROCESSES];
	unsigned count;
};

struct usage_times {
	double user_us[USAGE_PROCESSES], system_us[USAGE_PROCESSES];
	double busy_us;		/* all cores, all that runs here */
	double stolen_us;	/* all cores, what the host ran instead */
};

/* "name=pid"; false if it is not. */
bool usage_add(struct usage *u, const char *text);
void usage_add_self(struct usage *u, const char *name);
/* A process that is gone ends the program. */
void usage_read(const struct usage *u, struct usage_times *ret);
/* Work of all other processes, in cores: 0.5 is half of one. */
double usage_others(const struct usage *u, const struct usage_times *from,
    const struct usage_times *to, double seconds);
/* Is this the first process of its name? */
bool usage_leads(const struct usage *u, unsigned nth);
/* User and system time of all processes of that name. */
void usage_between(const struct usage *u, unsigned nth,
    const struct usage_times *from, const struct usage_times *to,
    double *ret_user_us, double *ret_system_us);
