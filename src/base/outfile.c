/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/outfile.h"

enum err outfile_open(struct outfile *o, const char *path, mode_t mode)
{
	int fd, a, b;

	o->f = NULL;
	a = snprintf(o->path, sizeof(o->path), "%s", path);
	b = snprintf(
	    o->temp, sizeof(o->temp), "%s.part-%d", path, (int)getpid());
	if (a < 0 || b < 0 || (size_t)b >= sizeof(o->temp))
		return ERR_LIMIT;
	fd = open(o->temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return ERR_IO;
	o->f = fdopen(fd, "w");
	if (!o->f) {
		close(fd);
		(void)unlink(o->temp);
		return ERR_IO;
	}
	return ERR_OK;
}

enum err outfile_commit(struct outfile *o, bool sync)
{
	if (fflush(o->f) != 0 || ferror(o->f) ||
	    (sync && fsync(fileno(o->f)) != 0) ||
	    rename(o->temp, o->path) != 0) {
		outfile_abandon(o);
		return ERR_IO;
	}
	(void)fclose(o->f);
	o->f = NULL;
	return ERR_OK;
}

void outfile_abandon(struct outfile *o)
{
	if (!o->f)
		return;
	(void)fclose(o->f);
	o->f = NULL;
	(void)unlink(o->temp);
}
