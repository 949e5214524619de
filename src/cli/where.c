/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
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

/* Where run/lock was removed, this says that it runs (super/instance.c). Who may
 * not open it, or has no lock of a folder, has the file's alone. */
static bool is_kept(const char *dir)
{
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), dir, "keeper");
	int fd = e ? -1 :
	    open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0 ||
	    errno != EWOULDBLOCK)
		return false;
	(void)close(fd);
	return true;
}

enum err where_lock(const char *dir)
{
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), dir, "run/lock");
	int fd = e ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return e ? e : ERR_IO;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && !is_kept(dir))
		return ERR_OK;
	(void)close(fd);
	return ERR_STATE;
}
