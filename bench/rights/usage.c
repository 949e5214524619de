/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/text.h"
#include "lib/must.h"
#include "rights/usage.h"

#define STAT_UTIME 11	/* fields behind the state, from 0 */

static bool add(struct usage *u, struct span name, pid_t pid)
{
	struct usage_process *p = &u->list[u->count];

	if (u->count == USAGE_PROCESSES ||
	    text_copy(name, p->name, sizeof(p->name)))
		return false;
	p->pid = pid;
	u->count++;
	return true;
}

bool usage_add(struct usage *u, const char *text)
{
	const char *equals = strchr(text, '=');
	uint64_t pid;

	if (!equals || text_u64(span_str(equals + 1), INT32_MAX, &pid))
		return false;
	return add(u, span_of(text, (size_t)(equals - text)), (pid_t)pid);
}

void usage_add_self(struct usage *u, const char *name)
{
	must_true(add(u, span_str(name), getpid()), "too many processes");
}

static void read_one(pid_t pid, double *ret_user_us, double *ret_system_us)
{
	double tick_us = 1e6 / (double)sysconf(_SC_CLK_TCK);
	char path[64], text[1024], *p;
	unsigned long long v[2];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	must_true(f != NULL, "a process is gone");
	n = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	p = strrchr(text, ')');		/* a name may hold anything */
	must_true(p != NULL, path);
	p += 2;
	for (int i = 0; i < STAT_UTIME && p; i++) {
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	must_true(p != NULL, path);
	v[0] = strtoull(p, &p, 10);
	v[1] = strtoull(p, &p, 10);
	*ret_user_us = (double)v[0] * tick_us;
	*ret_system_us = (double)v[1] * tick_us;
}

/* The first line of /proc/stat: user nice system idle iowait irq softirq
 * steal. */
static void read_machine(struct usage_times *ret)
{
	static const bool works[] = {true, true, true, false, false, true,
	    true};
	double tick_us = 1e6 / (double)sysconf(_SC_CLK_TCK);
	char text[512] = "", *p;
	FILE *f = fopen("/proc/stat", "re");

	must_true(f && fgets(text, sizeof(text), f), "/proc/stat");
	(void)fclose(f);
	p = text + strcspn(text, " ");
	ret->busy_us = 0;
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
		double us = (double)strtoull(p, &p, 10) * tick_us;

		ret->busy_us += works[i] ? us : 0;
	}
	ret->stolen_us = (double)strtoull(p, &p, 10) * tick_us;
}

void usage_read(const struct usage *u, struct usage_times *ret)
{
	read_machine(ret);
	for (unsigned i = 0; i < u->count; i++)
		read_one(u->list[i].pid, &ret->user_us[i],
		    &ret->system_us[i]);
}

static bool same_name(const struct usage *u, unsigned a, unsigned b)
{
	return strcmp(u->list[a].name, u->list[b].name) == 0;
}

bool usage_leads(const struct usage *u, unsigned nth)
{
	for (unsigned i = 0; i < nth; i++)
		if (same_name(u, i, nth))
			return false;
	return true;
}

void usage_between(const struct usage *u, unsigned nth,
    const struct usage_times *from, const struct usage_times *to,
    double *ret_user_us, double *ret_system_us)
{
	*ret_user_us = *ret_system_us = 0;
	for (unsigned i = nth; i < u->count; i++) {
		if (!same_name(u, i, nth))
			continue;
		*ret_user_us += to->user_us[i] - from->user_us[i];
		*ret_system_us += to->system_us[i] - from->system_us[i];
	}
}

double usage_others(const struct usage *u, const struct usage_times *from,
    const struct usage_times *to, double seconds)
{
	double ours = 0, all = to->busy_us - from->busy_us;

	for (unsigned i = 0; i < u->count; i++)
		ours += to->user_us[i] - from->user_us[i] +
		    to->system_us[i] - from->system_us[i];
	return all > ours ? (all - ours) / (seconds * 1e6) : 0;
}
