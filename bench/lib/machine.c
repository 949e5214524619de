/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "lib/machine.h"
#include "lib/must.h"
#include "lib/spread.h"
#include "lib/watch.h"

#define AHEAD (16u << 20)	/* bytes of zeros written before */

static void read_cpu(char out[static MACHINE_TEXT])
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[512];

	(void)snprintf(out, MACHINE_TEXT, "unknown");
	while (f && fgets(line, sizeof(line), f)) {
		char *value = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || !value)
			continue;
		value[strcspn(value, "\n")] = '\0';
		(void)snprintf(out, MACHINE_TEXT, "%s", value + 2);
		break;
	}
	if (f)
		(void)fclose(f);
}

void machine_read(struct machine *ret)
{
	struct utsname name;

	read_cpu(ret->cpu);
	ret->cores = sysconf(_SC_NPROCESSORS_ONLN);
	must_true(uname(&name) == 0, "uname");
	(void)snprintf(ret->kernel, MACHINE_TEXT, "%.60s %.80s",
	    name.sysname, name.release);
}

static int open_zeros(const char *folder)
{
	static const char zeros[1 << 16];
	char path[4096];
	int fd;

	must_true(snprintf(path, sizeof(path), "%s/bench-flush-XXXXXX",
	    folder) < (int)sizeof(path), "path too long");
	fd = mkstemp(path);
	must_true(fd >= 0, "no file to flush");
	must_true(unlink(path) == 0, "unlink");
	for (size_t at = 0; at < AHEAD; at += sizeof(zeros))
		must_true(pwrite(fd, zeros, sizeof(zeros), (off_t)at) ==
		    (ssize_t)sizeof(zeros), "write");
	must_true(fsync(fd) == 0, "fsync");
	return fd;
}

double machine_flushes(const char *folder, unsigned bytes, double seconds,
    double *ret_p50_us, double *ret_p99_us)
{
	int fd = open_zeros(folder);
	size_t most = AHEAD / bytes;
	struct spread s;
	char *block = calloc(1, bytes);
	double from = watch_wall_us(), now = from;

	must_true(block != NULL, "no memory");
	spread_init(&s, most);
	memset(block, 0x5a, bytes);
	for (size_t i = 0; i < most && now < from + seconds * 1e6; i++) {
		double start = now;

		must_true(pwrite(fd, block, bytes, (off_t)(i * bytes)) ==
		    (ssize_t)bytes && fdatasync(fd) == 0, "flush");
		now = watch_wall_us();
		spread_put(&s, now - start);
	}
	*ret_p50_us = spread_at(&s, 0.5);
	*ret_p99_us = spread_at(&s, 0.99);
	now = (double)s.count / ((now - from) / 1e6);
	spread_release(&s);
	free(block);
	(void)close(fd);
	return now;
}
