/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/file.h"
#include "cli/where.h"
#include "conf/conf.h"

bool where_is_instance(const char *dir)
{
	char path[PATH_MAX];

	return !file_path(path, sizeof(path), dir, CONF_FILE) &&
	    access(path, F_OK) == 0;
}

const char *where_take(int argc, char **argv, int *place, const char *named)
{
	const char *set = getenv("ECLUSE_DIR");

	if (named)
		return named;
	if (*place < argc && where_is_instance(argv[*place]))
		return argv[(*place)++];
	if (set && set[0] != '\0')
		return set;
	return where_is_instance(".") ? "." : NULL;
}
