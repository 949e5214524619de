/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "conf/share.h"

/* The folder of the running program. */
static void beside(char *out, size_t size)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	(void)snprintf(out, size, "%s", slash ? self : ".");
}

void share_program(const char *name, char *out, size_t size)
{
	char folder[PATH_MAX];

	beside(folder, sizeof(folder));
	if (snprintf(out, size, "%s/%s", folder, name) >= (int)size)
		out[0] = '\0';
}

void share_path(const char *name, char *out, size_t size)
{
	const char *set = getenv("ECLUSE_SHARE");
	char folder[PATH_MAX];
	int n;

	beside(folder, sizeof(folder));
	if (set)
		n = snprintf(out, size, "%s/%s", set, name);
	else
		n = snprintf(out, size, "%s/../%s", folder, name);
	if (!set && (n >= (int)size || access(out, R_OK) != 0))
		n = snprintf(out, size, "/usr/share/ecluse/%s", name);
	if (n >= (int)size)
		out[0] = '\0';
}
